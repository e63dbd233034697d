package signaling_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/metrics/quality"
	"partyline/signaling"
	"partyline/signaling/meeting"
	"partyline/signaling/wire"
)

func TestBrowserAndPhoneMeet(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, joined := w.host()
		want := &wire.Joined{Re: 1, Entry: wire.Entry{
			Room: wire.Room{
				Meeting: sync1, Name: "Weekly sync", Number: "482915306",
				StartedAt: time.Now().UnixMilli(), Slots: 3, MaxParticipants: 500,
			},
			Self: 1, Role: wire.RoleHost,
			Roster: []wire.Participant{{
				Participant: 1, Name: "李雷", Via: wire.Browser, Role: wire.RoleHost,
				Connection: wire.Connected, Quality: wire.Unclassified,
			}},
			Door: []wire.Visitor{},
		}}
		if diff := cmp.Diff(want, joined); diff != "" {
			t.Errorf("joined (-want +got):\n%s", diff)
		}
		time.Sleep(12 * time.Minute)
		phone := w.phone()
		if room, n := phone.seat.Place(); room != sync1 || n != 2 {
			t.Errorf("place = %s, %d", room, n)
		}
		if got := phone.seat.Arrival(); got.Others != 1 || got.Running < 12*time.Minute || got.Waiting || got.Muted {
			t.Errorf("arrival = %+v", got)
		}
		got := next[*wire.ParticipantJoined](boss).Participant
		if got.Name != "Caller 2" || got.Via != wire.Phone || got.Role != wire.RoleGuest || got.Number != "•••678" {
			t.Errorf("phone joined as %+v", got)
		}
		if a, err := phone.seat.Attendance(t.Context()); a.People != 2 || err != nil {
			t.Errorf("attendance = %+v, %v", a, err)
		}
		if got, running := w.server.Occupancy(sync1); !running || got.Participants != 2 {
			t.Errorf("occupancy = %+v, %v", got, running)
		}
		phone.seat.Leave(wire.LeftByThemselves)
		if left := next[*wire.ParticipantLeft](boss); left.Participant != 2 || left.Reason != wire.LeftByThemselves {
			t.Errorf("left = %+v", left)
		}
		<-phone.gone
		if !w.audio.was("remove 2") {
			t.Error("audio plane still knows the phone")
		}
		if w.counted.of("phone") != 0 || w.counted.of("browser") != 1 || w.counted.of("rooms") != 1 {
			t.Errorf("counted %v", w.counted.n)
		}
	})
}

func TestOwnActs(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		phone := w.phone()
		next[*wire.ParticipantJoined](boss)
		changed := func() wire.Participant { return next[*wire.ParticipantChanged](boss).Participant }
		steps := []struct {
			name string
			do   func() error
			want func(wire.Participant) bool
		}{
			{"mute", func() error { return phone.do(signaling.Mute, true) }, func(p wire.Participant) bool { return p.Muted && !p.MutedByHost }},
			{"unmute", func() error { return phone.do(signaling.Mute, false) }, func(p wire.Participant) bool { return !p.Muted }},
			{"hand up", func() error { return phone.do(signaling.Hand, true) }, func(p wire.Participant) bool { return p.Hand && p.HandAt == time.Now().UnixMilli() }},
			{"hand down", func() error { return phone.do(signaling.Hand, false) }, func(p wire.Participant) bool { return !p.Hand && p.HandAt == 0 }},
			{"hold", func() error { return phone.do(signaling.Hold, true) }, func(p wire.Participant) bool { return p.Held }},
			{"resume", func() error { return phone.do(signaling.Hold, false) }, func(p wire.Participant) bool { return !p.Held }},
		}
		for _, step := range steps {
			time.Sleep(time.Second)
			// Done twice, it is told once.
			for range 2 {
				if err := step.do(); err != nil {
					t.Fatalf("%s: %v", step.name, err)
				}
			}
			if p := changed(); p.Participant != 2 || !step.want(p) {
				t.Errorf("%s: %+v", step.name, p)
			}
		}
		if kinds := boss.waiting(); len(kinds) > 0 {
			t.Errorf("told more than once: %v", kinds)
		}
		if !w.audio.was("muted 2 true") || !w.audio.was("muted 2 false") {
			t.Errorf("audio plane was told %v", w.audio.told)
		}
		boss.act(wire.Mute, 0)
		if !w.audio.was("muted 1 true") {
			t.Error("browser is not muted")
		}
		// To mute oneself by one's own number is the same.
		boss.act(wire.Unmute, 0)
		boss.act(wire.Mute, 1)
	})
}

