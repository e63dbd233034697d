package dialog

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"sync"

	"github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

// credential answers digest challenges (RFC 7616 and 8760). A call keeps one for
// all its requests, so that a nonce once learnt serves again, with the next
// count. The zero value has no name to answer with. It is safe for concurrent
// use.
type credential struct {
	user, password string

	mu     sync.Mutex // guards proofs
	proofs map[realm]*proof
}

// realm is who asks: a proxy or the far end, and under which name.
type realm struct{ header, name string }

// proof is the challenge of one realm, and how often it was answered.
type proof struct {
	challenge *digest.Challenge
	count     int
	fresh     bool // the next answer is the first since it came
}

// strengths orders the hash algorithms from the strongest down.
var strengths = []string{"SHA-512-256", "SHA-256", "MD5", ""}

// challenges are the headers of a 401 and a 407, and those that answer.
var challenges = map[int]struct{ asks, answers string }{
	sip.StatusUnauthorized:      {"WWW-Authenticate", "Authorization"},
	sip.StatusProxyAuthRequired: {"Proxy-Authenticate", "Proxy-Authorization"},
}

// challenged remembers the strongest challenge of each realm in a 401 or 407. It
// reports false where it is no use to answer: it cannot be done, or it was and
// the answer was not what they want.
func (c *credential) challenged(res *sip.Response) bool {
	header, ok := challenges[res.StatusCode]
	if !ok || c.user == "" {
		return false
	}
	strongest := make(map[string]*digest.Challenge)
	for _, text := range values(res, header.asks) {
		challenge, err := digest.ParseChallenge(text)
		if err != nil || !digest.CanDigest(challenge) || strength(challenge) < 0 {
			continue
		}
		if known := strongest[challenge.Realm]; known == nil || strength(challenge) < strength(known) {
			strongest[challenge.Realm] = challenge
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.proofs == nil {
		c.proofs = make(map[realm]*proof)
	}
	useful := false
	for name, challenge := range strongest {
		key := realm{header.answers, name}
		if p := c.proofs[key]; p == nil || challenge.Stale || !p.fresh {
			c.proofs[key] = &proof{challenge: challenge, fresh: true}
			useful = true
		}
	}
	return useful
}

// strength is a challenge's place among strengths; -1 when it has none.
func strength(c *digest.Challenge) int { return slices.Index(strengths, strings.ToUpper(c.Algorithm)) }

// authorize adds the answers to the challenges so far.
func (c *credential) authorize(req *sip.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, p := range c.proofs {
		p.count++
		answer, err := digest.Digest(p.challenge, digest.Options{
			Method: string(req.Method), URI: req.Recipient.String(),
			Username: c.user, Password: c.password, Count: p.count,
			GetBody: func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(req.Body())), nil },
		})
		if err == nil {
			req.AppendHeader(sip.NewHeader(key.header, answer.String()))
		}
	}
}

// satisfied notes that a request was let through: a later challenge is a new one
// and not the answer to a wrong password.
func (c *credential) satisfied() {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, p := range c.proofs {
		p.fresh = false
	}
}
