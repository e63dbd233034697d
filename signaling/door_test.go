package signaling_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/signaling"
	"partyline/signaling/meeting"
	"partyline/signaling/wire"
)

// knock comes by browser as a guest who has to wait.
func (w *world) knock(name string) (*client, *wire.Waiting) {
	w.t.Helper()
	c := w.come(signaling.Identity{Meeting: sync1, Name: name})
	c.send(&wire.Join{ID: c.id(), Meeting: sync1})
	return c, next[*wire.Waiting](c)
}

func TestPositionsAtTheDoor(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		lead, err := w.call(signaling.Entrant{Role: meeting.Host, Key: "lead"})
		if err != nil {
			t.Fatal(err)
		}
		if err := lead.do(signaling.Lock, true); err != nil { // *7
			t.Fatal(err)
		}
		first, at := w.knock("Zoë")
		if want := (wire.Queue{Reason: wire.WaitLocked, Position: 1}); at.Queue != want {
			t.Errorf("first waits as %+v, want %+v", at.Queue, want)
		}
		phone := w.phone()
		if a := phone.seat.Arrival(); !a.Waiting || a.Position != 2 || a.WaitsForHost || !a.OpensAt.IsZero() {
			t.Errorf("second arrives as %+v", a)
		}
		third, at := w.knock("Max")
		if at.Position != 3 {
			t.Errorf("third waits at %d", at.Position)
		}
		var counts []int
		for _, n := range lead.told() {
			if n.Kind == signaling.SomebodyWaits {
				counts = append(counts, n.Count)
			}
		}
		if diff := cmp.Diff([]int{1, 2, 3}, counts); diff != "" {
			t.Errorf("the host's phone hears how many wait: %s", diff)
		}

		// *8 lets in whoever has waited longest; the others move up.
		if err := lead.do(signaling.Admit, false); err != nil {
			t.Fatal(err)
		}
		next[*wire.Admitted](first)
		if diff := cmp.Diff([]signaling.Notice{{Kind: signaling.PositionChanged, Count: 1}}, phone.told()); diff != "" {
			t.Error(diff)
		}
		if n := phone.seat.Arrival().Position; n != 1 {
			t.Errorf("position %d", n)
		}
		if got := next[*wire.StillWaiting](third); got.Position != 2 || got.Reason != wire.WaitLocked {
			t.Errorf("third waits as %+v", got)
		}
		boss.act(wire.Admit, 0) // so does the browser's button
		if diff := cmp.Diff([]signaling.NoticeKind{signaling.Admitted}, phone.heard()); diff != "" {
			t.Error(diff)
		}
		if a := phone.seat.Arrival(); a.Waiting || a.Others != 3 || !a.Locked {
			t.Errorf("after the wait: %+v", a)
		}
		third.send(&wire.Leave{ID: third.id()})
		next[*wire.Done](third)
		if err := lead.do(signaling.Admit, false); err == nil {
			t.Error("nobody was let in")
		}
	})
}

// TestUnlockedTheyStillWait: whoever waits at a locked door waits for a host's
// yes, also when the lock is gone and another host comes.
func TestUnlockedTheyStillWait(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		boss.act(wire.Lock, 0)
		guest, _ := w.knock("Zoë")
		boss.act(wire.Unlock, 0)
		if _, joined := w.host(); len(joined.Door) != 1 {
			t.Errorf("at the door: %+v", joined.Door)
		}
		if kinds := guest.waiting(); len(kinds) > 0 {
			t.Errorf("the guest was told %v", kinds)
		}
		w.guest("") // others walk in
	})
}

func TestWaitForHost(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.meetings.change(func(m *meeting.Meeting) { m.WaitForHost = true })
		phone := w.phone()
		if a := phone.seat.Arrival(); !a.Waiting || !a.WaitsForHost || a.Position != 1 {
			t.Errorf("phone arrives as %+v", a)
		}
		guest, at := w.knock("Zoë")
		if want := (wire.Queue{Reason: wire.WaitHost, Position: 2}); at.Queue != want {
			t.Errorf("guest waits as %+v", at.Queue)
		}
		time.Sleep(time.Hour) // they keep the meeting waiting, not ended
		begun := time.Now()
		boss, joined := w.host()
		if !joined.Room.WaitForHost || len(joined.Door) != 2 || joined.Room.StartedAt != begun.UnixMilli() {
			t.Errorf("host finds %+v", joined)
		}
		next[*wire.Admitted](guest)
		if diff := cmp.Diff([]signaling.NoticeKind{signaling.HostArrived, signaling.Admitted}, phone.heard()); diff != "" {
			t.Errorf("phone heard: %s", diff)
		}
		if a := phone.seat.Arrival(); a.Running > time.Second || a.Others != 1 {
			t.Errorf("phone is in as %+v", a)
		}
		// Once begun it goes on without the host.
		boss.send(&wire.Leave{ID: boss.id()})
		next[*wire.Done](boss)
		w.guest("")
	})
}

