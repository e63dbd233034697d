package signaling

import (
	"context"
	"errors"
	"time"

	"partyline/sfu/audio"
)

// Records keeps what outlives a running meeting beside the book of meetings:
// recordings, and the names of colleagues in their own voice. Calls may come
// from any goroutine and take a while.
type Records interface {
	// Begin notes that somebody records a meeting, for good, and gives the
	// tape. It returns ErrUnavailable where nothing can be recorded.
	Begin(ctx context.Context, r Recording) (Tape, error)
	// End notes that a recording is over.
	End(ctx context.Context, recording string, at time.Time) error
	// SpokenName is a colleague's name in their own voice, or nil.
	SpokenName(ctx context.Context, person string) ([]audio.Frame, error)
	// KeepSpokenName stores it, for next time.
	KeepSpokenName(ctx context.Context, person string, spoken []audio.Frame) error
}

// Recording is a recording that begins.
type Recording struct {
	ID      string // UUIDv7
	Meeting string
	Room    string // the meeting's, or of a break-out room
	Person  string // id of the host who began it; empty for one without account
	Name    string // of that host
	At      time.Time
}

// ErrUnavailable means that this installation has nowhere to keep recordings.
var ErrUnavailable = errors.New("not set up here")

// forgetful is the Records of a server that keeps nothing.
type forgetful struct{}

func (forgetful) Begin(context.Context, Recording) (Tape, error) { return nil, ErrUnavailable }
func (forgetful) End(context.Context, string, time.Time) error   { return nil }
func (forgetful) SpokenName(context.Context, string) ([]audio.Frame, error) {
	return nil, nil
}

func (forgetful) KeepSpokenName(context.Context, string, []audio.Frame) error { return nil }
