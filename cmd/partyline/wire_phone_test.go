package main

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"partyline/metrics"
	"partyline/signaling/auth"
	"partyline/signaling/meeting"
	"partyline/sip"
)

// newDirectory is a directory of the demo's people and meetings, without a
// telephone near.
func newDirectory(t *testing.T) *directory {
	t.Helper()
	h := newHouse(t)
	return &directory{h.book, h.accounts, h.people}
}

// newHouse has the demo's people in its rooms, and neither telephones nor a
// door.
func newHouse(t *testing.T, change ...func(*Config)) *house {
	t.Helper()
	cfg := defaultConfig()
	cfg.DataDir = t.TempDir()
	cfg.Media.UDP, cfg.Media.TCP = "127.0.0.1:0", "127.0.0.1:0"
	for _, set := range change {
		set(&cfg)
	}
	demo(t, cfg.DataDir)
	h := &house{cfg: cfg, log: slog.New(slog.DiscardHandler), metrics: metrics.New("test"), lookout: newLookout(cfg.DataDir)}
	t.Cleanup(func() {
		if err := h.close(); err != nil {
			t.Error(err)
		}
	})
	for _, open := range []func(context.Context) error{h.openStories, h.openStore, h.watchOver, h.openOffice, h.openSoundings, h.openRooms} {
		if err := open(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	h.onClose(func() error { return h.people.Shutdown(context.Background()) })
	return h
}

// TestWhoseDeskPhone: whoever calls from their own phone is in the meeting what
// they are in the browser; whoever only has its number is a guest.
func TestWhoseDeskPhone(t *testing.T) {
	d := newDirectory(t)
	var people []auth.Person
	for _, p := range demoPeople {
		session, _, err := d.accounts.LogIn(t.Context(), p.Email, demoPassword, auth.Client{Address: "192.0.2.1"})
		if err != nil {
			t.Fatal(err)
		}
		people = append(people, session.Person)
	}
	organiser, colleague := people[0], people[2]
	m, err := d.book.Create(t.Context(), organiser.ID, "Round", meeting.Named)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		name string
		who  sip.Identity
		want meeting.Role
	}{
		{"the organiser's phone", sip.Identity{Person: organiser.ID, Name: organiser.Name, Owner: true}, meeting.Host},
		{"a colleague's phone", sip.Identity{Person: colleague.ID, Name: colleague.Name, Owner: true}, meeting.Participant},
		{"a colleague's phone, with the host code", sip.Identity{Host: true, Person: colleague.ID, Owner: true}, meeting.Host},
		{"a number that is the organiser's", sip.Identity{Person: organiser.ID, Name: organiser.Name}, meeting.Guest},
		{"anybody", sip.Identity{}, meeting.Guest},
	} {
		caller := sip.Caller{Call: test.name, Trunk: "phones", From: sip.Number(test.name)}
		place, err := d.Enter(t.Context(), sip.Meeting{ID: m.ID}, test.who, caller)
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		if host := place.Arrival().Host; host != (test.want == meeting.Host) {
			t.Errorf("%s: told to be host: %v", test.name, host)
		}
		place.Leave(sip.HungUp)
		left, gone := d.server.Returning(keyOf(caller))
		for deadline := time.Now().Add(10 * time.Second); !gone && time.Now().Before(deadline); time.Sleep(time.Millisecond) {
			left, gone = d.server.Returning(keyOf(caller))
		}
		if left.Who.Role != test.want {
			t.Errorf("%s: was %q there, want %q", test.name, left.Who.Role, test.want)
		}
	}
}
