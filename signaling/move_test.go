package signaling_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/signaling"
	"partyline/signaling/meeting"
	"partyline/signaling/wire"
)

// moves asks for a move and returns what came of it.
func (c *client) moves(to wire.Place, numbers ...uint32) *wire.Done {
	c.t.Helper()
	c.send(&wire.Act{ID: c.id(), Action: wire.Move, Participants: numbers, To: &to})
	return next[*wire.Done](c)
}

// with does something that takes a value.
func (c *client) with(action wire.Action, value any) *wire.Done {
	c.t.Helper()
	c.send(&wire.Act{ID: c.id(), Action: action, Value: value})
	return next[*wire.Done](c)
}

func (c *client) look() *wire.Joined {
	c.t.Helper()
	c.send(&wire.Join{ID: c.id(), Meeting: sync1})
	return next[*wire.Joined](c)
}

// TestMoveToBreakout moves a browser and a phone in one action, and back: with
// their hands, names, mutes and legs.
func TestMoveToBreakout(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		ann := w.colleague("ann") // 2
		phone := w.phone()        // 3
		stay := w.colleague("eve")
		ann.send(&wire.Offer{ID: ann.id(), Leg: "leg-1", SDP: "v=0"})
		next[*wire.Answer](ann)
		ann.act(wire.RaiseHand, 0)
		if err := phone.do(signaling.Mute, true); err != nil {
			t.Fatal(err)
		}
		boss.with(wire.Breakouts, 2)
		if got := next[*wire.RoomChanged](stay).Room.Breakouts; len(got) != 2 || got[1].Breakout != 2 || len(got[0].Participants) != 0 {
			t.Errorf("break-out rooms: %+v", got)
		}
		w.audio.forget()
		done := boss.moves(wire.Place{Breakout: 2}, 2, 3, 9)
		want := []wire.Moved{{Participant: 2, As: 1}, {Participant: 3, As: 2}, {Participant: 9, Code: wire.CodeNotFound}}
		if diff := cmp.Diff(want, done.Results); diff != "" || done.Undo == "" {
			t.Errorf("results, undo %q: %s", done.Undo, diff)
		}
		if !w.audio.was("move sync 2 to sync/2 1") || !w.audio.was("move sync 3 to sync/2 2") || !w.audio.was("muted 2 true") {
			t.Errorf("audio plane was told %v", w.audio.told)
		}
		if w.audio.was("remove 2") || w.audio.was("remove 3") {
			t.Error("audio was taken away")
		}
		moved := next[*wire.MovedTo](ann)
		if moved.Room.Breakout != 2 || moved.Room.Meeting != sync1 || moved.Self != 1 || moved.By != 1 || moved.Role != wire.RoleParticipant || len(moved.Roster) != 1 || !moved.Roster[0].Hand {
			t.Errorf("ann is moved to %+v", moved)
		}
		if p := next[*wire.ParticipantJoined](ann).Participant; p.Participant != 2 || p.Name != "Caller 3" || !p.Muted {
			t.Errorf("the phone follows as %+v", p)
		}
		if room, n := phone.seat.Place(); room != sync1+"/2" || n != 2 {
			t.Errorf("the phone's place is %s %d", room, n)
		}
		if diff := cmp.Diff([]signaling.Notice{{Kind: signaling.Moving, Text: "Weekly sync", Count: 2}}, phone.told()); diff != "" {
			t.Errorf("the phone is told (-want +got):\n%s", diff)
		}
		for n := uint32(2); n <= 3; n++ {
			if got := next[*wire.ParticipantLeft](stay); got.Participant != n || got.Reason != wire.LeftMoved {
				t.Errorf("left: %+v", got)
			}
		}
		inside := []wire.Visitor{{Participant: 1, Name: "ann", Via: wire.Browser}, {Participant: 2, Name: "Caller 3", Via: wire.Phone}}
		if diff := cmp.Diff(inside, next[*wire.RoomChanged](stay).Room.Breakouts[1].Participants); diff != "" {
			t.Errorf("who is in it: %s", diff)
		}
		if o, _ := w.server.Occupancy(sync1); o.Participants != 4 {
			t.Errorf("the meeting has %d", o.Participants)
		}
		// The leg goes on under the new place; so do acts and measurements.
		w.server.LegChanged(sync1+"/2", 1, "leg-1", signaling.LegBroken)
		if got := next[*wire.Leg](ann); got.State != wire.LegBroken {
			t.Errorf("leg: %+v", got)
		}
		ann.act(wire.LowerHand, 0)
		if err := phone.do(signaling.Mute, false); err != nil {
			t.Fatal(err)
		}
		ann.waiting()

		// Undone, they are where they were.
		done = boss.with(wire.UndoMove, done.Undo)
		want = []wire.Moved{{Participant: 1, As: 5}, {Participant: 2, As: 6}}
		if diff := cmp.Diff(want, done.Results); diff != "" {
			t.Errorf("undone: %s", diff)
		}
		if moved := next[*wire.MovedTo](ann); moved.Room.Breakout != 0 || moved.Self != 5 || len(moved.Roster) != 3 {
			t.Errorf("ann is back in %+v", moved)
		}
		if got := phone.heard(); len(got) != 1 || got[0] != signaling.MovedBack {
			t.Errorf("the phone is told %v", got)
		}
		if code := boss.fails(&wire.Act{ID: boss.id(), Action: wire.UndoMove, Value: "m_again"}); code != wire.CodeNotFound {
			t.Errorf("undone twice: %s", code)
		}
	})
}

