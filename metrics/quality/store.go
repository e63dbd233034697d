package quality

import (
	"context"
	"time"
)

// Store keeps what the Collector gives it. Keep returns when all of the batch
// is kept or none of it. An error with a method Unavailable that gives true is
// the Store's fault; others may be that of something in the batch, which is then
// looked for. What could not be kept comes again, and so may come
// what was kept although Keep failed: legs, joins and calls by the leg's id,
// chunks by leg and From, events by leg and their number.
type Store interface {
	Keep(ctx context.Context, batch Batch) error
}

// Batch is what is to be kept at once. Chunks, events and calls are of legs
// that are in this batch or were in one before.
type Batch struct {
	Legs   []Record
	Chunks []Chunk
	Events []Happening
	Joins  []Join
	Calls  []Call
}

// Record is a leg with what its samples came to. It is kept when the leg has
// begun, again with each chunk and at least every five minutes, and when it is
// over: Leg.Ended is zero until then.
type Record struct {
	Leg     Leg
	Summary Summary
}

// Heard tells whether the leg counts among others. A phone of which nothing was
// measured does not: nobody answered it, or not for long enough.
func (r *Record) Heard() bool { return r.Leg.Kind != Phone || r.Summary.Samples > 0 }

// Chunk is a row of a leg's samples, packed; Unpack reads it.
type Chunk struct {
	Leg      string // id
	From, To time.Time
	Samples  int
	Packed   []byte
}

// Happening is an Event of a leg.
type Happening struct {
	Leg    string // id
	Number int    // counts the leg's events from 1
	Event
}

// Call is what is known of a phone's call beside its sound. It comes once,
// when the call is over.
type Call struct {
	Leg        string // id
	Signalling Signalling
	Ladder     []Message
	Capture    []byte // headers of RTP and RTCP, packed by whoever captured them
}
