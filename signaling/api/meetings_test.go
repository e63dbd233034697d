package api_test

import (
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"partyline/signaling/api"
	"partyline/signaling/meeting"
)

func TestMeetings(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		bob := w.bob(ann)
		weekly := ann.meeting("Weekly")
		if !digits.MatchString(weekly.Number) || len(weekly.HostCode) != 6 || weekly.Organiser.Name != "Ann" ||
			!strings.HasPrefix(weekly.Link, w.server.URL+"/j/") || weekly.Running || weekly.Kind != "named" {
			t.Errorf("meeting: %+v", weekly)
		}
		var now meetingBody
		ann.call("POST", "/meetings", m{"kind": "now"}).want(201).into(&now)
		ann.call("POST", "/meetings", m{"kind": "named"}).problem(api.Invalid)

		path := "/meetings/" + weekly.ID
		var got meetingBody
		ann.call("GET", path, nil).want(200).into(&got)
		if diff := cmp.Diff(weekly, got); diff != "" {
			t.Errorf("read:\n%s", diff)
		}
		bob.call("GET", path, nil).problem(api.NotFound)
		bob.call("PATCH", path, m{"name": "Mine"}).problem(api.NotFound)

		ann.call("POST", path+"/invitees", m{"person": bob.me().ID}).want(200)
		ann.call("POST", path+"/invitees", m{"person": bob.me().ID}).problem(api.Invited)
		ann.call("POST", path+"/invitees", m{"person": "nobody"}).problem(api.NoPerson)
		ann.call("POST", path+"/invitees", m{}).problem(api.Invalid)
		ann.call("POST", path+"/invitees", m{"person": "x", "name": "y"}).problem(api.Invalid)
		ann.call("POST", path+"/invitees", m{"name": "Zoe"}).want(200).into(&got)
		if len(got.Invitees) != 2 || got.Invitees[0].Name != "Bob" || len(got.Invitees[1].Code) != 6 {
			t.Fatalf("invitees: %+v", got.Invitees)
		}
		var bobs []meetingBody
		bob.call("GET", "/meetings", nil).want(200).into(&bobs)
		if len(bobs) != 1 || bobs[0].HostCode != "" || bobs[0].Invitees[0].Code == "" || bobs[0].Invitees[1].Code != "" {
			t.Errorf("as Bob sees it: %+v", bobs)
		}
		bob.call("PATCH", path, m{"name": "Mine"}).problem(api.NotAllowed)
		bob.call("DELETE", path, nil).problem(api.NotAllowed)

		zoe := got.Invitees[1]
		ann.call("POST", path+"/invitees/"+zoe.ID+"/code", nil).want(200).into(&got)
		if got.Invitees[1].Code == zoe.Code || got.Invitees[0].Code == got.Invitees[1].Code {
			t.Errorf("codes: %+v", got.Invitees)
		}
		ann.call("DELETE", path+"/invitees/"+zoe.ID, nil).want(200).into(&got)
		if len(got.Invitees) != 1 {
			t.Errorf("invitees: %+v", got.Invitees)
		}
		ann.call("DELETE", path+"/invitees/"+zoe.ID, nil).problem(api.NotFound)

		before := got
		for which, field := range map[string]string{"link": "Link", "number": "Number", "host": "HostCode"} {
			ann.call("POST", path+"/codes", m{"which": which}).want(200).into(&got)
			if diff := cmp.Diff(before, got, cmpopts.IgnoreFields(meetingBody{}, field)); diff != "" || cmp.Equal(before, got) {
				t.Errorf("replacing the %s changed:\n%s", which, diff)
			}
			before = got
		}
		w.client().call("GET", "/join/"+linkToken(weekly.Link), nil).problem(api.NotFound)

		ann.call("PATCH", path, m{"name": "Daily", "muteOnEntry": true}).want(200).into(&got)
		if n := len(w.live.changed); n == 0 || w.live.changed[n-1] != got.ID {
			t.Errorf("changed in running rooms: %v", w.live.changed)
		}
		if got.Name != "Daily" || !got.MuteOnEntry {
			t.Errorf("changed: %+v", got)
		}
		ann.call("DELETE", path, nil).want(204)
		if fmt.Sprint(w.live.ended) != "["+weekly.ID+"]" {
			t.Errorf("rooms ended: %v", w.live.ended)
		}
		ann.call("DELETE", path, nil).problem(api.Ended)
		ann.call("GET", path, nil).want(200).into(&got)
		if got.EndedAt == nil {
			t.Error("an ended meeting does not say so")
		}
		var left []meetingBody
		ann.call("GET", "/meetings", nil).want(200).into(&left)
		if len(left) != 1 || left[0].ID != now.ID {
			t.Errorf("left: %+v", left)
		}
	})
}

