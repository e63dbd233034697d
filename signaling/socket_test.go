package signaling_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"

	"partyline/signaling"
	"partyline/signaling/wire"
)

func TestHelloRefused(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		issue := func() string {
			ticket, _, err := w.server.Tickets().Issue(signaling.Identity{Person: "ann", Name: "Ann"})
			if err != nil {
				t.Fatal(err)
			}
			return ticket
		}
		tests := map[string]struct {
			hello string
			want  wire.Code
			with  int
		}{
			"unknown ticket": {`{"type":"hello","protocol":1,"ticket":"t_x"}`, wire.CodeTicket, 1000},
			"other version":  {`{"type":"hello","protocol":2,"ticket":"` + issue() + `"}`, wire.CodeVersion, 1000},
			"no session":     {`{"type":"hello","protocol":1,"session":"s_x"}`, wire.CodeSessionGone, 1000},
			"not hello":      {`{"type":"join","id":1,"meeting":"m"}`, wire.CodeBadMessage, 1000},
			"not json":       {`hello`, wire.CodeBadMessage, 1000},
			"too large":      {`{"type":"hello","client":"` + strings.Repeat("x", wire.MaxMessage) + `"}`, wire.CodeTooLarge, 1009},
		}
		for name, test := range tests {
			c := w.open()
			c.raw(test.hello)
			if with, code := c.closedWith(); code != test.want || with != test.with {
				t.Errorf("%s: refused with %s, closed with %d", name, code, with)
			}
		}
		binary := w.open()
		if err := binary.conn.WriteMessage(websocket.BinaryMessage, []byte(`{}`)); err != nil {
			t.Fatal(err)
		}
		if with, code := binary.closedWith(); with != 1003 || code != wire.CodeBadMessage {
			t.Errorf("binary: refused with %s, closed with %d", code, with)
		}
		// A peer that connects and says nothing.
		mute := w.open()
		begun := time.Now()
		if with, _ := mute.closedWith(); with != 1013 || time.Since(begun) != 10*time.Second {
			t.Errorf("silent: closed with %d after %v", with, time.Since(begun))
		}
	})
}

func TestBadMessages(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		c, _ := w.host()
		for _, text := range []string{"", "{", "[]", `{"type":"dance","id":7}`, `{"type":"hello","protocol":1,"ticket":"x"}`} {
			c.raw(text)
			e := next[*wire.Error](c)
			if e.Code != wire.CodeBadMessage {
				t.Errorf("%q: %+v", text, e)
			}
			if strings.Contains(text, "7") && e.Re != 7 {
				t.Errorf("%q: about %d", text, e.Re)
			}
		}
		// The connection lives on, until it has been too much.
		c.act(wire.RaiseHand, 0)
		for range 5 {
			c.raw("nonsense")
		}
		if with, code := c.closedWith(); with != 1008 || code != wire.CodeBadMessage {
			t.Errorf("refused with %s, closed with %d", code, with)
		}
		synctest.Wait()
		if w.counted.of("received bad") != 10 || w.counted.of("closed rule") != 1 {
			t.Errorf("counted %v", w.counted.n)
		}
	})
}

func TestRequestsThatFail(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		c := w.come(signaling.Identity{Person: "ann", Name: "Ann"})
		for _, m := range []wire.Message{
			&wire.Leave{ID: 1}, &wire.Offer{ID: 1, Leg: "a", SDP: "v=0"}, &wire.DropLeg{ID: 1, Leg: "a"},
			&wire.Act{ID: 1, Action: wire.Mute},
		} {
			c.last = 1
			if code := c.fails(m); code != wire.CodeNotJoined {
				t.Errorf("%s: %s", m.Kind(), code)
			}
		}
		c.send(&wire.Stats{Leg: "a"}) // comes to nothing
		if code := c.fails(&wire.Join{ID: c.id(), Meeting: "no-such"}); code != wire.CodeNotFound {
			t.Errorf("unknown meeting: %s", code)
		}
		guest := w.come(signaling.Identity{Meeting: "another", Name: "Zoë"})
		if code := guest.fails(&wire.Join{ID: guest.id(), Meeting: sync1}); code != wire.CodeNotAllowed {
			t.Errorf("another meeting than the ticket's: %s", code)
		}
	})
}

