package company_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/signaling/auth"
	"partyline/signaling/company"
	"partyline/signaling/store"
	"partyline/signaling/store/storetest"
	"partyline/sip/billing"
	"partyline/sip/dialplan"
)

func TestMain(m *testing.M) { storetest.Main(m) }

var (
	ann = auth.Person{ID: "ann", Name: "Ann", Email: "ann@example.com", Admin: true, Active: true, Language: "en", TimeZone: "UTC"}
	cyd = auth.Person{ID: "cyd", Name: "Cyd", Email: "cyd@example.com", Admin: true, Active: true, Language: "en", TimeZone: "UTC"}
	bob = auth.Person{
		ID: "bob", Name: "Bob", Email: "bob@example.com", Phone: "+8613800138000", Active: true, Language: "en", TimeZone: "UTC",
		Standing: auth.Standing{MayCall: auth.MayCallKnown},
	}
	start = time.Date(2026, 11, 2, 9, 0, 0, 0, time.UTC)
	quiet = slog.New(slog.DiscardHandler)
)

// each runs a test on every database, with Ann, Bob and Cyd in it.
func each(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		people(t, s)
		test(t, s)
	})
}

func people(t *testing.T, s *store.Store) {
	t.Helper()
	var accounts []auth.Account
	for _, p := range []auth.Person{ann, bob, cyd} {
		accounts = append(accounts, auth.Account{Person: p, PasswordHash: "hash"})
	}
	if err := s.AddPeople(t.Context(), accounts, nil); err != nil {
		t.Fatal(err)
	}
}

func clock() time.Time { return start }

// logged is the log as lines "by act thing name field:from>to …", latest last.
func logged(t *testing.T, s *store.Store) string {
	t.Helper()
	entries, err := company.NewLog(s).Entries(t.Context(), ann, company.Filter{})
	if err != nil {
		t.Fatal(err)
	}
	var out strings.Builder
	for i := len(entries) - 1; i >= 0; i-- {
		e := entries[i]
		fmt.Fprintf(&out, "%s %s %s %s", e.By.Name, e.Act, e.Thing, e.Name)
		for _, c := range e.Changes {
			fmt.Fprintf(&out, " %s:%s>%s", c.Field, c.From, c.To)
		}
		out.WriteString("\n")
	}
	return out.String()
}

func TestLog(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		log := company.NewLog(s)
		if _, err := log.Entries(ctx, bob, company.Filter{}); !errors.Is(err, auth.ErrNotAllowed) {
			t.Errorf("read by no admin: %v", err)
		}
		var ids []string
		for i := range 5 {
			actor, thing := ann, company.ThingBudget
			if i%2 == 1 {
				actor, thing = cyd, company.ThingTrunk
			}
			e, err := company.NewEntry(actor, start.Add(time.Duration(i)*time.Second), thing, fmt.Sprint(i), company.Changed,
				map[string]any{"limit": 50_000_000_000, "gone": true}, map[string]any{"limit": 60_000_000_000, "to": []string{"+8613800138000"}})
			if err != nil {
				t.Fatal(err)
			}
			if err := s.Note(ctx, e); err != nil {
				t.Fatal(err)
			}
			ids = append(ids, e.ID)
		}
		want := []company.Change{{Field: "gone", From: "true"}, {Field: "limit", From: "50000000000", To: "60000000000"}, {Field: "to", To: `["•••000"]`}}
		for _, tt := range []struct {
			name   string
			filter company.Filter
			want   string
		}{
			{"all", company.Filter{}, "4 3 2 1 0"},
			{"a page", company.Filter{Limit: 2}, "4 3"},
			{"the next", company.Filter{Limit: 2, Before: ids[3]}, "2 1"},
			{"of trunks", company.Filter{Thing: company.ThingTrunk}, "3 1"},
			{"by Ann", company.Filter{Person: "ann", Limit: 2}, "4 2"},
			{"by Ann before", company.Filter{Person: "ann", Before: ids[2]}, "0"},
		} {
			entries, err := log.Entries(ctx, ann, tt.filter)
			var names []string
			for _, e := range entries {
				names = append(names, e.Name)
				if diff := cmp.Diff(want, e.Changes); diff != "" {
					t.Errorf("changes:\n%s", diff)
				}
			}
			if got := strings.Join(names, " "); err != nil || got != tt.want {
				t.Errorf("%s: %s, %v, want %s", tt.name, got, err, tt.want)
			}
		}
	})
}

