package quality

import "time"

// Sample is how a leg's connection fared over one interval, a few seconds long.
type Sample struct {
	Said      Stream        // what came from the participant
	Heard     Stream        // what went to the participant, as they report it
	RoundTrip time.Duration // zero when unknown
}

// Stream is one direction of a Sample.
type Stream struct {
	Packets   uint64  // that the figures are about; with 0 they mean nothing
	Loss      float64 // share of packets, 0 to 1
	Concealed float64 // share of the sound, 0 to 1
	Jitter    time.Duration
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
