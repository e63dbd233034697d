package sfu

import (
	"slices"
	"sync/atomic"
	"time"

	"partyline/metrics/quality"
	"partyline/sfu/internal/speaker"
)

// How a stage keeps time, while anybody speaks.
const (
	stageTick = 20 * time.Millisecond
	// stageQueue is how many packets may wait: a third of a second of a room
	// with sixteen open microphones.
	stageQueue = 256
	// speakingInterval is the most often that it is told who speaks.
	speakingInterval = 100 * time.Millisecond
	// levelInterval is the most often that it is told when only levels have
	// changed. Browsers read levels from what they receive; to tell a room of
	// 100 ten times a second took 7 % of the CPU.
	levelInterval = time.Second
	// speakingHang is how long somebody counts as speaking after a voice.
	speakingHang = 400 * time.Millisecond
	// streamHang is how long a source's better stream must have been silent
	// for another one to be taken.
	streamHang = 100 * time.Millisecond
	// reportInterval is that of sender reports, RFC 3550 §6.2.
	reportInterval = 5 * time.Second
)

// stage is the media path of a room: it ranks who speaks, numbers what each
// slot sends, and fans it out. Its goroutine owns all of that; control comes
// in through the audience, an immutable view that the room publishes, and
// through the atomics of the sources.
type stage struct {
	audience atomic.Pointer[audience]
	traffic  *traffic
	speaking func([]Speaker)

	in    chan *parcel
	acts  chan func()
	wake  chan struct{}
	quit  chan struct{}
	ended chan struct{}

	board *speaker.Board
	slots []*slotStream
	turns map[*speaker.Talker]*turn
	freed []speaker.Freed // scratch

	told   []Speaker // what was said to be heard
	toldAt time.Time
	nearby nearby
}

// audience is who listens.
type audience struct {
	legs []*leg
	tap  tap       // nil while the room has no phone
	tape *recorder // nil while nothing is recorded
}

// turn is what a stage knows of a source.
type turn struct {
	*speaker.Talker
	source *source
	stream uint64
	at     time.Time // when that stream last delivered
}

func newStage(slots int, t *traffic, speaking func([]Speaker), together func([]quality.Together)) *stage {
	s := &stage{
		traffic: t, speaking: speaking,
		in: make(chan *parcel, stageQueue), acts: make(chan func()), wake: make(chan struct{}, 1),
		quit: make(chan struct{}), ended: make(chan struct{}),
		board: speaker.NewBoard(slots),
		turns: make(map[*speaker.Talker]*turn), nearby: nearby{tell: together},
	}
	for i := range slots {
		s.slots = append(s.slots, newSlotStream(i, t))
	}
	s.audience.Store(&audience{})
	go s.run()
	return s
}

// push queues a parcel. When the stage is hopelessly behind it is dropped.
func (s *stage) push(p *parcel) {
	select {
	case s.in <- p:
	default:
		s.traffic.DroppedBehind.Add(1)
		p.release()
	}
}

