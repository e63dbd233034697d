package sip

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"log/slog"

	"partyline/sip/internal/digest"
)

// Accounts knows the company's own SIP phones and softphones: the seam between
// the gateway and the people who own them. signaling satisfies it through
// cmd/partyline.
type Accounts interface {
	// Account finds an account by the name that its phone registers with. It
	// returns ErrNoAccount.
	Account(ctx context.Context, user string) (Account, error)
	// Extension finds an account by its short number. It returns ErrNoAccount.
	Extension(ctx context.Context, number string) (Account, error)
}

// ErrNoAccount means that there is no such account.
var ErrNoAccount = errors.New("no such SIP account")

// Realm is what the passwords of SIP accounts are for: it is part of each hash,
// and so cannot be changed without new passwords.
const Realm = "partyline"

// Account is somebody's right to use SIP phones here.
type Account struct {
	User      string // name for registration and authentication
	Extension string // short number that others dial
	Person    string // id of the colleague
	Name      string
	Language  string // of the menu
	SHA256    HA1    // by which the password is checked
	MD5       HA1    // the same for phones that know no other hash
}

// HA1 is the hash of name, realm and password (RFC 7616 section 3.4.2), in hex.
// Within its realm it is as good as the password, and does not print.
type HA1 string

// NewHA1 hashes a password for the phones of this gateway.
func NewHA1(user, password string) (sha256, md5 HA1) {
	sha, md := digest.NewSecret(user, Realm, password).Hashes()
	return HA1(sha), HA1(md)
}

// String prints nothing.
func (HA1) String() string { return "•••" }

// GoString prints nothing.
func (HA1) GoString() string { return "•••" }

// LogValue logs nothing.
func (HA1) LogValue() slog.Value { return slog.StringValue("•••") }

// MarshalText marshals nothing.
func (HA1) MarshalText() ([]byte, error) { return []byte("•••"), nil }

// proof is a fingerprint of the account's password, which changes with it.
func (a Account) proof() string {
	sum := sha256.Sum256([]byte("proof " + string(a.SHA256) + " " + string(a.MD5)))
	return hex.EncodeToString(sum[:8])
}

func (a Account) secret() digest.Secret { return digest.Stored(string(a.SHA256), string(a.MD5)) }

// nobody is Accounts without any.
type nobody struct{}

func (nobody) Account(context.Context, string) (Account, error) { return Account{}, ErrNoAccount }

func (nobody) Extension(context.Context, string) (Account, error) { return Account{}, ErrNoAccount }
