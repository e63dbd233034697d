package leg

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"net/netip"
	"time"

	"partyline/metrics/quality"
	"partyline/sfu/audio"
	"partyline/sip/evidence"
	"partyline/sip/internal/dtmf"
	"partyline/sip/internal/offer"
)

// sender is the outgoing stream.
type sender struct {
	via      port
	ssrc     uint32
	sequence uint16
	stamp    uint32 // of the next frame
	clock    uint32 // Hz; 0 before the first frame
	talking  bool   // the frame before was sent
	at       time.Time
	total    uint64       // packets, over all SSRCs
	sum      quality.Sent // the same, and their octets
	packets  uint32
	octets   uint32
	reported uint32 // packets at the last sender report
	keys     []*keyPress
	seal     seal
	fixed    time.Duration // set by Packetize, 0: as the peer wishes
	network  Network       // set by Impair
	tape     *evidence.Tape
	shape    shape // of the packet before
	piled    int   // bytes that wait in buf for a packet of that length
	buf      [1500]byte
}

// shape is what a packet is made of.
type shape struct {
	codec audio.Codec
	ptime time.Duration
}

// keyPress is a key being sent as events.
type keyPress struct {
	key      byte
	total    time.Duration
	elapsed  time.Duration
	stamp    uint32
	begun    bool
	ends     int // end packets sent
	payload  uint8
	clock    int
	finished chan struct{}
}

const (
	headerSize = 12
	// repeatedEnds is how often the end of an event is sent (RFC 4733 section 2.5.1.4).
	repeatedEnds = 3
	// pause is a gap between calls of Hear that is no lateness but a hold.
	pause = 200 * time.Millisecond
)

// Hear sends one frame to the peer; it is called every 20 ms by the room.
func (l *Leg) Hear(mix *audio.Mix) {
	now := time.Now()
	a := l.agreed.Load()
	if a == nil {
		return
	}
	l.out.Lock()
	defer l.out.Unlock()
	s := &l.sender
	s.advance(a.media.Codec, now)
	stamp := s.stamp
	s.stamp += s.clock / 50
	to := l.destination.Load()
	if to == nil || !a.media.Direction.Sends() || l.quiet.Load() {
		s.talking = false
		return
	}
	if len(s.keys) > 0 {
		s.press(s.keys[0], stamp, *to)
		return
	}
	payload := mix.Payload(a.media.Codec)
	if len(payload) == 0 || len(payload) > len(s.buf)-headerSize-overhead {
		s.talking, s.piled = false, 0
		return
	}
	if s.reshape(a.media); s.shape.ptime != audio.FrameDuration {
		s.packetize(a.media.Payload, payload, stamp, *to)
		return
	}
	copy(s.buf[headerSize:], payload)
	s.write(a.media.Payload, !s.talking, stamp, len(payload), *to)
	s.talking = true
}

// reshape settles how long packets are: as the peer wishes, where the codec
// counts in bytes; Opus stays with a frame for each packet.
func (s *sender) reshape(media offer.Media) {
	now := shape{media.Codec, media.Ptime}
	switch {
	case media.Codec == audio.Opus, now.ptime == 0 && s.fixed == 0:
		now.ptime = audio.FrameDuration
	case s.fixed != 0:
		now.ptime = s.fixed
	}
	if now != s.shape {
		s.shape, s.piled = now, 0
	}
}

// packetize sends G.711 or G.722 in packets of the sender's ptime. Either is 8
// bytes a millisecond, by a clock of 8 kHz: bytes are timestamp units.
func (s *sender) packetize(payloadType uint8, frame []byte, stamp uint32, to netip.AddrPort) {
	size := int(s.shape.ptime/time.Millisecond) * 8
	stamp -= uint32(s.piled)
	for len(frame) > 0 {
		n := copy(s.buf[headerSize+s.piled:headerSize+size], frame)
		frame = frame[n:]
		if s.piled += n; s.piled < size {
			return
		}
		s.write(payloadType, !s.talking, stamp, size, to)
		s.talking = true
		s.piled, stamp = 0, stamp+uint32(size)
	}
}