func TestContacts(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		contacts := company.NewContacts(s, s, clock)
		li, err := contacts.Add(ctx, bob, " Li Na ", "+8613912345678")
		if err != nil || li.Name != "Li Na" {
			t.Fatal(li, err)
		}
		if _, err := contacts.Add(ctx, bob, "Again", "+8613912345678"); !errors.Is(err, company.ErrTaken) {
			t.Errorf("a number twice: %v", err)
		}
		if _, err := contacts.Add(ctx, ann, "Li", "+8613912345678"); err != nil {
			t.Errorf("a number that somebody else saved: %v", err)
		}
		for _, wrong := range []struct {
			name   string
			number dialplan.Number
		}{{"", "+8613912345679"}, {"a\nb", "+8613912345679"}, {"A", "13912345679"}, {"A", "+0139123456"}, {"A", "+12"}} {
			if _, err := contacts.Add(ctx, bob, wrong.name, wrong.number); !errors.Is(err, auth.ErrInvalid) {
				t.Errorf("%q %q: %v", wrong.name, string(wrong.number), err)
			}
		}
		max, err := contacts.Add(ctx, bob, "Max", "+4930123456")
		if err != nil {
			t.Fatal(err)
		}
		for query, want := range map[string]int{"": 2, "li n": 1, "4930": 1, "nobody": 0, "%": 0} {
			if got, err := contacts.Of(ctx, bob, query); err != nil || len(got) != want {
				t.Errorf("like %q: %d, %v, want %d", query, len(got), err, want)
			}
		}
		for _, tt := range []struct {
			person string
			number dialplan.Number
			name   string
			known  bool
		}{
			{"bob", "+4930123456", "Max", true},
			{"ann", "+4930123456", "", false},
			{"ann", "+8613800138000", "Bob", true}, // a colleague
			{"bob", "+8613900000000", "", false},
		} {
			name, known, err := contacts.Known(ctx, tt.person, tt.number)
			if err != nil || name != tt.name || known != tt.known {
				t.Errorf("%s knows %s: %q %v %v", tt.person, string(tt.number), name, known, err)
			}
		}
		name, number := "Maximilian", dialplan.Number("+8613912345678")
		if _, err := contacts.Change(ctx, bob, max.ID, nil, &number); !errors.Is(err, company.ErrTaken) {
			t.Errorf("changed to a number that is saved: %v", err)
		}
		if _, err := contacts.Change(ctx, ann, max.ID, &name, nil); !errors.Is(err, company.ErrNotFound) {
			t.Errorf("somebody else's: %v", err)
		}
		if got, err := contacts.Change(ctx, bob, max.ID, &name, nil); err != nil || got.Name != name || got.Number != max.Number {
			t.Errorf("changed: %v, %v", got, err)
		}
		if err := contacts.Remove(ctx, ann, max.ID); !errors.Is(err, company.ErrNotFound) {
			t.Errorf("somebody else's removed: %v", err)
		}
		if err := contacts.Remove(ctx, bob, max.ID); err != nil {
			t.Error(err)
		}
		// Bob calls known numbers only: what he saves is in the log, and masked.
		want := "Bob added contact Li Na number:>•••678\nBob added contact Max number:>•••456\nBob changed contact Maximilian number:>•••456\n"
		if diff := cmp.Diff(want, logged(t, s)); diff != "" {
			t.Errorf("log:\n%s", diff)
		}
	})
}

