package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/signaling/auth"
	"partyline/signaling/store"
	"partyline/signaling/store/storetest"
)

var start = time.Date(2026, 3, 2, 9, 0, 0, 123e6, time.UTC)

func account(id, email string, admin bool) auth.Account {
	return auth.Account{
		Person: auth.Person{
			ID: id, Name: "Name " + id, Email: email, Phone: "+8613800138000", Language: "zh-CN",
			TimeZone: "Asia/Shanghai", Admin: admin, Active: true, CreatedAt: start,
			Standing: auth.Standing{Department: "Sales", CostCentre: "4711", MayCall: auth.MayCallKnown},
		},
		PasswordHash: "hash " + id,
	}
}

func add(t *testing.T, s *store.Store, accounts ...auth.Account) {
	t.Helper()
	if err := s.AddPeople(t.Context(), accounts, nil); err != nil {
		t.Fatal(err)
	}
}

func TestPeople(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		ann, bob := account("p1", "ann@example.com", true), account("p2", "bob@example.com", false)
		bob.PasswordHash, bob.Invited = "", true
		add(t, s, ann, bob)

		got, err := s.Account(ctx, "p1")
		if diff := cmp.Diff(ann, got); err != nil || diff != "" {
			t.Errorf("Account: %v\n%s", err, diff)
		}
		got, err = s.AccountByEmail(ctx, "bob@example.com")
		if diff := cmp.Diff(bob, got); err != nil || diff != "" {
			t.Errorf("AccountByEmail: %v\n%s", err, diff)
		}
		for _, email := range []string{"nobody@example.com", ""} {
			if _, err := s.AccountByEmail(ctx, email); !errors.Is(err, auth.ErrNoPerson) {
				t.Errorf("AccountByEmail(%q): %v, want ErrNoPerson", email, err)
			}
		}
		emails, err := s.EmailsInUse(ctx)
		want := map[string]bool{"ann@example.com": true, "bob@example.com": true}
		if diff := cmp.Diff(want, emails); err != nil || diff != "" {
			t.Errorf("EmailsInUse: %v\n%s", err, diff)
		}
	})
}

func TestAddPeopleAllOrNone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		add(t, s, account("p1", "ann@example.com", true))
		err := s.AddPeople(t.Context(), []auth.Account{
			account("p2", "new@example.com", false),
			account("p3", "ann@example.com", false),
		}, nil)
		if !errors.Is(err, auth.ErrEmailTaken) {
			t.Errorf("got %v, want ErrEmailTaken", err)
		}
		if _, err := s.Account(t.Context(), "p2"); !errors.Is(err, auth.ErrNoPerson) {
			t.Errorf("half of a refused import was stored: %v", err)
		}
	})
}

