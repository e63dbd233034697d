package quality

import "time"

// Summary is what a leg's samples came to.
type Summary struct {
	Samples int
	Missing int // samples that were measured and could not be kept

	Unclassified, Good, Degraded, Poor time.Duration // for how long it was so

	PoorBecause     Causes // for how long which limit of Poor was exceeded
	DegradedBecause Causes // the same of Degraded, while it was not Poor

	Said, Heard Course
	RoundTrip   Mean  // s
	Worst       Worst // the worst time of it; zero when it was never Degraded nor Poor
	Marks       Marks // all that its samples had
}

// Causes is for how long each limit was exceeded; several may be at once.
type Causes struct {
	Loss, Concealed, Jitter, RoundTrip, MOS time.Duration
}

// Course is how one direction of a leg fared.
type Course struct {
	Packets, Lost                       uint64
	Late, Reordered, Duplicated, Healed uint64
	Gap                                 int // packets in the longest run of lost ones

	Burst     Mean // burst ratio, while packets were lost
	Concealed Mean // share
	Jitter    Mean // s
	Spread    Mean // s
	Buffer    Mean // s
	Bitrate   Mean // bit/s
	Level     Mean // dBov, while known
	Talking   Mean // share

	Narrow, Wide Mean // MOS-CQE on the narrowband and on the wideband scale, which are never mixed
}

// Mean is a mean over time with its least and largest values.
type Mean struct {
	Value, Least, Most float64
	Over               time.Duration // how much time it is of; with 0 there is no mean
}

// Worst is a time in which a leg was Degraded or Poor without a pause.
type Worst struct {
	From, To time.Time
	Class    Class         // Poor if it was at any time
	Weight   time.Duration // its length, with what was Poor counted twice
}

// Summarize gives the summary of a leg's samples, in the order of time, all
// with the same codec.
func Summarize(samples []Sample, c Codec) Summary {
	var s summing
	for i := range samples {
		s.add(&samples[i], samples[i].Score(c))
	}
	return s.Summary
}

// summing is a Summary that goes on.
type summing struct {
	Summary
	bad Worst // the bad time that may go on
}

func (s *summing) add(sample *Sample, score Score) {
	s.Samples++
	s.Marks |= sample.Marks
	switch score.Class {
	case Poor:
		s.Poor += sample.Span
		s.PoorBecause.add(score.Because, sample.Span)
	case Degraded:
		s.Degraded += sample.Span
		s.DegradedBecause.add(score.Because, sample.Span)
	case Good:
		s.Good += sample.Span
	default:
		s.Unclassified += sample.Span
	}
	s.Said.add(&sample.Said, score.Said, score.Wideband, sample.Span)
	s.Heard.add(&sample.Heard, score.Heard, score.Wideband, sample.Span)
	if sample.RoundTrip > 0 {
		s.RoundTrip.Add(sample.RoundTrip.Seconds(), sample.Span)
	}
	s.follow(sample, score.Class)
}

// follow keeps up with the bad times, of which a pause between samples ends one as a
// good sample does.
func (s *summing) follow(sample *Sample, class Class) {
	if class != Degraded && class != Poor {
		s.bad = Worst{}
		return
	}
	from := sample.At.Add(-sample.Span)
	if s.bad.To.IsZero() || from.Sub(s.bad.To) > sample.Span {
		s.bad = Worst{From: from}
	}
	s.bad.To, s.bad.Class = sample.At, max(s.bad.Class, class)
	s.bad.Weight += sample.Span
	if class == Poor {
		s.bad.Weight += sample.Span
	}
	if s.bad.Weight > s.Worst.Weight {
		s.Worst = s.bad
	}
}

// shortest is how long a leg has to be classified to count, and bad the share
// of that from which it is Degraded whatever its means are.
const (
	shortest = 10 * time.Second
	badShare = 0.1
)

// Class is that of the leg as a whole, and which limits of it were exceeded: by
// its means, as Teams has it, and Degraded as well when it was so or Poor for a
// tenth of the time. One that was muted or too short is Unclassified.
func (s *Summary) Class() (Class, Because) {
	classified := s.Good + s.Degraded + s.Poor
	if classified < shortest {
		return Unclassified, 0
	}
	mean := Sample{Said: s.Said.mean(), Heard: s.Heard.mean(), RoundTrip: seconds(s.RoundTrip.Value)}
	because := poor.exceededBy(mean)
	if s.PoorBecause.MOS > classified/2 {
		because |= BecauseMOS
	}
	if because != 0 {
		return Poor, because
	}
	because = degraded.exceededBy(mean)
	bad := s.Degraded + s.Poor
	if bad.Seconds() >= badShare*classified.Seconds() {
		because |= s.PoorBecause.set() | s.DegradedBecause.set()
	}
	if because != 0 {
		return Degraded, because
	}
	return Good, 0
}

// set tells which limits were exceeded at all.
func (c Causes) set() (because Because) {
	for i, over := range [...]time.Duration{c.Loss, c.Concealed, c.Jitter, c.RoundTrip, c.MOS} {
		if over > 0 {
			because |= BecauseLoss << i
		}
	}
	return because
}

func (c *Causes) add(because Because, span time.Duration) {
	for i, of := range [...]*time.Duration{&c.Loss, &c.Concealed, &c.Jitter, &c.RoundTrip, &c.MOS} {
		if because.Has(BecauseLoss << i) {
			*of += span
		}
	}
}

func (c *Course) add(s *Stream, mos float64, wideband bool, span time.Duration) {
	if s.Packets == 0 {
		return
	}
	c.Packets += s.Packets
	c.Lost += s.lost()
	c.Late += s.Late
	c.Reordered += s.Reordered
	c.Duplicated += s.Duplicated
	c.Healed += s.Healed
	c.Gap = max(c.Gap, s.Gap)
	if s.Burst > 0 {
		c.Burst.Add(s.Burst, span)
	}
	c.Concealed.Add(s.Concealed, span)
	c.Jitter.Add(s.Jitter.Seconds(), span)
	c.Spread.Add(s.Spread.Seconds(), span)
	c.Bitrate.Add(float64(s.Bitrate), span)
	if s.Buffer > 0 {
		c.Buffer.Add(s.Buffer.Seconds(), span)
	}
	if s.Level != Unknown {
		c.Level.Add(s.Level, span)
		c.Talking.Add(s.Talking, span)
	}
	switch {
	case mos == 0:
	case wideband:
		c.Wide.Add(mos, span)
	default:
		c.Narrow.Add(mos, span)
	}
}

// Loss is the share of packets that were lost, 0 to 1.
func (c Course) Loss() float64 {
	if c.Packets == 0 {
		return 0
	}
	return float64(c.Lost) / float64(c.Packets)
}

// mean is the course as if it had been even.
func (c Course) mean() Stream {
	return Stream{Packets: c.Packets, Loss: c.Loss(), Concealed: c.Concealed.Value, Jitter: seconds(c.Jitter.Value)}
}

// Add takes a value that held for some time into the mean.
func (m *Mean) Add(value float64, over time.Duration) {
	m.Merge(Mean{value, value, value, over})
}

// Merge takes another mean into this one.
func (m *Mean) Merge(other Mean) {
	if other.Over <= 0 {
		return
	}
	if m.Over <= 0 {
		*m = other
		return
	}
	m.Least, m.Most = min(m.Least, other.Least), max(m.Most, other.Most)
	m.Over += other.Over
	m.Value += (other.Value - m.Value) * (other.Over.Seconds() / m.Over.Seconds())
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }
