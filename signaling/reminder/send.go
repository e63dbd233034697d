package reminder

import (
	"context"
	"errors"
	"sync"
	"time"

	"partyline/signaling/notify"
)

// send is the fifth stage. Whoever answered since the rows were claimed is left
// alone: it is looked right before anything leaves.
func (l *lane) send(ctx context.Context, jobs []*job) []*job {
	held, err := l.held(ctx, jobs)
	if err != nil {
		l.service.log.ErrorContext(ctx, "what was claimed could not be read again", "channel", string(l.channel), "err", err)
		for _, j := range jobs {
			end(j.all(), Outcome{State: Pending, Reason: ByFault, Try: l.service.now().Add(faultPause)})
		}
		return nil
	}
	var sending sync.WaitGroup
	var going []*job
	for _, j := range jobs {
		if j = j.without(held); j == nil {
			continue
		}
		going = append(going, j)
		sending.Go(func() { l.sendOne(ctx, j) })
	}
	sending.Wait()
	return going
}

// all are the job and those that are said with it.
func (j *job) all() []*job { return append([]*job{j}, j.with...) }

// held are the rows that are still ours.
func (l *lane) held(ctx context.Context, jobs []*job) (map[string]bool, error) {
	var ids []string
	for _, j := range jobs {
		for _, part := range j.all() {
			ids = append(ids, part.row.ID)
		}
	}
	return l.service.store.ClaimedRows(ctx, l.service.owner, ids)
}

// without is the job with what is still to be said; nil: nothing is.
func (j *job) without(held map[string]bool) *job {
	var left []*job
	for _, part := range j.all() {
		part.with = nil
		if held[part.row.ID] {
			left = append(left, part)
		}
	}
	if len(left) == 0 {
		return nil
	}
	left[0].with = left[1:]
	return left[0]
}

// sendOne sends one message, or routes one call.
func (l *lane) sendOne(ctx context.Context, j *job) {
	s := l.service
	if l.channel == notify.Phone {
		l.call(ctx, j)
		return
	}
	ctx, cancel := context.WithTimeout(ctx, s.cfg.SendWithin)
	defer cancel()
	j.message = s.compose(j)
	if j.row.Step == Host && l.channel == notify.WebSocket && s.reach.Hosts != nil && j.row.Meeting != "" {
		j.err = s.reach.Hosts.Tell(ctx, j.row.Meeting, Notice{
			Subject: j.row.Subject, Title: j.subject.Title, Start: j.subject.Start, Missing: j.missing,
		})
		if j.err != nil {
			return
		}
	}
	j.sent, j.err = s.reach.Senders[l.channel].Send(ctx, j.message)
}

// call rings somebody's phone until it is over, or they answer elsewhere.
func (l *lane) call(ctx context.Context, j *job) {
	s := l.service
	ctx, hangUp := context.WithCancel(ctx)
	defer hangUp()
	defer s.ringing.add(j.row.Subject, j.row.Who, hangUp)()
	var watching sync.WaitGroup
	defer watching.Wait()
	done := make(chan struct{})
	defer close(done)
	watching.Go(func() { l.watch(ctx, j.row.ID, hangUp, done) })
	subject := j.subject
	j.act, j.err = s.reach.Phone.Call(ctx, PhoneCall{
		ID: j.row.Key(), Kind: subject.Kind, Subject: subject.ID, Meeting: subject.Meeting, Step: j.row.Step.Base(), Who: j.who,
		Number: j.who.Phone, Title: subject.Title, Text: subject.Text, Start: subject.Start,
		OrganiserName: subject.OrganiserName, Organiser: subject.Organiser,
	})
}

// lookEvery is how often it is looked whether somebody whose phone rings has
// answered elsewhere, perhaps on another node.
const lookEvery = 500 * time.Millisecond

// watch ends a call when its row is no longer ours.
func (l *lane) watch(ctx context.Context, id string, hangUp context.CancelFunc, done <-chan struct{}) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		select {
		case <-done:
			return
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		held, err := l.service.store.ClaimedRows(ctx, l.service.owner, []string{id})
		if err == nil && !held[id] {
			hangUp()
			return
		}
	}
}

