package reminder_test

import (
	"cmp"
	"container/heap"
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"partyline/signaling/notify"
	"partyline/signaling/reminder"
)

// book is a store in memory. Its leases are on the clock of the test.
type book struct {
	clock func() time.Time

	mu         sync.Mutex // guards what follows
	rows       map[string]*kept
	open       map[string]*kept // those that are pending or claimed, and some that were
	bySubject  map[string][]*kept
	queue      map[notify.Channel]*queue
	answers    map[string][]reminder.Answer
	quiets     map[string]reminder.Quiet
	choices    map[string]reminder.Choice
	ladders    map[string]reminder.Ladder
	overrides  []reminder.Override
	disturbed  []reminder.Disturbance
	of         []string // whom each of disturbed is about
	told       []reminder.Announcement
	mark       time.Time
	buckets    map[string][]reminder.Level
	full       error // of every write, while it is not nil
	fullRecord error // of RecordRows alone
}

type kept struct {
	reminder.Row
	owner string
	lease time.Time
}

// queue is the rows of a channel by when they are to be taken, with what is out
// of date among them.
type queue []entry

type entry struct {
	at time.Time
	id string
}

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	return q[i].at.Before(q[j].at) || q[i].at.Equal(q[j].at) && q[i].id < q[j].id
}
func (q queue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(v any)   { *q = append(*q, v.(entry)) }
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

func newBook(clock func() time.Time) *book {
	return &book{
		clock: clock, rows: make(map[string]*kept), open: make(map[string]*kept), bySubject: make(map[string][]*kept), queue: make(map[notify.Channel]*queue),
		answers: make(map[string][]reminder.Answer), quiets: make(map[string]reminder.Quiet), choices: make(map[string]reminder.Choice),
		ladders: make(map[string]reminder.Ladder), buckets: make(map[string][]reminder.Level),
	}
}

func (b *book) enqueue(k *kept) {
	q := b.queue[k.Channel]
	if q == nil {
		q = new(queue)
		b.queue[k.Channel] = q
	}
	heap.Push(q, entry{k.Try, k.ID})
	b.open[k.ID] = k
}

func (b *book) AddRows(_ context.Context, rows []reminder.Row) (added int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.full != nil {
		return 0, b.full
	}
	for _, r := range rows {
		k := b.rows[r.ID]
		switch {
		case k == nil:
			k = &kept{Row: r}
			b.rows[r.ID] = k
			b.bySubject[r.Subject] = append(b.bySubject[r.Subject], k)
			added++
		case r.Revision < k.Revision:
			continue
		case !r.Start.Equal(k.Start), k.State == reminder.Pending && k.Attempt == 0 && !r.Due.Equal(k.Due) && !r.Fixed:
			k.Row, k.owner = r, ""
		default:
			continue
		}
		if b.isAnswered(k.Row) {
			k.State, k.Reason = reminder.Suppressed, reminder.ByAnswer
			continue
		}
		b.enqueue(k)
	}
	return added, nil
}

func (b *book) isAnswered(r reminder.Row) bool {
	return slices.ContainsFunc(b.answers[r.Subject], func(a reminder.Answer) bool {
		return a.Who == r.Who && a.Start.Equal(r.Start) && a.Act != reminder.Later && stops(a.Act, r.Step)
	})
}

func stops(a reminder.Act, s reminder.Step) bool {
	return s != reminder.Host && (s != reminder.Dial || a == reminder.Join || a == reminder.Cannot)
}

func (b *book) ClaimRows(
	_ context.Context, owner string, channel notify.Channel, now time.Time, n int, lease time.Duration,
) ([]reminder.Row, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.full != nil {
		return nil, b.full
	}
	var claimed []reminder.Row
	q := b.queue[channel]
	for q != nil && q.Len() > 0 && len(claimed) < n && !(*q)[0].at.After(now) {
		e := heap.Pop(q).(entry)
		k := b.rows[e.id]
		switch {
		case k.State == reminder.Pending && k.Try.Equal(e.at):
		case k.State == reminder.Claimed && !k.Once() && k.lease.Before(b.clock()):
		default:
			continue
		}
		k.State, k.owner, k.lease = reminder.Claimed, owner, b.clock().Add(lease)
		k.Attempt++
		claimed = append(claimed, k.Row)
		if !k.Once() {
			heap.Push(q, entry{k.lease.Add(1), k.ID}) // should its owner be gone
		}
	}
	slices.SortFunc(claimed, func(a, b reminder.Row) int {
		return cmp.Or(a.Try.Compare(b.Try), cmp.Compare(a.Who, b.Who), a.Due.Compare(b.Due))
	})
	return claimed, nil
}

func (b *book) ClaimedRows(_ context.Context, owner string, ids []string) (map[string]bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	held := make(map[string]bool)
	for _, id := range ids {
		if k := b.rows[id]; k.owner == owner && k.State == reminder.Claimed {
			held[id] = true
		}
	}
	return held, nil
}

func (b *book) RecordRows(_ context.Context, owner string, outcomes []reminder.Outcome) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if err := errors.Join(b.full, b.fullRecord); err != nil {
		return err
	}
	for _, o := range outcomes {
		k := b.rows[o.ID]
		switch {
		case k.owner != owner:
			continue
		case k.State == reminder.Suppressed && !o.At.IsZero():
			k.State, k.Reason = reminder.Acknowledged, ""
		case k.State == reminder.Claimed:
			k.State, k.Reason = o.State, o.Reason
		default:
			continue
		}
		k.SentAt, k.Provider = o.At, o.Provider
		if k.State == reminder.Pending {
			k.Try = o.Try
			b.enqueue(k)
		}
	}
	return nil
}

