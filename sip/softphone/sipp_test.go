package softphone

import (
	"context"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestSippCalls has sipp, a peer not of our making, place calls by its own
// scenario over each network: INVITE, 180, 200, ACK, BYE.
func TestSippCalls(t *testing.T) {
	sipp, err := exec.LookPath("sipp")
	switch {
	case err != nil && os.Getenv("PARTYLINE_REQUIRE_TOOLS") != "":
		t.Fatal(err)
	case err != nil:
		t.Skip("sipp is not installed (Debian package sip-tester)")
	}
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
			cmd := exec.CommandContext(ctx, sipp, "-sn", "uac", "-i", "127.0.0.1", "-t", mode, "-m", calls, "-r", "20",
				"-d", "200", "-nostdin", "-timeout", "20s", "-timeout_error", target)
			cmd.Dir = t.TempDir()
			out, err := cmd.CombinedOutput()
			if err != nil {
				t.Fatalf("sipp: %v\n%s", err, tail(string(out), 60))
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

// tail is the last lines of a text.
func tail(text string, lines int) string {
	all := strings.Split(text, "\n")
	return strings.Join(all[max(0, len(all)-lines):], "\n")
}