// TestMoveBackOneByOne names the room where the numbers count, and closes the
// rooms at the end.
func TestMoveBackOneByOne(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		ann, eve := w.colleague("ann"), w.colleague("eve") // 2, 3
		phone := w.phone()                                 // 4
		boss.act(wire.MakeHost, 3)
		boss.with(wire.Breakouts, 1)
		boss.moves(wire.Place{Breakout: 1}, 2, 3, 4)
		if moved := next[*wire.MovedTo](eve); moved.Role != wire.RoleHost {
			t.Errorf("a host is %s in a break-out room", moved.Role)
		}
		boss.send(&wire.Act{
			ID: boss.id(), Action: wire.Move, Participants: []uint32{1},
			From: &wire.Place{Breakout: 1}, To: &wire.Place{Main: true},
		})
		if done := next[*wire.Done](boss); !cmp.Equal(done.Results, []wire.Moved{{Participant: 1, As: 5}}) {
			t.Errorf("results %+v", done.Results)
		}
		if moved := next[*wire.MovedTo](ann); moved.Room.Breakout != 1 {
			t.Errorf("first ann goes to %+v", moved.Room)
		}
		if moved := next[*wire.MovedTo](ann); moved.Room.Breakout != 0 || moved.Self != 5 {
			t.Errorf("then to %+v", moved)
		}
		// A break-out room has no door, and whoever is in it counts on.
		if code := eve.fails(&wire.Act{ID: eve.id(), Action: wire.Lock}); code != wire.CodeNotAllowed {
			t.Errorf("lock a break-out room: %s", code)
		}
		if joined := eve.look(); joined.Room.Breakout != 1 || len(joined.Roster) != 2 {
			t.Errorf("eve looks around and sees %+v", joined)
		}
		late := w.come(playing("zoe"))
		if joined := late.join(); joined.Room.Breakout != 0 || len(joined.Room.Breakouts) != 1 {
			t.Errorf("a newcomer finds %+v", joined.Room)
		}
		if code := late.fails(&wire.Join{ID: late.id(), Meeting: sync1 + "/1"}); code != wire.CodeNotFound {
			t.Errorf("join a break-out room: %s", code)
		}
		eve.send(&wire.Act{ID: eve.id(), Action: wire.CloseBreakouts})
		if moved := next[*wire.MovedTo](eve); moved.Room.Breakout != 0 || moved.Role != wire.RoleHost {
			t.Errorf("eve is back in %+v", moved)
		}
		next[*wire.Done](eve)
		if kinds := phone.heard(); kinds[len(kinds)-1] != signaling.MovedBack {
			t.Errorf("the phone is told %v", kinds)
		}
		if !w.audio.was("close " + sync1 + "/1") {
			t.Error("the audio plane still has the break-out room")
		}
		if joined := boss.look(); joined.Room.Breakouts != nil || len(joined.Roster) != 4 {
			t.Errorf("after all: %+v", joined)
		}
		boss.with(wire.Breakouts, 1) // they can be opened anew
		synctest.Wait()
		if w.counted.of("rooms") != 2 {
			t.Errorf("%d rooms", w.counted.of("rooms"))
		}
		boss.act(wire.EndMeeting, 0)
		synctest.Wait()
		if diff := cmp.Diff([]string{"opened", "closed, by host true"}, w.meetings.heard()); diff != "" {
			t.Errorf("the store is told of the meeting alone: %s", diff)
		}
	})
}

