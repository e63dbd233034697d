package reminder_test

import (
	"context"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/signaling/internal/ical"
	"partyline/signaling/notify"
	"partyline/signaling/reminder"
)

// evenings are quiet hours from half past six to nine, and on weekends all day.
func evenings(zone string) reminder.Quiet {
	q := reminder.Quiet{Zone: zone}
	for day := range q.Week {
		q.Week[day] = []reminder.Span{{From: 18*60 + 30, To: 9 * 60}}
	}
	q.Week[time.Saturday] = []reminder.Span{{From: 0, To: 24 * 60}}
	q.Week[time.Sunday] = []reminder.Span{{From: 0, To: 24 * 60}, {From: 23 * 60, To: 9 * 60}}
	return q
}

func TestQuietHours(t *testing.T) {
	for _, test := range []struct {
		name, zone, at, until string // until is empty where it is not quiet
	}{
		{"at work", "Asia/Shanghai", "2026-03-02 12:00", ""},
		{"the minute before", "Asia/Shanghai", "2026-03-02 18:29", ""},
		{"in the evening", "Asia/Shanghai", "2026-03-02 18:30", "2026-03-03 09:00"},
		{"at night", "Asia/Shanghai", "2026-03-03 03:00", "2026-03-03 09:00"},
		{"at the end", "Asia/Shanghai", "2026-03-03 09:00", ""},
		{"over the weekend", "Asia/Shanghai", "2026-03-06 20:00", "2026-03-09 09:00"},
		{"the clock goes forward", "Europe/Berlin", "2026-03-29 01:00", "2026-03-30 09:00"},
		{"the clock goes back", "America/New_York", "2026-10-31 20:00", "2026-11-02 09:00"},
	} {
		zone, err := ical.Zone(test.zone)
		must(t, err)
		at, err := time.ParseInLocation("2006-01-02 15:04", test.at, zone)
		must(t, err)
		until, quiet := evenings(test.zone).At(at, zone)
		if got := until.In(zone).Format("2006-01-02 15:04"); quiet != (test.until != "") || quiet && got != test.until {
			t.Errorf("%s: quiet %v until %s, want %q", test.name, quiet, got, test.until)
		}
	}
	always := reminder.Quiet{Zone: "UTC"}
	for day := range always.Week {
		always.Week[day] = []reminder.Span{{From: 0, To: 24 * 60}}
	}
	if until, quiet := always.At(nine, time.UTC); !quiet || until.Sub(nine) > 8*24*time.Hour {
		t.Errorf("quiet for ever: %v %v", until, quiet)
	}
	resting := reminder.Quiet{Zone: "UTC", Until: nine.Add(time.Hour)}
	if until, quiet := resting.At(nine, time.UTC); !quiet || !until.Equal(nine.Add(time.Hour)) {
		t.Errorf("rest now: %v %v", until, quiet)
	}
	if _, quiet := resting.At(nine.Add(time.Hour), time.UTC); quiet {
		t.Error("rest does not end")
	}
}

func TestQuietMeets(t *testing.T) {
	q := evenings("UTC")
	for _, test := range []struct {
		from, to string
		want     bool
	}{
		{"10:00", "11:00", false}, {"18:00", "19:00", true}, {"18:00", "18:30", false}, {"17:00", "23:00", true}, {"03:00", "04:00", true}, {"08:30", "10:00", true},
	} {
		at := func(clock string) time.Time {
			v, err := time.Parse("2006-01-02 15:04", "2026-03-03 "+clock)
			must(t, err)
			return v
		}
		if got := q.Meets(at(test.from), at(test.to), time.UTC); got != test.want {
			t.Errorf("%s to %s: %v", test.from, test.to, got)
		}
	}
}

func TestBadQuietHours(t *testing.T) {
	for name, spoil := range map[string]func(*reminder.Quiet){
		"no zone":          func(q *reminder.Quiet) { q.Zone = "" },
		"impossible zone":  func(q *reminder.Quiet) { q.Zone = "../../etc/passwd" },
		"too late a time":  func(q *reminder.Quiet) { q.Week[1] = []reminder.Span{{From: 24 * 60, To: 5}} },
		"no time":          func(q *reminder.Quiet) { q.Week[1] = []reminder.Span{{From: -1, To: 5}} },
		"five spans a day": func(q *reminder.Quiet) { q.Week[1] = make([]reminder.Span, 5) },
		"rest for ever":    func(q *reminder.Quiet) { q.Until = nine.AddDate(1, 0, 0) },
	} {
		q := evenings("Asia/Shanghai")
		must(t, q.Check(nine))
		if spoil(&q); !errors.Is(q.Check(nine), reminder.ErrBadQuiet) {
			t.Errorf("%s is taken", name)
		}
	}
}