func TestTooFast(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		c, _ := w.host()
		begun := time.Now()
		for range 200 { // at a pace that is allowed
			c.send(&wire.Pong{})
			time.Sleep(50 * time.Millisecond)
		}
		if kinds := c.waiting(); len(kinds) > 0 {
			t.Fatalf("after %v: %v", time.Since(begun), kinds)
		}
		for range 61 {
			if c.write(`{"type":"pong"}`) != nil {
				break
			}
		}
		if with, code := c.closedWith(); with != 1008 || code != wire.CodeTooFast {
			t.Errorf("refused with %s, closed with %d", code, with)
		}

		pinger := w.colleague("ann")
		for range 100 {
			if pinger.conn.WriteControl(websocket.PingMessage, nil, time.Now().Add(time.Second)) != nil {
				break
			}
		}
		if with, code := pinger.closedWith(); with != 1008 || code != wire.CodeTooFast {
			t.Errorf("pings: refused with %s, closed with %d", code, with)
		}
	})
}

func TestOrigin(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		for origin, want := range map[string]bool{
			"":                                   true,
			"http://partyline.example":           true,
			"https://partyline.example":          true,
			"https://meet.example.com":           true,
			"https://evil.example":               false,
			"https://partyline.example.evil.com": false,
			"https://partyline.example:8443":     false,
			"null":                               false,
		} {
			header := http.Header{}
			if origin != "" {
				header.Set("Origin", origin)
			}
			c, response, err := w.connect(header)
			if got := err == nil; got != want {
				t.Errorf("origin %q: %v", origin, err)
			}
			if err != nil && response.StatusCode != http.StatusForbidden {
				t.Errorf("origin %q: status %d", origin, response.StatusCode)
			}
			response.Body.Close()
			if c != nil {
				c.conn.Close()
			}
		}
	}, func(c *signaling.Config) { c.Origins = []string{"https://meet.example.com"} })
}

func TestSilentPeerIsDropped(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		ann := w.colleague("ann")
		boss.waiting()
		ann.silent = true
		ann.raw(`{"type":"pong"}`)
		begun := time.Now()
		if p := next[*wire.ParticipantChanged](boss).Participant; p.Connection != wire.Reconnecting {
			t.Errorf("ann is %+v", p)
		}
		if passed := time.Since(begun); passed != 40*time.Second {
			t.Errorf("after %v", passed)
		}
		if left := next[*wire.ParticipantLeft](boss); left.Reason != wire.LeftDropped {
			t.Errorf("left: %+v", left)
		}
		if passed := time.Since(begun); passed != 70*time.Second {
			t.Errorf("gone after %v", passed)
		}
		if !w.audio.was("remove 2") {
			t.Error("audio plane still knows her")
		}
		if again := w.resume(ann); true {
			if _, code := again.closedWith(); code != wire.CodeSessionGone {
				t.Errorf("resume: %s", code)
			}
		}
	})
}

func TestGoodbyeLeavesAtOnce(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		ann := w.colleague("ann")
		message := websocket.FormatCloseMessage(websocket.CloseGoingAway, "")
		if err := ann.conn.WriteControl(websocket.CloseMessage, message, time.Now().Add(time.Second)); err != nil {
			t.Fatal(err)
		}
		begun := time.Now()
		if left := next[*wire.ParticipantLeft](boss); left.Reason != wire.LeftByThemselves || time.Since(begun) > time.Second {
			t.Errorf("left %+v after %v", left, time.Since(begun))
		}
	})
}

