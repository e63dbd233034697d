package store_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/internal/ical"
	"partyline/signaling/meeting"
	"partyline/signaling/reminder"
	"partyline/signaling/store"
	"partyline/signaling/store/storetest"
)

// agenda is a planner over a store, with a clock that the test sets.
type agenda struct {
	*meeting.Planner
	t     testing.TB
	store *store.Store
	now   time.Time
	moved []meeting.Moved
	heard int // how many times the dates were said to be different
}

func newAgenda(t testing.TB, s *store.Store, zone func(string) (*time.Location, error)) *agenda {
	a := &agenda{t: t, store: s, now: start}
	a.Planner = meeting.NewPlanner(meeting.PlannerConfig{
		PublicURL: "https://meet.example.com", Clock: func() time.Time { return a.now }, Zone: zone,
		Moved:   func(_ context.Context, moved []meeting.Moved) { a.moved = append(a.moved, moved...) },
		Changed: func() { a.heard++ },
	}, s)
	return a
}

func wall(t testing.TB, text string) ical.Wall {
	t.Helper()
	w, err := ical.ParseWall(text)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// standup is every working day at nine in Berlin, from Monday, 2 March 2026.
func standup(t testing.TB, invitees ...meeting.Invitation) meeting.Draft {
	return meeting.Draft{
		Title: "Stand-up", Agenda: "Round", Zone: "Europe/Berlin", Start: wall(t, "2026-03-03T09:00"), Minutes: 15,
		Rule: "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", Invitees: invitees,
	}
}

func (a *agenda) schedule(organiser string, d meeting.Draft) meeting.Schedule {
	a.t.Helper()
	s, err := a.Schedule(a.t.Context(), organiser, d)
	if err != nil {
		a.t.Fatal(err)
	}
	return s
}

// letters is what waits to be posted, as "METHOD reason sequence recurrence to".
func (a *agenda) letters() []string {
	a.t.Helper()
	claimed, err := a.store.ClaimLetters(a.t.Context(), 100, time.Hour)
	if err != nil {
		a.t.Fatal(err)
	}
	all := []string{}
	for _, l := range claimed {
		m := l.Mailing
		all = append(all, strings.TrimSpace(fmt.Sprintf("%s %s %d %s %s", m.Method, m.Reason, m.Sequence, m.Recurrence, l.To.Name)))
		if err := a.store.LetterSent(a.t.Context(), l); err != nil {
			a.t.Fatal(err)
		}
	}
	slices.Sort(all)
	return all
}

func (a *agenda) wantLetters(what string, want ...string) {
	a.t.Helper()
	slices.Sort(want)
	if got := a.letters(); !slices.Equal(got, want) {
		a.t.Errorf("%s: letters %q, want %q", what, got, want)
	}
}

// TestScheduleIsKept stores a schedule and finds all of it again.
func TestScheduleIsKept(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		add(t, s, account("ann", "ann@example.com", true), account("bob", "bob@example.com", false))
		a := newAgenda(t, s, nil)
		zoe := meeting.Invitation{Name: "Zoe", Ring: true, Reach: auth.Reach{Email: "zoe@example.org", Phone: "+493012345", Language: "en", TimeZone: "America/Lima"}}
		m := a.schedule("ann", standup(t, meeting.Invitation{Person: "bob", Required: true, CoHost: true}, zoe))
		first := meeting.OccurrenceID(m.Series[0].ID, m.Series[0].Start)
		second := meeting.OccurrenceID(m.Series[0].ID, m.Series[0].Start.AddDays(1))
		if err := a.ReplyAs(t.Context(), "bob", first, meeting.All, meeting.Accepted); err != nil {
			t.Fatal(err)
		}
		if err := a.ReplyAs(t.Context(), "bob", second, meeting.One, meeting.Declined); err != nil {
			t.Fatal(err)
		}
		if _, err := a.Move(t.Context(), "ann", second, wall(t, "2026-03-04T11:00")); err != nil {
			t.Fatal(err)
		}
		got, err := s.Schedule(t.Context(), m.ID)
		if err != nil {
			t.Fatal(err)
		}
		if got.Occasion != meeting.Scheduled || got.Name != "Stand-up" || got.Revision != 4 || len(got.Series) != 1 || len(got.Exceptions) != 1 || len(got.Replies) != 2 {
			t.Fatalf("stored: %+v", got)
		}
		if v := got.Series[0]; v.Sequence != 1 || v.Start.String() != "20260303T090000" || !v.Ends.IsZero() || v.UID == "" {
			t.Errorf("series: %+v", v)
		}
		if i := got.Invitees[1]; i.Reach != zoe.Reach || !i.Ring || i.Required || i.CoHost {
			t.Errorf("guest: %+v", i)
		}
		if got.CredentialOf("bob") != meeting.ByCoHosting || meeting.RoleFor(got.CredentialOf("bob")) != meeting.Host {
			t.Error("a co-host is no host")
		}
		calendar, err := a.Occurrences(t.Context(), "bob", start, start.AddDate(0, 0, 5))
		if err != nil {
			t.Fatal(err)
		}
		dates := []string{}
		for _, o := range calendar {
			dates = append(dates, fmt.Sprint(o.Wall, " ", o.Status))
		}
		if got, want := fmt.Sprint(dates), "[20260303T090000 accepted 20260304T110000 declined 20260305T090000 accepted 20260306T090000 accepted]"; got != want {
			t.Errorf("calendar %s, want %s", got, want)
		}
		if _, err := a.Occurrence(t.Context(), "eve", first); !errors.Is(err, meeting.ErrNoOccurrence) {
			t.Errorf("a stranger reads a date: %v", err)
		}
	})
}

