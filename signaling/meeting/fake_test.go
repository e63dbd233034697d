package meeting

import (
	"context"
	"slices"
	"sync"
	"time"
)

// fakeStore keeps meetings in memory. taken makes the next so many writes
// collide.
type fakeStore struct {
	mu       sync.Mutex
	meetings map[string]Meeting
	taken    int
	fail     error
}

func newFakeStore() *fakeStore { return &fakeStore{meetings: map[string]Meeting{}} }

func (f *fakeStore) collide() error {
	if f.taken > 0 {
		f.taken--
		return ErrTaken
	}
	return f.fail
}

func (f *fakeStore) AddMeeting(_ context.Context, m Meeting) error {
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.collide(); err != nil {
		return err
	}
	f.meetings[m.ID] = m
	return nil
}

func (f *fakeStore) by(match func(Meeting) bool) (Meeting, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.fail != nil {
		return Meeting{}, f.fail
	}
	for _, m := range f.meetings {
		if match(m) {
			m.Invitees = slices.Clone(m.Invitees)
			return m, nil
		}
	}
	return Meeting{}, ErrNotFound
}

func (f *fakeStore) Meeting(_ context.Context, id string) (Meeting, error) {
	return f.by(func(m Meeting) bool { return m.ID == id })
}

func (f *fakeStore) MeetingByLink(_ context.Context, link Code) (Meeting, error) {
	return f.by(func(m Meeting) bool { return m.Link == link })
}

func (f *fakeStore) MeetingByNumber(_ context.Context, n Code) (Meeting, error) {
	return f.by(func(m Meeting) bool { return m.Number == n })
}

func (f *fakeStore) MeetingsOf(_ context.Context, person string, nowSince time.Time) ([]Meeting, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []Meeting
	for _, m := range f.meetings {
		idle := m.Occasion == Now && m.LastActive.Before(nowSince)
		if m.MayRead(person) && m.EndedAt.IsZero() && !idle {
			all = append(all, m)
		}
	}
	return all, f.fail
}

func (f *fakeStore) ChangeMeeting(ctx context.Context, id string, change func(*Meeting) error) (Meeting, error) {
	m, err := f.Meeting(ctx, id)
	if err != nil {
		return Meeting{}, err
	}
	if err := change(&m); err != nil {
		return Meeting{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	if err := f.collide(); err != nil {
		return Meeting{}, err
	}
	f.meetings[id] = m
	return m, nil
}
