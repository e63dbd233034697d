package guess

import (
	"errors"
	"fmt"
	"testing"
	"time"
)

var (
	start  = time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	policy = Policy{Free: 3, First: time.Second, Max: 8 * time.Second, Forget: time.Minute}
)

func TestTryBacksOff(t *testing.T) {
	l := New(policy)
	now := start
	// Three tries are free, then the waits double up to the longest.
	for i, wait := range []time.Duration{0, 0, 0, 1, 2, 4, 8, 8} {
		if err := l.Try(now, "a"); err != nil {
			t.Fatalf("try %d: %v", i+1, err)
		}
		if wait == 0 {
			continue
		}
		wait *= time.Second
		var locked *Locked
		if err := l.Try(now.Add(wait-time.Millisecond), "a"); !errors.As(err, &locked) || !errors.Is(err, ErrTooMany) {
			t.Fatalf("try %d: a try 1 ms early gave %v", i+1, err)
		}
		if locked.Wait != time.Millisecond {
			t.Errorf("try %d: told to wait %v, want 1ms", i+1, locked.Wait)
		}
		now = now.Add(wait)
	}
	if err := l.Try(now, "b"); err != nil {
		t.Errorf("another key waits too: %v", err)
	}
}

func TestForget(t *testing.T) {
	l := New(policy)
	for range 4 {
		if err := l.Try(start, "a"); err != nil {
			t.Fatal(err)
		}
	}
	later := start.Add(policy.Forget)
	for i := range 3 {
		if err := l.Try(later, "a"); err != nil {
			t.Errorf("try %d after the pause: %v", i+1, err)
		}
	}
}

func TestAnyLockedKeyStopsTheTry(t *testing.T) {
	l := New(policy)
	for range 4 {
		if err := l.Try(start, "source"); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Try(start, "meeting", "source"); err == nil {
		t.Fatal("a locked source tried another meeting")
	}
	if n := l.counts["meeting"].wrong; n != 0 {
		t.Errorf("the refused try was counted against the meeting: %d", n)
	}
}

func TestRightGivesBackOneTryOnly(t *testing.T) {
	l := New(policy)
	// Somebody with one right code cannot wash wrong guesses away with it.
	for range 3 {
		if err := l.Try(start, "a"); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Try(start, "a"); err != nil {
		t.Fatal(err)
	}
	l.Right("a")
	if err := l.Try(start, "a"); err != nil {
		t.Fatalf("after a right try: %v", err)
	}
	if err := l.Try(start, "a"); err == nil {
		t.Error("three wrong tries were forgotten after one right one")
	}

	for range 100 { // always right: never locked
		if err := l.Try(start, "b"); err != nil {
			t.Fatal(err)
		}
		l.Right("b")
	}
	if _, ok := l.counts["b"]; ok {
		t.Error("a key that was always right is remembered")
	}
	l.Right("unknown")
}

func TestTriesAtTheSameMoment(t *testing.T) {
	l := New(policy)
	results := make(chan error)
	for range 50 {
		go func() { results <- l.Try(start, "a") }()
	}
	passed := 0
	for range 50 {
		if <-results == nil {
			passed++
		}
	}
	if passed != policy.Free+1 {
		t.Errorf("%d of 50 tries at once passed, want %d", passed, policy.Free+1)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	p := policy
	p.Keys = 2000
	l := New(p)
	for range 4 {
		if err := l.Try(start, "guesser"); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 20_000 {
		if err := l.Try(start, fmt.Sprint("fresh", i)); err != nil {
			t.Fatal(err)
		}
		if len(l.counts) > p.Keys {
			t.Fatalf("%d keys remembered, want at most %d", len(l.counts), p.Keys)
		}
	}
	if err := l.Try(start, "guesser"); err == nil {
		t.Error("fresh keys pushed a locked one out")
	}
}

func TestSource(t *testing.T) {
	for _, tt := range []struct{ address, want string }{
		{"192.0.2.7", "192.0.2.7"},
		{"192.0.2.7:5060", "192.0.2.7"},
		{"::ffff:192.0.2.7", "192.0.2.7"},
		{"2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"},
		{"[2001:db8:1:2::9]:443", "2001:db8:1:2::/64"},
		{"fe80::1%eth0", "fe80::/64"},
		{"trunk-a/+4930123", "trunk-a/+4930123"},
		{"", ""},
	} {
		if got := Source(tt.address); got != tt.want {
			t.Errorf("Source(%q) = %q, want %q", tt.address, got, tt.want)
		}
	}
}