type doorstepBody struct {
	Meeting struct {
		ID, Name        string
		Running, Locked bool
		Participants    int
	}
	Company, Disclosure string
	SignedIn            bool
}

func TestJoin(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		bob := w.bob(ann)
		weekly := ann.meeting("Weekly")
		w.live.rooms[weekly.ID] = api.Room{Participants: 3, Locked: true}
		token := linkToken(weekly.Link)

		guest := w.client()
		guest.header.Set("Accept-Language", "de, zh-TW;q=0.8, en;q=0.5")
		var d doorstepBody
		guest.call("GET", "/join/"+token, nil).want(200).into(&d)
		if d.Meeting.ID != weekly.ID || !d.Meeting.Running || !d.Meeting.Locked || d.Meeting.Participants != 3 ||
			d.Company != "Acme" || d.SignedIn || d.Disclosure != meeting.Disclosure("zh-CN") {
			t.Errorf("doorstep: %+v", d)
		}
		guest.call("GET", "/join/"+token+"?language=en", nil).want(200).into(&d)
		if d.Disclosure != meeting.Disclosure("en") {
			t.Errorf("in English: %s", d.Disclosure)
		}
		guest.call("GET", "/join/"+token+"?language=fr", nil).problem(api.Invalid)
		for _, wrong := range []string{"x", strings.Repeat("A", 22), token + "x", "%00", weekly.Number} {
			guest.call("GET", "/join/"+wrong, nil).problem(api.NotFound)
		}
		guest.call("GET", "/join/number/"+weekly.Number, nil).problem(api.SignedOut)

		bob.call("GET", "/join/"+token, nil).want(200).into(&d)
		if !d.SignedIn {
			t.Error("Bob is a guest")
		}
		spaced := weekly.Number[:3] + "%20" + weekly.Number[3:6] + "-" + weekly.Number[6:]
		bob.call("GET", "/join/number/"+spaced, nil).want(200).into(&d)
		if d.Meeting.ID != weekly.ID {
			t.Errorf("by number: %+v", d)
		}
		bob.call("GET", "/join/number/12345", nil).problem(api.NotFound)
		ann.call("DELETE", "/meetings/"+weekly.ID, nil).want(204)
		guest.call("GET", "/join/"+token, nil).problem(api.Ended)
		bob.call("GET", "/join/number/"+weekly.Number, nil).problem(api.Ended)
		if log := w.log.String(); strings.Contains(log, token) || strings.Contains(log, weekly.Number) {
			t.Error("a link or number is in the log")
		}
	})
}

func TestLinksAreNotGuessed(t *testing.T) {
	w := onSQLite(t)
	weekly := w.ann().meeting("Weekly")
	guesser := w.client()
	var last *answer
	for range 20 {
		last = guesser.call("GET", "/join/guess", nil)
		if last.status == http.StatusTooManyRequests {
			break
		}
	}
	last.problem(api.TooManyTries)
	if last.header.Get("Retry-After") == "" {
		t.Error("no Retry-After")
	}
	guesser.call("GET", "/join/"+linkToken(weekly.Link), nil).problem(api.TooManyTries)
	guesser.call("POST", "/tickets", m{"link": linkToken(weekly.Link), "name": "G"}).problem(api.TooManyTries)
}

