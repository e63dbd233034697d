package sfu

import (
	"sync"
	"time"

	"partyline/sfu/audio"
	"partyline/sfu/g711"
	"partyline/sfu/g722"
	"partyline/sfu/internal/halfband"
	"partyline/sfu/internal/mix"
	"partyline/sfu/opus"
)

// mixer is the mix of a room's phones: one tick of 20 ms for all of them.
//
// Who is heard is what the room's slots say, for phones as for browsers; only
// those are decoded, each once. Their sum is encoded once per codec for all
// who listen. A phone that speaks hears the sum without itself, in an encoding
// of its own. Nothing is encoded while nobody speaks.
type mixer struct {
	*beat
	room *room

	tapping  sync.Mutex          // guards browsed
	browsed  map[uint32]*browsed // browsers that hold a slot, or did a moment ago
	encoders pool[*opus.Encoder]

	// Of the beat's goroutine:
	lines  []*line
	inputs []*browsed // of this tick
	clock  uint32     // of the tick, 48 kHz
	sum    mix.Sum
	quiet  bool // nobody is heard at this tick
	hushed int  // how many such ticks there have been in a row
	all    audio.Frame
	chimes chimes
	hush   hush

	// What listeners share.
	listeners []*line // at this tick
	shared    audio.Mix
	encoding  func(audio.Codec) []byte
	down      halfband.Down
	narrow    [narrowFrame]int16
	narrowed  bool // at this tick
	encoder   *opus.Encoder
	coded     [opus.MaxPayload]byte
	codes     [2][narrowFrame]byte
	wide      g722.Encoder
	widened   bool // it has coded something of late
	octets    [narrowFrame]byte
	recent    [3]audio.Frame // of all, the latest last
}

// newMixer starts the mix of a room that gets its first phone.
func newMixer(r *room) *mixer {
	m := &mixer{room: r, browsed: make(map[uint32]*browsed), hush: newHush()}
	m.encoders = pool[*opus.Encoder]{make: opus.NewEncoder}
	m.encoding = m.encode
	m.beat = newBeat(r.hub.log, &r.hub.exchange.counts, m.mix, func() bool { return false })
	go m.run()
	return m
}

// add implements mixture.
func (m *mixer) add(p phone, s *source) {
	l := p.(*line)
	l.enterBy(m, s)
}

// remove implements mixture: the line goes back to the foyer.
func (m *mixer) remove(p phone) {
	l := p.(*line)
	l.moveFrom(m, l.hub.exchange.foyer)
}

// take implements floor.
func (m *mixer) take(l *line) {
	m.do(func() {
		l.sit(m, &m.encoders)
		m.lines = append(m.lines, l)
	})
}

// drop implements floor.
func (m *mixer) drop(l *line) {
	m.do(func() {
		l.rise()
		m.lines = without(m.lines, l)
	})
}

// Tap implements tap.
func (m *mixer) Tap(participant uint32, v voice) {
	m.tapping.Lock()
	defer m.tapping.Unlock()
	b := m.browsed[participant]
	if b == nil {
		in, err := newOpusIntake()
		if err != nil {
			m.counts.failed.Add(1)
			return
		}
		b = &browsed{intake: in}
		m.browsed[participant] = b
	}
	b.tap(v)
}

// Untap implements tap.
func (m *mixer) Untap(participant uint32) {
	m.tapping.Lock()
	defer m.tapping.Unlock()
	if b := m.browsed[participant]; b != nil {
		b.untap()
	}
}

// browsers tells whether any browser listens.
func (m *mixer) browsers() bool { return m.room.browsers() > 0 }

// mix is one tick.
func (m *mixer) mix(now time.Time) {
	m.counts.ticks.Add(1)
	m.clock += audio.FrameSamples * 3
	m.gather(now)
	m.serve()
	for _, l := range m.lines {
		l.forward(m, now)
	}
}

