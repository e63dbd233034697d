package dialout

import (
	"time"

	"partyline/signaling/wire"
)

const (
	// sumsEvery is the least time between two sums of a batch.
	sumsEvery = 250 * time.Millisecond
	// meterEvery is how often is told what calls cost.
	meterEvery = 5 * time.Second
)

// watcher is somebody who looks at one batch.
type watcher struct{ deliver func(wire.Message) }

// watched tells whoever looks at the batch.
func (b *batch) watched(m wire.Message) {
	for w := range b.watchers {
		w.deliver(m)
	}
}

// tellSums tells the sums of batches that are different now, and when the
// others' time comes.
func (x *Exchange) tellSums(now time.Time) (next time.Time) {
	for _, b := range x.batches {
		if !b.toTell {
			continue
		}
		if at := b.toldAt.Add(sumsEvery); at.After(now) {
			next = earliest(next, at)
			continue
		}
		b.toTell, b.toldAt = false, now
		v := b.view()
		x.audience.BatchChanged(v)
		b.watched(&wire.BatchChanged{Batch: v})
	}
	return next
}

// Burning is what the calls into one meeting cost just now.
type Burning struct {
	Meeting  string
	Currency string // ISO 4217
	At       time.Time
	Legs     []BurningLeg
	Spent    map[string]int64 // by person, by their calls of this meeting so far
}

// BurningLeg is what one call costs, and whose it is.
type BurningLeg struct {
	By string
	wire.MoneyLeg
}

// For is the burn meter as one person may see it.
func (b Burning) For(person string, all bool) *wire.Money {
	m := &wire.Money{Meeting: b.Meeting, Currency: b.Currency, At: b.At.UnixMilli(), Legs: []wire.MoneyLeg{}}
	for _, leg := range b.Legs {
		if all || leg.By == person {
			m.Legs = append(m.Legs, leg.MoneyLeg)
			m.Rate += leg.Rate
		}
	}
	for by, spent := range b.Spent {
		if all || by == person {
			m.Spent += spent
		}
	}
	return m
}

// meter tells what calls cost when it is time to, and when it is next.
func (x *Exchange) meter(now time.Time) (next time.Time) {
	if now.Before(x.meterAt) {
		return x.meterAt
	}
	meetings := x.burns(now)
	for id := range x.burning {
		if meetings[id] == nil { // the last one has ended
			meetings[id] = &Burning{Meeting: id, Currency: x.cfg.Currency, At: now}
		}
	}
	clear(x.burning)
	for id, b := range meetings {
		b.Spent = x.spent(id)
		x.audience.Burns(*b)
		if len(b.Legs) > 0 {
			x.burning[id] = true
		}
	}
	if len(x.burning) == 0 {
		return time.Time{}
	}
	x.meterAt = now.Add(meterEvery)
	return x.meterAt
}

// burns reads the meter of each call that was answered, by meeting.
func (x *Exchange) burns(now time.Time) map[string]*Burning {
	meetings := make(map[string]*Burning)
	for _, b := range x.batches {
		for _, c := range b.calls {
			m, ok := x.read(c)
			if !ok {
				continue
			}
			all := meetings[b.meeting]
			if all == nil {
				all = &Burning{Meeting: b.meeting, Currency: x.cfg.Currency, At: now}
				meetings[b.meeting] = all
			}
			all.Legs = append(all.Legs, BurningLeg{b.by.Person, wire.MoneyLeg{
				Call: c.id, Rate: m.Rate, Since: m.Since.UnixMilli(), Spent: c.spent + m.Spent,
				Left: m.Left, Lasts: int(m.Lasts / time.Second),
			}})
		}
	}
	return meetings
}

// read gives the meter of a call that costs something now.
func (x *Exchange) read(c *call) (Meter, bool) {
	if c.order == "" || c.answeredAt.IsZero() {
		return Meter{}, false
	}
	return x.dialer.Meter(c.order)
}

// spent is what the calls of a meeting have cost so far, by who dialled.
func (x *Exchange) spent(meeting string) map[string]int64 {
	by := make(map[string]int64)
	for _, b := range x.batches {
		if b.meeting != meeting || b.meetingOver {
			continue
		}
		for _, c := range b.calls {
			by[b.by.Person] += c.spent
			if m, ok := x.read(c); ok {
				by[b.by.Person] += m.Spent
			}
		}
	}
	return by
}

// Receipt is what somebody's calls into a meeting cost so far; false when none
// was answered.
func (x *Exchange) Receipt(meeting, person string) (wire.Receipt, bool) {
	r := wire.Receipt{Meeting: meeting, Calls: []wire.ReceiptLine{}}
	answered := false
	x.ask(func() {
		now := time.Now()
		r.Currency = x.cfg.Currency
		for _, b := range x.batches {
			if b.meeting != meeting || b.by.Person != person || b.meetingOver {
				continue
			}
			for _, c := range b.calls {
				if c.tries == 0 {
					continue
				}
				line, running := x.line(c, now)
				r.Calls = append(r.Calls, line)
				r.Seconds, r.Spent = r.Seconds+line.Seconds, r.Spent+line.Spent
				if running {
					r.Running++
				}
				answered = answered || line.Seconds > 0 || line.Spent > 0
			}
		}
	})
	return r, answered
}

// line is a call as it stands on a receipt.
func (x *Exchange) line(c *call, now time.Time) (line wire.ReceiptLine, running bool) {
	v := c.view()
	line = wire.ReceiptLine{Call: c.id, Name: v.Name, Number: v.Number, Seconds: c.seconds, Spent: c.spent}
	if c.over() {
		line.Cause = v.Cause
	}
	if m, ok := x.read(c); ok {
		line.Spent += m.Spent
		line.Seconds += int(now.Sub(c.answeredAt).Round(time.Second) / time.Second)
	}
	return line, !c.over()
}
