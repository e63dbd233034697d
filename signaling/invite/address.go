package invite

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"fmt"
	"strings"

	"github.com/google/uuid"

	"partyline/signaling/seal"
)

// Addresses signs the mail addresses that replies go to: each invitation has its
// own, which says whose it is. It may be used from any goroutine.
type Addresses struct {
	key    []byte
	domain string
}

// ErrForged is for an address that we have not signed.
var ErrForged = errors.New("not an address of ours")

const (
	replyPrefix = "reply+"
	signature   = 12 // octets; with an id, 51 of the 64 characters that RFC 5321 §4.5.3.1.1 allows
)

// letters32 writes octets so that they survive whoever changes the case of
// addresses.
var letters32 = base32.StdEncoding.WithPadding(base32.NoPadding)

// NewAddresses makes the addresses of a domain.
func NewAddresses(k seal.Key, domain string) (*Addresses, error) {
	key, err := k.Derive(nil, "partyline replies by mail", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("derive the key of reply addresses: %w", err)
	}
	return &Addresses{key, strings.ToLower(domain)}, nil
}

// Sign gives the address for replies to an invitee's invitation.
func (a *Addresses) Sign(invitee string) (string, error) {
	id, err := uuid.Parse(invitee)
	if err != nil {
		return "", fmt.Errorf("sign a reply address: %w", err)
	}
	return replyPrefix + strings.ToLower(letters32.EncodeToString(append(id[:], a.tag(id)...))) + "@" + a.domain, nil
}

// Read tells whose invitation an address is for. It returns ErrForged.
func (a *Addresses) Read(address string) (invitee string, err error) {
	local, domain, ok := strings.Cut(strings.ToLower(strings.TrimSpace(address)), "@")
	token, ours := strings.CutPrefix(local, replyPrefix)
	if !ok || !ours || domain != a.domain {
		return "", ErrForged
	}
	raw, err := letters32.DecodeString(strings.ToUpper(token))
	if err != nil || len(raw) != len(uuid.UUID{})+signature {
		return "", ErrForged
	}
	id := uuid.UUID(raw[:len(uuid.UUID{})])
	if !hmac.Equal(raw[len(id):], a.tag(id)) {
		return "", ErrForged
	}
	return id.String(), nil
}

func (a *Addresses) tag(id uuid.UUID) []byte {
	mac := hmac.New(sha256.New, a.key)
	mac.Write(id[:])
	mac.Write([]byte(a.domain))
	return mac.Sum(nil)[:signature]
}
