package auth_test

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/signaling/auth"
	"partyline/signaling/store"
	"partyline/signaling/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

const password = auth.Password("correct horse battery")

var (
	office = auth.Client{Address: "192.0.2.1:5000", UserAgent: "Browser"}
	annP   = auth.Profile{Name: "Ann", Email: "ann@example.com", Language: "en", TimeZone: "Europe/Berlin"}
	bobP   = auth.Profile{Name: "Bob", Email: "bob@example.com", Phone: "+8613800138000", Language: "zh-CN", TimeZone: "Asia/Shanghai"}
)

// world is an installation that has been set up by Ann.
type world struct {
	*auth.Accounts
	store *store.Store
	clock time.Time
	log   strings.Builder
	cfg   auth.Config
	ann   auth.Visitor
}

func empty(t *testing.T, s *store.Store) *world {
	t.Helper()
	w := &world{store: s, clock: time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC), cfg: auth.DefaultConfig()}
	w.cfg.Cost = auth.Cost{MemoryKiB: 64, Passes: 1}
	w.Accounts = auth.New(w.cfg, s, func() time.Time { return w.clock }, slog.New(slog.NewTextHandler(&w.log, nil)))
	return w
}

func setUp(t *testing.T) *world {
	t.Helper()
	w := empty(t, storetest.SQLite(t))
	token, err := w.NewSetUpToken(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if w.ann, _, err = w.SetUp(t.Context(), token, "Acme", annP, password, office); err != nil {
		t.Fatal(err)
	}
	return w
}

// addBob makes an account that has chosen its password.
func (w *world) addBob(t *testing.T) auth.Visitor {
	t.Helper()
	added, err := w.Add(t.Context(), w.ann.Person, bobP)
	if err != nil {
		t.Fatal(err)
	}
	bob, _, err := w.Accept(t.Context(), added[0].Invitation, password, office)
	if err != nil {
		t.Fatal(err)
	}
	return bob
}

func TestSetUp(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := empty(t, s)
		ctx := t.Context()
		if needed, err := w.SetUpNeeded(ctx); !needed || err != nil {
			t.Errorf("needed: %v, %v", needed, err)
		}
		stale, err := w.NewSetUpToken(ctx)
		if err != nil {
			t.Fatal(err)
		}
		token, err := w.NewSetUpToken(ctx)
		if err != nil {
			t.Fatal(err)
		}
		for _, tt := range []struct {
			name     string
			token    auth.Token
			company  string
			profile  auth.Profile
			password auth.Password
			want     error
		}{
			{"stale link", stale, "Acme", annP, password, auth.ErrWrongToken},
			{"wrong link", "sesame", "Acme", annP, password, auth.ErrWrongToken},
			{"no company", token, " ", annP, password, auth.ErrInvalid},
			{"no profile", token, "Acme", auth.Profile{}, password, auth.ErrInvalid},
			{"weak password", token, "Acme", annP, "123", auth.ErrWeakPassword},
			{"right", token, "Acme", annP, password, nil},
			{"again", token, "Acme", bobP, password, auth.ErrSetUpDone},
		} {
			v, session, err := w.SetUp(ctx, tt.token, tt.company, tt.profile, tt.password, office)
			if !errors.Is(err, tt.want) {
				t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
			}
			if tt.want == nil && (!v.Person.Admin || v.Person.Invited || session == "") {
				t.Errorf("%s: %+v", tt.name, v.Person)
			}
		}
		if needed, err := w.SetUpNeeded(ctx); needed || err != nil {
			t.Errorf("still needed: %v, %v", needed, err)
		}
		if _, err := w.NewSetUpToken(ctx); !errors.Is(err, auth.ErrSetUpDone) {
			t.Errorf("another token: %v", err)
		}
	})
}

