package alert

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode"
	"unicode/utf8"
)

// world is how things are, what is kept, and what admins were told of it.
type world struct {
	mu    sync.Mutex // guards what follows
	facts map[key]Fact
	kept  map[key]held
	full  bool // nothing can be kept
	away  bool // the channels do not work
	told  []string
	began time.Time
}

func (w *world) Facts(context.Context) (facts []Fact) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, f := range w.facts {
		facts = append(facts, f)
	}
	return facts
}

func (w *world) Tell(_ context.Context, a Alert) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.away {
		return errors.New("the mail server is away")
	}
	title, _ := a.Words("en")
	w.told = append(w.told, time.Since(w.began).Truncate(time.Minute).String()+" "+title)
	return nil
}

func (w *world) set(f Fact) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.facts[key{f.Kind, f.Of}] = f
}

// leave has the channels work no longer, or again.
func (w *world) leave(away bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.away = away
}

// held is a trouble with who has it.
type held struct {
	Trouble
	keeper string
	until  time.Time
}

func (w *world) TakeTroubles(_ context.Context, keeper string, found []Trouble, lease time.Duration) (all []Trouble, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.full {
		return nil, errors.New("the disk is full")
	}
	for _, t := range found {
		of := key{t.Kind, t.Of}
		if old, known := w.kept[of]; known {
			t, old.Figure = old.Trouble, t.Figure
			w.kept[of] = old
			continue
		}
		w.kept[of] = held{Trouble: t}
	}
	for of, h := range w.kept {
		if h.keeper == keeper || !time.Now().Before(h.until) {
			w.kept[of] = held{h.Trouble, keeper, time.Now().Add(lease)}
			all = append(all, h.Trouble)
		}
	}
	return all, nil
}

func (w *world) TroubleTold(_ context.Context, keeper string, t Trouble) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if h := w.kept[key{t.Kind, t.Of}]; h.keeper == keeper {
		h.Told = true
		w.kept[key{t.Kind, t.Of}] = h
	}
	return nil
}

func (w *world) ForgetTrouble(_ context.Context, keeper string, t Trouble) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.kept[key{t.Kind, t.Of}].keeper == keeper {
		delete(w.kept, key{t.Kind, t.Of})
	}
	return nil
}

// start has one more service look at the world, until it is stopped.
func (w *world) start(t *testing.T) (s *Service, stop func()) {
	s = New(w, w, w, slog.New(slog.DiscardHandler))
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		s.Run(ctx)
	}()
	return s, func() {
		synctest.Wait()
		cancel()
		<-done
	}
}

// bubble has a world in a time of its own.
func bubble(t *testing.T, live func(t *testing.T, w *world)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		live(t, &world{facts: make(map[key]Fact), kept: make(map[key]held), began: time.Now()})
	})
}

// run lets a service look at a world.
func run(t *testing.T, live func(w *world, s *Service)) {
	t.Helper()
	bubble(t, func(t *testing.T, w *world) {
		s, stop := w.start(t)
		live(w, s)
		stop()
	})
}

// pass lets time go by, and whatever is due happen.
func pass(d time.Duration) {
	time.Sleep(d)
	synctest.Wait()
}

func check(t *testing.T, w *world, want ...string) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	if !slices.Equal(w.told, want) {
		t.Errorf("told %q, want %q", w.told, want)
	}
}

func TestTroubleIsToldOnceAndOverOnce(t *testing.T) {
	run(t, func(w *world, _ *Service) {
		w.set(Fact{Kind: TrunkDown, Of: "fine", Standing: Fine})
		w.set(Fact{Kind: TrunkDown, Of: "carrier", Standing: Amiss})
		pass(24 * time.Hour)
		check(t, w, "2m0s Trunk carrier is down")
		w.set(Fact{Kind: TrunkDown, Of: "carrier", Standing: Fine})
		pass(24 * time.Hour)
		check(t, w, "2m0s Trunk carrier is down", "24h5m0s Trunk carrier is up again")
		w.set(Fact{Kind: TrunkDown, Of: "carrier", Standing: Amiss})
		pass(time.Hour)
		check(t, w, "2m0s Trunk carrier is down", "24h5m0s Trunk carrier is up again", "48h2m0s Trunk carrier is down")
	})
}

