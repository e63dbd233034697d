package alert

import (
	"context"
	"log/slog"
	"strconv"
	"sync"
	"time"

	"github.com/google/uuid"
)

// Alert is something that admins are told.
type Alert struct {
	Kind   Kind
	Of     string
	Figure float64
	Since  time.Time // when it began
	Over   bool      // it is fine again
}

// Key is the same when the same is told again, and different otherwise. It has
// the form of a UUID.
func (a Alert) Key() string {
	words := string(a.Kind) + "\x00" + a.Of + "\x00" + strconv.FormatInt(a.Since.UnixMilli(), 10) + strconv.FormatBool(a.Over)
	if _, watched := patiences[a.Kind]; !watched {
		words += strconv.FormatFloat(a.Figure, 'g', -1, 64) // each is news of its own
	}
	return uuid.NewSHA1(uuid.Nil, []byte(words)).String()
}

// Watch tells how things are. It is asked by one goroutine.
type Watch interface {
	Facts(ctx context.Context) []Fact
}

// Teller tells the admins. An alert that could not be told comes again, with the
// same key, and one that was told may, when the program was killed just then.
type Teller interface {
	Tell(ctx context.Context, a Alert) error
}

// Trouble is something that is amiss, as it is kept.
type Trouble struct {
	Kind   Kind
	Of     string
	Figure float64   // when it was last found amiss
	Began  time.Time // in milliseconds
	Told   bool
}

// Book keeps what is amiss, so that a restart neither tells it again nor forgets
// it. Of several nodes one has each trouble, by a lease on the database's clock,
// and nobody else tells of it.
type Book interface {
	// TakeTroubles notes those that were found and that nobody knows, and gives
	// all that the keeper has for as long as the lease: its own, new ones, and
	// those of keepers who have not come again in time.
	TakeTroubles(ctx context.Context, keeper string, found []Trouble, lease time.Duration) ([]Trouble, error)
	// TroubleTold notes that the admins know.
	TroubleTold(ctx context.Context, keeper string, t Trouble) error
	// ForgetTrouble ends it.
	ForgetTrouble(ctx context.Context, keeper string, t Trouble) error
}

const (
	// lookEvery is how often it is looked how things are.
	lookEvery = 30 * time.Second
	// holdFor is longer than a node that works stays away from its troubles.
	holdFor = 4 * lookEvery
	// unheardFor is after how long a trouble is forgotten of which there are no
	// facts any more, such as a trunk that was taken away.
	unheardFor = 7 * 24 * time.Hour
)

// Service looks how things are and has it told. Its methods may be called from
// any goroutine.
type Service struct {
	watch  Watch
	teller Teller
	book   Book
	keeper string // by which other nodes tell us apart
	log    *slog.Logger

	mu   sync.Mutex    // guards news
	news []Trouble     // what happened once, and is not in the book yet
	wake chan struct{} // has room for one

	fine map[key]time.Time // Run's own: since when what was amiss is fine
}

type key struct {
	kind Kind
	of   string
}

// New makes a Service that looks at nothing until it runs.
func New(watch Watch, teller Teller, book Book, log *slog.Logger) *Service {
	return &Service{
		watch: watch, teller: teller, book: book, keeper: uuid.NewString(), log: log,
		wake: make(chan struct{}, 1), fine: make(map[key]time.Time),
	}
}

// mostNews is how many alerts may wait to be kept.
const mostNews = 100

// Tell has admins told of something that happens once, such as a budget that is
// used up.
func (s *Service) Tell(a Alert) {
	s.mu.Lock()
	if len(s.news) < mostNews {
		s.news = append(s.news, Trouble{Kind: a.Kind, Of: a.Of, Figure: a.Figure, Began: a.Since})
	}
	s.mu.Unlock()
	select {
	case s.wake <- struct{}{}:
	default: // it will look anyway
	}
}

// Run looks and tells until ctx ends.
func (s *Service) Run(ctx context.Context) {
	ticker := time.NewTicker(lookEvery)
	defer ticker.Stop()
	for {
		var facts []Fact
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-ticker.C:
			facts = s.watch.Facts(ctx)
		}
		if err := s.round(ctx, facts, time.Now()); err != nil && ctx.Err() == nil {
			s.log.ErrorContext(ctx, "what is amiss cannot be kept; admins are told when it can", "err", err)
		}
	}
}

// round takes every trouble that we have further by the facts, of which there
// are none when something has happened in between.
func (s *Service) round(ctx context.Context, facts []Fact, now time.Time) error {
	s.mu.Lock()
	news := s.news
	s.news = nil
	s.mu.Unlock()
	found, known := news, make(map[key]Fact)
	for _, f := range facts {
		known[key{f.Kind, f.Of}] = f
		if f.Standing == Amiss {
			found = append(found, Trouble{Kind: f.Kind, Of: f.Of, Figure: f.Figure, Began: now})
		}
	}
	all, err := s.book.TakeTroubles(ctx, s.keeper, found, holdFor)
	if err != nil {
		s.mu.Lock()
		s.news = append(news, s.news...) // they come again
		s.mu.Unlock()
		return err
	}
	for _, t := range all {
		_, watched := patiences[t.Kind]
		switch f, heard := known[key{t.Kind, t.Of}]; {
		case !watched:
			err = s.once(ctx, t)
		case heard:
			err = s.look(ctx, t, f, now)
		case facts != nil && now.Sub(t.Began) > unheardFor:
			err = s.book.ForgetTrouble(ctx, s.keeper, t)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// once tells of what happens once.
func (s *Service) once(ctx context.Context, t Trouble) error {
	if !s.tell(ctx, Alert{Kind: t.Kind, Of: t.Of, Figure: t.Figure, Since: t.Began}) {
		return nil
	}
	return s.book.ForgetTrouble(ctx, s.keeper, t)
}

// look takes one trouble further by how it stands. That it is fine has to be
// seen all along, and so by one run of the program.
func (s *Service) look(ctx context.Context, t Trouble, f Fact, now time.Time) error {
	of, wait := key{t.Kind, t.Of}, patiences[t.Kind]
	if f.Standing != Fine {
		delete(s.fine, of)
	} else if _, known := s.fine[of]; !known {
		s.fine[of] = now
	}
	a := Alert{Kind: t.Kind, Of: t.Of, Figure: f.Figure, Since: t.Began}
	switch {
	case !t.Told && f.Standing == Amiss && now.Sub(t.Began) >= wait.amiss:
		if s.tell(ctx, a) {
			return s.book.TroubleTold(ctx, s.keeper, t)
		}
		return nil
	case !t.Told && f.Standing == Fine: // too short to be told
	case t.Told && f.Standing == Fine && now.Sub(s.fine[of]) >= wait.fine:
		if a.Over = true; !s.tell(ctx, a) {
			return nil
		}
	default:
		return nil
	}
	delete(s.fine, of)
	return s.book.ForgetTrouble(ctx, s.keeper, t)
}

// tell reports whether it was told.
func (s *Service) tell(ctx context.Context, a Alert) bool {
	s.log.WarnContext(ctx, "alert", "kind", string(a.Kind), "of", a.Of, "figure", a.Figure, "since", a.Since, "over", a.Over)
	if err := s.teller.Tell(ctx, a); err != nil {
		s.log.ErrorContext(ctx, "admins could not be told", "kind", string(a.Kind), "err", err)
		return false
	}
	return true
}