// TestLettersOfChanges looks who is told what of each change.
func TestLettersOfChanges(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		add(t, s, account("ann", "ann@example.com", true), account("bob", "bob@example.com", false))
		a := newAgenda(t, s, nil)
		ctx := t.Context()
		m := a.schedule("ann", standup(t, meeting.Invitation{Person: "bob"}, meeting.Invitation{Name: "Without an address"}))
		a.wantLetters("scheduled", "REQUEST invited 0  Name bob")
		of := func(day int) string {
			return meeting.OccurrenceID(m.Series[0].ID, wall(t, fmt.Sprintf("2026-03-%02dT09:00", day)))
		}
		check := func(what string, err error, want ...string) {
			t.Helper()
			if err != nil {
				t.Fatalf("%s: %v", what, err)
			}
			a.wantLetters(what, want...)
		}
		_, err := a.Move(ctx, "ann", of(4), wall(t, "2026-03-04T10:00"))
		check("one date moved", err, "REQUEST changed 1 20260304T090000 Name bob")
		_, err = a.Cancel(ctx, "ann", of(5), meeting.One)
		check("one date cancelled", err, "CANCEL cancelled 2 20260305T090000 Name bob")
		m, err = a.Invite(ctx, "ann", m.ID, meeting.Invitation{Name: "Zoe", Reach: auth.Reach{Email: "zoe@example.org"}})
		check("one more invited", err, "REQUEST invited 2  Zoe")
		title := "Daily"
		_, err = a.Change(ctx, "ann", of(10), meeting.Following, meeting.Edit{Title: &title})
		check("from a date on", err, "REQUEST changed 3  Name bob", "REQUEST changed 3  Zoe", "REQUEST invited 0  Name bob", "REQUEST invited 0  Zoe")
		_, err = a.Uninvite(ctx, "ann", m.ID, m.Invitees[2].ID)
		check("one fewer", err, "CANCEL removed 0  Zoe", "CANCEL removed 3  Zoe")
		_, err = a.Cancel(ctx, "ann", of(3), meeting.All)
		check("a series cancelled", err, "CANCEL cancelled 4  Name bob")
		check("deleted", a.Delete(ctx, "ann", m.ID), "CANCEL cancelled 1  Name bob")
		if _, err := a.Cancel(ctx, "ann", of(4), meeting.One); !errors.Is(err, meeting.ErrEnded) {
			t.Errorf("change after the end: %v", err)
		}
	})
}

