package reminder_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/signaling/notify"
	"partyline/signaling/reminder"
)

// nine is when the meetings of most tests begin.
var nine = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// begin makes a world at a time before nine that runs. Stop is called by the
// test.
func begin(t *testing.T, before time.Duration, reach routes, subjects ...reminder.Subject) *world {
	w := newWorld(t, nine.Add(-before), reach)
	w.agenda.set(subjects...)
	w.run()
	return w
}

// pushed is how most people are reached.
var pushed = routes{{Channel: notify.Push}}

func TestLadder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		guest := reminder.Who{Key: "invitation", Name: "Zoe", Email: "zoe@example.org", Phone: "+8613900139000", Language: "zh-CN", Zone: "Asia/Shanghai"}
		boss, ann := colleague("boss"), colleague("ann")
		bob := colleague("bob")
		bob.Required = false
		dan := reminder.Who{Key: "room phone", Name: "Room", Phone: "+861012345678", Ring: true, Language: "en", Zone: "UTC"}
		w := begin(t, time.Hour, pushed, meetingAt("sync", nine, boss, ann, bob, guest, dan))
		w.sleep(2 * time.Hour)
		w.stop()
		var got []string
		for _, l := range w.post.sent {
			to := l.Person
			if to == "" {
				to = l.Address
			}
			got = append(got, l.at.Format("15:04")+" "+string(l.channel)+" "+to+": "+l.Title)
		}
		for _, c := range w.post.calls {
			got = append(got, "phone "+c.Who.Key+" "+string(c.Step))
		}
		slices.Sort(got)
		want := []string{
			"08:50 mail zoe@example.org: Sync 将在 10 分钟后开始",
			"08:50 push ann: Sync starts in 10 min",
			"08:50 push bob: Sync starts in 10 min",
			"08:50 push boss: Sync starts in 10 min",
			"08:59 websocket ann: Sync starts in 1 min",
			"08:59 websocket bob: Sync starts in 1 min",
			"08:59 websocket boss: Sync starts in 1 min",
			"09:03 push boss: Not here yet: ann",
			"09:03 websocket boss: Not here yet: ann",
			"phone ann call",
			"phone room phone dial",
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("reminders (-want +got):\n%s", diff)
		}
		if len(w.post.told) != 1 || !slices.Equal(w.post.told[0].Missing, []string{"ann"}) {
			t.Errorf("hosts were told %+v", w.post.told)
		}
	})
}

// TestOrganisersLadder: what the organiser and the person chose is what counts,
// also when they choose after the rows were written.
func TestOrganisersLadder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := begin(t, 3*time.Hour, routes{{Channel: notify.Push}, {Channel: notify.Slack, Bot: "b"}, {Channel: notify.Mail, Address: "a@b.example"}},
			meetingAt("sync", nine, colleague("ann"), colleague("bob")))
		w.sleep(time.Minute)
		ladder := reminder.Ladder{Rungs: []reminder.Rung{{Step: reminder.Ask, Minutes: -30}, {Step: reminder.Call, Minutes: 2}}}
		if err := w.service.SetLadder(t.Context(), "meeting of sync", ladder); err != nil {
			t.Fatal(err)
		}
		choice := reminder.Choice{Channels: []notify.Channel{notify.Mail}, Lead: []int{60, 5}, NoCall: true, NoRing: true}
		if err := w.service.Choose(t.Context(), "bob", choice); err != nil {
			t.Fatal(err)
		}
		w.sleep(4 * time.Hour)
		w.stop()
		got := map[string][]string{}
		for _, l := range w.post.sent {
			at := l.at.Truncate(time.Minute).Format("15:04")
			if l.channel.IsBot() {
				at = "a little before 08:30"
				if early := nine.Add(-30 * time.Minute).Sub(l.at); early < 0 || early > 90*time.Second {
					t.Errorf("the bot spoke at %v", l.at)
				}
			}
			got[l.Person] = append(got[l.Person], at+" "+string(l.channel))
		}
		slices.Sort(got["ann"])
		want := map[string][]string{
			"ann": {"08:30 push", "a little before 08:30 slack"},
			"bob": {"08:00 mail", "08:55 mail"},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("reminders (-want +got):\n%s", diff)
		}
		if len(w.post.calls) != 1 || w.post.calls[0].Who.Key != "ann" {
			t.Errorf("calls: %+v", w.post.calls)
		}
	})
}