func TestNotYetOpen(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		opens := time.Now().Add(12 * time.Minute)
		w.meetings.change(func(m *meeting.Meeting) { m.OpensAt = opens })
		phone := w.phone()
		if a := phone.seat.Arrival(); !a.Waiting || !a.OpensAt.Equal(opens) || a.WaitsForHost {
			t.Errorf("phone arrives as %+v", a)
		}
		guest, at := w.knock("Zoë")
		if want := (wire.Queue{Reason: wire.WaitEarly, Position: 2, OpensAt: opens.UnixMilli()}); at.Queue != want {
			t.Errorf("guest waits as %+v", at.Queue)
		}
		// A host is early, sees who waits, and lets one in.
		boss, joined := w.host()
		if joined.Room.OpensAt != opens.UnixMilli() || len(joined.Door) != 2 {
			t.Errorf("host finds %+v", joined)
		}
		boss.act(wire.Admit, 2)
		next[*wire.Admitted](guest)
		if kinds := phone.heard(); len(kinds) > 0 {
			t.Errorf("phone heard %v", kinds)
		}
		time.Sleep(time.Until(opens) + time.Second)
		if diff := cmp.Diff([]signaling.NoticeKind{signaling.Opened, signaling.Admitted}, phone.heard()); diff != "" {
			t.Errorf("phone heard: %s", diff)
		}
		if room := next[*wire.RoomChanged](boss).Room; room.OpensAt != 0 {
			t.Errorf("opens still at %d", room.OpensAt)
		}
	})
}

// TestOpeningWithoutHost goes through all the reasons to wait in their order.
func TestOpeningWithoutHost(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.meetings.change(func(m *meeting.Meeting) {
			m.OpensAt, m.WaitForHost = time.Now().Add(time.Minute), true
		})
		guest, _ := w.knock("Zoë")
		phone := w.phone()
		time.Sleep(61 * time.Second)
		if got := next[*wire.StillWaiting](guest); got.Reason != wire.WaitHost || got.Position != 1 {
			t.Errorf("guest waits as %+v", got)
		}
		if diff := cmp.Diff([]signaling.NoticeKind{signaling.Opened}, phone.heard()); diff != "" {
			t.Errorf("phone heard: %s", diff)
		}
		if a := phone.seat.Arrival(); !a.WaitsForHost || !a.OpensAt.IsZero() || a.Position != 2 {
			t.Errorf("phone waits as %+v", a)
		}
		// The organiser gives the rule up.
		w.meetings.change(func(m *meeting.Meeting) { m.WaitForHost = false })
		if err := w.server.MeetingChanged(t.Context(), sync1); err != nil {
			t.Fatal(err)
		}
		next[*wire.Admitted](guest)
		if kinds := phone.heard(); kinds[len(kinds)-1] != signaling.Admitted {
			t.Errorf("phone heard %v", kinds)
		}
	})
}

func TestMeetingsOwnLimit(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.meetings.change(func(m *meeting.Meeting) { m.MaxParticipants = 2 })
		_, joined := w.host()
		if joined.Room.MaxParticipants != 2 {
			t.Errorf("room takes %d", joined.Room.MaxParticipants)
		}
		w.phone()
		c := w.come(signaling.Identity{Person: "ann", Name: "Ann"})
		if code := c.fails(&wire.Join{ID: c.id(), Meeting: sync1}); code != wire.CodeFull {
			t.Errorf("third of two: %s", code)
		}
	})
}

func TestEndedTellsWhen(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		at := time.Now().Add(-time.Hour)
		w.meetings.change(func(m *meeting.Meeting) { m.EndedAt = at })
		c := w.come(signaling.Identity{Person: "ann", Name: "Ann"})
		c.send(&wire.Join{ID: c.id(), Meeting: sync1})
		if e := next[*wire.Error](c); e.Code != wire.CodeEnded || e.At != at.UnixMilli() {
			t.Errorf("error %+v", e)
		}
	})
}

func TestTones(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.meetings.change(func(m *meeting.Meeting) { m.Tones = true })
		boss, _ := w.host()
		if w.audio.count("chime sync 1") != 0 {
			t.Error("a tone for whoever is alone")
		}
		phone := w.phone()
		if !next[*wire.ParticipantJoined](boss).Tone || w.audio.count("chime sync 1") != 1 {
			t.Errorf("no tone: %v", w.audio.told)
		}
		// Not again within 3 s, for browsers neither.
		w.phone()
		if next[*wire.ParticipantJoined](boss).Tone || w.audio.count("chime sync 1") != 1 {
			t.Errorf("too many tones: %v", w.audio.told)
		}
		time.Sleep(4 * time.Second)
		phone.seat.Leave(wire.LeftByThemselves)
		if !next[*wire.ParticipantLeft](boss).Tone || w.audio.count("chime sync 2") != 1 {
			t.Errorf("no tone of going: %v", w.audio.told)
		}
		for n := 3; n <= 15; n++ {
			time.Sleep(4 * time.Second)
			w.phone()
		}
		before := w.audio.count("chime sync 1")
		time.Sleep(4 * time.Second)
		w.phone() // the sixteenth
		if after := w.audio.count("chime sync 1"); before != 14 || after != before {
			t.Errorf("%d tones, then %d", before, after)
		}
		// Nor where the meeting does not want them.
		w.meetings.change(func(m *meeting.Meeting) { m.Tones = false })
	})
}
