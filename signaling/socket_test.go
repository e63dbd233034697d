package signaling_test

import (
	"context"
	"errors"
	"net/http"
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
			if err := phone.do(signaling.Hand, n%2 == 0); err != nil {
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
		if _, err := signaling.New(cfg, nil, nil, nil, nil, nil, nil); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
