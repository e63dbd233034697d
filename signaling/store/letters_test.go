package store_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"partyline/signaling/internal/ical"
	"partyline/signaling/invite"
	"partyline/signaling/store"
	"partyline/signaling/store/storetest"
)

func mailing() invite.Mailing {
	return invite.Mailing{
		Meeting: "m1", Method: invite.Request, Reason: invite.Invited, UID: "u1@example.com", Sequence: 1,
		Title: "Weekly", Zone: "Europe/Berlin", Start: ical.NewWall(2026, time.March, 2, 9, 0, 0), Minutes: 30,
		Rule: "FREQ=WEEKLY", Exceptions: []invite.Exception{{Recurrence: ical.NewWall(2026, time.March, 9, 9, 0, 0), Cancelled: true}},
		Link: "abc", Number: "123", At: start,
	}
}

func recipient(n int) invite.Recipient {
	return invite.Recipient{Invitee: fmt.Sprint("i", n), Name: "Ann", Email: fmt.Sprintf("ann%d@example.com", n), Language: "en", Code: "123456"}
}

func TestLetters(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		next := func() time.Duration {
			t.Helper()
			wait, err := s.NextLetter(ctx, time.Hour)
			if err != nil {
				t.Fatal(err)
			}
			return wait
		}
		claim := func(lease time.Duration, want int) []invite.Letter {
			t.Helper()
			letters, err := s.ClaimLetters(ctx, 10, lease)
			if err != nil || len(letters) != want {
				t.Fatalf("claimed %d letters (%v), want %d", len(letters), err, want)
			}
			return letters
		}
		if got := next(); got != time.Hour {
			t.Errorf("nothing is due, but the next in %v", got)
		}
		nobody := invite.Recipient{Invitee: "phone only"}
		if err := s.AddLetters(ctx, mailing(), []invite.Recipient{recipient(1), nobody, recipient(2)}); err != nil {
			t.Fatal(err)
		}
		if got := next(); got != 0 {
			t.Errorf("two are due, but the next in %v", got)
		}
		letters := claim(time.Hour, 2)
		want := invite.Letter{Mailing: mailing(), To: recipient(1), Attempt: 1}
		if diff := cmp.Diff(want, letters[0], cmpopts.IgnoreFields(invite.Letter{}, "ID", "Lease")); diff != "" {
			t.Errorf("the first letter (-want +got):\n%s", diff)
		}
		claim(time.Hour, 0) // they are taken
		if err := s.LetterSent(ctx, letters[0]); err != nil {
			t.Fatal(err)
		}
		if err := s.LetterAgain(ctx, letters[1], 0, "greylisted"); err != nil {
			t.Fatal(err)
		}
		again := claim(0, 1)
		if again[0].ID != letters[1].ID || again[0].Attempt != 2 {
			t.Errorf("came again: %+v", again[0])
		}
		third := claim(time.Hour, 1) // the lease has run out
		// Whose lease has run out has no say any more.
		if err := s.LetterFailed(ctx, again[0], "late"); err != nil {
			t.Fatal(err)
		}
		if err := s.LetterAgain(ctx, third[0], 0, "still greylisted"); err != nil {
			t.Fatal(err)
		}
		last := claim(time.Hour, 1)
		if err := s.LetterFailed(ctx, last[0], "no such mailbox"); err != nil {
			t.Fatal(err)
		}
		if got := next(); got != time.Hour {
			t.Errorf("nothing is left, but the next in %v", got)
		}
	})
}

// TestLettersOvertaken: of two changes before the first was sent only the
// second is told, except to those whom it does not concern.
func TestLettersOvertaken(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		first, second, oneDate := mailing(), mailing(), mailing()
		second.Sequence, oneDate.Sequence = 2, 3
		oneDate.Recurrence = ical.NewWall(2026, time.March, 16, 9, 0, 0)
		if err := s.AddLetters(ctx, first, []invite.Recipient{recipient(1), recipient(2)}); err != nil {
			t.Fatal(err)
		}
		for _, m := range []invite.Mailing{second, oneDate} {
			if err := s.AddLetters(ctx, m, []invite.Recipient{recipient(1)}); err != nil {
				t.Fatal(err)
			}
		}
		letters, err := s.ClaimLetters(ctx, 10, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, l := range letters {
			got = append(got, fmt.Sprint(l.To.Invitee, " ", l.Mailing.Sequence))
		}
		if diff := cmp.Diff([]string{"i2 1", "i1 2", "i1 3"}, got); diff != "" {
			t.Errorf("letters (-want +got):\n%s", diff)
		}
	})
}

// TestLettersAreClaimedOnce: several who claim at once never get the same.
func TestLettersAreClaimedOnce(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		const people = 60
		var to []invite.Recipient
		for n := range people {
			to = append(to, recipient(n))
		}
		if err := s.AddLetters(t.Context(), mailing(), to); err != nil {
			t.Fatal(err)
		}
		var mu sync.Mutex // guards seen
		seen := map[string]int{}
		var posts sync.WaitGroup
		for range 4 {
			posts.Go(func() {
				for {
					letters, err := s.ClaimLetters(t.Context(), 7, time.Hour)
					if err != nil {
						t.Error(err)
						return
					}
					if len(letters) == 0 {
						return
					}
					mu.Lock()
					for _, l := range letters {
						seen[l.ID]++
					}
					mu.Unlock()
				}
			})
		}
		posts.Wait()
		if len(seen) != people {
			t.Errorf("%d letters were claimed, want %d", len(seen), people)
		}
		for id, n := range seen {
			if n != 1 {
				t.Errorf("letter %s was claimed %d times", id, n)
			}
		}
	})
}
