package signaling_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	sound "partyline/sfu/audio"
	"partyline/signaling"
	"partyline/signaling/meeting"
	"partyline/signaling/wire"
)

func (c *client) handOver() *wire.PhoneCode {
	c.t.Helper()
	c.does(wire.HandOver, 0)
	return next[*wire.PhoneCode](c)
}

// TestContinueOnMyPhone hands a browser's seat to a phone by a code: both are
// never heard at once, and name, role, hand and mute stay.
func TestContinueOnMyPhone(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		guest := w.come(signaling.Identity{Meeting: sync1, Name: "Zoë", Key: "cookie"})
		guest.join() // 2
		guest.act(wire.RaiseHand, 0)
		guest.act(wire.Mute, 0)
		code := guest.handOver()
		if code.Number != "482915306" || len(code.Code) != 6 || code.Until != time.Now().Add(5*time.Minute).UnixMilli() {
			t.Errorf("%+v", code)
		}
		// Another's code, another meeting, another try: nothing.
		for _, wrong := range []struct {
			meeting, code, call string
		}{{sync1, "000000x", "c1"}, {other, code.Code, "c1"}, {sync1, code.Code, ""}} {
			if _, ok := w.server.HandedOver(wrong.meeting, meeting.Code(wrong.code), wrong.call); ok {
				t.Errorf("%+v was taken", wrong)
			}
		}
		who, ok := w.server.HandedOver(sync1, meeting.Code(code.Code), "call-1")
		if !ok || who.Name != "Zoë" || who.Role != meeting.Guest {
			t.Fatalf("handed over: %+v, %v", who, ok)
		}
		if _, again := w.server.HandedOver(sync1, meeting.Code(code.Code), "call-2"); again {
			t.Error("the code was taken twice")
		}
		boss.act(wire.Lock, 0) // whoever is in stays in
		boss.waiting()
		w.audio.forget()
		phone, err := w.call(signaling.Entrant{Role: who.Role, Name: who.Name, Number: "•••678", Key: "trunk 1", Call: "call-1"})
		if err != nil {
			t.Fatal(err)
		}
		if as := next[*wire.HandedOver](guest).As; as != 3 {
			t.Errorf("goes on as %d", as)
		}
		if left := next[*wire.ParticipantLeft](boss); left.Participant != 2 || left.Reason != wire.LeftHandedOver {
			t.Errorf("left: %+v", left)
		}
		p := next[*wire.ParticipantJoined](boss).Participant
		if p.Name != "Zoë" || !p.Hand || !p.Muted || p.Via != wire.Phone || p.Role != wire.RoleGuest {
			t.Errorf("goes on as %+v", p)
		}
		if a := phone.seat.Arrival(); a.Waiting || !a.Muted || !a.Hand || a.Others != 1 {
			t.Errorf("arrives as %+v", a)
		}
		if !w.audio.was("remove 2") || w.audio.index("remove 2") > w.audio.index("muted 3 true") {
			t.Errorf("audio plane was told %v", w.audio.told)
		}
		if code := guest.fails(&wire.Act{ID: guest.id(), Action: wire.Unmute}); code != wire.CodeNotJoined {
			t.Errorf("the browser acts on: %s", code)
		}
	})
}

// TestContinueByPersonalCode needs no further code; too late it is a second
// seat, muted.
func TestContinueByPersonalCode(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		ann := w.colleague("ann") // 2
		boss.act(wire.MakeHost, 2)
		entrant := signaling.Entrant{Role: meeting.Participant, Person: "ann", Invitee: "i1", Name: "ann"}

		second, err := w.call(entrant) // 3
		if err != nil {
			t.Fatal(err)
		}
		if !second.seat.Arrival().Muted || !w.audio.was("muted 3 true") {
			t.Error("a second seat is not muted")
		}
		second.seat.Leave(wire.LeftByThemselves)

		ann.handOver()
		time.Sleep(5*time.Minute + time.Second)
		late, err := w.call(entrant) // 4
		if err != nil {
			t.Fatal(err)
		}
		if !late.seat.Arrival().Muted {
			t.Error("after five minutes the browser gives way")
		}
		late.seat.Leave(wire.LeftByThemselves)

		ann.handOver()
		phone, err := w.call(entrant) // 5
		if err != nil {
			t.Fatal(err)
		}
		next[*wire.HandedOver](ann)
		if phone.seat.Arrival().Muted {
			t.Error("the phone is muted")
		}
		if err := phone.do(signaling.Lock, true); err != nil {
			t.Errorf("a host is no host on the phone: %v", err)
		}
	})
}

