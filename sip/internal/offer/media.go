package offer

import (
	"errors"
	"net/netip"
	"time"

	"partyline/sfu/audio"
)

// Errors that tell which status an INVITE deserves: ErrMalformed 400,
// ErrNoCommonCodec and ErrNoAudio 488.
var (
	ErrMalformed     = errors.New("malformed session description")
	ErrNoAudio       = errors.New("no usable audio stream is offered")
	ErrNoCommonCodec = errors.New("no codec in common")
)

// Direction is which way sound flows, seen from us (RFC 3264 section 5.1).
type Direction uint8

// The directions. The zero value is not a direction.
const (
	SendRecv Direction = iota + 1
	SendOnly
	RecvOnly
	Inactive
)

// String gives the attribute's name.
func (d Direction) String() string {
	switch d {
	case SendRecv:
		return "sendrecv"
	case SendOnly:
		return "sendonly"
	case RecvOnly:
		return "recvonly"
	case Inactive:
		return "inactive"
	default:
		return "unknown"
	}
}

// Sends tells whether we may send.
func (d Direction) Sends() bool { return d == SendRecv || d == SendOnly }

// Receives tells whether the peer may send.
func (d Direction) Receives() bool { return d == SendRecv || d == RecvOnly }

// Media is what an offer and its answer agreed on.
type Media struct {
	RTP       netip.AddrPort // where the peer wants RTP; zero when it named no address
	RTCP      netip.AddrPort // where it wants RTCP; equal to RTP with rtcp-mux
	Mux       bool           // RTCP shares the RTP port (RFC 5761)
	Codec     audio.Codec    // what we send
	Payload   uint8          // payload type we send it with
	Formats   []Format       // what the peer may send
	Events    []Events       // telephone-event formats, in the order agreed
	Direction Direction      // seen from us
	Ptime     time.Duration  // what the peer asked for: 10 to 60 ms, 20 ms when it did not ask
}

// Held tells whether the peer has put us on hold: it does not want to be sent
// to. The zero address of RFC 2543 counts as well.
func (m Media) Held() bool { return !m.Direction.Sends() }

// Format is a payload type and its codec.
type Format struct {
	Payload uint8
	Codec   audio.Codec
}

// Events is a telephone-event payload type and its clock rate in Hz.
type Events struct {
	Payload uint8
	Clock   int
}

// EventsFor finds the telephone-event format whose clock is that of the codec
// being sent, as RFC 4733 section 2.1 demands, or else any. It reports false
// where the peer takes no events.
func (m Media) EventsFor(codec audio.Codec) (Events, bool) {
	for _, e := range m.Events {
		if e.Clock == codec.ClockRate() {
			return e, true
		}
	}
	if len(m.Events) > 0 {
		return m.Events[0], true
	}
	return Events{}, false
}
