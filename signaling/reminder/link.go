package reminder

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"
	"time"
)

// What reading a link may end with.
var (
	ErrBadLink = errors.New("no such link")
	ErrOldLink = errors.New("the link is too old")
)

// Links signs what lets somebody answer without signing in. It may be used
// from any goroutine.
type Links struct{ key []byte }

// pass is what a link lets somebody answer to.
type pass struct {
	subject string
	who     string
	expires time.Time
}

const tagSize = 16

// Sign makes the token of a link: who may answer to what, until when.
func (l Links) Sign(subject, who string, expires time.Time) string {
	text := binary.BigEndian.AppendUint64(nil, uint64(expires.Unix()))
	text = append(text, subject...)
	text = append(text, 0)
	text = append(text, who...)
	return base64.RawURLEncoding.EncodeToString(append(text, l.tag(text)...))
}

// tag is HMAC-SHA-256 (RFC 2104), cut to 128 bits as its section 5 allows.
func (l Links) tag(text []byte) []byte {
	mac := hmac.New(sha256.New, l.key)
	mac.Write([]byte("partyline reminder link\x00"))
	mac.Write(text)
	return mac.Sum(nil)[:tagSize]
}

// maxToken is longer than any token of ours.
const maxToken = 512

// Read gives what a token is good for. It returns ErrBadLink or ErrOldLink.
func (l Links) Read(token string, now time.Time) (subject, who string, err error) {
	p, err := l.read(token)
	if err != nil {
		return "", "", err
	}
	if !now.Before(p.expires) {
		return "", "", ErrOldLink
	}
	return p.subject, p.who, nil
}

func (l Links) read(token string) (pass, error) {
	if len(token) > maxToken {
		return pass{}, ErrBadLink
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) < 8+tagSize {
		return pass{}, ErrBadLink
	}
	text, tag := raw[:len(raw)-tagSize], raw[len(raw)-tagSize:]
	if !hmac.Equal(tag, l.tag(text)) {
		return pass{}, ErrBadLink
	}
	subject, who, ok := strings.Cut(string(text[8:]), "\x00")
	if !ok {
		return pass{}, ErrBadLink
	}
	return pass{subject, who, time.Unix(int64(binary.BigEndian.Uint64(text)), 0)}, nil
}
