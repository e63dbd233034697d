package reminder_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/signaling/notify"
	"partyline/signaling/reminder"
)

// TestAfterDowntime: a program that stood still says what is still of use, in
// words that are true now, once; what is over is counted and not sent.
func TestAfterDowntime(t *testing.T) {
	for _, test := range []struct {
		name    string
		back    time.Duration // when it is there again, from the start
		planned bool          // it knew the meeting before it stopped
		push    []string
		page    []string
		calls   int
		expired int
		missed  int
	}{
		{"three minutes late", -7 * time.Minute, true, []string{"Sync starts in 7 min"}, []string{"Sync starts in 1 min"}, 1, 0, 0},
		{"eight minutes late", -2 * time.Minute, true, []string{"Sync starts in 2 min"}, []string{"Sync starts in 1 min"}, 1, 0, 1},
		{"it has begun", 3 * time.Minute, true, []string{"Sync started 3 min ago – join"}, []string{"Sync started 3 min ago – join"}, 1, 0, 1},
		{"long since", 20 * time.Minute, true, []string{"Sync started 20 min ago – join"}, []string{"Sync started 20 min ago – join"}, 0, 1, 3},
		{"it is over", 2 * time.Hour, true, nil, nil, 0, 3, 0},
		{"it is over and nobody knew of it", 2 * time.Hour, false, nil, nil, 0, 3, 0},
		{"it has begun and nobody knew of it", 3 * time.Minute, false, []string{"Sync started 3 min ago – join"}, []string{"Sync started 3 min ago – join"}, 1, 0, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				sync := meetingAt("sync", nine, colleague("ann"))
				w := begin(t, time.Hour, pushed)
				if test.planned {
					w.agenda.set(sync)
				}
				w.sleep(30 * time.Minute)
				w.stop()
				w.agenda.set(sync)
				w.sleep(30*time.Minute + test.back)
				w.make(pushed, testConfig())
				w.run()
				w.sleep(3 * time.Hour)
				w.stop()
				if diff := cmp.Diff(test.push, w.post.titles(notify.Push)); diff != "" {
					t.Errorf("pushed (-want +got):\n%s", diff)
				}
				if diff := cmp.Diff(test.page, w.post.titles(notify.WebSocket)); diff != "" {
					t.Errorf("on pages (-want +got):\n%s", diff)
				}
				if len(w.post.calls) != test.calls {
					t.Errorf("%d calls, want %d", len(w.post.calls), test.calls)
				}
				missed := w.counts.get("missed push") + w.counts.get("missed websocket") + w.counts.get("missed phone")
				if got := w.counts.get("expired"); got != test.expired || test.planned && missed != test.missed {
					t.Errorf("expired %d, want %d; missed %d, want %d: %v", got, test.expired, missed, test.missed, w.counts.counts)
				}
			})
		})
	}
}

// TestSeveralBecomeOne: after downtime several reminders of a person come in
// one message.
func TestSeveralBecomeOne(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ann := colleague("ann")
		w := begin(t, time.Hour, pushed, meetingAt("a", nine, ann), meetingAt("b", nine.Add(5*time.Minute), ann), meetingAt("c", nine, colleague("bob")))
		w.sleep(30 * time.Minute)
		w.stop()
		w.sleep(33 * time.Minute)
		w.make(pushed, testConfig())
		w.run()
		w.sleep(time.Minute)
		w.stop()
		got := map[string][]string{}
		for _, l := range w.post.sent {
			if l.channel == notify.Push {
				got[l.Person] = append(got[l.Person], l.Title)
			}
		}
		want := map[string][]string{"ann": {"2 reminders"}, "bob": {"Sync started 3 min ago – join"}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("pushed (-want +got):\n%s", diff)
		}
	})
}

// TestClockJumps: the wall clock is set while the program runs. Forward, what
// is due then comes at once; back, nothing comes again.
func TestClockJumps(t *testing.T) {
	for _, test := range []struct {
		name string
		at   time.Duration // from the beginning, an hour before the start
		jump time.Duration
		push string
	}{
		{"forward to the reminder", 10 * time.Minute, 42 * time.Minute, "Sync starts in 8 min"},
		{"back over the reminder", 51 * time.Minute, -30 * time.Minute, "Sync starts in 10 min"},
		{"back before the reminder", 49 * time.Minute, -2 * time.Hour, "Sync starts in 10 min"},
		{"a leap second", 49*time.Minute + 59*time.Second, -time.Second, "Sync starts in 10 min"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := begin(t, time.Hour, pushed, meetingAt("sync", nine, colleague("ann")))
				w.sleep(test.at)
				w.jump(test.jump)
				w.sleep(4 * time.Hour)
				w.stop()
				if diff := cmp.Diff([]string{test.push}, w.post.titles(notify.Push)); diff != "" {
					t.Errorf("pushed (-want +got):\n%s", diff)
				}
				if len(w.post.calls) != 1 {
					t.Errorf("%d calls", len(w.post.calls))
				}
			})
		})
	}
}

