package quality

import (
	"cmp"
	"math"
	"slices"
	"time"
)

// Hint is something that one participant can mend.
type Hint string

// The hints.
const (
	HintSilent Hint = "dead-microphone" // unmuted, and nothing but digital silence
	HintNoise  Hint = "noise"           // a fan or a road, all the time
	HintLoud   Hint = "clipping"
	HintEcho   Hint = "same-room" // another open microphone hears the same
)

// Limits of the hints to speakers.
const (
	hintAfter   = 2     // samples in a row
	noiseFrom   = -48.0 // dBov
	noiseSwing  = 3.0   // dB: speech goes up and down by far more
	noiseTalks  = 0.2   // share of the interval with speech
	hintClipped = 0.02
)

// Advise gives the hint for the newest of a leg's samples, the newest last.
// It is empty when all is well or it is too soon to tell.
func Advise(samples []Sample) Hint {
	if len(samples) < hintAfter {
		return ""
	}
	last := samples[len(samples)-hintAfter:]
	all := func(is func(s *Sample) bool) bool {
		return !slices.ContainsFunc(last, func(s Sample) bool {
			return !s.speaks() || s.Said.Packets == 0 || s.Said.Level == Unknown || !is(&s)
		})
	}
	switch {
	case all(func(s *Sample) bool { return s.Said.Level < silentBelow }):
		return HintSilent
	case all(func(s *Sample) bool { return s.Said.Clipped > hintClipped }):
		return HintLoud
	case all(func(s *Sample) bool {
		return s.Said.Level > noiseFrom && s.Said.Swing < noiseSwing && s.Said.Talking < noiseTalks
	}):
		return HintNoise
	}
	return ""
}

// Beat is the interval of the levels that Ears compares.
const Beat = 100 * time.Millisecond

const (
	memory     = 150 // beats, 15 s
	farthest   = 3   // beats by which one microphone may hear later than another
	most       = 12  // participants compared at once, the loudest
	alike      = 0.8 // correlation of two tracks that hear the same
	lively     = 5.0 // dB of swing without which nothing can be compared
	audible    = -65.0
	quietest   = -96.0
	leastHeard = memory / 5
)

// Level is how loud a participant was in one Beat, dBov.
type Level struct {
	Participant uint32
	Level       float64
}

// Together is two participants whose microphones hear the same: they sit in one
// room, and whoever is not muted there is heard twice, or echoes.
type Together struct {
	A, B  uint32
	Alike float64 // correlation of their levels, to 1
}

// Ears finds microphones in the same room from nothing but levels: what one
// person says makes both rise and fall together, while people in different
// rooms take turns. It is not safe for concurrent use; time comes in as beats.
// Its memory is bounded by the participants who are there at once.
type Ears struct {
	beat   int
	tracks map[uint32]*track
}

type track struct {
	last   int // beat
	levels [memory]float64
}

// Listen takes the levels of one beat. Who is muted is left out.
func (e *Ears) Listen(levels []Level) {
	if e.tracks == nil {
		e.tracks = make(map[uint32]*track)
	}
	e.beat++
	for _, l := range levels {
		t := e.tracks[l.Participant]
		if t == nil {
			t = &track{last: e.beat - 1}
			for i := range t.levels {
				t.levels[i] = math.NaN()
			}
			e.tracks[l.Participant] = t
		}
		for b := t.last + 1; b < e.beat && b-t.last <= memory; b++ {
			t.levels[b%memory] = math.NaN()
		}
		t.last = e.beat
		t.levels[e.beat%memory] = max(l.Level, quietest)
	}
	for who, t := range e.tracks {
		if e.beat-t.last > memory {
			delete(e.tracks, who)
		}
	}
}

// Together compares the tracks. It costs most²/2 correlations: call it every
// few seconds.
func (e *Ears) Together() []Together {
	type candidate struct {
		who uint32
		sum float64
	}
	var loud []candidate
	for who, t := range e.tracks {
		if n, sum := t.audible(); n >= leastHeard {
			loud = append(loud, candidate{who, sum})
		}
	}
	slices.SortFunc(loud, func(a, b candidate) int {
		return cmp.Or(cmp.Compare(b.sum, a.sum), cmp.Compare(a.who, b.who))
	})
	loud = loud[:min(len(loud), most)]
	var found []Together
	for i := range loud {
		for j := i + 1; j < len(loud); j++ {
			if r := e.likeness(e.tracks[loud[i].who], e.tracks[loud[j].who]); r >= alike {
				found = append(found, Together{min(loud[i].who, loud[j].who), max(loud[i].who, loud[j].who), r})
			}
		}
	}
	return found
}

func (t *track) audible() (n int, sum float64) {
	for _, l := range t.levels {
		if l > audible { // not for NaN
			n++
			sum += l - audible
		}
	}
	return n, sum
}

// likeness is the best correlation of two tracks within the shifts that sound
// in one room and the two networks can cause.
func (e *Ears) likeness(a, b *track) float64 {
	best := 0.0
	for shift := -farthest; shift <= farthest; shift++ {
		best = max(best, e.correlation(a, b, shift))
	}
	return best
}

// correlation is Pearson's, over the beats that both tracks have.
func (e *Ears) correlation(a, b *track, shift int) float64 {
	var n, sa, sb, saa, sbb, sab float64
	for back := farthest; back < memory-farthest; back++ {
		x := a.levels[(e.beat-back+memory*2)%memory]
		y := b.levels[(e.beat-back+shift+memory*2)%memory]
		if math.IsNaN(x) || math.IsNaN(y) || e.beat < back {
			continue
		}
		n++
		sa, sb = sa+x, sb+y
		saa, sbb, sab = saa+x*x, sbb+y*y, sab+x*y
	}
	if n < memory/2 {
		return 0
	}
	va, vb := saa/n-(sa/n)*(sa/n), sbb/n-(sb/n)*(sb/n)
	if va < lively*lively || vb < lively*lively {
		return 0
	}
	return (sab/n - (sa/n)*(sb/n)) / math.Sqrt(va*vb)
}