// nudge makes the stage look at its sources again.
func (s *stage) nudge() {
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// do has the stage's goroutine run act, and waits for it unless the stage has
// ended. What the stage sends afterwards goes to an audience published before.
func (s *stage) do(act func()) {
	done := make(chan struct{})
	select {
	case s.acts <- func() { act(); close(done) }:
		<-done
	case <-s.ended:
	}
}

// release lets go of legs that are no longer in the audience: when it returns,
// they have heard the last of this room.
func (s *stage) release(legs []*leg) {
	s.do(func() {
		now := time.Now()
		for _, l := range legs {
			for i, slot := range s.slots {
				if o := l.outlet(i); o != nil {
					o.depart(slot, now)
				}
			}
		}
	})
}

// close ends the stage and waits for it.
func (s *stage) close() {
	close(s.quit)
	<-s.ended
}

// run is the stage's goroutine. It has a tick only while somebody sends.
func (s *stage) run() {
	defer close(s.ended)
	ticker := time.NewTicker(stageTick)
	defer ticker.Stop()
	ticking := true
	for {
		select {
		case p := <-s.in:
			s.hear(p)
			p.release()
			if !ticking {
				ticker.Reset(stageTick)
				ticking = true
			}
		case now := <-ticker.C:
			s.catchUp()
			s.tick(now)
			if !s.board.Busy() && len(s.told) == 0 {
				ticker.Stop()
				ticking = false
			}
		case <-s.wake:
			s.silence()
		case act := <-s.acts:
			act()
		case <-s.quit:
			s.nearby.end()
			return
		}
	}
}

// catchUp hears what waits, so that nobody loses a slot whose packets are here
// already: all of us may have had to wait for the processor.
func (s *stage) catchUp() {
	for range len(s.in) {
		p := <-s.in
		s.hear(p)
		p.release()
	}
}

// hear takes one packet: ranks its source and, if it holds a slot, sends it.
func (s *stage) hear(p *parcel) {
	src, v := p.source, &p.voice
	if src.silenced() {
		return
	}
	t := s.turn(src)
	if !t.follows(v) {
		s.traffic.DroppedDuplicate.Add(1)
		return
	}
	i, displaced := s.board.Hear(t.Talker, v.level, isDTX(v.payload), v.arrival)
	if displaced != nil {
		s.leave(s.turns[displaced])
	}
	if i < 0 {
		s.traffic.Unranked.Add(1)
		return
	}
	src.onAir.Store(true)
	if len(v.payload) == 0 {
		return
	}
	a := s.audience.Load()
	s.slots[i].send(a, src, v, t.Level(v.arrival))
	if a.tap != nil && !v.mixed {
		a.tap.Tap(src.participant, *v)
	}
}

// turn finds or begins what is known of a source.
func (s *stage) turn(src *source) *turn {
	if src.turn == nil {
		src.turn = &turn{Talker: speaker.NewTalker(), source: src}
		s.turns[src.turn.Talker] = src.turn
	}
	return src.turn
}

// follows tells whether the packet is of the stream to be taken: the newest
// that delivers.
func (t *turn) follows(v *voice) bool {
	if v.stream < t.stream && v.arrival.Sub(t.at) < streamHang {
		return false
	}
	t.stream, t.at = v.stream, v.arrival
	return true
}

// tick frees the slots of those who fell silent and tells who speaks.
func (s *stage) tick(now time.Time) {
	s.freed = s.board.Expire(s.freed[:0], now)
	a := s.audience.Load()
	for _, f := range s.freed {
		s.slots[f.Slot].end(a)
		s.leave(s.turns[f.Talker])
	}
	for _, slot := range s.slots {
		slot.report(a, now)
	}
	if now.Sub(s.toldAt) >= speakingInterval {
		s.tell(now)
	}
	if now.Sub(s.nearby.beatAt) >= quality.Beat-stageTick/2 {
		s.nearby.listen(s.turns, now)
	}
}

// silence takes those off the board who were muted, held or removed.
func (s *stage) silence() {
	for talker, t := range s.turns {
		if !t.source.silenced() {
			continue
		}
		if i := s.board.Drop(talker); i >= 0 {
			s.slots[i].end(s.audience.Load())
			s.leave(t)
		}
		delete(s.turns, talker)
		t.source.turn = nil
	}
}

// leave notes that a source is no longer heard.
func (s *stage) leave(t *turn) {
	t.source.onAir.Store(false)
	if tap := s.audience.Load().tap; tap != nil {
		tap.Untap(t.source.participant)
	}
}

// tell says who speaks, if that has changed, and less often if only levels
// or their order have.
func (s *stage) tell(now time.Time) {
	var speakers []Speaker
	for i := range s.slots {
		h := s.board.Holder(i)
		if h != nil && h.SpokeWithin(speakingHang, now) {
			speakers = append(speakers, Speaker{s.turns[h].source.participant, h.Level(now)})
		}
	}
	slices.SortFunc(speakers, func(a, b Speaker) int { return int(a.Level) - int(b.Level) })
	if slices.Equal(speakers, s.told) || now.Sub(s.toldAt) < levelInterval && samePeople(speakers, s.told) {
		return
	}
	s.told, s.toldAt = speakers, now
	s.speaking(slices.Clone(speakers))
}

// samePeople tells whether both lists name the same speakers, in any order.
func samePeople(a, b []Speaker) bool {
	if len(a) != len(b) {
		return false
	}
	for _, s := range a {
		if !slices.ContainsFunc(b, func(o Speaker) bool { return o.Participant == s.Participant }) {
			return false
		}
	}
	return true
}

// isDTX tells whether an Opus packet announces that none follows for a while:
// a frame of at most one byte, RFC 6716 §2.1.9 and §3.1.
func isDTX(payload []byte) bool { return len(payload) == 1 || len(payload) == 2 }

// dtxFrame is the packet that ends a spurt of packets like last: its TOC with
// a single, empty frame (RFC 6716 §3.1, code 0).
func dtxFrame(last byte) byte { return last &^ 3 }