func (b *book) EndRows(_ context.Context, now time.Time) (expired, interrupted int, err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.full != nil {
		return 0, 0, b.full
	}
	for id, k := range b.open {
		switch {
		case k.State != reminder.Pending && k.State != reminder.Claimed:
			delete(b.open, id)
		case k.State == reminder.Claimed && k.Once() && k.lease.Before(b.clock()):
			k.State, k.Reason = reminder.Failed, reminder.ByAbort
			interrupted++
		case k.State == reminder.Pending && !k.End.After(now):
			k.State, k.Reason = reminder.Expired, reminder.ByTime
			expired++
		}
	}
	return expired, interrupted, nil
}

func (b *book) NextRow(_ context.Context, channel notify.Channel) (time.Time, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	q := b.queue[channel]
	for q != nil && q.Len() > 0 {
		if k := b.rows[(*q)[0].id]; k.State == reminder.Pending && k.Try.Equal((*q)[0].at) {
			return k.Try, nil
		} else if k.State == reminder.Claimed {
			return (*q)[0].at, nil
		}
		heap.Pop(q)
	}
	return time.Time{}, nil
}

func (b *book) RowsOf(_ context.Context, subject string) ([]reminder.Row, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var rows []reminder.Row
	for _, k := range b.bySubject[subject] {
		rows = append(rows, k.Row)
	}
	return rows, nil
}

func (b *book) RowsFor(_ context.Context, person string, now time.Time) ([]reminder.Row, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var rows []reminder.Row
	for _, k := range b.rows {
		if k.Person == person && k.End.After(now) {
			rows = append(rows, k.Row)
		}
	}
	return rows, nil
}