// Packetize has G.711 and G.722 sent in packets of ptime, 10 to 60 ms, whatever
// the peer wishes.
func (l *Leg) Packetize(ptime time.Duration) {
	l.out.Lock()
	defer l.out.Unlock()
	l.sender.fixed = min(max(ptime, 10*time.Millisecond), 60*time.Millisecond)
}

// advance keeps the timestamp in step with the clock over a change of codec and
// over times when nobody called Hear.
func (s *sender) advance(codec audio.Codec, now time.Time) {
	clock := uint32(codec.ClockRate())
	switch gap := now.Sub(s.at); {
	case s.clock != clock: // RFC 7160: another rate is another source
		s.ssrc, s.stamp, s.clock, s.talking = rand.Uint32(), rand.Uint32(), clock, false
		s.packets, s.octets, s.reported = 0, 0, 0
	case gap > pause:
		s.stamp += uint32(gap/audio.FrameDuration-1) * (clock / 50)
		s.talking = false
	}
	s.at = now
}

// write sends what stands in the buffer after the header.
func (s *sender) write(payload uint8, marker bool, stamp uint32, size int, to netip.AddrPort) {
	b := s.buf[:headerSize+size]
	b[0], b[1] = 2<<6, payload
	if marker {
		b[1] |= 0x80
	}
	binary.BigEndian.PutUint16(b[2:], s.sequence)
	binary.BigEndian.PutUint32(b[4:], stamp)
	binary.BigEndian.PutUint32(b[8:], s.ssrc)
	s.sequence++
	s.packets++
	s.total++
	s.octets += uint32(size)
	s.sum.Packets++
	s.sum.Octets += uint32(size)
	s.tape.RTP(s.at, true, to, b)
	if b = s.seal.rtp(b); b == nil {
		return // better nothing than in the clear
	}
	s.network.send(s.via, b, to)
}

// press sends the next packet of a key in place of a frame of sound.
func (s *sender) press(k *keyPress, stamp uint32, to netip.AddrPort) {
	if !k.begun {
		k.begun, k.stamp = true, stamp
		s.talking, s.piled = false, 0
	}
	k.elapsed += audio.FrameDuration
	ending := k.elapsed >= k.total
	duration := uint64(min(k.elapsed, k.total)) * uint64(k.clock) / uint64(time.Second)
	payload, _ := dtmf.Encode(k.key, ending, uint16(min(duration, 0xFFFF)))
	for {
		copy(s.buf[headerSize:], payload[:])
		s.write(k.payload, k.elapsed == audio.FrameDuration && k.ends == 0, k.stamp, len(payload), to)
		if !ending {
			return
		}
		if k.ends++; k.ends == repeatedEnds {
			break
		}
	}
	s.keys = s.keys[1:]
	close(k.finished)
}

// ErrNoEvents is returned where the peer takes no telephone events.
var ErrNoEvents = errors.New("the peer takes no telephone events")

// Send has a key sent as RFC 4733 events for a duration of at least 40 ms, in
// place of the frames that Hear is called with. The channel is closed once its
// last packet is on its way.
func (l *Leg) Send(key byte, duration time.Duration) (<-chan struct{}, error) {
	a := l.agreed.Load()
	if a == nil {
		return nil, ErrNoEvents
	}
	events, ok := a.media.EventsFor(a.media.Codec)
	if !ok {
		return nil, ErrNoEvents
	}
	if _, ok := dtmf.Encode(key, false, 0); !ok {
		return nil, errors.New("not a key of a telephone")
	}
	k := &keyPress{
		key: key, total: max(duration, 40*time.Millisecond), payload: events.Payload, clock: events.Clock,
		finished: make(chan struct{}),
	}
	l.out.Lock()
	defer l.out.Unlock()
	l.sender.keys = append(l.sender.keys, k)
	return k.finished, nil
}
