package meeting

import (
	"crypto/rand"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"strings"
)

// Code is what admits somebody: a meeting number, a host or personal code, or
// the token of a link. It shows itself in no log and no error; JSON and
// conversion to string give it in clear.
type Code string

// String hides the code.
func (Code) String() string { return "•••" }

// GoString hides the code.
func (Code) GoString() string { return "•••" }

// LogValue hides the code.
func (Code) LogValue() slog.Value { return slog.StringValue("•••") }

// Lengths of the codes: a number is told from a code by its length.
const (
	NumberDigits = 9
	CodeDigits   = 6
	linkBytes    = 16 // 128 bits
	linkLength   = 22 // in base64url
)

// ErrBadNumber is returned for text that cannot be a meeting number.
var ErrBadNumber = errors.New("a meeting number has 9 digits")

// newNumber draws a meeting number. The first digit is 1-9, so that nobody
// has to wonder whether a leading zero counts.
func newNumber() (Code, error) {
	n, err := draw(9e8)
	if err != nil {
		return "", err
	}
	return Code(fmt.Sprint(n + 1e8)), nil
}

// newCode draws a host or personal code that is none of the taken ones.
func newCode(taken map[Code]bool) (Code, error) {
	for {
		n, err := draw(1e6)
		if err != nil {
			return "", err
		}
		if c := Code(fmt.Sprintf("%0*d", CodeDigits, n)); !taken[c] {
			return c, nil
		}
	}
}

// SpareCode draws a code of six digits that admits nobody to the meeting so
// far.
func (m *Meeting) SpareCode() (Code, error) { return newCode(m.codes()) }

// newLink draws the token of a link.
func newLink() (Code, error) {
	var b [linkBytes]byte
	if _, err := rand.Read(b[:]); err != nil {
		return "", fmt.Errorf("draw a link: %w", err)
	}
	return Code(base64.RawURLEncoding.EncodeToString(b[:])), nil
}

func draw(below int64) (int64, error) {
	n, err := rand.Int(rand.Reader, big.NewInt(below))
	if err != nil {
		return 0, fmt.Errorf("draw a code: %w", err)
	}
	return n.Int64(), nil
}

// ParseNumber reads a meeting number as people write it: digits of any script
// width, in groups set apart by spaces, dots or hyphens. It returns
// ErrBadNumber.
func ParseNumber(s string) (Code, error) {
	if len(s) > 64 {
		return "", ErrBadNumber
	}
	var digits strings.Builder
	for _, r := range strings.TrimSpace(s) {
		switch {
		case r >= '0' && r <= '9':
			digits.WriteRune(r)
		case r >= '０' && r <= '９': // typed with a Chinese input method
			digits.WriteRune(r - '０' + '0')
		case r == ' ' || r == '-' || r == '.' || r == '\u00a0' || r == '\u2011' || r == '\u3000':
		default:
			return "", ErrBadNumber
		}
	}
	c := Code(digits.String())
	if len(c) != NumberDigits || c[0] == '0' {
		return "", ErrBadNumber
	}
	return c, nil
}

// wellFormedLink tells whether the text can be the token of a link, which
// spares the database the rest.
func wellFormedLink(s Code) bool {
	if len(s) != linkLength {
		return false
	}
	_, err := base64.RawURLEncoding.DecodeString(string(s))
	return err == nil
}

// wellFormedCode tells whether the text can be a host or personal code.
func wellFormedCode(s Code) bool {
	return len(s) == CodeDigits && strings.Trim(string(s), "0123456789") == ""
}
