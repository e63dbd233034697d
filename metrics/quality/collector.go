package quality

import (
	"context"
	"log/slog"
	"time"
)

// Collector has all legs that live. It takes what is measured of them, tells
// how they are, and gives what is to be kept to a Store. Any goroutine may call
// its methods; none of them waits for the Store.
type Collector struct{}

// Observer hears what the Collector makes of its legs. It must not block nor
// call back.
type Observer interface {
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

// Refusal is why something was not taken.
type Refusal string

// The refusals.
const (
	RefusedNonsense Refusal = "nonsense" // not a number, negative, or huge
	RefusedClock    Refusal = "clock"    // of another time
	RefusedUnknown  Refusal = "unknown"  // of no leg that lives
	RefusedEnded    Refusal = "ended"    // of a leg that has ended
	RefusedFlood    Refusal = "flood"    // more than anybody measures
	RefusedFull     Refusal = "full"     // more legs than there is room for
)

// NewCollector makes a Collector that keeps in store, which may be nil to keep
// nothing. The observer may be nil.
func NewCollector(store Store, observer Observer, log *slog.Logger) *Collector {
	return &Collector{}
}

// Run gives the Store what is new every two seconds, until ctx ends; then it
// ends what lives and tries once more, for at most five seconds.
func (c *Collector) Run(ctx context.Context) { <-ctx.Done() }

// Begin takes a leg up. One with an id that lives already is changed.
func (c *Collector) Begin(leg Leg) {}

// Change lets change alter what is known of a leg; it tells whether it lives.
// The id stays, and change must not call back.
func (c *Collector) Change(id string, change func(*Leg)) bool { return false }

// At tells the id of whoever is at a place now; Key.Leg does not matter.
func (c *Collector) At(key Key) (id string, ok bool) { return "", false }

// Add takes what we measured of a leg over the last second or seconds. Shorter
// samples are put together to those of 5 s that are kept.
func (c *Collector) Add(id string, sample Sample) {}

// Reported takes what the participant's side measured itself. Of Heard it knows
// better than we; of Said it fills in what we do not see: the microphone's
// level, swing, clipping and speech.
func (c *Collector) Reported(id string, sample Sample) {}

// Event takes what happened on a leg.
func (c *Collector) Event(id string, event Event) {}

// Joined takes somebody's way in, which may have led to no leg.
func (c *Collector) Joined(join Join) {}

// Call takes what a phone's call was beside its sound; at the latest three
// seconds after End.
func (c *Collector) Call(call Call) {}

// End ends a leg. What was measured before is taken for three seconds more;
// then it is kept.
func (c *Collector) End(id string, at time.Time, cause string, dropped bool) {}

// Live is a leg as it is now.
type Live struct {
	Leg     Leg
	Sample  Sample // the newest
	Score   Score  // of that
	Class   Class  // of the last five seconds
	Summary Summary
}

// Now gives the legs that live, the worst first, and those of a class by when
// they began.
func (c *Collector) Now() []Live { return nil }

// Leg gives a leg that lives, and its samples that are not kept yet, oldest
// first.
func (c *Collector) Leg(id string) (live Live, pending []Sample, ok bool) { return Live{}, nil, false }
