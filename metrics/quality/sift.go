package quality

import (
	"context"
	"errors"
	"slices"
	"strconv"
)

// sift gives the Store a batch that it may refuse for what is in it: it is
// halved until the leg that cannot be kept stands alone, and everything else is
// kept. It tells what waits, since the Store was away, and what it refused.
func (c *Collector) sift(ctx context.Context, batch Batch) (waits Batch, refused []refusedBatch, err error) {
	err = c.store.Keep(ctx, batch)
	switch {
	case err == nil:
		return Batch{}, nil, nil
	case ctx.Err() != nil || away(err):
		return batch, nil, err
	}
	owners := batch.owners()
	if len(owners) < 2 {
		return Batch{}, []refusedBatch{{batch, err}}, nil
	}
	first, second := batch.halves(owners[:len(owners)/2])
	for i, half := range []Batch{first, second} {
		rest, more, failed := c.sift(ctx, half)
		refused = append(refused, more...)
		if failed != nil {
			if i == 0 {
				rest = rest.with(second)
			}
			return rest, refused, failed
		}
	}
	return Batch{}, refused, nil
}

// refusedBatch is what a Store refuses of one leg.
type refusedBatch struct {
	Batch
	err error
}

// away tells whether the Store does not work, whatever it is given.
func away(err error) bool {
	var marked interface{ Unavailable() bool }
	return errors.As(err, &marked) && marked.Unavailable() || errors.Is(err, context.DeadlineExceeded)
}

// setAside gives up what the Store refused, which is counted and told once. A
// leg that lives is marked.
func (c *Collector) setAside(all []refusedBatch) {
	missing := make(map[string]int)
	for _, r := range all {
		owner := r.owners()[0]
		samples := 0
		for i := range r.Chunks {
			samples += r.Chunks[i].Samples
		}
		missing[owner] += samples
		// No name nor number: whoever has the id finds them.
		c.log.Error("quality of a call is refused by the store and left out", "error", r.err, "leg", owner,
			"chunks", len(r.Chunks), "samples", samples, "events", len(r.Events))
		c.observer.Refused(RefusedByStore)
		if samples > 0 {
			c.observer.Forgotten(samples)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.mark(missing)
}

// joinOwner owns a way in that led to no leg.
func joinOwner(i int, j *Join) string {
	if j.Leg != "" {
		return j.Leg
	}
	return "join " + strconv.Itoa(i)
}

// owners are whose things are in a batch: legs, and ways in that led to none.
func (b *Batch) owners() (all []string) {
	for i := range b.Legs {
		all = append(all, b.Legs[i].Leg.ID)
	}
	for i := range b.Chunks {
		all = append(all, b.Chunks[i].Leg)
	}
	for i := range b.Events {
		all = append(all, b.Events[i].Leg)
	}
	for i := range b.Joins {
		all = append(all, joinOwner(i, &b.Joins[i]))
	}
	for i := range b.Calls {
		all = append(all, b.Calls[i].Leg)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// halves gives what belongs to some owners, and the rest.
func (b *Batch) halves(owners []string) (first, second Batch) {
	halve := func(owner string) *Batch {
		if _, ok := slices.BinarySearch(owners, owner); ok {
			return &first
		}
		return &second
	}
	for _, r := range b.Legs {
		to := halve(r.Leg.ID)
		to.Legs = append(to.Legs, r)
	}
	for _, chunk := range b.Chunks {
		to := halve(chunk.Leg)
		to.Chunks = append(to.Chunks, chunk)
	}
	for _, e := range b.Events {
		to := halve(e.Leg)
		to.Events = append(to.Events, e)
	}
	for i, j := range b.Joins {
		to := halve(joinOwner(i, &j))
		to.Joins = append(to.Joins, j)
	}
	for _, call := range b.Calls {
		to := halve(call.Leg)
		to.Calls = append(to.Calls, call)
	}
	return first, second
}

// with is a batch followed by another.
func (b Batch) with(o Batch) Batch {
	return Batch{
		Legs:   newest(slices.Concat(b.Legs, o.Legs)),
		Chunks: slices.Concat(b.Chunks, o.Chunks),
		Events: slices.Concat(b.Events, o.Events),
		Joins:  slices.Concat(b.Joins, o.Joins),
		Calls:  slices.Concat(b.Calls, o.Calls),
	}
}