func TestHostActs(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		ann := w.colleague("ann") // 2
		phone := w.phone()        // 3
		guest := w.guest("")      // 4

		boss.act(wire.Mute, 2)
		if by := next[*wire.MutedByHost](ann).By; by != 1 {
			t.Errorf("muted by %d", by)
		}
		if p := next[*wire.ParticipantChanged](guest).Participant; !p.Muted || !p.MutedByHost {
			t.Errorf("ann is %+v", p)
		}
		boss.act(wire.AskUnmute, 2)
		next[*wire.UnmuteAsked](ann)
		ann.act(wire.Unmute, 0)
		if p := next[*wire.ParticipantChanged](guest).Participant; p.Muted || p.MutedByHost {
			t.Errorf("ann is %+v", p)
		}

		boss.act(wire.MuteAll, 0)
		if got, want := phone.heard(), []signaling.NoticeKind{signaling.MutedByHost}; !cmp.Equal(got, want) {
			t.Errorf("phone heard %v, want %v", got, want)
		}
		if w.audio.was("muted 1 true") || !w.audio.was("muted 2 true") || !w.audio.was("muted 4 true") {
			t.Errorf("mute-all: %v", w.audio.told)
		}

		if err := phone.do(signaling.Hand, true); err != nil {
			t.Fatal(err)
		}
		boss.act(wire.LowerHand, 3)
		boss.act(wire.AskUnmute, 3)
		boss.act(wire.Lock, 0)
		boss.act(wire.Unlock, 0)
		want := []signaling.NoticeKind{signaling.HandLowered, signaling.UnmuteAsked, signaling.Locked, signaling.Unlocked}
		if diff := cmp.Diff(want, phone.heard()); diff != "" {
			t.Errorf("phone heard (-want +got):\n%s", diff)
		}

		// What a host cannot do, and what others cannot.
		guest.waiting()
		ann.waiting()
		act := func(c *client, a wire.Action, on uint32) *wire.Act {
			return &wire.Act{ID: c.id(), Action: a, Participant: on}
		}
		if code := boss.fails(act(boss, wire.MakeHost, 4)); code != wire.CodeNotAllowed {
			t.Errorf("make a guest host: %s", code)
		}
		if code := boss.fails(act(boss, wire.Remove, 99)); code != wire.CodeNotFound {
			t.Errorf("remove nobody: %s", code)
		}
		if code := boss.fails(act(boss, wire.Admit, 2)); code != wire.CodeNotFound {
			t.Errorf("admit who is in: %s", code)
		}
		for role, c := range map[meeting.Role]*client{meeting.Participant: ann, meeting.Guest: guest} {
			for _, action := range wire.Actions() {
				if meeting.Allowed(meeting.Action(action), role, meeting.Browser, meeting.Self) ||
					meeting.Allowed(meeting.Action(action), role, meeting.Browser, meeting.Room) {
					continue
				}
				if code := c.fails(c.wellFormed(action)); code != wire.CodeNotAllowed {
					t.Errorf("%s by a %s: %s", action, role, code)
				}
			}
		}

		boss.act(wire.MakeHost, 2)
		ann.act(wire.Mute, 1)
		next[*wire.MutedByHost](boss)
	})
}

// wellFormed is an act on participant 1 or on the room, with all that belongs
// to it.
func (c *client) wellFormed(action wire.Action) *wire.Act {
	a := &wire.Act{ID: c.id(), Action: action}
	switch action {
	case wire.Move:
		a.Participants, a.To = []uint32{1}, &wire.Place{Main: true}
	case wire.UndoMove, wire.DialCancel:
		a.Value = "m_unknown"
	case wire.DialOut, wire.Quote:
		a.Dial = &wire.Dial{Key: "k1", Kind: wire.DialInto, To: []wire.Callee{{Numbers: []string{"+8613800138000"}}}}
	case wire.Breakouts:
		a.Value = 1
	case wire.Record:
		a.Value = true
	case wire.MuteAll, wire.Lock, wire.Unlock, wire.EndMeeting, wire.CloseBreakouts:
	default:
		a.Participant = 1
	}
	return a
}