func TestTickets(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		bob := w.bob(ann)
		weekly := ann.meeting("Weekly")
		link := m{"link": linkToken(weekly.Link)}
		with := func(name string) m { return m{"link": link["link"], "name": name} }

		guest := w.client()
		guest.header.Set("Accept-Language", "zh-CN")
		guest.call("POST", "/tickets", link).problem(api.Invalid) // guests give a name
		guest.call("POST", "/tickets", with("a\nb")).problem(api.Invalid)
		var out struct {
			Ticket, ExpiresAt, Meeting string
		}
		guest.call("POST", "/tickets", with(" Zoe ")).want(200).into(&out)
		if out.Ticket != "ticket 1" || !strings.HasSuffix(out.ExpiresAt, "Z") || out.Meeting != weekly.ID {
			t.Errorf("ticket: %+v", out)
		}
		guest.call("POST", "/tickets", with("Zoe again")).want(200)
		w.client().call("POST", "/tickets", with("Somebody else")).want(200)
		guest.call("POST", "/tickets", m{"meeting": weekly.ID, "name": "Zoe"}).problem(api.SignedOut)
		guest.call("POST", "/tickets", m{"number": weekly.Number, "name": "Zoe"}).problem(api.SignedOut)
		guest.call("POST", "/tickets", m{"link": "wrong", "name": "Zoe"}).problem(api.NotFound)

		bob.call("POST", "/tickets", link).want(200)
		bob.call("POST", "/tickets", m{"number": weekly.Number}).want(200)
		bob.call("POST", "/tickets", m{"meeting": weekly.ID, "name": "ignored"}).want(200)
		ann.call("POST", "/tickets", m{"meeting": weekly.ID}).want(200)
		w.client().call("POST", "/tickets", m{}).problem(api.Invalid)
		ann.call("POST", "/tickets", m{}).want(200) // outside of meetings
		ann.call("POST", "/tickets", m{"meeting": weekly.ID, "number": weekly.Number}).problem(api.Invalid)
		ann.call("POST", "/tickets", m{"meeting": "nothing"}).problem(api.NotFound)

		keys := map[string]bool{}
		for i, p := range w.live.passes {
			if p.Key == "" || p.Meeting != weekly.ID && i != 7 {
				t.Errorf("pass %d: %+v", i, p)
			}
			keys[p.Key] = true
		}
		if k := w.live.passes; k[0].Key != k[1].Key || len(keys) != 4 { // two guests, Bob, Ann
			t.Errorf("%d different visitors, want 4", len(keys))
		}
		ids := [2]string{ann.me().ID, bob.me().ID}
		want := []api.Pass{
			{Meeting: weekly.ID, Role: meeting.Guest, Name: "Zoe", Language: "zh-CN"},
			{Meeting: weekly.ID, Role: meeting.Guest, Name: "Zoe again", Language: "zh-CN"},
			{Meeting: weekly.ID, Role: meeting.Guest, Name: "Somebody else", Language: "en"},
			{Meeting: weekly.ID, Role: meeting.Participant, Person: ids[1], Name: "Bob", Language: "zh-CN"},
			{Meeting: weekly.ID, Role: meeting.Participant, Person: ids[1], Name: "Bob", Language: "zh-CN"},
			{Meeting: weekly.ID, Role: meeting.Participant, Person: ids[1], Name: "Bob", Language: "zh-CN"},
			{Meeting: weekly.ID, Role: meeting.Host, Person: ids[0], Name: "Ann", Language: "en", Admin: true},
			{Person: ids[0], Name: "Ann", Language: "en", Admin: true},
		}
		if diff := cmp.Diff(want, w.live.passes, cmpopts.IgnoreFields(api.Pass{}, "Key", "Session", "Address")); diff != "" {
			t.Errorf("passes:\n%s", diff)
		}
		w.live.busy = true
		ann.call("POST", "/tickets", m{"meeting": weekly.ID}).problem(api.Busy)
		ann.call("DELETE", "/meetings/"+weekly.ID, nil).want(204)
		ann.call("POST", "/tickets", m{"meeting": weekly.ID}).problem(api.Ended)
	})
}

func TestDialIn(t *testing.T) {
	w := onSQLite(t)
	var d api.DialIn
	w.client().call("GET", "/dial-in", nil).want(200).into(&d)
	if len(d.Numbers) != 1 || d.Numbers[0].Label != "Beijing" || d.SIPAddress != "sip:meet@127.0.0.1" {
		t.Errorf("dial-in: %+v", d)
	}
}