func TestListPeople(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		people := []auth.Account{
			account("p1", "ann@example.com", true),
			account("p2", "ben@example.com", false),
			account("p3", "c_d@example.com", false),
		}
		people[0].Name, people[1].Name, people[2].Name = "Zoë ÅNGSTRÖM", "王小明", "100% Dave"
		people[1].Active = false
		add(t, s, people...)
		for _, tt := range []struct {
			query    string
			inactive bool
			want     []string
		}{
			{"", true, []string{"p1", "p2", "p3"}},
			{"", false, []string{"p1", "p3"}},
			{"ångström", false, []string{"p1"}},
			{"ANN@", false, []string{"p1"}},
			{"小明", true, []string{"p2"}},
			{"小明", false, nil},
			{"%", true, []string{"p3"}},
			{"c_d", true, []string{"p3"}},
			{"_", true, []string{"p3"}},
			{`\`, true, nil},
			{"'; DROP TABLE person; --", true, nil},
		} {
			list, err := s.ListPeople(t.Context(), tt.query, tt.inactive)
			if err != nil {
				t.Fatal(err)
			}
			ids := map[string]bool{}
			for _, p := range list {
				ids[p.ID] = true
			}
			want := map[string]bool{}
			for _, id := range tt.want {
				want[id] = true
			}
			if diff := cmp.Diff(want, ids); diff != "" {
				t.Errorf("ListPeople(%q, %v):\n%s", tt.query, tt.inactive, diff)
			}
		}
	})
}

func TestChangePerson(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		add(t, s, account("p1", "ann@example.com", true), account("p2", "bob@example.com", true), account("p3", "cyd@example.com", false))
		session := auth.Session{ID: "s1", Digest: "d1", Person: "p2", CreatedAt: start, LastSeenAt: start}
		if err := s.AddSession(ctx, session); err != nil {
			t.Fatal(err)
		}
		changed, err := s.ChangePerson(ctx, "p2", func(p *auth.Person, others int) error {
			if others != 1 {
				t.Errorf("%d other admins, want 1", others)
			}
			p.Name, p.Active, p.Admin = "Robert", false, false
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		stored, err := s.Account(ctx, "p2")
		if diff := cmp.Diff(changed, stored.Person); err != nil || diff != "" || stored.Name != "Robert" {
			t.Errorf("stored: %v\n%s", err, diff)
		}
		if stored.PasswordHash == "" {
			t.Error("changing a person lost the password")
		}
		if _, _, err := s.Session(ctx, "d1"); !errors.Is(err, auth.ErrNoSession) {
			t.Errorf("a deactivated person stays signed in: %v", err)
		}
		no := errors.New("no")
		_, err = s.ChangePerson(ctx, "p1", func(p *auth.Person, others int) error {
			if others != 0 {
				t.Errorf("%d other admins, want 0", others)
			}
			p.Name = "Changed"
			return no
		})
		if p, _ := s.Account(ctx, "p1"); !errors.Is(err, no) || p.Name == "Changed" {
			t.Errorf("a refused change was stored, or its error lost: %v", err)
		}
		_, err = s.ChangePerson(ctx, "p3", func(p *auth.Person, _ int) error { p.Email = "ann@example.com"; return nil })
		if !errors.Is(err, auth.ErrEmailTaken) {
			t.Errorf("taking another one's e-mail: %v", err)
		}
		if _, err = s.ChangePerson(ctx, "p9", nil); !errors.Is(err, auth.ErrNoPerson) {
			t.Errorf("nobody: %v", err)
		}
	})
}

// TestAdminsCannotDemoteEachOther runs what would leave a company without an
// admin if two transactions could each see the other's admin.
func TestAdminsCannotDemoteEachOther(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		for round := range 10 {
			a, b := fmt.Sprintf("a%d", round), fmt.Sprintf("b%d", round)
			add(t, s, account(a, a+"@example.com", true), account(b, b+"@example.com", true))
			results := make(chan error, 2)
			for _, id := range []string{a, b} {
				go func() {
					_, err := s.ChangePerson(t.Context(), id, func(p *auth.Person, others int) error {
						if others == 0 {
							return auth.ErrLastAdmin
						}
						p.Admin = false
						return nil
					})
					results <- err
				}()
			}
			errs := []error{<-results, <-results}
			if (errs[0] == nil) == (errs[1] == nil) {
				t.Fatalf("round %d: %v; want one to succeed", round, errs)
			}
			for _, id := range []string{a, b} { // the survivor goes before the next round
				if _, err := s.ChangePerson(t.Context(), id, func(p *auth.Person, _ int) error { p.Admin = false; return nil }); err != nil {
					t.Fatal(err)
				}
			}
		}
	})
}

func TestSessions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		add(t, s, account("p1", "ann@example.com", true), account("p2", "bob@example.com", true))
		session := func(id, person string, seen time.Time) auth.Session {
			n := auth.Session{
				ID: id, Digest: auth.Digest("digest " + id), Person: person, CreatedAt: start, LastSeenAt: seen,
				Client: auth.Client{Address: "2001:db8::1", UserAgent: "Browser 1.0"},
			}
			if err := s.AddSession(ctx, n); err != nil {
				t.Fatal(err)
			}
			return n
		}
		s1, s2, s3 := session("s1", "p1", start), session("s2", "p1", start.Add(time.Hour)), session("s3", "p2", start)

		got, person, err := s.Session(ctx, s1.Digest)
		if diff := cmp.Diff(s1, got); err != nil || diff != "" || person.ID != "p1" {
			t.Errorf("Session: %v, %s\n%s", err, person.ID, diff)
		}
		if _, _, err := s.Session(ctx, "digest of nothing"); !errors.Is(err, auth.ErrNoSession) {
			t.Errorf("unknown digest: %v", err)
		}
		list, err := s.ListSessions(ctx, "p1")
		if diff := cmp.Diff([]auth.Session{s2, s1}, list); err != nil || diff != "" {
			t.Errorf("ListSessions: %v\n%s", err, diff)
		}
		if err := s.TouchSession(ctx, "s1", start.Add(2*time.Hour)); err != nil {
			t.Fatal(err)
		}
		if got, _, _ := s.Session(ctx, s1.Digest); !got.LastSeenAt.Equal(start.Add(2 * time.Hour)) {
			t.Errorf("touched: seen %v", got.LastSeenAt)
		}
		for _, end := range []struct {
			person string
			which  auth.Selection
			want   []string
		}{
			{"p2", auth.Selection{ID: "s1"}, []string{}}, // another person's
			{"p1", auth.Selection{ID: "s1", Others: true}, []string{"s2"}},
			{"p1", auth.Selection{ID: "s1"}, []string{"s1"}},
			{"p1", auth.Selection{ID: "s1"}, []string{}},
		} {
			ended, err := s.EndSessions(ctx, end.person, end.which)
			if diff := cmp.Diff(end.want, ended); err != nil || diff != "" {
				t.Errorf("EndSessions(%s, %+v): %v\n%s", end.person, end.which, err, diff)
			}
		}
		if err := s.ForgetSessions(ctx, start.Add(time.Minute), time.Time{}); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Session(ctx, s3.Digest); !errors.Is(err, auth.ErrNoSession) {
			t.Errorf("an idle session was not forgotten: %v", err)
		}
	})
}

func TestInvitations(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		bob := account("p1", "bob@example.com", false)
		bob.PasswordHash, bob.Invited = "", true
		first := auth.Invitation{Person: "p1", Digest: "d1", ExpiresAt: start.Add(time.Hour)}
		if err := s.AddPeople(ctx, []auth.Account{bob}, []auth.Invitation{first}); err != nil {
			t.Fatal(err)
		}
		got, p, err := s.Invitation(ctx, "d1")
		if diff := cmp.Diff(first, got); err != nil || diff != "" || p.Email != bob.Email {
			t.Errorf("Invitation: %v\n%s", err, diff)
		}
		second := auth.Invitation{Person: "p1", Digest: "d2", ExpiresAt: start}
		if err := s.PutInvitation(ctx, second); err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Invitation(ctx, "d1"); !errors.Is(err, auth.ErrWrongToken) {
			t.Errorf("a replaced invitation: %v", err)
		}
		if err := s.PutInvitation(ctx, auth.Invitation{Person: "p9", Digest: "d9"}); !errors.Is(err, auth.ErrNoPerson) {
			t.Errorf("inviting nobody: %v", err)
		}
		if err := s.AddSession(ctx, auth.Session{ID: "s", Digest: "s", Person: "p1", CreatedAt: start, LastSeenAt: start}); err != nil {
			t.Fatal(err)
		}
		results := make(chan error, 5)
		for range 5 {
			go func() { results <- s.TakeInvitation(ctx, "d2", "new hash") }()
		}
		taken := 0
		for range 5 {
			switch err := <-results; {
			case err == nil:
				taken++
			case !errors.Is(err, auth.ErrWrongToken):
				t.Errorf("TakeInvitation: %v", err)
			}
		}
		if taken != 1 {
			t.Errorf("an invitation was taken %d times", taken)
		}
		if a, _ := s.Account(ctx, "p1"); a.PasswordHash != "new hash" || a.Invited {
			t.Errorf("password not stored: %+v", a)
		}
		if _, _, err := s.Session(ctx, "s"); !errors.Is(err, auth.ErrNoSession) {
			t.Errorf("a new password left a session open: %v", err)
		}
	})
}

func TestSetUp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		if c, err := s.Company(ctx); err != nil || c != (auth.Company{}) {
			t.Errorf("before set-up: %v, %v", c, err)
		}
		for _, d := range []auth.Digest{"old", "new"} {
			if err := s.PutSetUpToken(ctx, d); err != nil {
				t.Fatal(err)
			}
		}
		admin := account("p1", "ann@example.com", true)
		for _, d := range []auth.Digest{"old", "wrong", ""} {
			if err := s.SetUp(ctx, d, auth.Company{Name: "Acme"}, admin); !errors.Is(err, auth.ErrWrongToken) {
				t.Errorf("SetUp with the %q token: %v", d, err)
			}
		}
		results := make(chan error, 4)
		for i := range 4 {
			go func() {
				results <- s.SetUp(ctx, "new", auth.Company{Name: "Acme"}, account(fmt.Sprint("p", i), fmt.Sprintf("a%d@example.com", i), true))
			}()
		}
		done := 0
		for range 4 {
			switch err := <-results; {
			case err == nil:
				done++
			case !errors.Is(err, auth.ErrWrongToken) && !errors.Is(err, auth.ErrSetUpDone):
				t.Errorf("SetUp: %v", err)
			}
		}
		if done != 1 {
			t.Errorf("%d set-ups succeeded at once, want 1", done)
		}
		if c, err := s.Company(ctx); err != nil || c.Name != "Acme" {
			t.Errorf("Company: %v, %v", c, err)
		}
		if err := s.PutSetUpToken(ctx, "later"); !errors.Is(err, auth.ErrSetUpDone) {
			t.Errorf("a token after set-up: %v", err)
		}
	})
}