func TestResume(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		ann := w.colleague("ann")
		phone := w.phone()
		next[*wire.ParticipantJoined](ann)
		boss.waiting()

		ann.cut()
		if p := next[*wire.ParticipantChanged](boss).Participant; p.Connection != wire.Reconnecting || p.Participant != 2 {
			t.Errorf("ann is %+v", p)
		}
		ctx := t.Context()
		if err := errors.Join(phone.seat.SetHand(ctx, true), phone.seat.SetMuted(ctx, true)); err != nil {
			t.Fatal(err)
		}
		boss.act(wire.Mute, 2)
		time.Sleep(29 * time.Second)

		ann = w.resume(ann)
		welcome := next[*wire.Welcome](ann)
		if !welcome.Resumed || welcome.Seq != ann.seq+5 || welcome.Session != ann.session {
			t.Errorf("welcome = %+v after %d", welcome, ann.seq)
		}
		want := []string{
			"participant-changed",                        // herself: reconnecting
			"participant-changed", "participant-changed", // the phone
			"muted-by-host", "participant-changed",
			"participant-changed", // herself: connected
		}
		if diff := cmp.Diff(want, ann.waiting()); diff != "" {
			t.Errorf("missed (-want +got):\n%s", diff)
		}
		if p := next[*wire.ParticipantChanged](boss).Participant; p.Participant != 2 || p.Connection != wire.Connected {
			t.Errorf("ann is %+v", p)
		}
		ann.act(wire.Unmute, 0)
		if w.counted.of("browser") != 2 {
			t.Errorf("counted %v", w.counted.n)
		}

		// Joining again gives the room as it is.
		if again := ann.join(); again.Self != 2 || len(again.Roster) != 3 {
			t.Errorf("joined again: %+v", again)
		}
		// She cannot have seen what has not happened.
		ann.cut()
		ann.seq += 5
		if _, code := w.resume(ann).closedWith(); code != wire.CodeSessionGone {
			t.Errorf("resume from the future: %s", code)
		}
	})
}

func TestResumeAfterTooMuch(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		ann := w.colleague("ann")
		phone := w.phone()
		ann.waiting()
		ann.cut()
		for range 1100 {
			if err := errors.Join(phone.seat.SetHand(t.Context(), true), phone.seat.SetHand(t.Context(), false)); err != nil {
				t.Fatal(err)
			}
		}
		if _, code := w.resume(ann).closedWith(); code != wire.CodeSessionGone {
			t.Errorf("resume: %s", code)
		}
		synctest.Wait()
		if got, _ := w.server.Occupancy(sync1); got.Participants != 1 {
			t.Errorf("%d are there: her old seat stays beside the new one", got.Participants)
		}
	})
}

func TestMutedAgainForEachLeg(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		boss.act(wire.Mute, 0)
		w.audio.forget()
		boss.send(&wire.Offer{ID: boss.id(), Leg: "leg-1", SDP: "v=0"})
		next[*wire.Answer](boss)
		if diff := cmp.Diff([]string{"muted 1 true", "connect 1 leg-1"}, w.audio.told); diff != "" {
			t.Error(diff)
		}
	})
}

func TestNewerSocketWins(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		old := w.colleague("ann")
		old.waiting()
		boss.waiting()
		newer := w.resume(old)
		if welcome := next[*wire.Welcome](newer); !welcome.Resumed {
			t.Errorf("welcome = %+v", welcome)
		}
		if with, _ := old.closedWith(); with != 4001 {
			t.Errorf("old one closed with %d", with)
		}
		time.Sleep(time.Minute)
		newer.act(wire.RaiseHand, 0)
		if p := next[*wire.ParticipantChanged](boss).Participant; !p.Hand {
			t.Errorf("first that the host hears: %+v", p)
		}
		if w.counted.of("closed replaced") != 1 || w.counted.of("sockets") != 2 {
			t.Errorf("counted %v", w.counted.n)
		}
	})
}

func TestSlowReader(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		phone := w.phone()
		// A client that says hello, joins, and reads no more: over a pipe
		// nothing is buffered on the way.
		ticket, _, err := w.server.Tickets().Issue(signaling.Identity{Person: "slow", Name: "Slow"})
		if err != nil {
			t.Fatal(err)
		}
		slow, response, err := w.connect(nil)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		slow.send(&wire.Hello{Protocol: 1, Ticket: ticket})
		if _, _, err := slow.conn.ReadMessage(); err != nil {
			t.Fatal(err)
		}
		slow.send(&wire.Join{ID: 1, Meeting: sync1})
		next[*wire.ParticipantJoined](boss) // the phone
		next[*wire.ParticipantJoined](boss)
		time.Sleep(2 * time.Second)
		begun := time.Now()
		for n := range 300 {
			time.Sleep(10 * time.Millisecond)
			if err := phone.seat.SetHand(t.Context(), n%2 == 0); err != nil {
				t.Fatal(err)
			}
		}
		for {
			if p := next[*wire.ParticipantChanged](boss).Participant; p.Connection == wire.Reconnecting {
				break
			}
		}
		synctest.Wait()
		if w.counted.of("closed slow") != 1 {
			t.Errorf("counted %v", w.counted.n)
		}
		if passed := time.Since(begun); passed > 5*time.Second {
			t.Errorf("took %v", passed)
		}
	})
}