func (b *book) AddAnswer(_ context.Context, a reminder.Answer, later []reminder.Row) error {
	b.mu.Lock()
	if b.full != nil {
		b.mu.Unlock()
		return b.full
	}
	b.answers[a.Subject] = append(b.answers[a.Subject], a)
	for _, k := range b.bySubject[a.Subject] {
		if k.Who != a.Who || !k.Start.Equal(a.Start) || !stops(a.Act, k.Step) {
			continue
		}
		switch k.State {
		case reminder.Pending, reminder.Claimed:
			k.State, k.Reason = reminder.Suppressed, reminder.ByAnswer
		case reminder.Sent, reminder.Delivered:
			k.State = reminder.Acknowledged
		}
	}
	b.mu.Unlock()
	_, err := b.AddRows(context.Background(), later)
	return err
}

func (b *book) AnswersTo(_ context.Context, subject string) ([]reminder.Answer, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.answers[subject]), nil
}

func some[T any](b *book, all map[string]T, names []string) (map[string]T, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	found := make(map[string]T)
	for _, name := range names {
		if v, ok := all[name]; ok {
			found[name] = v
		}
	}
	return found, nil
}

func put[T any](b *book, all map[string]T, name string, v T) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	all[name] = v
	return nil
}

func (b *book) Quiets(_ context.Context, people []string) (map[string]reminder.Quiet, error) {
	return some(b, b.quiets, people)
}

func (b *book) SetQuiet(_ context.Context, person string, q reminder.Quiet) error {
	return put(b, b.quiets, person, q)
}

func (b *book) Choices(_ context.Context, people []string) (map[string]reminder.Choice, error) {
	return some(b, b.choices, people)
}

func (b *book) SetChoice(_ context.Context, person string, c reminder.Choice) error {
	return put(b, b.choices, person, c)
}

func (b *book) Ladders(_ context.Context, meetings []string) (map[string]reminder.Ladder, error) {
	return some(b, b.ladders, meetings)
}

func (b *book) SetLadder(_ context.Context, meeting string, l reminder.Ladder) error {
	return put(b, b.ladders, meeting, l)
}

func (b *book) AddOverride(_ context.Context, o reminder.Override, since time.Time, allow func([]reminder.Override) error) error {
	month, err := b.OverridesBy(context.Background(), o.Sender, since)
	if err == nil {
		err = allow(month)
	}
	if err != nil {
		return err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.overrides = append(b.overrides, o)
	return nil
}

func (b *book) OverridesOf(_ context.Context, subjects []string) (map[string]reminder.Override, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	found := make(map[string]reminder.Override)
	for _, o := range b.overrides {
		if slices.Contains(subjects, o.Subject) {
			found[o.Subject] = o
		}
	}
	return found, nil
}

func (b *book) OverridesBy(_ context.Context, sender string, since time.Time) ([]reminder.Override, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var found []reminder.Override
	for _, o := range b.overrides {
		if o.Sender != sender || o.At.Before(since) {
			continue
		}
		for _, d := range b.disturbed {
			if d.ID == o.ID && d.Judged && d.Urgent {
				o.Yes++
			} else if d.ID == o.ID && d.Judged {
				o.No++
			}
		}
		found = append(found, o)
	}
	return found, nil
}

func (b *book) Disturbed(_ context.Context, override string, people []string, at time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	i := slices.IndexFunc(b.overrides, func(o reminder.Override) bool { return o.ID == override })
	for _, person := range people {
		known := false
		for n, d := range b.disturbed {
			known = known || d.ID == override && b.of[n] == person
		}
		if !known {
			b.disturbed = append(b.disturbed, reminder.Disturbance{Override: b.overrides[i], When: at})
			b.of = append(b.of, person)
		}
	}
	return nil
}

func (b *book) DisturbancesOf(_ context.Context, person string, _ time.Time) ([]reminder.Disturbance, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var found []reminder.Disturbance
	for n, d := range b.disturbed {
		if b.of[n] == person {
			found = append(found, d)
		}
	}
	return found, nil
}

func (b *book) Judge(_ context.Context, override, person string, urgent bool) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	for n := range b.disturbed {
		if b.disturbed[n].ID == override && b.of[n] == person {
			b.disturbed[n].Judged, b.disturbed[n].Urgent = true, urgent
			return nil
		}
	}
	return reminder.ErrNoSubject
}

