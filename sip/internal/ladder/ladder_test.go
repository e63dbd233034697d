package ladder

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/metrics/quality"
	"partyline/sip/internal/transport"
)

var (
	here  = netip.MustParseAddrPort("203.0.113.5:5060")
	there = netip.MustParseAddrPort("198.51.100.7:5060")
	epoch = time.Date(2026, 12, 1, 10, 0, 0, 0, time.UTC)
)

func newBook() *Book { return New(func(string, netip.Addr) netip.AddrPort { return here }) }

// pass has a message pass some time after the epoch: "> INVITE" is ours, "< 200
// INVITE" theirs. What follows is its CSeq, a branch, and headers.
func pass(b *Book, call string, after time.Duration, message string) {
	fields := strings.SplitN(message, " ", 5)
	direction, line, sequence, branch := fields[0], fields[1], fields[2], fields[3]
	of := line
	if status, method, ok := strings.Cut(line, "/"); ok {
		line, of = "SIP/2.0 "+status+" Whatever", method
	} else {
		line += " sip:4930901820123@h SIP/2.0"
	}
	to := "To: <sip:x@y>"
	if of != "INVITE" || strings.HasPrefix(line, "SIP/") {
		to += ";tag=9"
	}
	text := line + "\r\nVia: SIP/2.0/UDP h;branch=" + branch + "\r\n" + to + "\r\nCall-ID: " + call + "\r\nCSeq: " + sequence + " " + of + "\r\n"
	if len(fields) > 4 {
		text += fields[4] + "\r\n"
	}
	b.Pass(transport.Passing{At: epoch.Add(after), Out: direction == ">", Network: "udp", Peer: there, Data: []byte(text + "\r\n")})
}

func TestSignalling(t *testing.T) {
	b := newBook()
	const call = "a@h"
	b.Hold(call)
	for i, message := range []string{
		"> INVITE 1 z1", "> INVITE 1 z1", "< 100/INVITE 1 z1", "< 407/INVITE 1 z1", "> ACK 1 z1",
		"> INVITE 2 z2", "< 183/INVITE 2 z2", "< 183/INVITE 2 z2", "< 180/INVITE 2 z2", "< 200/INVITE 2 z2", "> ACK 2 z3",
		"< 200/INVITE 2 z2", "> ACK 2 z4", // a new transaction, and nothing new
		"< INVITE 7 y1", "> 488/INVITE 7 y1", "< ACK 7 y1", // within the call
		"> INVITE 3 z7", "< 491/INVITE 3 z7", "> ACK 3 z7",
		"> BYE 4 z5 Reason: SIP;cause=200, Q.850;cause=16;text=\"normal\"", "< 401/BYE 4 z5", "> BYE 5 z6", "< 200/BYE 5 z6",
	} {
		pass(b, call, time.Duration(i)*time.Second, message)
	}
	want := quality.Signalling{
		PDD: 6 * time.Second, Answer: 9 * time.Second, Status: 200, Q850: 16, Retransmissions: 4, Challenges: 2, Bye: quality.Us,
	}
	if diff := cmp.Diff(want, b.Signalling(call)); diff != "" {
		t.Error(diff)
	}
	setup, pdd, ok := b.Attempt(call)
	if setup != quality.SetupAnswered || pdd != 6*time.Second || !ok {
		t.Errorf("attempt: %s after %v, %v", setup, pdd, ok)
	}
	if _, _, again := b.Attempt(call); again {
		t.Error("it is counted twice")
	}
	messages, missing := b.Messages(call)
	var again []int
	for i, m := range messages {
		if m.Again {
			again = append(again, i)
		}
		if strings.Contains(string(m.Data), "4930901820123") {
			t.Error("a number is kept")
		}
	}
	if diff := cmp.Diff([]int{1, 7, 11, 12}, again); diff != "" || len(messages) != 23 || missing != 0 || messages[0].Local != here {
		t.Errorf("%d messages, %d missing; again %s", len(messages), missing, diff)
	}
}

// TestSeveralCallIDs are one call: the last that came to anything tells of the
// answer, and what was sent again is added up.
func TestSeveralCallIDs(t *testing.T) {
	b := newBook()
	for i, message := range []string{"> INVITE 1 z1", "> INVITE 1 z1", "< 503/INVITE 1 z1 Reason: Q.850;cause=34", "> ACK 1 z1"} {
		b.Hold("a")
		pass(b, "a", time.Duration(i)*time.Second, message)
	}
	for i, message := range []string{"> INVITE 1 z1", "< 180/INVITE 1 z1", "> CANCEL 1 z1", "< 487/INVITE 1 z1"} {
		b.Hold("b")
		pass(b, "b", time.Duration(10+i)*time.Second, message)
	}
	b.Hold("c")
	pass(b, "c", 20*time.Second, "> INVITE 1 z1") // nobody said anything
	want := quality.Signalling{PDD: time.Second, Status: 487, Retransmissions: 1, Bye: quality.Us}
	if diff := cmp.Diff(want, b.Signalling("a", "b", "c")); diff != "" {
		t.Error(diff)
	}
	for call, want := range map[string]quality.Setup{"a": quality.SetupIneffective, "b": quality.SetupUnanswered, "c": quality.SetupIneffective} {
		if setup, _, _ := b.Attempt(call); setup != want {
			t.Errorf("%s: %s, want %s", call, setup, want)
		}
	}
	if messages, _ := b.Messages("a", "b", "c"); len(messages) != 9 {
		t.Errorf("%d messages", len(messages))
	}
}

// TestACallIsBounded: whatever a peer sends within a call, its beginning and its end
// are kept, in a bounded room.
func TestACallIsBounded(t *testing.T) {
	b := newBook()
	b.Hold("a")
	pass(b, "a", 0, "< INVITE 1 z1")
	const flood = 5000
	for i := range flood {
		pass(b, "a", time.Duration(i)*time.Millisecond, fmt.Sprintf("< INFO %d z%d X-Long: %s", i+2, i, strings.Repeat("long ", 200)))
	}
	pass(b, "a", time.Hour, "< BYE 9999 zz")
	messages, missing := b.Messages("a")
	size := 0
	for _, m := range messages {
		size += len(m.Data)
	}
	if len(messages)+missing != flood+2 || size > firstBytes+latestBytes || len(b.calls["a"].seen) > remembered {
		t.Errorf("%d messages with %d bytes, %d missing", len(messages), size, missing)
	}
	if first, last := string(messages[0].Data), string(messages[len(messages)-1].Data); !strings.HasPrefix(first, "INVITE") || !strings.HasPrefix(last, "BYE") {
		t.Errorf("kept is from %q to %q", first[:20], last[:20])
	}
	b.Release("a")
	if len(b.calls) != 0 {
		t.Error("it is kept after its release")
	}
}

// TestStrangersAreForgotten: INVITEs that nobody takes leave nothing after a while,
// and one that somebody takes stays.
func TestStrangersAreForgotten(t *testing.T) {
	b := newBook()
	pass(b, "ours", 0, "< INVITE 1 z1")
	b.Hold("ours")
	pass(b, "slow", 0, "< INVITE 1 z1")
	for i := range 3 * mostLoose {
		pass(b, fmt.Sprint("scan", i), time.Millisecond, "< INVITE 1 z1")
	}
	if len(b.calls) > mostLoose+1 || len(b.loose) > mostLoose {
		t.Errorf("%d calls are kept, %d of them loose", len(b.calls), len(b.loose))
	}
	pass(b, "late", 2*looseTime, "< INVITE 1 z1")
	if len(b.calls) != 2 {
		t.Errorf("%d calls are kept", len(b.calls))
	}
	if messages, _ := b.Messages("ours"); len(messages) != 1 {
		t.Errorf("%d messages of the call that was taken", len(messages))
	}
	pass(b, "unheard of", 0, "< BYE 1 z1")
	pass(b, "options", 0, "< OPTIONS 1 z1")
	if len(b.calls) != 2 {
		t.Error("a call began with something else than an INVITE")
	}
}

func BenchmarkPass(b *testing.B) {
	book := newBook()
	book.Hold("a")
	data := []byte("SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 203.0.113.5:5060;branch=z9hG4bK1;rport=5060\r\nFrom: <sip:+861065529988@203.0.113.5>;tag=1\r\n" +
		"To: <sip:+8613900139000@198.51.100.7>;tag=2\r\nCall-ID: a\r\nCSeq: 1 INVITE\r\nContact: <sip:+8613900139000@198.51.100.7:5060>\r\nAllow: INVITE, ACK, BYE\r\n" +
		"Content-Type: application/sdp\r\n\r\nv=0\r\no=- 1 1 IN IP4 198.51.100.7\r\ns=-\r\nc=IN IP4 198.51.100.7\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8 101\r\na=rtpmap:101 telephone-event/8000\r\n")
	b.ReportAllocs()
	for b.Loop() {
		book.Pass(transport.Passing{At: epoch, Network: "udp", Peer: there, Data: data})
	}
}

// FuzzPass: whatever passes, nothing breaks, and a call stays within its bounds.
func FuzzPass(f *testing.F) {
	f.Add("SIP/2.0 407 Proxy Authentication Required", "CSeq: 1 INVITE", "Reason: Q.850;cause=34", uint8(3))
	f.Add("INVITE sip:a@b SIP/2.0", "CSeq: 2 INVITE", "Reason: SIP;cause=200, Q.850;;cause=;cause=999", uint8(200))
	f.Add("BYE sip:a@b SIP/2.0", "CSeq: 4294967295 BYE", "User-Agent: \xff\x00 phone", uint8(1))
	f.Fuzz(func(t *testing.T, line, sequence, header string, times uint8) {
		b := newBook()
		pass(b, "a", 0, "< INVITE 1 z1")
		for i := range int(times) {
			data := line + "\r\nCall-ID: a\r\n" + sequence + "\r\n" + header + "\r\n\r\n"
			b.Pass(transport.Passing{At: epoch, Out: i%2 == 0, Network: "udp", Peer: there, Data: []byte(data)})
		}
		messages, missing := b.Messages("a")
		s := b.Signalling("a")
		if len(messages) > firstMessages+latestMessages || missing < 0 || s.PDD < 0 || s.Retransmissions > int(times) || s.Q850 < 0 || s.Q850 > 255 || len(b.Agent("a")) > 80 {
			t.Errorf("%d messages, %d missing, %+v", len(messages), missing, s)
		}
	})
}
