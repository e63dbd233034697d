package signaling_test

import (
	"context"
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/gorilla/websocket"

	"partyline/signaling"
	"partyline/signaling/wire"
)

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
		if err := errors.Join(phone.do(signaling.Hand, true), phone.do(signaling.Mute, true)); err != nil {
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
			if err := errors.Join(phone.do(signaling.Hand, true), phone.do(signaling.Hand, false)); err != nil {
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
		go func() { _ = phone.do(signaling.Mute, true) }()
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
		w := newWorld(t, nil)
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

type wrapped struct{ inner http.ResponseWriter }

func (w wrapped) Header() http.Header         { return w.inner.Header() }
func (w wrapped) Write(p []byte) (int, error) { return w.inner.Write(p) }
func (w wrapped) WriteHeader(status int)      { w.inner.WriteHeader(status) }
func (w wrapped) Unwrap() http.ResponseWriter { return w.inner }

// TestKilledInABurst runs over TCP on loopback: the connection is killed again
// and again while events come in, and none is lost or seen twice (any fails
// the test on a gap).
func TestKilledInABurst(t *testing.T) {
	w := newWorld(t, nil)
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
			if err := phone.do(signaling.Hand, n%2 == 0); err != nil {
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
