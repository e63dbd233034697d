package api_test

import (
	"context"
	"encoding/csv"
	"log/slog"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/signaling/api"
	"partyline/signaling/notify"
	"partyline/signaling/reminder"
	"partyline/signaling/store"
	"partyline/signaling/wire"
)

// remind makes a service that shows cards on pages; it runs when a test asks
// for it.
func (w *world) remind(s *store.Store, log *slog.Logger) *reminder.Service {
	w.t.Helper()
	cfg := reminder.DefaultConfig()
	cfg.Poll, cfg.Plan, cfg.PublicURL = 10*time.Millisecond, 50*time.Millisecond, "https://meet.example.com"
	reach := reminder.Reach{Senders: map[notify.Channel]notify.Sender{notify.WebSocket: w.feed.Cards()}}
	service, err := reminder.New(w.t.Context(), cfg, s, w.planner, reach, nil, nil, log)
	if err != nil {
		w.t.Fatal(err)
	}
	return service
}

// reminding lets the service run until the test ends.
func (w *world) reminding() {
	ctx, stop := context.WithCancel(context.WithoutCancel(w.t.Context()))
	done := make(chan struct{})
	go func() {
		defer close(done)
		w.reminders.Run(ctx)
	}()
	w.t.Cleanup(func() {
		stop()
		<-done
	})
}

type cardBody struct {
	Subject, Kind, Title, Text, Organiser, Urgent string
	Snoozed                                       bool
}

// cards asks for the open reminders until there are so many.
func (c *client) cards(want int) (all []cardBody) {
	c.t.Helper()
	for end := time.Now().Add(20 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		all = nil
		c.call("GET", "/me/reminders", nil).want(200).into(&all)
		if len(all) == want {
			return all
		}
		if time.Now().After(end) {
			c.t.Fatalf("%d reminders, want %d", len(all), want)
		}
	}
}

// TestAnnouncements: an admin tells many people something; each sees it, hears
// it on their page, answers it, and sees their own receipt alone.
func TestAnnouncements(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		bob := w.bob(ann)
		told := make(chan wire.Message, 10)
		w.feed.Listen(bob.me().ID, false, func(m wire.Message) { told <- m })
		w.reminding()
		bob.call("POST", "/broadcasts", m{"title": "Mine"}).problem(api.NotAllowed)
		ann.call("POST", "/broadcasts", m{"title": " "}).problem(api.Invalid)
		ann.call("POST", "/broadcasts", m{"title": "x", "people": []string{"nobody"}}).problem(api.Invalid)
		ann.call("POST", "/broadcasts", m{"title": "x", "urgent": "no"}).problem(api.Invalid)
		var made struct{ ID string }
		ann.call("POST", "/broadcasts", m{"title": "Fire drill", "text": "All out.", "people": []string{bob.me().ID}}).want(201).into(&made)
		want := []cardBody{{Subject: made.ID, Kind: "broadcast", Title: "Fire drill", Text: "All out.", Organiser: "Ann"}}
		if diff := cmp.Diff(want, bob.cards(1)); diff != "" {
			t.Errorf("cards (-want +got):\n%s", diff)
		}
		if m, ok := (<-told).(*wire.Reminded); !ok || m.Reminder.Subject != made.ID || !slices.Equal(m.Reminder.Acts, []string{"heard"}) {
			t.Errorf("told %+v", m)
		}
		bob.call("POST", "/me/reminders/"+made.ID, m{"act": "jump"}).problem(api.Invalid)
		bob.call("POST", "/me/reminders/nothing", m{"act": "heard"}).problem(api.NotFound)
		ann.call("POST", "/me/reminders/"+made.ID, m{"act": "heard"}).problem(api.NotFound)
		ann.call("POST", "/subjects/"+made.ID+"/again", nil).problem(api.TooOften)
		bob.call("POST", "/me/reminders/"+made.ID, m{"act": "heard"}).want(204)
		bob.cards(0)
		if m, ok := (<-told).(*wire.ReminderSettled); !ok || m.Subject != made.ID {
			t.Errorf("told %+v", m)
		}
		checkReceipts(t, w, ann, bob, made.ID)
		var all []struct {
			ID     string
			People int
		}
		ann.call("GET", "/broadcasts", nil).want(200).into(&all)
		if len(all) != 1 || all[0].ID != made.ID || all[0].People != 1 {
			t.Errorf("announced: %+v", all)
		}
	})
}

func checkReceipts(t *testing.T, w *world, ann, bob *client, id string) {
	t.Helper()
	type receipts struct {
		Funnel struct{ People, Planned, Sent, Delivered, Acknowledged, Waiting int }
		People []struct{ Name, Answer, Where string }
	}
	var all, own receipts
	ann.call("GET", "/subjects/"+id+"/receipts", nil).want(200).into(&all)
	bob.call("GET", "/subjects/"+id+"/receipts", nil).want(200).into(&own)
	want := receipts{People: []struct{ Name, Answer, Where string }{{"Bob", "heard", "page"}}}
	want.Funnel.People, want.Funnel.Planned, want.Funnel.Sent, want.Funnel.Delivered, want.Funnel.Acknowledged = 1, 1, 1, 1, 1
	if diff := cmp.Diff([]receipts{want, want}, []receipts{all, own}); diff != "" {
		t.Errorf("receipts (-want +got):\n%s", diff)
	}
	w.client().call("GET", "/subjects/"+id+"/receipts", nil).problem(api.SignedOut)
	file := ann.call("GET", "/subjects/"+id+"/receipts/export", nil).want(200)
	rows, err := csv.NewReader(strings.NewReader(string(file.body))).ReadAll()
	if err != nil || len(rows) != 2 || rows[0][0] != "name" || rows[1][0] != "Bob" || rows[1][2] != "heard" {
		t.Errorf("export: %q, %v", rows, err)
	}
}