func (b *book) AddAnnouncement(_ context.Context, a reminder.Announcement) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if slices.ContainsFunc(b.told, func(old reminder.Announcement) bool { return old.ID == a.ID }) {
		return nil
	}
	b.told = append(b.told, a)
	return nil
}

func (b *book) Announcement(context.Context, string) (reminder.Announcement, error) {
	return reminder.Announcement{}, reminder.ErrNoSubject
}

func (b *book) Announcements(_ context.Context, from, to time.Time) ([]reminder.Announcement, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(b.told), func(a reminder.Announcement) bool { return a.At.Before(from) || !a.At.Before(to) }), nil
}

func (b *book) Mark(context.Context) (time.Time, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.mark, nil
}

func (b *book) SetMark(_ context.Context, t time.Time) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if t.After(b.mark) {
		b.mark = t
	}
	return b.full
}

func (b *book) LinkKey(context.Context) ([]byte, error) { return []byte("a key for links"), nil }

func (b *book) TakeTokens(_ context.Context, bot string, limits []notify.Limit, now time.Time, want int) (int, time.Time, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	after, got, next := reminder.Take(limits, b.buckets[bot], now, want)
	b.buckets[bot] = after
	return got, next, nil
}

// agenda is what is coming.
type agenda struct {
	mu  sync.Mutex // guards all
	all []reminder.Subject
}

func (a *agenda) set(all ...reminder.Subject) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.all = all
}

func (a *agenda) Upcoming(_ context.Context, from, to time.Time) ([]reminder.Subject, error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(a.all), func(s reminder.Subject) bool { return s.Start.Before(from) || !s.Start.Before(to) }), nil
}

// routes are the ways to reach everybody.
type routes []notify.Route

func (r routes) Routes(context.Context, string) ([]notify.Route, error) { return r, nil }

// letter is a message that was sent.
type letter struct {
	notify.Message
	channel notify.Channel
	at      time.Time
}

// post takes what is sent, by all channels.
type post struct {
	clock func() time.Time

	mu    sync.Mutex // guards what follows
	sent  []letter
	calls []reminder.PhoneCall
	told  []reminder.Notice
	fail  func(notify.Channel, notify.Message) error // may be nil
	ring  func(context.Context, reminder.PhoneCall) (reminder.Act, error)
}

func (p *post) on(c notify.Channel) notify.Sender { return outlet{p, c} }

type outlet struct {
	post    *post
	channel notify.Channel
}

func (o outlet) Send(_ context.Context, m notify.Message) (notify.Sent, error) {
	o.post.mu.Lock()
	defer o.post.mu.Unlock()
	if o.post.fail != nil {
		if err := o.post.fail(o.channel, m); err != nil {
			return notify.Sent{}, err
		}
	}
	if m.Kind != reminder.KindSettled {
		o.post.sent = append(o.post.sent, letter{m, o.channel, o.post.clock()})
	}
	return notify.Sent{ID: "1"}, nil
}

func (p *post) Call(ctx context.Context, c reminder.PhoneCall) (reminder.Act, error) {
	p.mu.Lock()
	p.calls = append(p.calls, c)
	ring := p.ring
	p.mu.Unlock()
	if ring == nil {
		return reminder.NoReply, nil
	}
	return ring(ctx, c)
}

func (p *post) Tell(_ context.Context, _ string, n reminder.Notice) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.told = append(p.told, n)
	return nil
}

// titles are what was sent by a channel, in order.
func (p *post) titles(c notify.Channel) []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var all []string
	for _, l := range p.sent {
		if l.channel == c {
			all = append(all, l.Title)
		}
	}
	return all
}