// TestActionsAreTheRules keeps the list of the protocol and that of the rules
// the same.
func TestActionsAreTheRules(t *testing.T) {
	rules := map[string]bool{}
	for _, a := range meeting.Actions() {
		rules[string(a)] = true
	}
	protocol := map[string]bool{}
	for _, a := range wire.Actions() {
		protocol[string(a)] = true
	}
	if diff := cmp.Diff(rules, protocol); diff != "" {
		t.Errorf("-meeting +wire:\n%s", diff)
	}
}

func TestDoor(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		ann := w.colleague("ann") // 2
		boss.act(wire.Lock, 0)
		if room := next[*wire.RoomChanged](ann).Room; !room.Locked {
			t.Error("room is not locked")
		}

		guest := w.come(signaling.Identity{Meeting: sync1, Name: "Zoë"})
		guest.send(&wire.Join{ID: guest.id(), Meeting: sync1})
		if got := next[*wire.Waiting](guest); got.Participant != 3 || got.Re != 1 {
			t.Errorf("waiting = %+v", got)
		}
		phone := w.phone() // 4
		if a := phone.seat.Arrival(); !a.Waiting {
			t.Errorf("arrival = %+v", a)
		}
		for _, want := range []wire.Visitor{{Participant: 3, Name: "Zoë", Via: wire.Browser}, {Participant: 4, Name: "Caller 4", Via: wire.Phone}} {
			if got := next[*wire.Knock](boss).Visitor; got != want {
				t.Errorf("knock = %+v, want %+v", got, want)
			}
		}
		// Only hosts hear of it, and nobody at the door of the room.
		w.server.Speaking(sync1, []signaling.Speaker{{Participant: 1, Level: 20}})
		time.Sleep(time.Second)
		if diff := cmp.Diff([]string{"speakers"}, ann.waiting()); diff != "" {
			t.Errorf("ann: %s", diff)
		}
		if kinds := guest.waiting(); len(kinds) > 0 {
			t.Errorf("the guest at the door was told %v", kinds)
		}
		// Nor can anything be done from there.
		for _, m := range []wire.Message{
			&wire.Act{ID: guest.id(), Action: wire.RaiseHand},
		} {
			if code := guest.fails(m); code != wire.CodeNotJoined {
				t.Errorf("%s at the door: %s", m.Kind(), code)
			}
		}
		if code := guest.fails(&wire.Offer{ID: guest.id(), Leg: "a", SDP: "v=0"}); code != wire.CodeNotJoined {
			t.Errorf("offer at the door: %s", code)
		}
		if err := phone.do(signaling.Mute, true); err == nil {
			t.Error("a phone at the door acts")
		}

		// A new host gets to know who waits.
		boss.act(wire.MakeHost, 2)
		if n := next[*wire.Knock](ann).Participant; n != 3 {
			t.Errorf("first knock is of %d", n)
		}
		ann.act(wire.Admit, 3)
		entry := next[*wire.Admitted](guest).Entry
		if entry.Self != 3 || entry.Role != wire.RoleGuest || len(entry.Roster) != 3 || len(entry.Door) != 0 {
			t.Errorf("admitted to %+v", entry)
		}
		if n := next[*wire.KnockGone](boss).Participant; n != 3 {
			t.Errorf("gone from the door: %d", n)
		}
		if p := next[*wire.ParticipantJoined](boss).Participant; p.Name != "Zoë" {
			t.Errorf("joined: %+v", p)
		}
		boss.act(wire.Refuse, 4)
		if diff := cmp.Diff([]signaling.NoticeKind{signaling.PositionChanged, signaling.Refused}, phone.heard()); diff != "" {
			t.Errorf("phone heard: %s", diff)
		}
		<-phone.gone

		// Hosts walk in; somebody else gives up waiting.
		if _, joined := w.host(); joined.Role != wire.RoleHost || joined.Self != 5 {
			t.Errorf("second host: %+v", joined)
		}
		late := w.come(signaling.Identity{Person: "eve", Name: "Eve"})
		late.send(&wire.Join{ID: late.id(), Meeting: sync1})
		next[*wire.Waiting](late)
		late.send(&wire.Leave{ID: late.id()})
		next[*wire.Done](late)
		next[*wire.KnockGone](boss)
	})
}

