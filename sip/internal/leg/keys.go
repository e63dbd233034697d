package leg

import (
	"time"

	"partyline/sfu/audio"
	"partyline/sip/internal/dtmf"
)

// Digits carries the keys pressed, each once. It is never closed.
func (l *Leg) Digits() <-chan dtmf.Digit { return l.digits }

// Press takes a key that came by SIP INFO; it is dropped where the same press
// came in another way.
func (l *Leg) Press(d dtmf.Digit) {
	l.in.Lock()
	defer l.in.Unlock()
	l.pressed(d, time.Now())
}

// pressed passes a key on, once; l.in is held. A reader that does not keep up
// with 64 keys loses the newest.
func (l *Leg) pressed(d dtmf.Digit, now time.Time) {
	l.signalled = l.signalled || d.Method != dtmf.InBand
	if !l.once.Admit(d, now) {
		return
	}
	select {
	case l.digits <- d:
	default:
		l.log.Warn("keys are pressed faster than they are read")
	}
}

// tones listens for keys in the sound, as long as none came by a better way:
// some carriers agree on telephone events and then send tones. Packets that may
// be the beginning of a tone are held back until the next one tells, so that
// the room does not hear it.
type tones struct {
	detector dtmf.Tones
	started  bool
	ssrc     uint32
	sequence uint16 // the highest

	held [2]heldBack // the oldest first
	many int         // of them
}

// heldBack is a packet that waits for the next one to tell what it is.
type heldBack struct {
	packet audio.Packet
	copied [maxG711]byte // its payload
}

// maxG711 is the longest G.711 packet that is held back: 60 ms.
const maxG711 = 480

// overhear passes a packet on, or holds it back, or passes silence on instead.
// Where events were agreed on, tones are less likely, and must last longer.
func (l *Leg) overhear(p audio.Packet, strict bool, sink func(audio.Packet)) {
	t := &l.tones
	if t.started && p.SSRC == t.ssrc && int16(p.Sequence-t.sequence) <= 0 {
		sink(p) // late: the detector hears sound in its order
		return
	}
	t.started, t.ssrc, t.sequence = true, p.SSRC, p.Sequence
	t.detector.Strict = strict
	key, verdict := t.detector.Packet(p.Codec, p.Payload)
	if key != 0 {
		l.in.Lock()
		l.pressed(dtmf.Digit{Key: key, Method: dtmf.InBand}, p.Arrival)
		l.in.Unlock()
	}
	switch {
	case verdict == dtmf.Tone:
		for i := range t.many {
			dtmf.Silence(t.held[i].packet.Codec, t.held[i].packet.Payload)
		}
		dtmf.Silence(p.Codec, p.Payload)
	case verdict == dtmf.Doubtful && len(p.Payload) <= maxG711:
		t.hold(p, sink)
		return
	}
	t.release(sink)
	sink(p)
}

// hold keeps a copy of a packet back. More than a tone needs to make itself
// certain is no tone, and passed on.
func (t *tones) hold(p audio.Packet, sink func(audio.Packet)) {
	if t.many == len(t.held) {
		t.release(sink)
	}
	h := &t.held[t.many]
	h.packet = p
	h.packet.Payload = h.copied[:copy(h.copied[:], p.Payload)]
	t.many++
}

// release passes on what was held back.
func (t *tones) release(sink func(audio.Packet)) {
	for i := range t.many {
		sink(t.held[i].packet)
	}
	t.many = 0
}
