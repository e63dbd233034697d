package speech

import (
	"math"
	"slices"
	"time"
)

// How a recording is laid over its reference.
const (
	piece    = 400 * time.Millisecond // aligned by itself
	wander   = 120 * time.Millisecond // how far a piece may be from the whole
	certain  = 0.35                   // normalised correlation to trust a piece
	activity = 30.0                   // dB below the loudest piece that still is speech
)

// delayOf finds by how many samples got lags behind ref, over all, and how
// sure that is (the normalised correlation).
func delayOf(ref, got []float64) (lag int, sure float64) {
	a, b := emphasised(ref), emphasised(got)
	c := correlate(a, b)
	best := 0
	for i := range c {
		if math.Abs(c[i]) > math.Abs(c[best]) {
			best = i
		}
	}
	if len(c) == 0 || c[best] == 0 {
		return 0, 0 // one of them is silent
	}
	return best + 1 - len(a), c[best] / math.Sqrt(energy(a)*energy(b)+1e-12)
}

// alignment is a recording laid over its reference, sample by sample.
type alignment struct {
	ref, got []float64 // of equal length
	delay    int       // samples
	drift    int       // samples between the earliest and the latest piece
}

// align shifts got to ref, and its pieces by what their delay differs, as a
// jitter buffer moves them. Where got does not reach, ref is left out.
func align(ref, got []float64, rate int) alignment {
	delay, _ := delayOf(ref, got)
	lags := pieceLags(ref, got, delay, rate)
	size := samplesOf(piece, rate)
	a := alignment{delay: delay}
	for i := range ref {
		k := i + lags[min(i/size, len(lags)-1)]
		if k < 0 || k >= len(got) {
			continue
		}
		a.ref = append(a.ref, ref[i])
		a.got = append(a.got, got[k])
	}
	if len(lags) > 0 {
		a.drift = slices.Max(lags) - slices.Min(lags)
	}
	return a
}

func samplesOf(d time.Duration, rate int) int { return int(d.Seconds() * float64(rate)) }

// pieceLags finds the lag of each piece. Pauses, and what cannot be told for
// sure, take that of the piece before.
func pieceLags(ref, got []float64, delay, rate int) []int {
	size, reach := samplesOf(piece, rate), samplesOf(wander, rate)
	pieces := max((len(ref)+size-1)/size, 1)
	loudest := 0.0
	for p := range pieces {
		loudest = math.Max(loudest, energy(ref[min(p*size, len(ref)):min((p+1)*size, len(ref))]))
	}
	lags, found := make([]int, pieces), make([]bool, pieces)
	for p := range pieces {
		from, to := p*size, min((p+1)*size, len(ref))
		lags[p] = delay
		part := ref[from:to]
		if decibels(energy(part)/(loudest+1e-12)) < -activity {
			continue
		}
		start, end := max(from+delay-reach, 0), min(to+delay+reach, len(got))
		if end-start < size {
			continue
		}
		lag, sure := delayOf(part, got[start:end])
		if lag += start - from; sure > certain && abs(lag-delay) <= reach {
			lags[p], found[p] = lag, true
		}
	}
	return settle(lags, found)
}

// settle drops pieces that stand alone and fills the gaps.
func settle(lags []int, found []bool) []int {
	out := slices.Clone(lags)
	last := -1
	for p := range lags {
		if !found[p] {
			if last >= 0 {
				out[p] = out[last]
			}
			continue
		}
		if last < 0 {
			for q := range p {
				out[q] = lags[p]
			}
		}
		last = p
	}
	return out
}

func abs(x int) int { return max(x, -x) }
