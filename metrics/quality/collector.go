package quality

import (
	"cmp"
	"log/slog"
	"slices"
	"sync"
	"time"
)

// Collector has all legs that live. It takes what is measured of them, tells
// how they are, and gives what is to be kept to a Store. Any goroutine may call
// its methods; none of them waits for the Store. A leg takes at most about 4 kB.
type Collector struct {
	store    Store
	observer Observer
	log      *slog.Logger
	room     int // octets that may wait for the Store
	most     int // legs

	mu     sync.Mutex // guards what follows
	legs   map[string]*living
	places map[Key]string // who is where, Key.Leg being empty
	// What is to be kept: while the Store is at work, and from then on.
	sending, waiting Batch
}

// Observer hears what the Collector makes of its legs. It must not block nor
// call back.
type Observer interface {
	// Classed tells how a leg was in the last five seconds, as soon as that is
	// another class, and with each whole sample.
	Classed(leg Leg, class Class)
	// Scored tells of each whole sample, about 5 s long.
	Scored(leg Leg, sample Sample, score Score)
	// Finished tells that a leg is over.
	Finished(record Record)
	// Entered tells of somebody's way in.
	Entered(join Join)
	// Refused counts what was not believed.
	Refused(reason Refusal)
	// Forgotten counts samples that were measured and could not be kept.
	Forgotten(samples int)
}

// mostLegs is how many legs there is room for.
const mostLegs = 50_000

// NewCollector makes a Collector that keeps in store, which may be nil to keep
// nothing. The observer may be nil.
func NewCollector(store Store, observer Observer, log *slog.Logger) *Collector {
	if observer == nil {
		observer = unheard{}
	}
	return &Collector{
		store: store, observer: observer, log: log, room: mostWaiting, most: mostLegs,
		legs: make(map[string]*living), places: make(map[Key]string),
	}
}

// Begin takes a leg up. One with an id that lives already is changed.
func (c *Collector) Begin(leg Leg) {
	c.mu.Lock()
	l := c.legs[leg.ID]
	if l == nil && len(c.legs) >= c.most {
		c.mu.Unlock()
		c.observer.Refused(RefusedFull)
		return
	}
	defer c.mu.Unlock()
	if l == nil {
		l = &living{}
		c.legs[leg.ID] = l
	}
	c.change(l, leg)
}

// Change lets change alter what is known of a leg; it tells whether it lives.
// The id stays, and change must not call back.
func (c *Collector) Change(id string, change func(*Leg)) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.legs[id]
	if l == nil || l.over() {
		return false
	}
	leg := l.leg
	change(&leg)
	leg.ID, leg.Ended = id, l.leg.Ended
	c.change(l, leg)
	return true
}

// change sets what is known of a leg. The caller holds mu.
func (c *Collector) change(l *living, leg Leg) {
	c.leave(l)
	leg.clean()
	l.leg, l.codec, l.dirty = leg, CodecOf(leg.Codec), true
	if !l.over() {
		c.places[l.place()] = leg.ID
	}
}

// leave takes a leg from its place. The caller holds mu.
func (c *Collector) leave(l *living) {
	if at := l.place(); c.places[at] == l.leg.ID {
		delete(c.places, at)
	}
}

// At tells the id of whoever is at a place now, or was until a moment ago and
// nobody else is; Key.Leg does not matter.
func (c *Collector) At(at Key) (id string, ok bool) {
	at.Leg = ""
	c.mu.Lock()
	defer c.mu.Unlock()
	id, ok = c.places[at]
	return id, ok
}

// Add takes what we measured of a leg over the last second or seconds. Shorter
// samples are put together to those of 5 s that are kept.
func (c *Collector) Add(id string, sample Sample) {
	c.take(id, &sample, func(l *living, now time.Time) (whole *Sample, refused Refusal) {
		return l.measured(sample, now)
	})
}

// Reported takes what the participant's side measured itself. Of Heard it knows
// better than we; of Said it fills in what we do not see: the microphone's
// level, swing, clipping and speech.
func (c *Collector) Reported(id string, report Sample) {
	c.take(id, &report, func(l *living, now time.Time) (whole *Sample, refused Refusal) {
		return l.reported(report, now)
	})
}

