package softphone

import (
	"context"
	"strings"
	"testing"
	"time"

	"partyline/sip/peertest"
)

// TestSippCalls has sipp, a peer not of our making, place calls by its own
// scenario over each network: INVITE, 180, 200, ACK, BYE.
func TestSippCalls(t *testing.T) {
	peertest.Need(t, "sipp")
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
			defer cancel()
			callee := phone(t, Config{})
			const calls = "20"
			target, mode := callee.UDP().String(), "u1"
			if network == "tcp" {
				target, mode = callee.TCP().String(), "t1"
			}
			answering := make(chan int, 1)
			go func() {
				n := 0
				for {
					if _, err := callee.Accept(ctx); err != nil {
						answering <- n
						return
					}
					n++
				}
			}()
			err := peertest.Sipp(ctx, t.TempDir(), "-sn", "uac", "-t", mode, "-m", calls, "-r", "20",
				"-d", "200", "-timeout", "20s", "-timeout_error", target)
			if err != nil {
				t.Fatal(err)
			}
			cancel()
			if n := <-answering; n != 20 {
				t.Errorf("%d calls were answered", n)
			}
			ended := func() int { return strings.Count(kinds(callee.Transcript()), string(Ended)) }
			for deadline := time.Now().Add(5 * time.Second); ended() < 20; time.Sleep(5 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("%d calls have ended", ended())
				}
			}
		})
	}
}
