package api_test

import (
	"bytes"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"partyline/signaling/api"
	"partyline/signaling/meeting"
)

// fakeTapes keeps recordings in memory: by "recording/track". A recording
// with a track "busy" is being made.
type fakeTapes map[string]string

func (f fakeTapes) Tracks(recording string) (tracks []meeting.Track, err error) {
	for name, sound := range f {
		if track, ok := strings.CutPrefix(name, recording+"/"); ok {
			tracks = append(tracks, meeting.Track{Name: track, Size: int64(len(sound))})
		}
	}
	slices.SortFunc(tracks, func(a, b meeting.Track) int { return strings.Compare(b.Name, a.Name) })
	if tracks == nil {
		return nil, meeting.ErrNoRecording
	}
	return tracks, nil
}

func (f fakeTapes) Read(recording, track string) (io.ReadCloser, error) {
	sound, ok := f[recording+"/"+track]
	if !ok {
		return nil, meeting.ErrNoRecording
	}
	if track == "broken" {
		return io.NopCloser(io.MultiReader(strings.NewReader(sound), failing{})), nil
	}
	return io.NopCloser(strings.NewReader(sound)), nil
}

func (f fakeTapes) Remove(recording string) error {
	if _, busy := f[recording+"/busy"]; busy {
		return meeting.ErrRecordingBusy
	}
	for name := range f {
		if strings.HasPrefix(name, recording+"/") {
			delete(f, name)
		}
	}
	return nil
}

type failing struct{}

func (failing) Read([]byte) (int, error) { return 0, errors.New("tampered with") }

// voice is what is heard on the tapes of the tests, and nowhere else.
const voice = "OggS the secret plan"

// recorded makes a recording of a meeting.
func (w *world) recorded(id, meetingID, person string) {
	w.t.Helper()
	r := meeting.Recording{ID: id, Meeting: meetingID, Room: meetingID, Person: person, Name: "Bob", StartedAt: time.Now().Add(-time.Hour).Truncate(time.Millisecond)}
	if err := w.archive.Begin(w.t.Context(), r); err != nil {
		w.t.Fatal(err)
	}
	if err := w.archive.End(w.t.Context(), id, time.Now()); err != nil {
		w.t.Fatal(err)
	}
	w.tapes[id+"/mix"], w.tapes[id+"/slot-1"] = voice, voice+" 1"
}

type recordingBody struct {
	ID, By             string
	Breakout           bool
	StartedAt, EndedAt time.Time
	Tracks             []struct {
		Name string
		Size int64
	}
}

func TestRecordings(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		bob := w.bob(ann)
		weekly := bob.meeting("Weekly")
		w.recorded("rec-1", weekly.ID, bob.me().ID)
		w.recorded("rec-2", weekly.ID, bob.me().ID)
		w.tapes["rec-2/busy"] = "x"

		var all []recordingBody
		bob.call("GET", "/meetings/"+weekly.ID+"/recordings", nil).want(200).into(&all)
		if len(all) != 2 || all[1].By != "Bob" || all[1].EndedAt.IsZero() || all[1].Breakout || len(all[1].Tracks) != 2 || all[1].Tracks[0].Name != "mix" {
			t.Errorf("recordings: %+v", all)
		}
		heard := bob.call("GET", "/recordings/rec-1/mix", nil).want(200)
		if string(heard.body) != voice || heard.header.Get("Content-Type") != "audio/ogg" || heard.header.Get("Cache-Control") != "no-store" ||
			!strings.HasSuffix(heard.header.Get("Content-Disposition"), `-mix.ogg"`) {
			t.Errorf("heard %q, %v", heard.body, heard.header)
		}
		bob.call("GET", "/recordings/rec-1/slot-9", nil).problem(api.NotFound)
		bob.call("GET", "/recordings/rec-9/mix", nil).problem(api.NotFound)
		bob.call("GET", "/recordings/rec-1/..%2f..%2fkey", nil).problem(api.NotFound)
		bob.call("GET", "/meetings/none/recordings", nil).problem(api.NotFound)
		bob.call("DELETE", "/recordings/rec-2", nil).problem(api.StillRecording)
		bob.call("DELETE", "/recordings/rec-1", nil).want(204)
		bob.call("DELETE", "/recordings/rec-1", nil).problem(api.NotFound)
		bob.call("GET", "/recordings/rec-1/mix", nil).problem(api.NotFound)
		bob.call("GET", "/meetings/"+weekly.ID+"/recordings", nil).want(200).into(&all)
		if len(all) != 1 || w.tapes["rec-1/mix"] != "" {
			t.Errorf("after it was deleted: %+v, %v", all, w.tapes)
		}
		for _, noted := range []string{"recording heard", "recording deleted"} {
			if !strings.Contains(w.log.String(), noted) {
				t.Errorf("the log has no %q", noted)
			}
		}
	})
}

