package quality

import "time"

const (
	// windowed is how many of the last seconds a warning looks at, and
	// warned how many of them have to be bad.
	windowed = 5
	warned   = 3
)

// Window slides over the last five seconds of a leg, second by second: it is
// Degraded or Poor when three of them were, so that one bad second makes no
// warning and a bad connection does not flicker. The zero value has seen
// nothing. The owner keeps two goroutines from using it at once.
type Window struct {
	last    time.Time
	seconds [windowed]second // the newest first
}

// second is what one second was like.
type second struct {
	class   Class
	because Because
}

// Add takes a sample of one second, or one of several as if each had been like
// it. Seconds that no sample is of are Unclassified. A sample that is no newer
// than the last changes nothing.
func (w *Window) Add(s Sample, score Score) {
	if !s.At.After(w.last) {
		return
	}
	const whole = time.Second
	passed := windowed
	if !w.last.IsZero() {
		passed = int(min(s.At.Sub(w.last).Round(whole)/whole, windowed))
	}
	of := min(max(int(s.Span.Round(whole)/whole), 1), windowed)
	passed = max(passed, 1)
	copy(w.seconds[passed:], w.seconds[:windowed-passed])
	clear(w.seconds[:passed])
	for i := range min(of, passed) {
		w.seconds[i] = second{score.Class, score.Because}
	}
	w.last = s.At
}

// Class is how the last five seconds were, and which limits the bad ones
// exceeded.
func (w *Window) Class() (Class, Because) {
	var seconds [Poor + 1]int
	var because Because
	for _, s := range w.seconds {
		seconds[s.class]++
		because |= s.because
	}
	switch {
	case seconds[Poor] >= warned:
		return Poor, because
	case seconds[Poor]+seconds[Degraded] >= warned:
		return Degraded, because
	case seconds[Unclassified] == windowed:
		return Unclassified, 0
	default:
		return Good, 0
	}
}