// TestNothingOfAFailedChange has a change fail after it has done half its work.
func TestNothingOfAFailedChange(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		add(t, s, account("ann", "ann@example.com", true), account("bob", "bob@example.com", false))
		a := newAgenda(t, s, nil)
		m := a.schedule("ann", standup(t, meeting.Invitation{Person: "bob"}))
		a.letters()
		_, err := s.ChangeSchedule(t.Context(), m.ID, func(c *meeting.Schedule) error {
			c.Series[0].Title = "Lost"
			c.Letters = []meeting.Letter{{Method: meeting.Request, Meeting: m.ID, Series: m.Series[0].ID, To: c.Invitees[0]}}
			c.Invitees = append(c.Invitees, meeting.Invitee{ID: "x", Person: "nobody", Code: "000000"})
			return nil
		})
		if !errors.Is(err, meeting.ErrNoPerson) {
			t.Fatalf("unknown person: %v", err)
		}
		got, err := s.Schedule(t.Context(), m.ID)
		if err != nil || got.Series[0].Title != "Stand-up" || len(got.Invitees) != 1 {
			t.Errorf("half of it was stored: %+v %v", got, err)
		}
		a.wantLetters("failed change")
	})
}

// TestReplies has answers come in whatever order.
func TestReplies(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		add(t, s, account("ann", "ann@example.com", true), account("bob", "bob@example.com", false))
		a := newAgenda(t, s, nil)
		m := a.schedule("ann", standup(t, meeting.Invitation{Person: "bob"}))
		bob, first := m.Invitees[0].ID, meeting.OccurrenceID(m.Series[0].ID, m.Series[0].Start)
		reply := func(occurrence string, status meeting.Status, at time.Time, sequence int) error {
			return a.Reply(t.Context(), meeting.Reply{
				Meeting: m.ID, Invitee: bob, Occurrence: occurrence, Status: status, At: at, Via: "mail", Sequence: sequence,
			})
		}
		for _, tt := range []struct {
			name       string
			occurrence string
			status     meeting.Status
			at         time.Time
			sequence   int
			want       error
		}{
			{"to all", "", meeting.Accepted, start.Add(time.Minute), 0, nil},
			{"to one", first, meeting.Declined, start.Add(2 * time.Minute), 0, nil},
			{"overtaken mail", "", meeting.Declined, start, 0, meeting.ErrStale},
			{"of a newer version", "", meeting.Tentative, start, 1, nil},
			{"of an older version", "", meeting.Accepted, start.Add(time.Hour), 0, meeting.ErrStale},
			{"no such date", meeting.OccurrenceID(m.Series[0].ID, wall(t, "2026-03-07T09:00")), meeting.Accepted, start, 1, meeting.ErrNoOccurrence},
		} {
			if err := reply(tt.occurrence, tt.status, tt.at, tt.sequence); !errors.Is(err, tt.want) {
				t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
			}
		}
		got, err := s.Schedule(t.Context(), m.ID)
		if err != nil || len(got.Replies) != 1 || got.Replies[0].Status != meeting.Tentative {
			t.Errorf("replies: %+v %v", got.Replies, err)
		}
		if _, err := a.Cancel(t.Context(), "ann", first, meeting.One); err != nil {
			t.Fatal(err)
		}
		if err := reply(first, meeting.Accepted, start.Add(time.Hour), 9); !errors.Is(err, meeting.ErrNoOccurrence) {
			t.Errorf("to a cancelled date: %v", err)
		}
		if err := a.Delete(t.Context(), "ann", m.ID); err != nil {
			t.Fatal(err)
		}
		if err := reply("", meeting.Accepted, start.Add(time.Hour), 9); !errors.Is(err, meeting.ErrEnded) {
			t.Errorf("to an ended meeting: %v", err)
		}
	})
}

