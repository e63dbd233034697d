package meeting

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

var opened = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// book is a Book over a fake store with a clock that the test moves.
type book struct {
	*Book
	store *fakeStore
	clock time.Time
}

func newBook() *book {
	b := &book{store: newFakeStore(), clock: opened}
	b.Book = NewBook(DefaultConfig(), b.store, func() time.Time { return b.clock })
	return b
}

func (b *book) create(t *testing.T, occasion Occasion) Meeting {
	t.Helper()
	m, err := b.Create(t.Context(), "ann", "Weekly", occasion)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestCreateDrawsCodes(t *testing.T) {
	b := newBook()
	seen := map[Code]bool{}
	for range 50 {
		m := b.create(t, Named)
		if _, err := ParseNumber(string(m.Number)); err != nil {
			t.Errorf("number is not a number: %v", err)
		}
		if !wellFormedCode(m.HostCode) || !wellFormedLink(m.Link) {
			t.Errorf("malformed host code or link")
		}
		for _, c := range []Code{m.Number, m.Link} {
			if seen[c] {
				t.Error("a number or link was drawn twice")
			}
			seen[c] = true
		}
	}
	b.store.taken = 2 // the third draw is free
	b.create(t, Now)
	b.store.taken = 100
	if _, err := b.Create(t.Context(), "ann", "Full", Named); !errors.Is(err, ErrTaken) {
		t.Errorf("with every number taken: %v, want ErrTaken", err)
	}
}

func TestCreateNames(t *testing.T) {
	b := newBook()
	for _, tt := range []struct {
		name     string
		occasion Occasion
		want     string
		err      error
	}{
		{"", Now, "", nil},
		{" 周会 ", Named, "周会", nil},
		{"", Named, "", ErrBadName},
		{"two\nlines", Named, "", ErrBadName},
		{strings.Repeat("界", 80), Named, strings.Repeat("界", 80), nil},
		{strings.Repeat("x", 81), Now, "", ErrBadName},
		{"evil\u202eemag", Named, "", ErrBadName},
		{"bad\xff", Named, "", ErrBadName},
		{"👩\u200d💻 team", Named, "👩\u200d💻 team", nil},
		{"bell\x07", Named, "", ErrBadName},
	} {
		m, err := b.Create(t.Context(), "ann", tt.name, tt.occasion)
		if !errors.Is(err, tt.err) || m.Name != tt.want {
			t.Errorf("Create(%q, %s) = %q, %v; want %q, %v", tt.name, tt.occasion, m.Name, err, tt.want, tt.err)
		}
	}
}

// TestWhoMayChange walks every change × {organiser, invitee, stranger}.
func TestWhoMayChange(t *testing.T) {
	name, mute := "New name", true
	changes := map[string]func(*book, string, Meeting) error{
		"rename": func(b *book, who string, m Meeting) error {
			_, err := b.Change(context.Background(), who, m.ID, Change{Name: &name, MuteOnEntry: &mute})
			return err
		},
		"delete": func(b *book, who string, m Meeting) error { return b.Delete(context.Background(), who, m.ID) },
		"replace": func(b *book, who string, m Meeting) error {
			_, err := b.Replace(context.Background(), who, m.ID, TheHostCode)
			return err
		},
		"invite": func(b *book, who string, m Meeting) error {
			_, err := b.Invite(context.Background(), who, m.ID, "", "Zoe")
			return err
		},
		"uninvite": func(b *book, who string, m Meeting) error {
			_, err := b.Uninvite(context.Background(), who, m.ID, m.Invitees[0].ID)
			return err
		},
		"replace personal code": func(b *book, who string, m Meeting) error {
			_, err := b.ReplaceInviteeCode(context.Background(), who, m.ID, m.Invitees[0].ID)
			return err
		},
	}
	for what, change := range changes {
		for who, want := range map[string]error{"ann": nil, "bob": ErrNotAllowed, "eve": ErrNotFound, "": ErrNotFound} {
			b := newBook()
			m := b.create(t, Named)
			m, err := b.Invite(t.Context(), "ann", m.ID, "bob", "")
			if err != nil {
				t.Fatal(err)
			}
			if err := change(b, who, m); !errors.Is(err, want) {
				t.Errorf("%s by %q: %v, want %v", what, who, err, want)
			}
			stored, err := b.store.Meeting(t.Context(), m.ID)
			if err != nil {
				t.Fatal(err)
			}
			if changed := !cmp.Equal(m, stored); changed != (want == nil) {
				t.Errorf("%s by %q: stored meeting changed: %v", what, who, changed)
			}
			if err := b.Delete(t.Context(), "ann", m.ID); what != "delete" && err != nil {
				t.Fatal(err)
			}
			if err := change(b, "ann", m); !errors.Is(err, ErrEnded) {
				t.Errorf("%s of an ended meeting: %v, want ErrEnded", what, err)
			}
		}
	}
}

func TestReplaceChangesOneCode(t *testing.T) {
	b := newBook()
	m := b.create(t, Named)
	for which, ignored := range map[Which]string{TheLink: "Link", TheNumber: "Number", TheHostCode: "HostCode"} {
		got, err := b.Replace(t.Context(), "ann", m.ID, which)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(m, got, cmpopts.IgnoreFields(Meeting{}, ignored, "Revision")); diff != "" {
			t.Errorf("replacing the %s changed more:\n%s", which, diff)
		}
		if cmp.Equal(m, got) {
			t.Errorf("the %s was not replaced", which)
		}
		m = got
	}
	if _, err := b.Replace(t.Context(), "ann", m.ID, "all"); !errors.Is(err, ErrNotFound) {
		t.Errorf("replace an unknown thing: %v", err)
	}
}

func TestInvite(t *testing.T) {
	b := newBook()
	m := b.create(t, Named)
	for i := range 200 {
		var err error
		if m, err = b.Invite(t.Context(), "ann", m.ID, "", fmt.Sprint("Guest ", i)); err != nil {
			t.Fatal(err)
		}
	}
	if n := len(m.codes()); n != 201 {
		t.Errorf("%d different codes for 200 invitees and a host", n)
	}
	if _, err := b.Invite(t.Context(), "ann", m.ID, "bob", ""); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Invite(t.Context(), "ann", m.ID, "bob", ""); !errors.Is(err, ErrInvited) {
		t.Errorf("second invitation: %v, want ErrInvited", err)
	}
	if _, err := b.Invite(t.Context(), "ann", m.ID, "", " "); !errors.Is(err, ErrBadName) {
		t.Errorf("nameless invitation: %v, want ErrBadName", err)
	}
	if _, err := b.Uninvite(t.Context(), "ann", m.ID, "nobody"); !errors.Is(err, ErrNoInvitee) {
		t.Errorf("uninvite nobody: %v, want ErrNoInvitee", err)
	}
	if _, err := b.ReplaceInviteeCode(t.Context(), "ann", m.ID, "nobody"); !errors.Is(err, ErrNoInvitee) {
		t.Errorf("new code for nobody: %v, want ErrNoInvitee", err)
	}
}

func TestNewCodeAvoidsTaken(t *testing.T) {
	taken := map[Code]bool{}
	for i := range 1_000_000 {
		taken[Code(fmt.Sprintf("%06d", i))] = true
	}
	delete(taken, "000042")
	got, err := newCode(taken)
	if err != nil || got != "000042" {
		t.Errorf("newCode = %q, %v; want the only free one", string(got), err)
	}
}

func TestVisibleTo(t *testing.T) {
	b := newBook()
	m := b.create(t, Named)
	for _, p := range []string{"bob", "cyd"} {
		if _, err := b.Invite(t.Context(), "ann", m.ID, p, ""); err != nil {
			t.Fatal(err)
		}
	}
	full, err := b.Read(t.Context(), "ann", m.ID)
	if err != nil || full.HostCode == "" || full.Invitees[0].Code == "" || full.Invitees[1].Code == "" {
		t.Errorf("the organiser does not see everything: %+v, %v", full, err)
	}
	bobs, err := b.Read(t.Context(), "bob", m.ID)
	if err != nil || bobs.HostCode != "" || bobs.Invitees[0].Code == "" || bobs.Invitees[1].Code != "" {
		t.Errorf("an invitee must see his own code only: %v", err)
	}
	if _, err := b.Read(t.Context(), "eve", m.ID); !errors.Is(err, ErrNotFound) {
		t.Errorf("a stranger reads it: %v", err)
	}
	if got, err := b.Of(t.Context(), "bob"); err != nil || len(got) != 1 || got[0].HostCode != "" {
		t.Errorf("an invitee's list: %v, %v", got, err)
	}
	if full.Invitees[1].Code == "" {
		t.Error("hiding for one viewer hid it from another")
	}
}

func TestEnding(t *testing.T) {
	for _, tt := range []struct {
		name     string
		occasion Occasion
		act      func(*testing.T, *book, Meeting)
		ended    bool
	}{
		{"named, ended by host", Named, func(t *testing.T, b *book, m Meeting) { closeRoom(t, b, m, true) }, false},
		{"named, a year later", Named, func(_ *testing.T, b *book, _ Meeting) { b.clock = b.clock.AddDate(1, 0, 0) }, false},
		{"now, everybody left", Now, func(t *testing.T, b *book, m Meeting) { closeRoom(t, b, m, false) }, false},
		{"now, ended by host", Now, func(t *testing.T, b *book, m Meeting) { closeRoom(t, b, m, true) }, true},
		{"now, a day later", Now, func(_ *testing.T, b *book, _ Meeting) { b.clock = b.clock.Add(25 * time.Hour) }, true},
		{"now, held again", Now, func(t *testing.T, b *book, m Meeting) {
			b.clock = b.clock.Add(20 * time.Hour)
			if err := b.RoomOpened(t.Context(), m.ID); err != nil {
				t.Fatal(err)
			}
			b.clock = b.clock.Add(20 * time.Hour)
		}, false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			b := newBook()
			m := b.create(t, tt.occasion)
			tt.act(t, b, m)
			var want error
			if tt.ended {
				want = ErrEnded
			}
			if _, err := b.Get(t.Context(), m.ID); !errors.Is(err, want) {
				t.Errorf("Get: %v, want %v", err, want)
			}
			if _, err := b.ByLink(t.Context(), m.Link, "src"); !errors.Is(err, want) {
				t.Errorf("ByLink: %v, want %v", err, want)
			}
			if _, err := b.ByNumber(t.Context(), m.Number, "src"); !errors.Is(err, want) {
				t.Errorf("ByNumber: %v, want %v", err, want)
			}
			mine, err := b.Of(t.Context(), "ann")
			if err != nil || (len(mine) == 0) != tt.ended {
				t.Errorf("listed: %d, %v", len(mine), err)
			}
		})
	}
}

