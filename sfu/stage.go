package sfu

import (
	"sync/atomic"
)

// stage is the media path of a room: it ranks who speaks, numbers what each
// slot sends, and fans it out. Its goroutine owns all of that; control comes
// in through the audience, an immutable view that the room publishes.
type stage struct {
	audience atomic.Pointer[audience]
	traffic  *traffic
	speaking func([]Speaker)

	in    chan *parcel
	wake  chan struct{}
	quit  chan struct{}
	ended chan struct{}
}

// audience is who listens.
type audience struct {
	legs []*leg
	tap  tap // nil while the room has no phone
}

// turn is what a stage knows of a source.
type turn struct{}

func newStage(slots int, t *traffic, speaking func([]Speaker)) *stage {
	s := &stage{
		traffic: t, speaking: speaking,
		in: make(chan *parcel, 256), wake: make(chan struct{}, 1),
		quit: make(chan struct{}), ended: make(chan struct{}),
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
		s.traffic.DroppedLate.Add(1)
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

// close ends the stage and waits for it.
func (s *stage) close() {
	close(s.quit)
	<-s.ended
}

func (s *stage) run() {
	defer close(s.ended)
	for {
		select {
		case p := <-s.in:
			if t := s.audience.Load().tap; t != nil && !p.source.phone {
				t.Tap(p.source.participant, p.voice)
			}
			p.release()
		case <-s.wake:
		case <-s.quit:
			return
		}
	}
}
