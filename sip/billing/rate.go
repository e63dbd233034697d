package billing

import (
	"fmt"
	"strconv"
	"time"
)

// Direction is which way a call goes, as the company sees it.
type Direction uint8

// The directions.
const (
	Outbound Direction = iota // we call, and pay
	Inbound                   // we are called
)

// String gives the direction's name in decks and records.
func (d Direction) String() string {
	if d == Inbound {
		return "inbound"
	}
	return "outbound"
}

// MarshalText gives the direction's name.
func (d Direction) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads a direction's name.
func (d *Direction) UnmarshalText(text []byte) error {
	switch string(text) {
	case "outbound":
		*d = Outbound
	case "inbound":
		*d = Inbound
	default:
		return fmt.Errorf("a direction cannot be %q: write outbound or inbound", short(string(text)))
	}
	return nil
}

// Rate is what calls to the numbers behind a prefix cost.
type Rate struct {
	Prefix      string // digits that numbers begin with, in E.164 without plus
	Destination string // what the carrier calls it: "China mobile"
	PerMinute   Micro
	Connect     Micro // once, on answer
	// Initial seconds are billed as soon as a call is, then one Increment after
	// the other; Minimum is the least that is billed. A call of up to Grace
	// seconds costs nothing. Increment is at least 1.
	Initial, Increment, Minimum, Grace int
	// From and To are when the rate holds, at the time of answer: From included,
	// To not. The zero times are for ever.
	From, To  time.Time
	Trunk     string // of which trunk alone; empty: of all
	Direction Direction
	Class     string // of its numbers, where the deck says so: the name of a dialplan.Class
	Weight    int    // among rates that fit alike the greatest is taken
}

// Charge is what a call costs, and how that comes about.
type Charge struct {
	Micro   Micro
	Seconds int // billed
	Steps   []Step
}

// StepKey names a line of the explanation of a charge.
type StepKey string

// The steps of a charge, in this order; those that change nothing are left out.
// In brackets the values they come with: seconds are whole, amounts exact
// decimals.
const (
	StepTalked    StepKey = "talked"     // the call lasted [seconds]
	StepGrace     StepKey = "grace"      // calls of up to [grace] cost nothing
	StepInitial   StepKey = "initial"    // the first [seconds] are billed whole
	StepIncrement StepKey = "increments" // then [count] times [each]
	StepBilled    StepKey = "billed"     // [seconds] in all
	StepMinutes   StepKey = "minutes"    // [seconds] at [price] a minute: [amount]
	StepConnect   StepKey = "connect"    // for the connection [amount]
	StepTotal     StepKey = "total"      // [amount]
)

// Step is a line of the explanation of a charge: a key to be put in words and
// the values in it.
type Step struct {
	Key    StepKey           `json:"key"`
	Values map[string]string `json:"values"`
}

// Billed tells how many seconds are billed of a call that was connected for d;
// a second begun counts.
func (r Rate) Billed(d time.Duration) int {
	talked := wholeSeconds(d)
	if talked <= r.Grace {
		return 0
	}
	billed := max(r.Minimum, r.Initial)
	if talked > billed {
		step := max(r.Increment, 1)
		billed += (talked - billed + step - 1) / step * step
	}
	return billed
}

// wholeSeconds rounds up; what is below zero is none.
func wholeSeconds(d time.Duration) int {
	return int((max(d, 0) + time.Second - 1) / time.Second)
}

// Price is what a call that was connected for d costs. It is Charge without the
// explanation, and makes no garbage.
func (r Rate) Price(d time.Duration) Micro {
	billed := r.Billed(d)
	if billed == 0 {
		return 0
	}
	return r.minutes(billed) + r.Connect
}

// minutes is the price of so many billed seconds, rounded up to the micro-unit.
func (r Rate) minutes(seconds int) Micro {
	return (r.PerMinute*Micro(seconds) + 59) / 60
}

// Charge tells what a call that was connected for d costs, step by step.
func (r Rate) Charge(d time.Duration) Charge {
	c := Charge{Micro: r.Price(d), Seconds: r.Billed(d)}
	step := func(key StepKey, pairs ...string) {
		values := make(map[string]string, len(pairs)/2)
		for i := 0; i+1 < len(pairs); i += 2 {
			values[pairs[i]] = pairs[i+1]
		}
		c.Steps = append(c.Steps, Step{key, values})
	}
	talked := wholeSeconds(d)
	step(StepTalked, "seconds", strconv.Itoa(talked))
	if c.Seconds == 0 {
		step(StepGrace, "grace", strconv.Itoa(r.Grace))
		step(StepTotal, "amount", "0")
		return c
	}
	initial := max(r.Minimum, r.Initial)
	if initial > 0 {
		step(StepInitial, "seconds", strconv.Itoa(initial))
	}
	if more := c.Seconds - initial; more > 0 {
		each := max(r.Increment, 1)
		step(StepIncrement, "count", strconv.Itoa(more/each), "each", strconv.Itoa(each))
	}
	step(StepBilled, "seconds", strconv.Itoa(c.Seconds))
	step(StepMinutes, "seconds", strconv.Itoa(c.Seconds), "price", r.PerMinute.String(), "amount", r.minutes(c.Seconds).String())
	if r.Connect != 0 {
		step(StepConnect, "amount", r.Connect.String())
	}
	step(StepTotal, "amount", c.Micro.String())
	return c
}

// Slice is what a call holds of a budget beyond what it has used.
const Slice = time.Minute

// Reserve is what is held before a call is placed: connection, initial block
// and one slice.
func (r Rate) Reserve() Micro {
	return r.Price(time.Duration(max(r.Initial, r.Minimum, r.Grace+1))*time.Second + Slice)
}

// endless is longer than any call may be.
const endless = 100 * 24 * time.Hour

// Covers is how long a call can last on so much money: 100 days where it is free.
func (r Rate) Covers(held Micro) time.Duration {
	if r.Price(endless) <= held {
		return endless
	}
	low, high := 0, int(endless/time.Second) // low is covered, high is not
	for low+1 < high {
		middle := (low + high) / 2
		if r.Price(time.Duration(middle)*time.Second) <= held {
			low = middle
		} else {
			high = middle
		}
	}
	return time.Duration(low) * time.Second
}

// in tells whether the rate holds at a time.
func (r Rate) in(at time.Time) bool {
	return (r.From.IsZero() || !at.Before(r.From)) && (r.To.IsZero() || at.Before(r.To))
}
