package leg

import (
	"context"
	"crypto/rand"
	"encoding/base64"
	"errors"
	"log/slog"
	"net/netip"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtp"

	"partyline/metrics/quality"
	"partyline/sfu/audio"
	"partyline/sip/evidence"
	"partyline/sip/internal/dtmf"
	"partyline/sip/internal/offer"
)

// ErrSilent is returned by Run when neither RTP nor RTCP came for too long.
var ErrSilent = errors.New("no media from the peer")

// Config is what a leg needs to know beside its ports.
type Config struct {
	Timeout     time.Duration // without RTP and RTCP; 60 s when zero
	HoldTimeout time.Duration // the same while on hold; 1 h when zero
	Tape        int           // bytes of packets' headers that are kept; 0: none
}

// Leg is one call's media: a pair of sockets, what was agreed about them, and
// the streams in both directions. It is the call's audio.Ear. Its methods may
// be called from any goroutine.
type Leg struct {
	cfg   Config
	log   *slog.Logger
	ports *Ports
	sockets
	digits chan dtmf.Digit
	name   string // CNAME
	closed sync.Once
	tape   *evidence.Tape // nil: nothing is kept

	agreed      atomic.Pointer[agreement]
	destination atomic.Pointer[netip.AddrPort] // nil while unknown
	alive       atomic.Int64                   // when the peer was last heard of, Unix ns
	quiet       atomic.Bool
	buffered    atomic.Int64            // ns that what the peer says waits, set by Buffered
	bad         atomic.Pointer[Network] // set by Impair
	blind       atomic.Bool             // nothing is measured: for the benchmark of what that costs

	tones tones // of the goroutine that reads RTP

	out    sync.Mutex // guards sender
	sender sender

	in        sync.Mutex // guards what follows; taken before out
	unseal    unseal
	latch     latch
	early     antechamber
	reception quality.Reception
	interval  interval
	keyed     time.Duration // in the interval before
	keys      int           // packets that carried keys instead of sound
	seenKeys  int           // at the last glance
	events    dtmf.Receiver
	once      dtmf.Filter
	signalled bool // a key came by event or INFO: there is no listening for tones
	control   control
	counted   Statistics
}

// agreement is what offer and answer agreed on, prepared for the media path.
type agreement struct {
	media   offer.Media
	formats [128]format // by payload type
}

// format is what a payload type means: a codec, or events at a clock.
type format struct {
	codec  audio.Codec
	events int // Hz
}

// comfortNoise is the static payload type of RFC 3389, which phones send whether
// it was agreed on or not.
const comfortNoise = 13

// Open binds a pair of ports. It returns ErrNoPorts when there is none.
func Open(ports *Ports, cfg Config, log *slog.Logger) (*Leg, error) {
	if cfg.Timeout <= 0 {
		cfg.Timeout = time.Minute
	}
	if cfg.HoldTimeout <= 0 {
		cfg.HoldTimeout = time.Hour
	}
	pair, err := ports.open(time.Now())
	if err != nil {
		return nil, err
	}
	l := &Leg{cfg: cfg, log: log, ports: ports, sockets: pair, digits: make(chan dtmf.Digit, 64), name: newName()}
	if cfg.Tape > 0 {
		l.tape = evidence.NewTape(cfg.Tape)
		l.sender.tape = l.tape
	}
	l.interval.began = time.Now()
	l.sender.via, l.sender.sequence = pair.rtp, initialSequence()
	return l, nil
}

// newName makes a CNAME that tells nothing and serves for one call: RFC 7022
// section 4.2.
func newName() string {
	var random [12]byte
	_, _ = rand.Read(random[:]) // never fails, by its documentation
	return base64.StdEncoding.EncodeToString(random[:])
}

// Port is where RTP arrives; RTCP arrives one above.
func (l *Leg) Port() uint16 { return l.even }