func (p *post) reach(r routes) reminder.Reach {
	senders := make(map[notify.Channel]notify.Sender)
	for _, c := range notify.Channels() {
		if c != notify.Phone {
			senders[c] = p.on(c)
		}
	}
	return reminder.Reach{Senders: senders, Directory: r, Phone: p, Hosts: p}
}

// counter counts what an observer is told.
type counter struct {
	mu     sync.Mutex // guards counts
	counts map[string]int
}

func (c *counter) add(what string, n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.counts == nil {
		c.counts = make(map[string]int)
	}
	c.counts[what] += n
}

func (c *counter) get(what string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.counts[what]
}

func (c *counter) Planned(n int)                        { c.add("planned", n) }
func (c *counter) Sent(channel string, _ time.Duration) { c.add("sent "+channel, 1) }
func (c *counter) Failed(channel, reason string)        { c.add("failed "+channel+" "+reason, 1) }
func (c *counter) Expired(n int)                        { c.add("expired", n) }
func (c *counter) Suppressed(channel, reason string)    { c.add("suppressed "+channel+" "+reason, 1) }
func (c *counter) Acknowledged(act string)              { c.add("acknowledged "+act, 1) }
func (c *counter) Missed(channel string)                { c.add("missed "+channel, 1) }

// world is a service with all that is around it.
type world struct {
	t       *testing.T
	book    *book
	agenda  *agenda
	post    *post
	counts  *counter
	service *reminder.Service
	offset  time.Duration // of the wall clock
	clockMu sync.Mutex    // guards offset
	stop    func()
}

// now is the wall clock of the test.
func (w *world) now() time.Time {
	w.clockMu.Lock()
	defer w.clockMu.Unlock()
	return time.Now().Add(w.offset)
}

// jump sets the wall clock; timers do not notice.
func (w *world) jump(d time.Duration) {
	w.clockMu.Lock()
	defer w.clockMu.Unlock()
	w.offset += d
}

// newWorld makes a world whose wall clock shows a time now. Nothing runs yet.
func newWorld(t *testing.T, now time.Time, reach routes) *world {
	w := &world{t: t, agenda: &agenda{}, counts: &counter{}, offset: time.Until(now)}
	w.book, w.post = newBook(w.now), &post{clock: w.now}
	w.make(reach, testConfig())
	return w
}

func testConfig() reminder.Config {
	cfg := reminder.DefaultConfig()
	cfg.PublicURL = "https://meet.example.com"
	cfg.Poll = 10 * time.Second // hours pass in these tests
	return cfg
}

// make makes the service anew, as a program that starts would.
func (w *world) make(reach routes, cfg reminder.Config) {
	w.t.Helper()
	var err error
	w.service, err = reminder.New(w.t.Context(), cfg, w.book, w.agenda, w.post.reach(reach), w.counts, w.now, quietLog())
	if err != nil {
		w.t.Fatal(err)
	}
}

// run starts the service, until halt.
func (w *world) run() {
	ctx, cancel := context.WithCancel(w.t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.service.Run(ctx)
	}()
	w.stop = func() {
		cancel()
		<-done
	}
}

// sleep lets time pass, and what happens then come to rest.
func (w *world) sleep(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

// meetingAt is a meeting of an hour with people.
func meetingAt(id string, start time.Time, people ...reminder.Who) reminder.Subject {
	return reminder.Subject{
		Kind: reminder.Meeting, ID: id, Meeting: "meeting of " + id, Title: "Sync", Start: start, End: start.Add(time.Hour),
		Zone: "UTC", Organiser: "boss", OrganiserName: "Boss", Link: "https://meet.example.com/j/x", Revision: 1, People: people,
	}
}

// colleague is somebody with an account and a phone.
func colleague(id string) reminder.Who {
	return reminder.Who{Key: id, Person: id, Name: id, Email: id + "@example.com", Phone: "+8613800138000", Language: "en", Zone: "UTC", Required: true}
}

func quietLog() *slog.Logger { return slog.New(slog.DiscardHandler) }