// TestLeftAlone: what falls into quiet hours is held and comes as one message
// after them; what is over by then is not sent, and nothing rings.
func TestLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ann := colleague("ann")
		long := meetingAt("long", nine, ann)
		long.Title, long.End = "Long", nine.Add(4*time.Hour)
		todo := reminder.Subject{Kind: reminder.Todo, ID: "todo", Title: "Report", Start: nine, End: nine, Revision: 1, People: []reminder.Who{ann}}
		w := newWorld(t, nine.Add(-time.Hour), pushed)
		w.agenda.set(meetingAt("short", nine, ann, colleague("bob")), long, todo)
		q := reminder.Quiet{Zone: "UTC"}
		q.Week[nine.Weekday()] = []reminder.Span{{From: 0, To: 11 * 60}}
		must(t, w.service.SetQuiet(t.Context(), "ann", q))
		w.run()
		w.sleep(2 * time.Hour)
		for _, l := range w.post.sent {
			if l.Person == "ann" {
				t.Errorf("disturbed at %v by %s: %s", l.at, l.channel, l.Title)
			}
		}
		cards, err := w.service.Cards(t.Context(), "ann")
		must(t, err)
		if len(cards) != 2 { // the long meeting and the to-do: they are there for those who look
			t.Errorf("cards: %+v", cards)
		}
		w.sleep(3 * time.Hour)
		w.stop()
		var got []string
		for _, l := range w.post.sent {
			if l.Person == "ann" {
				got = append(got, l.at.Format("15:04 ")+string(l.channel)+" "+l.Title)
				if !strings.Contains(l.Text, "Long started 120 min ago") || !strings.Contains(l.Text, "Overdue since 120 min: Report") {
					t.Errorf("text: %s", l.Text)
				}
			}
		}
		if diff := cmp.Diff([]string{"11:00 push While you were resting"}, got); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
		for _, c := range w.post.calls {
			if c.Who.Key == "ann" {
				t.Error("the phone rang")
			}
		}
	})
}

// TestOverride: what is urgent gets through, with its reason, a few times a
// month; what people did not find urgent counts twice.
func TestOverride(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ann, boss := colleague("ann"), colleague("boss")
		w := newWorld(t, nine.Add(-time.Hour), pushed)
		var subjects []reminder.Subject
		for _, id := range []string{"a", "b", "c", "d"} {
			subjects = append(subjects, meetingAt(id, nine, ann))
		}
		w.agenda.set(subjects...)
		must(t, w.service.SetQuiet(t.Context(), "ann", reminder.Quiet{Zone: "UTC", Until: nine.Add(48 * time.Hour)}))
		w.run()
		w.sleep(time.Minute)
		urge := func(by reminder.Who, admin bool, subject, reason string, want error) {
			t.Helper()
			if _, err := w.service.Urge(t.Context(), by, admin, subject, reason); !errors.Is(err, want) {
				t.Errorf("urge %s: %v, want %v", subject, err, want)
			}
		}
		urge(boss, false, "a", "  ", reminder.ErrNoReason)
		urge(ann, false, "a", "because I want", reminder.ErrNotYours)
		urge(boss, false, "nothing", "the bridge is down", reminder.ErrNoSubject)
		urge(boss, false, "a", "the bridge is down", nil)
		w.sleep(2 * time.Hour)
		var got []string
		for _, l := range w.post.sent {
			got = append(got, string(l.channel)+" "+l.Topic)
			if l.channel == notify.Push && !strings.HasPrefix(l.Text, "Urgent, says boss: the bridge is down\n") {
				t.Errorf("text: %s", l.Text)
			}
		}
		if diff := cmp.Diff([]string{"push a", "websocket a"}, got); diff != "" {
			t.Errorf("sent (-want +got):\n%s", diff)
		}
		all, err := w.service.Disturbances(t.Context(), "ann")
		must(t, err)
		if len(all) != 1 || all[0].Reason != "the bridge is down" || all[0].SenderName != "boss" {
			t.Fatalf("disturbances: %+v", all)
		}
		checkQuota(t, w, 2)
		must(t, w.service.Judge(t.Context(), "ann", all[0].ID, false))
		checkQuota(t, w, 1)
		if err := w.service.Judge(t.Context(), "bob", all[0].ID, true); !errors.Is(err, reminder.ErrNoSubject) {
			t.Errorf("somebody else judges: %v", err)
		}
		must(t, w.service.Judge(t.Context(), "ann", all[0].ID, true)) // on second thought
		checkQuota(t, w, 2)
		for range 2 {
			if _, err := w.service.Announce(t.Context(), boss, reminder.Announcement{Title: "Fire", People: []reminder.Who{ann}}, "the house burns"); err != nil {
				t.Error(err)
			}
		}
		if _, err := w.service.Announce(t.Context(), boss, reminder.Announcement{Title: "Cake", People: []reminder.Who{ann}}, "the cake is here"); !errors.Is(err, reminder.ErrQuota) {
			t.Errorf("beyond the quota: %v", err)
		}
		w.stop()
		w.sleep(31 * 24 * time.Hour)
		checkQuota(t, w, 3)
	})
}

