package main

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"partyline/metrics/quality"
	"partyline/signaling/alert"
	"partyline/signaling/auth"
	"partyline/signaling/notify"
	"partyline/signaling/reminder"
	"partyline/sip"
	"partyline/sip/billing"
)

// This file is where what is counted becomes what admins are told.

var (
	_ alert.Watch  = (*lookout)(nil)
	_ alert.Teller = (*criers)(nil)
)

// lookout counts what alerts are about, over the last hour; guesses over ten
// minutes.
type lookout struct {
	intervals, poor *alert.Tally
	setUps, failed  *alert.Tally
	guesses         *alert.Tally

	phones func() []sip.TrunkState // nil: there are none
	free   func() (uint64, error)  // room where data is kept
}

func newLookout(dir string) *lookout {
	return &lookout{
		intervals: alert.NewTally(time.Hour), poor: alert.NewTally(time.Hour), setUps: alert.NewTally(time.Hour), failed: alert.NewTally(time.Hour),
		guesses: alert.NewTally(10 * time.Minute), free: func() (uint64, error) { return freeSpace(dir) },
	}
}

// scored takes how a connection was for an interval.
func (l *lookout) scored(class quality.Class) {
	now := time.Now()
	if class != quality.Unclassified {
		l.intervals.Add(now, 1)
	}
	if class == quality.Poor {
		l.poor.Add(now, 1)
	}
}

// entered takes a browser's way in. Those of phones are attempted.
func (l *lookout) entered(join quality.Join) {
	if join.Kind == quality.Browser {
		l.setUp(join.Failed != "")
	}
}

// attempted takes what became of an INVITE. Who is busy is no failure, and
// neither is a stranger whom no trunk takes.
func (l *lookout) attempted(a sip.Attempt) {
	if a.Trunk != "" && a.Setup != quality.SetupRedirected {
		l.setUp(a.Setup == quality.SetupIneffective || a.Setup == quality.SetupRefused)
	}
}

func (l *lookout) setUp(failed bool) {
	now := time.Now()
	l.setUps.Add(now, 1)
	if failed {
		l.failed.Add(now, 1)
	}
}

// ended takes what ended a call.
func (l *lookout) ended(cause string) {
	if cause == outOfTries {
		l.guesses.Add(time.Now(), 1)
	}
}

// outOfTries is the gateway's word for a caller who typed wrong codes only.
const outOfTries = "out-of-tries"

// Facts tells how things are.
func (l *lookout) Facts(context.Context) []alert.Fact {
	now := time.Now()
	facts := []alert.Fact{
		alert.Share(alert.PoorCalls, l.poor.Sum(now), l.intervals.Sum(now)),
		alert.Share(alert.SetUpFailures, l.failed.Sum(now), l.setUps.Sum(now)),
		alert.Guesses(l.guesses.Sum(now)),
	}
	if free, err := l.free(); err == nil {
		facts = append(facts, alert.Disk(free))
	}
	if l.phones == nil {
		return facts
	}
	for _, t := range l.phones() {
		f := alert.Fact{Kind: alert.TrunkDown, Of: t.Trunk}
		switch t.Health {
		case "up":
			f.Standing = alert.Fine
		case "down":
			f.Standing = alert.Amiss
		}
		facts = append(facts, f)
	}
	return facts
}

// criers tell the admins by the ways that each has chosen.
type criers struct {
	admins func(ctx context.Context) ([]auth.Person, error)
	by     func() crier
}

// crier tells some admins, who read one language.
type crier interface {
	cry(ctx context.Context, key, language, title, text string, admins []reminder.Who) error
}

// Tell announces an alert to all admins, in the language of each.
func (c *criers) Tell(ctx context.Context, a alert.Alert) error {
	people, err := c.admins(ctx)
	if err != nil {
		return err
	}
	byLanguage := make(map[string][]reminder.Who)
	for _, p := range people {
		if p.Admin && p.Active && !p.Invited {
			byLanguage[p.Language] = append(byLanguage[p.Language], reminder.Who{
				Key: p.ID, Person: p.ID, Name: p.Name, Email: p.Email, Language: p.Language, Zone: p.TimeZone,
			})
		}
	}
	for language, admins := range byLanguage {
		title, text := a.Words(language)
		err = errors.Join(err, c.by().cry(ctx, a.Key(), language, title, text, admins))
	}
	return err
}

// announcing has the reminders tell: they know when somebody rests, try again,
// and keep what became of it.
type announcing struct {
	announce func(ctx context.Context, sender reminder.Who, a reminder.Announcement, urgent string) (reminder.Announcement, error)
}

func (a announcing) cry(ctx context.Context, key, language, title, text string, admins []reminder.Who) error {
	id := uuid.NewSHA1(uuid.Nil, []byte(key+language)).String() // known the second time
	_, err := a.announce(ctx, reminder.Who{Name: "Partyline"}, reminder.Announcement{ID: id, Title: title, Text: text, People: admins}, "")
	return err
}

// straight tells by every way that somebody has, where nobody is reminded.
type straight struct {
	ways func(ctx context.Context, person string) ([]notify.Route, error)
	on   func(notify.Channel) (notify.Sender, bool)
	link string // to our pages
	log  *slog.Logger
}

// cry fails when none of the admins could be told and trying again may help: who
// got it must not get it again because somebody else did not.
func (s straight) cry(ctx context.Context, key, language, title, text string, admins []reminder.Who) error {
	told := false
	var failed error
	for _, admin := range admins {
		routes, err := s.ways(ctx, admin.Person)
		if err != nil {
			failed = errors.Join(failed, err)
			continue
		}
		for _, way := range routes {
			sender, ok := s.on(way.Channel)
			if !ok {
				continue
			}
			_, err := sender.Send(ctx, notify.Message{
				Key: key + " " + admin.Key, Kind: "alert", Person: admin.Person, Address: admin.Email, Bot: way.Bot, Mention: way.Mention,
				Language: language, Title: title, Text: text, Link: s.link,
			})
			told = told || err == nil
			failed = errors.Join(failed, err)
		}
	}
	switch {
	case !told && failed != nil:
		return failed
	case !told:
		s.log.ErrorContext(ctx, "nobody can be told: there is neither a mail server nor a channel that an admin has chosen", "alert", title)
	case failed != nil:
		s.log.WarnContext(ctx, "some admins could not be told by every way", "err", failed)
	}
	return nil
}

// watchOver makes who tells admins what needs them. Nobody is told before there
// are ways to people.
func (h *house) watchOver(context.Context) error {
	everybody := func(ctx context.Context) ([]auth.Person, error) {
		return h.accounts.Everybody(ctx, auth.Person{Admin: true})
	}
	h.alerts = alert.New(h.lookout, &criers{everybody, h.crier}, h.store, h.log.With("part", "alerts"))
	return nil
}

// crier is who tells admins, once openDiary has opened the ways.
func (h *house) crier() crier {
	if h.diary.reminders != nil {
		return announcing{h.diary.reminders.Announce}
	}
	return straight{h.diary.channels.Routes, h.diary.channels.On, h.cfg.address(), h.log.With("part", "alerts")}
}

// usedUp has admins told that a budget has come near its end, or to it.
func (h *house) usedUp(n billing.Notice) {
	h.alerts.Tell(alert.Alert{Kind: alert.BudgetUsed, Of: n.Standing.Budget.ID, Figure: float64(n.Percent) / 100, Since: time.Now()})
}
