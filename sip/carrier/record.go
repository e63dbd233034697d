package carrier

import (
	"slices"
	"sync"
	"time"

	"partyline/sip/dialplan"
	"partyline/sip/internal/dialog"
)

// Record is what the telephone company knows of one call, to compare with what
// the bridge wrote down.
type Record struct {
	Call     string // Call-ID
	From, To dialplan.Number
	Placed   bool // by one of the company's own callers
	Second   bool // the second answer of a call that was answered twice
	Line     int  // of the scenario

	Invited           time.Time
	Ringing, Answered time.Time // zero: never
	Ended             time.Time // zero: not yet
	Status            int       // the final one: 200, or why there was no answer; 487 where the caller gave up
	How               string    // how it ended, such as "peer hung up"
}

// Duration is how long the call was up; zero for one that was not answered.
func (r Record) Duration() time.Duration {
	if r.Answered.IsZero() || r.Ended.IsZero() {
		return 0
	}
	return r.Ended.Sub(r.Answered)
}

// mostRecords is how many calls are remembered; the oldest are forgotten.
const mostRecords = 10_000

// book is the records of calls. It is safe for concurrent use.
type book struct {
	mu  sync.Mutex // guards what follows
	all []*Record
}

// open enters a call.
func (b *book) open(r Record) *Record {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.all) == mostRecords {
		b.all = append(b.all[:0], b.all[mostRecords/10:]...)
	}
	b.all = append(b.all, &r)
	return &r
}

// drop takes a call out again: it was none.
func (b *book) drop(r *Record) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.all = slices.DeleteFunc(b.all, func(other *Record) bool { return other == r })
}

// change changes a record.
func (b *book) change(r *Record, do func(*Record)) {
	b.mu.Lock()
	defer b.mu.Unlock()
	do(r)
}

// copies gives the records as they are now, in the order of the INVITEs.
func (b *book) copies() []Record {
	b.mu.Lock()
	defer b.mu.Unlock()
	all := make([]Record, len(b.all))
	for i, r := range b.all {
		all[i] = *r
	}
	return all
}

// end closes a record of a call that came in.
func (r *Record) end(at time.Time, ending dialog.Ending) {
	r.Ended, r.How = at, ending.How.String()
	if cause := ending.Cause.String(); cause != "" {
		r.How += " (" + cause + ")"
	}
	if ending.How == dialog.Cancelled {
		r.Status = 487
	}
}