func TestRemovedHasNoReturn(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		ann := w.colleague("ann")    // 2
		guest := w.guest("cookie-1") // 3
		phone := w.phone()           // 4
		other := w.guest("cookie-2") // 5
		for n := uint32(2); n <= 4; n++ {
			boss.act(wire.Remove, n)
		}
		for _, c := range []*client{ann, guest} {
			if by := next[*wire.Removed](c).By; by != 1 {
				t.Errorf("removed by %d", by)
			}
			if code := c.fails(&wire.Join{ID: c.id(), Meeting: sync1}); code != wire.CodeRemoved {
				t.Errorf("rejoin: %s", code)
			}
			if code := c.fails(&wire.Act{ID: c.id(), Action: wire.RaiseHand}); code != wire.CodeNotJoined {
				t.Errorf("act after removal: %s", code)
			}
		}
		if diff := cmp.Diff([]signaling.NoticeKind{signaling.Removed}, phone.heard()); diff != "" {
			t.Errorf("phone heard: %s", diff)
		}
		<-phone.gone
		for _, told := range []string{"remove 2", "remove 3", "muted 4 true"} {
			if !w.audio.was(told) {
				t.Errorf("audio plane was not told %q: %v", told, w.audio.told)
			}
		}
		if w.audio.was("remove 4") {
			t.Error("the phone's line was taken away before the caller heard why")
		}
		phone.seat.Leave(wire.LeftRemoved)
		if !w.audio.was("remove 4") {
			t.Error("the phone's line was not taken away")
		}
		for range 3 {
			if got := next[*wire.ParticipantLeft](other); got.Reason != wire.LeftRemoved {
				t.Errorf("left: %+v", got)
			}
		}

		// A new tab, a new call, a call with a personal code: the same visitor.
		again := w.come(signaling.Identity{Meeting: sync1, Name: "somebody new", Key: "cookie-1"})
		if code := again.fails(&wire.Join{ID: again.id(), Meeting: sync1}); code != wire.CodeRemoved {
			t.Errorf("guest in a new tab: %s", code)
		}
		for _, who := range []signaling.Entrant{
			{Role: meeting.Guest, Key: "trunk 5551678"},
			{Role: meeting.Participant, Person: "ann", Key: "trunk 777"},
		} {
			if _, err := w.call(who); !errors.Is(err, signaling.ErrRemoved) {
				t.Errorf("%+v: %v", who, err)
			}
		}
		// Others come in, also callers without a number.
		if _, err := w.call(signaling.Entrant{Role: meeting.Guest}); err != nil {
			t.Error(err)
		}

		// The next time that the meeting runs, all is forgotten.
		w.meetings.change(func(m *meeting.Meeting) { m.Occasion = meeting.Named })
		w.server.EndMeeting(sync1)
		next[*wire.Ended](boss)
		guest.join()
	})
}

func TestEnd(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		guest := w.guest("")
		phone := w.phone()
		boss.act(wire.EndMeeting, 0)
		if by := next[*wire.Ended](guest).By; by != 1 {
			t.Errorf("ended by %d", by)
		}
		if diff := cmp.Diff([]signaling.NoticeKind{signaling.Ended}, phone.heard()); diff != "" {
			t.Errorf("phone heard: %s", diff)
		}
		<-phone.gone
		if !w.audio.was("close " + sync1) {
			t.Error("audio plane still has the room")
		}
		if diff := cmp.Diff([]string{"opened", "closed, by host true"}, w.meetings.heard()); diff != "" {
			t.Errorf("store: %s", diff)
		}
		if code := guest.fails(&wire.Join{ID: guest.id(), Meeting: sync1}); code != wire.CodeEnded {
			t.Errorf("join after the end: %s", code)
		}
		if _, err := w.call(signaling.Entrant{}); !errors.Is(err, meeting.ErrEnded) {
			t.Errorf("call after the end: %v", err)
		}
		phone.seat.Leave(wire.LeftByThemselves) // does nothing
		if _, err := phone.seat.Attendance(t.Context()); err == nil {
			t.Error("an ended meeting has an attendance")
		}
		if _, running := w.server.Occupancy(sync1); running {
			t.Error("ended meeting runs")
		}
	})
}

