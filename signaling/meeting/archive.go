package meeting

import (
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// Recording is a recording of a meeting as it is noted for good. What was said
// lies elsewhere, encrypted.
type Recording struct {
	ID        string // UUIDv7
	Meeting   string
	Room      string // the meeting's, or of a break-out room
	Person    string // id of the host who began it; empty for one without account
	Name      string // of that host
	StartedAt time.Time
	EndedAt   time.Time // zero while it is made, or if the program died meanwhile
	RemovedAt time.Time // since then there is nothing to hear
	RemovedBy string    // person; empty: it was kept long enough
}

// Track is one file of a recording.
type Track struct {
	Name string // "mix", "slot-1" …: Ogg Opus; "talkers": who had which slot when
	Size int64  // octets on the disk
}

// What the archive may answer beside ErrNotFound.
var (
	ErrNoRecording   = errors.New("no such recording")
	ErrRecordingBusy = errors.New("recording is still being made")
)

// RecordingStore keeps what is noted of recordings. Each method is one
// transaction and may be called from any goroutine.
type RecordingStore interface {
	AddRecording(ctx context.Context, r Recording) error
	// EndRecording and RemoveRecording note a time, once. They return
	// ErrNoRecording.
	EndRecording(ctx context.Context, id string, at time.Time) error
	RemoveRecording(ctx context.Context, id, person string, at time.Time) error
	// Recording returns ErrNoRecording.
	Recording(ctx context.Context, id string) (Recording, error)
	// RecordingsOf lists those of a meeting that were not removed, the newest
	// first.
	RecordingsOf(ctx context.Context, meeting string) ([]Recording, error)
	// RecordingsBefore lists those that began before a time and were not
	// removed, of all meetings.
	RecordingsBefore(ctx context.Context, began time.Time) ([]Recording, error)
}

// Tapes is where what was said lies. Its methods may be called from any
// goroutine and return ErrNoRecording or ErrRecordingBusy.
type Tapes interface {
	// Tracks lists what there is of a recording.
	Tracks(recording string) ([]Track, error)
	// Read gives a track in clear.
	Read(recording, track string) (io.ReadCloser, error)
	// Remove deletes a recording, unless it is being made.
	Remove(recording string) error
}

// Archive applies the rules to recordings: the organiser of a meeting hears
// them, and nobody else. Being an admin makes no difference. Its methods may be
// called from any goroutine.
type Archive struct {
	meetings   Store
	recordings RecordingStore
	tapes      Tapes
	now        func() time.Time
}

// NewArchive makes an archive. Without tapes, which may be nil, nothing was
// recorded here. The clock may be nil for the real one.
func NewArchive(meetings Store, recordings RecordingStore, tapes Tapes, clock func() time.Time) *Archive {
	if clock == nil {
		clock = time.Now
	}
	return &Archive{meetings, recordings, tapes, clock}
}

// Begin notes that a recording begins.
func (a *Archive) Begin(ctx context.Context, r Recording) error {
	if err := a.recordings.AddRecording(ctx, r); err != nil {
		return fmt.Errorf("note a recording: %w", err)
	}
	return nil
}

// End notes that a recording is over.
func (a *Archive) End(ctx context.Context, id string, at time.Time) error {
	if err := a.recordings.EndRecording(ctx, id, at); err != nil {
		return fmt.Errorf("note the end of a recording: %w", err)
	}
	return nil
}

// Of lists the recordings of a meeting for its organiser, the newest first. It
// returns ErrNotFound to everybody else.
func (a *Archive) Of(ctx context.Context, person, meeting string) ([]Recording, error) {
	if err := a.mayHear(ctx, person, meeting); err != nil {
		return nil, err
	}
	all, err := a.recordings.RecordingsOf(ctx, meeting)
	if err != nil {
		return nil, fmt.Errorf("list recordings: %w", err)
	}
	return all, nil
}

// mayHear is nil for the organiser of a meeting. To others it says that there
// is no such thing: an id gives nothing away.
func (a *Archive) mayHear(ctx context.Context, person, meeting string) error {
	m, err := a.meetings.Meeting(ctx, meeting)
	if err != nil {
		return fmt.Errorf("whose recordings: %w", err)
	}
	if person == "" || person != m.Organiser {
		return ErrNotFound
	}
	return nil
}

// get is a recording that the person may hear.
func (a *Archive) get(ctx context.Context, person, id string) (Recording, error) {
	r, err := a.recordings.Recording(ctx, id)
	if err != nil {
		return Recording{}, fmt.Errorf("find a recording: %w", err)
	}
	if err := a.mayHear(ctx, person, r.Meeting); err != nil {
		return Recording{}, err
	}
	if a.tapes == nil || !r.RemovedAt.IsZero() {
		return Recording{}, ErrNoRecording
	}
	return r, nil
}

// Tracks lists what can be heard of a recording, the mix first.
func (a *Archive) Tracks(ctx context.Context, person, id string) ([]Track, error) {
	if _, err := a.get(ctx, person, id); err != nil {
		return nil, err
	}
	tracks, err := a.tapes.Tracks(id)
	slices.SortStableFunc(tracks, func(x, y Track) int { return strings.Compare(rank(x), rank(y)) })
	return tracks, err
}

func rank(t Track) string {
	if t.Name == "mix" {
		return ""
	}
	return t.Name
}

// Hear gives a track in clear; the caller closes it. It returns ErrNotFound
// and ErrNoRecording.
func (a *Archive) Hear(ctx context.Context, person, id, track string) (Recording, io.ReadCloser, error) {
	r, err := a.get(ctx, person, id)
	if err != nil {
		return Recording{}, nil, err
	}
	sound, err := a.tapes.Read(id, track)
	return r, sound, err
}

// Remove deletes what was recorded; that it was stays noted. It returns
// ErrNotFound, ErrNoRecording and ErrRecordingBusy.
func (a *Archive) Remove(ctx context.Context, person, id string) error {
	if _, err := a.get(ctx, person, id); err != nil {
		return err
	}
	return a.remove(ctx, id, person)
}

func (a *Archive) remove(ctx context.Context, id, person string) error {
	if err := a.tapes.Remove(id); err != nil && !errors.Is(err, ErrNoRecording) {
		return err
	}
	if err := a.recordings.RemoveRecording(ctx, id, person, a.now()); err != nil {
		return fmt.Errorf("note the end of a recording: %w", err)
	}
	return nil
}

// Expire deletes what was recorded longer ago than it is to be kept, and tells
// how many that were. A recording that is still being made waits for next time.
func (a *Archive) Expire(ctx context.Context, keep time.Duration) (int, error) {
	if a.tapes == nil {
		return 0, nil
	}
	old, err := a.recordings.RecordingsBefore(ctx, a.now().Add(-keep))
	if err != nil {
		return 0, fmt.Errorf("list old recordings: %w", err)
	}
	removed := 0
	var failed []error
	for _, r := range old {
		switch err := a.remove(ctx, r.ID, ""); {
		case err == nil:
			removed++
		case !errors.Is(err, ErrRecordingBusy):
			failed = append(failed, fmt.Errorf("recording %s: %w", r.ID, err))
		}
	}
	return removed, errors.Join(failed...)
}
