package offer

import (
	"errors"
	"net/netip"
	"time"

	"partyline/sfu/audio"
	"partyline/sip/internal/sdes"
)

// Errors that tell which status an INVITE deserves: ErrMalformed 400, the
// others 488.
var (
	ErrMalformed     = errors.New("malformed session description")
	ErrNoAudio       = errors.New("no usable audio stream is offered")
	ErrNoCommonCodec = errors.New("no codec in common")
	ErrNoSRTP        = errors.New("no key for SRTP that can be used is offered")
)

// Media is what an offer and its answer agreed on.
type Media struct {
	RTP       netip.AddrPort // where the peer wants RTP; zero when it named no address
	RTCP      netip.AddrPort // where it wants RTCP; equal to RTP with rtcp-mux
	Mux       bool           // RTCP shares the RTP port (RFC 5761)
	Codec     audio.Codec    // what we send
	Payload   uint8          // payload type we send it with
	Formats   []Format       // what the peer may send, comfort noise among them
	Events    []Events       // telephone-event formats, in the order agreed
	Direction Direction      // seen from us
	Ptime     time.Duration  // what the peer asked for: 10 to 60 ms, 20 ms when it did not ask
	SRTP      *Protection    // nil: plain RTP
	Extended  Extended       // RTCP reports that the peer asks for
}

// Extended names blocks of RTCP extended reports (RFC 3611 section 5.1).
type Extended struct {
	Metrics bool // VoIP metrics
	Summary bool // statistics summary: of losses
}

// Protection is the keys of SRTP and SRTCP. Where those of a direction are as
// before, its stream goes on under them; others begin anew (RFC 4568 section
// 7.1.4).
type Protection struct {
	Send    sdes.Crypto // ours
	Receive sdes.Crypto // the peer's
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