// TestBrokenRecording cuts the connection: nobody takes a part for the whole.
func TestBrokenRecording(t *testing.T) {
	w := onSQLite(t)
	ann := w.ann()
	weekly := ann.meeting("Weekly")
	w.recorded("rec-1", weekly.ID, ann.me().ID)
	w.tapes["rec-1/broken"] = voice
	response, err := ann.http.Get(w.server.URL + api.Prefix + "/recordings/rec-1/broken")
	if err != nil {
		return // cut before the first octet
	}
	defer response.Body.Close()
	if text, err := io.ReadAll(response.Body); err == nil {
		t.Errorf("heard all of %q", text)
	}
}

// TestAdminsHearNothing walks every operation that is described, and every
// other way that a path could be meant, as an admin who is not the host, as a
// colleague who is invited, and as a stranger: none gives what was recorded.
func TestAdminsHearNothing(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		bob := w.bob(ann)
		weekly := bob.meeting("Weekly")
		w.recorded("rec-1", weekly.ID, bob.me().ID)
		eve := w.colleague(ann, "eve")
		bob.call("POST", "/meetings/"+weekly.ID+"/invitees", m{"person": eve.me().ID}).want(200)
		w.feed.Close() // or else streams of events would not end
		described := 0
		var audio []string
		for path, item := range w.describe().Paths {
			for method, op := range operationsOf(item) {
				described++
				for _, r := range op.Responses {
					for kind := range r.Content {
						// Files of evidence have headers alone: see TestAdminsSeeNoContent.
						evidence := strings.HasSuffix(path, "/evidence")
						if !evidence && !strings.Contains(kind, "json") && !strings.HasPrefix(kind, "text/") {
							audio = append(audio, method+" "+path+" "+kind)
						}
					}
				}
				if method == http.MethodDelete && strings.HasPrefix(path, "/session") || strings.HasPrefix(path, "/password") {
					continue // they would sign out whoever walks
				}
				for _, id := range []string{"rec-1", weekly.ID} {
					for _, track := range []string{"mix", "slot-1"} {
						real := strings.NewReplacer("{id}", id, "{track}", track, "{number}", weekly.Number,
							"{token}", linkToken(weekly.Link), "{invitee}", "rec-1").Replace(path)
						for _, c := range []*client{ann, eve, w.client()} {
							a := c.call(method, real, nil)
							if bytes.Contains(a.body, []byte("OggS")) || strings.Contains(a.header.Get("Content-Type"), "audio") {
								t.Errorf("%s gives what was said: %s", a.what, a.body)
							}
							if strings.Contains(path, "recordings") && a.status != 404 && a.status != 401 {
								t.Errorf("%s answers %d", a.what, a.status)
							}
						}
					}
				}
			}
		}
		if want := []string{"GET /recordings/{id}/{track} audio/ogg"}; !slices.Equal(audio, want) {
			t.Errorf("ways to audio: %v, want %v of %d", audio, want, described)
		}
		for _, path := range []string{
			"/admin/recordings", "/recordings", "/recordings/rec-1", "/people/" + bob.me().ID + "/recordings",
			"/recordings/rec-1/mix?admin=true", "/recordings/rec-1/mix/", "/meetings/" + weekly.ID + "/recordings/rec-1",
		} {
			if a := ann.call("GET", path, nil); a.status < 400 {
				t.Errorf("%s answers %d", a.what, a.status)
			}
		}
		if w.tapes["rec-1/mix"] != voice {
			t.Error("somebody else has deleted it")
		}
		if heard := bob.call("GET", "/recordings/rec-1/mix", nil); string(heard.body) != voice {
			t.Errorf("the host hears %q", heard.body)
		}
	})
}

// colleague is another employee.
func (w *world) colleague(admin *client, name string) *client {
	w.t.Helper()
	var n newcomerBody
	admin.call("POST", "/people", m{
		"name": name, "email": name + "@example.com", "language": "en", "timeZone": "Europe/Berlin",
	}).want(201).into(&n)
	c := w.client()
	c.call("POST", "/invitation/"+linkToken(n.Link), m{"password": password}).want(200)
	return c
}