// TestQuietHoursAreTheirOwn: a person sets them, and reads what disturbed them;
// nobody else can.
func TestQuietHoursAreTheirOwn(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		bob := w.bob(ann)
		type quiet struct {
			Zone         string
			Week         [][]struct{ From, To string }
			RestUntil    *time.Time
			RestingUntil *time.Time
		}
		var q quiet
		bob.call("GET", "/me/quiet", nil).want(200).into(&q)
		if q.Zone != "Asia/Shanghai" || len(q.Week) != 7 || q.RestUntil != nil || q.RestingUntil != nil {
			t.Errorf("to begin with: %+v", q)
		}
		evening := []m{{"from": "18:30", "to": "09:00"}}
		week := []any{evening, evening, evening, evening, evening, []m{{"from": "00:00", "to": "24:00"}}, []m{}}
		bob.call("PUT", "/me/quiet", m{"zone": "Asia/Shanghai", "week": week}).want(200).into(&q)
		if q.Week[0][0].From != "18:30" || q.Week[5][0].To != "24:00" || len(q.Week[6]) != 0 {
			t.Errorf("set: %+v", q)
		}
		bob.call("PUT", "/me/quiet", m{"zone": "Nowhere/Else", "week": week}).problem(api.Invalid)
		bob.call("PUT", "/me/quiet", m{"zone": "Asia/Shanghai", "week": week[:6]}).problem(api.Invalid)
		week[0] = []m{{"from": "25:00", "to": "09:00"}}
		bob.call("PUT", "/me/quiet", m{"zone": "Asia/Shanghai", "week": week}).problem(api.Invalid)
		until := time.Now().Add(2 * time.Hour).UTC().Truncate(time.Second)
		bob.call("PUT", "/me/rest", m{"until": until}).want(200).into(&q)
		if q.RestUntil == nil || !q.RestUntil.Equal(until) || q.RestingUntil == nil || len(q.Week[1]) != 1 {
			t.Errorf("resting: %+v", q)
		}
		bob.call("PUT", "/me/rest", m{"until": time.Now().AddDate(1, 0, 0)}).problem(api.Invalid)
		ann.call("GET", "/me/quiet", nil).want(200).into(&q)
		if q.RestUntil != nil || len(q.Week[1]) != 0 {
			t.Errorf("Ann's are %+v", q)
		}
		for path, item := range w.describe().Paths {
			for method := range operationsOf(item) {
				if (strings.Contains(path, "quiet") || strings.Contains(path, "rest")) && method != "GET" && !strings.HasPrefix(path, "/me/") {
					t.Errorf("%s %s lets somebody change another's quiet hours", method, path)
				}
			}
		}
		var left struct{ Left, Of int }
		ann.call("GET", "/me/override-quota", nil).want(200).into(&left)
		if left.Left != 3 || left.Of != 3 {
			t.Errorf("quota: %+v", left)
		}
		ann.call("POST", "/subjects/nothing/override", m{"reason": "the bridge is down"}).problem(api.NotFound)
		bob.call("POST", "/me/disturbances/nothing", m{"urgent": true}).problem(api.NotFound)
		ann.call("GET", "/me/disturbances", nil).want(200)
	})
}

// TestChoices: people and organisers choose how they remind.
func TestChoices(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		bob := w.bob(ann)
		type choice struct {
			Channels       []string
			Lead           []int
			NoRing, NoCall bool
		}
		var c choice
		bob.call("GET", "/me/notifications", nil).want(200).into(&c)
		if c.Channels != nil || c.Lead == nil {
			t.Errorf("to begin with: %+v", c)
		}
		want := choice{[]string{"mail", "wecom"}, []int{60, 10}, true, true}
		bob.call("PUT", "/me/notifications", m{"channels": want.Channels, "lead": want.Lead, "noRing": true, "noCall": true}).want(200)
		bob.call("GET", "/me/notifications", nil).want(200).into(&c)
		if diff := cmp.Diff(want, c); diff != "" {
			t.Errorf("chosen (-want +got):\n%s", diff)
		}
		bob.call("PUT", "/me/notifications", m{"channels": nil, "lead": []int{-1}, "noRing": true, "noCall": true}).problem(api.Invalid)
		weekly := ann.meeting("Weekly")
		path := "/meetings/" + weekly.ID + "/ladder"
		type ladder struct {
			Rungs []reminder.Rung
			Own   bool
		}
		var l ladder
		ann.call("GET", path, nil).want(200).into(&l)
		if l.Own || len(l.Rungs) != 5 {
			t.Errorf("to begin with: %+v", l)
		}
		bob.call("GET", path, nil).problem(api.NotFound)
		bob.call("PUT", path, m{"rungs": []m{}}).problem(api.NotFound)
		ann.call("PUT", path, m{"rungs": []m{{"step": "ask", "minutes": -3000}}}).problem(api.Invalid)
		ann.call("PUT", path, m{"rungs": []m{{"step": "ask", "minutes": -30}}}).want(200)
		ann.call("GET", path, nil).want(200).into(&l)
		if diff := cmp.Diff(ladder{[]reminder.Rung{{Step: reminder.Ask, Minutes: -30}}, true}, l); diff != "" {
			t.Errorf("ladder (-want +got):\n%s", diff)
		}
		w.client().call("GET", "/reminders/forged", nil).problem(api.WrongToken)
		w.client().call("POST", "/reminders/forged", m{"act": "join"}).problem(api.WrongToken)
	})
}
