package quality

import "time"

// Class is how good a leg's connection is, as people see it.
type Class uint8

// The classes, in the order of getting worse; Sample.Class has their limits. A
// muted or silent leg is Unclassified, never Good.
const (
	Unclassified Class = iota
	Good
	Degraded
	Poor
)

// String gives the class's name as it stands in messages to clients.
func (c Class) String() string {
	switch c {
	case Good:
		return "good"
	case Degraded:
		return "degraded"
	case Poor:
		return "poor"
	default:
		return "unclassified"
	}
}

// limits are what a class begins beyond.
type limits struct {
	loss, concealed   float64
	jitter, roundTrip time.Duration
}

// Poor follows Microsoft Teams, so that admins can compare: the stream
// classification of its Call Quality Dashboard. Degraded is ours, and nowhere
// laxer. Jitter has the same limit in both, so that alone it makes Poor.
var (
	poor     = limits{loss: 0.10, concealed: 0.07, jitter: 30 * time.Millisecond, roundTrip: 500 * time.Millisecond}
	degraded = limits{loss: 0.03, concealed: 0.03, jitter: 30 * time.Millisecond, roundTrip: 300 * time.Millisecond}
)

// Class judges the worse direction. Somebody who says nothing in the interval,
// being muted, is Unclassified whatever they hear, as in Teams.
func (s Sample) Class() Class {
	switch {
	case s.Said.Packets == 0:
		return Unclassified
	case poor.exceededBy(s):
		return Poor
	case degraded.exceededBy(s):
		return Degraded
	default:
		return Good
	}
}

func (l limits) exceededBy(s Sample) bool {
	for _, d := range []Stream{s.Said, s.Heard} {
		if d.Packets > 0 && (d.Loss > l.loss || d.Concealed > l.concealed || d.Jitter > l.jitter) {
			return true
		}
	}
	return s.RoundTrip > l.roundTrip
}
