package leg

import (
	"math/rand/v2"
	"net/netip"
	"time"
)

// Network is a bad network between us and the peer, for tests and for training.
type Network struct {
	Loss   float64       // share of packets lost in either direction, 0 to 1
	Delay  time.Duration // of what we send
	Jitter time.Duration // added to it at random, from nothing to this; packets may overtake each other
}

// Impair has what is sent and received fare as on a bad network; the zero value
// ends that.
func (l *Leg) Impair(n Network) {
	l.bad.Store(&n)
	l.out.Lock()
	defer l.out.Unlock()
	l.sender.network = n
}

// loses tells whether a packet gets lost.
func (n *Network) loses() bool { return n != nil && n.Loss > 0 && rand.Float64() < n.Loss }

// send sends a packet, whose bytes are valid only during this call.
func (n *Network) send(via port, b []byte, to netip.AddrPort) {
	if n.loses() {
		return
	}
	wait := n.Delay
	if n.Jitter > 0 {
		wait += rand.N(n.Jitter)
	}
	if wait <= 0 {
		via.send(b, to)
		return
	}
	kept := append([]byte(nil), b...)
	time.AfterFunc(wait, func() { via.send(kept, to) })
}
