package billing

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"partyline/sip/dialplan"
)

// When the journal writes.
const (
	retryAfter  = time.Second
	flushWithin = 10 * time.Second // when Run is to end
	// writers are how many records are written at a time. A ledger may put them
	// into one transaction.
	writers = 32
	// mostLegs is how many legs are kept while the ledger does not answer. Beyond
	// it new ones are not recorded, and the log says so.
	mostLegs = 100_000
)

// Journal records the legs that nobody dials: browsers, and phones that call
// in. Its methods take what there is to say and never wait; Run writes it, beats
// for open legs, and tries again what the ledger did not take. After a crash
// Desk.Recover settles what was open. Any goroutine may call them.
type Journal struct {
	ledger Ledger
	zone   *time.Location
	log    *slog.Logger
	wake   chan struct{} // holds one where there is something to write

	mu    sync.Mutex // guards what follows
	legs  map[string]*journalLeg
	dirty []*journalLeg // in the order in which they became so
}

// journalLeg is a leg whose record is not settled. Journal.mu guards it.
type journalLeg struct {
	record CDR
	opened bool // the ledger has it
	dirty  bool // there is something that the ledger has not
	ended  bool
}

// NewJournal makes a journal; days and months of the zone are those that what a
// leg costs is booked in; nil is UTC. The log may be nil.
func NewJournal(ledger Ledger, zone *time.Location, log *slog.Logger) *Journal {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &Journal{ledger: ledger, zone: zone, log: log, wake: make(chan struct{}, 1), legs: make(map[string]*journalLeg)}
}

// Open begins the record of a leg. One with its id that is open already is left
// as it is.
func (j *Journal) Open(record CDR) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.legs[record.ID] != nil {
		return
	}
	if len(j.legs) >= mostLegs {
		j.log.Error("a leg is not recorded: the ledger has not answered for too long", "leg", record.ID)
		return
	}
	l := &journalLeg{record: record}
	j.legs[record.ID] = l
	j.touch(l)
}

// Change lets change note on an open record what became known of it.
func (j *Journal) Change(id string, change func(*CDR)) { j.change(id, change, false) }

// Close lets finish note how a leg ended. A leg that was answered is charged by
// the rate in its record, which is the zero one where it costs nothing.
func (j *Journal) Close(id string, finish func(*CDR)) { j.change(id, finish, true) }

func (j *Journal) change(id string, change func(*CDR), end bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	l := j.legs[id]
	if l == nil || l.ended {
		return
	}
	change(&l.record)
	l.record.ID = id
	l.ended = end
	j.touch(l)
}

// touch queues a leg for writing. The caller holds mu.
func (j *Journal) touch(l *journalLeg) {
	if !l.dirty {
		l.dirty = true
		j.dirty = append(j.dirty, l)
	}
	select {
	case j.wake <- struct{}{}:
	default:
	}
}

// Run writes until ctx is done, and then what is left, for a while.
func (j *Journal) Run(ctx context.Context) {
	beat := time.NewTicker(pulse)
	defer beat.Stop()
	again := time.NewTimer(0)
	defer again.Stop()
	for {
		select {
		case <-ctx.Done():
			ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), flushWithin)
			defer cancel()
			j.write(ctx)
			return
		case <-beat.C:
			j.beat(ctx)
		case <-j.wake:
			if !j.write(ctx) {
				again.Reset(retryAfter)
			}
		case <-again.C:
			if !j.write(ctx) {
				again.Reset(retryAfter)
			}
		}
	}
}

// write writes all that is queued, and tells whether the ledger took it.
func (j *Journal) write(ctx context.Context) bool {
	j.mu.Lock()
	queue := j.dirty
	j.dirty = nil
	j.mu.Unlock()
	var all sync.WaitGroup
	turns := make(chan struct{}, writers)
	for _, l := range queue {
		turns <- struct{}{}
		all.Go(func() {
			j.writeLeg(ctx, l)
			<-turns
		})
	}
	all.Wait()
	j.mu.Lock()
	defer j.mu.Unlock()
	return len(j.dirty) == 0
}

// writeLeg brings the ledger to where a leg is. What fails is queued again.
func (j *Journal) writeLeg(ctx context.Context, l *journalLeg) {
	j.mu.Lock()
	record, opened, ended := l.record, l.opened, l.ended
	l.dirty = false
	j.mu.Unlock()
	var err error
	switch {
	case !opened:
		err = j.open(ctx, record)
	case !ended:
		err = j.ledger.Update(ctx, record)
	}
	opened = opened || err == nil
	if err == nil && ended {
		_, err = j.ledger.Settle(ctx, record, chargeOf(&record))
	}
	j.written(l, record.ID, opened, err, ended)
}

// open writes a new record. Where that fails the ledger may have it all the
// same: its answer was lost.
func (j *Journal) open(ctx context.Context, record CDR) error {
	_, err := j.ledger.Open(ctx, record, Hold{Payers: []Payer{{Kind: Company}}, Dates: DatesAt(record.Setup, j.zone)})
	if err != nil && j.ledger.Update(ctx, record) == nil {
		err = nil
	}
	return err
}

// chargeOf is what a leg costs by the rate in its record.
func chargeOf(c *CDR) Charge {
	if c.Answer.IsZero() || c.Rate == (Rate{}) {
		return Charge{}
	}
	return c.Rate.Charge(c.Duration())
}

// written notes what became of writing a leg.
func (j *Journal) written(l *journalLeg, id string, opened bool, err error, ended bool) {
	j.mu.Lock()
	defer j.mu.Unlock()
	l.opened = opened
	switch {
	case err == nil && ended, errors.Is(err, ErrSettled): // perhaps by somebody else: there is nothing more to say
		delete(j.legs, id)
	case err != nil:
		j.log.Warn("a leg's record is not written yet", "leg", id, "error", err)
		if !l.dirty {
			l.dirty = true
			j.dirty = append(j.dirty, l)
		}
	}
}

// beat notes that all open legs are alive.
func (j *Journal) beat(ctx context.Context) {
	now := time.Now()
	var beats []Beat
	j.mu.Lock()
	for id, l := range j.legs {
		if l.opened && !l.ended {
			beats = append(beats, Beat{id, now})
		}
	}
	j.mu.Unlock()
	if len(beats) == 0 {
		return
	}
	slices.SortFunc(beats, func(a, b Beat) int { return strings.Compare(a.Call, b.Call) })
	if err := j.ledger.Beat(ctx, beats); err != nil {
		j.log.Warn("the heartbeat of legs is not written", "legs", len(beats), "error", err)
	}
}

// InboundRate is what a call to a number of ours costs the company: the rate and
// its deck's version; false: nothing.
func (d *Desk) InboundRate(number dialplan.Number, trunk string, at time.Time) (Rate, string, bool) {
	return d.decks.Load().Find(number, trunk, Inbound, at)
}
