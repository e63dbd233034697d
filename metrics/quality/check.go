package quality

import (
	"math"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Refusal is why something was not taken.
type Refusal string

// The refusals.
const (
	RefusedNonsense Refusal = "nonsense" // not a number, negative, or huge
	RefusedClock    Refusal = "clock"    // of another time, or of one that was told of before
	RefusedUnknown  Refusal = "unknown"  // of no leg that lives
	RefusedEnded    Refusal = "ended"    // of a leg that has ended
	RefusedFlood    Refusal = "flood"    // more than anybody measures
	RefusedFull     Refusal = "full"     // more legs than there is room for
	RefusedByStore  Refusal = "store"    // the Store takes all but this leg's
)

// What no sample can exceed, whoever measured it.
const (
	longestSpan  = time.Minute
	longestDelay = time.Minute
	mostPackets  = 1000 // a second: packets of 2.5 ms, each sent twice, and some
	mostBitrate  = 10_000_000
	clockSkew    = time.Minute
)

// Check tells why a sample cannot be true at now, or nothing.
func (s *Sample) Check(now time.Time) Refusal {
	switch {
	case s.At.Sub(now).Abs() > clockSkew:
		return RefusedClock
	case s.Span <= 0 || s.Span > longestSpan || !possible(s.RoundTrip),
		!s.Said.possible(s.Span), !s.Heard.possible(s.Span):
		return RefusedNonsense
	default:
		return ""
	}
}

func possible(d time.Duration) bool { return d >= 0 && d <= longestDelay }

func (s *Stream) possible(span time.Duration) bool {
	most := uint64(mostPackets * (span.Seconds() + 1))
	for _, n := range [...]uint64{s.Packets, s.Late, s.Reordered, s.Duplicated, s.Healed} {
		if n > most {
			return false
		}
	}
	for _, share := range [...]float64{s.Loss, s.Concealed, s.Clipped, s.Talking} {
		if !(share >= 0 && share <= 1) { // which refuses NaN
			return false
		}
	}
	return s.Gap >= 0 && s.Gap <= math.MaxUint16 && s.Burst >= 0 && s.Burst <= math.MaxUint16 &&
		possible(s.Jitter) && possible(s.Spread) && possible(s.Buffer) &&
		s.Bitrate >= 0 && s.Bitrate <= mostBitrate &&
		s.Level >= Unknown && s.Level <= 20 && s.Swing >= 0 && s.Swing <= -Unknown
}

// longestText is how many bytes are kept of what others call themselves.
const longestText = 200

// clean makes texts from outside such that any Store can keep them.
func (l *Leg) clean() {
	for _, text := range [...]*string{
		&l.Name, &l.Number, &l.CallID, &l.Trunk, &l.Country, &l.Destination, &l.Codec, &l.Address, &l.Site,
		&l.Agent, &l.System, &l.Device, &l.Transport, &l.Candidate, &l.Cause,
	} {
		*text = cleaned(*text)
	}
	l.Access = Access(cleaned(string(l.Access)))
}

// cleaned is a text without control characters and broken UTF-8, and not longer
// than is worth keeping.
func cleaned(text string) string {
	if len(text) > longestText {
		text = text[:longestText]
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return -1
		}
		return r
	}, text)
}

// bucket lets so many through at once, and then so many a second.
type bucket struct {
	left float64
	at   time.Time
}

func (b *bucket) take(now time.Time, atOnce, each float64) bool {
	if b.at.IsZero() {
		b.left, b.at = atOnce, now
	}
	b.left = min(atOnce, b.left+each*now.Sub(b.at).Seconds())
	if b.at = now; b.left < 1 {
		return false
	}
	b.left--
	return true
}
