package store_test

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"partyline/signaling/notify"
	"partyline/signaling/reminder"
	"partyline/signaling/store"
	"partyline/signaling/store/storetest"
)

// due is when the reminders of these tests are.
var due = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// rowOf is a reminder of a meeting that begins ten minutes after it is due.
func rowOf(id string, channel notify.Channel) reminder.Row {
	return reminder.Row{
		ID: id, Subject: "sync", Kind: reminder.Meeting, Meeting: "m", Who: "who " + id, Person: "person " + id, Step: reminder.Ask, Channel: channel,
		Revision: 1, Start: due.Add(10 * time.Minute), End: due.Add(time.Hour), Due: due, Try: due, State: reminder.Pending,
	}
}

func addRows(t testing.TB, s *store.Store, want int, rows ...reminder.Row) {
	t.Helper()
	if n, err := s.AddRows(t.Context(), rows); err != nil || n != want {
		t.Fatalf("added %d, %v, want %d", n, err, want)
	}
}

func claim(t testing.TB, s *store.Store, owner string, channel notify.Channel, now time.Time, lease time.Duration) (ids []string) {
	t.Helper()
	rows, err := s.ClaimRows(t.Context(), owner, channel, now, 100, lease)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range rows {
		ids = append(ids, r.ID)
	}
	return ids
}

// TestClaims: a row is given to one owner at a time, when it is due; again when
// its lease is over, unless it is a call.
func TestClaims(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		later := rowOf("later", notify.Push)
		later.Try = due.Add(time.Minute)
		addRows(t, s, 4, rowOf("a", notify.Push), rowOf("b", notify.Mail), rowOf("call", notify.Phone), later)
		addRows(t, s, 0, rowOf("a", notify.Push), later)
		check := func(what string, got []string, want ...string) {
			t.Helper()
			if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
				t.Errorf("%s (-want +got):\n%s", what, diff)
			}
		}
		const short, long = time.Millisecond, time.Hour
		check("too early", claim(t, s, "x", notify.Push, due.Add(-time.Second), long))
		check("due", claim(t, s, "x", notify.Push, due, long), "a")
		check("claimed", claim(t, s, "y", notify.Push, due, long))
		check("a mail", claim(t, s, "x", notify.Mail, due, short), "b")
		check("the call", claim(t, s, "x", notify.Phone, due, short), "call")
		outcome := reminder.Outcome{ID: "a", State: reminder.Sent, At: due, Provider: "p"}
		if err := s.RecordRows(t.Context(), "x", []reminder.Outcome{outcome}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond) // the short leases are over, on the database's clock
		check("after the lease", claim(t, s, "y", notify.Mail, due, short), "b")
		check("nobody calls twice", claim(t, s, "y", notify.Phone, due, long))
		if expired, interrupted, err := s.EndRows(t.Context(), due); err != nil || expired != 0 || interrupted != 1 {
			t.Errorf("ended %d, %d, %v", expired, interrupted, err)
		}
		// The first owner comes too late with what it knows.
		if err := s.RecordRows(t.Context(), "x", []reminder.Outcome{{ID: "b", State: reminder.Failed, Reason: reminder.ByFault}}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(20 * time.Millisecond)
		if expired, _, err := s.EndRows(t.Context(), due.Add(2*time.Hour)); err != nil || expired != 2 {
			t.Errorf("expired %d, %v", expired, err)
		}
		checkStates(t, s, map[string]string{"a": "sent", "b": "expired late", "call": "failed interrupted", "later": "expired late"})
	})
}

