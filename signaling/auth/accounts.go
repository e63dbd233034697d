package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"github.com/google/uuid"

	"partyline/signaling/internal/guess"
)

// What the rules and a [Store] may answer.
var (
	ErrNoPerson      = errors.New("no such person")
	ErrEmailTaken    = errors.New("e-mail address belongs to another account")
	ErrNoSession     = errors.New("not signed in")
	ErrWrongPassword = errors.New("wrong e-mail or password")
	ErrWeakPassword  = errors.New("password is too weak")
	ErrWrongToken    = errors.New("wrong or used link")
	ErrExpired       = errors.New("link has expired")
	ErrSetUpDone     = errors.New("set-up is done")
	ErrNotAllowed    = errors.New("only an admin may do this")
	ErrLastAdmin     = errors.New("the last admin stays one")
	ErrBusy          = errors.New("too many log-ins at once")
	// ErrTooManyTries is in the chain of the error while somebody has to
	// wait; errors.As finds a *[guess.Locked] with the time.
	ErrTooManyTries = guess.ErrTooMany
)

// Config is how long things last and what a password costs.
type Config struct {
	Cost           Cost
	SessionIdle    time.Duration // a session ends after so long without use
	SessionMax     time.Duration // and after so long in any case
	InvitationLife time.Duration
	ByAccount      guess.Policy // wrong passwords for one account
	ByAddress      guess.Policy // wrong passwords and links from one address
}

// DefaultConfig is meant for production; the cost is OWASP's first choice for
// argon2id.
func DefaultConfig() Config {
	return Config{
		Cost:           Cost{MemoryKiB: 19 << 10, Passes: 2},
		SessionIdle:    14 * 24 * time.Hour,
		SessionMax:     90 * 24 * time.Hour,
		InvitationLife: 7 * 24 * time.Hour,
		ByAccount:      guess.Policy{Free: 5, First: time.Second, Max: 15 * time.Minute, Forget: time.Hour},
		ByAddress:      guess.Policy{Free: 20, First: time.Second, Max: 15 * time.Minute, Forget: time.Hour},
	}
}

// Accounts applies the rules to what the [Store] keeps. Its methods may be
// called from any goroutine.
type Accounts struct {
	cfg       Config
	store     Store
	hasher    *hasher
	now       func() time.Time
	byAccount *guess.Limiter
	byAddress *guess.Limiter
	log       *slog.Logger
}

// New makes the accounts over the store. The clock may be nil for the real
// one.
func New(cfg Config, store Store, clock func() time.Time, log *slog.Logger) *Accounts {
	if clock == nil {
		clock = time.Now
	}
	return &Accounts{
		cfg: cfg, store: store, hasher: newHasher(cfg.Cost), now: clock,
		byAccount: guess.New(cfg.ByAccount), byAddress: guess.New(cfg.ByAddress), log: log,
	}
}

// Client is where a request comes from.
type Client struct {
	Address   string // network address
	UserAgent string
}

// Company is whose bridge this is.
type Company struct {
	Name string
}

// People returns the people whose name or e-mail contains the query, by name,
// at most 1,000. Others than admins see active colleagues only, without phone
// numbers, cost centres and whom they may call.
func (a *Accounts) People(ctx context.Context, actor Person, query string) ([]Person, error) {
	people, err := a.store.ListPeople(ctx, query, actor.Admin)
	if err != nil {
		return nil, fmt.Errorf("list people: %w", err)
	}
	if !actor.Admin {
		for i := range people {
			if people[i].ID != actor.ID {
				people[i].Phone, people[i].CostCentre, people[i].MayCall = "", "", ""
			}
		}
	}
	return people, nil
}

// Everybody returns all people by name, deactivated ones too. It returns
// ErrNotAllowed.
func (a *Accounts) Everybody(ctx context.Context, actor Person) ([]Person, error) {
	if !actor.Admin {
		return nil, ErrNotAllowed
	}
	people, err := a.store.AllPeople(ctx)
	if err != nil {
		return nil, fmt.Errorf("list everybody: %w", err)
	}
	return people, nil
}

// Person returns an account. It returns ErrNoPerson.
func (a *Accounts) Person(ctx context.Context, id string) (Person, error) {
	c, err := a.store.Account(ctx, id)
	return c.Person, err
}

// ByPhone returns the one active colleague with a telephone number. It returns
// ErrNoPerson where there is none, or where several share it: then it says
// nothing.
func (a *Accounts) ByPhone(ctx context.Context, number Phone) (Person, error) {
	if number == "" {
		return Person{}, ErrNoPerson
	}
	found, err := a.store.PeopleByPhone(ctx, number)
	if err != nil {
		return Person{}, fmt.Errorf("find a person by phone: %w", err)
	}
	if len(found) != 1 {
		return Person{}, ErrNoPerson
	}
	return found[0], nil
}