// Agree puts into force what offer and answer agreed on, at the beginning and
// after each re-INVITE. A changed remote address starts a new probation.
func (l *Leg) Agree(media offer.Media) {
	a := &agreement{media: media}
	a.formats[comfortNoise].codec = audio.CN
	for _, f := range media.Formats {
		a.formats[f.Payload&0x7F].codec = f.Codec
	}
	for _, e := range media.Events {
		a.formats[e.Payload&0x7F].events = e.Clock
	}
	var keys protection
	if media.SRTP != nil {
		keys = protection{&media.SRTP.Send, &media.SRTP.Receive}
	}
	now := time.Now()
	l.in.Lock()
	l.latch.signal(media.RTP)
	l.control.signal(media.RTCP)
	l.aim()
	l.interval.held = l.interval.held || media.Held()
	l.protect(&keys, now)
	l.in.Unlock()
	l.agreed.Store(a)
	l.alive.Store(now.UnixNano()) // a hold or its end begins a new silence
}

// aim tells the sender where the latch points; l.in is held.
func (l *Leg) aim() {
	to := l.latch.destination()
	if !to.IsValid() {
		l.destination.Store(nil)
		return
	}
	if old := l.destination.Load(); old == nil || *old != to {
		l.destination.Store(&to)
	}
}

// Mute stops sending altogether, as a fault or a muted phone would.
func (l *Leg) Mute(on bool) { l.quiet.Store(on) }

// Run receives until ctx ends, the leg is closed, or the media timeout strikes
// (ErrSilent), or something panics (ErrFault). Every audio packet goes to sink, on the goroutine that read it;
// its payload is valid only during that call. Run may be called once.
func (l *Leg) Run(ctx context.Context, sink func(audio.Packet)) error {
	l.alive.CompareAndSwap(0, time.Now().UnixNano())
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	wake := context.AfterFunc(ctx, func() { _ = l.rtcp.SetReadDeadline(time.Unix(1, 0)) })
	defer wake()
	var silent error
	var reports sync.WaitGroup
	reports.Go(func() {
		defer cancel()
		silent = l.guarded(func() error { return l.attend(ctx) })
	})
	err := l.receive(ctx, sink)
	cancel()
	reports.Wait()
	return errors.Join(err, silent)
}

// ErrFault is what a panic in sink or here becomes: it ends this leg alone.
var ErrFault = errors.New("a fault in carrying sound")

// guarded does something for the leg and survives its panic.
func (l *Leg) guarded(do func() error) (err error) {
	defer func() {
		if cause := recover(); cause != nil {
			l.log.Error("the sound of a call panicked", "panic", cause, "stack", string(debug.Stack()))
			err = ErrFault
		}
	}()
	return do()
}

// receive reads RTP until ctx ends, the port is closed, or something panics.
func (l *Leg) receive(ctx context.Context, sink func(audio.Packet)) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var p rtp.Packet
	var fault error
	err := l.rtp.receive(ctx, func(data []byte, from netip.AddrPort, at time.Time) {
		if fault != nil || l.bad.Load().loses() {
			return
		}
		fault = l.guarded(func() error {
			l.datagram(&p, data, from, at, sink)
			return nil
		})
		if fault != nil {
			cancel()
		}
	})
	return errors.Join(err, fault)
}

// datagram takes what came to the RTP port. p is scratch space.
func (l *Leg) datagram(p *rtp.Packet, data []byte, from netip.AddrPort, now time.Time, sink func(audio.Packet)) {
	a := l.agreed.Load()
	if a == nil {
		return
	}
	if a.media.Mux && isRTCP(data) {
		l.controlled(data, from, now)
		return
	}
	data, genuine := l.opened(data, now)
	if data == nil || !l.parse(p, data, a) {
		return
	}
	kept, ok := l.admit(from, p, data, genuine, now)
	for _, e := range kept {
		var before rtp.Packet
		if l.parse(&before, e.data, a) {
			l.captured(e.arrival, false, from, e.data)
			l.take(&before, a, e.arrival, sink)
		}
	}
	if ok {
		l.captured(now, false, from, data)
		l.take(p, a, now, sink)
	}
}