func TestLogIn(t *testing.T) {
	w := setUp(t)
	ctx := t.Context()
	bob := w.addBob(t)
	if _, err := w.Add(ctx, w.ann.Person, auth.Profile{Name: "New", Email: "new@example.com", Language: "en", TimeZone: "UTC"}); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name, email string
		password    auth.Password
		want        error
	}{
		{"right", "bob@example.com", password, nil},
		{"in capitals", " Bob@EXAMPLE.com ", password, nil},
		{"wrong password", "bob@example.com", "wrong horse battery", auth.ErrWrongPassword},
		{"no password", "bob@example.com", "", auth.ErrWrongPassword},
		{"nobody", "nobody@example.com", password, auth.ErrWrongPassword},
		{"no password chosen yet", "new@example.com", "", auth.ErrWrongPassword},
		{"long e-mail", strings.Repeat("x", 1<<16), password, auth.ErrWrongPassword},
	} {
		v, token, err := w.LogIn(ctx, tt.email, tt.password, auth.Client{Address: "198.51.100.1", UserAgent: tt.name})
		if !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.name, err, tt.want)
			continue
		}
		if tt.want != nil {
			continue
		}
		found, err := w.Visitor(ctx, token)
		if diff := cmp.Diff(v, found); err != nil || diff != "" || v.Person.ID != bob.Person.ID {
			t.Errorf("%s: %v\n%s", tt.name, err, diff)
		}
	}
	inactive := false
	if _, err := w.Change(ctx, w.ann.Person, bob.Person.ID, auth.Change{Active: &inactive}); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.LogIn(ctx, "bob@example.com", password, office); !errors.Is(err, auth.ErrWrongPassword) {
		t.Errorf("deactivated: %v", err)
	}
	if strings.Contains(w.log.String(), string(password)) {
		t.Error("a password is in the log")
	}
}

func TestLogInIsSlowed(t *testing.T) {
	w := setUp(t)
	ctx := t.Context()
	for i := range w.cfg.ByAccount.Free + 1 {
		from := auth.Client{Address: "203.0.113." + string(rune('0'+i))} // each from elsewhere
		if _, _, err := w.LogIn(ctx, "ann@example.com", "wrong horse battery", from); !errors.Is(err, auth.ErrWrongPassword) {
			t.Fatalf("try %d: %v", i+1, err)
		}
	}
	if _, _, err := w.LogIn(ctx, "Ann@example.com", password, office); !errors.Is(err, auth.ErrTooManyTries) {
		t.Errorf("an account under attack: %v", err)
	}
	w.clock = w.clock.Add(w.cfg.ByAccount.First)
	if _, _, err := w.LogIn(ctx, "ann@example.com", password, office); err != nil {
		t.Errorf("after the wait: %v", err)
	}
	attacker := auth.Client{Address: "198.51.100.9:1234"}
	for i := range w.cfg.ByAddress.Free + 1 {
		email := strings.Repeat("x", i+1) + "@example.com"
		if _, _, err := w.LogIn(ctx, email, password, attacker); !errors.Is(err, auth.ErrWrongPassword) {
			t.Fatalf("account %d: %v", i+1, err)
		}
	}
	attacker.Address = "198.51.100.9:4321"
	if _, _, err := w.LogIn(ctx, "ann@example.com", password, attacker); !errors.Is(err, auth.ErrTooManyTries) {
		t.Errorf("an address that tries many accounts: %v", err)
	}
	if _, err := w.Invitation(ctx, "sesame", attacker); !errors.Is(err, auth.ErrTooManyTries) {
		t.Errorf("and links: %v", err)
	}
}

func TestSessionsExpire(t *testing.T) {
	w := setUp(t)
	ctx := t.Context()
	_, token, err := w.LogIn(ctx, "ann@example.com", password, office)
	if err != nil {
		t.Fatal(err)
	}
	made := w.clock
	for w.clock.Sub(made)+w.cfg.SessionIdle < w.cfg.SessionMax { // used again and again
		w.clock = w.clock.Add(w.cfg.SessionIdle - time.Minute)
		if _, err := w.Visitor(ctx, token); err != nil {
			t.Fatalf("after %v: %v", w.clock.Sub(made), err)
		}
	}
	w.clock = made.Add(w.cfg.SessionMax + time.Second)
	if _, err := w.Visitor(ctx, token); !errors.Is(err, auth.ErrNoSession) {
		t.Errorf("after the longest life: %v", err)
	}
	_, token, err = w.LogIn(ctx, "ann@example.com", password, office)
	if err != nil {
		t.Fatal(err)
	}
	w.clock = w.clock.Add(w.cfg.SessionIdle + time.Second)
	if _, err := w.Visitor(ctx, token); !errors.Is(err, auth.ErrNoSession) {
		t.Errorf("idle: %v", err)
	}
	if list, err := w.Sessions(ctx, w.ann.Person.ID); err != nil || len(list) != 0 {
		t.Errorf("expired sessions are listed: %v, %v", list, err)
	}
	for _, bad := range []auth.Token{"", "x", token + "x", auth.Token(strings.Repeat("A", 43))} {
		if _, err := w.Visitor(ctx, bad); !errors.Is(err, auth.ErrNoSession) {
			t.Errorf("a made-up token: %v", err)
		}
	}
}