// TestAnswerStopsEverything: an answer anywhere stops all channels within a
// second, also a phone that rings and what is claimed already.
func TestAnswerStopsEverything(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nine.Add(-time.Hour), pushed)
		w.agenda.set(meetingAt("sync", nine, colleague("ann"), colleague("bob")))
		var hungUp time.Time
		w.post.ring = func(ctx context.Context, c reminder.PhoneCall) (reminder.Act, error) {
			<-ctx.Done() // it rings until somebody hangs up
			if c.Who.Key == "ann" {
				hungUp = w.now()
			}
			return reminder.NoReply, nil
		}
		w.run()
		w.sleep(61*time.Minute + 10*time.Second)
		answered := w.now()
		must(t, w.service.AnswerAs(t.Context(), "ann", "sync", reminder.Late, 0, "page"))
		w.sleep(2 * time.Second)
		if hungUp.IsZero() || hungUp.Sub(answered) > time.Second {
			t.Errorf("answered at %v, the phone stopped ringing at %v", answered, hungUp)
		}
		w.sleep(10 * time.Minute)
		w.stop()
		if len(w.post.calls) != 2 {
			t.Errorf("%d calls, want one to each", len(w.post.calls))
		}
		if n := w.post.told; len(n) == 0 || n[0].Act != reminder.Late || n[0].Minutes != 5 || n[0].Name != "ann" {
			t.Errorf("hosts were told %+v", n)
		}
		r, err := w.service.Receipts(t.Context(), "boss", "sync")
		must(t, err)
		want := reminder.Funnel{People: 2, Planned: 6, Sent: 6, Delivered: 4, Acknowledged: 1, Late: 1, Waiting: 1}
		if diff := cmp.Diff(want, r.Funnel); diff != "" {
			t.Errorf("funnel (-want +got):\n%s", diff)
		}
	})
}

// TestAnswerBetweenClaimAndSend: whoever answers while their reminder is held
// by a node that has not sent it yet gets none.
func TestAnswerBetweenClaimAndSend(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := begin(t, time.Hour, pushed, meetingAt("sync", nine, colleague("ann"), colleague("bob")))
		slow := &slowChoices{book: w.book, wait: 3 * time.Second}
		w.stop()
		var err error
		w.service, err = reminder.New(t.Context(), testConfig(), slow, w.agenda, w.post.reach(pushed), w.counts, w.now, quietLog())
		must(t, err)
		w.run()
		w.sleep(49*time.Minute + 59*time.Second)
		slow.on.Store(true)
		w.sleep(2 * time.Second) // claimed a second ago
		must(t, w.service.AnswerAs(t.Context(), "ann", "sync", reminder.Coming, 0, "page"))
		w.sleep(time.Minute)
		slow.on.Store(false)
		w.stop()
		if got := w.post.titles(notify.Push); len(got) != 1 || w.post.sent[0].Person != "bob" {
			t.Errorf("sent %v", w.post.sent)
		}
	})
}

// slowChoices takes its time between claim and send.
type slowChoices struct {
	*book
	wait time.Duration
	on   atomic.Bool
}

func (s *slowChoices) Quiets(ctx context.Context, people []string) (map[string]reminder.Quiet, error) {
	if s.on.Load() {
		time.Sleep(s.wait)
	}
	return s.book.Quiets(ctx, people)
}

// TestWhoCameIsNotRung: neither people nor guests by the code of their
// invitation are missed when they are in the room.
func TestWhoCameIsNotRung(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		guest := reminder.Who{Key: "invitation", Name: "Zoe", Phone: "+8613900139000", Language: "en", Zone: "UTC", Required: true}
		w := newWorld(t, nine.Add(-time.Hour), pushed)
		w.agenda.set(meetingAt("sync", nine, colleague("ann"), colleague("bob"), guest))
		var rung []string
		w.post.ring = func(_ context.Context, c reminder.PhoneCall) (reminder.Act, error) {
			rung = append(rung, c.Who.Key)
			return reminder.NoReply, nil
		}
		w.run()
		for range 3 { // 45, 30 and 15 minutes before
			w.sleep(15 * time.Minute)
			for _, key := range []string{"ann", "invitation", "stranger"} {
				must(t, w.service.Joined(t.Context(), "meeting of sync", key, "room"))
			}
		}
		w.sleep(30 * time.Minute)
		w.stop()
		if diff := cmp.Diff([]string{"bob"}, rung); diff != "" {
			t.Errorf("phones rang (-want +got):\n%s", diff)
		}
	})
}