func TestEmptyRoomEnds(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		phone := w.phone()
		time.Sleep(time.Hour)
		phone.seat.Leave(wire.LeftByThemselves)
		time.Sleep(29 * time.Second)
		again := w.phone()
		if _, n := again.seat.Place(); n != 2 {
			t.Errorf("number %d: the room did not wait", n)
		}
		again.seat.Leave(wire.LeftByThemselves)
		time.Sleep(31 * time.Second)
		synctest.Wait()
		if _, running := w.server.Occupancy(sync1); running {
			t.Error("empty room still runs")
		}
		if diff := cmp.Diff([]string{"opened", "closed, by host false"}, w.meetings.heard()); diff != "" {
			t.Errorf("store: %s", diff)
		}
		if w.counted.of("rooms") != 0 || w.counted.of("phone") != 0 {
			t.Errorf("counted %v", w.counted.n)
		}
	})
}

func TestNinthComesMuted(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		for n := 1; n <= 8; n++ {
			if c := w.phone(); c.seat.Arrival().Muted {
				t.Errorf("number %d is muted", n)
			}
		}
		c := w.come(signaling.Identity{Person: "boss", Name: "Boss"})
		c.send(&wire.Join{ID: c.id(), Meeting: sync1, Muted: false})
		joined := next[*wire.Joined](c)
		if p := joined.Roster[8]; !p.Muted || p.MutedByHost {
			t.Errorf("ninth is %+v", p)
		}
		if c := w.phone(); !c.seat.Arrival().Muted || !w.audio.was("muted 10 true") {
			t.Error("tenth is not muted")
		}
	})
}

// TestMuteAllOfALargeRoom: what one act causes is no reason to take a client
// for slow, however long nothing happened before.
func TestMuteAllOfALargeRoom(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		ann := w.colleague("ann")
		const phones = 498
		for n := range phones {
			phone := w.phone()
			if n >= 6 { // they came muted
				if err := phone.do(signaling.Mute, false); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, c := range []*client{boss, ann} {
			c.waiting()
		}
		time.Sleep(5 * time.Minute)
		boss.act(wire.MuteAll, 0)
		for n := 0; n < phones+1; n++ {
			next[*wire.ParticipantChanged](ann)
		}
		if w.counted.of("closed slow") != 0 {
			t.Errorf("counted %v", w.counted.n)
		}
	})
}

func TestMuteOnEntry(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.meetings.change(func(m *meeting.Meeting) { m.MuteOnEntry = true })
		_, joined := w.host()
		if joined.Roster[0].Muted || !joined.Room.MuteOnEntry {
			t.Errorf("host: %+v", joined)
		}
		if !w.phone().seat.Arrival().Muted {
			t.Error("caller is not muted")
		}
	})
}

func TestFull(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.host()
		first := w.phone()
		c := w.come(signaling.Identity{Person: "ann", Name: "Ann"})
		if code := c.fails(&wire.Join{ID: c.id(), Meeting: sync1}); code != wire.CodeFull {
			t.Errorf("third of two: %s", code)
		}
		if _, err := w.call(signaling.Entrant{}); !errors.Is(err, signaling.ErrFull) {
			t.Errorf("third of two: %v", err)
		}
		first.seat.Leave(wire.LeftByThemselves)
		c.join()
	}, func(c *signaling.Config) { c.MaxParticipants = 2 })
}

func TestNumbersAreMaskedPerViewer(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		guest := w.guest("")
		phone := w.phone()
		if p := next[*wire.ParticipantJoined](guest).Participant; p.Number != "" {
			t.Errorf("guest sees %q", p.Number)
		}
		next[*wire.ParticipantJoined](boss)
		if p := next[*wire.ParticipantJoined](boss).Participant; p.Number != "•••678" {
			t.Errorf("host sees %q", p.Number)
		}
		if err := phone.do(signaling.Hand, true); err != nil {
			t.Fatal(err)
		}
		if p := next[*wire.ParticipantChanged](guest).Participant; p.Number != "" {
			t.Errorf("guest sees %q", p.Number)
		}
		late := w.come(signaling.Identity{Meeting: sync1})
		for _, p := range late.join().Roster {
			if p.Number != "" {
				t.Errorf("late guest sees %q", p.Number)
			}
		}
	})
}

