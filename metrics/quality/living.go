package quality

import "time"

const (
	// wholeSpan is how long a sample is that is kept, or nearly so.
	wholeSpan = 5*time.Second - 400*time.Millisecond
	// linger is how long something may come for a leg that has ended.
	linger = 5 * time.Second
	// reportLife is how long a report says how it is, and reportDue after how
	// long a missing one is marked.
	reportLife = 8 * time.Second
	reportDue  = 15 * time.Second
	// unmeasured is after how long a report stands for a sample by itself.
	unmeasured = 7 * time.Second
)

// living is a leg that lives, or ended a moment ago. The Collector's mutex
// guards it.
type living struct {
	leg   Leg
	codec Codec
	due   time.Time // when it is given up, once it has ended
	dirty bool      // to be kept
	kept  time.Time // when that was given to the Store last

	window  Window
	glanced time.Time // when the last glance was, which window is made of
	class   Class
	since   time.Time // when class began

	open     Sample // grows to a whole one; Span 0 without
	last     Sample // the newest whole one
	lastAt   time.Time
	report   Sample
	reportAt time.Time

	packer   packer
	summary  summing
	events   int
	flow     bucket // of samples
	eventful bucket
}

func (l *living) over() bool { return !l.leg.Ended.IsZero() }

func (l *living) place() Key { return Key{Room: l.leg.Room, Participant: l.leg.Participant} }

// measured takes a sample of ours. It gives a whole one when there is one now.
func (l *living) measured(s Sample, now time.Time) (whole *Sample, refused Refusal) {
	if refused := l.refuses(&s, now); refused != "" {
		return nil, refused
	}
	return l.add(l.both(s, now))
}

// both is what we measured with what the participant's side reported lately.
func (l *living) both(s Sample, now time.Time) Sample {
	if !l.reportAt.IsZero() && now.Sub(l.reportAt) <= reportLife {
		return s.with(&l.report)
	}
	if l.leg.Kind == Browser && now.Sub(l.heardFrom(now)) > reportDue {
		s.Marks |= Missing
	}
	return s
}

// heardFrom is when the participant's side last reported, or could have.
func (l *living) heardFrom(now time.Time) time.Time {
	switch {
	case !l.reportAt.IsZero():
		return l.reportAt
	case l.leg.Began.IsZero():
		return now
	default:
		return l.leg.Began
	}
}

// reported takes a sample of the participant's side. It stands by itself only
// where we measure nothing.
func (l *living) reported(s Sample, now time.Time) (whole *Sample, refused Refusal) {
	if s.Marks&^(Muted|Held|Relayed|OverTCP|Reconnecting) != 0 {
		return nil, RefusedNonsense
	}
	if l.over() && s.At.After(l.leg.Ended.Add(time.Second)) {
		return nil, RefusedEnded
	}
	if !l.flow.take(now, 20, 4) {
		return nil, RefusedFlood
	}
	l.report, l.reportAt = s, now
	if l.lastAt.IsZero() && now.Sub(l.leg.Began) < unmeasured || now.Sub(l.lastAt) < unmeasured || !s.At.After(l.lastAt) {
		return nil, ""
	}
	return l.add(s)
}

func (l *living) refuses(s *Sample, now time.Time) Refusal {
	switch {
	case l.over() && s.At.After(l.leg.Ended.Add(time.Second)):
		return RefusedEnded
	case !s.At.After(l.lastAt):
		return RefusedClock
	case !l.flow.take(now, 20, 4):
		return RefusedFlood
	default:
		return ""
	}
}

func (l *living) add(s Sample) (whole *Sample, refused Refusal) {
	l.lastAt = s.At
	if s.At.Sub(l.glanced) > glanceLife {
		l.warn(s)
	}
	gap := l.open.Span > 0 && s.At.Add(-s.Span).Sub(l.open.At) > s.Span
	if gap { // what was before the pause is a sample by itself
		before := l.open
		l.open = s
		return &before, ""
	}
	l.open = join(&l.open, &s)
	if l.open.Span < wholeSpan {
		return nil, ""
	}
	before := l.open
	l.open = Sample{}
	return &before, ""
}

// finish takes a whole sample into what is kept.
func (l *living) finish(s *Sample) Score {
	score := s.Score(l.codec)
	l.last = *s
	l.summary.add(s, score)
	l.packer.add(s)
	return score
}

func (l *living) live() Live {
	s := l.last
	if l.open.Span > 0 {
		s = l.open
	}
	live := Live{Leg: l.leg, Sample: s, Score: s.Score(l.codec), Since: l.since, Summary: l.summary.Summary}
	live.Class, live.Score.Because = l.window.Class()
	return live
}

// record is what is kept of the leg. It has not ended before all of it is there.
func (l *living) record(complete bool) Record {
	r := Record{Leg: l.leg, Summary: l.summary.Summary}
	if !complete {
		r.Leg.Ended, r.Leg.Cause, r.Leg.Dropped = time.Time{}, "", false
	}
	return r
}