// TestPhoneKeys: what is pressed at the phone is an answer; nothing pressed is
// none.
func TestPhoneKeys(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ann, bob, cat := colleague("ann"), colleague("bob"), colleague("cat")
		w := newWorld(t, nine.Add(-time.Hour), pushed)
		w.agenda.set(meetingAt("sync", nine, ann, bob, cat))
		var mu sync.Mutex // guards times
		times := map[string]int{}
		w.post.ring = func(_ context.Context, c reminder.PhoneCall) (reminder.Act, error) {
			mu.Lock()
			times[c.Who.Key]++
			mu.Unlock()
			switch c.Who.Key {
			case "ann":
				return reminder.Join, nil
			case "bob":
				return reminder.Later, nil // wants to be called again, each time
			}
			return reminder.NoReply, nil
		}
		w.run()
		w.sleep(3 * time.Hour)
		w.stop()
		if diff := cmp.Diff(map[string]int{"ann": 1, "bob": 1 + reminder.MostAgain, "cat": 1}, times); diff != "" {
			t.Errorf("phones rang (-want +got):\n%s", diff)
		}
		r, err := w.service.Receipts(t.Context(), "boss", "sync")
		must(t, err)
		if r.Funnel.Acknowledged != 1 || r.Funnel.Waiting != 2 {
			t.Errorf("funnel: %+v", r.Funnel)
		}
	})
}

// TestAgain: those who have not answered can be reminded again three times, five
// minutes apart, and nobody else.
func TestAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := begin(t, time.Hour, pushed, meetingAt("sync", nine, colleague("ann"), colleague("bob")))
		w.sleep(51 * time.Minute) // one minute after the first message
		again := func(want int, refused error) {
			t.Helper()
			if n, err := w.service.Remind(t.Context(), "boss", "sync"); n != want || !errors.Is(err, refused) {
				t.Errorf("at %v: %d, %v, want %d, %v", w.now(), n, err, want, refused)
			}
		}
		again(0, reminder.ErrTooOften)
		if _, err := w.service.Remind(t.Context(), "ann", "sync"); !errors.Is(err, reminder.ErrNoSubject) {
			t.Errorf("somebody else reminds: %v", err)
		}
		w.sleep(4*time.Minute + time.Second)
		must(t, w.service.AnswerAs(t.Context(), "bob", "sync", reminder.Coming, 0, "page"))
		again(1, nil)
		again(0, reminder.ErrTooOften)
		w.sleep(20 * time.Minute)
		again(1, nil)
		w.sleep(5 * time.Minute)
		again(1, nil)
		w.sleep(20 * time.Minute)
		again(0, reminder.ErrTooOften)
		w.stop()
		n := 0
		for _, l := range w.post.sent {
			if l.channel == notify.Push && l.Kind == reminder.KindReminder && l.Person == "ann" {
				n++
			}
		}
		if n != 1+reminder.MostAgain {
			t.Errorf("Ann got %d messages", n)
		}
	})
}

// TestMoved: a meeting that was moved is reminded of at its new time, even by
// those who were reminded of the old one; one that was cancelled is not.
func TestMoved(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ann := colleague("ann")
		gone := meetingAt("gone", nine, ann)
		w := begin(t, time.Hour, pushed, meetingAt("sync", nine, ann), gone)
		w.sleep(51 * time.Minute)
		moved := meetingAt("sync", nine.Add(4*time.Hour), ann)
		moved.Revision = 2
		w.agenda.set(moved) // and the other one is cancelled
		w.service.Changed()
		w.sleep(6 * time.Hour)
		w.stop()
		want := []string{"08:50 push", "08:50 push", "12:50 push", "12:59 websocket"}
		var got []string
		for _, l := range w.post.sent {
			got = append(got, l.at.Format("15:04 ")+string(l.channel))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("reminders (-want +got):\n%s", diff)
		}
		if len(w.post.calls) != 1 || !w.post.calls[0].Start.Equal(moved.Start) {
			t.Errorf("calls: %+v", w.post.calls)
		}
	})
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