// opened authenticates and decrypts a packet where that was agreed on; nil for
// one that is not the peer's or came before.
func (l *Leg) opened(data []byte, now time.Time) (plain []byte, genuine bool) {
	l.in.Lock()
	defer l.in.Unlock()
	if !l.unseal.on() {
		return data, false
	}
	plain, genuine = l.unseal.rtp(data, now)
	if !genuine {
		l.counted.Forged++
		return nil, false
	}
	return plain, true
}

// parse reads a packet of a payload type that was agreed on, or counts it.
func (l *Leg) parse(p *rtp.Packet, data []byte, a *agreement) bool {
	if err := p.Unmarshal(data); err == nil && p.Version == 2 {
		f := a.formats[p.PayloadType&0x7F]
		if f.codec != 0 || f.events != 0 {
			return true
		}
	}
	l.in.Lock()
	defer l.in.Unlock()
	l.counted.Malformed++
	return false
}

// take counts a packet of the peer's and passes its sound or key on.
func (l *Leg) take(p *rtp.Packet, a *agreement, now time.Time, sink func(audio.Packet)) {
	f := a.formats[p.PayloadType&0x7F]
	listening := l.count(p, f, now)
	if f.codec == 0 || len(p.Payload) == 0 || !a.media.Direction.Receives() {
		return
	}
	packet := audio.Packet{
		Codec: f.codec, SSRC: p.SSRC, Sequence: p.SequenceNumber, Timestamp: p.Timestamp,
		Marker: p.Marker, Payload: p.Payload, Arrival: now,
	}
	if listening {
		l.overhear(packet, len(a.media.Events) > 0, sink)
		return
	}
	l.tones.release(sink)
	sink(packet)
}

// count notes a packet and its key, and tells whether keys may come as tones.
func (l *Leg) count(p *rtp.Packet, f format, now time.Time) (listening bool) {
	l.in.Lock()
	defer l.in.Unlock()
	l.alive.Store(now.UnixNano())
	l.control.follow(p.SSRC)
	if !l.blind.Load() {
		l.reception.Receive(quality.Packet{
			Source: p.SSRC, Sequence: p.SequenceNumber, Timestamp: p.Timestamp, Clock: clockOf(f.codec), Octets: len(p.Payload),
		}, now)
	}
	if f.events != 0 {
		l.keys++
		if key, pressed := l.events.Packet(p.SSRC, p.Payload, p.Timestamp); pressed {
			l.pressed(dtmf.Digit{Key: key, Method: dtmf.Event}, now)
		}
	}
	return !l.signalled
}

// admit asks the latch. Where that has just decided, it turns the sender and
// gives what was kept of the source meanwhile.
func (l *Leg) admit(from netip.AddrPort, p *rtp.Packet, data []byte, genuine bool, now time.Time) (kept []early, ok bool) {
	l.in.Lock()
	defer l.in.Unlock()
	before, dropped := l.latch.source, 0
	switch ok = l.latch.admit(from, arrival{p.SSRC, p.SequenceNumber, genuine, now}); {
	case ok:
		kept, dropped = l.early.release(from)
	case l.latch.source.IsValid():
		dropped = 1 // the choice is made, and it is another
	default:
		dropped = l.early.keep(from, data, now)
	}
	l.counted.Strangers += uint64(dropped)
	if l.latch.source != before {
		l.aim()
		if from != l.latch.signalled {
			l.log.Info("media comes from another address than was signalled, and goes there now",
				"signalled", l.latch.signalled.String(), "source", from.String())
		}
	}
	return kept, ok
}

// isRTCP tells RTCP from RTP on a shared port: RFC 5761 section 4.
func isRTCP(data []byte) bool {
	return len(data) >= 8 && data[1] >= 192 && data[1] <= 223
}

// Close says goodbye and frees the sockets. Run returns soon after. The pair of ports rests.
func (l *Leg) Close() error {
	var err error
	l.closed.Do(func() {
		l.farewell(time.Now())
		err = errors.Join(l.rtp.Close(), l.rtcp.Close())
		l.ports.giveBack(l.even, time.Now())
	})
	return err
}

// clockOf is a codec's clock, or 0 for what is no codec.
func clockOf(c audio.Codec) int {
	if c == 0 {
		return 0
	}
	return c.ClockRate()
}