// TestRetries: what a channel refuses for now is tried again with the same key,
// and what it refuses for good is not.
func TestRetries(t *testing.T) {
	for _, test := range []struct {
		name    string
		err     error
		times   int // that it fails
		keys    int // attempts
		outcome reminder.State
		reason  reminder.Reason
	}{
		{"out of order twice", &notify.Refused{Cause: notify.Failing}, 2, 3, reminder.Sent, ""},
		{"any error", errors.New("no connection"), 1, 2, reminder.Sent, ""},
		{"refused", &notify.Refused{Cause: notify.BadSecret, Permanent: true}, 99, 1, reminder.Failed, reminder.ByRefusal},
		{"gone", &notify.Refused{Cause: notify.BadAddress, Permanent: true, Gone: true}, 99, 1, reminder.Failed, reminder.ByAddress},
		{"for ever", &notify.Refused{Cause: notify.Unreachable}, 99, 8, reminder.Failed, reminder.ByFault},
		{"in an hour", &notify.Refused{Cause: notify.Throttled, RetryAfter: 2 * time.Hour}, 99, 1, reminder.Failed, reminder.ByFault},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				w := newWorld(t, nine.Add(-time.Hour), pushed)
				w.agenda.set(meetingAt("sync", nine, colleague("ann")))
				var keys []string
				w.post.fail = func(c notify.Channel, m notify.Message) error {
					if c != notify.Push {
						return nil
					}
					if keys = append(keys, m.Key); len(keys) <= test.times {
						return test.err
					}
					return nil
				}
				w.run()
				w.sleep(90 * time.Minute)
				w.stop()
				if len(keys) != test.keys || keys[0] != keys[len(keys)-1] {
					t.Errorf("tried with the keys %q, want %d times the same", keys, test.keys)
				}
				rows, err := w.book.RowsOf(t.Context(), "sync")
				must(t, err)
				for _, r := range rows {
					if r.Channel == notify.Push && (r.State != test.outcome || r.Reason != test.reason) {
						t.Errorf("it is %s, %s", r.State, r.Reason)
					}
				}
			})
		})
	}
}

// TestFullDisk: while nothing can be written, nothing is sent; what was sent
// when it could not be recorded is not sent again. Nothing is lost.
func TestFullDisk(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := begin(t, time.Hour, pushed, meetingAt("sync", nine, colleague("ann"), colleague("bob")))
		w.sleep(49 * time.Minute)
		set := func(full, record error) {
			w.book.mu.Lock()
			defer w.book.mu.Unlock()
			w.book.full, w.book.fullRecord = full, record
		}
		full := errors.New("the disk is full")
		set(full, nil) // in the middle of a claim
		w.sleep(2 * time.Minute)
		if got := w.post.titles(notify.Push); len(got) != 0 {
			t.Errorf("%q sent although nothing could be claimed", got)
		}
		set(nil, full) // between send and record
		w.sleep(20 * time.Second)
		if got := w.post.titles(notify.Push); len(got) != 2 {
			t.Errorf("%q sent, want 2", got)
		}
		w.sleep(9 * time.Minute) // several leases
		set(nil, nil)
		w.sleep(time.Hour)
		w.stop()
		if got := w.post.titles(notify.Push); len(got) != 2 {
			t.Errorf("pushed %q", got)
		}
		seen := map[string]int{}
		for _, c := range w.post.calls {
			seen[c.Who.Key]++
		}
		if diff := cmp.Diff(map[string]int{"ann": 1, "bob": 1}, seen); diff != "" {
			t.Errorf("phones rang (-want +got):\n%s", diff)
		}
	})
}

// TestAgendaFails: when the agenda cannot be read nothing is taken for gone.
func TestAgendaFails(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		broken := &brokenAgenda{}
		w := newWorld(t, nine.Add(-time.Hour), pushed)
		w.agenda.set(meetingAt("sync", nine, colleague("ann")))
		broken.agenda = w.agenda
		var err error
		w.service, err = reminder.New(t.Context(), testConfig(), w.book, broken, w.post.reach(pushed), w.counts, w.now, quietLog())
		must(t, err)
		must(t, w.service.Plan(t.Context()))
		// Another process starts, and does not know the meeting when its reminder is due.
		w.sleep(40 * time.Minute)
		w.service, err = reminder.New(t.Context(), testConfig(), w.book, broken, w.post.reach(pushed), w.counts, w.now, quietLog())
		must(t, err)
		broken.fails.Store(true)
		w.run()
		w.sleep(12 * time.Minute)
		broken.fails.Store(false)
		w.sleep(time.Minute)
		w.stop()
		if diff := cmp.Diff([]string{"Sync starts in 8 min"}, w.post.titles(notify.Push)); diff != "" {
			t.Errorf("pushed (-want +got):\n%s", diff)
		}
	})
}

type brokenAgenda struct {
	*agenda
	fails atomic.Bool
}

func (b *brokenAgenda) Upcoming(ctx context.Context, from, to time.Time) ([]reminder.Subject, error) {
	if b.fails.Load() {
		return nil, errors.New("no database")
	}
	return b.agenda.Upcoming(ctx, from, to)
}
