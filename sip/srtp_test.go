package sip

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"partyline/sfu/audio"
	"partyline/sip/dialplan"
	"partyline/sip/softphone"
)

// steady is a codec for tests: any payload is loud, and any sound is coded as
// the same bytes.
type steady struct{}

func (steady) Encode(*audio.Frame) []byte { return bytes.Repeat([]byte{0xD5}, 160) }

func (steady) Decode(_ []byte, out *audio.Frame) error {
	for i := range out {
		out[i] = 8000
	}
	return nil
}

// softPhone makes a softphone with a policy.
func softPhone(t *testing.T, policy dialplan.SRTP) *softphone.Agent {
	t.Helper()
	agent, err := softphone.New(softphone.Config{
		NewCodec: func(audio.Codec) (softphone.Codec, error) { return steady{}, nil },
		Listen:   "127.0.0.1:0", Ports: [2]uint16{27400, 28399}, From: "sip:+8613800138000@127.0.0.1", SRTP: policy,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := agent.Close(); err != nil {
			t.Error(err)
		}
	})
	return agent
}

// TestSRTPByTrunk calls trunks of every policy from phones of every policy; what
// is agreed on carries sound both ways over a hold and new keys.
func TestSRTPByTrunk(t *testing.T) {
	t.Parallel()
	off, offered, required := dialplan.SRTPOff, dialplan.SRTPOffered, dialplan.SRTPRequired
	for _, c := range []struct {
		trunk, phone dialplan.SRTP
		secure       bool
		status       int
	}{
		{off, off, false, 200},
		{off, offered, false, 200},
		{off, required, false, 488},
		{offered, off, false, 200},
		{offered, offered, true, 200},
		{offered, required, true, 200},
		{required, off, false, 488},
		{required, offered, true, 200},
		{required, required, true, 200},
	} {
		t.Run(fmt.Sprintf("%v trunk, %v phone", c.trunk, c.phone), func(t *testing.T) {
			t.Parallel()
			h := open(t, func(cfg *Config) { cfg.Trunks[0].SRTP = c.trunk })
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			call, err := softPhone(t, c.phone).Dial(ctx, fmt.Sprintf("sip:100@%s", h.UDP()))
			var refused *softphone.Refused
			switch {
			case c.status != 200:
				if !errors.As(err, &refused) || refused.Status != c.status {
					t.Errorf("%v, want %d", err, c.status)
				}
				return
			case err != nil:
				t.Fatal(err)
			}
			if secure := call.Suite() != ""; secure != c.secure {
				t.Errorf("suite %q", call.Suite())
			}
			bothWays(t, h, call)
			for name, change := range map[string]func(context.Context) error{"hold": call.Hold, "resume": call.Resume, "rekey": call.Rekey} {
				if err := change(ctx); err != nil {
					t.Fatalf("%s: %v", name, err)
				}
			}
			if err := call.Resume(ctx); err != nil {
				t.Fatal(err)
			}
			bothWays(t, h, call)
			if secure := call.Suite() != ""; secure != c.secure {
				t.Errorf("after re-INVITEs: suite %q", call.Suite())
			}
			if err := call.Hangup(ctx); err != nil {
				t.Error(err)
			}
			if strings.Contains(h.log.String(), "inline:") {
				t.Errorf("a key is in the log:\n%s", h.log)
			}
		})
	}
}

// bothWays waits until sound has gone either way.
func bothWays(t *testing.T, h *house, call *softphone.Call) {
	t.Helper()
	h.conference.mu.Lock()
	line := h.conference.lines[0]
	h.conference.mu.Unlock()
	written, heard := line.packets(), call.Statistics().Received
	for deadline := time.Now().Add(10 * time.Second); line.packets() < written+10 || call.Statistics().Received < heard+10; {
		if time.Now().After(deadline) {
			t.Fatalf("%d packets went to the gateway and %d came from it", line.packets()-written, call.Statistics().Received-heard)
		}
		time.Sleep(10 * time.Millisecond)
	}
}