func checkStates(t *testing.T, s *store.Store, want map[string]string) {
	t.Helper()
	rows, err := s.RowsOf(t.Context(), "sync")
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, r := range rows {
		got[r.ID] = string(r.State)
		if r.Reason != "" {
			got[r.ID] += " " + string(r.Reason)
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("states (-want +got):\n%s", diff)
	}
}

// TestAnswersEndRows of the person, whatever their state; what is planned
// afterwards is ended too, until the meeting is moved.
func TestAnswersEndRows(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		of := func(id string, step reminder.Step, channel notify.Channel) reminder.Row {
			r := rowOf(id, channel)
			r.Who, r.Step = "ann", step
			return r
		}
		sent, claimed, waits := of("sent", reminder.Ask, notify.Push), of("claimed", reminder.Ask, notify.Mail), of("waits", reminder.Ring, notify.WebSocket)
		host, dial, other := of("host", reminder.Host, notify.Push), of("dial", reminder.Dial, notify.Phone), rowOf("other", notify.Slack)
		waits.Try, host.Try, dial.Try = due.Add(time.Minute), due.Add(time.Minute), due.Add(time.Minute)
		addRows(t, s, 6, sent, claimed, waits, host, dial, other)
		claim(t, s, "x", notify.Push, due, time.Hour)
		claim(t, s, "x", notify.Mail, due, time.Hour)
		record := func(id string) {
			t.Helper()
			if err := s.RecordRows(t.Context(), "x", []reminder.Outcome{{ID: id, State: reminder.Sent, At: due}}); err != nil {
				t.Fatal(err)
			}
		}
		record("sent")
		snooze := of("snooze", reminder.Snooze, notify.Push)
		answer := reminder.Answer{Subject: "sync", Meeting: "m", Who: "ann", Name: "Ann", Start: sent.Start, Act: reminder.Later, Minutes: 5, Where: "page", At: due}
		if err := s.AddAnswer(t.Context(), answer, []reminder.Row{snooze}); err != nil {
			t.Fatal(err)
		}
		held, err := s.ClaimedRows(t.Context(), "x", []string{"sent", "claimed", "waits"})
		if err != nil || len(held) != 0 {
			t.Errorf("still held: %v, %v", held, err)
		}
		want := map[string]string{
			"sent": "acknowledged", "claimed": "suppressed answered", "waits": "suppressed answered", "host": "pending", "dial": "pending",
			"other": "pending", "snooze": "pending",
		}
		checkStates(t, s, want)
		record("claimed") // it was on its way
		answer.Act, answer.Minutes = reminder.Cannot, 0
		if err := s.AddAnswer(t.Context(), answer, nil); err != nil {
			t.Fatal(err)
		}
		addRows(t, s, 1, of("new", reminder.Ask, notify.WeCom))
		want["claimed"], want["dial"], want["snooze"], want["new"] = "acknowledged", "suppressed answered", "suppressed answered", "suppressed answered"
		checkStates(t, s, want)
		moved := sent
		moved.Revision, moved.Start, moved.Due, moved.Try = 2, due.Add(5*time.Hour), due.Add(4*time.Hour), due.Add(4*time.Hour)
		addRows(t, s, 0, moved)
		addRows(t, s, 0, sent) // what a node knew before
		want["sent"] = "pending"
		checkStates(t, s, want)
		answers, err := s.AnswersTo(t.Context(), "sync")
		if err != nil || len(answers) != 2 || answers[1] != answer {
			t.Errorf("answers: %+v, %v", answers, err)
		}
	})
}

// TestRowsFollowTheLadder until they are taken.
func TestRowsFollowTheLadder(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		addRows(t, s, 1, rowOf("a", notify.Push))
		earlier := rowOf("a", notify.Push)
		earlier.Due, earlier.Try = due.Add(-time.Hour), due.Add(-time.Hour)
		late := earlier
		late.Due, late.Fixed = due.Add(-time.Minute), true
		addRows(t, s, 0, late)
		addRows(t, s, 0, earlier)
		rows, err := s.RowsOf(t.Context(), "sync")
		if err != nil || !rows[0].Due.Equal(earlier.Due) {
			t.Errorf("%+v, %v", rows, err)
		}
		next, err := s.NextRow(t.Context(), notify.Push)
		if err != nil || !next.Equal(earlier.Try) {
			t.Errorf("next at %v, %v", next, err)
		}
		if next, err := s.NextRow(t.Context(), notify.Mail); err != nil || !next.IsZero() {
			t.Errorf("next mail at %v, %v", next, err)
		}
	})
}