// TestProxies shows whose word counts for a client's address, host and TLS.
func TestProxies(t *testing.T) {
	for _, tt := range []struct {
		name                          string
		trusted                       string
		public                        string
		wantAddress, wantLink, cookie string
	}{
		{"nobody is trusted", "192.0.2.0/24", "", "127.0.0.1", "http://127.0.0.1", "partyline="},
		{"our proxy is", "127.0.0.0/8", "", "203.0.113.5", "https://meet.example.com/", "__Host-partyline="},
		{"public URL", "192.0.2.0/24", "https://public.example.com/", "127.0.0.1", "https://public.example.com/j/", "__Host-partyline="},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := onSQLite(t, func(c *api.Config) {
				c.TrustedProxies = []netip.Prefix{netip.MustParsePrefix(tt.trusted)}
				c.PublicURL = tt.public
			})
			w.ann()
			c := w.client()
			c.header.Set("X-Forwarded-For", "198.51.100.66, 203.0.113.5, 127.0.0.9") // the first one lies
			c.header.Set("X-Forwarded-Proto", "https")
			c.header.Set("X-Forwarded-Host", "meet.example.com")
			a := c.call("POST", "/session", m{"email": "ann@example.com", "password": password}).want(200)
			cookie := a.header.Get("Set-Cookie")
			if !strings.HasPrefix(cookie, tt.cookie) || strings.Contains(cookie, "Secure") != strings.HasPrefix(tt.cookie, "__Host-") {
				t.Errorf("cookie: %s", cookie)
			}
			value, _, _ := strings.Cut(cookie, ";")
			c.header.Set("Cookie", value)
			var devices []struct{ Address string }
			c.call("GET", "/session/all", nil).want(200).into(&devices)
			if devices[0].Address != tt.wantAddress {
				t.Errorf("address: %s, want %s", devices[0].Address, tt.wantAddress)
			}
			if got := c.meeting("M").Link; !strings.HasPrefix(got, tt.wantLink) {
				t.Errorf("link: %s, want %s…", got, tt.wantLink)
			}
		})
	}
}

// TestBeforeAndAfter: who looks a meeting up is told when it opens, and later
// when it ended.
func TestBeforeAndAfter(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		weekly := ann.meeting("Weekly")
		path, join := "/meetings/"+weekly.ID, "/join/"+linkToken(weekly.Link)
		opens := time.Now().Add(time.Hour).Truncate(time.Millisecond)
		ann.call("PATCH", path, m{"opensAt": opens, "waitForHost": true}).want(200)
		var seen struct {
			Meeting struct {
				WaitForHost bool
				OpensAt     time.Time
			}
		}
		w.client().call("GET", join, nil).want(200).into(&seen)
		if !seen.Meeting.WaitForHost || !seen.Meeting.OpensAt.Equal(opens) {
			t.Errorf("before: %+v", seen)
		}
		begun := time.Now().Truncate(time.Millisecond)
		ann.call("DELETE", path, nil).want(204)
		p := w.client().call("GET", join, nil).problem(api.Ended)
		if p.At == nil || p.At.Before(begun) || p.At.After(time.Now()) {
			t.Errorf("ended at %v", p.At)
		}
	})
}

// TestMeetingSettings changes each setting alone and reads it back.
func TestMeetingSettings(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		weekly := ann.meeting("Weekly")
		path := "/meetings/" + weekly.ID
		read := func() m {
			var got m
			ann.call("GET", path, nil).want(200).into(&got)
			return got
		}
		want := m{"muteOnEntry": false, "opensAt": nil, "waitForHost": false, "tones": true, "recordNames": false, "maxParticipants": 0.0, "hostsDial": false}
		soon := time.Now().Add(time.Hour).UTC().Truncate(time.Millisecond).Format(time.RFC3339Nano)
		for _, step := range []struct {
			field       string
			set, expect any
		}{
			{"muteOnEntry", true, true},
			{"opensAt", soon, soon},
			{"waitForHost", true, true},
			{"tones", false, false},
			{"recordNames", true, true},
			{"hostsDial", true, true},
			{"maxParticipants", 20, 20.0},
			{"opensAt", "2020-01-01T00:00:00Z", nil},
			{"maxParticipants", 0, 0.0},
		} {
			ann.call("PATCH", path, m{step.field: step.set}).want(200)
			want[step.field] = step.expect
			got := read()
			for field, value := range want {
				if diff := cmp.Diff(value, got[field]); diff != "" {
					t.Errorf("after %s: %s: %s", step.field, field, diff)
				}
			}
		}
		for _, most := range []int{-1, 1, 1001} {
			p := ann.call("PATCH", path, m{"maxParticipants": most}).problem(api.Invalid)
			if len(p.Fields) != 1 || p.Fields[0].Field != "maxParticipants" {
				t.Errorf("%d participants: %+v", most, p)
			}
		}
		if len(w.live.changed) != 9 {
			t.Errorf("the running meeting was told %d times, want 9", len(w.live.changed))
		}
	})
}
