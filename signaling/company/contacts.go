package company

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"partyline/signaling/auth"
	"partyline/sip/dialplan"
)

// Contact is somebody outside of the company whom a person has saved.
type Contact struct {
	ID        string // UUIDv7
	Person    string // whose it is
	Name      string
	Number    dialplan.Number // E.164
	CreatedAt time.Time
}

// ContactStore keeps contacts. Each method is one transaction and may be
// called from any goroutine.
type ContactStore interface {
	// Contacts lists those of a person whose name contains the query in any
	// case, or whose number contains its digits, by name.
	Contacts(ctx context.Context, person, query string) ([]Contact, error)
	// AddContact returns ErrTaken for a number that the person has saved, and
	// ErrTooMany beyond the limit.
	AddContact(ctx context.Context, c Contact, limit int, note *Entry) error
	// ChangeContact lets change work on a contact of a person and stores what it
	// made of it. It returns ErrNotFound or ErrTaken.
	ChangeContact(ctx context.Context, person, id string, change func(*Contact) (*Entry, error)) (Contact, error)
	// RemoveContact returns ErrNotFound.
	RemoveContact(ctx context.Context, person, id string) error
	// ContactByNumber returns ErrNotFound.
	ContactByNumber(ctx context.Context, person string, number dialplan.Number) (Contact, error)
}

// Colleagues finds people by their telephone number.
type Colleagues interface {
	// PeopleByPhone lists the active people with a number, at most 2.
	PeopleByPhone(ctx context.Context, number auth.Phone) ([]auth.Person, error)
}

// maxContacts is how many a person may save.
const maxContacts = 2000

// Contacts are the numbers outside of the company that people have saved: those
// whom a person calls who may call known numbers only. Such a person may save
// numbers like everybody else, but each is in the log. The methods may be
// called from any goroutine.
type Contacts struct {
	store      ContactStore
	colleagues Colleagues
	now        func() time.Time
}

// NewContacts makes the contacts over their store. The clock may be nil for the
// real one.
func NewContacts(store ContactStore, colleagues Colleagues, clock func() time.Time) *Contacts {
	if clock == nil {
		clock = time.Now
	}
	return &Contacts{store, colleagues, clock}
}

// Of lists a person's contacts by name; the query is part of a name or number.
func (c *Contacts) Of(ctx context.Context, actor auth.Person, query string) ([]Contact, error) {
	all, err := c.store.Contacts(ctx, actor.ID, strings.TrimSpace(query))
	if err != nil {
		return nil, fmt.Errorf("list contacts: %w", err)
	}
	return all, nil
}

// Add saves a contact of the actor. It returns an *auth.Invalid, ErrTaken or
// ErrTooMany.
func (c *Contacts) Add(ctx context.Context, actor auth.Person, name string, number dialplan.Number) (Contact, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Contact{}, fmt.Errorf("make an id: %w", err)
	}
	contact := Contact{ID: id.String(), Person: actor.ID, Name: strings.TrimSpace(name), Number: number, CreatedAt: c.now().UTC().Truncate(time.Millisecond)}
	if err := contact.check(); err != nil {
		return Contact{}, err
	}
	note, err := c.note(actor, contact, Added)
	if err == nil {
		err = c.store.AddContact(ctx, contact, maxContacts, note)
	}
	if err != nil {
		return Contact{}, fmt.Errorf("save contact: %w", err)
	}
	return contact, nil
}

// Change changes a contact of the actor; nil leaves a thing as it is. It returns
// ErrNotFound, an *auth.Invalid or ErrTaken.
func (c *Contacts) Change(ctx context.Context, actor auth.Person, id string, name *string, number *dialplan.Number) (Contact, error) {
	contact, err := c.store.ChangeContact(ctx, actor.ID, id, func(contact *Contact) (*Entry, error) {
		if name != nil {
			contact.Name = strings.TrimSpace(*name)
		}
		if number != nil {
			contact.Number = *number
		}
		if err := contact.check(); err != nil {
			return nil, err
		}
		return c.note(actor, *contact, Changed)
	})
	if err != nil {
		return Contact{}, fmt.Errorf("change contact: %w", err)
	}
	return contact, nil
}

// note is the entry of a contact of somebody who calls known numbers only: by
// saving a number they let themselves call it.
func (c *Contacts) note(actor auth.Person, contact Contact, act Act) (*Entry, error) {
	if actor.MayCall != auth.MayCallKnown {
		return nil, nil
	}
	entry, err := NewEntry(actor, c.now(), ThingContact, contact.Name, act, nil, map[string]string{"number": string(contact.Number)})
	return &entry, err
}

// Remove deletes a contact of the actor. It returns ErrNotFound.
func (c *Contacts) Remove(ctx context.Context, actor auth.Person, id string) error {
	if err := c.store.RemoveContact(ctx, actor.ID, id); err != nil {
		return fmt.Errorf("remove contact: %w", err)
	}
	return nil
}

// Known tells whether a number is a colleague's or one of a person's contacts,
// and whose it is; of a number that several colleagues share it gives no name.
func (c *Contacts) Known(ctx context.Context, person string, number dialplan.Number) (name string, known bool, err error) {
	colleagues, err := c.colleagues.PeopleByPhone(ctx, auth.Phone(number))
	if err != nil {
		return "", false, fmt.Errorf("find a colleague by phone: %w", err)
	}
	switch {
	case len(colleagues) == 1:
		return colleagues[0].Name, true, nil
	case len(colleagues) > 1:
		return "", true, nil
	}
	contact, err := c.store.ContactByNumber(ctx, person, number)
	if errors.Is(err, ErrNotFound) {
		return "", false, nil
	}
	if err != nil {
		return "", false, fmt.Errorf("find a contact by number: %w", err)
	}
	return contact.Name, true, nil
}

// check is for what somebody typed.
func (c Contact) check() error {
	var bad []auth.FieldError
	if !line(c.Name, 80) || c.Name == "" {
		bad = append(bad, auth.FieldError{Field: "name", Message: "A name has 1 to 80 printable characters."})
	}
	digits, plus := strings.CutPrefix(string(c.Number), "+")
	if !plus || len(digits) < 7 || len(digits) > 15 || digits[0] == '0' || strings.Trim(digits, "0123456789") != "" {
		bad = append(bad, auth.FieldError{Field: "number", Message: "Write the phone number with its country code, such as +8613800138000."})
	}
	if bad != nil {
		return &auth.Invalid{Fields: bad}
	}
	return nil
}

// line tells whether text is one line that can be shown, of at most so many
// characters.
func line(text string, most int) bool {
	return utf8.ValidString(text) && utf8.RuneCountInString(text) <= most &&
		!strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) })
}
