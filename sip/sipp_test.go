package sip

import (
	"context"
	"testing"
	"time"

	"partyline/sfu/audio"
	"partyline/sip/peertest"
)

// sipp runs a scenario of testdata, over "udp" or "tcp", against the gateway
// and returns when it is over. sipp is a peer not of our making.
func sipp(t *testing.T, h *house, scenario, transport string) {
	t.Helper()
	peertest.Need(t, "sipp")
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	peer, flag := h.UDP(), "u1"
	if transport == "tcp" {
		peer, flag = h.TCP(), "t1"
	}
	err := peertest.Sipp(ctx, ".", peer.String(), "-sf", "testdata/"+scenario+".xml", "-m", "1", "-t", flag, "-timeout", "50s")
	if err != nil {
		t.Fatalf("%s over %s: %v", scenario, transport, err)
	}
}

// tail keeps what a program says last.
func tail(s string) string { return s[max(0, len(s)-3000):] }

// overBoth runs a test over UDP and over TCP.
func overBoth(t *testing.T, test func(t *testing.T, transport string)) {
	t.Parallel()
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			t.Parallel()
			test(t, transport)
		})
	}
}

func TestSippPlain(t *testing.T) {
	overBoth(t, func(t *testing.T, transport string) {
		h := open(t, func(c *Config) { c.Trunks[0].Language = "zh-CN" })
		sipp(t, h, "plain", transport)
		expect(t, h.conference.events, "play zh-CN: welcome enter-number", `enter m1 host=false name="" language=zh-CN`, "join room1", "muted true", "play zh-CN: muted", "seat left 1")
		if r := h.observer.record(t); r.Cause != "hung-up" || r.Keys != 13 || r.Language != "zh-CN" {
			t.Errorf("record = %+v", r)
		}
	})
}

func TestSippCancel(t *testing.T) {
	overBoth(t, func(t *testing.T, transport string) {
		h := open(t, nil)
		h.conference.mu.Lock()
		h.conference.slow = 500 * time.Millisecond // so that there is a time before the answer
		h.conference.mu.Unlock()
		sipp(t, h, "cancel", transport)
		if r := h.observer.record(t); r.Cause != "cancelled" || r.Status != 487 || !r.Answered.IsZero() {
			t.Errorf("record = %+v", r)
		}
	})
}

func TestSippNeverAcknowledges(t *testing.T) {
	overBoth(t, func(t *testing.T, transport string) {
		h := open(t, nil)
		sipp(t, h, "no-ack", transport)
		if r := h.observer.record(t); r.Cause != "no-ack" {
			t.Errorf("record = %+v", r)
		}
	})
}

func TestSippHold(t *testing.T) {
	overBoth(t, func(t *testing.T, transport string) {
		h := open(t, nil)
		sipp(t, h, "hold", transport)
		expect(t, h.conference.events, "hold true")
		expect(t, h.conference.events, "hold false")
		if r := h.observer.record(t); r.Cause != "hung-up" || r.Codec != audio.PCMU {
			t.Errorf("record = %+v", r)
		}
	})
}

func TestSippIsHungUpOn(t *testing.T) {
	overBoth(t, func(t *testing.T, transport string) {
		h := open(t, nil)
		closed := make(chan error, 1)
		go func() {
			<-h.conference.events // the first prompt
			closed <- h.Close()
		}()
		sipp(t, h, "our-bye", transport)
		if err := <-closed; err != nil {
			t.Error(err)
		}
		if r := h.observer.record(t); r.Cause != "shutting-down" {
			t.Errorf("record = %+v", r)
		}
	})
}