// TestMoveToAnotherMeeting: only those may who organise or lead that one, and
// roles are as that meeting has them.
func TestMoveToAnotherMeeting(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		ann := w.colleague("ann")                                                 // 2; organises the other meeting
		eve := w.colleague("eve")                                                 // 3
		zoe := w.guest("cookie")                                                  // 4
		phone, err := w.call(signaling.Entrant{Role: meeting.Host, Name: "Lead"}) // 5: host by code, nobody there
		if err != nil {
			t.Fatal(err)
		}
		there := wire.Place{Meeting: other}
		act := func(c *client) *wire.Act {
			return &wire.Act{ID: c.id(), Action: wire.Move, Participants: []uint32{4}, To: &there}
		}
		if code := boss.fails(act(boss)); code != wire.CodeNotAllowed {
			t.Errorf("into a meeting of others: %s", code)
		}
		if code := ann.fails(act(ann)); code != wire.CodeNotAllowed {
			t.Errorf("by whoever is no host here: %s", code)
		}
		boss.act(wire.MakeHost, 2)
		boss.act(wire.MakeHost, 3)
		ann.waiting()
		done := ann.moves(there, 2, 3, 4, 5)
		for i, r := range done.Results {
			if r.As != uint32(i+1) {
				t.Errorf("result %+v", r)
			}
		}
		for c, role := range map[*client]wire.Role{eve: wire.RoleParticipant, zoe: wire.RoleGuest} {
			if moved := next[*wire.MovedTo](c); moved.Role != role || moved.Room.Meeting != other || moved.Room.Name != "Retrospective" {
				t.Errorf("moved as %s to %+v", moved.Role, moved.Room)
			}
		}
		ann.look2(t, other)
		ann.act(wire.Lock, 0) // it is hers
		ann.act(wire.Unlock, 0)
		if got := phone.told(); len(got) < 3 || !cmp.Equal(got[len(got)-3], signaling.Notice{Kind: signaling.Moving, Text: "Retrospective"}) {
			t.Errorf("the phone is told %+v", got)
		}
		if err := phone.do(signaling.Lock, true); !errors.Is(err, signaling.ErrNotAllowed) {
			t.Errorf("a host of one meeting leads another: %v", err)
		}
		// A guest may look around where a host brought them.
		zoe.send(&wire.Join{ID: zoe.id(), Meeting: other})
		if joined := next[*wire.Joined](zoe); joined.Self != 3 {
			t.Errorf("zoe sees %+v", joined)
		}
		// Undone from there; a host is host again.
		done = ann.with(wire.UndoMove, done.Undo)
		if len(done.Results) != 4 || done.Results[1].As == 0 {
			t.Errorf("undone: %+v", done.Results)
		}
		if moved := next[*wire.MovedTo](eve); moved.Role != wire.RoleHost || moved.Room.Meeting != sync1 {
			t.Errorf("eve is back as %+v", moved)
		}
	})
}