func TestTooManyContacts(t *testing.T) {
	s := storetest.SQLite(t)
	people(t, s)
	c := company.Contact{Person: "bob", Name: "X", CreatedAt: start}
	for i := range 3 {
		c.ID, c.Number = fmt.Sprint(i), dialplan.Number(fmt.Sprintf("+49301234%03d", i))
		err := s.AddContact(t.Context(), c, 2, nil)
		if i < 2 && err != nil || i == 2 && !errors.Is(err, company.ErrTooMany) {
			t.Errorf("contact %d: %v", i, err)
		}
	}
}

func request(country string, by auth.Person) billing.Request {
	return billing.Request{Person: by.ID, PersonName: by.Name, To: dialplan.Dialled{Number: "+254711123456", Country: country}}
}

func TestApprovals(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		var told []string
		approvals := company.NewApprovals(s, func(a company.Approval) { told = append(told, a.Country+" "+string(a.Standing)) }, clock)
		for _, by := range []auth.Person{bob, bob, ann} {
			if err := approvals.Ask(ctx, request("KE", by)); err != nil {
				t.Fatal(err)
			}
		}
		if err := approvals.Ask(ctx, request("FR", ann)); err != nil {
			t.Fatal(err)
		}
		if got := fmt.Sprint(told); got != "[KE pending FR pending]" {
			t.Errorf("admins are told of %s: once for each country", got)
		}
		approved := func(country string, want bool) {
			t.Helper()
			if got, err := approvals.Approved(ctx, country); err != nil || got != want {
				t.Errorf("%s approved: %v, %v", country, got, err)
			}
		}
		approved("KE", false)
		approved("US", false)
		if _, err := approvals.Approve(ctx, bob, "KE"); !errors.Is(err, auth.ErrNotAllowed) {
			t.Errorf("by no admin: %v", err)
		}
		if _, err := approvals.Approve(ctx, ann, "FR"); !errors.Is(err, company.ErrOwnRequest) {
			t.Errorf("one's own call: %v", err)
		}
		if _, err := approvals.Approve(ctx, ann, "US"); !errors.Is(err, company.ErrNotFound) {
			t.Errorf("not asked for: %v", err)
		}
		if a, err := approvals.Approve(ctx, ann, "KE"); err != nil || a.DecidedBy.Name != "Ann" || a.Number != "•••456" || a.AskedBy.ID != "bob" {
			t.Errorf("approved: %+v, %v", a, err)
		}
		approved("KE", true)
		if _, err := approvals.Deny(ctx, cyd, "KE", strings.Repeat("n", 201)); !errors.Is(err, auth.ErrInvalid) {
			t.Errorf("denied without a reason: %v", err)
		}
		if _, err := approvals.Deny(ctx, cyd, "KE", "no business there"); err != nil {
			t.Error(err)
		}
		approved("KE", false)
		if err := approvals.Ask(ctx, request("KE", bob)); err != nil || fmt.Sprint(told[2:]) != "[KE approved KE denied]" {
			t.Errorf("asked again after a no: %v, %v", told, err)
		}
		if a, err := approvals.Decision(ctx, "KE"); err != nil || a.Reason != "no business there" || a.DecidedBy.Name != "Cyd" {
			t.Errorf("decision: %+v, %v", a, err)
		}
		all, err := approvals.All(ctx, ann, "")
		if err != nil || len(all) != 2 || all[0].Country != "FR" {
			t.Errorf("all: %+v, %v, want the pending one first", all, err)
		}
		if denied, err := approvals.All(ctx, ann, company.IsDenied); err != nil || len(denied) != 1 {
			t.Errorf("denied: %+v, %v", denied, err)
		}
		if _, err := approvals.All(ctx, bob, ""); !errors.Is(err, auth.ErrNotAllowed) {
			t.Errorf("listed by no admin: %v", err)
		}
		want := "Ann approved approval KE standing:pending>approved\n" +
			"Cyd denied approval KE reason:>no business there standing:approved>denied\n"
		if diff := cmp.Diff(want, logged(t, s)); diff != "" {
			t.Errorf("log:\n%s", diff)
		}
	})
}

// passwords knows one.
type passwords auth.Password

