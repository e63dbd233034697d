// Package sdes is the keys of SRTP as a session description carries them: the
// crypto attribute of RFC 4568, with the suites of RFC 6188 and RFC 7714. It is
// pure, and prints no key except by [Crypto.Attribute].
package sdes

import (
	"bytes"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"slices"
)

// ErrUnusable is wrapped by Parse for an attribute that is to be passed over:
// malformed, of an unknown suite, or asking for what is not done here.
var ErrUnusable = errors.New("unusable crypto attribute")

// Suite is a crypto suite: a cipher and its authentication.
type Suite uint8

// The suites, in the order of our preference: AES-GCM is the cheapest by far,
// and 80 bits of authentication come before 32.
const (
	AEAD128      Suite = iota + 1 // AEAD_AES_128_GCM
	AEAD256                       // AEAD_AES_256_GCM
	AES256SHA180                  // AES_256_CM_HMAC_SHA1_80
	AES128SHA180                  // AES_CM_128_HMAC_SHA1_80
	AES256SHA132                  // AES_256_CM_HMAC_SHA1_32
	AES128SHA132                  // AES_CM_128_HMAC_SHA1_32
)

// suites tell the names, as registered with IANA and as drafts had them, and
// the lengths in bytes.
var suites = [...]struct {
	name, alias string
	key, salt   int
}{
	AEAD128:      {"AEAD_AES_128_GCM", "", 16, 12},
	AEAD256:      {"AEAD_AES_256_GCM", "", 32, 12},
	AES256SHA180: {"AES_256_CM_HMAC_SHA1_80", "AES_CM_256_HMAC_SHA1_80", 32, 14},
	AES128SHA180: {"AES_CM_128_HMAC_SHA1_80", "", 16, 14},
	AES256SHA132: {"AES_256_CM_HMAC_SHA1_32", "AES_CM_256_HMAC_SHA1_32", 32, 14},
	AES128SHA132: {"AES_CM_128_HMAC_SHA1_32", "", 16, 14},
}

// String gives the suite's registered name.
func (s Suite) String() string {
	if s == 0 || int(s) >= len(suites) {
		return "unknown"
	}
	return suites[s].name
}

// Crypto is one crypto attribute: what protects one direction of a stream.
// Whatever prints it leaves its keys out. It is not changed once made.
type Crypto struct {
	Tag   int
	Suite Suite
	Keys  []Key // several are told apart by their MKI
	alias bool  // the suite goes by the name that drafts gave it
}

// Key is a master key and salt.
type Key struct {
	Key, Salt []byte
	MKI       []byte // as it stands in packets; empty where packets carry none
}

// New makes a fresh key for a suite.
func New(tag int, suite Suite) Crypto {
	material := make([]byte, suites[suite].key+suites[suite].salt)
	_, _ = rand.Read(material) // never fails, by its documentation
	return Crypto{Tag: tag, Suite: suite, Keys: []Key{split(suite, material)}}
}

// Answer makes a fresh key to answer an offered attribute with: of the same tag
// and suite (RFC 4568 section 5.1.2).
func Answer(offered Crypto) Crypto {
	c := New(offered.Tag, offered.Suite)
	c.alias = offered.alias
	return c
}

// Offer makes the attributes of an offer of ours, each with a key of its own.
// The suite that everybody has comes first, because some peers look no
// further; the others follow as we like them.
func Offer() []Crypto {
	var all []Crypto
	for _, suite := range []Suite{AES128SHA180, AEAD128, AEAD256, AES256SHA180, AES128SHA132} {
		all = append(all, New(len(all)+1, suite))
	}
	return all
}

// Choose picks the attribute of an offer that we like best.
func Choose(offered []Crypto) (Crypto, bool) {
	if len(offered) == 0 {
		return Crypto{}, false
	}
	return slices.MinFunc(offered, func(a, b Crypto) int { return int(a.Suite) - int(b.Suite) }), true
}

// WithTag is the same protection under another tag.
func (c Crypto) WithTag(tag int) Crypto {
	c.Tag = tag
	return c
}

// Equal tells whether both have the same suite and keys, whatever their tags.
func (c Crypto) Equal(other Crypto) bool {
	return c.Suite == other.Suite && slices.EqualFunc(c.Keys, other.Keys, func(a, b Key) bool {
		return bytes.Equal(a.Key, b.Key) && bytes.Equal(a.Salt, b.Salt) && bytes.Equal(a.MKI, b.MKI)
	})
}

func split(suite Suite, material []byte) Key {
	at := suites[suite].key
	return Key{Key: material[:at:at], Salt: material[at:]}
}

// String names the suite and leaves the keys out.
func (c Crypto) String() string { return fmt.Sprintf("%d %v", c.Tag, c.Suite) }

// Format prints as String does, whatever the verb.
func (c Crypto) Format(w fmt.State, _ rune) { _, _ = io.WriteString(w, c.String()) }

// LogValue leaves the keys out.
func (c Crypto) LogValue() slog.Value { return slog.StringValue(c.String()) }

// String tells no secret.
func (k Key) String() string { return "********" }

// Format prints as String does, whatever the verb.
func (k Key) Format(w fmt.State, _ rune) { _, _ = io.WriteString(w, k.String()) }

// LogValue tells no secret.
func (k Key) LogValue() slog.Value { return slog.StringValue(k.String()) }