func checkQuota(t *testing.T, w *world, want int) {
	t.Helper()
	if left, of, err := w.service.Quota(t.Context(), "boss"); err != nil || left != want || of != 3 {
		t.Errorf("left %d of %d, %v, want %d", left, of, err, want)
	}
}

// TestAnnouncement: many are told, by what reaches them and by phone if wanted;
// pressing 1 says that it was heard.
func TestAnnouncement(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nine, pushed)
		w.post.ring = func(_ context.Context, c reminder.PhoneCall) (reminder.Act, error) {
			time.Sleep(10 * time.Second) // it rings, and is listened to
			if c.Who.Key == "ann" && c.Text == "All out." {
				return reminder.Heard, nil
			}
			return reminder.NoReply, nil
		}
		w.run()
		w.sleep(time.Second)
		a, err := w.service.Announce(t.Context(), colleague("boss"), reminder.Announcement{
			Title: "Fire drill", Text: "All out.", Phone: true, People: []reminder.Who{colleague("ann"), colleague("bob")},
		}, "")
		must(t, err)
		w.sleep(time.Minute)
		r, err := w.service.Receipts(t.Context(), "boss", a.ID)
		must(t, err)
		want := reminder.Funnel{People: 2, Planned: 6, Sent: 6, Delivered: 4, Acknowledged: 1, Waiting: 1}
		if diff := cmp.Diff(want, r.Funnel); diff != "" {
			t.Errorf("funnel (-want +got):\n%s", diff)
		}
		own, err := w.service.Receipts(t.Context(), "bob", a.ID)
		must(t, err)
		if len(own.People) != 1 || own.People[0].Who.Key != "bob" || own.Funnel.People != 1 {
			t.Errorf("Bob sees %+v", own)
		}
		if _, err := w.service.Receipts(t.Context(), "zoe", a.ID); !errors.Is(err, reminder.ErrNoSubject) {
			t.Errorf("a stranger sees %v", err)
		}
		head, rows := r.Table()
		if len(rows) != 6 || len(rows[0]) != len(head) {
			t.Errorf("table: %v %v", head, rows)
		}
		w.stop()
	})
	for _, a := range []reminder.Announcement{
		{},
		{Title: "x"},
		{Title: strings.Repeat("x", 81), People: []reminder.Who{{}}},
		{Title: "a\nb", People: []reminder.Who{{}}},
		{Title: "x", Text: strings.Repeat("长", 1001), People: []reminder.Who{{}}},
		{Title: "x", People: make([]reminder.Who, 10_000)},
	} {
		w := newWorld(t, nine, pushed)
		if _, err := w.service.Announce(t.Context(), colleague("boss"), a, ""); !errors.Is(err, reminder.ErrBadAnnouncement) {
			t.Errorf("%d people, %.10q: %v", len(a.People), a.Title, err)
		}
	}
}