func TestWhatComesAndGoesIsNotToldAgain(t *testing.T) {
	run(t, func(w *world, _ *Service) {
		for range 60 { // up for a minute, down for a minute
			w.set(Fact{Kind: TrunkDown, Of: "carrier", Standing: Amiss})
			pass(time.Minute)
			w.set(Fact{Kind: TrunkDown, Of: "carrier", Standing: Fine})
			pass(time.Minute)
		}
		check(t, w)
		for range 60 { // down for three minutes, up for one
			w.set(Fact{Kind: TrunkDown, Of: "carrier", Standing: Amiss})
			pass(3 * time.Minute)
			w.set(Fact{Kind: TrunkDown, Of: "carrier", Standing: Fine})
			pass(time.Minute)
		}
		check(t, w, "2h2m0s Trunk carrier is down")
	})
}

func TestHysteresis(t *testing.T) {
	run(t, func(w *world, _ *Service) {
		for _, gigabytes := range []float64{3, 1.1, 0.9, 1.1, 0.9, 1.1, 1.2, 0.9} {
			w.set(Disk(uint64(gigabytes * (1 << 30))))
			pass(time.Hour)
		}
		check(t, w, "2h1m0s Only 0.9 GB are left where data is kept")
		w.set(Disk(2 << 30))
		pass(time.Hour)
		check(t, w, "2h1m0s Only 0.9 GB are left where data is kept", "8h10m0s There is room for data again: 2.0 GB")
	})
}

func TestWhatCouldNotBeToldComesAgain(t *testing.T) {
	run(t, func(w *world, s *Service) {
		w.leave(true)
		w.set(Guesses(11))
		s.Tell(Alert{Kind: BudgetUsed, Of: "b", Figure: 1})
		pass(10 * time.Minute)
		check(t, w)
		w.leave(false)
		pass(time.Minute)
		w.mu.Lock()
		slices.Sort(w.told)
		w.mu.Unlock()
		check(t, w, "10m0s 100 % of a budget is used", "10m0s 11 callers typed wrong codes again and again")
	})
}

// TestRestart: whoever comes after a restart knows what was told, and what was
// not.
func TestRestart(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		w.set(Fact{Kind: TrunkDown, Of: "carrier", Standing: Amiss})
		_, stop := w.start(t)
		pass(10 * time.Minute)
		w.leave(true)
		w.set(Guesses(11)) // nobody can be told
		pass(time.Minute)
		stop()
		w.leave(false)
		pass(10 * time.Minute)
		const down, guesses = "2m0s Trunk carrier is down", "21m0s 11 callers typed wrong codes again and again"
		check(t, w, down)
		_, stop = w.start(t)
		pass(time.Hour)
		check(t, w, down, guesses)
		w.set(Fact{Kind: TrunkDown, Of: "carrier", Standing: Fine})
		pass(time.Minute)
		stop()
		_, stop = w.start(t) // it is fine, but for how long?
		pass(time.Hour)
		stop()
		check(t, w, down, guesses, "1h29m0s Trunk carrier is up again")
	})
}

// TestNodes: of several one tells, another one when that is gone, and what only
// one of them sees is not over because others do not.
func TestNodes(t *testing.T) {
	bubble(t, func(t *testing.T, w *world) {
		sound := &world{kept: w.kept, facts: map[key]Fact{{kind: DiskLow}: Disk(1 << 40), {TrunkDown, "carrier"}: {Kind: TrunkDown, Of: "carrier", Standing: Amiss}}}
		other := New(sound, w, w, slog.New(slog.DiscardHandler))
		w.set(Disk(1 << 29))
		w.set(Fact{Kind: TrunkDown, Of: "carrier", Standing: Amiss})
		_, stop := w.start(t)
		ctx, end := context.WithCancel(t.Context())
		done := make(chan struct{})
		go func() {
			defer close(done)
			other.Run(ctx)
		}()
		pass(24 * time.Hour)
		want := []string{"1m0s Only 0.5 GB are left where data is kept", "2m0s Trunk carrier is down"}
		check(t, w, want...)
		stop()
		pass(24 * time.Hour)
		check(t, w, append(want, "24h12m0s There is room for data again: 1024.0 GB")...)
		end()
		<-done
	})
}

func TestNothingIsToldThatCannotBeKept(t *testing.T) {
	run(t, func(w *world, s *Service) {
		w.mu.Lock()
		w.full = true
		w.mu.Unlock()
		s.Tell(Alert{Kind: BudgetUsed, Of: "b", Figure: 1})
		pass(10 * time.Minute)
		check(t, w)
		w.mu.Lock()
		w.full = false
		w.mu.Unlock()
		pass(time.Hour)
		check(t, w, "10m0s 100 % of a budget is used")
	})
}