// TestUpcoming is what the reminders are made of.
func TestUpcoming(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		add(t, s, account("ann", "ann@example.com", true), account("bob", "bob@example.com", false), account("cyd", "cyd@example.com", false))
		a := newAgenda(t, s, nil)
		ctx := t.Context()
		m := a.schedule("ann", standup(t, meeting.Invitation{Person: "bob", Required: true}, meeting.Invitation{Person: "cyd"}))
		tuesday := meeting.OccurrenceID(m.Series[0].ID, m.Series[0].Start)
		if err := a.ReplyAs(ctx, "cyd", tuesday, meeting.One, meeting.Declined); err != nil {
			t.Fatal(err)
		}
		todo, err := a.AddTodo(ctx, "bob", meeting.Todo{Text: "Numbers", Owner: "ann", Due: wall(t, "2026-03-03T17:00"), Zone: "Asia/Shanghai", Meeting: m.ID})
		if err != nil {
			t.Fatal(err)
		}
		upcoming := func(from, to time.Time) []reminder.Subject {
			t.Helper()
			all, err := a.Upcoming(ctx, from, to)
			if err != nil {
				t.Fatal(err)
			}
			return all
		}
		day := time.Date(2026, 3, 3, 0, 0, 0, 0, time.UTC)
		all := upcoming(day, day.AddDate(0, 0, 1))
		if len(all) != 2 || all[0].ID != tuesday || all[1].ID != todo.ID {
			t.Fatalf("on Tuesday: %+v", all)
		}
		first := all[0]
		if first.Kind != reminder.Meeting || !first.Start.Equal(day.Add(8*time.Hour)) || first.End.Sub(first.Start) != 15*time.Minute ||
			first.Number != string(m.Number) || !strings.HasSuffix(first.Link, "/j/"+string(m.Link)) || first.OrganiserName != "Name ann" || first.Revision != 2 {
			t.Errorf("the meeting: %+v", first)
		}
		keys := []string{}
		for _, w := range first.People {
			keys = append(keys, fmt.Sprint(w.Key, " ", w.Required, w.Email != "", w.Code != ""))
		}
		if got, want := fmt.Sprint(keys), "[ann true true true bob true true true]"; got != want {
			t.Errorf("who is reminded: %s, want %s", got, want)
		}
		if due := all[1]; due.Kind != reminder.Todo || !due.Start.Equal(day.Add(9*time.Hour)) || due.People[0].Key != "ann" || due.Organiser != "bob" {
			t.Errorf("the to-do: %+v", due)
		}
		if all := upcoming(day.Add(8*time.Hour+time.Minute), day.Add(9*time.Hour)); len(all) != 0 {
			t.Errorf("after it has begun: %+v", all)
		}
		if all := upcoming(day.AddDate(0, 0, 1), day.AddDate(0, 0, 2)); len(all) != 1 || len(all[0].People) != 3 {
			t.Errorf("on Wednesday: %+v", all)
		}
		if _, err := a.Cancel(ctx, "ann", tuesday, meeting.One); err != nil {
			t.Fatal(err)
		}
		done := true
		if _, err := a.ChangeTodo(ctx, "ann", todo.ID, meeting.TodoChange{Done: &done}); err != nil {
			t.Fatal(err)
		}
		if all := upcoming(day, day.AddDate(0, 0, 1)); len(all) != 0 {
			t.Errorf("cancelled and done: %+v", all)
		}
		if err := a.RemoveTodo(ctx, "ann", todo.ID); err != nil {
			t.Fatal(err)
		}
		if err := a.RemoveTodo(ctx, "ann", todo.ID); !errors.Is(err, meeting.ErrNoTodo) {
			t.Errorf("removed twice: %v", err)
		}
		if a.heard != 6 { // scheduled, declined, written down, cancelled, done, removed
			t.Errorf("told %d times that something changed, want 6", a.heard)
		}
	})
}