// calls are the phones that ring for this node.
type calls struct {
	mu  sync.Mutex // guards what follows
	all map[string]map[*context.CancelFunc]bool
}

// add notes a call, until the function that it returns is called.
func (c *calls) add(subject, who string, hangUp context.CancelFunc) func() {
	key := subject + "\x00" + who
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.all == nil {
		c.all = make(map[string]map[*context.CancelFunc]bool)
	}
	if c.all[key] == nil {
		c.all[key] = make(map[*context.CancelFunc]bool)
	}
	c.all[key][&hangUp] = true
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		delete(c.all[key], &hangUp)
		if len(c.all[key]) == 0 {
			delete(c.all, key)
		}
	}
}

// end ends the calls to somebody about a subject.
func (c *calls) end(subject, who string) {
	c.mu.Lock()
	var ring []context.CancelFunc
	for hangUp := range c.all[subject+"\x00"+who] {
		ring = append(ring, *hangUp)
	}
	c.mu.Unlock()
	for _, hangUp := range ring {
		hangUp()
	}
}

// mostAttempts is how often a message is tried. By then ten minutes have passed.
const mostAttempts = 8

// retry is the last stage before the record: what became of it, and is it worth
// another try?
func (l *lane) retry(ctx context.Context, jobs []*job) []*job {
	now := l.service.now()
	for _, j := range jobs {
		o := l.verdict(ctx, j, now)
		end(j.all(), o)
		for _, part := range j.with {
			part.sent = j.sent
			if o.State == Sent || o.State == Delivered {
				part.out.Reason = ByMerging
			}
		}
		if o.State == Sent || o.State == Delivered {
			l.service.disturbed(ctx, j, now)
		}
	}
	return jobs
}

// verdict is what became of one message or call.
func (l *lane) verdict(ctx context.Context, j *job, now time.Time) Outcome {
	if j.err == nil {
		o := Outcome{State: Sent, At: now, Provider: j.sent.ID}
		// A page knows that it has arrived, and whoever pressed a key.
		switch {
		case j.act != NoReply, l.channel == notify.WebSocket && j.sent.ID != "":
			o.State = Delivered
		case l.channel == notify.Phone && j.row.Step != Dial:
			o.Reason = ByNotAnswered
		}
		return o
	}
	l.service.log.WarnContext(ctx, "reminder not sent", "channel", string(l.channel), "subject", j.row.Subject,
		"step", string(j.row.Step), "who", j.row.Who, "attempt", j.row.Attempt, "err", j.err)
	if l.channel == notify.Phone && !errors.Is(j.err, ErrNotPlaced) {
		return Outcome{State: Failed, Reason: ByNotAnswered}
	}
	refused, ok := notify.AsRefused(j.err)
	pause, again := notify.Again(j.row.Attempt, j.err)
	switch {
	case ok && refused.Gone:
		return Outcome{State: Failed, Reason: ByAddress}
	case ok && refused.Permanent:
		return Outcome{State: Failed, Reason: ByRefusal}
	case !again || j.row.Attempt >= mostAttempts || !now.Add(pause).Before(j.row.End):
		return Outcome{State: Failed, Reason: ByFault}
	case ok && refused.Cause == notify.Throttled && l.channel.IsBot():
		l.hold(j.route.Bot, now.Add(pause))
	}
	o := Outcome{State: Pending, Reason: ByFault, Try: now.Add(pause)}
	if len(j.with) > 0 {
		o.Reason = ByRate // so that they stay together
	}
	return o
}

// disturbed notes whose quiet hours a message got into: they are asked whether
// it was urgent.
func (s *Service) disturbed(ctx context.Context, j *job, now time.Time) {
	for _, part := range j.all() {
		if part.urgent == nil || part.row.Person == "" {
			continue
		}
		if err := s.store.Disturbed(ctx, part.urgent.ID, []string{part.row.Person}, now); err != nil {
			s.log.ErrorContext(ctx, "that somebody was disturbed could not be noted", "err", err)
		}
	}
}
