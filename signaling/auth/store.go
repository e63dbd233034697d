package auth

import (
	"context"
	"time"
)

// Store keeps accounts, sessions and links. Each method is one transaction and
// may be called from any goroutine.
type Store interface {
	People
	Sessions
	Links
	PhoneStore
}

// Account is a person with what proves them.
type Account struct {
	Person
	PasswordHash string // PHC string, empty before the first password
}

// People keeps accounts.
type People interface {
	// AddPeople adds accounts with their invitations, all or none. It returns
	// ErrEmailTaken.
	AddPeople(ctx context.Context, accounts []Account, invitations []Invitation) error
	// Account and AccountByEmail return ErrNoPerson.
	Account(ctx context.Context, id string) (Account, error)
	AccountByEmail(ctx context.Context, email string) (Account, error)
	// PeopleByPhone lists the active people with a telephone number, at most 2.
	PeopleByPhone(ctx context.Context, number Phone) ([]Person, error)
	// EmailsInUse is the set of all accounts' addresses.
	EmailsInUse(ctx context.Context) (map[string]bool, error)
	// ListPeople lists by name, at most 1,000, those whose name or e-mail
	// contains the query in any case; deactivated ones only if inactive.
	ListPeople(ctx context.Context, query string, inactive bool) ([]Person, error)
	// AllPeople lists everybody by name.
	AllPeople(ctx context.Context) ([]Person, error)
	// ChangePerson lets change work on the person and stores what it made of
	// them; nobody else changes a person meanwhile. otherAdmins counts the
	// active admins beside this one. If the person is not active afterwards
	// their sessions and invitation end. It returns ErrNoPerson and
	// ErrEmailTaken.
	ChangePerson(ctx context.Context, id string, change func(p *Person, otherAdmins int) error) (Person, error)
}

// Session is one browser in which somebody is signed in.
type Session struct {
	ID         string // UUIDv7, which may be shown
	Digest     Digest // of the cookie's token
	Person     string
	CreatedAt  time.Time
	LastSeenAt time.Time
	Client     Client
}

// Sessions keeps sessions and the passwords that open them.
type Sessions interface {
	AddSession(ctx context.Context, s Session) error
	// Session finds a session and its person. It returns ErrNoSession, also
	// if the person is not active.
	Session(ctx context.Context, digest Digest) (Session, Person, error)
	TouchSession(ctx context.Context, id string, seen time.Time) error
	// ListSessions lists those of a person, the last seen first.
	ListSessions(ctx context.Context, person string) ([]Session, error)
	// EndSessions ends the given sessions of a person, or all but the given
	// ones, and returns the ids of those that ended.
	EndSessions(ctx context.Context, person string, which Selection) ([]string, error)
	// SetPassword stores a hash. It returns ErrNoPerson.
	SetPassword(ctx context.Context, person, hash string) error
	// ForgetSessions deletes all that were last seen or made before a time.
	ForgetSessions(ctx context.Context, seen, created time.Time) error
}

// Selection picks sessions of a person: the one with the id, or with Others
// all but it.
type Selection struct {
	ID     string
	Others bool
}

// Invitation lets a person choose a first password. A person has at most one.
type Invitation struct {
	Person    string
	Digest    Digest
	ExpiresAt time.Time
}

// Links keeps the links that admit without a password.
type Links interface {
	// PutInvitation replaces the person's invitation. It returns ErrNoPerson.
	PutInvitation(ctx context.Context, i Invitation) error
	// Invitation returns ErrWrongToken, also if the person is not active.
	Invitation(ctx context.Context, digest Digest) (Invitation, Person, error)
	// TakeInvitation uses an invitation up, stores the password and ends the
	// person's sessions. Of several at once one succeeds, the others get
	// ErrWrongToken.
	TakeInvitation(ctx context.Context, digest Digest, hash string) error
	SetUpStore
}

// SetUpStore keeps what makes an empty installation somebody's.
type SetUpStore interface {
	// Company is the zero value before set-up.
	Company(ctx context.Context) (Company, error)
	// PutSetUpToken replaces the token. It returns ErrSetUpDone once there is
	// a person.
	PutSetUpToken(ctx context.Context, digest Digest) error
	// SetUp uses the token up, names the company and adds the first admin. Of
	// several at once one succeeds. It returns ErrWrongToken and ErrSetUpDone.
	SetUp(ctx context.Context, digest Digest, company Company, admin Account) error
}