func closeRoom(t *testing.T, b *book, m Meeting, byHost bool) {
	t.Helper()
	if err := b.RoomClosed(t.Context(), m.ID, byHost); err != nil {
		t.Fatal(err)
	}
}

func TestIdentify(t *testing.T) {
	b := newBook()
	m := b.create(t, Named)
	for _, who := range [][2]string{{"bob", ""}, {"", "Zoe"}, {"ann", ""}} {
		var err error
		if m, err = b.Invite(t.Context(), "ann", m.ID, who[0], who[1]); err != nil {
			t.Fatal(err)
		}
	}
	bob, zoe, ann := m.Invitees[0], m.Invitees[1], m.Invitees[2]
	wrong, err := newCode(m.codes())
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		code Code
		want Identity
		err  error
	}{
		{"host", m.HostCode, Identity{Credential: ByHostCode, Role: Host}, nil},
		{"colleague", bob.Code, Identity{ByInvitation, Participant, bob.ID, "bob", ""}, nil},
		{"outsider", zoe.Code, Identity{ByInvitation, Participant, zoe.ID, "", "Zoe"}, nil},
		{"organiser's own code", ann.Code, Identity{ByOrganising, Host, ann.ID, "ann", ""}, nil},
		{"wrong", wrong, Identity{}, ErrWrongCode},
		{"short", "123", Identity{}, ErrWrongCode},
		{"letters", "12a456", Identity{}, ErrWrongCode},
		{"empty", "", Identity{}, ErrWrongCode},
	} {
		got, err := b.Identify(t.Context(), m.ID, tt.code, "caller "+tt.name)
		if !errors.Is(err, tt.err) || !cmp.Equal(got, tt.want) {
			t.Errorf("%s: %+v, %v; want %+v, %v", tt.name, got, err, tt.want, tt.err)
		}
	}
	if _, err := b.Identify(t.Context(), "no-such", m.HostCode, "x"); !errors.Is(err, ErrNotFound) {
		t.Errorf("in no meeting: %v", err)
	}
}

