package store_test

import (
	"context"
	"fmt"
	"log/slog"
	"sync/atomic"
	"testing"
	"time"

	"partyline/signaling/notify"
	"partyline/signaling/reminder"
	"partyline/signaling/store"
)

// BenchmarkReminders reminds 500 meetings of 100 people each, half of
// them by push and half by mail, all due at the same moment: 50,000 reminders, planned, claimed, sent and
// recorded. An iteration is all of them; a minute is what they may take.
func BenchmarkReminders(b *testing.B) {
	onBoth(b, func(b *testing.B, s *store.Store) {
		const meetings, people = 500, 100
		var planned, sent time.Duration
		began := cpu(b)
		for n := range b.N {
			out := &counted{want: meetings * people, done: make(chan struct{})}
			at := time.Now().Add(10 * time.Minute)
			var all roster
			for i := range meetings {
				all = append(all, crowdedMeeting(fmt.Sprintf("meeting %d of %d", i, n), at, people))
			}
			service, err := reminder.New(b.Context(), reminder.DefaultConfig(), s, all, out.reach(), nil, nil, slog.New(slog.DiscardHandler))
			if err != nil {
				b.Fatal(err)
			}
			start := time.Now()
			if err := service.Plan(b.Context()); err != nil {
				b.Fatal(err)
			}
			planned += time.Since(start)
			start = time.Now()
			ctx, cancel := context.WithCancel(b.Context())
			stopped := make(chan struct{})
			go func() {
				defer close(stopped)
				service.Run(ctx)
			}()
			<-out.done
			cancel()
			<-stopped // and all is recorded
			sent += time.Since(start)
		}
		total := float64(b.N * meetings * people)
		b.ReportMetric(total/(planned+sent).Minutes(), "reminders/min")
		b.ReportMetric(total/sent.Minutes(), "sent/min")
		b.ReportMetric(float64((cpu(b)-began).Microseconds())/total, "cpu-µs/reminder")
	})
}

// roster is an agenda that stays as it is.
type roster []reminder.Subject

func (r roster) Upcoming(context.Context, time.Time, time.Time) ([]reminder.Subject, error) {
	return r, nil
}

func crowdedMeeting(id string, at time.Time, people int) reminder.Subject {
	s := reminder.Subject{
		Kind: reminder.Meeting, ID: id, Meeting: id, Title: "Sync", Start: at.Truncate(time.Millisecond), End: at.Add(time.Hour).Truncate(time.Millisecond),
		Zone: "UTC", Organiser: "boss", Revision: 1, Link: "https://meet.example.com/j/x",
		Ladder: &reminder.Ladder{Rungs: []reminder.Rung{{Step: reminder.Ask, Minutes: -10}}},
	}
	for i := range people {
		who := fmt.Sprintf("%s person %d%s", id, i, "x"[:i%2])
		s.People = append(s.People, reminder.Who{Key: who, Person: who, Email: "a@example.com", Language: "en", Zone: "UTC"})
	}
	return s
}

// counted is two channels that take everything at once.
type counted struct {
	want int64
	got  atomic.Int64
	done chan struct{}
}

func (c *counted) reach() reminder.Reach {
	return reminder.Reach{Senders: map[notify.Channel]notify.Sender{notify.Push: c, notify.Mail: c}, Directory: c}
}

func (c *counted) Routes(_ context.Context, person string) ([]notify.Route, error) {
	if len(person)%2 == 0 {
		return nil, nil // mail
	}
	return []notify.Route{{Channel: notify.Push}}, nil
}

func (c *counted) Send(context.Context, notify.Message) (notify.Sent, error) {
	if c.got.Add(1) == c.want {
		close(c.done)
	}
	return notify.Sent{}, nil
}
