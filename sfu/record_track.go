package sfu

import (
	"slices"
	"sync/atomic"

	"partyline/sfu/audio"
	"partyline/sfu/internal/mix"
	"partyline/sfu/ogg"
	"partyline/sfu/opus"
)

// slotTrack is the track of one slot: the packets as they came, each at its
// place in time, and its sound for the mix.
type slotTrack struct {
	*oggTrack
	dropped *atomic.Uint64
	clock   sourceClock
	waiting []placed // by position

	decoder *opus.Decoder
	decoded [opus.MaxSamples]int16 // scratch
	voiced  bool                   // the sound goes on
	sound   []int16                // for the mix, at the bus's rate
	soundAt int64                  // position of its first sample
}

// placed is a packet and its place on the track, in samples of 48 kHz.
type placed struct {
	*excerpt
	at, samples int64
}

const (
	// ratio is how many samples of a position are one of the bus.
	ratio = ogg.Rate / audio.Rate
	// tickSamples is a tick of the bus in samples of a position.
	tickSamples = audio.FrameSamples * ratio
	// lossMost is the longest gap that is taken for loss: in a longer one
	// nothing was said.
	lossMost = 3 * tickSamples
)

func newSlotTrack(t *oggTrack, dropped *atomic.Uint64) (*slotTrack, error) {
	decoder, err := opus.NewDecoder()
	if err != nil {
		return nil, err
	}
	return &slotTrack{oggTrack: t, dropped: dropped, decoder: decoder}, nil
}

// place sorts a packet in that arrived at that position.
func (s *slotTrack) place(e *excerpt, arrived int64) {
	samples := int64(opus.Samples(e.payload))
	if samples == 0 {
		s.drop(e)
		return
	}
	at, wanted := s.clock.place(e, arrived, samples)
	if !wanted {
		excerpts.Put(e)
		return
	}
	i := len(s.waiting)
	for i > 0 && s.waiting[i-1].at > at {
		i--
	}
	s.waiting = slices.Insert(s.waiting, i, placed{e, at, samples})
}

// drop leaves out what cannot be on the track.
func (s *slotTrack) drop(e *excerpt) {
	s.dropped.Add(1)
	excerpts.Put(e)
}

// advance writes the packets that begin before the horizon.
func (s *slotTrack) advance(horizon int64) error {
	n := 0
	for ; n < len(s.waiting) && s.waiting[n].at < horizon; n++ {
		if err := s.write(s.waiting[n]); err != nil {
			return err
		}
	}
	s.waiting = slices.Delete(s.waiting, 0, n)
	if s.At()+lossMost < horizon {
		s.fade()
	}
	return nil
}

// write puts a packet at its place, unless it came too late for that.
func (s *slotTrack) write(p placed) error {
	gap := p.at - s.At()
	if -gap >= p.samples/2 {
		s.drop(p.excerpt)
		return nil
	}
	defer excerpts.Put(p.excerpt)
	if gap >= ogg.Grain {
		s.bridge(gap, p.payload)
		if err := s.Gap(gap); err != nil {
			return err
		}
	}
	samples, err := s.decoder.Decode(s.decoded[:], p.payload)
	if err != nil {
		s.dropped.Add(1)
		return nil
	}
	s.hear(s.At(), samples)
	s.voiced = true
	return s.Packet(p.payload, int(p.samples))
}

// bridge has the mix hear something in a gap: after a loss what can be
// recovered of it, in a pause an end that does not click.
func (s *slotTrack) bridge(gap int64, next []byte) {
	if gap > lossMost {
		s.fade()
		return
	}
	if !s.voiced {
		return
	}
	bridge := s.decoded[:gap/ogg.Grain*(ogg.Grain/ratio)]
	known := bridge[max(len(bridge)-audio.FrameSamples, 0):]
	if unknown := bridge[:len(bridge)-len(known)]; len(unknown) > 0 && s.decoder.Conceal(unknown) != nil {
		clear(unknown)
	}
	if s.decoder.Recover(known, next) != nil {
		clear(known)
	}
	s.hear(s.At(), bridge)
}

// fade ends the sound with a tick of how it might have gone on, going out.
func (s *slotTrack) fade() {
	if !s.voiced {
		return
	}
	s.voiced = false
	frame := (*audio.Frame)(s.decoded[:audio.FrameSamples])
	if s.decoder.Conceal(frame[:]) == nil {
		mix.Fade(frame, true, false)
		s.hear(s.At(), frame[:])
	}
}

// hear puts sound at a position of the mix, but for what is mixed already.
func (s *slotTrack) hear(at int64, samples []int16) {
	from := int((at - s.soundAt) / ratio)
	if from < 0 {
		samples, from = samples[min(-from, len(samples)):], 0
	}
	if missing := from + len(samples) - len(s.sound); missing > 0 {
		s.sound = append(s.sound, make([]int16, missing)...)
	}
	copy(s.sound[from:], samples)
}

// mixed takes the next tick of the slot's sound, and tells if there is any.
func (s *slotTrack) mixed(frame *audio.Frame) bool {
	n := copy(frame[:], s.sound)
	clear(frame[n:])
	s.sound = slices.Delete(s.sound, 0, n)
	s.soundAt += tickSamples
	return n > 0
}

// sourceClock places the packets of a slot in time: by their timestamps, which
// know nothing of the network's jitter, held to the clock on the wall, which
// knows nothing of a sound card's error.
type sourceClock struct {
	running bool
	at      int64  // position of the newest packet
	ts      uint32 // its timestamp
	end     int64  // position after it

	seen     int   // packets since the clocks were compared
	early    int64 // the least and the most that a packet came after its place
	lateness int64
	surplus  int64 // how much is to be left out: the source's clock is ahead
}

const (
	compared = 100 // packets in a comparison: 2 s
	// tolerated is how far the clocks may be apart, 30 ms; beyond bearable,
	// 200 ms, speech is cut as well.
	tolerated = ogg.Rate * 30 / 1000
	bearable  = ogg.Rate * 200 / 1000
)

// place tells where a packet belongs that arrived at that position, and whether
// it is wanted there: some silence is left out where the source is too fast.
func (c *sourceClock) place(e *excerpt, arrived, samples int64) (at int64, wanted bool) {
	if e.takeover || !c.running {
		*c = sourceClock{running: true, at: max(arrived, c.end), ts: e.ts, end: c.end}
		c.end = c.at + samples
		return c.at, true
	}
	step := int64(int32(e.ts - c.ts))
	at = c.at + step - step%ogg.Grain
	if step <= 0 {
		return at, true // it comes late, and is no measure
	}
	c.compare(arrived - at)
	if c.surplus >= samples && (e.quiet || c.surplus > bearable) {
		c.surplus -= samples
		c.at, c.ts = at-samples, e.ts
		return at, false
	}
	if c.surplus < 0 {
		at -= c.surplus - c.surplus%ogg.Grain
		c.surplus = 0
	}
	c.at, c.ts, c.end = at, e.ts, at+samples
	return at, true
}

// compare notes by how much a packet came after its place. A source whose best
// packet came late is slow; one whose worst came early is fast.
func (c *sourceClock) compare(lateness int64) {
	if c.seen == 0 {
		c.early, c.lateness = lateness, lateness
	}
	c.early, c.lateness = min(c.early, lateness), max(c.lateness, lateness)
	if c.seen++; c.seen < compared {
		return
	}
	c.seen = 0
	switch {
	case c.early > tolerated:
		c.surplus = -c.early
	case c.lateness < -tolerated:
		c.surplus = -c.lateness
	default:
		c.surplus = 0
	}
}
