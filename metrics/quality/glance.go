package quality

import "time"

const (
	// telling is how many packets a glance is about at least: of the few that
	// come in silence, one that is lost would be a bad second. patience is how
	// long it waits for them, which is as far back as a Window sees.
	telling  = 10
	patience = windowed * time.Second
	// glanceLife is after how long without a glance whole samples move the
	// warning.
	glanceLife = patience + 2*time.Second
)

// counts are those of a tally that a glance is made of.
type counts struct {
	packets, lost, runs     int
	late, discarded, healed uint64
}

// and adds counts up. Those that are to be taken away may be added as less than
// nothing: they wrap.
func (c counts) and(o counts) counts {
	return counts{
		c.packets + o.packets, c.lost + o.lost, c.runs + o.runs,
		c.late + o.late, c.discarded + o.discarded, c.healed + o.healed,
	}
}

func (c counts) negative() counts {
	return counts{-c.packets, -c.lost, -c.runs, -c.late, -c.discarded, -c.healed}
}

// stream is what the counts come to.
func (c counts) stream() Stream {
	s := Stream{Level: Unknown, Packets: uint64(max(c.packets, 0)), Late: max(c.late, c.discarded), Healed: c.healed}
	if lost := max(c.lost, 0); lost > 0 && c.packets > 0 {
		s.Loss = min(float64(lost)/float64(c.packets), 1)
		s.Burst = BurstRatio(float64(lost)/float64(max(c.runs, 1)), s.Loss)
	}
	return s
}

// Glance tells how the stream fared since the last glance, span ago, as far as
// its class needs it. The interval of Take goes on. It is not ok, and the next
// one is about this while as well, before there are ten packets or five seconds
// have passed.
func (r *Reception) Glance(now time.Time) (s Stream, span time.Duration, ok bool) {
	if r.begun && now.Sub(r.lastAt) >= settled {
		r.settleTo(r.highest)
	}
	if r.glanced.IsZero() {
		r.glanced = now.Add(-time.Second)
	}
	c, span := r.now.and(r.unseen), now.Sub(r.glanced)
	if c.packets < telling && span < patience {
		return s, span, false
	}
	r.glanced, r.unseen = now, r.now.negative()
	s = c.stream()
	s.Jitter = r.Jitter()
	return s, span, true
}

// Glance is what the last report said of what was sent since the last glance,
// unless that was nothing or the report is old.
func (r *Reported) Glance(now time.Time, sent Sent) Stream {
	packets := sent.Packets - r.glanced
	if r.glanced = sent.Packets; packets == 0 || now.Sub(r.at) > reportOverdue {
		return Stream{Level: Unknown}
	}
	s := r.latest
	s.Level, s.Packets = Unknown, uint64(packets)
	return s
}

// Glance takes how a leg was in the last second, or in the last few where that
// told too little. It moves the warning and nothing else: what Add takes is
// kept, and has to be about the same time.
func (c *Collector) Glance(id string, sample Sample) {
	c.take(id, &sample, func(l *living, now time.Time) (whole *Sample, refused Refusal) {
		return nil, l.glance(&sample, now)
	})
}

// glance moves the warning.
func (l *living) glance(s *Sample, now time.Time) (refused Refusal) {
	switch {
	case l.over():
		return RefusedEnded
	case !l.flow.take(now, 20, 4):
		return RefusedFlood
	}
	l.glanced = s.At
	l.warn(l.both(*s, now))
	return ""
}

// warn puts a sample into the window.
func (l *living) warn(s Sample) {
	l.window.Add(s, s.Score(l.codec))
	if class, _ := l.window.Class(); class != l.class || l.since.IsZero() {
		l.class, l.since = class, s.At.Add(-s.Span)
	}
}