// TestLaggingReader: what is only of the moment is left out for a client that
// reads, but slowly.
func TestLaggingReader(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		ticket, _, err := w.server.Tickets().Issue(signaling.Identity{Person: "ann", Name: "Ann"})
		if err != nil {
			t.Fatal(err)
		}
		c, response, err := w.connect(nil)
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		c.send(&wire.Hello{Protocol: 1, Ticket: ticket})
		if _, _, err := c.conn.ReadMessage(); err != nil {
			t.Fatal(err)
		}
		c.send(&wire.Join{ID: 1, Meeting: sync1})
		for range 12 {
			for n := range uint8(50) {
				w.server.Speaking(sync1, []signaling.Speaker{{Participant: 1, Level: n}})
				time.Sleep(100 * time.Millisecond)
			}
			if _, _, err := c.conn.ReadMessage(); err != nil {
				t.Fatal(err)
			}
			c.send(&wire.Pong{})
		}
		if w.counted.of("closed slow") != 0 {
			t.Error("closed for missing what is only of the moment")
		}
	})
}

// TestNothingFromTheRoomLeft: whoever changes meetings hears no more of the
// first, however late that one is.
func TestNothingFromTheRoomLeft(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.host()
		phone := w.phone()
		ann := w.colleague("ann")
		ann.waiting()
		release := make(chan struct{})
		w.audio.muting = func() { <-release }
		go func() { _ = phone.seat.SetMuted(context.Background(), true) }()
		synctest.Wait() // the first room hangs
		ann.send(&wire.Join{ID: ann.id(), Meeting: other})
		if joined := next[*wire.Joined](ann); joined.Room.Meeting != other || joined.Role != wire.RoleHost {
			t.Errorf("joined %+v", joined)
		}
		close(release)
		if kinds := ann.waiting(); len(kinds) > 0 {
			t.Errorf("told %v", kinds)
		}
		if got, _ := w.server.Occupancy(sync1); got.Participants != 2 {
			t.Errorf("%d are in the first meeting", got.Participants)
		}
	})
}

func TestOffers(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		c, _ := w.host()
		c.send(&wire.Offer{ID: c.id(), Leg: "leg-1", SDP: "v=0"})
		want := &wire.Answer{Re: 2, Leg: "leg-1", SDP: "answer to leg-1"}
		if diff := cmp.Diff(want, next[*wire.Answer](c)); diff != "" {
			t.Error(diff)
		}
		w.server.LegChanged(sync1, 1, "leg-1", signaling.LegConnected)
		w.server.LegChanged(sync1, 1, "leg-9", signaling.LegConnected) // unknown
		if leg := next[*wire.Leg](c); leg.Leg != "leg-1" || leg.State != wire.LegConnected {
			t.Errorf("leg = %+v", leg)
		}
		if code := c.fails(&wire.Offer{ID: c.id(), Leg: "leg-1", SDP: "v=0"}); code != wire.CodeBadOffer {
			t.Errorf("same leg again: %s", code)
		}
		w.audio.connect = func(context.Context, string, string) (string, error) { return "", signaling.ErrBadOffer }
		if code := c.fails(&wire.Offer{ID: c.id(), Leg: "bad", SDP: "rubbish"}); code != wire.CodeBadOffer {
			t.Errorf("bad offer: %s", code)
		}
		w.audio.connect = func(context.Context, string, string) (string, error) { return "", errors.New("socket is gone") }
		if code := c.fails(&wire.Offer{ID: c.id(), Leg: "bad", SDP: "v=0"}); code != wire.CodeInternal {
			t.Errorf("our fault: %s", code)
		}

		// An audio plane that hangs is not waited for; meanwhile the client
		// may ask for other things.
		w.audio.connect = func(ctx context.Context, _, _ string) (string, error) {
			<-ctx.Done()
			return "", ctx.Err()
		}
		begun := time.Now()
		c.send(&wire.Offer{ID: c.id(), Leg: "hangs", SDP: "v=0"})
		offer := c.last
		if code := c.fails(&wire.Offer{ID: c.id(), Leg: "third", SDP: "v=0"}); code != wire.CodeBadOffer {
			t.Errorf("third leg: %s", code)
		}
		c.act(wire.RaiseHand, 0)
		if e := next[*wire.Error](c); e.Re != offer || e.Code != wire.CodeInternal || time.Since(begun) != 5*time.Second {
			t.Errorf("hanging: %+v after %v", e, time.Since(begun))
		}

		// A leg that closes makes room for another, and so does drop-leg.
		w.server.LegChanged(sync1, 1, "leg-1", signaling.LegClosed)
		next[*wire.Leg](c)
		w.audio.connect = newAudio().connect
		for _, leg := range []string{"leg-2", "leg-3"} {
			c.send(&wire.Offer{ID: c.id(), Leg: leg, SDP: "v=0"})
			next[*wire.Answer](c)
		}
		c.send(&wire.DropLeg{ID: c.id(), Leg: "leg-2"})
		next[*wire.Done](c)
		if !w.audio.was("disconnect 1 leg-2") {
			t.Errorf("audio plane was told %v", w.audio.told)
		}
		c.send(&wire.Offer{ID: c.id(), Leg: "leg-4", SDP: "v=0"})
		next[*wire.Answer](c)
	})
}

