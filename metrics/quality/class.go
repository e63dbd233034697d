package quality

import "time"

// Class is how good a leg's connection is, as people see it.
type Class uint8

// The classes, in the order of getting worse; Sample.Score has their limits. A
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
// classification of its Call Quality Dashboard, with a MOS lowered by more than
// one. Degraded is ours, and nowhere laxer, with a MOS below 3.6. Jitter has the
// same limit in both, so that alone it makes Poor.
var (
	poor     = limits{loss: 0.10, concealed: 0.07, jitter: 30 * time.Millisecond, roundTrip: 500 * time.Millisecond}
	degraded = limits{loss: 0.03, concealed: 0.03, jitter: 30 * time.Millisecond, roundTrip: 300 * time.Millisecond}
)

const (
	poorDegradation = 1.0
	degradedMOS     = 3.6
)

// Because is a set of limits that were exceeded.
type Because uint8

// The limits.
const (
	BecauseLoss Because = 1 << iota
	BecauseConcealed
	BecauseJitter
	BecauseRoundTrip
	BecauseMOS
)

// Has tells whether all of the causes are set.
func (b Because) Has(causes Because) bool { return b&causes == causes }

// Score is what a Sample comes to.
type Score struct {
	Class   Class
	Because Because // the limits of its class that were exceeded

	// MOS-CQE of each direction by the E-model, 0 when nothing is known. The
	// narrowband and wideband scales must never be mixed in one average.
	Said, Heard float64
	Wideband    bool
	Estimate    bool // the codec's constants are no standard's
}

// Score judges the worse direction. Somebody who says nothing in the interval,
// being muted, is Unclassified whatever they hear, as in Teams.
func (s Sample) Score(c Codec) Score {
	score := Score{
		Said: s.Said.MOS(c, s.RoundTrip), Heard: s.Heard.MOS(c, s.RoundTrip),
		Wideband: c.Wideband, Estimate: c.Estimate,
	}
	score.Class, score.Because = s.judge(c, score)
	return score
}

func (s Sample) silent() bool { return s.Said.Packets == 0 || s.Marks.Has(Muted) }

func (s Sample) judge(c Codec, score Score) (Class, Because) {
	if s.silent() {
		return Unclassified, 0
	}
	because := poor.exceededBy(s)
	if max(s.Said.degradation(c), s.Heard.degradation(c)) > poorDegradation {
		because |= BecauseMOS
	}
	if because != 0 {
		return Poor, because
	}
	because = degraded.exceededBy(s)
	if score.Said < degradedMOS || score.Heard != 0 && score.Heard < degradedMOS {
		because |= BecauseMOS
	}
	if because != 0 {
		return Degraded, because
	}
	return Good, 0
}

func (l limits) exceededBy(s Sample) (because Because) {
	for _, d := range []Stream{s.Said, s.Heard} {
		if d.Packets == 0 {
			continue
		}
		if d.Loss > l.loss {
			because |= BecauseLoss
		}
		if d.Concealed > l.concealed {
			because |= BecauseConcealed
		}
		if d.Jitter > l.jitter {
			because |= BecauseJitter
		}
	}
	if s.RoundTrip > l.roundTrip {
		because |= BecauseRoundTrip
	}
	return because
}