// TestMoveIsWholeOrNot: who is barred, or finds the room full, or whose audio
// cannot be moved, stays where they are.
func TestMoveIsWholeOrNot(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.meetings.mu.Lock()
		retro := w.meetings.book[other]
		retro.Organiser, retro.MaxParticipants = "boss", 2
		w.meetings.book[other] = retro
		w.meetings.mu.Unlock()
		there := wire.Place{Meeting: other}
		boss, _ := w.host()
		ann, eve := w.colleague("ann"), w.colleague("eve") // 2, 3
		first, err := w.server.Enter(t.Context(), other, signaling.Entrant{Kind: meeting.Phone, Key: "x"}, newCaller())
		if err != nil {
			t.Fatal(err)
		}
		want := []wire.Moved{{Participant: 2, As: 2}, {Participant: 3, Code: wire.CodeFull}}
		done := boss.moves(there, 2, 3)
		if diff := cmp.Diff(want, done.Results); diff != "" {
			t.Errorf("full: %s", diff)
		}
		if joined := eve.look(); joined.Self != 3 {
			t.Errorf("eve is %d", joined.Self)
		}
		boss.with(wire.UndoMove, done.Undo)
		next[*wire.MovedTo](ann)
		if moved := next[*wire.MovedTo](ann); moved.Room.Meeting != sync1 || moved.Self != 4 {
			t.Errorf("ann is back as %+v", moved)
		}
		first.Leave(wire.LeftByThemselves)

		// The audio plane refuses: they are back under their number.
		boss.waiting()
		w.audio.moving = func() error { return errors.New("no") }
		if done := boss.moves(there, 3); done.Results[0].Code != wire.CodeInternal || done.Undo != "" {
			t.Errorf("results %+v, undo %q", done.Results, done.Undo)
		}
		w.audio.moving = func() error { return nil }
		if joined := eve.look(); joined.Self != 3 || joined.Room.Meeting != sync1 || len(joined.Roster) != 3 {
			t.Errorf("eve is in %+v", joined)
		}
		eve.act(wire.RaiseHand, 0)

		// Removed from there, nobody brings them back by a move.
		boss.moves(there, 1, 3)
		boss.look2(t, other)
		boss.act(wire.Remove, 4) // eve, in the other meeting
		next[*wire.Removed](eve)
		if code := eve.fails(&wire.Join{ID: eve.id(), Meeting: other}); code != wire.CodeRemoved {
			t.Errorf("eve rejoins: %s", code)
		}
		self := eve.join().Self
		boss.join()
		if done := boss.moves(there, self); done.Results[0].Code != wire.CodeRemoved || done.Undo != "" {
			t.Errorf("eve is brought back: %+v", done)
		}
	})
}

func (c *client) look2(t *testing.T, meetingID string) {
	t.Helper()
	c.send(&wire.Join{ID: c.id(), Meeting: meetingID})
	if joined := next[*wire.Joined](c); joined.Room.Meeting != meetingID {
		t.Errorf("is in %+v", joined.Room)
	}
}

func newCaller() *caller {
	return &caller{notices: make(chan signaling.Notice, 100), gone: make(chan struct{})}
}

func TestUndoHasAnEnd(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		ann := w.colleague("ann")
		w.phone()
		boss.with(wire.Breakouts, 1)
		early := boss.moves(wire.Place{Breakout: 1}, 2)
		late := boss.moves(wire.Place{Breakout: 1}, 3)
		// A host of another meeting cannot undo it.
		stranger := w.come(signaling.Identity{Person: "eve", Name: "Eve", Role: meeting.Host})
		stranger.look2(t, other)
		if code := stranger.fails(&wire.Act{ID: stranger.id(), Action: wire.UndoMove, Value: late.Undo}); code != wire.CodeNotFound {
			t.Errorf("undone by a stranger: %s", code)
		}
		ann.send(&wire.Leave{ID: ann.id()})
		next[*wire.Done](ann)
		if done := boss.with(wire.UndoMove, early.Undo); done.Results[0].Code != wire.CodeNotFound {
			t.Errorf("who has left was moved: %+v", done.Results)
		}
		time.Sleep(61 * time.Second)
		if code := boss.fails(&wire.Act{ID: boss.id(), Action: wire.UndoMove, Value: late.Undo}); code != wire.CodeNotFound {
			t.Errorf("undone after a minute: %s", code)
		}
	})
}

// TestRemovedFromAll: whoever is removed in a break-out room is out of the
// meeting.
func TestRemovedFromAll(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		ann := w.colleague("ann")
		phone := w.phone() // 3
		boss.with(wire.Breakouts, 1)
		boss.moves(wire.Place{Breakout: 1}, 1, 2, 3)
		boss.act(wire.Remove, 2)
		boss.act(wire.Remove, 3)
		next[*wire.Removed](ann)
		if code := ann.fails(&wire.Join{ID: ann.id(), Meeting: sync1}); code != wire.CodeRemoved {
			t.Errorf("ann rejoins: %s", code)
		}
		<-phone.gone
		phone.seat.Leave(wire.LeftRemoved)
		if _, ok := w.server.Returning("trunk 5551678"); ok {
			t.Error("a removed caller may return")
		}
		if _, err := w.call(signaling.Entrant{Key: "trunk 5551678"}); !errors.Is(err, signaling.ErrRemoved) {
			t.Errorf("the caller rings again: %v", err)
		}
	})
}