// TestRemovedWhileConnecting: a leg that comes up for somebody who was removed
// meanwhile must not hear the room.
func TestRemovedWhileConnecting(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		ann := w.colleague("ann")
		release := make(chan struct{})
		w.audio.connect = func(context.Context, string, string) (string, error) {
			<-release
			return "answer", nil
		}
		ann.send(&wire.Offer{ID: ann.id(), Leg: "leg-1", SDP: "v=0"})
		synctest.Wait()
		boss.act(wire.Remove, 2)
		next[*wire.Removed](ann)
		close(release)
		if e := next[*wire.Error](ann); e.Code != wire.CodeNotJoined {
			t.Errorf("answered with %+v", e)
		}
		if !w.audio.was("disconnect 2 leg-1") {
			t.Errorf("the leg stayed: %v", w.audio.told)
		}
	})
}

func TestTwoTabs(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		w.host()
		_, first := w.join("ann", "Ann")
		second, joined := w.join("ann", "Ann")
		if first.Self != 2 || joined.Self != 3 {
			t.Errorf("numbers %d and %d", first.Self, joined.Self)
		}
		// A deactivated person has no sessions.
		w.server.SignOut("ann")
		if _, code := second.closedWith(); code != wire.CodeSessionGone {
			t.Errorf("dropped with %s", code)
		}
		synctest.Wait()
		if got, _ := w.server.Occupancy(sync1); got.Participants != 1 {
			t.Errorf("%d are left", got.Participants)
		}
	})
}

func TestShutdown(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		phone := w.phone()
		boss.waiting()
		stopped := make(chan error)
		ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
		defer cancel()
		begun := time.Now()
		go func() { stopped <- w.server.Shutdown(ctx) }()
		if got := next[*wire.ShuttingDown](boss); got.RetryAfter != 5 {
			t.Errorf("shutting down: %+v", got)
		}
		// Who is new is refused; the meeting goes on.
		_, response, err := w.connect(nil)
		if err == nil || response.StatusCode != http.StatusServiceUnavailable || response.Header.Get("Retry-After") != "5" {
			t.Errorf("new socket: %v, %+v", err, response)
		}
		response.Body.Close()
		if _, err := w.call(signaling.Entrant{}); !errors.Is(err, signaling.ErrShuttingDown) {
			t.Errorf("new caller: %v", err)
		}
		boss.act(wire.Mute, 2)
		if with, _ := boss.closedWith(); with != 1012 {
			t.Errorf("closed with %d", with)
		}
		<-phone.gone
		if err := <-stopped; err != nil || time.Since(begun) > 21*time.Second {
			t.Errorf("stopped with %v after %v", err, time.Since(begun))
		}
		if diff := cmp.Diff([]string{"opened", "closed, by host false"}, w.meetings.heard()); diff != "" {
			t.Error(diff)
		}
	})
}

func TestShutdownWhenTheLastLeaves(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		boss, _ := w.host()
		begun := time.Now()
		stopped := make(chan error)
		go func() { stopped <- w.server.Shutdown(context.Background()) }()
		next[*wire.ShuttingDown](boss)
		time.Sleep(3 * time.Second)
		boss.send(&wire.Leave{ID: boss.id()})
		if err := <-stopped; err != nil || time.Since(begun) > 10*time.Second {
			t.Errorf("stopped with %v after %v", err, time.Since(begun))
		}
	})
}