// TestContinueInTheBrowser takes the seat of one's phone, wherever a host moved
// it.
func TestContinueInTheBrowser(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		phone, err := w.call(signaling.Entrant{Role: meeting.Participant, Person: "ann", Invitee: "i1", Name: "ann", Number: "•••678"})
		if err != nil {
			t.Fatal(err)
		}
		if err := phone.do(signaling.Hand, true); err != nil {
			t.Fatal(err)
		}
		// Without take-over: a second seat, told where the first is.
		ann := w.come(playing("ann"))
		joined := ann.join() // 3
		if joined.Elsewhere != 2 || !joined.Roster[2].Muted {
			t.Errorf("second seat: %+v", joined)
		}
		boss.with(wire.Breakouts, 1)
		boss.moves(wire.Place{Breakout: 1}, 2)
		phone.heard()
		ann.send(&wire.Leave{ID: ann.id()})
		next[*wire.Done](ann)
		w.audio.forget()
		ann.send(&wire.Join{ID: ann.id(), Meeting: sync1, TakeOver: true})
		joined = next[*wire.Joined](ann)
		if joined.Room.Breakout != 1 || joined.Self != 2 || joined.Elsewhere != 0 || len(joined.Roster) != 1 || !joined.Roster[0].Hand || joined.Roster[0].Muted {
			t.Errorf("goes on as %+v", joined)
		}
		if diff := cmp.Diff([]signaling.NoticeKind{signaling.HandedOver}, phone.heard()); diff != "" {
			t.Errorf("the phone is told: %s", diff)
		}
		<-phone.gone
		if !w.audio.was("muted 1 true") {
			t.Error("the phone is heard on")
		}
		phone.seat.Leave(wire.LeftByThemselves)
		if !w.audio.was("remove 1") {
			t.Error("the phone's line is kept")
		}
		// With nothing to take over it is a join like any other.
		eve := w.come(playing("eve"))
		eve.send(&wire.Join{ID: eve.id(), Meeting: sync1, TakeOver: true})
		if joined := next[*wire.Joined](eve); joined.Room.Breakout != 0 {
			t.Errorf("eve joins %+v", joined.Room)
		}
	})
}

// TestReturning: who rings again within ten minutes keeps name, hand and role.
func TestReturning(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		w.phone()
		entrant := signaling.Entrant{Role: meeting.Guest, Key: "trunk 1", Number: "•••678", Language: "en"}
		phone, err := w.call(entrant) // 3
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(phone.do(signaling.Hand, true)); err != nil {
			t.Fatal(err)
		}
		raised := time.Now()
		if _, ok := w.server.Returning("trunk 1"); ok {
			t.Error("who is there returns")
		}
		boss.act(wire.Mute, 3)
		phone.seat.Leave(wire.LeftDropped)
		<-phone.gone
		time.Sleep(9 * time.Minute)
		back, ok := w.server.Returning("trunk 1")
		if !ok || !back.Dropped || back.Meeting != sync1 || back.Ago < 9*time.Minute || back.Who.Role != meeting.Guest {
			t.Errorf("returning: %+v, %v", back, ok)
		}
		for _, key := range []signaling.Key{"", "trunk 2"} {
			if _, ok := w.server.Returning(key); ok {
				t.Errorf("a stranger returns")
			}
		}
		boss.waiting()
		again, err := w.call(back.Who)
		if err != nil {
			t.Fatal(err)
		}
		p := next[*wire.ParticipantJoined](boss).Participant
		if p.Participant != 4 || p.Name != "Caller 3" || !p.Hand || p.HandAt != raised.UnixMilli() || !p.Muted || !p.MutedByHost {
			t.Errorf("is back as %+v", p)
		}
		if a := again.seat.Arrival(); !a.Hand || !a.Muted {
			t.Errorf("arrives as %+v", a)
		}
		if _, ok := w.server.Returning("trunk 1"); ok {
			t.Error("returns twice")
		}

		// A host is host again, and a call that was hung up counts as well.
		lead, err := w.call(signaling.Entrant{Role: meeting.Host, Key: "trunk 9", Name: "Lead"})
		if err != nil {
			t.Fatal(err)
		}
		lead.seat.Leave(wire.LeftByThemselves)
		<-lead.gone
		if back, ok = w.server.Returning("trunk 9"); !ok || back.Dropped || back.Who.Role != meeting.Host {
			t.Errorf("returning: %+v, %v", back, ok)
		}
		time.Sleep(10*time.Minute + time.Second)
		if _, ok := w.server.Returning("trunk 9"); ok {
			t.Error("returns after ten minutes")
		}
		// Whom a host removed, or whose meeting ended, does not return.
		boss.act(wire.Remove, 4)
		again.seat.Leave(wire.LeftRemoved)
		if _, ok := w.server.Returning("trunk 1"); ok {
			t.Error("the removed returns")
		}
	})
}

// TestReturningIsBounded: however many call, only the last ten thousand are
// remembered, and nobody's key is lost to another's coming back.
func TestReturningIsBounded(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		for n := range 10_050 {
			c, err := w.call(signaling.Entrant{Key: signaling.Key(fmt.Sprint(n))})
			if err != nil {
				t.Fatal(err)
			}
			c.seat.Leave(wire.LeftByThemselves)
			<-c.gone
		}
		for n, want := range map[int]bool{0: false, 49: false, 50: true, 10_049: true} {
			if _, ok := w.server.Returning(signaling.Key(fmt.Sprint(n))); ok != want {
				t.Errorf("caller %d returns: %v", n, ok)
			}
		}
	})
}