func TestEndSession(t *testing.T) {
	w := setUp(t)
	ctx := t.Context()
	bob := w.addBob(t)
	v, token, err := w.LogIn(ctx, "bob@example.com", password, auth.Client{UserAgent: strings.Repeat("界", 1000) + "\x00"})
	if err != nil {
		t.Fatal(err)
	}
	list, err := w.Sessions(ctx, bob.Person.ID)
	if err != nil || len(list) != 2 || len(list[0].Client.UserAgent) > 256 {
		t.Errorf("sessions: %v, %v", list, err)
	}
	if err := w.EndSession(ctx, w.ann.Person.ID, v.Session.ID); !errors.Is(err, auth.ErrNoSession) {
		t.Errorf("ending another one's session: %v", err)
	}
	if err := w.EndSession(ctx, bob.Person.ID, v.Session.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Visitor(ctx, token); !errors.Is(err, auth.ErrNoSession) {
		t.Errorf("a revoked session: %v", err)
	}
}

func TestChangePassword(t *testing.T) {
	w := setUp(t)
	ctx := t.Context()
	bob := w.addBob(t)
	_, other, err := w.LogIn(ctx, "bob@example.com", password, office)
	if err != nil {
		t.Fatal(err)
	}
	const next = auth.Password("another horse entirely")
	if _, err := w.ChangePassword(ctx, bob, "wrong horse battery", next); !errors.Is(err, auth.ErrWrongPassword) {
		t.Errorf("with a wrong one: %v", err)
	}
	if _, err := w.ChangePassword(ctx, bob, password, "short"); !errors.Is(err, auth.ErrWeakPassword) {
		t.Errorf("to a weak one: %v", err)
	}
	ended, err := w.ChangePassword(ctx, bob, password, next)
	if err != nil || len(ended) != 1 {
		t.Errorf("ended %v, %v", ended, err)
	}
	if _, err := w.Visitor(ctx, other); !errors.Is(err, auth.ErrNoSession) {
		t.Errorf("the other session: %v", err)
	}
	if list, err := w.Sessions(ctx, bob.Person.ID); err != nil || len(list) != 1 || list[0].ID != bob.Session.ID {
		t.Errorf("left: %v, %v", list, err)
	}
	if _, _, err := w.LogIn(ctx, "bob@example.com", password, office); !errors.Is(err, auth.ErrWrongPassword) {
		t.Errorf("the old password: %v", err)
	}
	if err := w.SetPassword(ctx, "BOB@example.com", password); err != nil {
		t.Fatal(err)
	}
	if _, _, err := w.LogIn(ctx, "bob@example.com", password, office); err != nil {
		t.Errorf("a password set by the operator: %v", err)
	}
}

func TestConfirm(t *testing.T) {
	w := setUp(t)
	ctx := t.Context()
	bob := w.addBob(t)
	if err := w.Confirm(ctx, w.ann, password); err != nil {
		t.Error(err)
	}
	if err := w.Confirm(ctx, w.ann, "wrong horse battery"); !errors.Is(err, auth.ErrWrongPassword) {
		t.Errorf("with a wrong one: %v", err)
	}
	if err := w.Confirm(ctx, bob, password); !errors.Is(err, auth.ErrNotAllowed) {
		t.Errorf("no admin: %v", err)
	}
	var err error
	for range w.cfg.ByAccount.Free + 1 {
		err = w.Confirm(ctx, w.ann, "wrong horse battery")
	}
	if !errors.Is(err, auth.ErrTooManyTries) {
		t.Errorf("after many wrong ones: %v", err)
	}
}

func TestInvitation(t *testing.T) {
	w := setUp(t)
	ctx := t.Context()
	added, err := w.Add(ctx, w.ann.Person, bobP)
	if err != nil {
		t.Fatal(err)
	}
	bob, first := added[0].Person, added[0].Invitation
	if !bob.Invited || bob.Admin {
		t.Errorf("a newcomer: %+v", bob)
	}
	again, err := w.Invite(ctx, w.ann.Person, bob.ID)
	if err != nil {
		t.Fatal(err)
	}
	second := again.Invitation
	if _, err := w.Invitation(ctx, first, office); !errors.Is(err, auth.ErrWrongToken) {
		t.Errorf("a replaced link: %v", err)
	}
	if p, err := w.Invitation(ctx, second, office); err != nil || p.ID != bob.ID {
		t.Errorf("%v, %v", p.ID, err)
	}
	if _, _, err := w.Accept(ctx, second, "short", office); !errors.Is(err, auth.ErrWeakPassword) {
		t.Errorf("weak: %v", err)
	}
	v, token, err := w.Accept(ctx, second, password, office)
	if err != nil || v.Person.Invited || token == "" {
		t.Errorf("accept: %+v, %v", v, err)
	}
	if _, _, err := w.Accept(ctx, second, password, office); !errors.Is(err, auth.ErrWrongToken) {
		t.Errorf("a used link: %v", err)
	}
	third, err := w.Invite(ctx, w.ann.Person, bob.ID)
	if err != nil {
		t.Fatal(err)
	}
	w.clock = w.clock.Add(w.cfg.InvitationLife + time.Second)
	if _, _, err := w.Accept(ctx, third.Invitation, password, office); !errors.Is(err, auth.ErrExpired) {
		t.Errorf("an old link: %v", err)
	}
}

// TestWhoMayManage walks what only admins may do.
func TestWhoMayManage(t *testing.T) {
	w := setUp(t)
	bob := w.addBob(t).Person
	ctx := t.Context()
	name, yes, phone := "New name", true, auth.Phone("+4930123456")
	email := "new@example.com"
	for _, tt := range []struct {
		name  string
		act   func(actor auth.Person) error
		bob   error // when Bob does it
		admin error
	}{
		{"add", func(a auth.Person) error {
			_, err := w.Add(ctx, a, auth.Profile{Name: "X", Email: a.Name + "x@example.com", Language: "en", TimeZone: "UTC"})
			return err
		}, auth.ErrNotAllowed, nil},
		{"import check", func(a auth.Person) error { _, err := w.EmailsInUse(ctx, a); return err }, auth.ErrNotAllowed, nil},
		{"invite", func(a auth.Person) error { _, err := w.Invite(ctx, a, bob.ID); return err }, auth.ErrNotAllowed, nil},
		{"change another", func(a auth.Person) error {
			_, err := w.Change(ctx, a, w.ann.Person.ID, auth.Change{Name: &name})
			return err
		}, auth.ErrNotAllowed, nil},
		{"own name and phone", func(a auth.Person) error {
			_, err := w.Change(ctx, a, a.ID, auth.Change{Name: &name, Phone: &phone})
			return err
		}, nil, nil},
		{"own e-mail", func(a auth.Person) error {
			e := a.ID[30:] + email
			_, err := w.Change(ctx, a, a.ID, auth.Change{Email: &e})
			return err
		}, auth.ErrNotAllowed, nil},
		{"own cost centre", func(a auth.Person) error {
			_, err := w.Change(ctx, a, a.ID, auth.Change{CostCentre: &name})
			return err
		}, auth.ErrNotAllowed, nil},
		{"own limit on calls", func(a auth.Person) error {
			everyone := auth.MayCallEveryone
			_, err := w.Change(ctx, a, a.ID, auth.Change{MayCall: &everyone})
			return err
		}, auth.ErrNotAllowed, nil},
		{"export", func(a auth.Person) error { _, err := w.Everybody(ctx, a); return err }, auth.ErrNotAllowed, nil},
		{"make oneself admin", func(a auth.Person) error {
			_, err := w.Change(ctx, a, a.ID, auth.Change{Admin: &yes})
			return err
		}, auth.ErrNotAllowed, nil},
		{"change nobody", func(a auth.Person) error {
			_, err := w.Change(ctx, a, "nobody", auth.Change{Name: &name})
			return err
		}, auth.ErrNotAllowed, auth.ErrNoPerson},
		{"invite nobody", func(a auth.Person) error { _, err := w.Invite(ctx, a, "nobody"); return err }, auth.ErrNotAllowed, auth.ErrNoPerson},
		{"nonsense", func(a auth.Person) error {
			bad := auth.Phone("call me")
			_, err := w.Change(ctx, a, a.ID, auth.Change{Phone: &bad})
			return err
		}, auth.ErrInvalid, auth.ErrInvalid},
	} {
		if err := tt.act(bob); !errors.Is(err, tt.bob) {
			t.Errorf("%s by an employee: %v, want %v", tt.name, err, tt.bob)
		}
		if err := tt.act(w.ann.Person); !errors.Is(err, tt.admin) {
			t.Errorf("%s by an admin: %v, want %v", tt.name, err, tt.admin)
		}
	}
}

func TestLastAdmin(t *testing.T) {
	w := setUp(t)
	ctx := t.Context()
	bob := w.addBob(t).Person
	yes, no := true, false
	for _, c := range []auth.Change{{Admin: &no}, {Active: &no}} {
		if _, err := w.Change(ctx, w.ann.Person, w.ann.Person.ID, c); !errors.Is(err, auth.ErrLastAdmin) {
			t.Errorf("the last admin leaves: %v", err)
		}
	}
	if _, err := w.Change(ctx, w.ann.Person, bob.ID, auth.Change{Admin: &yes}); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Change(ctx, w.ann.Person, w.ann.Person.ID, auth.Change{Admin: &no}); err != nil {
		t.Errorf("one of two admins leaves: %v", err)
	}
}

func TestPeopleSeenByOthers(t *testing.T) {
	w := setUp(t)
	ctx := t.Context()
	bob := w.addBob(t).Person
	added, err := w.Add(ctx, w.ann.Person, auth.Profile{Name: "Cyd", Email: "cyd@example.com", Phone: "+4930123456", Language: "en", TimeZone: "UTC", Standing: auth.Standing{Department: "Sales", CostCentre: "4711"}})
	if err != nil {
		t.Fatal(err)
	}
	phones := func(actor auth.Person) map[string]auth.Phone {
		list, err := w.People(ctx, actor, "")
		if err != nil {
			t.Fatal(err)
		}
		m := map[string]auth.Phone{}
		for _, p := range list {
			m[p.Name] = p.Phone
		}
		return m
	}
	if diff := cmp.Diff(map[string]auth.Phone{"Ann": "", "Bob": "+8613800138000", "Cyd": "+4930123456"}, phones(w.ann.Person)); diff != "" {
		t.Errorf("by the admin:\n%s", diff)
	}
	if diff := cmp.Diff(map[string]auth.Phone{"Ann": "", "Bob": "+8613800138000", "Cyd": ""}, phones(bob)); diff != "" {
		t.Errorf("by Bob:\n%s", diff)
	}
	list, err := w.People(ctx, bob, "")
	if err != nil || len(list) != 3 || list[2].Department != "Sales" || list[2].CostCentre != "" || list[2].MayCall != "" || list[1].MayCall != auth.MayCallEveryone {
		t.Errorf("standing, by Bob: %+v, %v", list, err)
	}
	no := false
	if _, err := w.Change(ctx, w.ann.Person, added[0].Person.ID, auth.Change{Active: &no}); err != nil {
		t.Fatal(err)
	}
	if got := phones(bob); len(got) != 2 {
		t.Errorf("a deactivated colleague is listed: %v", got)
	}
}

func TestStoreFailureIsNoWrongPassword(t *testing.T) {
	w := setUp(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	for range 2 * w.cfg.ByAccount.Free {
		if _, _, err := w.LogIn(ctx, "ann@example.com", password, office); err == nil || errors.Is(err, auth.ErrWrongPassword) || errors.Is(err, auth.ErrTooManyTries) {
			t.Fatalf("with the store away: %v", err)
		}
	}
	if _, _, err := w.LogIn(t.Context(), "ann@example.com", password, office); err != nil {
		t.Errorf("locked out for our own failures: %v", err)
	}
}

func TestCookie(t *testing.T) {
	accounts := empty(t, storetest.SQLite(t))
	for _, secure := range []bool{false, true} {
		c := accounts.Cookie("sesame", secure)
		if c.Secure != secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.Domain != "" {
			t.Errorf("secure %v: %+v", secure, c)
		}
		if strings.HasPrefix(c.Name, "__Host-") != secure {
			t.Errorf("secure %v: named %s", secure, c.Name)
		}
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.AddCookie(&c)
		if auth.CookieToken(r, secure) != "sesame" {
			t.Errorf("secure %v: the cookie does not come back", secure)
		}
		if auth.CookieToken(r, !secure) != "" {
			t.Errorf("secure %v: the other page's cookie is taken", secure)
		}
		if c := auth.NoCookie(secure); c.MaxAge >= 0 || c.Value != "" {
			t.Errorf("no cookie: %+v", c)
		}
	}
}

func TestGuest(t *testing.T) {
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(&http.Cookie{Name: "partyline-guest", Value: "made up"})
	key, fresh, err := auth.Guest(r, false)
	if err != nil || key == "" || fresh == nil || !fresh.HttpOnly {
		t.Fatalf("a new guest: %q, %v, %v", key, fresh, err)
	}
	r = httptest.NewRequest(http.MethodGet, "/", nil)
	r.AddCookie(fresh)
	again, none, err := auth.Guest(r, false)
	if err != nil || again != key || none != nil {
		t.Errorf("the same guest: %q, %v, %v", again, none, err)
	}
	if string(key) == fresh.Value {
		t.Error("the key is the cookie itself")
	}
}
