package auth

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"strings"
	"unicode/utf8"

	"golang.org/x/crypto/argon2"
	"golang.org/x/sync/semaphore"
)

// Password is a password in clear. It shows itself in no log and no error.
type Password string

// String hides the password.
func (Password) String() string { return "•••" }

// GoString hides the password.
func (Password) GoString() string { return "•••" }

// LogValue hides the password.
func (Password) LogValue() slog.Value { return slog.StringValue("•••") }

// Bounds of a password, in characters. The upper one keeps a request from
// making us hash megabytes.
const (
	minPassword = 10
	maxPassword = 200
)

// check returns ErrWeakPassword for one that is too short or long, repeats one
// character, or is the person's name or e-mail.
func (p Password) check(name, email string) error {
	n := utf8.RuneCountInString(string(p))
	if n < minPassword || n > maxPassword || !utf8.ValidString(string(p)) {
		return ErrWeakPassword
	}
	first, _ := utf8.DecodeRuneInString(string(p))
	if strings.Trim(string(p), string(first)) == "" ||
		strings.EqualFold(string(p), email) || strings.EqualFold(string(p), name) {
		return ErrWeakPassword
	}
	return nil
}

// Cost is what one hash takes.
type Cost struct {
	MemoryKiB uint32
	Passes    uint32
}

// hasher makes and checks argon2id hashes (RFC 9106), so many at once that
// log-ins cannot exhaust the memory; the others wait.
type hasher struct {
	cost  Cost
	slots *semaphore.Weighted
}

const (
	saltBytes = 16
	keyBytes  = 32
	lanes     = 1
	hashForm  = "$argon2id$v=%d$m=%d,t=%d,p=%d$"
)

func newHasher(cost Cost) *hasher {
	return &hasher{cost, semaphore.NewWeighted(int64(runtime.GOMAXPROCS(0)))}
}

// hash returns the password's hash in PHC string form. It returns the
// context's error if no slot came free in time.
func (h *hasher) hash(ctx context.Context, p Password) (string, error) {
	var salt [saltBytes]byte
	if _, err := rand.Read(salt[:]); err != nil {
		return "", fmt.Errorf("draw a salt: %w", err)
	}
	key, err := h.key(ctx, p, salt[:], h.cost, keyBytes)
	if err != nil {
		return "", err
	}
	enc := base64.RawStdEncoding
	return fmt.Sprintf(hashForm, argon2.Version, h.cost.MemoryKiB, h.cost.Passes, lanes) +
		enc.EncodeToString(salt[:]) + "$" + enc.EncodeToString(key), nil
}

// matches compares a password with a stored hash. An empty hash matches
// nothing, but takes as long, so that the time tells nobody which accounts
// exist.
func (h *hasher) matches(ctx context.Context, p Password, stored string) (bool, error) {
	if utf8.RuneCountInString(string(p)) > maxPassword {
		return false, nil
	}
	if stored == "" {
		_, err := h.key(ctx, p, make([]byte, saltBytes), h.cost, keyBytes)
		return false, err
	}
	cost, salt, want, err := parseHash(stored)
	if err != nil {
		return false, err
	}
	got, err := h.key(ctx, p, salt, cost, uint32(len(want)))
	if err != nil {
		return false, err
	}
	return subtle.ConstantTimeCompare(got, want) == 1, nil
}

// outdated tells whether a stored hash was made at another cost.
func (h *hasher) outdated(stored string) bool {
	cost, _, _, err := parseHash(stored)
	return err != nil || cost != h.cost
}

func (h *hasher) key(ctx context.Context, p Password, salt []byte, c Cost, length uint32) ([]byte, error) {
	if err := h.slots.Acquire(ctx, 1); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrBusy, err)
	}
	defer h.slots.Release(1)
	return argon2.IDKey([]byte(p), salt, c.Passes, c.MemoryKiB, lanes, length), nil
}

var errBadHash = errors.New("stored password hash cannot be read")

// parseHash reads what hash wrote. Its bounds keep a damaged row from taking
// all memory.
func parseHash(s string) (c Cost, salt, key []byte, err error) {
	var version, p int
	if _, err := fmt.Sscanf(s, hashForm, &version, &c.MemoryKiB, &c.Passes, &p); err != nil {
		return Cost{}, nil, nil, errBadHash
	}
	parts := strings.Split(s, "$")
	if len(parts) != 6 || version != argon2.Version || p != lanes ||
		c.MemoryKiB < 8 || c.MemoryKiB > 1<<20 || c.Passes < 1 || c.Passes > 100 {
		return Cost{}, nil, nil, errBadHash
	}
	enc := base64.RawStdEncoding
	salt, saltErr := enc.DecodeString(parts[4])
	key, keyErr := enc.DecodeString(parts[5])
	if saltErr != nil || keyErr != nil || len(salt) < 8 || len(key) < 16 || len(key) > 64 {
		return Cost{}, nil, nil, errBadHash
	}
	return c, salt, key, nil
}
