package meeting

import (
	"context"
	"errors"
	"fmt"

	"partyline/signaling/internal/guess"
)

// ErrTooManyGuesses is in the chain of the error while a source has to wait;
// errors.As finds a *[guess.Locked] with the time.
var ErrTooManyGuesses = guess.ErrTooMany

// Identity is who somebody turned out to be by a code.
type Identity struct {
	Credential Credential
	Role       Role
	Invitee    string // id, empty for the host code
	Person     string // of the invitee, empty for outsiders and the host code
	Name       string // of the invitee, empty for the host code
}

// ByLink finds the meeting of a link. The source is whoever might be guessing:
// a network address. It returns ErrNotFound, ErrTooManyGuesses, and ErrEnded
// together with the meeting.
func (b *Book) ByLink(ctx context.Context, link Code, source string) (Meeting, error) {
	return b.find(ctx, source, wellFormedLink(link), func() (Meeting, error) {
		return b.store.MeetingByLink(ctx, link)
	})
}

// ByNumber finds a meeting by its 9 digits. The source is whoever might be
// guessing: for a call its trunk and caller number, since all calls of a trunk
// share one network address. It returns ErrNotFound, ErrTooManyGuesses, and
// ErrEnded together with the meeting.
func (b *Book) ByNumber(ctx context.Context, number Code, source string) (Meeting, error) {
	parsed, err := ParseNumber(string(number))
	return b.find(ctx, source, err == nil, func() (Meeting, error) {
		return b.store.MeetingByNumber(ctx, parsed)
	})
}

// find counts a look-up against the source until it turns out right.
func (b *Book) find(ctx context.Context, source string, wellFormed bool, look func() (Meeting, error)) (Meeting, error) {
	key := "source " + guess.Source(source)
	if err := b.bySource.Try(b.now(), key); err != nil {
		return Meeting{}, err
	}
	if !wellFormed {
		return Meeting{}, ErrNotFound
	}
	m, err := look()
	if err != nil {
		if !errors.Is(err, ErrNotFound) {
			b.bySource.Right(key) // not the caller's fault
		}
		return Meeting{}, fmt.Errorf("find meeting: %w", err)
	}
	b.bySource.Right(key)
	if m, err = b.opened(ctx, m); err != nil {
		return Meeting{}, err
	}
	return m, m.over(b.now())
}

// Identify tells whose code it is in the meeting: the host's or one invitee's.
// It returns ErrNotFound, ErrEnded, ErrWrongCode or ErrTooManyGuesses.
func (b *Book) Identify(ctx context.Context, id string, code Code, source string) (Identity, error) {
	now := b.now()
	bySource, byMeeting := "source "+guess.Source(source), "meeting "+id
	if err := b.bySource.Try(now, bySource); err != nil {
		return Identity{}, err
	}
	if err := b.byMeeting.Try(now, byMeeting); err != nil {
		b.bySource.Right(bySource)
		return Identity{}, err
	}
	who, err := b.identify(ctx, id, code)
	if !errors.Is(err, ErrWrongCode) {
		b.bySource.Right(bySource)
		b.byMeeting.Right(byMeeting)
	}
	return who, err
}

func (b *Book) identify(ctx context.Context, id string, code Code) (Identity, error) {
	m, err := b.Get(ctx, id)
	if err != nil {
		return Identity{}, err
	}
	if !wellFormedCode(code) {
		return Identity{}, ErrWrongCode
	}
	if code == m.HostCode {
		return Identity{Credential: ByHostCode, Role: RoleFor(ByHostCode)}, nil
	}
	i := m.find(func(i Invitee) bool { return i.Code == code })
	if i == nil {
		return Identity{}, ErrWrongCode
	}
	credential := ByInvitation
	if m.Leads(i.Person) {
		credential = m.CredentialOf(i.Person)
	}
	return Identity{credential, RoleFor(credential), i.ID, i.Person, i.Name}, nil
}
