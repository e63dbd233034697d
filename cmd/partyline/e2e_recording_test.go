//go:build e2e

package main

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"partyline/cmd/internal/bridge"
	"partyline/cmd/internal/speech"
	"partyline/sfu/audio"
	"partyline/sfu/ogg"
	"partyline/sfu/opus"
	"partyline/signaling/wire"
	"partyline/sip/softphone"
)

// recordingPage is what the tests need of a recording.
type recordingPage struct {
	ID      string    `json:"id"`
	EndedAt time.Time `json:"endedAt"`
	Tracks  []struct {
		Name string `json:"name"`
	} `json:"tracks"`
}

// TestE2ERecording records two phones, one of whom objects, and a newcomer.
// Each is told before it begins; afterwards its host hears who did not object,
// and nobody else hears anything of it.
func TestE2ERecording(t *testing.T) {
	s := startServer(t, "sip.languages=en")
	m := s.meeting("Weekly", "Lea", "Kim")
	host := s.host(m)
	lea, kim := s.guestCalls(m, m.Invitees[0].Code), s.guestCalls(m, m.Invitees[1].Code)
	is := func(wire.Participant) bool { return true }
	host.finds("Lea", is)
	host.finds("Kim", is)

	asked := time.Now()
	host.does(wire.Act{Action: wire.Record, Value: true})
	host.recording(wire.RecordingOn)
	on := time.Now()
	for name, c := range map[string]*caller{"Lea": lea, "Kim": kim} {
		isTold(t, name, func(from, _ time.Time) []int16 { return c.heard(from, on) }, "recording-notice", asked)
	}
	kim.press("*3")
	isTold(t, "Kim", kim.heard, "objected", on)
	lea.speak("lea")(true)
	kim.speak("kal")(true)
	dialled := time.Now()
	ned := s.guestCalls(m, "")
	host.sees("a newcomer", func(r *bridge.Roster) bool { return len(r.Everybody()) == 4 })
	isTold(t, "the newcomer", ned.heard, "recording-notice", dialled)
	ned.speak("awb")(true)
	hearsOnly(t, "the newcomer", ned.heard, "kal", "lea")
	hearsOnly(t, "Kim", kim.heard, "awb", "lea")
	stopped := time.Now()
	host.does(wire.Act{Action: wire.Record, Value: false})
	host.recording(wire.RecordingOff)
	isTold(t, "Lea", lea.heard, "recording-stopped", stopped)

	made := s.recordingOf(m)
	heard := map[string]bool{}
	for _, track := range made.Tracks {
		if track.Name != "mix" && !strings.HasPrefix(track.Name, "slot-") {
			continue
		}
		sound := s.track(made.ID, track.Name)
		who := voicesIn(t, sound)
		t.Logf("%s: %.1f s of %v", track.Name, float64(len(sound))/speech.VoiceRate, who)
		if slices.Contains(who, "kal") {
			t.Errorf("who objected is on %s", track.Name)
		}
		for _, name := range who {
			heard[name+" on "+strings.TrimRight(track.Name, "123")] = true
		}
	}
	for _, want := range []string{"lea on mix", "lea on slot-", "awb on mix"} {
		if !heard[want] {
			t.Errorf("no %s, only %v", want, heard)
		}
	}
	s.hidesRecording(m, made)
}

// guestCalls dials in, where English is all there is.
func (s *server) guestCalls(m bridge.Meeting, code string) *caller {
	s.t.Helper()
	c := s.dial(audio.PCMU, softphone.Faults{})
	c.press(m.Number + ",," + code + "#")
	return c
}

// recording waits for the recording to be so far.
func (h *seated) recording(state wire.RecordingState) {
	h.t.Helper()
	h.sees("recording "+string(state), func(r *bridge.Roster) bool { return r.Recording() == state })
}

// recordingOf waits for a meeting's one recording to be complete.
func (s *server) recordingOf(m bridge.Meeting) (made recordingPage) {
	s.t.Helper()
	s.waitFor(20*time.Second, "a complete recording", func() bool {
		var all []recordingPage
		s.call("GET", "/meetings/"+m.ID+"/recordings", nil, &all)
		if len(all) != 1 || all[0].EndedAt.IsZero() {
			return false
		}
		made = all[0]
		return true
	})
	return made
}

// track is the sound of a track, at 16 kHz.
func (s *server) track(recording, name string) []int16 {
	s.t.Helper()
	file, err := s.Fetch(s.t.Context(), "GET", "/recordings/"+recording+"/"+name, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	in, err := ogg.NewReader(bytes.NewReader(file))
	if err != nil {
		s.t.Fatalf("%s: %v", name, err)
	}
	decoder, err := opus.NewDecoder()
	if err != nil {
		s.t.Fatal(err)
	}
	var sound []int16
	buffer := make([]int16, opus.MaxSamples)
	for {
		packet, err := in.Next()
		if errors.Is(err, io.EOF) {
			return sound
		}
		if err != nil {
			s.t.Fatalf("%s: %v", name, err)
		}
		samples, err := decoder.Decode(buffer, packet)
		if err != nil {
			s.t.Fatalf("%s: %v", name, err)
		}
		sound = append(sound, samples...)
	}
}

// hidesRecording: another admin gets at nothing, and neither does who has the
// disk.
func (s *server) hidesRecording(m bridge.Meeting, made recordingPage) {
	s.t.Helper()
	eve := s.colleague("Eve", true)
	for _, path := range []string{"/meetings/" + m.ID + "/recordings", "/recordings/" + made.ID + "/mix"} {
		_, err := eve.Fetch(s.t.Context(), "GET", path, nil)
		var refused *bridge.StatusError
		if !errors.As(err, &refused) || refused.Status != 404 && refused.Status != 403 {
			s.t.Errorf("another admin asks for %s: %v", path, err)
		}
	}
	files := 0
	err := filepath.WalkDir(s.Dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files++
		content, err := os.ReadFile(path)
		for _, mark := range []string{"OggS", "OpusHead"} {
			if bytes.Contains(content, []byte(mark)) {
				s.t.Errorf("%s is in the clear: it has %s in it", path, mark)
			}
		}
		return err
	})
	if err != nil || files == 0 {
		s.t.Errorf("%d files were looked into: %v", files, err)
	}
}