// TestZoneRulesChange moves a country to another zone while the server is down:
// people are told once, and of what moved only.
func TestZoneRulesChange(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		add(t, s, account("ann", "ann@example.com", true), account("bob", "bob@example.com", false))
		ctx := t.Context()
		a := newAgenda(t, s, nil)
		a.schedule("ann", standup(t, meeting.Invitation{Person: "bob"}))
		elsewhere := standup(t, meeting.Invitation{Person: "bob"})
		elsewhere.Zone = "Asia/Shanghai"
		a.schedule("ann", elsewhere)
		if err := a.Recheck(ctx); err != nil || len(a.moved) != 0 {
			t.Fatalf("nothing has changed: %v %+v", err, a.moved)
		}
		a.letters()

		// The same database under another tzdata: Berlin keeps Cairo's time.
		changed := func(name string) (*time.Location, error) {
			if name == "Europe/Berlin" {
				name = "Africa/Cairo"
			}
			return ical.Zone(name)
		}
		a = newAgenda(t, s, changed)
		for range 2 { // it is looked at again and again
			if err := a.Recheck(ctx); err != nil {
				t.Fatal(err)
			}
		}
		if len(a.moved) != 1 {
			t.Fatalf("moved: %+v", a.moved)
		}
		m := a.moved[0]
		if m.Zone != "Europe/Berlin" || m.First.Start.Sub(m.Was) != -time.Hour || m.Dates == 0 || len(m.People) != 2 {
			t.Errorf("moved: %+v", m)
		}
		if n := m.Notices(); len(n) != 1 || len(n[0].People) != 2 || !strings.Contains(n[0].Text, "2026 年 3 月 3 日起") || !strings.Contains(n[0].Text, "15:00") {
			t.Errorf("told: %+v", n)
		}
		a.wantLetters("zone changed", "REQUEST clocks 1  Name bob")
		got, err := s.Schedule(ctx, m.Meeting)
		if err != nil || got.Revision != 2 || got.Series[0].Start.String() != "20260303T090000" {
			t.Errorf("the wall time is the truth: %+v %v", got.Series, err)
		}
		// A change by people is nothing that the clocks did.
		if _, err := a.Move(ctx, "ann", m.First.ID, wall(t, "2026-03-03T15:00")); err != nil {
			t.Fatal(err)
		}
		a = newAgenda(t, s, nil)
		if err := a.Recheck(ctx); err != nil || len(a.moved) != 1 || a.moved[0].First.ID == m.First.ID && a.moved[0].Was.Equal(m.Was) {
			t.Errorf("back again: %v %+v", err, a.moved)
		}
	})
}

// TestLobby has a meeting open before each of its dates.
func TestLobby(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		add(t, s, account("ann", "ann@example.com", true))
		a := newAgenda(t, s, nil)
		d := standup(t)
		lobby := true
		d.Settings.Lobby = &lobby
		m := a.schedule("ann", d)
		book := meeting.NewBook(meeting.DefaultConfig(), s, func() time.Time { return a.now })
		book.OpenBy(a.Planner)
		begins := time.Date(2026, 3, 3, 8, 0, 0, 0, time.UTC)
		for _, tt := range []struct {
			name string
			now  time.Time
			want time.Time // zero: it is open
		}{
			{"the day before", begins.Add(-20 * time.Hour), begins.Add(-10 * time.Minute)},
			{"five minutes before", begins.Add(-5 * time.Minute), time.Time{}},
			{"while it runs", begins.Add(10 * time.Minute), time.Time{}},
			{"just after it", begins.Add(time.Hour), time.Time{}},
			{"long after it", begins.Add(2 * time.Hour), begins.Add(24*time.Hour - 10*time.Minute)},
		} {
			a.now = tt.now
			byID, err := book.Get(t.Context(), m.ID)
			byLink, linkErr := book.ByLink(t.Context(), m.Link, "192.0.2.1")
			if err != nil || linkErr != nil || !byID.OpensAt.Equal(tt.want) || !byLink.OpensAt.Equal(tt.want) {
				t.Errorf("%s: opens %v and %v, want %v (%v, %v)", tt.name, byID.OpensAt, byLink.OpensAt, tt.want, err, linkErr)
			}
		}
		if err := book.RoomOpened(t.Context(), m.ID); err != nil {
			t.Fatal(err)
		}
		if got, err := s.Meeting(t.Context(), m.ID); err != nil || !got.OpensAt.IsZero() {
			t.Errorf("the instant was stored: %v %v", got.OpensAt, err)
		}
	})
}
