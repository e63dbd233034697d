package auth

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// What is kept of a name in somebody's own voice: at most 5 s of 16 bit
// little-endian samples at 16 kHz.
const maxSpoken = 5 * 16_000 * 2

// What the rules of spoken names and a [Store] may answer.
var (
	ErrNoSpokenName = errors.New("no spoken name")
	ErrTooLong      = errors.New("a spoken name has at most 5 s")
)

// SpokenNames keeps people's names in their own voice.
type SpokenNames interface {
	// PutSpokenName replaces the person's. It returns ErrNoPerson.
	PutSpokenName(ctx context.Context, person string, pcm []byte, at time.Time) error
	// SpokenName and DropSpokenName return ErrNoSpokenName.
	SpokenName(ctx context.Context, person string) ([]byte, error)
	DropSpokenName(ctx context.Context, person string) error
}

// KeepSpokenName keeps a person's name in their own voice until they delete it
// or speak it anew. It returns ErrTooLong and ErrNoPerson.
func (a *Accounts) KeepSpokenName(ctx context.Context, person string, pcm []byte) error {
	if len(pcm) == 0 || len(pcm) > maxSpoken || len(pcm)%2 != 0 {
		return ErrTooLong
	}
	if err := a.store.PutSpokenName(ctx, person, pcm, a.now()); err != nil {
		return fmt.Errorf("keep a spoken name: %w", err)
	}
	return nil
}

// SpokenName returns it. It returns ErrNoSpokenName.
func (a *Accounts) SpokenName(ctx context.Context, person string) ([]byte, error) {
	return a.store.SpokenName(ctx, person)
}

// DropSpokenName deletes it. It returns ErrNoSpokenName.
func (a *Accounts) DropSpokenName(ctx context.Context, person string) error {
	return a.store.DropSpokenName(ctx, person)
}