func TestNames(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		tests := []struct {
			come func()
			want string
		}{
			{func() { w.guest("") }, "Guest 2"},
			{func() { w.come(signaling.Identity{Meeting: sync1, Language: "zh-CN"}).join() }, "访客 3"},
			{func() { w.call(signaling.Entrant{Language: "zh-CN"}) }, "来电 4"},
			{func() { w.call(signaling.Entrant{Language: "fr"}) }, "Caller 5"},
			{func() { w.call(signaling.Entrant{Name: "韩梅梅"}) }, "韩梅梅"},
			{func() {
				c := w.come(signaling.Identity{Meeting: sync1, Name: "old"})
				c.send(&wire.Join{ID: 1, Meeting: sync1, Name: "  new  "})
			}, "new"},
			{func() {
				c := w.come(signaling.Identity{Person: "ann", Name: "Ann"})
				c.send(&wire.Join{ID: 1, Meeting: sync1, Name: "The Boss"})
			}, "Ann"},
		}
		for _, test := range tests {
			test.come()
			if got := next[*wire.ParticipantJoined](boss).Participant.Name; got != test.want {
				t.Errorf("joined as %q, want %q", got, test.want)
			}
		}
	})
}

func TestSpeakersAndQuality(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		w.phone()
		boss.waiting()
		for level := range uint8(50) {
			w.server.Speaking(sync1, []signaling.Speaker{{Participant: 2, Level: level}, {Participant: 7, Level: 3}})
			time.Sleep(10 * time.Millisecond)
		}
		w.server.Speaking(sync1, nil)
		time.Sleep(time.Second)
		if kinds := boss.waiting(); len(kinds) < 4 || len(kinds) > 7 {
			t.Errorf("in half a second: %v", kinds)
		}
		w.server.Speaking(sync1, []signaling.Speaker{{Participant: 2, Level: 9}, {Participant: 7, Level: 3}})
		if diff := cmp.Diff([]wire.Speaker{{Participant: 2, Level: 9}}, next[*wire.Speakers](boss).Speakers); diff != "" {
			t.Error(diff)
		}
		for range 3 {
			w.server.Measured(sync1, 2, quality.Poor)
		}
		w.server.Measured(sync1, 99, quality.Poor)
		w.server.Measured("no such room", 2, quality.Poor)
		if diff := cmp.Diff([]string{"quality"}, boss.waiting()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestMeetingChanged(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		w.meetings.change(func(m *meeting.Meeting) { m.Name = "Renamed" })
		if err := w.server.MeetingChanged(t.Context(), sync1); err != nil {
			t.Fatal(err)
		}
		if name := next[*wire.RoomChanged](boss).Room.Name; name != "Renamed" {
			t.Errorf("name = %q", name)
		}
	})
}

// TestManyComeAndGo has people of both kinds come, act and go at once: with
// -race it looks for state that is touched from outside its owner.
func TestManyComeAndGo(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		done := make(chan error)
		const people = 40
		for i := range people {
			go func() {
				done <- func() error {
					c := &caller{notices: make(chan signaling.Notice, 100), gone: make(chan struct{})}
					seat, err := w.server.Enter(context.Background(), sync1, signaling.Entrant{Kind: meeting.Phone, Name: fmt.Sprint(i)}, c)
					if err != nil {
						return err
					}
					c.seat = seat
					for range 5 {
						if err := errors.Join(c.do(signaling.Hand, true), c.do(signaling.Hand, false)); err != nil {
							return err
						}
					}
					seat.Leave(wire.LeftByThemselves)
					<-c.gone
					return nil
				}()
			}()
		}
		for range people {
			if err := <-done; err != nil {
				t.Error(err)
			}
		}
		synctest.Wait()
		if got, _ := w.server.Occupancy(sync1); got.Participants != 1 {
			t.Errorf("%d are left", got.Participants)
		}
		for left := 0; left < people; {
			if boss.any().message.Kind() == "participant-left" {
				left++
			}
		}
	})
}
