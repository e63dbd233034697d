package meeting

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/google/uuid"

	"partyline/signaling/internal/guess"
)

// Store keeps meetings. Each method is one transaction and may be called from
// any goroutine.
type Store interface {
	// AddMeeting returns ErrTaken if the number or link exists.
	AddMeeting(ctx context.Context, m Meeting) error
	// Meeting, MeetingByLink and MeetingByNumber return ErrNotFound.
	Meeting(ctx context.Context, id string) (Meeting, error)
	MeetingByLink(ctx context.Context, link Code) (Meeting, error)
	MeetingByNumber(ctx context.Context, number Code) (Meeting, error)
	// MeetingsOf lists what a person organises or is invited to, newest first,
	// at most 1,000, without what has ended and without each Now that was last
	// active before a time.
	MeetingsOf(ctx context.Context, person string, nowSince time.Time) ([]Meeting, error)
	// ChangeMeeting lets change work on the meeting and stores what it made of
	// it; nobody else changes the meeting meanwhile. An error of change comes
	// back and nothing is stored. It returns ErrNotFound, ErrTaken or, for an
	// unknown or deactivated person among the invitees, ErrNoPerson.
	ChangeMeeting(ctx context.Context, id string, change func(*Meeting) error) (Meeting, error)
}

// Config is how much guessing is borne, per source and per meeting.
type Config struct {
	// BySource counts wrong numbers, codes and links of one caller.
	BySource guess.Policy
	// ByMeeting counts wrong codes typed into one meeting by all callers. It
	// stops codes only: whoever comes as a guest is not kept out by a guesser.
	ByMeeting guess.Policy
}

// DefaultConfig bears a hurried caller's slips, and leaves a guesser with
// fewer than 200 tries a day against the million codes of one meeting.
func DefaultConfig() Config {
	return Config{
		BySource:  guess.Policy{Free: 6, First: 5 * time.Second, Max: 15 * time.Minute, Forget: time.Hour},
		ByMeeting: guess.Policy{Free: 20, First: 5 * time.Second, Max: 15 * time.Minute, Forget: 6 * time.Hour},
	}
}

// Book is the book of meetings: it applies the rules to what the [Store]
// keeps. Its methods may be called from any goroutine.
type Book struct {
	store     Store
	now       func() time.Time
	bySource  *guess.Limiter
	byMeeting *guess.Limiter
	dates     atomic.Pointer[Dates] // nil: no meeting has any
}

// Dates knows when scheduled meetings open.
type Dates interface {
	// Opens is when the meeting opens for its next date; zero: it is open, for
	// one that runs, has just been, or because none comes.
	Opens(ctx context.Context, meeting string) (time.Time, error)
}

// OpenBy has those meetings open by their dates that have a lobby, from now on.
func (b *Book) OpenBy(d Dates) { b.dates.Store(&d) }

// opened is the meeting with the time at which it opens next.
func (b *Book) opened(ctx context.Context, m Meeting) (Meeting, error) {
	dates := b.dates.Load()
	if dates == nil || m.Occasion != Scheduled || !m.Lobby {
		return m, nil
	}
	opens, err := (*dates).Opens(ctx, m.ID)
	if err != nil {
		return Meeting{}, fmt.Errorf("when a meeting opens: %w", err)
	}
	if opens.After(m.OpensAt) {
		m.OpensAt = opens
	}
	return m, nil
}

// NewBook makes a book over the store. The clock may be nil for the real one.
func NewBook(cfg Config, store Store, clock func() time.Time) *Book {
	if clock == nil {
		clock = time.Now
	}
	return &Book{store: store, now: clock, bySource: guess.New(cfg.BySource), byMeeting: guess.New(cfg.ByMeeting)}
}

// Create makes a meeting with fresh codes. The name may be empty for Now; it
// returns ErrBadName otherwise.
func (b *Book) Create(ctx context.Context, organiser, name string, occasion Occasion) (Meeting, error) {
	if name != "" || occasion != Now {
		var err error
		if name, err = CleanName(name); err != nil {
			return Meeting{}, err
		}
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Meeting{}, fmt.Errorf("make a meeting id: %w", err)
	}
	now := b.now()
	m := Meeting{
		ID: id.String(), Name: name, Occasion: occasion, Organiser: organiser,
		Settings: DefaultSettings(), CreatedAt: now, LastActive: now,
	}
	if m.HostCode, err = newCode(nil); err != nil {
		return Meeting{}, err
	}
	err = redraw(func() error {
		if err := m.drawAddress(); err != nil {
			return err
		}
		return b.store.AddMeeting(ctx, m)
	})
	if err != nil {
		return Meeting{}, fmt.Errorf("create a meeting: %w", err)
	}
	return b.store.Meeting(ctx, m.ID)
}

func (m *Meeting) drawAddress() (err error) {
	if m.Number, err = newNumber(); err != nil {
		return err
	}
	m.Link, err = newLink()
	return err
}

// redraw repeats what draws codes while they turn out to be taken. With a
// million meetings one number in 900 is; five in a row never.
func redraw(try func() error) error {
	var err error
	for range 5 {
		if err = try(); !errors.Is(err, ErrTaken) {
			return err
		}
	}
	return err
}

// Of lists the meetings of a person that have not ended, as they may see them.
func (b *Book) Of(ctx context.Context, person string) ([]Meeting, error) {
	all, err := b.store.MeetingsOf(ctx, person, b.now().Add(-idleNow))
	if err != nil {
		return nil, fmt.Errorf("list meetings: %w", err)
	}
	for i := range all {
		all[i] = all[i].VisibleTo(person)
	}
	return all, nil
}

// Get returns a meeting with all its codes, for the engine that runs it. It
// returns ErrNotFound, and ErrEnded (an *Over) together with the meeting.
func (b *Book) Get(ctx context.Context, id string) (Meeting, error) {
	m, err := b.store.Meeting(ctx, id)
	if err != nil {
		return Meeting{}, fmt.Errorf("get meeting: %w", err)
	}
	if m, err = b.opened(ctx, m); err != nil {
		return Meeting{}, err
	}
	return m, m.over(b.now())
}

// Read returns a meeting as a person may see it, ended ones too. It returns
// ErrNotFound also to those whom it is none of.
func (b *Book) Read(ctx context.Context, person, id string) (Meeting, error) {
	m, err := b.store.Meeting(ctx, id)
	if err != nil {
		return Meeting{}, fmt.Errorf("read meeting: %w", err)
	}
	if !m.MayRead(person) {
		return Meeting{}, ErrNotFound
	}
	return m.VisibleTo(person), nil
}

// RoomOpened notes that somebody came into the meeting's room.
func (b *Book) RoomOpened(ctx context.Context, id string) error {
	return b.alter(ctx, id, func(m *Meeting, now time.Time) { m.LastActive = now })
}

// RoomClosed notes that the meeting's room is gone. If a host ended it for
// all, a "Meet now" is over for good; a named meeting can be held again.
func (b *Book) RoomClosed(ctx context.Context, id string, endedByHost bool) error {
	return b.alter(ctx, id, func(m *Meeting, now time.Time) {
		m.LastActive = now
		if endedByHost && m.Occasion == Now && m.EndedAt.IsZero() {
			m.EndedAt = now
		}
	})
}

func (b *Book) alter(ctx context.Context, id string, change func(*Meeting, time.Time)) error {
	_, err := b.store.ChangeMeeting(ctx, id, func(m *Meeting) error {
		change(m, b.now())
		return nil
	})
	if err != nil {
		return fmt.Errorf("note the room of a meeting: %w", err)
	}
	return nil
}
