package auth

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"log/slog"
)

// Token is the secret of a session, an invitation or the set-up: 32 random
// bytes in base64url. It shows itself in no log and no error; conversion to
// string gives it in clear.
type Token string

const (
	tokenBytes  = 32
	tokenLength = 43
)

// String hides the token.
func (Token) String() string { return "•••" }

// GoString hides the token.
func (Token) GoString() string { return "•••" }

// LogValue hides the token.
func (Token) LogValue() slog.Value { return slog.StringValue("•••") }

// Digest is what is stored of a token: its SHA-256 in hex. A token has 256
// random bits, so that no salt and no slow hash is needed.
type Digest string

// Digest is the token's digest, and empty for text that cannot be a token.
func (t Token) Digest() Digest {
	if len(t) != tokenLength {
		return ""
	}
	sum := sha256.Sum256([]byte(t))
	return Digest(hex.EncodeToString(sum[:]))
}

func newToken() (Token, error) {
	var b [tokenBytes]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", fmt.Errorf("draw a token: %w", err)
	}
	return Token(base64.RawURLEncoding.EncodeToString(b[:])), nil
}