func TestGuessingIsSlowed(t *testing.T) {
	cfg := DefaultConfig()
	b := newBook()
	m := b.create(t, Named)
	wrong := Code("000000")
	if wrong == m.HostCode {
		wrong = "000001"
	}
	// One caller guessing numbers, links and codes is one guesser.
	tries := []func() error{
		func() error { _, err := b.ByNumber(t.Context(), "100000000", "trunk/+491"); return err },
		func() error { _, err := b.ByLink(t.Context(), "nonsense", "trunk/+491"); return err },
		func() error { _, err := b.Identify(t.Context(), m.ID, wrong, "trunk/+491"); return err },
	}
	for i := range cfg.BySource.Free + 1 {
		if err := tries[i%3](); errors.Is(err, ErrTooManyGuesses) || err == nil {
			t.Fatalf("try %d: %v", i+1, err)
		}
	}
	for i, try := range tries {
		if err := try(); !errors.Is(err, ErrTooManyGuesses) {
			t.Errorf("locked source, look-up %d: %v", i, err)
		}
	}
	if _, err := b.ByNumber(t.Context(), m.Number, "trunk/+491"); !errors.Is(err, ErrTooManyGuesses) {
		t.Errorf("a right number opens a locked source: %v", err)
	}
	b.clock = b.clock.Add(cfg.BySource.First)
	if _, err := b.ByNumber(t.Context(), m.Number, "trunk/+491"); err != nil {
		t.Errorf("after the wait: %v", err)
	}

	// Many callers guessing at one meeting lock its codes, not its door.
	for i := range cfg.ByMeeting.Free + 1 {
		_, err := b.Identify(t.Context(), m.ID, wrong, fmt.Sprint("bot ", i))
		if err == nil {
			t.Fatal("a wrong code was right")
		}
	}
	if _, err := b.Identify(t.Context(), m.ID, m.HostCode, "host"); !errors.Is(err, ErrTooManyGuesses) {
		t.Errorf("codes of a meeting under attack: %v", err)
	}
	if _, err := b.ByNumber(t.Context(), m.Number, "guest"); err != nil {
		t.Errorf("a guest is kept out by a guesser: %v", err)
	}
	other := b.create(t, Named)
	if _, err := b.Identify(t.Context(), other.ID, other.HostCode, "host"); err != nil {
		t.Errorf("another meeting: %v", err)
	}
}