// TestSpokenNames: a caller without a name is asked for one; a colleague's is
// kept, if a code proved who they are.
func TestSpokenNames(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.meetings.change(func(m *meeting.Meeting) { m.RecordNames = true })
		boss, _ := w.host()
		name := func(n int) []sound.Frame { return make([]sound.Frame, n) }
		say := func(c *caller, n int) {
			t.Helper()
			if err := c.seat.Do(t.Context(), signaling.Act{Kind: signaling.SetName, Spoken: name(n)}); err != nil {
				t.Fatal(err)
			}
		}
		stranger := w.phone() // 2
		if !stranger.seat.Arrival().NamesWanted {
			t.Error("a stranger is not asked for a name")
		}
		say(stranger, 400)
		ann, err := w.call(signaling.Entrant{Role: meeting.Participant, Person: "ann", Invitee: "i1", Name: "Ann"}) // 3
		if err != nil {
			t.Fatal(err)
		}
		if ann.seat.Arrival().NamesWanted {
			t.Error("who has a name is asked for one")
		}
		say(ann, 50)
		known, err := w.call(signaling.Entrant{Role: meeting.Guest, Person: "bob", Name: "Bob"}) // 4: by number alone
		if err != nil {
			t.Fatal(err)
		}
		say(known, 10)
		if len(w.records.spoken) != 1 || len(w.records.spoken["ann"]) != 50 {
			t.Errorf("kept: %d", len(w.records.spoken))
		}
		a, err := ann.seat.Attendance(t.Context())
		if err != nil || a.People != 4 || a.Waiting != 0 {
			t.Errorf("attendance: %+v, %v", a, err)
		}
		type entry struct {
			kind   meeting.Kind
			host   bool
			frames int
			caller int
		}
		var got []entry
		for _, n := range a.Names {
			got = append(got, entry{n.Kind, n.Host, len(n.Spoken), n.Caller})
		}
		want := []entry{{meeting.Browser, true, 0, 0}, {meeting.Phone, false, 250, 2}, {meeting.Phone, false, 50, 0}, {meeting.Phone, false, 10, 0}}
		if !slices.Equal(got, want) {
			t.Errorf("there are %+v, want %+v", got, want)
		}
		ann.seat.Leave(wire.LeftByThemselves)
		again, err := w.call(signaling.Entrant{Role: meeting.Participant, Person: "ann", Invitee: "i1", Name: "Ann"})
		if err != nil {
			t.Fatal(err)
		}
		if a, _ := again.seat.Attendance(t.Context()); len(a.Names) != 4 || len(a.Names[3].Spoken) != 50 {
			t.Errorf("next time: %+v", a)
		}
		// A store that fails keeps nobody out.
		w.records.fail = errors.New("disk on fire")
		if _, err := w.call(signaling.Entrant{Person: "eve", Name: "Eve"}); err != nil {
			t.Error(err)
		}
		boss.waiting()
	})
}

// TestHostByKeys: what a host does by keys goes by the same rules and has the
// same effect as by buttons.
func TestHostByKeys(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		ann := w.colleague("ann") // 1
		guest := w.phone()        // 2
		for kind, allowed := range map[signaling.ActKind]bool{
			signaling.MuteAll: false, signaling.Lock: false, signaling.Admit: false, signaling.End: false, signaling.SetRecording: false,
			signaling.Mute: true, signaling.Hand: true, signaling.Hold: true, signaling.HeardNotice: true, signaling.SetName: true,
		} {
			if err := guest.do(kind, true); (err == nil) != allowed || !allowed && !errors.Is(err, signaling.ErrNotAllowed) {
				t.Errorf("act %d by a guest: %v", kind, err)
			}
		}
		if err := guest.do(99, true); !errors.Is(err, signaling.ErrNotAllowed) {
			t.Errorf("no act at all: %v", err)
		}
		lead, err := w.call(signaling.Entrant{Role: meeting.Host, Key: "lead"}) // 3
		if err != nil {
			t.Fatal(err)
		}
		ann.waiting()
		if err := lead.do(signaling.MuteAll, true); err != nil {
			t.Fatal(err)
		}
		next[*wire.MutedByHost](ann)
		if err := lead.do(signaling.MuteAll, false); err != nil {
			t.Fatal(err)
		}
		next[*wire.UnmuteAsked](ann)
		if w.audio.was("muted 1 false") || w.audio.was("muted 3 true") {
			t.Errorf("audio plane was told %v", w.audio.told)
		}
		if err := errors.Join(lead.do(signaling.Lock, true), lead.do(signaling.Lock, false)); err != nil {
			t.Fatal(err)
		}
		for _, locked := range []bool{true, false} {
			if room := next[*wire.RoomChanged](ann).Room; room.Locked != locked {
				t.Errorf("locked: %v", room.Locked)
			}
		}
		if err := lead.do(signaling.End, true); err != nil {
			t.Fatal(err)
		}
		if by := next[*wire.Ended](ann).By; by != 3 {
			t.Errorf("ended by %d", by)
		}
	})
}