// gather sums up who is heard.
func (m *mixer) gather(now time.Time) {
	m.sum.Clear()
	m.quiet = true
	for _, l := range m.lines {
		if u := l.say(now); u != nil {
			m.sum.Add(&u.frame)
			m.quiet = false
		}
	}
	for _, b := range m.tapped() {
		if u := b.say(now); u != nil {
			m.sum.Add(&u.frame)
			m.quiet = false
		}
	}
	if m.chimes.ring(&m.sum) {
		m.quiet = false
	}
	if m.hushed++; !m.quiet {
		m.hushed = 0
	}
	m.sum.Limit()
	m.recent[0], m.recent[1], m.recent[2] = m.recent[1], m.recent[2], m.all
	m.sum.All(&m.all)
}

// tapped is the browsers of this tick, without those long gone.
func (m *mixer) tapped() []*browsed {
	m.tapping.Lock()
	defer m.tapping.Unlock()
	m.inputs = m.inputs[:0]
	for participant, b := range m.browsed {
		if b.gone() {
			delete(m.browsed, participant)
			continue
		}
		m.inputs = append(m.inputs, b)
	}
	return m.inputs
}

// serve lets everybody hear: first those who hear something of their own,
// then the others, who share what is encoded.
func (m *mixer) serve() {
	m.listeners = m.listeners[:0]
	for _, l := range m.lines {
		l.serve(m)
	}
	everybody := m.hush.next()
	if m.quiet {
		m.rest()
	} else {
		m.hush.sounded()
		m.narrowed = false
		everybody = &m.shared
		everybody.Reset(&m.all, m.encoding)
	}
	for _, l := range m.listeners {
		l.ear.Hear(everybody)
	}
}

// comesToRest is how many ticks of silence bring every G.722 decoder to rest: 200 ms.
const comesToRest = 10

// rest lets the shared streams go on without anything in them.
func (m *mixer) rest() {
	m.down = halfband.Down{}
	if m.widened {
		m.wide.Follow(m.hush.octets[:])
		m.widened = m.hushed < comesToRest
	}
}

// encode is the whole mix in a codec, for Mix.
func (m *mixer) encode(c audio.Codec) []byte {
	if law := g711.ForCodec(c); law != nil {
		if !m.narrowed {
			m.down.Process(m.narrow[:], m.all[:])
			m.narrowed = true
		}
		codes := m.codes[c-audio.PCMU][:]
		law.Encode(codes, m.narrow[:])
		return codes
	}
	if c == audio.G722 {
		m.widened = true
		return m.wide.Encode(m.octets[:], m.all[:])
	}
	if c != audio.Opus {
		return nil
	}
	if m.encoder == nil {
		m.encoder = m.encoders.get()
	}
	return opusPayload(m.encoder, &m.all, m.coded[:], m.counts)
}

// primed is an encoder for a line that leaves the shared stream for its own.
// gopus cannot copy an encoder, so a fresh one is brought near the shared
// one's state by the last frames that it encoded; what it makes of them is
// thrown away.
func (m *mixer) primed() *opus.Encoder {
	e := m.encoders.get()
	if e == nil {
		return nil
	}
	for i := range m.recent {
		if opusPayload(e, &m.recent[i], m.coded[:], m.counts) == nil {
			break
		}
	}
	return e
}

// opusPayload encodes, or returns nil where that fails.
func opusPayload(e *opus.Encoder, frame *audio.Frame, dst []byte, counts *phoneCounts) []byte {
	if e == nil {
		counts.failed.Add(1)
		return nil
	}
	payload, err := e.Encode(dst, frame)
	if err != nil {
		counts.failed.Add(1)
		return nil
	}
	return payload
}

// pool keeps codecs for reuse: one weighs 230 KB.
type pool[T interface{ Reset() error }] struct {
	make func() (T, error)
	free []T
}

// get gives a codec without history, or the zero value if none can be made.
func (p *pool[T]) get() (codec T) {
	if n := len(p.free); n > 0 {
		codec = p.free[n-1]
		p.free = p.free[:n-1]
		if codec.Reset() == nil {
			return codec
		}
	}
	codec, err := p.make()
	if err != nil {
		var none T
		return none
	}
	return codec
}

func (p *pool[T]) put(codec T) { p.free = append(p.free, codec) }