func TestStoreFailuresAreNotGuesses(t *testing.T) {
	b := newBook()
	m := b.create(t, Named)
	b.store.fail = errors.New("disk on fire")
	for range 50 {
		if _, err := b.ByLink(t.Context(), m.Link, "src"); !errors.Is(err, b.store.fail) {
			t.Fatalf("got %v", err)
		}
		if _, err := b.Identify(t.Context(), m.ID, m.HostCode, "src"); !errors.Is(err, b.store.fail) {
			t.Fatalf("got %v", err)
		}
	}
	b.store.fail = nil
	if _, err := b.ByLink(t.Context(), m.Link, "src"); err != nil {
		t.Errorf("a caller is locked out for our own failures: %v", err)
	}
}

func TestCodesAreMasked(t *testing.T) {
	var log strings.Builder
	c := Code("314159")
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "code", c, "meeting", Identity{Name: "n"})
	out := log.String() + fmt.Sprintf("%v %s %+v %#v", c, c, struct{ C Code }{c}, Meeting{HostCode: c})
	if strings.Contains(out, "314159") {
		t.Errorf("a code is in clear: %s", out)
	}
}

func TestDisclosure(t *testing.T) {
	en, zh := Disclosure("en"), Disclosure("zh-CN")
	if en == zh || !strings.Contains(en, "nothing is recorded") || !strings.Contains(zh, "通话不录音") {
		t.Errorf("disclosures: %q, %q", en, zh)
	}
	if strings.Count(en, ".") != 1 || strings.Count(zh, "。") != 1 {
		t.Errorf("not one sentence each: %q, %q", en, zh)
	}
	if Disclosure("fr") != en {
		t.Error("other languages get English")
	}
}