func TestWhatIsNotHeardOfIsForgotten(t *testing.T) {
	run(t, func(w *world, _ *Service) {
		w.set(Fact{Kind: TrunkDown, Of: "carrier", Standing: Amiss})
		pass(time.Hour)
		w.mu.Lock()
		w.facts = map[key]Fact{{kind: DiskLow}: Disk(1 << 40)} // the trunk was taken away
		w.mu.Unlock()
		pass(8 * 24 * time.Hour)
		check(t, w, "2m0s Trunk carrier is down")
		w.mu.Lock()
		defer w.mu.Unlock()
		if len(w.kept) > 0 {
			t.Errorf("kept %v", w.kept)
		}
	})
}

func TestKeys(t *testing.T) {
	a := Alert{Kind: TrunkDown, Of: "a", Figure: 1, Since: time.UnixMilli(1000)}
	again := a
	again.Figure = 2
	if a.Key() != again.Key() {
		t.Error("the same has two keys")
	}
	of, since, over := a, a, a
	of.Of, since.Since, over.Over = "b", time.UnixMilli(1001), true
	some, all := Alert{Kind: BudgetUsed, Figure: 0.8}, Alert{Kind: BudgetUsed, Figure: 1}
	seen := make(map[string]bool)
	for _, one := range []Alert{a, of, since, over, some, all} {
		if seen[one.Key()] {
			t.Errorf("%+v has the key of another", one)
		}
		seen[one.Key()] = true
	}
}

func TestNewsIsToldAtOnce(t *testing.T) {
	run(t, func(w *world, s *Service) {
		pass(time.Second)
		s.Tell(Alert{Kind: BudgetUsed, Figure: 0.8})
		synctest.Wait()
		check(t, w, "0s 80 % of a budget is used")
	})
}

func TestShares(t *testing.T) {
	for _, c := range []struct {
		kind        Kind
		part, whole int
		want        Standing
	}{
		{PoorCalls, 0, 0, Fine},
		{PoorCalls, 700, 700, Between}, // one person, for less than an hour
		{PoorCalls, 43, 720, Between},
		{PoorCalls, 44, 720, Amiss},
		{PoorCalls, 14, 720, Fine},
		{PoorCalls, 15, 720, Between},
		{SetUpFailures, 2, 20, Between}, // two, of however few
		{SetUpFailures, 3, 20, Amiss},
		{SetUpFailures, 3, 200, Between},
		{SetUpFailures, 1, 200, Fine},
	} {
		if got := Share(c.kind, c.part, c.whole).Standing; got != c.want {
			t.Errorf("%s, %d of %d: %d, want %d", c.kind, c.part, c.whole, got, c.want)
		}
	}
}

func TestTally(t *testing.T) {
	tally, at := NewTally(time.Hour), time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)
	tally.Add(at, 3)
	tally.Add(at.Add(30*time.Minute), 4)
	for after, want := range map[time.Duration]int{30 * time.Minute: 7, 54 * time.Minute: 7} {
		if got := tally.Sum(at.Add(after)); got != want {
			t.Errorf("after %v: %d, want %d", after, got, want)
		}
	}
	tally.Add(at.Add(-time.Hour), 1) // the clock was set back
	if got := tally.Sum(at.Add(65 * time.Minute)); got != 5 {
		t.Errorf("an hour later: %d, want 5", got)
	}
	if got := tally.Sum(at.Add(1000 * time.Hour)); got != 0 {
		t.Errorf("weeks later: %d", got)
	}
}

func TestWords(t *testing.T) {
	for _, kind := range Kinds() {
		if _, known := words[kind]; !known {
			t.Errorf("%s has no words", kind)
		}
		for _, over := range []bool{false, true} {
			for _, language := range []string{"en", "zh-CN"} {
				title, text := Alert{Kind: kind, Of: strings.Repeat("x", 200), Figure: 0.5, Over: over}.Words(language)
				if title == "" || text == "" || utf8.RuneCountInString(title) > mostTitle || strings.ContainsAny(title+text, "{}") {
					t.Errorf("%s, %s: %q, %q", kind, language, title, text)
				}
				chinese := strings.ContainsFunc(title+text, func(r rune) bool { return unicode.Is(unicode.Han, r) })
				if chinese != (language == "zh-CN") {
					t.Errorf("%s, %s: %q", kind, language, title)
				}
			}
		}
	}
}
