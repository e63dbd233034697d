package sfu

import (
	"log/slog"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"partyline/sfu/audio"
	"partyline/sfu/g711"
	"partyline/sfu/g722"
	"partyline/sfu/opus"
)

// exchange is what all phones of a hub share.
type exchange struct {
	foyer   *foyer
	clips   clips
	counts  phoneCounts
	streams atomic.Uint64 // numbers the lines
}

func newExchange(prompts Prompts, log *slog.Logger) *exchange {
	e := &exchange{clips: clips{prompts: prompts}}
	e.foyer = newFoyer(log, &e.counts)
	return e
}

// close ends the foyer. Lines that are still there hear nothing any more.
func (e *exchange) close() { e.foyer.close() }

// foyer serves the lines that are in no room: their phones hear silence and
// what is played to them. It runs from its first line on.
type foyer struct {
	log      *slog.Logger
	counts   *phoneCounts
	lines    []*line
	hush     hush
	encoders pool[*opus.Encoder] // of those who do not hear a clip as it is

	starting sync.Mutex // guards running
	running  *beat
}

func newFoyer(log *slog.Logger, counts *phoneCounts) *foyer {
	return &foyer{log: log, counts: counts, hush: newHush(), encoders: pool[*opus.Encoder]{make: opus.NewEncoder}}
}

// beat is the foyer's goroutine, started if need be.
func (f *foyer) beat() *beat {
	f.starting.Lock()
	defer f.starting.Unlock()
	if f.running == nil {
		f.running = newBeat(f.log, f.counts, f.serve, func() bool { return len(f.lines) == 0 })
		go f.running.run()
	}
	return f.running
}

func (f *foyer) close() { f.beat().close() }

func (f *foyer) take(l *line) {
	f.beat().do(func() {
		l.sit(nil, &f.encoders)
		f.lines = append(f.lines, l)
	})
}

func (f *foyer) drop(l *line) {
	f.beat().do(func() {
		l.rise()
		f.lines = without(f.lines, l)
	})
}

func without(lines []*line, l *line) []*line {
	return slices.DeleteFunc(lines, func(x *line) bool { return x == l })
}

func (f *foyer) serve(now time.Time) {
	silence := f.hush.next()
	for _, l := range f.lines {
		l.overhear(now)
		playing := l.player.current()
		if playing == nil {
			l.ear.Hear(silence)
			if l.private.widened {
				l.private.wide.Follow(f.hush.octets[:])
			}
			continue
		}
		l.listen(playing)
		l.player.heard(playing)
	}
}

// listen lets the line hear what is played, as it was coded beforehand where it
// was, and if it hears it at the volume that it has.
func (l *line) listen(playing *playing) {
	clip, i := playing.at()
	if p := &l.private; l.turned() == 1 && p.volume == 1 {
		l.clip, l.clipFrame = clip, i
		l.mix.Reset(&clip.frames[i], l.encoding)
		l.ear.Hear(&l.mix)
		l.clip = nil
		return
	}
	l.private.frame = clip.frames[i]
	l.hearOwn(nil)
}

// hush is the mix in which nobody speaks. G.711 and G.722 go on with a constant
// payload, so that carriers see a living call; Opus ends with a DTX frame and
// repeats it as an encoder would, RFC 6716 section 2.1.9.
type hush struct {
	frame  audio.Frame
	mix    audio.Mix
	tick   int
	codes  [2][narrowFrame]byte
	octets [narrowFrame]byte // G.722
	coder  func(audio.Codec) []byte
}

// dtxTOC is SILK, wideband, 20 ms, mono: one frame, which is empty.
var dtxTOC = [1]byte{9 << 3}

// dtxInterval is how often a DTX frame is repeated: 400 ms.
const dtxInterval = 20

func newHush() hush {
	var h hush
	fill(h.codes[0][:], g711.Mu.Silence())
	fill(h.codes[1][:], g711.A.Silence())
	fill(h.octets[:], g722.Silence)
	return h
}

// next is the mix of another silent tick.
func (h *hush) next() *audio.Mix {
	if h.coder == nil {
		h.coder = h.payload
	}
	h.mix.Reset(&h.frame, h.coder)
	h.tick++
	return &h.mix
}

// sounded tells that this tick was not silent.
func (h *hush) sounded() { h.tick = 0 }

func (h *hush) payload(c audio.Codec) []byte {
	switch c {
	case audio.PCMU:
		return h.codes[0][:]
	case audio.PCMA:
		return h.codes[1][:]
	case audio.G722:
		return h.octets[:]
	case audio.Opus:
		if (h.tick-1)%dtxInterval == 0 {
			return dtxTOC[:]
		}
	}
	return nil
}