// TestTwoNodes: two nodes, each with several lanes, claim 20,000 due reminders
// on one PostgreSQL; each of them is claimed once.
func TestTwoNodes(t *testing.T) {
	const total = 20_000
	dsn := storetest.Postgres(t)
	var nodes []*store.Store
	for range 2 {
		s, err := openStore(t.Context(), store.Config{DSN: dsn})
		if err != nil {
			t.Fatal(err)
		}
		defer s.Close()
		nodes = append(nodes, s)
	}
	rows := make([]reminder.Row, total)
	for i := range rows {
		rows[i] = rowOf(fmt.Sprintf("%05d", i), notify.Push)
	}
	addRows(t, nodes[0], total, rows...)
	var mu sync.Mutex
	claimed := make(map[string]int)
	by := make([]int, len(nodes))
	batch := func(n int, owner string) bool {
		got, err := nodes[n].ClaimRows(t.Context(), owner, notify.Push, due, 128, time.Hour)
		if err != nil {
			t.Error(err)
			return false
		}
		outcomes := make([]reminder.Outcome, len(got))
		mu.Lock()
		by[n] += len(got)
		for i, r := range got {
			claimed[r.ID]++
			outcomes[i] = reminder.Outcome{ID: r.ID, State: reminder.Sent, At: due}
		}
		mu.Unlock()
		if err := nodes[n].RecordRows(t.Context(), owner, outcomes); err != nil {
			t.Error(err)
		}
		return len(got) > 0
	}
	var lanes sync.WaitGroup
	for n := range nodes {
		batch(n, fmt.Sprint("node ", n)) // each has some
		for lane := range 3 {
			lanes.Go(func() {
				for batch(n, fmt.Sprintf("node %d lane %d", n, lane)) {
				}
			})
		}
	}
	lanes.Wait()
	for id, n := range claimed {
		if n != 1 {
			t.Errorf("%s was claimed %d times", id, n)
		}
	}
	if len(claimed) != total || slices.Contains(by, 0) {
		t.Errorf("%d of %d were claimed, by the nodes %v", len(claimed), total, by)
	}
	t.Logf("claimed by the nodes: %v", by)
}

// TestWishesAreKept: quiet hours, choices, ladders, the mark and the key.
func TestWishesAreKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		add(t, s, account("p1", "ann@example.com", true))
		q := reminder.Quiet{Zone: "Asia/Shanghai", Until: due}
		q.Week[1] = []reminder.Span{{From: 1110, To: 540}}
		c := reminder.Choice{Channels: []notify.Channel{notify.Mail}, Lead: []int{60}, NoCall: true}
		l := reminder.Ladder{Rungs: []reminder.Rung{{Step: reminder.Ask, Minutes: -30}}}
		for range 2 { // written over
			for _, err := range []error{s.SetQuiet(ctx, "p1", q), s.SetChoice(ctx, "p1", c), s.SetLadder(ctx, "m", l), s.SetMark(ctx, due)} {
				if err != nil {
					t.Fatal(err)
				}
			}
		}
		if err := s.SetMark(ctx, due.Add(-time.Hour)); err != nil {
			t.Fatal(err)
		}
		quiets, err1 := s.Quiets(ctx, []string{"p1", "p2"})
		choices, err2 := s.Choices(ctx, []string{"p1", "p2"})
		ladders, err3 := s.Ladders(ctx, []string{"m", "n"})
		mark, err4 := s.Mark(ctx)
		for _, err := range []error{err1, err2, err3, err4} {
			if err != nil {
				t.Fatal(err)
			}
		}
		got := []any{quiets, choices, ladders, mark}
		want := []any{map[string]reminder.Quiet{"p1": q}, map[string]reminder.Choice{"p1": c}, map[string]reminder.Ladder{"m": l}, due}
		if diff := cmp.Diff(want, got, cmpopts.EquateEmpty()); diff != "" {
			t.Errorf("kept (-want +got):\n%s", diff)
		}
		key, err := s.LinkKey(ctx)
		again, err2 := s.LinkKey(ctx)
		if err != nil || err2 != nil || len(key) != 32 || !slices.Equal(key, again) {
			t.Errorf("keys of %d octets, %v, %v", len(key), err, err2)
		}
	})
}

