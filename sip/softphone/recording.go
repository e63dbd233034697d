package softphone

import (
	"sync"
	"time"

	"partyline/sfu/audio"
)

// Recording is what a call heard, on one timeline: a sample's place tells when
// it was heard. Gaps are silence.
type Recording struct {
	Start time.Time // of the first sample
	Sound Sound
}

// Between cuts out what was heard from one time to another.
func (r Recording) Between(from, to time.Time) Sound {
	a, b := samplesIn(from.Sub(r.Start)), samplesIn(to.Sub(r.Start))
	a, b = min(max(a, 0), len(r.Sound)), min(max(b, 0), len(r.Sound))
	if a >= b {
		return nil
	}
	return r.Sound[a:b]
}

func samplesIn(d time.Duration) int { return int(d * audio.Rate / time.Second) }

// tape is a recording under way. It is safe for concurrent use.
type tape struct {
	mu    sync.Mutex // guards sound
	start time.Time
	sound Sound
}

// longestTape is two hours; what comes later is not recorded.
const longestTape = 2 * 3600 * audio.Rate

// put writes a frame at a place of the timeline.
func (t *tape) put(at int, f *audio.Frame) {
	if at < 0 || at+len(f) > longestTape {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if end := at + len(f); end > len(t.sound) {
		t.sound = append(t.sound, make(Sound, end-len(t.sound))...)
	}
	copy(t.sound[at:], f[:])
}

// until is the recording up to a time; it is as long as the time that passed.
func (t *tape) until(now time.Time) Recording {
	t.mu.Lock()
	defer t.mu.Unlock()
	sound := make(Sound, min(max(samplesIn(now.Sub(t.start)), len(t.sound)), longestTape))
	copy(sound, t.sound)
	return Recording{Start: t.start, Sound: sound}
}

// listener puts packets onto a tape. It belongs to one goroutine.
type listener struct {
	tape   *tape
	codecs *codecs

	started  bool
	ssrc     uint32
	codec    audio.Codec
	sequence uint16 // of the packet before
	stamp    uint32 // of the anchor …
	anchor   int    // … and its place on the tape
	last     audio.Frame
	next     int    // place after the frame before
	rest     []byte // G.711 short of a frame
	restAt   int
}

const (
	// astray is how far a packet's timestamp may point from when it came before
	// the anchor is set anew.
	astray = audio.Rate / 4
	// mendable is the longest gap, in frames, that is concealed.
	mendable = 5
	// g711Frame is 20 ms of G.711 in bytes.
	g711Frame = 160
)

// hear decodes a packet and puts it where its timestamp says. It returns the
// loudest level in it.
func (l *listener) hear(p audio.Packet) audio.Level {
	arrived := samplesIn(p.Arrival.Sub(l.tape.start))
	if !l.started || p.SSRC != l.ssrc || p.Codec != l.codec {
		l.begin(p, arrived)
	} else if gap := int16(p.Sequence - l.sequence); gap <= 0 && gap > -100 {
		return audio.Silence // late or twice; its place is mended already
	}
	at := l.anchor + int(int32(p.Timestamp-l.stamp))*audio.Rate/p.Codec.ClockRate()
	if at < arrived-astray || at > arrived+astray {
		l.begin(p, arrived)
		at = arrived
	}
	l.mend(at)
	l.sequence = p.Sequence
	return l.decode(p, at)
}

// begin sets the anchor at a packet.
func (l *listener) begin(p audio.Packet, arrived int) {
	l.started, l.ssrc, l.codec, l.stamp = true, p.SSRC, p.Codec, p.Timestamp
	l.anchor, l.next, l.rest = arrived, arrived, nil
}

// mend fills a short gap with the frame before it, fading.
func (l *listener) mend(at int) {
	gap := (at - l.next) / audio.FrameSamples
	if gap <= 0 || gap > mendable {
		return
	}
	for range gap {
		for i := range l.last {
			l.last[i] /= 2
		}
		l.tape.put(l.next, &l.last)
		l.next += audio.FrameSamples
	}
}

// decode puts a payload onto the tape, frame by frame. G.711 may come in
// packets of any length.
func (l *listener) decode(p audio.Packet, at int) audio.Level {
	codec, err := l.codecs.get(p.Codec)
	if err != nil {
		return audio.Silence
	}
	if p.Codec == audio.Opus {
		return l.frame(codec, p.Payload, at)
	}
	if len(l.rest) == 0 {
		l.restAt = at
	}
	l.rest = append(l.rest, p.Payload...)
	loudest := audio.Silence
	for len(l.rest) >= g711Frame {
		loudest = min(loudest, l.frame(codec, l.rest[:g711Frame], l.restAt))
		l.rest = l.rest[g711Frame:]
		l.restAt += audio.FrameSamples
	}
	return loudest
}

func (l *listener) frame(codec Codec, payload []byte, at int) audio.Level {
	var f audio.Frame
	if err := codec.Decode(payload, &f); err != nil {
		return audio.Silence
	}
	l.tape.put(at, &f)
	l.last, l.next = f, at+audio.FrameSamples
	return f.Level()
}
