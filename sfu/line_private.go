package sfu

import (
	"math"
	"time"

	"partyline/sfu/audio"
	"partyline/sfu/g711"
	"partyline/sfu/g722"
	"partyline/sfu/internal/halfband"
	"partyline/sfu/internal/mix"
	"partyline/sfu/opus"
)

// ducked is how loud the conversation is behind a phrase: -12 dB.
const ducked = 0.25

// lingering is how many ticks a line keeps its own Opus stream after it has
// heard the same as everybody again, unless a pause comes first: 2 s.
const lingering = 100

// private is what one phone hears of its own: the mix without itself, with a
// phrase, or at another volume. It belongs to the tick that serves the line.
type private struct {
	frame   audio.Frame
	on      bool    // at this tick
	was     bool    // at the tick before
	gain    float32 // of the conversation, at the end of the tick before
	volume  float32 // of everything, likewise
	down    halfband.Down
	encoder *opus.Encoder
	wide    g722.Encoder
	widened bool // it has a G.722 stream of its own
	idle    int  // ticks that there has been no need for streams of its own
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
	case !m.quiet && (l.turned() != 1 || p.volume != 1):
		p.frame = m.all
		l.hearOwn(m)
	case (p.encoder != nil || p.widened) && l.keepsOwn(m):
		p.frame = m.all
		l.hearOwn(m)
	default:
		p.gain, p.volume = 1, l.turned()
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

// keepsOwn tells whether the line stays with its own stream although it hears
// the same as all: it returns to the shared one in a pause, Opus at once and
// G.722 when the phone's decoder has come to rest.
func (l *line) keepsOwn(m *mixer) bool {
	pause := 1
	if l.private.widened {
		pause = comesToRest
	}
	if l.private.idle++; m.hushed < pause && l.private.idle < lingering {
		return true
	}
	l.shareAgain()
	return false
}

// shareAgain gives up the streams of its own.
func (l *line) shareAgain() {
	l.private.widened = false
	l.giveBack(&l.private.encoder)
}

// giveBack returns an encoder to where it came from.
func (l *line) giveBack(e **opus.Encoder) {
	if *e != nil {
		l.encoders.put(*e)
		*e = nil
	}
}

// turned is the factor of the volume that the phone has chosen.
func (l *line) turned() float32 {
	steps := l.volume.Load()
	if steps == 0 {
		return 1
	}
	return float32(math.Pow(10, float64(steps*audio.VolumeStep)/20))
}

// turn brings the private frame to the phone's volume, or as near as it can be
// without clipping.
func (l *line) turn() {
	p, want := &l.private, l.turned()
	if want == 1 && p.volume == 1 {
		return
	}
	if want > 1 {
		want = max(min(want, mix.Headroom(&p.frame)), 1)
	}
	mix.Scale(&p.frame, p.volume, want)
	p.volume = want
}

// hearOwn hands the private frame over. A line that has just heard the shared
// stream goes on from a copy of its filter and of its encoder, so the seam is
// not heard. There is no mixer in the foyer.
func (l *line) hearOwn(m *mixer) {
	p := &l.private
	p.on = true
	if l.voice.in || l.player.current() != nil || l.turned() != 1 {
		p.idle = 0
	}
	if !p.was && m != nil {
		p.down = m.down
		if !p.widened {
			p.wide = m.wide
		}
	}
	l.turn()
	l.mix.Reset(&p.frame, l.encoding)
	l.ear.Hear(&l.mix)
}

// encode is the frame that this line alone hears in a codec, for Mix: of the
// clip in the foyer, of the private mix in a room.
func (l *line) encode(c audio.Codec) []byte {
	p := &l.private
	if l.clip != nil {
		if c == audio.G722 {
			return l.widen(&l.clip.frames[l.clipFrame])
		}
		return l.clip.payload(c, l.clipFrame)
	}
	if law := g711.ForCodec(c); law != nil {
		return narrowPayload(law, &p.down, &p.frame, p.payload[:narrowFrame])
	}
	switch c {
	case audio.G722:
		return l.widen(&p.frame)
	case audio.Opus:
		if p.encoder == nil {
			p.encoder = l.opusEncoder()
		}
		return opusPayload(p.encoder, &p.frame, p.payload[:], &l.hub.exchange.counts)
	default:
		return nil
	}
}

// widen codes a frame in the line's own G.722 stream.
func (l *line) widen(frame *audio.Frame) []byte {
	l.private.widened = true
	return l.private.wide.Encode(l.private.payload[:], frame[:])
}

// opusEncoder is an encoder for the line's own stream.
func (l *line) opusEncoder() *opus.Encoder {
	if l.room == nil {
		return l.encoders.get()
	}
	return l.room.primed()
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
	if payload := opusPayload(u.encoder, &l.voice.frame, u.payload[:], m.counts); payload != nil {
		l.send(source, m, now, payload)
	}
}

func (l *line) send(s *source, m *mixer, now time.Time, payload []byte) {
	l.upstream.seq++
	s.feed(voice{
		stream: l.stream, seq: l.upstream.seq, ts: m.clock, level: l.loudness,
		arrival: now, payload: payload, mixed: true,
	})
}

// say pulls the phone's tick and makes it an input if it holds a slot.
func (l *line) say(now time.Time) *utterance {
	source := l.source.Load()
	level, known := l.pull(now)
	if source == nil || l.pulled == nil {
		l.record(nil, level)
		l.voice.in, l.voice.on = false, false
		return nil
	}
	if !known && level <= quietest && !l.held.Load() {
		// Where nobody knows the level before it is decoded, this bid is for
		// the next tick.
		source.feed(voice{stream: l.stream, level: level, arrival: now, mixed: true})
	}
	l.voice.say(l.gate.open(level) && source.heard() && !source.silenced(), l.speak)
	l.watch(source, level)
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
	l.account()
	l.swapped = l.swapped || l.pulled != l.intake
	l.pulled = l.intake
	if l.intake == nil {
		return audio.Silence, true
	}
	if level, known = l.intake.pull(now); !known {
		l.hear(level)
	}
	l.loudness, l.gain = l.level, l.leveler.Factor()
	return l.leveler.Apply(level), known
}

// sound decodes the tick and brings it to the common loudness.
func (l *line) sound(out *audio.Frame) {
	l.pulled.frame(out)
	if !l.hub.blind.Load() {
		l.clipping.look(out)
	}
	if l.swapped {
		mix.Join(out[:], l.tail)
		l.swapped = false
	}
	l.tail = out[len(out)-1]
	mix.Scale(out, l.factor, l.gain)
	l.factor = l.gain
}

// sit begins the line's time where it is served now, on that goroutine: in the
// mix of a room, or in the foyer, which has none.
func (l *line) sit(m *mixer, encoders *pool[*opus.Encoder]) {
	l.mu.Lock()
	if l.intake != nil {
		l.intake.reset()
	}
	l.mu.Unlock()
	l.room, l.encoders = m, encoders
	l.voice, l.gate = utterance{}, gate{}
	l.overheard.anew(m == nil)
	l.private.on, l.private.gain, l.private.volume = false, 1, l.turned()
}

// rise gives back what the line has of where it was. Its G.722 goes along: the
// phone's decoder does not know of rooms.
func (l *line) rise() {
	l.giveBack(&l.private.encoder)
	l.giveBack(&l.upstream.encoder)
	l.room = nil
}
