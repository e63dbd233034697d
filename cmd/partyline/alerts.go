package main

import (
	"context"
	"errors"
	"time"

	"partyline/metrics/quality"
	"partyline/signaling/alert"
	"partyline/signaling/auth"
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
	admins   func(ctx context.Context) ([]auth.Person, error)
	announce func(ctx context.Context, sender reminder.Who, a reminder.Announcement, urgent string) (reminder.Announcement, error)
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
		_, failed := c.announce(ctx, reminder.Who{Name: "Partyline"}, reminder.Announcement{Title: title, Text: text, People: admins}, "")
		err = errors.Join(err, failed)
	}
	return err
}

// watchOver makes who tells admins what needs them, once there are ways to tell.
func (h *house) watchOver() {
	h.lookout = newLookout(h.cfg.DataDir)
	h.alerts = alert.New(h.lookout, &criers{
		func(ctx context.Context) ([]auth.Person, error) {
			return h.accounts.Everybody(ctx, auth.Person{Admin: true})
		},
		func(ctx context.Context, sender reminder.Who, a reminder.Announcement, urgent string) (reminder.Announcement, error) {
			return h.diary.reminders.Announce(ctx, sender, a, urgent)
		},
	}, h.log.With("part", "alerts"))
}

// usedUp has admins told that a budget has come near its end, or to it.
func (h *house) usedUp(n billing.Notice) {
	h.alerts.Tell(alert.Alert{Kind: alert.BudgetUsed, Of: n.Standing.Budget.ID, Figure: float64(n.Percent) / 100, Since: time.Now()})
}
