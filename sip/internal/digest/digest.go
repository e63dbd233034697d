// Package digest is the server's half of HTTP digest authentication as SIP
// uses it (RFC 7616, RFC 8760, RFC 3261 section 22): challenges, and the check
// of what comes back.
//
// A nonce is the time and its HMAC, so that challenging a stranger costs no
// memory. State begins with the first answer that is right: which counts of a
// nonce were used, so that none is taken twice. SHA-256 is offered before MD5,
// which old phones know alone. An unknown name takes as long as a wrong
// password, and gets the same answer.
package digest

import (
	"crypto/hmac"
	"crypto/md5" //nolint:gosec // RFC 8760 section 2.1 keeps it for phones that know no other
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"slices"
	"strings"
	"time"
)

// What may be wrong with credentials. ErrStale deserves a challenge that says
// so: the password was right, or may be. The others a plain one.
var (
	ErrMalformed = errors.New("credentials cannot be read")
	ErrStale     = errors.New("credentials are for an old nonce")
	ErrReplayed  = errors.New("credentials were used before")
	ErrWrong     = errors.New("wrong name or password")
)

// Algorithm is a hash of RFC 8760, spelled as in its registry.
type Algorithm string

// The algorithms, in the order in which they are offered.
const (
	SHA256 Algorithm = "SHA-256"
	MD5    Algorithm = "MD5"
)

func (a Algorithm) hash() hash.Hash {
	if a == MD5 {
		return md5.New() //nolint:gosec // see the import
	}
	return sha256.New()
}

// sum is H of RFC 7616: the hash of the parts with colons between them, in hex.
func (a Algorithm) sum(parts ...string) string {
	h := a.hash()
	for i, part := range parts {
		if i > 0 {
			h.Write([]byte{':'})
		}
		h.Write([]byte(part))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Secret is what a server keeps of a password: H(A1) of RFC 7616 section
// 3.4.2 for each algorithm, in hex. It is as good as the password within its
// realm and prints nothing of itself.
type Secret struct{ sha256, md5 string }

// NewSecret makes a secret of a password.
func NewSecret(user, realm, password string) Secret {
	return Secret{sha256: SHA256.sum(user, realm, password), md5: MD5.sum(user, realm, password)}
}

// Stored makes a secret of what Hashes gave.
func Stored(sha256, md5 string) Secret { return Secret{sha256, md5} }

// Hashes are H(A1) by SHA-256 and by MD5, to be stored.
func (s Secret) Hashes() (sha256, md5 string) { return s.sha256, s.md5 }

// String prints nothing.
func (Secret) String() string { return "•••" }

// GoString prints nothing.
func (s Secret) GoString() string { return s.String() }

func (s Secret) of(a Algorithm) string {
	if a == MD5 {
		return s.md5
	}
	return s.sha256
}

// lifetime is how long a nonce is good for.
const lifetime = 5 * time.Minute

// Guard challenges and checks. Its methods may be called from any goroutine.
type Guard struct {
	realm string
	offer []Algorithm
	key   []byte
	now   func() time.Time
	used  counts
}

// New makes a guard of a realm with a key of its own: its nonces are worth
// nothing to another. It offers the algorithms given, in their order, and
// takes no other; SHA-256 and MD5 when none is.
func New(realm string, now func() time.Time, offer ...Algorithm) *Guard {
	if len(offer) == 0 {
		offer = []Algorithm{SHA256, MD5}
	}
	key := make([]byte, 32)
	_, _ = rand.Read(key) // never fails
	return &Guard{realm: realm, offer: offer, key: key, now: now, used: newCounts()}
}

// Realm is what passwords are for.
func (g *Guard) Realm() string { return g.realm }

// Challenge gives the values of WWW-Authenticate headers, one for each
// algorithm offered (RFC 8760 section 2.4).
func (g *Guard) Challenge(stale bool) []string {
	nonce, values := g.nonce(g.now()), []string(nil)
	for _, algorithm := range g.offer {
		value := fmt.Sprintf(`Digest realm=%q, qop="auth", algorithm=%s, nonce=%q`, g.realm, algorithm, nonce)
		if stale {
			value += ", stale=true"
		}
		values = append(values, value)
	}
	return values
}

// nonce is a time and its HMAC.
func (g *Guard) nonce(at time.Time) string {
	stamp := binary.BigEndian.AppendUint64(nil, uint64(at.UnixNano()))
	return base64.RawURLEncoding.EncodeToString(append(stamp, g.sign(stamp)...))
}

// signed is how much of the HMAC a nonce carries.
const signed = 16

func (g *Guard) sign(stamp []byte) []byte {
	mac := hmac.New(sha256.New, g.key)
	mac.Write(stamp)
	return mac.Sum(nil)[:signed]
}

// issued tells when a nonce of ours was made.
func (g *Guard) issued(nonce string) (time.Time, bool) {
	raw, err := base64.RawURLEncoding.DecodeString(nonce)
	if err != nil || len(raw) != 8+signed || !hmac.Equal(raw[8:], g.sign(raw[:8])) {
		return time.Time{}, false
	}
	return time.Unix(0, int64(binary.BigEndian.Uint64(raw))), true
}

// Request is what is to be authenticated.
type Request struct {
	Method string
	URI    string // Request-URI
	Body   []byte // for qop=auth-int
}

// Check tells whether credentials, the value of an Authorization header, prove
// that the request comes from whose secret it is, and gives their name. known
// finds the secret of a name. The errors are those of this package.
func (g *Guard) Check(header string, request Request, known func(user string) (Secret, bool)) (user string, err error) {
	c, err := parse(header)
	if err != nil {
		return "", err
	}
	if !slices.Contains(g.offer, c.algorithm) {
		return "", fmt.Errorf("%w: the algorithm is none that was offered", ErrMalformed)
	}
	made, ours := g.issued(c.nonce)
	if !ours { // by another run of the program, most likely
		return c.user, ErrStale
	}
	secret, exists := known(c.user)
	if !exists { // and the same work is done
		secret = NewSecret(c.user, g.realm, c.nonce)
	}
	right := subtle.ConstantTimeCompare([]byte(c.response), []byte(c.expected(secret, request))) == 1
	if !right || !exists || c.realm != g.realm || !sameURI(c.uri, request.URI) {
		return c.user, ErrWrong
	}
	if age := g.now().Sub(made); age > lifetime || age < 0 {
		return c.user, ErrStale
	}
	return c.user, g.used.take(c.nonce, c.count, g.now())
}

// expected is the response that the secret's owner gives (RFC 7616 section
// 3.4.1; without qop that of RFC 2069, which old phones send).
func (c credentials) expected(secret Secret, r Request) string {
	a2 := c.algorithm.sum(r.Method, c.uri)
	switch c.qop {
	case "":
		return c.algorithm.sum(secret.of(c.algorithm), c.nonce, a2)
	case "auth-int":
		a2 = c.algorithm.sum(r.Method, c.uri, c.algorithm.sum(string(r.Body)))
	}
	return c.algorithm.sum(secret.of(c.algorithm), c.nonce, c.nc, c.cnonce, c.qop, a2)
}

// sameURI tells whether a digest is for the request it came with. Proxies add
// parameters to a Request-URI, so that these may differ.
func sameURI(a, b string) bool {
	plain := func(uri string) string {
		uri, _, _ = strings.Cut(uri, ";")
		uri, _, _ = strings.Cut(uri, "?")
		return uri
	}
	return strings.EqualFold(plain(a), plain(b))
}
