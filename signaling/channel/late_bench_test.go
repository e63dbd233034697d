package channel_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/channel"
	"partyline/signaling/notify"
	"partyline/signaling/notify/notifytest"
	"partyline/signaling/reminder"
	"partyline/signaling/seal"
	"partyline/signaling/store"
	"partyline/signaling/store/storetest"
)

// What comes due in BenchmarkLate. Everybody has a browser and wants mails too.
const (
	lateBefore  = 4 * time.Second        // for the planning
	lateFor     = 10 * time.Second       // that the stream lasts
	lateEvery   = 200 * time.Millisecond // a small meeting comes due
	lateSmall   = 3                      // people in it
	lateCrowds  = 10                     // meetings come due at the same moment in the midst of it
	lateCrowded = 30                     // people in each of them
)

// BenchmarkLate tells how long after its time a reminder arrives at the mail
// server and at the push service: 300 people are reminded at the same moment,
// while three more are every 200 ms, each of them by push and by mail. Both
// servers are on loopback, with TLS, and look into what they get. It runs on
// the wall clock, 15 s for each database; 95 % are to arrive within 3 s.
//
// A mail server that takes its time comes on top: over four connections, 300
// mails that take it 20 ms each last 1.5 s.
func BenchmarkLate(b *testing.B) {
	for _, on := range []struct {
		name string
		open func(testing.TB) *store.Store
	}{{"sqlite", storetest.SQLite}, {"postgres", storetest.PostgreSQL}} {
		b.Run(on.name, func(b *testing.B) {
			s := on.open(b)
			var pushed, mailed []time.Duration
			for n := range b.N {
				p, m := newRush(b, s, n).run()
				pushed, mailed = append(pushed, p...), append(mailed, m...)
			}
			reportLate(b, "push", pushed)
			reportLate(b, "mail", mailed)
			b.ReportMetric(0, "ns/op") // is how long we wait
		})
	}
}

func reportLate(b *testing.B, what string, all []time.Duration) {
	b.Helper()
	slices.Sort(all)
	if all[0] < 0 {
		b.Errorf("%s came %v too early", what, -all[0])
	}
	for _, q := range []struct {
		name string
		at   int
	}{{"p50", len(all) / 2}, {"p95", len(all) * 95 / 100}, {"max", len(all) - 1}} {
		b.ReportMetric(float64(all[q.at].Microseconds())/1000, what+"-"+q.name+"-ms")
	}
}

// rush is a company in which much comes due within seconds. It is the agenda,
// too.
type rush struct {
	b        *testing.B
	store    *store.Store
	desk     *channel.Desk
	mails    *notifytest.MailServer
	pushes   *notifytest.PushService
	browsers map[string]notify.Subscription // by person
	subjects []reminder.Subject
	after    []time.Duration // the first reminder, for each subject
}

// newRush puts people into the store, those of the n-th run.
func newRush(b *testing.B, s *store.Store, n int) *rush {
	b.Helper()
	r := &rush{
		b: b, store: s, mails: notifytest.NewMailServer(b, notifytest.MailStartTLS, "sesame"),
		browsers: make(map[string]notify.Subscription),
	}
	cfg := inside
	cfg.PushContact = "mailto:admin@example.com"
	cfg.Mail = notify.MailConfig{
		Host: "127.0.0.1", Port: r.mails.Port(), TLS: notify.StartTLS, User: "meet", Password: "sesame", From: "Partyline <meet@example.com>",
	}
	var err error
	if r.desk, err = channel.NewDesk(b.Context(), cfg, s, seal.Key{1}, nil, slog.New(slog.DiscardHandler)); err != nil {
		b.Fatal(err)
	}
	r.pushes = notifytest.NewPushService(b, r.desk.Browsers.Key())
	b.Cleanup(func() {
		if err := r.desk.Close(); err != nil {
			b.Error(err)
		}
	})
	for after := time.Duration(0); after <= lateFor; after += lateEvery {
		r.meet(n, after, lateSmall)
	}
	for range lateCrowds {
		r.meet(n, lateFor/2, lateCrowded)
	}
	return r
}

