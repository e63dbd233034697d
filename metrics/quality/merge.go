package quality

import (
	"math"
	"time"
)

// join puts two samples of one leg that follow each other into one.
func join(a, b *Sample) Sample {
	if a.Span == 0 {
		return *b
	}
	of, whole := a.Span.Seconds(), (a.Span + b.Span).Seconds()
	return Sample{
		At: b.At, Span: a.Span + b.Span,
		Said: joinStreams(&a.Said, &b.Said, of/whole), Heard: joinStreams(&a.Heard, &b.Heard, of/whole),
		RoundTrip: known(a.RoundTrip, b.RoundTrip, of/whole),
		Marks:     joinMarks(a.Marks, b.Marks),
	}
}

// throughout are the marks of all of an interval; the others are of some of it.
const throughout = Muted | Missing

func joinMarks(a, b Marks) Marks { return (a|b)&^throughout | a&b&throughout }

// joinStreams puts two directions together, the first of which is the given
// part of the time.
func joinStreams(a, b *Stream, part float64) Stream {
	if a.Packets == 0 || b.Packets == 0 {
		s := *a
		if a.Packets == 0 {
			s = *b
		}
		s.Bitrate = int(math.Round(float64(a.Bitrate)*part + float64(b.Bitrate)*(1-part)))
		s.Level, s.Swing = joinLevels(a, b, part)
		s.Talking = a.Talking*part + b.Talking*(1-part)
		return s
	}
	packets := a.Packets + b.Packets
	share := float64(a.Packets) / float64(packets)
	s := Stream{
		Packets: packets, Loss: a.Loss*share + b.Loss*(1-share), Gap: max(a.Gap, b.Gap), Burst: joinBursts(a, b),
		Late: a.Late + b.Late, Reordered: a.Reordered + b.Reordered,
		Duplicated: a.Duplicated + b.Duplicated, Healed: a.Healed + b.Healed,
		Concealed: a.Concealed*share + b.Concealed*(1-share),
		Jitter:    known(a.Jitter, b.Jitter, share), Spread: max(a.Spread, b.Spread), Buffer: known(a.Buffer, b.Buffer, share),
		Bitrate: int(math.Round(float64(a.Bitrate)*part + float64(b.Bitrate)*(1-part))),
		Clipped: a.Clipped*part + b.Clipped*(1-part), Talking: a.Talking*part + b.Talking*(1-part),
	}
	s.Level, s.Swing = joinLevels(a, b, part)
	return s
}

func (s *Stream) lost() uint64 { return uint64(math.Round(s.Loss * float64(s.Packets))) }

// joinBursts weighs the burst ratios by the packets that were lost or concealed.
func joinBursts(a, b *Stream) float64 {
	la, lb := max(a.Loss, a.Concealed)*float64(a.Packets), max(b.Loss, b.Concealed)*float64(b.Packets)
	if a.Burst == 0 {
		la = 0
	}
	if b.Burst == 0 {
		lb = 0
	}
	if la+lb == 0 {
		return 0
	}
	return (a.Burst*la + b.Burst*lb) / (la + lb)
}

// joinLevels gives the mean power of both, and the swing around the mean of
// their levels.
func joinLevels(a, b *Stream, part float64) (level, swing float64) {
	switch {
	case a.Level == Unknown:
		return b.Level, b.Swing
	case b.Level == Unknown:
		return a.Level, a.Swing
	}
	power := math.Pow(10, a.Level/10)*part + math.Pow(10, b.Level/10)*(1-part)
	apart := a.Level - b.Level
	return 10 * math.Log10(power),
		math.Sqrt(a.Swing*a.Swing*part + b.Swing*b.Swing*(1-part) + apart*apart*part*(1-part))
}

// known is the mean of two times of which an unknown one is 0.
func known(a, b time.Duration, share float64) time.Duration {
	switch {
	case a == 0:
		return b
	case b == 0:
		return a
	default:
		return time.Duration(float64(a)*share + float64(b)*(1-share))
	}
}

// with is what we measured together with what the participant's side did over
// another interval: of what is heard that side knows better, and of what is said
// it tells what cannot be seen from here.
func (s Sample) with(report *Sample) Sample {
	ratio := 1.0
	if report.Span > 0 {
		ratio = s.Span.Seconds() / report.Span.Seconds()
	}
	heard := report.Heard
	heard.Packets = scaled(heard.Packets, ratio)
	heard.Late, heard.Healed = scaled(heard.Late, ratio), scaled(heard.Healed, ratio)
	heard.Reordered, heard.Duplicated = scaled(heard.Reordered, ratio), scaled(heard.Duplicated, ratio)
	if heard.Packets == 0 {
		heard.Packets, heard.Loss, heard.Burst, heard.Gap = s.Heard.Packets, s.Heard.Loss, s.Heard.Burst, s.Heard.Gap
	}
	fill(&heard, &s.Heard)
	s.Heard = heard
	fill(&s.Said, &report.Said)
	if s.RoundTrip == 0 {
		s.RoundTrip = report.RoundTrip
	}
	s.Marks = s.Marks&^Missing | report.Marks
	return s
}

func scaled(n uint64, ratio float64) uint64 { return uint64(math.Round(float64(n) * ratio)) }

// fill gives a stream the figures that it has not and the other has.
func fill(s, other *Stream) {
	for _, f := range []struct{ to, from *time.Duration }{
		{&s.Jitter, &other.Jitter}, {&s.Spread, &other.Spread}, {&s.Buffer, &other.Buffer},
	} {
		if *f.to == 0 {
			*f.to = *f.from
		}
	}
	for _, f := range []struct{ to, from *float64 }{
		{&s.Burst, &other.Burst}, {&s.Concealed, &other.Concealed}, {&s.Clipped, &other.Clipped}, {&s.Talking, &other.Talking},
	} {
		if *f.to == 0 {
			*f.to = *f.from
		}
	}
	if s.Bitrate == 0 {
		s.Bitrate = other.Bitrate
	}
	if s.Level == Unknown {
		s.Level, s.Swing = other.Level, other.Swing
	}
}
