package leg

import (
	"net/netip"
	"testing"
	"time"
)

// TestLatchBehindNAT has the peer send from elsewhere than it signalled. What
// it says and presses before its source is believed is heard all the same.
func TestLatchBehindNAT(t *testing.T) {
	nat, stranger := newPeer(t), newPeer(t)
	l := open(t, ports(t), Config{})
	l.Agree(g711(netip.MustParseAddrPort("10.1.2.3:4000"), 101))
	packets, _ := run(t, l)
	stranger.send(address(l), 0, []byte("not mine"))
	nat.send(address(l), 0, []byte("one"))
	for range 2 { // one press: both packets have the same timestamp
		nat.send(address(l), 101, []byte{5, 10, 0, 160})
		nat.stamp -= 160
	}
	for begin := time.Now(); ; time.Sleep(time.Millisecond) {
		l.in.Lock()
		waiting := len(l.early.kept)
		l.in.Unlock()
		if waiting == 3 {
			break
		}
		if time.Since(begin) > 10*time.Second {
			t.Fatalf("%d packets are kept, want 3", waiting)
		}
	}
	select {
	case p := <-packets:
		t.Fatalf("%q was heard during the probation", p.Payload)
	case d := <-l.Digits():
		t.Fatalf("%c was heard during the probation", d.Key)
	default:
	}
	nat.send(address(l), 0, []byte("two"))
	nat.send(address(l), 0, []byte("three"))
	for _, want := range []string{"one", "two", "three"} {
		if got := within(t, "a packet", packets); string(got.Payload) != want {
			t.Errorf("heard %q, want %q", got.Payload, want)
		}
	}
	if d := within(t, "the key", l.Digits()); d.Key != '5' {
		t.Errorf("the key %c", d.Key)
	}
	l.Hear(mix([]byte("found you")))
	if p, ok := nat.read(); !ok || string(p.Payload) != "found you" {
		t.Error("the source of media is not sent to")
	}
	if s := l.Statistics(); s.Received != 5 || s.Strangers != 1 || s.Lost != 0 {
		t.Errorf("statistics %+v", s)
	}
	select {
	case d := <-l.Digits():
		t.Errorf("%c was heard twice", d.Key)
	default:
	}
}

// TestLittleIsKeptOfTheUnproved bounds what somebody can make us keep who sends
// without ever passing the probation.
func TestLittleIsKeptOfTheUnproved(t *testing.T) {
	one, other := netip.MustParseAddrPort("192.0.2.1:4000"), netip.MustParseAddrPort("192.0.2.2:4000")
	var a antechamber
	dropped := 0
	for i := range byte(20) {
		dropped += a.keep(one, []byte{i}, time.Now())
	}
	if dropped != 20-maxKept || len(a.kept) != maxKept || a.kept[0].data[0] != 20-maxKept {
		t.Errorf("%d dropped, %d kept from %v on", dropped, len(a.kept), a.kept[0].data)
	}
	if n := a.keep(other, []byte{1}, time.Now()); n != maxKept || len(a.kept) != 1 {
		t.Errorf("another source: %d dropped, %d kept", n, len(a.kept))
	}
	if kept, n := a.release(one); len(kept) != 0 || n != 1 || a.kept != nil {
		t.Errorf("released %d to a stranger, %d dropped", len(kept), n)
	}
}