func (p passwords) Confirm(_ context.Context, _ auth.Visitor, given auth.Password) error {
	if given != auth.Password(p) {
		return auth.ErrWrongPassword
	}
	return nil
}

func TestBrakes(t *testing.T) {
	each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		var applied []billing.Brakes
		brakes := company.NewBrakes(s, passwords("sesame"), func(b billing.Brakes) { applied = append(applied, b) }, clock)
		got, err := brakes.Current(ctx)
		if diff := cmp.Diff(billing.DefaultBrakes(), got); err != nil || diff != "" {
			t.Errorf("before anybody set them: %v\n%s", err, diff)
		}
		next := got
		next.Countries, next.Ceiling, next.Night = []string{"DE", "FR"}, 3*billing.Unit, false
		if _, err := brakes.Set(ctx, auth.Visitor{Person: bob}, "sesame", next); !errors.Is(err, auth.ErrNotAllowed) {
			t.Errorf("by no admin: %v", err)
		}
		if _, err := brakes.Set(ctx, auth.Visitor{Person: ann}, "guess", next); !errors.Is(err, auth.ErrWrongPassword) {
			t.Errorf("with a wrong password: %v", err)
		}
		if len(applied) != 0 || logged(t, s) != "" {
			t.Error("a refused change did something")
		}
		set, err := brakes.Set(ctx, auth.Visitor{Person: ann}, "sesame", next)
		if err != nil || set.ChangedBy.Name != "Ann" {
			t.Fatal(set, err)
		}
		if diff := cmp.Diff([]billing.Brakes{next}, applied); diff != "" {
			t.Errorf("applied:\n%s", diff)
		}
		look, err := brakes.Look(ctx, cyd)
		if diff := cmp.Diff(set, look); err != nil || diff != "" {
			t.Errorf("seen by Cyd: %v\n%s", err, diff)
		}
		if _, err := brakes.Look(ctx, bob); !errors.Is(err, auth.ErrNotAllowed) {
			t.Errorf("seen by no admin: %v", err)
		}
		want := "Ann changed brakes brakes ceiling:2000000>3000000 countries:>[\"DE\",\"FR\"] night:true>\n"
		if diff := cmp.Diff(want, logged(t, s)); diff != "" {
			t.Errorf("log:\n%s", diff)
		}
		for name, change := range map[string]func(*billing.Brakes){
			"country":  func(b *billing.Brakes) { b.Countries = []string{"Germany"} },
			"ceiling":  func(b *billing.Brakes) { b.Ceiling = -1 },
			"window":   func(b *billing.Brakes) { b.Window = 0 },
			"calls":    func(b *billing.Brakes) { b.AtOnce = -1 },
			"midnight": func(b *billing.Brakes) { b.NightTo = 24 * time.Hour },
			"longest":  func(b *billing.Brakes) { b.Longest = time.Second },
		} {
			wrong := billing.DefaultBrakes()
			change(&wrong)
			if _, err := brakes.Set(ctx, auth.Visitor{Person: ann}, "sesame", wrong); !errors.Is(err, auth.ErrInvalid) {
				t.Errorf("%s: %v", name, err)
			}
		}
	})
}

// TestBrakesOfBefore reads what a version stored that knew fewer brakes: those
// that it did not know are on.
func TestBrakesOfBefore(t *testing.T) {
	s := storetest.SQLite(t)
	err := s.ChangeSetting(t.Context(), "brakes", func(set *company.Setting) (company.Entry, error) {
		*set = company.Setting{Body: []byte(`{"ceiling":1000000}`)}
		return company.NewEntry(ann, start, company.ThingBrakes, "brakes", company.Changed, nil, nil)
	})
	if err != nil {
		t.Fatal(err)
	}
	want := billing.DefaultBrakes()
	want.Ceiling = billing.Unit
	got, err := company.NewBrakes(s, nil, nil, nil).Current(t.Context())
	if diff := cmp.Diff(want, got); err != nil || diff != "" {
		t.Errorf("%v\n%s", err, diff)
	}
}

func keyFile(t *testing.T) string { return filepath.Join(t.TempDir(), "secrets.key") }
