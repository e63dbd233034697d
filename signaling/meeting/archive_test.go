package meeting

import (
	"context"
	"errors"
	"io"
	"strings"
	"testing"
	"time"
)

// fakeRecordings notes recordings in memory.
type fakeRecordings struct {
	noted map[string]Recording
	fail  error
}

func (f *fakeRecordings) AddRecording(_ context.Context, r Recording) error {
	f.noted[r.ID] = r
	return f.fail
}

func (f *fakeRecordings) EndRecording(_ context.Context, id string, at time.Time) error {
	r := f.noted[id]
	r.EndedAt = at
	f.noted[id] = r
	return f.fail
}

func (f *fakeRecordings) RemoveRecording(_ context.Context, id, person string, at time.Time) error {
	r := f.noted[id]
	r.RemovedAt, r.RemovedBy = at, person
	f.noted[id] = r
	return f.fail
}

func (f *fakeRecordings) Recording(_ context.Context, id string) (Recording, error) {
	r, ok := f.noted[id]
	if !ok {
		return Recording{}, ErrNoRecording
	}
	return r, f.fail
}

func (f *fakeRecordings) RecordingsOf(_ context.Context, meeting string) (all []Recording, err error) {
	for _, r := range f.noted {
		if r.Meeting == meeting && r.RemovedAt.IsZero() {
			all = append(all, r)
		}
	}
	return all, f.fail
}

func (f *fakeRecordings) RecordingsBefore(_ context.Context, began time.Time) (all []Recording, err error) {
	for _, r := range f.noted {
		if r.RemovedAt.IsZero() && r.StartedAt.Before(began) {
			all = append(all, r)
		}
	}
	return all, f.fail
}

// shelf has the recordings whose ids it holds; "busy" ones are being made.
type shelf map[string]bool

func (s shelf) Tracks(id string) ([]Track, error) {
	return []Track{{"a-slot", 1}, {"mix", 2}, {"talkers", 3}}, nil
}

func (s shelf) Read(id, _ string) (io.ReadCloser, error) {
	if !s[id] {
		return nil, ErrNoRecording
	}
	return io.NopCloser(strings.NewReader("sound of " + id)), nil
}

func (s shelf) Remove(id string) error {
	if strings.HasPrefix(id, "busy") {
		return ErrRecordingBusy
	}
	if !s[id] {
		return ErrNoRecording
	}
	delete(s, id)
	return nil
}

// TestWhoHears walks everybody who might want to hear a recording, and all
// that they might do with it.
func TestWhoHears(t *testing.T) {
	ctx := context.Background()
	store := newFakeStore()
	store.meetings["m1"] = Meeting{ID: "m1", Organiser: "ann", Invitees: []Invitee{{ID: "i1", Person: "bob"}}}
	notes := &fakeRecordings{noted: map[string]Recording{"r1": {ID: "r1", Meeting: "m1", Person: "bob"}}}
	a := NewArchive(store, notes, shelf{"r1": true}, nil)
	for person, want := range map[string]error{
		"ann":   nil,
		"bob":   ErrNotFound, // is invited, and even began it
		"admin": ErrNotFound,
		"":      ErrNotFound,
	} {
		_, list := a.Of(ctx, person, "m1")
		tracks, look := a.Tracks(ctx, person, "r1")
		_, sound, hear := a.Hear(ctx, person, "r1", "mix")
		for what, err := range map[string]error{"list": list, "look": look, "hear": hear} {
			if !errors.Is(err, want) {
				t.Errorf("%s by %q: %v, want %v", what, person, err, want)
			}
		}
		if (sound != nil) != (want == nil) || (tracks != nil) != (want == nil) {
			t.Errorf("%q gets sound %v, tracks %v", person, sound != nil, tracks)
		}
		if want == nil && tracks[0].Name != "mix" {
			t.Errorf("tracks %v", tracks)
		}
		if want != nil && !errors.Is(a.Remove(ctx, person, "r1"), want) {
			t.Errorf("%q removes it", person)
		}
	}
	if err := a.Remove(ctx, "ann", "r1"); err != nil {
		t.Fatal(err)
	}
	if r := notes.noted["r1"]; r.RemovedBy != "ann" || r.RemovedAt.IsZero() {
		t.Errorf("noted: %+v", r)
	}
	if _, _, err := a.Hear(ctx, "ann", "r1", "mix"); !errors.Is(err, ErrNoRecording) {
		t.Errorf("what was removed: %v", err)
	}
	if _, _, err := a.Hear(ctx, "ann", "r2", "mix"); !errors.Is(err, ErrNoRecording) {
		t.Errorf("what never was: %v", err)
	}
	if _, err := a.Of(ctx, "ann", "m2"); !errors.Is(err, ErrNotFound) {
		t.Errorf("of no meeting: %v", err)
	}
}

func TestExpire(t *testing.T) {
	ctx := context.Background()
	now := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	old, young := now.Add(-91*24*time.Hour), now.Add(-89*24*time.Hour)
	notes := &fakeRecordings{noted: map[string]Recording{
		"old":     {ID: "old", StartedAt: old},
		"lost":    {ID: "lost", StartedAt: old}, // its files are gone already
		"busy":    {ID: "busy", StartedAt: old},
		"young":   {ID: "young", StartedAt: young},
		"removed": {ID: "removed", StartedAt: old, RemovedAt: young, RemovedBy: "ann"},
	}}
	tapes := shelf{"old": true, "busy": true, "young": true}
	a := NewArchive(newFakeStore(), notes, tapes, func() time.Time { return now })
	if n, err := a.Expire(ctx, 90*24*time.Hour); n != 2 || err != nil {
		t.Errorf("%d expired, %v", n, err)
	}
	if tapes["old"] || !tapes["busy"] || !tapes["young"] {
		t.Errorf("left: %v", tapes)
	}
	for id, removed := range map[string]bool{"old": true, "lost": true, "busy": false, "young": false} {
		if r := notes.noted[id]; r.RemovedAt.IsZero() == removed || r.RemovedBy != "" {
			t.Errorf("noted of %s: %+v", id, r)
		}
	}
	if notes.noted["removed"].RemovedBy != "ann" {
		t.Error("who removed it was forgotten")
	}
	notes.fail = errors.New("disk on fire")
	if _, err := a.Expire(ctx, 0); !errors.Is(err, notes.fail) {
		t.Errorf("a store that fails: %v", err)
	}
	if n, err := NewArchive(nil, notes, nil, nil).Expire(ctx, 0); n != 0 || err != nil {
		t.Errorf("without tapes: %d, %v", n, err)
	}
}