// meet adds a meeting whose reminders are due some time after the first.
func (r *rush) meet(n int, after time.Duration, people int) {
	r.b.Helper()
	id := fmt.Sprintf("meeting-%d-%d", n, len(r.subjects))
	subject := reminder.Subject{
		Kind: reminder.Meeting, ID: id, Meeting: id, Title: "Standup", Zone: "UTC", Organiser: "boss", OrganiserName: "Boss",
		Link: "https://meet.example.com/j/x", Revision: 1,
	}
	var accounts []auth.Account
	for i := range people {
		who := fmt.Sprintf("p%d-%s", i, id)
		p := auth.Person{ID: who, Name: "Ann", Email: who + "@example.com", Active: true, Language: "en", TimeZone: "UTC"}
		p.MayCall = auth.MayCallEveryone
		accounts = append(accounts, auth.Account{Person: p})
		subject.People = append(subject.People, reminder.Who{Key: who, Person: who, Name: p.Name, Email: p.Email, Language: "en", Zone: "UTC"})
	}
	if err := r.store.AddPeople(r.b.Context(), accounts, nil); err != nil {
		r.b.Fatal(err)
	}
	for _, a := range accounts {
		browser := r.pushes.Subscribe()
		if _, err := r.desk.Browsers.Subscribe(r.b.Context(), visitor(a.Person, a.ID), browser); err != nil {
			r.b.Fatal(err)
		}
		if err := r.store.SetChoice(r.b.Context(), a.ID, reminder.Choice{Channels: []notify.Channel{notify.Push, notify.Mail}}); err != nil {
			r.b.Fatal(err)
		}
		r.browsers[a.ID] = browser
	}
	r.subjects, r.after = append(r.subjects, subject), append(r.after, after)
}

// Upcoming implements reminder.Agenda.
func (r *rush) Upcoming(context.Context, time.Time, time.Time) ([]reminder.Subject, error) {
	return slices.Clone(r.subjects), nil
}

// run reminds everybody, and tells how late push messages and mails arrived.
func (r *rush) run() (pushed, mailed []time.Duration) {
	r.b.Helper()
	senders := make(map[notify.Channel]notify.Sender)
	for _, c := range []notify.Channel{notify.Push, notify.Mail} {
		senders[c], _ = r.desk.On(c)
	}
	reach := reminder.Reach{Senders: senders, Directory: r.desk}
	cfg := reminder.DefaultConfig()
	cfg.PublicURL = "https://meet.example.com"
	service, err := reminder.New(r.b.Context(), cfg, r.store, r, reach, nil, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		r.b.Fatal(err)
	}
	first := time.Now().Add(lateBefore).Truncate(time.Millisecond)
	due := make(map[string]time.Time) // by person
	for i := range r.subjects {
		s := &r.subjects[i]
		at := first.Add(r.after[i])
		s.Start, s.End = at.Add(10*time.Minute), at.Add(time.Hour) // the default ladder
		for _, w := range s.People {
			due[w.Person] = at
		}
	}
	if err := service.Plan(r.b.Context()); err != nil {
		r.b.Fatal(err)
	}
	if time.Now().After(first) {
		r.b.Fatalf("planning took %v longer than there was time for", time.Since(first))
	}
	ctx, stop := context.WithCancel(r.b.Context())
	stopped := make(chan struct{})
	go func() {
		defer close(stopped)
		service.Run(ctx)
	}()
	defer func() {
		stop()
		<-stopped
	}()
	for _, m := range r.mails.Wait(len(due), lateBefore+lateFor+time.Minute) {
		who, _, _ := strings.Cut(m.To, "@")
		mailed = append(mailed, m.At.Sub(due[who]))
	}
	for who, browser := range r.browsers {
		for _, p := range r.pushed(browser) {
			pushed = append(pushed, p.At.Sub(due[who]))
		}
	}
	return pushed, mailed
}

// pushed waits for what a browser gets.
func (r *rush) pushed(browser notify.Subscription) []notifytest.Pushed {
	r.b.Helper()
	for late := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if got := r.pushes.Got(browser); len(got) > 0 {
			return got
		}
		if time.Now().After(late) {
			r.b.Fatal("somebody got no push message")
		}
	}
}
