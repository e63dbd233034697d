package store_test

import (
	"bytes"
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/signaling/auth"
	"partyline/signaling/store"
	"partyline/signaling/store/storetest"
)

func TestExtensions(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		gone := account("cyd", "cyd@example.com", false)
		gone.Active = false
		add(t, s, account("ann", "ann@example.com", true), account("bob", "bob@example.com", false), gone)
		e := auth.Extension{Person: "ann", User: "2000-abcd", Number: "2000", MD5: "m", SHA256: "s", CreatedAt: start}
		if err := s.PutExtension(ctx, e); err != nil {
			t.Fatal(err)
		}
		want := e
		want.Name, want.Language = "Name ann", account("ann", "", true).Language
		for name, get := range map[string]func() (auth.Extension, error){
			"by person": func() (auth.Extension, error) { return s.Extension(ctx, "ann") },
			"by user":   func() (auth.Extension, error) { return s.ExtensionByUser(ctx, "2000-abcd") },
			"by number": func() (auth.Extension, error) { return s.ExtensionByNumber(ctx, "2000") },
		} {
			got, err := get()
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%s: %v\n%s", name, err, diff)
			}
		}
		bobs := auth.Extension{Person: "bob", User: "2001-efgh", Number: "2000", CreatedAt: start}
		if err := s.PutExtension(ctx, bobs); !errors.Is(err, auth.ErrTaken) {
			t.Errorf("a number twice: %v", err)
		}
		for _, person := range []string{"cyd", "nobody"} {
			if err := s.PutExtension(ctx, auth.Extension{Person: person, User: "x", Number: "2009"}); !errors.Is(err, auth.ErrNoPerson) {
				t.Errorf("an extension for %s: %v", person, err)
			}
		}
		e.User, e.MD5 = "2000-wxyz", "other" // a new password
		if err := s.PutExtension(ctx, e); err != nil {
			t.Fatal(err)
		}
		if _, err := s.ExtensionByUser(ctx, "2000-abcd"); !errors.Is(err, auth.ErrNoExtension) {
			t.Errorf("the name before: %v", err)
		}
		// A person who is not active any more has no phone, but keeps the number.
		if _, err := s.ChangePerson(ctx, "ann", func(p *auth.Person, _ int) error { p.Active = false; return nil }); err != nil {
			t.Fatal(err)
		}
		if _, err := s.ExtensionByNumber(ctx, "2000"); !errors.Is(err, auth.ErrNoExtension) {
			t.Errorf("of somebody not active: %v", err)
		}
		if got, err := s.ExtensionNumbers(ctx); err != nil || !cmp.Equal(got, []string{"2000"}) {
			t.Errorf("numbers: %v, %v", got, err)
		}
		if err := s.DropExtension(ctx, "ann"); err != nil {
			t.Error(err)
		}
		if err := s.DropExtension(ctx, "ann"); !errors.Is(err, auth.ErrNoExtension) {
			t.Errorf("dropped twice: %v", err)
		}
	})
}

func TestSpokenNames(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		add(t, s, account("ann", "ann@example.com", true))
		for _, pcm := range [][]byte{bytes.Repeat([]byte{0, 0xff, 'a', 0x80}, 40_000), {1, 2}} {
			if err := s.PutSpokenName(ctx, "ann", pcm, start); err != nil {
				t.Fatal(err)
			}
			if got, err := s.SpokenName(ctx, "ann"); err != nil || !bytes.Equal(got, pcm) {
				t.Errorf("%d octets come back as %d, %v", len(pcm), len(got), err)
			}
		}
		if err := s.PutSpokenName(ctx, "nobody", []byte{1, 2}, time.Now()); !errors.Is(err, auth.ErrNoPerson) {
			t.Errorf("of nobody: %v", err)
		}
		if err := s.DropSpokenName(ctx, "ann"); err != nil {
			t.Error(err)
		}
		if _, err := s.SpokenName(ctx, "ann"); !errors.Is(err, auth.ErrNoSpokenName) {
			t.Errorf("after it was deleted: %v", err)
		}
		if err := s.DropSpokenName(ctx, "ann"); !errors.Is(err, auth.ErrNoSpokenName) {
			t.Errorf("deleted twice: %v", err)
		}
	})
}

func TestPeopleByPhone(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		with := func(id string, phone auth.Phone, active bool) auth.Account {
			a := account(id, id+"@example.com", false)
			a.Phone, a.Active = phone, active
			return a
		}
		add(t, s, with("ann", "+861", true), with("bob", "+862", true), with("cyd", "+862", true), with("dan", "+861", false), with("eve", "+863", false))
		for number, want := range map[auth.Phone]int{"+861": 1, "+862": 2, "+863": 0, "+864": 0} {
			got, err := s.PeopleByPhone(ctx, number)
			if err != nil || len(got) != want {
				t.Errorf("%d people have %s, want %d: %v", len(got), string(number), want, err)
			}
		}
	})
}