func TestTicketIsGoodOnceAndNotForLong(t *testing.T) {
	inWorld(t, func(t *testing.T, w *world) {
		issue := func() string {
			ticket, _, err := w.server.Tickets().Issue(signaling.Identity{Person: "ann", Name: "Ann"})
			if err != nil {
				t.Fatal(err)
			}
			return ticket
		}
		first, second := issue(), issue()
		hello := func(ticket string) *client {
			c := w.open()
			c.send(&wire.Hello{Protocol: 1, Ticket: ticket})
			return c
		}
		time.Sleep(29 * time.Second)
		next[*wire.Welcome](hello(first))
		if _, code := hello(first).closedWith(); code != wire.CodeTicket {
			t.Errorf("used ticket: %s", code)
		}
		time.Sleep(time.Second)
		if _, code := hello(second).closedWith(); code != wire.CodeTicket {
			t.Errorf("old ticket: %s", code)
		}
	})
}

func TestTickets(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t)
		seen := map[string]bool{}
		for n := 0; ; n++ {
			ticket, expires, err := w.server.Tickets().Issue(signaling.Identity{})
			if errors.Is(err, signaling.ErrTooManyTickets) && n > 1000 {
				break
			}
			if err != nil || seen[ticket] || time.Until(expires) != 30*time.Second {
				t.Fatalf("ticket %d: %q, %v, %v", n, ticket, expires, err)
			}
			seen[ticket] = true
		}
		time.Sleep(30 * time.Second)
		if _, _, err := w.server.Tickets().Issue(signaling.Identity{}); err != nil {
			t.Errorf("after they ran out: %v", err)
		}
	})
}

func TestConfig(t *testing.T) {
	if err := signaling.DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*signaling.Config){
		"slots":    func(c *signaling.Config) { c.Slots = 9 },
		"people":   func(c *signaling.Config) { c.MaxParticipants = 0 },
		"language": func(c *signaling.Config) { c.Language = "xx" },
		"time":     func(c *signaling.Config) { c.KeepSeat = 0 },
		"origin":   func(c *signaling.Config) { c.Origins = []string{"meet.example.com"} },
	} {
		cfg := signaling.DefaultConfig()
		change(&cfg)
		if _, err := signaling.New(cfg, nil, nil, nil, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

type wrapped struct{ inner http.ResponseWriter }

func (w wrapped) Header() http.Header         { return w.inner.Header() }
func (w wrapped) Write(p []byte) (int, error) { return w.inner.Write(p) }
func (w wrapped) WriteHeader(status int)      { w.inner.WriteHeader(status) }
func (w wrapped) Unwrap() http.ResponseWriter { return w.inner }

// TestKilledInABurst runs over TCP on loopback: the connection is killed again
// and again while events come in, and none is lost or seen twice (any fails
// the test on a gap).
func TestKilledInABurst(t *testing.T) {
	w := newWorld(t)
	web := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, r *http.Request) {
		w.server.ServeHTTP(wrapped{rw}, r) // as behind a counter of requests
	}))
	defer web.Close()
	w.dial = func() (net.Conn, error) { return net.Dial("tcp", web.Listener.Addr().String()) }
	phone := w.phone()
	ann := w.come(signaling.Identity{Person: "ann", Name: "Ann"})
	ann.join()

	const acts = 600
	done := make(chan error, 1)
	go func() {
		for n := range acts {
			if err := phone.seat.SetHand(context.Background(), n%2 == 0); err != nil {
				done <- err
				return
			}
			if n%20 == 0 {
				time.Sleep(time.Millisecond)
			}
		}
		done <- nil
	}()
	changes := 0
	for kills := 0; changes < acts; {
		r := ann.any()
		if r.err != nil {
			t.Fatal(r.err)
		}
		if m, ok := r.message.(*wire.ParticipantChanged); ok && m.Participant.Participant == 1 {
			if up := changes%2 == 0; m.Participant.Hand != up {
				t.Fatalf("change %d: hand is %v", changes, m.Participant.Hand)
			}
			changes++
		}
		if changes >= (kills+1)*40 {
			kills++
			ann.conn.NetConn().Close() // what is in flight is lost
			ann = w.resume(ann)
		}
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	ann.conn.Close()
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if err := w.server.Shutdown(ctx); err != nil {
		t.Error(err)
	}
}
