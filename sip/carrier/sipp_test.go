package carrier

import (
	"context"
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"partyline/sip/peertest"
)

// sipp runs until it is done.
func sipp(t *testing.T, args ...string) error {
	ctx, cancel := context.WithTimeout(t.Context(), 60*time.Second)
	defer cancel()
	return peertest.Sipp(ctx, ".", append(args, "-timeout", "50s")...)
}

// TestSippCalls the company over UDP and over TCP.
func TestSippCalls(t *testing.T) {
	t.Parallel()
	peertest.Need(t, "sipp")
	c := open(t, Config{Scenario: behaviours(t)})
	for transport, peer := range map[string]string{"u1": c.UDP().String(), "t1": c.TCP().String()} {
		for _, args := range [][]string{
			{"-sn", "uac", "-s", "100006", "-d", "300"},
			{"-sf", "testdata/refused.xml"},
			{"-sf", "testdata/early.xml"},
		} {
			if err := sipp(t, append([]string{peer, "-m", "1", "-t", transport}, args...)...); err != nil {
				t.Error(err)
			}
		}
	}
	if r := until(t, c, "a call", over("100006")); r.Status != 200 || r.Duration() < 200*time.Millisecond || !strings.HasPrefix(r.How, "peer hung up") {
		t.Errorf("record: %+v", r)
	}
	if r := until(t, c, "a refusal", over("100002")); r.Status != 486 {
		t.Errorf("record: %+v", r)
	}
}

// TestManyCallsAtOnce come from sipp, and none of them is lost.
func TestManyCallsAtOnce(t *testing.T) {
	t.Parallel()
	peertest.Need(t, "sipp")
	c := open(t, Config{Scenario: parsed(t, "number *: ring 20ms, answer, stay")})
	if err := sipp(t, c.UDP().String(), "-sn", "uac", "-s", "1", "-m", "100", "-r", "50", "-d", "200"); err != nil {
		t.Fatal(err)
	}
	records := c.Records()
	if len(records) != 100 {
		t.Fatalf("%d records", len(records))
	}
	for _, r := range records {
		if r.Status != 200 || r.Answered.IsZero() {
			t.Errorf("record: %+v", r)
		}
	}
}

// TestSippIsTheBridge that somebody dials in to.
func TestSippIsTheBridge(t *testing.T) {
	t.Parallel()
	peertest.Need(t, "sipp")
	socket, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := socket.LocalAddr().(*net.UDPAddr)
	_ = socket.Close() // for sipp to take
	done := make(chan error, 1)
	go func() { done <- sipp(t, "-sn", "uas", "-m", "1", "-p", fmt.Sprint(address.Port)) }()
	c := open(t, Config{Scenario: parsed(t, "number *: refuse 404"), Bridge: address.String()})
	who := parsed(t, "caller +8613800138000: dial 4900, wait 300ms, hangup").Callers[0]
	if err := c.Call(limited(t), who); err != nil {
		t.Error(err)
	}
	if err := <-done; err != nil {
		t.Error(err)
	}
	if r := until(t, c, "the caller", over("4900")); r.Status != 200 || r.Duration() < 300*time.Millisecond {
		t.Errorf("record: %+v", r)
	}
}