// TestOverridesAreCounted with what people said, and buckets are shared.
func TestOverridesAreCounted(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		add(t, s, account("p1", "ann@example.com", true))
		o := reminder.Override{ID: "o1", Subject: "sync", Title: "Sync", Sender: "p1", SenderName: "Ann", Reason: "the bridge is down", At: due}
		yes := func([]reminder.Override) error { return nil }
		no := func([]reminder.Override) error { return reminder.ErrQuota }
		if err := s.AddOverride(ctx, o, due, no); !errors.Is(err, reminder.ErrQuota) {
			t.Errorf("beyond the quota: %v", err)
		}
		if err := s.AddOverride(ctx, o, due, yes); err != nil {
			t.Fatal(err)
		}
		o.ID = "o2"
		if err := s.AddOverride(ctx, o, due, yes); !errors.Is(err, reminder.ErrUrged) {
			t.Errorf("the same again: %v", err)
		}
		for range 2 {
			if err := s.Disturbed(ctx, "o1", []string{"p1", "p2", "p3"}, due); err != nil {
				t.Fatal(err)
			}
		}
		for person, urgent := range map[string]bool{"p1": true, "p2": false, "p3": false} {
			if err := s.Judge(ctx, "o1", person, urgent); err != nil {
				t.Fatal(err)
			}
		}
		if err := s.Judge(ctx, "o1", "stranger", true); !errors.Is(err, reminder.ErrNoSubject) {
			t.Errorf("a stranger judges: %v", err)
		}
		all, err := s.OverridesOf(ctx, []string{"sync", "other"})
		if got := all["sync"]; err != nil || len(all) != 1 || got.Yes != 1 || got.No != 2 {
			t.Errorf("%+v, %v", all, err)
		}
		mine, err := s.DisturbancesOf(ctx, "p2", due)
		if err != nil || len(mine) != 1 || !mine[0].Judged || mine[0].Urgent || mine[0].Reason != o.Reason {
			t.Errorf("%+v, %v", mine, err)
		}
		limits := notify.LimitsOf(notify.WeCom)
		for i, want := range []int{7, 3, 0} {
			if got, next, err := s.TakeTokens(ctx, "bot", limits, due, 7); err != nil || got != want || want < 7 && !next.After(due) {
				t.Errorf("take %d: %d until %v, %v, want %d", i, got, next, err, want)
			}
		}
		a := reminder.Announcement{ID: "a1", Title: "Fire drill", Text: "All out.", By: "p1", ByName: "Ann", At: due, People: []reminder.Who{{Key: "p2", Name: "Bob"}}, Phone: true}
		for range 2 { // the second time it is known
			if err := s.AddAnnouncement(ctx, a); err != nil {
				t.Fatal(err)
			}
		}
		kept, err := s.Announcement(ctx, "a1")
		listed, err2 := s.Announcements(ctx, due, due.Add(time.Second))
		if diff := cmp.Diff([]reminder.Announcement{a, a}, append(listed, kept)); err != nil || err2 != nil || diff != "" {
			t.Errorf("%v, %v (-want +got):\n%s", err, err2, diff)
		}
		if _, err := s.Announcement(ctx, "a2"); !errors.Is(err, reminder.ErrNoSubject) {
			t.Errorf("nothing: %v", err)
		}
	})
}

// TestFullDiskInAClaim: when the disk is full in the middle of a claim nobody
// has anything, and all of it is there when there is room again.
func TestFullDiskInAClaim(t *testing.T) {
	s := storetest.SQLite(t)
	addRows(t, s, 2, rowOf("a", notify.Push), rowOf("b", notify.Phone))
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	limit := old
	limit.Cur = 1
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	_, err := s.ClaimRows(t.Context(), "x", notify.Phone, due, 10, time.Hour)
	if err2 := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); err2 != nil {
		t.Fatal(err2)
	}
	var unavailable *store.Unavailable
	if !errors.As(err, &unavailable) {
		t.Fatalf("claiming on a full disk: %v, want Unavailable", err)
	}
	checkStates(t, s, map[string]string{"a": "pending", "b": "pending"})
	for _, channel := range []notify.Channel{notify.Push, notify.Phone} {
		if got := claim(t, s, "y", channel, due, time.Hour); len(got) != 1 {
			t.Errorf("claimed %q by %s when there is room", got, channel)
		}
	}
}

// TestRemindersDue: what is sent soon is counted, and what is late of it; what
// waits for much later is not.
func TestRemindersDue(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		late, soon, far := rowOf("late", notify.Mail), rowOf("soon", notify.Push), rowOf("far", notify.Push)
		late.Try, soon.Try, far.Try = due.Add(-time.Hour), due.Add(time.Minute), due.Add(time.Hour)
		addRows(t, s, 3, late, soon, far)
		if all, overdue, err := s.RemindersDue(t.Context(), due.Add(10*time.Minute), due.Add(-time.Minute)); err != nil || all != 2 || overdue != 1 {
			t.Errorf("%d are due and %d late, %v, want 2 and 1", all, overdue, err)
		}
	})
}
