package auth

import (
	"context"
	"crypto/md5"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"time"
)

// Extension is a person's right to use SIP phones of the company: a name to
// register with, a password, and a short number that colleagues dial.
type Extension struct {
	Person    string
	Name      string // of the person, read only
	Language  string // likewise
	User      string // for registration; nobody guesses it from the number
	Number    string // 4 or 5 digits
	MD5       HA1
	SHA256    HA1
	CreatedAt time.Time
}

// HA1 is the hash of user, realm and password (RFC 7616 section 3.4.2), in
// hex: all that is kept of the password. Whoever has it can use the phone, so
// that it shows itself in no log and no error.
type HA1 string

// String hides the hash.
func (HA1) String() string { return "•••" }

// GoString hides the hash.
func (HA1) GoString() string { return "•••" }

// LogValue hides the hash.
func (HA1) LogValue() slog.Value { return slog.StringValue("•••") }

// What the rules of extensions and a [Store] may answer.
var (
	ErrNoExtension = errors.New("no such extension")
	ErrTaken       = errors.New("number or name is taken")
	ErrNoNumber    = errors.New("no short number is left")
)

// PhoneStore keeps what phones know of people.
type PhoneStore interface {
	// PutExtension replaces the person's extension. It returns ErrNoPerson,
	// also for one who is not active, or ErrTaken.
	PutExtension(ctx context.Context, e Extension) error
	// Extension, ExtensionByUser and ExtensionByNumber find that of an active
	// person. They return ErrNoExtension.
	Extension(ctx context.Context, person string) (Extension, error)
	ExtensionByUser(ctx context.Context, user string) (Extension, error)
	ExtensionByNumber(ctx context.Context, number string) (Extension, error)
	// ExtensionNumbers lists all that are given, also to people who are not
	// active any more.
	ExtensionNumbers(ctx context.Context) ([]string, error)
	// DropExtension returns ErrNoExtension.
	DropExtension(ctx context.Context, person string) error
	SpokenNames
}

const (
	// realm is what the passwords are for; it must be that of the gateway.
	realm = "partyline"
	// The short numbers. None begins like an emergency call.
	firstNumber, lastNumber = 2000, 8999
	passwordLength          = 20
	suffixLength            = 4
)

// letters are those of passwords and names: none is mistaken for another when
// it is typed at a phone.
const letters = "abcdefghjkmnpqrstuvwxyz23456789"

// Extension returns a person's extension. It returns ErrNoExtension.
func (a *Accounts) Extension(ctx context.Context, person string) (Extension, error) {
	return a.store.Extension(ctx, person)
}

// ExtensionByUser returns the extension that registers by a name. It returns
// ErrNoExtension.
func (a *Accounts) ExtensionByUser(ctx context.Context, user string) (Extension, error) {
	return a.store.ExtensionByUser(ctx, user)
}

// ExtensionByNumber returns the extension with a short number. It returns
// ErrNoExtension.
func (a *Accounts) ExtensionByNumber(ctx context.Context, number string) (Extension, error) {
	return a.store.ExtensionByNumber(ctx, number)
}

// NewExtension gives a person an extension, or a new password for the one that
// they have, which keeps its number. The password is not kept and cannot be
// shown again.
func (a *Accounts) NewExtension(ctx context.Context, person Person) (Extension, Password, error) {
	var err error
	for range 5 { // two people may have drawn the same number
		var e Extension
		var p Password
		if e, p, err = a.drawExtension(ctx, person); err != nil {
			return Extension{}, "", err
		}
		if err = a.store.PutExtension(ctx, e); err == nil {
			a.log.InfoContext(ctx, "extension given", "person", person.ID, "number", e.Number)
			return e, p, nil
		}
		if !errors.Is(err, ErrTaken) {
			break
		}
	}
	return Extension{}, "", fmt.Errorf("give an extension: %w", err)
}

func (a *Accounts) drawExtension(ctx context.Context, person Person) (Extension, Password, error) {
	e, err := a.store.Extension(ctx, person.ID)
	if errors.Is(err, ErrNoExtension) {
		e = Extension{Person: person.ID, CreatedAt: a.now()}
		e.Number, err = a.freeNumber(ctx)
	}
	if err != nil {
		return Extension{}, "", err
	}
	suffix, err := draw(suffixLength)
	if err != nil {
		return Extension{}, "", err
	}
	password, err := draw(passwordLength)
	if err != nil {
		return Extension{}, "", err
	}
	e.Name, e.Language = person.Name, person.Language
	e.User = e.Number + "-" + suffix
	secret := []byte(e.User + ":" + realm + ":" + password)
	md, sha := md5.Sum(secret), sha256.Sum256(secret)
	e.MD5, e.SHA256 = HA1(hex.EncodeToString(md[:])), HA1(hex.EncodeToString(sha[:]))
	return e, Password(password), nil
}

// freeNumber is the lowest short number that nobody has.
func (a *Accounts) freeNumber(ctx context.Context) (string, error) {
	given, err := a.store.ExtensionNumbers(ctx)
	if err != nil {
		return "", fmt.Errorf("list extensions: %w", err)
	}
	taken := make(map[string]bool, len(given))
	for _, n := range given {
		taken[n] = true
	}
	for _, span := range [][2]int{{firstNumber, lastNumber}, {firstNumber * 10, lastNumber*10 + 9}} {
		for n := span[0]; n <= span[1]; n++ {
			if number := fmt.Sprint(n); !taken[number] {
				return number, nil
			}
		}
	}
	return "", ErrNoNumber
}

// draw makes a random text.
func draw(length int) (string, error) {
	text := make([]byte, length)
	for i := range text {
		n, err := rand.Int(rand.Reader, big.NewInt(int64(len(letters))))
		if err != nil {
			return "", fmt.Errorf("draw a password: %w", err)
		}
		text[i] = letters[n.Int64()]
	}
	return string(text), nil
}

// DropExtension takes a person's extension away. It returns ErrNoExtension.
func (a *Accounts) DropExtension(ctx context.Context, person string) error {
	err := a.store.DropExtension(ctx, person)
	if err == nil {
		a.log.InfoContext(ctx, "extension taken away", "person", person)
	}
	return err
}
