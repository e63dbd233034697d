package sip

import (
	"context"
	"errors"
	"net/netip"
	"strconv"
	"strings"
	"testing"
	"time"

	"partyline/sip/dialplan"
	"partyline/sip/internal/dialog"
)

func TestRefusals(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		change func(*Config)
		wreck  func(*house) // before a call comes; what it writes is guarded
		sdp    string
		status int
		reason string
		rule   string
	}{
		"number of no trunk": {change: func(c *Config) { c.Trunks[0].Numbers = []string{"862112345678"} }, status: 404, reason: `Q.850;cause=1;text="no trunk serves this number"`, rule: "number-not-served"},
		"no codec":           {sdp: "m=audio 4000 RTP/AVP 18\r\na=rtpmap:18 G729/8000\r\n", status: 488, reason: `Q.850;cause=88;text="none of PCMU, PCMA, G722 and Opus is offered"`, rule: "no-common-media"},
		"no audio":           {sdp: "m=video 4000 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n", status: 488, reason: `Q.850;cause=88`, rule: "no-common-media"},
		"no SRTP":            {change: func(c *Config) { c.Trunks[0].SRTP = dialplan.SRTPRequired }, status: 488, reason: `Q.850;cause=88;text="SRTP is required`, rule: "srtp-required"},
		"malformed":          {sdp: "m=audio nonsense\r\n", status: 400, reason: `Q.850;cause=100`, rule: "malformed-sdp"},
		"conference away":    {wreck: func(h *house) { h.conference.fail = errors.New("no room") }, status: 500, reason: `Q.850;cause=41`, rule: "fault"},
		"all lines taken":    {change: func(c *Config) { c.MaxCalls = 1 }, wreck: func(h *house) { h.calls = 1 }, status: 503, reason: `Q.850;cause=34;text="all lines are taken"`, rule: "too-many-calls"},
		"trunk's lines":      {change: func(c *Config) { c.Trunks[0].MaxCalls = 1 }, wreck: func(h *house) { h.onTrunk["demo"] = 1 }, status: 503, reason: `Q.850;cause=34;text="all lines of this trunk are taken"`, rule: "too-many-calls-on-trunk"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, test.change)
			if test.wreck != nil {
				h.mu.Lock()
				h.conference.mu.Lock()
				test.wreck(h)
				h.conference.mu.Unlock()
				h.mu.Unlock()
			}
			sdp := offerOf(4000, "")
			if test.sdp != "" {
				sdp, _, _ = strings.Cut(sdp, "m=audio")
				sdp += test.sdp
			}
			w := newWire(t, h)
			w.send(w.message("INVITE", "application/sdp", sdp))
			final := w.final()
			if !strings.HasPrefix(final, "SIP/2.0 "+strconv.Itoa(test.status)) || !strings.HasPrefix(header(final, "Reason"), test.reason) {
				t.Errorf("refused so, want %d and %s:\n%s", test.status, test.reason, final)
			}
			if (test.status == 503) != (header(final, "Retry-After") != "") {
				t.Errorf("Retry-After = %q", header(final, "Retry-After"))
			}
			if (test.status == 488) != (header(final, "Warning") != "") {
				t.Errorf("Warning = %q", header(final, "Warning"))
			}
			if r := h.observer.record(t); r.Status != test.status || r.Cause != test.rule || !r.Answered.IsZero() {
				t.Errorf("record = %+v", r)
			}
			if !strings.Contains(h.log.String(), "rule="+test.rule) {
				t.Errorf("the log does not name the rule %s:\n%s", test.rule, h.log)
			}
		})
	}
}

// TestStrangersAreNotHeard sends an INVITE from an address of no trunk.
func TestStrangersAreNotHeard(t *testing.T) {
	t.Parallel()
	h := open(t, func(c *Config) { c.Trunks[0].Allow = []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")} })
	w := newWire(t, h)
	w.send(w.message("INVITE", "application/sdp", offerOf(4000, "")))
	if answer, ok := w.receive("SIP/2.0", 300*time.Millisecond); ok {
		t.Errorf("a stranger was answered:\n%s", answer)
	}
	if !strings.Contains(h.log.String(), "source not allowed") {
		t.Errorf("the log does not tell of the stranger:\n%s", h.log)
	}
}

func TestDrainAndClose(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	p := joined(t, h)
	ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer cancel()
	if err := h.Drain(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Drain with a call running = %v", err)
	}
	w := newWire(t, h)
	w.send(w.message("INVITE", "application/sdp", offerOf(4000, "")))
	if final := w.final(); !strings.HasPrefix(final, "SIP/2.0 503") || header(final, "Retry-After") == "" {
		t.Errorf("a new call while draining was answered:\n%s", final)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if how := p.hungUpOn(); how.How != dialog.PeerHungUp || how.Cause.Text != "this server is stopping" {
		t.Errorf("the call ended by %+v", how)
	}
	if r := h.observer.record(t); r.Cause != "shutting-down" || r.Departure != ShutDown {
		t.Errorf("record = %+v", r)
	}
}

func TestDrainWaitsForCalls(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	p := joined(t, h)
	drained := make(chan error, 1)
	go func() { drained <- h.Drain(t.Context()) }()
	p.hangUp()
	select {
	case err := <-drained:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(5 * time.Second):
		t.Error("Drain does not see that the last call has ended")
	}
}

func TestMediaTimeout(t *testing.T) {
	t.Parallel()
	h := open(t, func(c *Config) { c.MediaTimeout = 2 * time.Second })
	p := joined(t, h)
	p.mute.Store(true)
	if how := p.hungUpOn(); how.Cause.Code != 31 {
		t.Errorf("the call ended by %+v", how)
	}
	expect(t, h.conference.events, "seat left 2")
	if r := h.observer.record(t); r.Cause != "media-timeout" || r.Departure != Dropped {
		t.Errorf("record = %+v", r)
	}
}
