package leg

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"time"

	"partyline/sfu/audio"
	"partyline/sip/internal/dtmf"
	"partyline/sip/internal/offer"
)

// ErrSilent is returned by Run when neither RTP nor RTCP came for too long.
var ErrSilent = errors.New("no media from the peer")

// Config is what a leg needs to know beside its ports.
type Config struct {
	Timeout     time.Duration // without RTP and RTCP; 60 s when zero
	HoldTimeout time.Duration // the same while on hold; 1 h when zero
}

// Leg is one call's media: a pair of sockets, what was agreed about them, and
// the streams in both directions. It is the call's audio.Ear. Its methods may
// be called from any goroutine.
type Leg struct{}

// Open binds a pair of ports. It returns ErrNoPorts when there is none.
func Open(ports *Ports, cfg Config, log *slog.Logger) (*Leg, error) { return &Leg{}, nil }

// Port is where RTP arrives; RTCP arrives one above.
func (l *Leg) Port() uint16 { return 0 }

// Agree puts into force what offer and answer agreed on, at the beginning and
// after each re-INVITE. A changed remote address starts a new probation.
func (l *Leg) Agree(media offer.Media) {}

// Run receives until ctx ends, the leg is closed, or the media timeout strikes
// (ErrSilent). Every audio packet goes to sink, on the goroutine that read it;
// its payload is valid only during that call. Run may be called once.
func (l *Leg) Run(ctx context.Context, sink func(audio.Packet)) error { return nil }

// Digits carries the keys pressed, each once. It is never closed.
func (l *Leg) Digits() <-chan dtmf.Digit { return nil }

// Press takes a key that came by SIP INFO; it is dropped where the same press
// came as an RTP event.
func (l *Leg) Press(d dtmf.Digit) {}

// Hear sends one frame to the peer; it is called every 20 ms by the room.
func (l *Leg) Hear(mix *audio.Mix) {}

// Statistics tells how the leg fares.
func (l *Leg) Statistics() Statistics { return Statistics{} }

// Close frees the sockets. Run returns soon after. The pair of ports rests.
func (l *Leg) Close() error { return nil }

// Statistics are counted since the leg was opened.
type Statistics struct {
	Received, Sent uint64        // RTP packets
	Lost           int64         // as RFC 3550 A.3 counts: may be negative with duplicates
	Jitter         time.Duration // interarrival jitter of what we receive, RFC 3550 A.8
	Strangers      uint64        // packets dropped because of where they came from
	Malformed      uint64        // packets dropped because they were no RTP or of an unknown payload type
	RemoteLoss     float64       // share of our packets lost, 0 to 1, as last reported by the peer
	RemoteJitter   time.Duration // as last reported by the peer
	RoundTrip      time.Duration // from RTCP; zero when unknown
	Source         netip.AddrPort
}
