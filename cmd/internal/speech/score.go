package speech

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"
)

// Errors of Score.
var (
	ErrRate  = errors.New("speech is scored at 8000 or 16000 Hz")
	ErrShort = errors.New("not enough speech in common to score")
)

// Report is how a recording compares with what was said.
type Report struct {
	Delay    time.Duration // of the recording behind the reference
	Drift    time.Duration // by how much pieces of it differ in delay
	Level    float64       // dB, of the recording re the reference
	STOI     float64
	ESTOI    float64
	NSIM     float64
	LSD      float64 // dB
	SegSNR   float64 // dB; for the curious, see the package's comment
	Dropouts int     // frames of 20 ms missing where speech is
	Clicks   int
	Image    float64 // dB, energy above 4.2 kHz re below 3.8 kHz; 8 kHz: -200
	Compared time.Duration
}

// String is the report on one line.
func (r Report) String() string {
	return fmt.Sprintf("delay %v drift %v level %+.1f dB STOI %.3f ESTOI %.3f NSIM %.3f LSD %.2f dB segSNR %.1f dB drop-outs %d clicks %d image %.0f dB over %v",
		r.Delay.Round(time.Millisecond), r.Drift.Round(time.Millisecond), r.Level, r.STOI, r.ESTOI, r.NSIM, r.LSD, r.SegSNR, r.Dropouts, r.Clicks, r.Image, r.Compared.Round(time.Millisecond))
}

// Score compares got with ref, both at rate Hz, which is 8000 or 16000. The
// recording may begin earlier or later than the reference and be longer.
// It returns ErrShort if less than a second is common to both.
func Score(ref, got []int16, rate int) (Report, error) {
	if rate != 8000 && rate != 16000 {
		return Report{}, fmt.Errorf("%w, not at %d", ErrRate, rate)
	}
	a := align(floats(ref), floats(got), rate)
	if len(a.ref) < rate || energy(a.ref) == 0 {
		return Report{}, ErrShort
	}
	r := Report{
		Delay: span(a.delay, rate), Drift: span(a.drift, rate),
		Compared: span(len(a.ref), rate), Image: image(floats(got), rate),
	}
	r.Level = levelDifference(a.ref, a.got, rate)
	levelled := make([]float64, len(a.got))
	for i, v := range a.got {
		levelled[i] = v * math.Pow(10, -math.Max(r.Level, -40)/20)
	}
	r.STOI, r.ESTOI = intelligibility(a.ref, a.got, rate)
	r.NSIM, r.LSD = similarity(a.ref, levelled, rate)
	r.SegSNR = segSNR(a.ref, levelled, rate)
	r.Dropouts = dropouts(a.ref, levelled, rate)
	r.Clicks = clicks(a.ref, levelled, rate)
	return r, nil
}

func span(samples, rate int) time.Duration {
	return time.Duration(samples) * time.Second / time.Duration(rate)
}

// Gates are what a recording must reach. Zero values are not checked, but for
// the counts, where -1 is not checked.
type Gates struct {
	ESTOI, NSIM float64       // at least
	LSD         float64       // dB, at most
	Level       float64       // dB, at most off by
	Delay       time.Duration // at most
	Drift       time.Duration // at most
	Dropouts    int           // at most
	Clicks      int           // at most
	Image       float64       // dB, at most; of narrowband speech only
}

// CleanNarrowband is for G.711 without losses.
func CleanNarrowband() Gates {
	return Gates{ESTOI: 0.96, NSIM: 0.90, LSD: 2, Level: 2, Drift: 40 * time.Millisecond, Image: -40}
}

// CleanWideband is for Opus at 24 kbit/s and more without losses.
func CleanWideband() Gates {
	return Gates{ESTOI: 0.96, NSIM: 0.88, LSD: 2.2, Level: 2, Drift: 40 * time.Millisecond}
}

// CleanG722 is for calls in G.722 from end to end without losses.
func CleanG722() Gates {
	return Gates{ESTOI: 0.975, NSIM: 0.93, LSD: 2, Level: 2, Drift: 40 * time.Millisecond}
}

// Lossy is for either with 5 % of the packets lost and concealed.
func Lossy() Gates {
	return Gates{ESTOI: 0.95, NSIM: 0.85, LSD: 2.8, Level: 2, Drift: 80 * time.Millisecond, Dropouts: 1, Clicks: 2}
}

// Check tells each gate that the report fails, and by what; nil if none.
func (g Gates) Check(r Report) error {
	var failed []string
	fail := func(bad bool, format string, values ...any) {
		if bad {
			failed = append(failed, fmt.Sprintf(format, values...))
		}
	}
	fail(g.ESTOI > 0 && !(r.ESTOI >= g.ESTOI), "ESTOI %.3f, want %.3f", r.ESTOI, g.ESTOI)
	fail(g.NSIM > 0 && !(r.NSIM >= g.NSIM), "NSIM %.3f, want %.3f", r.NSIM, g.NSIM)
	fail(g.LSD > 0 && !(r.LSD <= g.LSD), "LSD %.2f dB, at most %.2f", r.LSD, g.LSD)
	fail(g.Level > 0 && !(math.Abs(r.Level) <= g.Level), "level %+.1f dB, at most %.1f off", r.Level, g.Level)
	fail(g.Delay > 0 && r.Delay > g.Delay, "delay %v, at most %v", r.Delay, g.Delay)
	fail(g.Drift > 0 && r.Drift > g.Drift, "drift %v, at most %v", r.Drift, g.Drift)
	fail(g.Dropouts >= 0 && r.Dropouts > g.Dropouts, "%d drop-outs, at most %d", r.Dropouts, g.Dropouts)
	fail(g.Clicks >= 0 && r.Clicks > g.Clicks, "%d clicks, at most %d", r.Clicks, g.Clicks)
	fail(g.Image < 0 && !(r.Image <= g.Image), "image %.0f dB, at most %.0f", r.Image, g.Image)
	if failed == nil {
		return nil
	}
	return fmt.Errorf("%w: %s", ErrBad, strings.Join(failed, "; "))
}

// ErrBad is speech that does not pass its gates.
var ErrBad = errors.New("speech came through badly")