// TestBreakoutKeepsTheMeeting: nobody is in the main room, but the meeting
// runs; when all have left it ends.
func TestBreakoutKeepsTheMeeting(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		phone := w.phone()
		boss.with(wire.Breakouts, 1)
		boss.moves(wire.Place{Breakout: 1}, 1, 2)
		time.Sleep(10 * time.Minute)
		if o, running := w.server.Occupancy(sync1); !running || o.Participants != 2 {
			t.Errorf("the meeting: %+v, %v", o, running)
		}
		if err := phone.do(signaling.Hand, true); err != nil {
			t.Error(err)
		}
		phone.seat.Leave(wire.LeftByThemselves)
		boss.send(&wire.Leave{ID: boss.id()})
		next[*wire.Done](boss)
		time.Sleep(2 * time.Minute)
		if _, running := w.server.Occupancy(sync1); running {
			t.Error("the meeting still runs")
		}
		if w.counted.of("rooms") != 0 || w.counted.of("browser") != 0 || w.counted.of("phone") != 0 {
			t.Errorf("counted %v", w.counted.n)
		}
	})
}

// TestEndFromBreakout ends the meeting for all, wherever they are.
func TestEndFromBreakout(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		ann := w.colleague("ann")
		lead, err := w.call(signaling.Entrant{Role: meeting.Host})
		if err != nil {
			t.Fatal(err)
		}
		boss.with(wire.Breakouts, 2)
		boss.moves(wire.Place{Breakout: 1}, 2)
		boss.moves(wire.Place{Breakout: 2}, 3)
		if err := lead.do(signaling.End, true); err != nil {
			t.Fatal(err)
		}
		next[*wire.Ended](boss)
		next[*wire.Ended](ann)
		<-lead.gone
		synctest.Wait()
		if diff := cmp.Diff([]string{"opened", "closed, by host true"}, w.meetings.heard()); diff != "" {
			t.Errorf("store: %s", diff)
		}
	})
}

// TestRecordingStaysInItsRoom: who is moved into a recorded room hears of it
// first.
func TestRecordingStaysInItsRoom(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		ann := w.colleague("ann") // 2
		phone := w.phone()        // 3
		boss.with(wire.Breakouts, 1)
		boss.moves(wire.Place{Breakout: 1}, 2, 3)
		boss.record(true)
		boss.heard(next[*wire.Notice](boss).Notice)
		if !w.audio.was("record sync true") {
			t.Fatal("the main room is not recorded")
		}
		if moved := next[*wire.MovedTo](ann); moved.Room.Recording != nil {
			t.Errorf("the break-out room is recorded: %+v", moved.Room.Recording)
		}
		phone.heard()
		w.audio.forget()
		boss.with(wire.CloseBreakouts, nil)
		if moved := next[*wire.MovedTo](ann); moved.Room.Recording == nil {
			t.Error("ann is not told of the recording")
		}
		if w.audio.was("recorded 4 true") || w.audio.was("recorded 5 true") {
			t.Error("recorded before they knew")
		}
		if diff := cmp.Diff([]signaling.NoticeKind{signaling.MovedBack, signaling.RecordingNotice}, phone.heard()); diff != "" {
			t.Errorf("the phone is told: %s", diff)
		}
		ann.heard(next[*wire.Notice](ann).Notice)
		if err := phone.do(signaling.HeardNotice, true); err != nil {
			t.Fatal(err)
		}
		if !w.audio.was("recorded 4 true") || !w.audio.was("recorded 5 true") {
			t.Errorf("not recorded though they know: %v", w.audio.told)
		}
	})
}