// EmailsInUse is the set of all accounts' addresses, so that an import can be
// checked before it is made. It returns ErrNotAllowed.
func (a *Accounts) EmailsInUse(ctx context.Context, actor Person) (map[string]bool, error) {
	if !actor.Admin {
		return nil, ErrNotAllowed
	}
	return a.store.EmailsInUse(ctx)
}

// Company returns whose bridge this is; the zero value before set-up.
func (a *Accounts) Company(ctx context.Context) (Company, error) { return a.store.Company(ctx) }

// Newcomer is a new account with the link by which its owner chooses a
// password.
type Newcomer struct {
	Person     Person
	Invitation Token
}

// Add makes an account for each profile, all or none. It returns
// ErrNotAllowed, an *Invalid or ErrEmailTaken.
func (a *Accounts) Add(ctx context.Context, actor Person, profiles ...Profile) ([]Newcomer, error) {
	if !actor.Admin {
		return nil, ErrNotAllowed
	}
	accounts := make([]Account, len(profiles))
	invitations := make([]Invitation, len(profiles))
	newcomers := make([]Newcomer, len(profiles))
	for i, p := range profiles {
		person, err := a.newPerson(p)
		if err != nil {
			return nil, err
		}
		token, invitation, err := a.newInvitation(person.ID)
		if err != nil {
			return nil, err
		}
		accounts[i], invitations[i] = Account{Person: person}, invitation
		newcomers[i] = Newcomer{person, token}
	}
	if err := a.store.AddPeople(ctx, accounts, invitations); err != nil {
		return nil, fmt.Errorf("add people: %w", err)
	}
	a.log.InfoContext(ctx, "accounts made", "by", actor.ID, "count", len(newcomers))
	return newcomers, nil
}

func (a *Accounts) newPerson(p Profile) (Person, error) {
	p, err := p.Clean()
	if err != nil {
		return Person{}, err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Person{}, fmt.Errorf("make a person id: %w", err)
	}
	return Person{
		ID: id.String(), Name: p.Name, Email: p.Email, Phone: p.Phone, Language: p.Language,
		TimeZone: p.TimeZone, Admin: p.Admin, Active: true, Invited: true, CreatedAt: a.now(), Standing: p.Standing,
	}, nil
}

// Change is what is changed of a person; nil leaves a thing as it is.
type Change struct {
	Name, Email, Language, TimeZone *string
	Phone                           *Phone
	Admin, Active                   *bool
	Department, CostCentre          *string
	MayCall                         *MayCall
}

// own tells whether everybody may change this of themselves.
func (c Change) own() bool {
	return c.Email == nil && c.Admin == nil && c.Active == nil && c.Department == nil && c.CostCentre == nil && c.MayCall == nil
}

// Change changes a person. Everybody may change their own name, language, time
// zone and phone; the rest is for admins. It returns ErrNotAllowed,
// ErrNoPerson, ErrEmailTaken, ErrLastAdmin or an *Invalid. Whoever is
// deactivated is signed out everywhere.
func (a *Accounts) Change(ctx context.Context, actor Person, id string, c Change) (Person, error) {
	if !actor.Admin && !(actor.ID == id && c.own()) {
		return Person{}, ErrNotAllowed
	}
	p, err := a.store.ChangePerson(ctx, id, func(p *Person, otherAdmins int) error {
		return c.apply(p, otherAdmins)
	})
	if err != nil {
		return Person{}, fmt.Errorf("change person: %w", err)
	}
	return p, nil
}

func (c Change) apply(p *Person, otherAdmins int) error {
	set(&p.Name, c.Name)
	set(&p.Email, c.Email)
	set(&p.Phone, c.Phone)
	set(&p.Language, c.Language)
	set(&p.TimeZone, c.TimeZone)
	set(&p.Department, c.Department)
	set(&p.CostCentre, c.CostCentre)
	set(&p.MayCall, c.MayCall)
	wasAdmin := p.Admin && p.Active
	set(&p.Admin, c.Admin)
	set(&p.Active, c.Active)
	if wasAdmin && !(p.Admin && p.Active) && otherAdmins == 0 {
		return ErrLastAdmin
	}
	clean, err := Profile{p.Name, p.Email, p.Phone, p.Language, p.TimeZone, p.Admin, p.Standing}.Clean()
	if err != nil {
		return err
	}
	p.Name, p.Email, p.Phone = clean.Name, clean.Email, clean.Phone
	p.Language, p.TimeZone, p.Standing = clean.Language, clean.TimeZone, clean.Standing
	return nil
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}
