package outbound

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"partyline/sip/dialplan"
	"partyline/sip/internal/dialog"
)

// sipp answers one call by a scenario of testdata; a peer not of our making. done
// waits until it is over and fails the test if it did not go as it should.
func sipp(t *testing.T, scenario, transport string) (at netip.AddrPort, done func()) {
	t.Helper()
	switch _, err := exec.LookPath("sipp"); {
	case err != nil && os.Getenv("PARTYLINE_REQUIRE_TOOLS") != "":
		t.Fatal(err)
	case err != nil:
		t.Skip("sipp is not installed (Debian package sip-tester)")
	}
	reserved := hole(t)
	at = addressOf(reserved)
	_ = reserved.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	flag := map[string]string{"udp": "u1", "tcp": "t1"}[transport]
	_, port, _ := net.SplitHostPort(at.String())
	var out bytes.Buffer
	command := exec.CommandContext(ctx, "sipp", "-sf", "testdata/"+scenario+".xml", "-i", "127.0.0.1", "-p", port, "-mi", "127.0.0.1",
		"-m", "1", "-t", flag, "-timeout", "50s", "-nostdin", "-trace_err", "-error_file", "/dev/stderr")
	command.Stdout, command.Stderr = &out, &out
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	t.Cleanup(func() {
		cancel()
		if t.Failed() {
			t.Log(scenario, out.String())
		}
	})
	eventually(t, "sipp listens", func() bool { return listening(transport, at) })
	return at, func() {
		t.Helper()
		if err := <-ended; err != nil {
			text := out.String()
			t.Errorf("sipp %s over %s: %v\n%s", scenario, transport, err, text[max(0, len(text)-3000):])
		}
	}
}

// listening tells whether somebody listens on an address of 127.0.0.1. It asks the
// system, for sipp takes a connection for a call.
func listening(transport string, at netip.AddrPort) bool {
	const listens, unconnected = "0A", "07"
	text, err := os.ReadFile("/proc/net/" + transport)
	if err != nil {
		return true // no such system
	}
	for line := range strings.Lines(string(text)) {
		fields := strings.Fields(line)
		if len(fields) > 3 && fields[1] == fmt.Sprintf("0100007F:%04X", at.Port()) && (fields[3] == listens || fields[3] == unconnected) {
			return true
		}
	}
	return false
}

// sippTrunk calls peers that serve one call and nothing else.
func sippTrunk(t *testing.T, transport string, peers ...netip.AddrPort) *Carriers {
	t.Helper()
	trunk := trunk(transport, peers...)
	trunk.Outbound.Accounts = []dialplan.Account{{User: "acme", Password: "secret"}}
	return carriers(t, Config{quiet: true, Patience: 20 * time.Second}, endpoint(t, dialog.Config{}, nil), trunk)
}

func TestSippIsFullThenAsksForThePassword(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			full, fullDone := sipp(t, "unavailable", transport)
			asks, asksDone := sipp(t, "challenge", transport)
			c := sippTrunk(t, transport, full, asks)
			var rang bool
			who := callee()
			who.Progress = func(status int, _ string, _ []byte) { rang = rang || status == 180 }
			d, tried, err := c.Call(limited(t), "alpha", who)
			if err != nil || len(tried) != 2 || tried[0].Status != 503 || tried[1].Status != 200 || !rang {
				t.Fatalf("%+v, rang %v, %v", tried, rang, err)
			}
			if !strings.Contains(string(d.RemoteAnswer()), "m=audio") {
				t.Errorf("answer %q", d.RemoteAnswer())
			}
			for _, target := range c.States()[0].Targets {
				if strings.Contains(target.Target, full.String()) && time.Until(target.Avoided) < 60*time.Second {
					t.Errorf("Retry-After is not heeded: %+v", target)
				}
			}
			if err := d.Bye(limited(t), dialog.Cause{}); err != nil {
				t.Error(err)
			}
			fullDone()
			asksDone()
		})
	}
}

func TestSippIsBusy(t *testing.T) {
	for _, transport := range []string{"udp", "tcp"} {
		t.Run(transport, func(t *testing.T) {
			busy, done := sipp(t, "busy", transport)
			c := sippTrunk(t, transport, busy)
			_, tried, err := c.Call(limited(t), "alpha", callee())
			var refused *dialog.Rejected
			if !errors.As(err, &refused) || refused.Status != 486 || refused.Cause.Code != 17 || len(tried) != 1 || tried[0].Cause != refused.Cause {
				t.Errorf("%+v, %v", tried, err)
			}
			done()
		})
	}
}
