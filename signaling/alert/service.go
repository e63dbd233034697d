package alert

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// Alert is something that admins are told.
type Alert struct {
	Kind   Kind
	Of     string
	Figure float64
	Since  time.Time // when it began
	Over   bool      // it is fine again
}

// Watch tells how things are. It is asked by one goroutine.
type Watch interface {
	Facts(ctx context.Context) []Fact
}

// Teller tells the admins. An alert that could not be told comes again.
type Teller interface {
	Tell(ctx context.Context, a Alert) error
}

// lookEvery is how often it is looked how things are.
const lookEvery = 30 * time.Second

// Service looks how things are and has it told. Its methods may be called from
// any goroutine.
type Service struct {
	watch  Watch
	teller Teller
	log    *slog.Logger

	mu   sync.Mutex    // guards news
	news []Alert       // to be told beside what is watched
	wake chan struct{} // has room for one

	troubles map[key]*state // Run's own
}

type key struct {
	kind Kind
	of   string
}

// state is how far it has come with one trouble.
type state struct {
	began  time.Time // when it became amiss; zero: it is not
	fine   time.Time // since when it is fine again; zero: it is not
	figure float64
	told   bool
}

// New makes a Service that looks at nothing until it runs.
func New(watch Watch, teller Teller, log *slog.Logger) *Service {
	return &Service{watch: watch, teller: teller, log: log, wake: make(chan struct{}, 1), troubles: make(map[key]*state)}
}

// mostNews is how many alerts may wait to be told.
const mostNews = 100

// Tell has admins told of something that happens once, such as a budget that is
// used up.
func (s *Service) Tell(a Alert) {
	s.mu.Lock()
	if len(s.news) < mostNews {
		s.news = append(s.news, a)
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
		select {
		case <-ctx.Done():
			return
		case <-s.wake:
		case <-ticker.C:
			now := time.Now()
			for _, f := range s.watch.Facts(ctx) {
				s.look(ctx, f, now)
			}
		}
		s.tellNews(ctx)
	}
}

// look takes one fact further.
func (s *Service) look(ctx context.Context, f Fact, now time.Time) {
	of := key{f.Kind, f.Of}
	at := s.troubles[of]
	if at == nil {
		if f.Standing != Amiss {
			return
		}
		at = &state{}
		s.troubles[of] = at
	}
	wait := patiences[f.Kind]
	switch f.Standing {
	case Amiss:
		at.fine, at.figure = time.Time{}, f.Figure
		if at.began.IsZero() {
			at.began = now
		}
	case Fine:
		if at.fine.IsZero() {
			at.fine = now
		}
	case Between:
		at.fine = time.Time{}
	}
	switch {
	case !at.told && f.Standing == Amiss && now.Sub(at.began) >= wait.amiss:
		at.told = s.tell(ctx, Alert{Kind: f.Kind, Of: f.Of, Figure: at.figure, Since: at.began})
	case !at.told && f.Standing == Fine:
		delete(s.troubles, of) // too short to be told
	case at.told && f.Standing == Fine && now.Sub(at.fine) >= wait.fine:
		if s.tell(ctx, Alert{Kind: f.Kind, Of: f.Of, Figure: f.Figure, Since: at.began, Over: true}) {
			delete(s.troubles, of)
		}
	}
}

// tellNews tells what waits.
func (s *Service) tellNews(ctx context.Context) {
	s.mu.Lock()
	news := s.news
	s.news = nil
	s.mu.Unlock()
	for i, a := range news {
		if s.tell(ctx, a) {
			continue
		}
		s.mu.Lock()
		s.news = append(news[i:], s.news...) // they come again
		s.mu.Unlock()
		return
	}
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
