package dialog

import (
	"slices"
	"strings"
	"sync"

	"github.com/emiago/sipgo/sip"
	"github.com/icholy/digest"
)

// credential answers digest challenges (RFC 7616 and 8760). The zero value has
// none. It is safe for concurrent use.
type credential struct {
	user, password string

	mu        sync.Mutex // guards what follows
	challenge *digest.Challenge
	header    string // the request header that answers
	count     int    // uses of the nonce
}

// strengths orders the hash algorithms from the strongest down.
var strengths = []string{"SHA-512-256", "SHA-256", "MD5", ""}

// challenged remembers the strongest challenge of a 401 or 407. It reports
// false where it cannot be answered.
func (c *credential) challenged(res *sip.Response) bool {
	names := map[int][2]string{
		sip.StatusUnauthorized:      {"WWW-Authenticate", "Authorization"},
		sip.StatusProxyAuthRequired: {"Proxy-Authenticate", "Proxy-Authorization"},
	}
	name, ok := names[res.StatusCode]
	if !ok || c.user == "" {
		return false
	}
	var best *digest.Challenge
	rank := len(strengths)
	for _, h := range res.GetHeaders(name[0]) {
		challenge, err := digest.ParseChallenge(h.Value())
		if err != nil || !digest.CanDigest(challenge) {
			continue
		}
		if i := slices.Index(strengths, strings.ToUpper(challenge.Algorithm)); i >= 0 && i < rank {
			best, rank = challenge, i
		}
	}
	if best == nil {
		return false
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.challenge, c.header, c.count = best, name[1], 0
	return true
}

// authorize adds the answer to the last challenge, if there was one.
func (c *credential) authorize(req *sip.Request) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.challenge == nil {
		return
	}
	c.count++
	answer, err := digest.Digest(c.challenge, digest.Options{
		Method: string(req.Method), URI: req.Recipient.String(),
		Username: c.user, Password: c.password, Count: c.count,
	})
	if err != nil {
		return
	}
	req.AppendHeader(sip.NewHeader(c.header, answer.String()))
}