// TestFromRecordingToRecording: to have heard of one recording is not to have
// heard of another.
func TestFromRecordingToRecording(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		ann := w.colleague("ann") // 2
		eve := w.colleague("eve") // 3
		boss.act(wire.MakeHost, 3)
		boss.with(wire.Breakouts, 1)
		boss.moves(wire.Place{Breakout: 1}, 3)
		next[*wire.MovedTo](eve)
		eve.record(true)
		eve.heard(next[*wire.Notice](eve).Notice)
		boss.record(true)
		notice := next[*wire.Notice](boss).Notice
		boss.heard(notice)
		ann.heard(notice)
		if !w.audio.was("record sync true") || !w.audio.was("record sync/1 true") {
			t.Fatalf("not recorded: %v", w.audio.told)
		}
		w.audio.forget()
		boss.moves(wire.Place{Breakout: 1}, 2)
		if w.audio.was("recorded 2 true") {
			t.Error("recorded before she knew of this one")
		}
		ann.waiting()
		ann.heard(1)
		if !w.audio.was("recorded 2 true") {
			t.Errorf("not recorded though she knows: %v", w.audio.told)
		}
	})
}

// TestHandOverFollows: who was moved meanwhile goes on by phone where they are.
func TestHandOverFollows(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		ann := w.colleague("ann") // 2
		boss.with(wire.Breakouts, 1)
		code := ann.handOver()
		boss.moves(wire.Place{Breakout: 1}, 2)
		if _, ok := w.server.HandedOver(sync1, meeting.Code(code.Code), "call"); !ok {
			t.Fatal("the code is not good any more")
		}
		phone, err := w.call(signaling.Entrant{Role: meeting.Participant, Person: "ann", Name: "ann", Call: "call"})
		if err != nil {
			t.Fatal(err)
		}
		next[*wire.HandedOver](ann)
		if room, n := phone.seat.Place(); room != sync1+"/1" || n != 2 {
			t.Errorf("goes on in %s as %d", room, n)
		}
	})
}

// TestNewsOnTheWay: what the audio plane tells of somebody who is just being
// moved reaches them, and a leg that comes up then is not taken away.
func TestNewsOnTheWay(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		ann := w.colleague("ann") // 2
		ann.send(&wire.Offer{ID: ann.id(), Leg: "leg-1", SDP: "v=0"})
		next[*wire.Answer](ann)
		release := make(chan struct{})
		w.audio.connect = func(context.Context, string, string) (string, error) {
			<-release
			return "late answer", nil
		}
		ann.send(&wire.Offer{ID: ann.id(), Leg: "leg-2", SDP: "v=0"})
		boss.with(wire.Breakouts, 1)
		w.audio.moving = func() error {
			w.server.LegChanged(sync1, 2, "leg-1", signaling.LegBroken)
			close(release)
			time.Sleep(time.Millisecond) // until all else is done
			return nil
		}
		boss.moves(wire.Place{Breakout: 1}, 2)
		if w.audio.was("remove 2") {
			t.Error("audio was taken away on the way")
		}
		var leg, failed bool
		for !leg || !failed {
			switch m := ann.any().message.(type) {
			case *wire.Leg:
				leg = m.Leg == "leg-1" && m.State == wire.LegBroken
			case *wire.Error:
				failed = m.Code == wire.CodeNotJoined // offer again
			}
		}
	})
}

// TestLeavingOnTheWay: whoever leaves while they are moved is in no room
// afterwards, and nothing of theirs is left.
func TestLeavingOnTheWay(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		ann := w.colleague("ann") // 2
		phone := w.phone()        // 3
		boss.with(wire.Breakouts, 1)
		leave := map[int]func(){
			0: func() { w.server.SignOut("ann") },
			1: func() { phone.seat.Leave(wire.LeftByThemselves) },
		}
		n := 0
		w.audio.moving = func() error {
			leave[n]()
			n++
			time.Sleep(time.Millisecond)
			return nil
		}
		done := boss.moves(wire.Place{Breakout: 1}, 2, 3)
		for _, r := range done.Results {
			if r.Code != wire.CodeNotFound || r.As != 0 {
				t.Errorf("moved: %+v", r)
			}
		}
		<-phone.gone
		ann.closedWith()
		synctest.Wait()
		if o, _ := w.server.Occupancy(sync1); o.Participants != 1 || w.counted.of("browser") != 1 || w.counted.of("phone") != 0 {
			t.Errorf("left behind: %+v, %v", o, w.counted.n)
		}
		if !w.audio.was("remove 1") {
			t.Errorf("audio plane was told %v", w.audio.told)
		}
	})
}

