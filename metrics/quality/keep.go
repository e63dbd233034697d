package quality

import (
	"context"
	"slices"
	"time"
)

const (
	// keepEvery is how often the Store gets what is new, keepAlive how often
	// a leg that nothing is new of, keepWithin how long the Store may take,
	// and lastWithin how long at the end.
	keepEvery  = 2 * time.Second
	keepAlive  = 5 * time.Minute
	keepWithin = 10 * time.Second
	lastWithin = 5 * time.Second
	// mostWaiting is about how many octets may wait while the Store fails, and
	// mostRecords how many legs and how many ways in.
	mostWaiting = 64 << 20
	mostRecords = 20_000
)

// causeShutdown is what ends a leg that lives when the program ends.
const causeShutdown = "shutdown"

// Run gives the Store what is new every two seconds, until ctx ends; then it
// ends what lives and tries once more, for at most five seconds.
func (c *Collector) Run(ctx context.Context) {
	tick := time.NewTicker(keepEvery)
	defer tick.Stop()
	failing := false
	for {
		select {
		case now := <-tick.C:
			failing = c.keep(ctx, now, keepWithin, failing)
		case <-ctx.Done():
			c.endAll(time.Now())
			c.keep(context.WithoutCancel(ctx), time.Now().Add(linger), lastWithin, failing)
			return
		}
	}
}

func (c *Collector) endAll(now time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, l := range c.legs {
		if !l.over() {
			l.leg.Ended, l.leg.Cause, l.leg.Dropped, l.due = now, causeShutdown, true, now
		}
	}
}

// keep gives the Store what is new. It tells whether that failed. What a Store
// that works refuses is given up.
func (c *Collector) keep(ctx context.Context, now time.Time, within time.Duration, failing bool) bool {
	batch, told := c.collect(now)
	for _, t := range told {
		if t.scored != nil {
			c.observer.Scored(t.record.Leg, *t.scored, t.score)
		}
		c.observer.Finished(t.record)
	}
	if c.store == nil || batch.empty() {
		c.sent(Batch{})
		return failing
	}
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	waits, refused, err := c.sift(ctx, batch)
	if n := len(refused); n > 0 && n+len(waits.owners()) == len(batch.owners()) { // it takes nothing, whatever it is given
		waits, refused, err = batch, nil, refused[0].err
	}
	c.setAside(refused)
	switch {
	case err == nil:
		c.sent(Batch{})
		if failing {
			c.log.Info("quality of calls is kept again", "legs", len(batch.Legs), "chunks", len(batch.Chunks))
		}
		return false
	case !failing:
		c.log.Error("quality of calls cannot be kept and waits", "error", err, "legs", len(waits.Legs), "chunks", len(waits.Chunks))
	}
	if forgotten := c.sent(waits); forgotten > 0 {
		c.observer.Forgotten(forgotten)
	}
	return true
}

// finished is a leg that is over, with its last sample, if that is not told of.
type finished struct {
	record Record
	scored *Sample
	score  Score
}

// collect takes what is to be kept, and gives up the legs that are complete.
func (c *Collector) collect(now time.Time) (Batch, []finished) {
	c.mu.Lock()
	defer c.mu.Unlock()
	var told []finished
	for id, l := range c.legs {
		if l.over() && !now.Before(l.due) {
			f := c.complete(l)
			told = append(told, f)
			c.waiting.Legs = append(c.waiting.Legs, f.record)
			c.leave(l)
			delete(c.legs, id)
			continue
		}
		if l.dirty || now.Sub(l.kept) >= keepAlive {
			c.waiting.Legs = append(c.waiting.Legs, l.record(false))
			l.dirty, l.kept = false, now
		}
	}
	c.sending, c.waiting = c.waiting, Batch{}
	return c.sending, told
}

// complete closes what is open of a leg that is over. The caller holds mu.
func (c *Collector) complete(l *living) (f finished) {
	if l.open.Span > 0 {
		last := l.open
		l.open = Sample{}
		f.scored, f.score = &last, l.finish(&last)
	}
	if l.packer.samples > 0 {
		c.waiting.Chunks = append(c.waiting.Chunks, l.packer.chunk(l.leg.ID))
	}
	f.record = l.record(true)
	return f
}

// sent ends a turn with the Store: what failed waits again, before what is
// newer. It tells how many samples there was no room for.
func (c *Collector) sent(failed Batch) (forgotten int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.sending = Batch{}
	if failed.empty() {
		return 0
	}
	c.waiting = failed.with(c.waiting)
	return c.makeRoom()
}

// newest leaves the newest record of each leg.
func newest(records []Record) []Record {
	at := make(map[string]int, len(records))
	kept := records[:0]
	for _, r := range records {
		if i, ok := at[r.Leg.ID]; ok {
			kept[i] = r
			continue
		}
		at[r.Leg.ID] = len(kept)
		kept = append(kept, r)
	}
	return kept
}

// makeRoom gives up what waits too long: first the captures of calls, then the
// oldest samples, whose legs are marked. The caller holds mu.
func (c *Collector) makeRoom() (forgotten int) {
	w := &c.waiting
	over := w.octets() - c.room
	for i := 0; i < len(w.Calls) && over > 0; i++ {
		over -= w.Calls[i].octets()
		w.Calls[i].Capture, w.Calls[i].Ladder = nil, nil
	}
	missing := make(map[string]int)
	gone := 0
	for ; gone < len(w.Chunks) && over > 0; gone++ {
		missing[w.Chunks[gone].Leg] += w.Chunks[gone].Samples
		over -= w.Chunks[gone].octets()
	}
	w.Chunks = slices.Delete(w.Chunks, 0, gone)
	if over > 0 {
		w.Events = slices.Delete(w.Events, 0, len(w.Events)/2)
	}
	forgotten = c.mark(missing)
	if tooMany := len(w.Legs) - mostRecords; tooMany > 0 {
		for _, r := range w.Legs[:tooMany] {
			forgotten += r.Summary.Samples
		}
		w.Legs = slices.Delete(w.Legs, 0, tooMany)
	}
	w.Joins = slices.Delete(w.Joins, 0, max(len(w.Joins)-mostRecords, 0))
	return forgotten
}

// mark notes how many samples of which legs were given up. The caller holds mu.
func (c *Collector) mark(missing map[string]int) (samples int) {
	if len(missing) == 0 {
		return 0
	}
	for id, n := range missing {
		samples += n
		if l := c.legs[id]; l != nil {
			l.summary.Missing += n
			l.dirty = true
		}
	}
	for i := range c.waiting.Legs {
		r := &c.waiting.Legs[i]
		r.Summary.Missing += missing[r.Leg.ID]
	}
	return samples
}

func (b *Batch) empty() bool {
	return len(b.Legs)+len(b.Chunks)+len(b.Events)+len(b.Joins)+len(b.Calls) == 0
}

// octets is about how much memory it takes, records and joins aside.
func (b *Batch) octets() (octets int) {
	for i := range b.Chunks {
		octets += b.Chunks[i].octets()
	}
	for i := range b.Calls {
		octets += b.Calls[i].octets()
	}
	return octets + 200*len(b.Events)
}

func (c *Chunk) octets() int { return 120 + len(c.Packed) }

func (c *Call) octets() int { return len(c.Capture) + 1000*len(c.Ladder) }
