package alert

import "time"

// Kind is what may be amiss. The list is closed.
type Kind string

// The kinds.
const (
	TrunkDown     Kind = "trunk-down"      // Of is its name
	PoorCalls     Kind = "poor-calls"      // Figure is the share of the last hour
	SetUpFailures Kind = "set-up-failures" // likewise
	BudgetUsed    Kind = "budget-used"     // Of is its id; Figure is the share that is used
	CodeGuessing  Kind = "code-guessing"   // Figure is how many callers ran out of tries in ten minutes
	DiskLow       Kind = "disk-low"        // Figure is bytes left
)

// Kinds lists every kind.
func Kinds() []Kind {
	return []Kind{TrunkDown, PoorCalls, SetUpFailures, BudgetUsed, CodeGuessing, DiskLow}
}

// Standing is how something is.
type Standing uint8

// The standings. Between is neither, and leaves it as it was: what is amiss has
// to get better by more than it got worse.
const (
	Between Standing = iota
	Fine
	Amiss
)

// Fact is how one thing is now.
type Fact struct {
	Kind     Kind
	Of       string // which of its kind; empty where there is one
	Standing Standing
	Figure   float64
}

// patience is how long something has to be amiss, and then fine, until it is
// told.
type patience struct{ amiss, fine time.Duration }

// patiences of what is looked at again and again. A budget is told of by whoever
// counts the money, once.
var patiences = map[Kind]patience{
	TrunkDown:     {2 * time.Minute, 5 * time.Minute},
	PoorCalls:     {5 * time.Minute, 30 * time.Minute},
	SetUpFailures: {5 * time.Minute, 30 * time.Minute},
	CodeGuessing:  {0, time.Hour},
	DiskLow:       {time.Minute, 10 * time.Minute},
}

// Limits of what is amiss, and below which it is fine again. The targets are
// those of every page of quality; a short time of trouble does not miss them.
const (
	poorAmiss, poorFine     = 0.06, 0.02   // three times the target, and the target
	setUpAmiss, setUpFine   = 0.015, 0.005 // likewise
	guessAmiss, guessFine   = 10, 2
	diskAmiss, diskFine     = 1 << 30, 5 << 28 // bytes: 1 GB, and a quarter more
	leastIntervals          = 720              // of 5 s within the hour: an hour of one person, six minutes of ten
	leastSetUps, leastFails = 20, 3
)

// Share is how a share of the last hour stands: calls that are poor, by
// intervals of 5 s, or set-ups that failed.
func Share(kind Kind, part, whole int) Fact {
	amiss, fine, enough := poorAmiss, poorFine, whole >= leastIntervals
	if kind == SetUpFailures {
		amiss, fine, enough = setUpAmiss, setUpFine, whole >= leastSetUps && part >= leastFails
	}
	f := Fact{Kind: kind, Standing: Between}
	if whole > 0 {
		f.Figure = float64(part) / float64(whole)
	}
	switch {
	case f.Figure <= fine:
		f.Standing = Fine
	case f.Figure > amiss && enough:
		f.Standing = Amiss
	}
	return f
}

// Guesses is how it stands with callers who ran out of tries in ten minutes.
func Guesses(callers int) Fact {
	f := Fact{Kind: CodeGuessing, Figure: float64(callers)}
	switch {
	case callers > guessAmiss:
		f.Standing = Amiss
	case callers <= guessFine:
		f.Standing = Fine
	}
	return f
}

// Disk is how it stands with the room where data is kept.
func Disk(free uint64) Fact {
	f := Fact{Kind: DiskLow, Figure: float64(free)}
	switch {
	case free < diskAmiss:
		f.Standing = Amiss
	case free > diskFine:
		f.Standing = Fine
	}
	return f
}
