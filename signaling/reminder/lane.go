package reminder

import (
	"context"
	"sync"
	"time"

	"partyline/signaling/notify"
)

// lane sends the reminders of one channel, so that a channel that hangs keeps
// no other one waiting.
type lane struct {
	service *Service
	channel notify.Channel
	woken   chan struct{}
	front   stage // what is decided before anything is sent
	back    stage
	slots   chan struct{} // one for each call that rings; nil: rows are sent together
	apart   sync.WaitGroup

	mu      sync.Mutex         // guards what follows
	unsaved map[string]Outcome // of rows that could not be recorded yet
	paused  map[string]time.Time
}

// job is a claimed row on its way through the stages.
type job struct {
	row     Row
	subject *Subject
	who     Who
	route   notify.Route
	late    bool      // not on its way within its window, or held
	held    Reason    // why it was held before
	urgent  *Override // disturbs in quiet hours
	missing []string  // names that hosts are told
	with    []*job    // said in the same message
	message notify.Message
	sent    notify.Sent
	act     Act // pressed at the phone
	err     error
	out     *Outcome // what became of it; nil while it goes on
}

// stage takes jobs one step further and gives those that go on. The others
// have their outcome.
type stage interface {
	pass(ctx context.Context, jobs []*job) []*job
}

// step makes a stage of a function.
type step func(ctx context.Context, jobs []*job) []*job

func (f step) pass(ctx context.Context, jobs []*job) []*job { return f(ctx, jobs) }

// chain is one stage after the other.
type chain []stage

func (c chain) pass(ctx context.Context, jobs []*job) []*job {
	for _, s := range c {
		if len(jobs) == 0 {
			return nil
		}
		jobs = s.pass(ctx, jobs)
	}
	return jobs
}

func newLane(s *Service, c notify.Channel) *lane {
	l := &lane{
		service: s, channel: c, woken: make(chan struct{}, 1),
		unsaved: make(map[string]Outcome), paused: make(map[string]time.Time),
	}
	l.front = chain{step(l.due), step(l.muted), step(l.merge), step(l.rate)}
	l.back = chain{step(l.send), step(l.retry)}
	if c == notify.Phone {
		l.slots = make(chan struct{}, s.cfg.Calls)
	}
	return l
}

// stir has the lane look for what is due.
func (l *lane) stir() {
	select {
	case l.woken <- struct{}{}:
	default:
	}
}

// run sends what is due until ctx is done.
func (l *lane) run(ctx context.Context) {
	defer l.apart.Wait()
	for {
		for l.pass(ctx) && ctx.Err() == nil {
		}
		if !wait(ctx, l.pause(ctx), l.woken) {
			return
		}
	}
}

// pause is how long nothing is due, as far as is known. The wall clock is read
// anew each time: it may have been set.
func (l *lane) pause(ctx context.Context) time.Duration {
	next, err := l.service.store.NextRow(ctx, l.channel)
	if err != nil || next.IsZero() {
		return l.service.cfg.Poll
	}
	return max(minPause, min(l.service.cfg.Poll, next.Sub(l.service.now())))
}

// minPause keeps a lane that cannot do what is due from spinning.
const minPause = 50 * time.Millisecond

// pass sends one batch. It reports whether there may be more.
func (l *lane) pass(ctx context.Context) bool {
	s := l.service
	if s.known.Load() == nil {
		return false // the agenda was not read yet
	}
	n, lease := s.cfg.Batch, s.cfg.Lease
	if l.slots != nil {
		n, lease = cap(l.slots)-len(l.slots), s.cfg.CallLease
	}
	if !l.save(ctx, nil) || n == 0 {
		return false
	}
	rows, err := s.store.ClaimRows(ctx, s.owner, l.channel, s.now(), n, lease)
	if err != nil {
		if ctx.Err() == nil {
			s.log.ErrorContext(ctx, "reminders could not be claimed", "channel", string(l.channel), "err", err)
		}
		return false
	}
	if len(rows) == 0 {
		return false
	}
	// What was begun is finished.
	l.handle(ctx, jobsOf(rows))
	return len(rows) == n
}

func jobsOf(rows []Row) []*job {
	jobs := make([]*job, len(rows))
	for i, r := range rows {
		jobs[i] = &job{row: r}
	}
	return jobs
}

// handle takes claimed rows through the stages and records what became of
// them. Calls go on apart from the others.
func (l *lane) handle(ctx context.Context, jobs []*job) {
	whole := context.WithoutCancel(ctx)
	going := l.front.pass(whole, jobs)
	if l.slots == nil {
		l.back.pass(whole, going)
		l.record(whole, jobs)
		return
	}
	l.record(whole, jobs)
	for _, j := range going {
		l.slots <- struct{}{}
		l.apart.Go(func() {
			defer l.stir()
			defer func() { <-l.slots }()
			l.back.pass(ctx, []*job{j})
			l.record(whole, []*job{j})
		})
	}
}

// record notes what became of jobs, and counts it. What cannot be written is
// kept and written later; meanwhile the rows are still ours.
func (l *lane) record(ctx context.Context, jobs []*job) {
	var outcomes []Outcome
	for _, j := range jobs {
		if j.out == nil {
			continue
		}
		j.out.ID = j.row.ID
		outcomes = append(outcomes, *j.out)
		l.count(j)
	}
	l.save(ctx, outcomes)
	for _, j := range jobs {
		if j.act != NoReply && j.out != nil {
			l.answered(ctx, j)
		}
	}
}

// save writes outcomes, and those that could not be written before. It reports
// whether all are written.
func (l *lane) save(ctx context.Context, outcomes []Outcome) bool {
	l.mu.Lock()
	defer l.mu.Unlock() // a lane writes one batch at a time
	for _, o := range outcomes {
		l.unsaved[o.ID] = o
	}
	if len(l.unsaved) == 0 {
		return true
	}
	all := make([]Outcome, 0, len(l.unsaved))
	for _, o := range l.unsaved {
		all = append(all, o)
	}
	if err := l.service.store.RecordRows(ctx, l.service.owner, all); err != nil {
		l.service.log.ErrorContext(ctx, "what became of reminders could not be written", "channel", string(l.channel), "rows", len(all), "err", err)
		return false
	}
	clear(l.unsaved)
	return true
}

// count tells the observer.
func (l *lane) count(j *job) {
	s, o := l.service, j.out
	switch o.State {
	case Sent, Delivered:
		s.watch.Sent(string(l.channel), o.At.Sub(j.row.Due))
	case Failed:
		s.watch.Failed(string(l.channel), string(o.Reason))
	case Expired:
		s.watch.Expired(1)
	case Suppressed:
		s.watch.Suppressed(string(l.channel), string(o.Reason))
	}
	if j.late && j.held == "" && o.State != Pending {
		s.watch.Missed(string(l.channel))
	}
}

// answered notes what was pressed at the phone.
func (l *lane) answered(ctx context.Context, j *job) {
	a := Answer{Subject: j.row.Subject, Who: j.row.Who, Act: j.act, Where: string(l.channel)}
	if err := l.service.Acknowledge(ctx, a); err != nil {
		l.service.log.ErrorContext(ctx, "an answer could not be noted", "subject", j.row.Subject, "err", err)
	}
}