// take has a leg take a sample, if the sample can be true, and tells what came
// of it.
func (c *Collector) take(id string, sample *Sample, by func(*living, time.Time) (*Sample, Refusal)) {
	now := time.Now()
	refused := sample.Check(now)
	var whole *Sample
	var scored Score
	var leg Leg
	var class Class
	tell := false
	c.mu.Lock()
	l := c.legs[id]
	switch {
	case refused != "":
	case l == nil:
		refused = RefusedUnknown
	default:
		before := l.class
		if whole, refused = by(l, now); whole != nil {
			scored = l.finish(whole)
			c.pack(l)
		}
		if tell = whole != nil || l.class != before; tell {
			leg, class = l.leg, l.class
		}
	}
	c.mu.Unlock()
	if refused != "" {
		c.observer.Refused(refused)
	}
	if tell {
		c.observer.Classed(leg, class)
	}
	if whole != nil {
		c.observer.Scored(leg, *whole, scored)
	}
}

// pack queues a leg's chunk when it is full. The caller holds mu.
func (c *Collector) pack(l *living) {
	if l.packer.samples >= chunkSamples {
		c.waiting.Chunks = append(c.waiting.Chunks, l.packer.chunk(l.leg.ID))
		l.dirty = true
	}
}

// Event takes what happened on a leg.
func (c *Collector) Event(id string, event Event) {
	now := time.Now()
	refused := Refusal("")
	c.mu.Lock()
	switch l := c.legs[id]; {
	case l == nil:
		refused = RefusedUnknown
	case !l.eventful.take(now, 50, 1):
		refused = RefusedFlood
	default:
		event.Note = cleaned(event.Note)
		l.events++
		c.waiting.Events = append(c.waiting.Events, Happening{Leg: id, Number: l.events, Event: event})
	}
	c.mu.Unlock()
	if refused != "" {
		c.observer.Refused(refused)
	}
}

// Joined takes somebody's way in, which may have led to no leg.
func (c *Collector) Joined(join Join) {
	join.Cause = cleaned(join.Cause)
	c.mu.Lock()
	c.waiting.Joins = append(c.waiting.Joins, join)
	c.mu.Unlock()
	c.observer.Entered(join)
}

// Call takes what a phone's call was beside its sound, at the latest five
// seconds after End. It tells whether the leg is known; a call without one is
// not kept.
func (c *Collector) Call(call Call) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.legs[call.Leg] == nil {
		return false
	}
	c.waiting.Calls = append(c.waiting.Calls, call)
	return true
}

// End ends a leg. What was measured before is taken for five seconds more;
// then it is kept.
func (c *Collector) End(id string, at time.Time, cause string, dropped bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.legs[id]
	if l == nil || l.over() {
		return
	}
	l.leg.Ended, l.leg.Cause, l.leg.Dropped, l.due = at, cause, dropped, time.Now().Add(linger)
}

// Live is a leg as it is now.
type Live struct {
	Leg     Leg
	Sample  Sample // the newest, of up to five seconds
	Score   Score  // of that, but for what Class is because of
	Class   Class  // of the last five seconds
	Since   time.Time
	Summary Summary
}

// Now gives the legs that live, the worst first, and those of a class by when
// they began.
func (c *Collector) Now() []Live {
	c.mu.Lock()
	legs := make([]Live, 0, len(c.legs))
	for _, l := range c.legs {
		if !l.over() {
			legs = append(legs, l.live())
		}
	}
	c.mu.Unlock()
	slices.SortFunc(legs, func(a, b Live) int {
		return cmp.Or(cmp.Compare(b.Class, a.Class), a.Leg.Began.Compare(b.Leg.Began), cmp.Compare(a.Leg.ID, b.Leg.ID))
	})
	return legs
}

// Leg gives a leg that lives, or ended a moment ago, and its samples that are
// not kept yet, oldest first.
func (c *Collector) Leg(id string) (live Live, pending []Sample, ok bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	l := c.legs[id]
	if l == nil {
		return Live{}, nil, false
	}
	for _, chunks := range [][]Chunk{c.sending.Chunks, c.waiting.Chunks} {
		for _, chunk := range chunks {
			if chunk.Leg == id {
				pending = append(pending, samplesIn(chunk.Packed)...)
			}
		}
	}
	pending = append(pending, samplesIn(l.packer.packed)...)
	if l.open.Span > 0 {
		pending = append(pending, l.open)
	}
	return l.live(), pending, true
}

// samplesIn reads what we packed ourselves.
func samplesIn(packed []byte) []Sample {
	samples, err := Unpack(packed)
	if err != nil {
		panic(err)
	}
	return samples
}

// unheard is the Observer of whoever has none.
type unheard struct{}

func (unheard) Classed(Leg, Class)        {}
func (unheard) Scored(Leg, Sample, Score) {}
func (unheard) Finished(Record)           {}
func (unheard) Entered(Join)              {}
func (unheard) Refused(Refusal)           {}
func (unheard) Forgotten(int)             {}
