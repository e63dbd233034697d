package health

import (
	"context"
	"time"
)

// Rating is what somebody thought of the sound of their stay.
type Rating struct {
	Leg     string // id of the stay
	Name    string // of its participant; only when read
	At      time.Time
	Stars   int      // 1 to 5
	Reasons []string // wire.RatingReasons
}

// Ratings keep them. Its methods may be called from any goroutine.
type Ratings interface {
	// Rate keeps a rating in place of the leg's one before. The leg may not be
	// stored yet.
	Rate(ctx context.Context, r Rating) error
	// Ratings are how many gave one to five stars, how often each reason was given,
	// and at most so many, the latest first, of legs that fit.
	Ratings(ctx context.Context, f Filter, limit int) (stars [5]int, reasons map[string]int, latest []Rating, err error)
}
