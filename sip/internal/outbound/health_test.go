package outbound

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"partyline/sip/dialplan"
	"partyline/sip/internal/dialog"
	"partyline/sip/internal/resolve"
)

// TestOneLostPacketIsNoOutage: it takes two answers, or two that are missing, to
// change our mind; a target that was never asked is up with its first answer.
func TestOneLostPacketIsNoOutage(t *testing.T) {
	lost := errors.New("lost")
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	for _, c := range []struct {
		said string // of each OPTIONS: + answered, - not
		want string // after each: u, + or -
	}{
		{"++-+--+-++", "++++" + "+----+"},
		{"--++", "u--+"},
		{"-+", "u+"},
	} {
		target := newTarget(resolve.Hop{}, "", start)
		var got strings.Builder
		for i, said := range c.said {
			var err error
			if said == '-' {
				err = lost
			}
			target.probed(start.Add(time.Duration(i)*time.Second), time.Millisecond, err)
			got.WriteString(map[Health]string{Unknown: "u", Up: "+", Down: "-"}[target.health])
		}
		if got.String() != c.want {
			t.Errorf("%s leads to %s, want %s", c.said, got.String(), c.want)
		}
	}
}

// TestAvoidance: twice as long after each failure, as long as Retry-After says,
// and over with the first answer, unless the target itself asked to be left
// alone.
func TestAvoidance(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	one := newTarget(resolve.Hop{}, "", now)
	for i, want := range []time.Duration{shun, 2 * shun, 4 * shun, 8 * shun, shunMost, shunMost} {
		one.failed(now, 0, "silent")
		if got := one.avoided.Sub(now); got != want || one.good(now) || !one.good(now.Add(want)) {
			t.Errorf("failure %d: avoided for %v", i, got)
		}
	}
	if one.probed(now, time.Millisecond, nil); !one.good(now) {
		t.Error("avoided although it answers")
	}
	one.failed(now, time.Minute, "503")
	if one.probed(now.Add(time.Second), time.Millisecond, nil); one.good(now.Add(59 * time.Second)) {
		t.Error("its own Retry-After is forgotten")
	}
	if one.failed(now, 48*time.Hour, "503"); one.avoided.Sub(now) != retryMost {
		t.Errorf("one that asks for two days is avoided for %v", one.avoided.Sub(now))
	}
	other := newTarget(resolve.Hop{Network: "udp"}, "", now)
	if got := bestFirst([]*target{one, other}, now); !slices.Equal(got, []*target{other, one}) {
		t.Error("the one to avoid is tried first")
	}
}

// TestHealth: a target that answers 405 is there; one that falls silent is down
// after a while, and so is the trunk when it has no other; and back again.
func TestHealth(t *testing.T) {
	t.Parallel()
	const soon = 60 * time.Millisecond
	e := endpoint(t, dialog.Config{}, nil)
	far := endpoint(t, dialog.Config{}, nil)
	at := far.TCP()
	off := trunk("tcp", at)
	off.Name, off.Outbound.Off = "off", true
	c := carriers(t, Config{Probe: soon}, e, trunk("tcp", at), off, dialplan.Trunk{Name: "receives"})
	state := func() State { return c.States()[0] }
	eventually(t, "up", func() bool { return state().Health == Up })
	if s := state(); s.Targets[0].Answer <= 0 || s.LastError != "" || !strings.HasPrefix(s.Targets[0].Target, "tcp 127.0.0.1:") {
		t.Errorf("%+v", s)
	}
	if s, err := c.Ask(limited(t), state().Trunk); err != nil || s.Health != Up {
		t.Errorf("asked: %+v, %v", s, err)
	}
	if _, err := c.Ask(limited(t), "off"); !errors.Is(err, ErrNoTrunk) {
		t.Errorf("one that is off, asked: %v", err)
	}
	if err := far.Close(); err != nil {
		t.Error(err)
	}
	eventually(t, "down", func() bool { return state().Health == Down })
	if s := state(); s.LastError == "" || s.Targets[0].Health != Down {
		t.Errorf("%+v", s)
	}
	if s := c.States(); s[1].Health != Unknown || s[2].Health != Unknown || len(s) != 3 {
		t.Errorf("trunks that place no calls: %+v", s)
	}
	if _, _, err := c.Call(limited(t), "off", callee()); !errors.Is(err, ErrNoTrunk) {
		t.Errorf("over a trunk that is off: %v", err)
	}
	again := dialog.Config{}
	again.Transport.TCP = at.String()
	endpoint(t, again, nil)
	eventually(t, "up again", func() bool { return state().Health == Up && state().LastError == "" })
}
