package leg

import (
	"errors"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"
)

func TestPortRanges(t *testing.T) {
	cases := []struct {
		low, high uint16
		capacity  int
		says      string
	}{
		{30000, 30099, 50, ""},
		{30001, 30004, 1, ""},
		{30000, 30001, 1, ""},
		{65534, 65535, 1, ""},
		{30001, 30002, 0, "too small"},
		{30000, 30000, 0, "too small"},
		{30010, 30000, 0, "not above the last"},
		{0, 10, 0, "at least 1"},
	}
	for _, c := range cases {
		p, err := NewPorts(loopback, c.low, c.high)
		if c.says != "" {
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%d-%d: %v", c.low, c.high, err)
			}
			continue
		}
		if err != nil || p.Capacity() != c.capacity {
			t.Errorf("%d-%d: capacity %d, %v", c.low, c.high, p.Capacity(), err)
		}
	}
}

func TestFreedPortsRest(t *testing.T) {
	p, err := NewPorts(loopback, 22100, 22103)
	if err != nil {
		t.Fatal(err)
	}
	now := time.Now()
	openAt := func(now time.Time) (sockets, error) {
		s, err := p.open(now)
		if err == nil {
			t.Cleanup(func() { _ = s.rtp.Close(); _ = s.rtcp.Close() })
		}
		return s, err
	}
	first, err := openAt(now)
	if err != nil {
		t.Fatal(err)
	}
	if first.even%2 != 0 || first.rtcp.LocalAddr().(*net.UDPAddr).Port != int(first.even)+1 {
		t.Errorf("pair at %v", first)
	}
	second, err := openAt(now)
	if err != nil || second.even == first.even {
		t.Fatalf("second pair %v, %v", second, err)
	}
	if _, err := openAt(now); !errors.Is(err, ErrNoPorts) {
		t.Errorf("a third pair of two: %v", err)
	}
	_, _ = first.rtp.Close(), first.rtcp.Close()
	p.giveBack(first.even, now)
	if _, err := openAt(now.Add(rest - time.Second)); !errors.Is(err, ErrNoPorts) {
		t.Errorf("a pair was reused before its rest: %v", err)
	}
	again, err := openAt(now.Add(rest))
	if err != nil || again.even != first.even {
		t.Errorf("after its rest: %v, %v", again, err)
	}
}

func TestForeignPortsArePassedOver(t *testing.T) {
	taken, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(loopback, 22201)))
	if err != nil {
		t.Skip(err)
	}
	defer func() { _ = taken.Close() }()
	p, err := NewPorts(loopback, 22200, 22203)
	if err != nil {
		t.Fatal(err)
	}
	s, err := p.open(time.Now())
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = s.rtp.Close(), s.rtcp.Close() }()
	if s.even != 22202 {
		t.Errorf("got the pair at %d", s.even)
	}
}
