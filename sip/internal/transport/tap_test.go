package transport

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// TestTapIsToldOfEverything that was said, as it stands on the wire, with what is
// answered without a transaction, and of nothing else.
func TestTapIsToldOfEverything(t *testing.T) {
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			var mu sync.Mutex
			var told []string
			s := start(t, Config{Tap: func(p Passing) {
				line, _, _ := strings.Cut(string(p.Data), "\r\n")
				mu.Lock()
				defer mu.Unlock()
				told = append(told, fmt.Sprintf("%v %s %s", p.Out, p.Network, line))
				if !strings.Contains(string(p.Data), "\r\n\r\n") || p.Peer.Port() == 0 || time.Since(p.At) > time.Minute {
					t.Errorf("told of %+v", p)
				}
			}}, &handler{}, nil)
			conn := dial(t, network, s.Local(network))
			say := func(text string) {
				if _, err := conn.Write([]byte(text)); err != nil {
					t.Fatal(err)
				}
			}
			options := "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/" + strings.ToUpper(network) + " 127.0.0.1;branch=z9hG4bK%d;rport\r\nFrom: <sip:c@d>;tag=1\r\n" +
				"To: <sip:a@b>\r\nCall-ID: %[1]d@d\r\nCSeq: %[1]d OPTIONS\r\nMax-Forwards: %d\r\nSubject: folded\r\n here\r\nContent-Length: 0\r\n\r\n"
			say("\r\n\r\n")
			say(fmt.Sprintf(options, 1, 70))
			if second := fmt.Sprintf(options, 2, 70); network == "tcp" { // a stream may bring it in pieces
				say(second[:100])
				say(second[100:])
			} else {
				say("hello\r\n\r\n")
				say(second)
			}
			say(strings.Replace(fmt.Sprintf(options, 3, 70), "OPTIONS sip:a@b SIP/2.0", "OPTIONS sip:a@b SIP/3.0", 1)) // answered without a transaction
			want := []string{
				"false " + network + " OPTIONS sip:a@b SIP/2.0", "false " + network + " OPTIONS sip:a@b SIP/2.0", "false " + network + " OPTIONS sip:a@b SIP/3.0",
				"true " + network + " SIP/2.0 200 OK", "true " + network + " SIP/2.0 200 OK", "true " + network + " SIP/2.0 505 Version Not Supported",
			}
			sorted := func() []string {
				mu.Lock()
				defer mu.Unlock()
				return slices.Sorted(slices.Values(told))
			}
			for deadline := time.Now().Add(10 * time.Second); !slices.Equal(sorted(), want); time.Sleep(5 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("told of %q, want %q", sorted(), want)
				}
			}
		})
	}
}
