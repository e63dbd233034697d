package transport

import (
	"net/netip"
	"time"
)

// Config says where to listen and whom to admit.
type Config struct {
	UDP, TCP  string                // addresses such as ":5060"; empty: off
	Advertise netip.Addr            // what peers are told to reach us at; zero: the local address facing each
	Allow     func(netip.Addr) bool // whose messages are read at all; nil: everybody's
	Rate      int                   // messages a second from one address; 200 when zero
	Idle      time.Duration         // after which a silent TCP connection is closed; 10 min when zero
}