// TestNoWayOnNoWayBack: the meeting that is left ends while the other one
// cannot take them.
func TestNoWayOnNoWayBack(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.meetings.mu.Lock()
		retro := w.meetings.book[other]
		retro.Organiser = "boss"
		w.meetings.book[other] = retro
		w.meetings.mu.Unlock()
		boss, _ := w.host()
		phone := w.phone()
		w.audio.moving = func() error {
			w.server.EndMeeting(sync1)
			time.Sleep(time.Millisecond)
			return errors.New("no")
		}
		boss.send(&wire.Act{ID: boss.id(), Action: wire.Move, Participants: []uint32{2}, To: &wire.Place{Meeting: other}})
		next[*wire.Ended](boss)
		<-phone.gone
		if kinds := phone.heard(); len(kinds) == 0 || kinds[len(kinds)-1] != signaling.Ended {
			t.Errorf("the phone is told %v", kinds)
		}
	})
}

// TestFullAllTogether counts those in break-out rooms.
func TestFullAllTogether(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.meetings.change(func(m *meeting.Meeting) { m.MaxParticipants = 2 })
		boss, _ := w.host()
		w.phone()
		boss.with(wire.Breakouts, 1)
		boss.moves(wire.Place{Breakout: 1}, 2)
		if _, err := w.call(signaling.Entrant{}); !errors.Is(err, signaling.ErrFull) {
			t.Errorf("third of two: %v", err)
		}
		boss.with(wire.CloseBreakouts, nil) // who is in comes back
		if joined := boss.look(); len(joined.Roster) != 2 {
			t.Errorf("%d are back", len(joined.Roster))
		}
	})
}

// TestMovesAndLeaving has people moved to and fro while they act and leave: at
// the end nobody is left anywhere. With -race it looks for state that is
// touched from outside its owner.
func TestMovesAndLeaving(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		boss.with(wire.Breakouts, 3)
		const people = 30
		callers := make([]*caller, people)
		for i := range callers {
			callers[i] = newCaller()
			seat, err := w.server.Enter(t.Context(), sync1, signaling.Entrant{Kind: meeting.Phone, Name: fmt.Sprint(i)}, callers[i])
			if err != nil {
				t.Fatal(err)
			}
			callers[i].seat = seat
		}
		go func() {
			for r := range boss.in {
				if r.err != nil {
					return
				}
			}
		}()
		finished := make(chan struct{})
		for i, c := range callers {
			go func() {
				for n := range 20 {
					_ = c.seat.Do(context.Background(), signaling.Act{Kind: signaling.Hand, On: n%2 == 0})
					room, number := c.seat.Place()
					w.server.LegChanged(room, number, "a", signaling.LegBroken)
				}
				if i%3 != 0 {
					c.seat.Leave(wire.LeftByThemselves)
				}
				finished <- struct{}{}
			}()
		}
		for round := range 12 {
			var numbers []uint32
			for n := range uint32(people * 2) {
				numbers = append(numbers, n+2)
			}
			from, to := &wire.Place{Main: true}, &wire.Place{Breakout: round%3 + 1}
			if round%2 == 1 {
				from, to = &wire.Place{Breakout: (round-1)%3 + 1}, from
			}
			boss.send(&wire.Act{ID: boss.id(), Action: wire.Move, Participants: numbers, From: from, To: to})
			time.Sleep(time.Second)
		}
		for range callers {
			<-finished
		}
		synctest.Wait()
		if o, _ := w.server.Occupancy(sync1); o.Participants != 1+people/3 {
			t.Errorf("%d are there, want %d", o.Participants, 1+people/3)
		}
		for i, c := range callers {
			if i%3 == 0 {
				c.seat.Leave(wire.LeftByThemselves)
			}
			<-c.gone
		}
		boss.send(&wire.Act{ID: boss.id(), Action: wire.EndMeeting})
		synctest.Wait()
		if w.counted.of("phone") != 0 || w.counted.of("rooms") != 0 {
			t.Errorf("counted %v", w.counted.n)
		}
	})
}
