package notify

import (
	"crypto/hmac"
	"encoding/hex"
	"errors"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The headers of a webhook. What is signed is "v0:", the timestamp, ":" and
// the body as it is sent; the signature is "v0=" and HMAC-SHA-256 in
// hexadecimal digits, as Slack signs what it sends.
const (
	HeaderEvent     = "X-Partyline-Event"     // Message.Key; the same if it is sent again
	HeaderTimestamp = "X-Partyline-Timestamp" // seconds since 1970
	HeaderSignature = "X-Partyline-Signature"
)

// signedFor is how old a signed request may be.
const signedFor = 5 * time.Minute

// maxWebhookText is how many bytes of text go to a webhook.
const maxWebhookText = 32 << 10

// Event is the body of a webhook.
type Event struct {
	ID          string        `json:"id"` // Message.Key
	Kind        string        `json:"kind"`
	Person      string        `json:"person,omitempty"`
	Mention     []string      `json:"mention,omitempty"`
	Language    string        `json:"language,omitempty"`
	Title       string        `json:"title"`
	Text        string        `json:"text"`
	Start       time.Time     `json:"start,omitzero"`
	End         time.Time     `json:"end,omitzero"`
	Link        string        `json:"link,omitempty"`
	Urgent      bool          `json:"urgent"`
	Actions     []EventAction `json:"actions,omitempty"`
	Acknowledge string        `json:"acknowledge,omitempty"` // POST {"act": …} here to answer
}

// EventAction is an answer that the message offers.
type EventAction struct {
	Act   string `json:"act"`
	Label string `json:"label"`
	Link  string `json:"link"`
}

// eventOf is a message with texts of at most so many bytes.
func eventOf(m Message, bytes int) Event {
	e := Event{
		ID: m.Key, Kind: m.Kind, Person: m.Person, Mention: m.Mention, Language: m.Language,
		Title: title(m), Text: cut(clean(m.Text), bytes), Start: m.Start, End: m.End, Link: m.Link, Urgent: m.Urgent,
		Acknowledge: m.Acknowledge,
	}
	for _, a := range m.Actions {
		e.Actions = append(e.Actions, EventAction(a))
	}
	return e
}

func writeWebhook(b Bot, m Message, now time.Time) (letter, error) {
	body := encode(eventOf(m, maxWebhookText))
	at := strconv.FormatInt(now.Unix(), 10)
	h := http.Header{}
	h.Set(HeaderEvent, m.Key)
	h.Set(HeaderTimestamp, at)
	h.Set(HeaderSignature, SignV0(b.Secret, at, body))
	return letter{header: h, body: body}, nil
}

// readWebhook: any 2xx is a yes.
func readWebhook(answer) *Refused { return nil }

// SignV0 is the signature of a body at a time in seconds.
func SignV0(secret Secret, timestamp string, body []byte) string {
	return "v0=" + hex.EncodeToString(hmac256(string(secret), "v0:"+timestamp+":"+string(body)))
}

// ErrSignature is a request that was not signed with the secret, or too long
// ago.
var ErrSignature = errors.New("request is not signed, or too long ago")

// VerifyV0 checks the signature of a request: who sends it knows the secret,
// and signed it within five minutes.
func VerifyV0(secret Secret, timestamp, signature string, body []byte, now time.Time) error {
	seconds, err := strconv.ParseInt(timestamp, 10, 64)
	if err != nil || secret == "" {
		return ErrSignature
	}
	if age := now.Sub(time.Unix(seconds, 0)); age > signedFor || age < -signedFor {
		return ErrSignature
	}
	if !hmac.Equal([]byte(SignV0(secret, timestamp, body)), []byte(strings.TrimSpace(signature))) {
		return ErrSignature
	}
	return nil
}
