package sfu

import (
	"time"

	"partyline/sfu/audio"
	"partyline/sfu/g711"
	"partyline/sfu/internal/halfband"
	"partyline/sfu/internal/mix"
	"partyline/sfu/opus"
)

// ducked is how loud the conversation is behind a phrase: -12 dB.
const ducked = 0.25

// lingering is how many ticks a line keeps its own Opus stream after it has
// heard the same as everybody again, unless a pause comes first: 2 s.
const lingering = 100

// private is what one phone hears of its own: the mix without itself, or with
// a phrase. It belongs to the tick that serves the line.
type private struct {
	frame   audio.Frame
	on      bool    // at this tick
	was     bool    // at the tick before
	gain    float32 // of the conversation, at the end of the tick before
	down    halfband.Down
	encoder *opus.Encoder
	idle    int // ticks that the encoder has not been needed
	payload [opus.MaxPayload]byte
}

// serve lets the line hear its tick.
func (l *line) serve(m *mixer) {
	p := &l.private
	p.was, p.on = p.on, false
	now := l.player.current()
	switch {
	case l.held.Load():
		l.mix.Reset(&m.hush.frame, nothing)
		l.ear.Hear(&l.mix)
		if now != nil {
			l.player.heard(now)
		}
	case now != nil:
		l.whisper(m, now)
		l.player.heard(now)
	case l.voice.in:
		m.sum.Without(&l.voice.frame, &p.frame)
		l.hearOwn(m)
	case p.encoder != nil && l.keepsOwn(m):
		p.frame = m.all
		l.hearOwn(m)
	default:
		p.gain = 1
		m.listeners = append(m.listeners, l)
	}
}

// nothing is sent to a held phone.
func nothing(audio.Codec) []byte { return nil }

// whisper plays a phrase over the conversation, which becomes softer.
func (l *line) whisper(m *mixer, now *playing) {
	p := &l.private
	clip, i := now.at()
	if m.quiet {
		p.frame, p.gain = clip.frames[i], ducked
	} else {
		if p.frame = m.all; l.voice.in {
			m.sum.Without(&l.voice.frame, &p.frame)
		}
		mix.Scale(&p.frame, p.gain, ducked)
		p.gain = ducked
		mix.Over(&p.frame, &clip.frames[i])
	}
	l.hearOwn(m)
}

// keepsOwn tells whether the line stays with its own Opus stream although it
// hears the same as all: it returns to the shared one in a pause.
func (l *line) keepsOwn(m *mixer) bool {
	p := &l.private
	if p.idle++; !m.quiet && p.idle < lingering {
		return true
	}
	m.encoders.put(p.encoder)
	p.encoder = nil
	return false
}

// hearOwn hands the private frame over. A line that has just heard the shared
// stream goes on from a copy of its filter, so the seam is not heard.
func (l *line) hearOwn(m *mixer) {
	p := &l.private
	p.on = true
	if l.voice.in || l.player.current() != nil {
		p.idle = 0
	}
	if !p.was {
		p.down = m.down
	}
	l.mix.Reset(&p.frame, l.encoding)
	l.ear.Hear(&l.mix)
}

// encode is the frame that this line alone hears in a codec, for Mix: of the
// clip in the foyer, of the private mix in a room.
func (l *line) encode(c audio.Codec) []byte {
	if l.clip != nil {
		return l.clip.payload(c, l.clipFrame)
	}
	p := &l.private
	if law := g711.ForCodec(c); law != nil {
		return narrowPayload(law, &p.down, &p.frame, p.payload[:narrowFrame])
	}
	if c != audio.Opus {
		return nil
	}
	if p.encoder == nil {
		if p.encoder = l.room.primed(); p.encoder == nil {
			return nil
		}
	}
	return l.room.opusPayload(p.encoder, &p.frame, p.payload[:])
}

// narrowPayload takes a frame to 8 kHz and codes it.
func narrowPayload(law *g711.Law, down *halfband.Down, frame *audio.Frame, dst []byte) []byte {
	var samples [narrowFrame]int16
	down.Process(samples[:], frame[:])
	law.Encode(dst, samples[:])
	return dst
}

// upstream is a phone's voice on its way to browsers.
type upstream struct {
	encoder *opus.Encoder
	seq     uint16
	payload [opus.MaxPayload]byte
}

// forward sends what the phone says at this tick to the browsers, if there
// are any. The timestamp is the room's clock, so a pause is a gap in it.
func (l *line) forward(m *mixer, now time.Time) {
	u := &l.upstream
	source := l.source.Load()
	if !l.voice.on || source == nil || !m.browsers() {
		if u.encoder != nil { // end the spurt, so that nobody conceals
			if source != nil {
				l.send(source, m, now, dtxTOC[:])
			}
			m.encoders.put(u.encoder)
			u.encoder = nil
		}
		return
	}
	if u.encoder == nil {
		if u.encoder = m.encoders.get(); u.encoder == nil {
			m.counts.failed.Add(1)
			return
		}
	}
	if payload := m.opusPayload(u.encoder, &l.voice.frame, u.payload[:]); payload != nil {
		l.send(source, m, now, payload)
	}
}

func (l *line) send(s *source, m *mixer, now time.Time, payload []byte) {
	l.upstream.seq++
	s.feed(voice{
		stream: l.stream, seq: l.upstream.seq, ts: m.clock, level: l.loudness,
		arrival: now, payload: payload,
	})
}

// say pulls the phone's tick and makes it an input if it holds a slot.
func (l *line) say(now time.Time) *utterance {
	source := l.source.Load()
	level, known := l.pull(now)
	if source == nil || l.pulled == nil {
		l.voice.in, l.voice.on = false, false
		return nil
	}
	if !known && level <= quietest && !l.held.Load() {
		// Opus has no level before it is decoded: this bid is for the next tick.
		source.feed(voice{stream: l.stream, level: level, arrival: now})
	}
	l.voice.say(l.gate.open(level) && source.heard() && !source.silenced(), l.speak)
	if !l.voice.in {
		return nil
	}
	return &l.voice
}

// pull takes the tick off the jitter buffer. It tells the level after the
// leveler, and whether that was known already when the packets came.
func (l *line) pull(now time.Time) (level audio.Level, known bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.pulled = l.intake
	if l.intake == nil {
		return audio.Silence, true
	}
	level = l.intake.pull(now)
	if known = l.codec != audio.Opus; !known {
		l.hear(level)
	}
	l.loudness, l.gain = l.level, l.leveler.Factor()
	return l.leveler.Apply(level), known
}

// sound decodes the tick and brings it to the common loudness.
func (l *line) sound(out *audio.Frame) {
	l.pulled.frame(out)
	mix.Scale(out, l.factor, l.gain)
	l.factor = l.gain
}

// settle begins the line's time with a mixer, on its goroutine.
func (l *line) settle(m *mixer) {
	l.mu.Lock()
	if l.intake != nil {
		l.intake.reset()
	}
	l.mu.Unlock()
	l.room, l.voice, l.gate = m, utterance{}, gate{}
	l.private.on, l.private.gain = false, 1
}

// unsettle gives back what the line has of the mixer.
func (l *line) unsettle(m *mixer) {
	for _, e := range []**opus.Encoder{&l.private.encoder, &l.upstream.encoder} {
		if *e != nil {
			m.encoders.put(*e)
			*e = nil
		}
	}
	l.room = nil
}
