package notify

import (
	"context"
	"crypto/ecdh"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"net/mail"
	"sort"
	"strconv"
	"strings"
	"time"
)

// Subscription is a browser that takes push messages, as it describes itself
// (PushSubscription.toJSON of the Push API).
type Subscription struct {
	Endpoint URL    `json:"endpoint"`
	P256DH   Secret `json:"p256dh"` // its public key, in base64url
	Auth     Secret `json:"auth"`   // 16 octets, in base64url
}

// ErrSubscription is a subscription that no message can be sent to.
var ErrSubscription = errors.New("this is not a subscription of a browser")

// Check tells whether messages can be sent to it. It returns ErrSubscription.
func (s Subscription) Check() error {
	if s.Endpoint.Check(false) != "" {
		return ErrSubscription
	}
	_, _, err := s.keys()
	return err
}

func (s Subscription) keys() (*ecdh.PublicKey, []byte, error) {
	point, err := unbase64(string(s.P256DH))
	if err != nil || len(point) != pointSize {
		return nil, nil, ErrSubscription
	}
	public, err := ecdh.P256().NewPublicKey(point)
	if err != nil {
		return nil, nil, ErrSubscription
	}
	auth, err := unbase64(string(s.Auth))
	if err != nil || len(auth) != authSize {
		return nil, nil, ErrSubscription
	}
	return public, auth, nil
}

// Pusher sends Web Push messages (RFC 8030). It may be used from any
// goroutine.
type Pusher struct {
	key     VAPIDKey
	contact string
	guard   *Guard
	now     func() time.Time
}

// NewPusher makes a sender. Contact is whom a push service writes to when
// something is wrong: an address such as mailto:admin@example.com, or an https
// URL. The clock may be nil for the real one.
func NewPusher(key VAPIDKey, contact string, g *Guard, clock func() time.Time) *Pusher {
	if clock == nil {
		clock = time.Now
	}
	return &Pusher{key, contact, g, clock}
}

// Note is what a push message tells the service worker.
type Note struct {
	Key      string        `json:"key"`
	Kind     string        `json:"kind"`
	Title    string        `json:"title"`
	Text     string        `json:"text"`
	Language string        `json:"language"`
	Link     string        `json:"link"`
	Start    time.Time     `json:"start,omitzero"`
	End      time.Time     `json:"end,omitzero"`
	Topic    string        `json:"topic,omitempty"`
	Urgent   bool          `json:"urgent"`
	Actions  []EventAction `json:"actions"`
}

// noteOf is the message in at most maxPush bytes: the text is cut, then those
// actions are left out that browsers hardly show.
func noteOf(m Message) ([]byte, error) {
	n := Note{
		Key: m.Key, Kind: m.Kind, Title: title(m), Text: cut(clean(m.Text), maxPush), Language: m.Language, Link: m.Link,
		Start: m.Start, End: m.End, Topic: m.Topic, Urgent: m.Urgent, Actions: []EventAction{},
	}
	for _, a := range m.Actions {
		n.Actions = append(n.Actions, EventAction(a))
	}
	text := n.Text
	size := func(bytes int) int {
		n.Text = cut(text, bytes)
		return len(encode(n))
	}
	for size(0) > maxPush {
		if len(n.Actions) == 0 {
			return nil, errTooLong
		}
		n.Actions = n.Actions[:len(n.Actions)-1]
	}
	// JSON makes more of some characters than of others: the most that fits is
	// found by halving.
	n.Text = cut(text, sort.Search(len(text), func(bytes int) bool { return size(bytes+1) > maxPush }))
	return encode(n), nil
}

// SendTo sends a message to one browser. It returns a *Refused in the chain;
// where that is Gone, the subscription has ended.
func (p *Pusher) SendTo(ctx context.Context, s Subscription, m Message) (Sent, error) {
	note, err := noteOf(m)
	if err != nil {
		return Sent{}, &Refused{Channel: Push, Cause: TooLong, Permanent: true, err: err}
	}
	body, err := encrypt(s, note)
	if err != nil {
		return Sent{}, &Refused{Channel: Push, Cause: BadAddress, Permanent: true, Gone: true, err: err}
	}
	authorization, err := p.key.authorization(s.Endpoint, p.contact, p.now())
	if err != nil {
		return Sent{}, fmt.Errorf("sign a push message: %w", err)
	}
	h := http.Header{}
	h.Set("Authorization", authorization)
	h.Set("Content-Encoding", "aes128gcm")
	h.Set("Content-Type", "application/octet-stream")
	h.Set("TTL", strconv.FormatInt(int64(ttl(m).Seconds()), 10))
	h.Set("Urgency", "normal")
	if m.Urgent {
		h.Set("Urgency", "high")
	}
	h.Set("Topic", topic(m))
	a, err := p.guard.post(ctx, true, s.Endpoint, h, body)
	if r, ok := AsRefused(err); ok {
		r.Channel = Push
		r.Gone = r.Gone || r.Status == http.StatusNotFound // RFC 8030 §7.3
		return Sent{}, r
	}
	// The Location names the message at the push service (RFC 8030 §5), and who
	// knows it may delete it: its digest is enough to tell it from others.
	return Sent{ID: digest(a.header.Get("Location"))}, err
}

const (
	defaultTTL = 24 * time.Hour
	maxTTL     = 28 * 24 * time.Hour
)

// ttl is how long a push service should keep the message.
func ttl(m Message) time.Duration {
	if m.TTL <= 0 {
		return defaultTTL
	}
	return min(m.TTL, maxTTL)
}

// topic is the message's topic in the letters that the header takes (RFC 8030
// §5.4). A message without one replaces itself, if it is sent again.
func topic(m Message) string {
	if m.Topic != "" {
		return digest("topic " + m.Topic)
	}
	return digest("key " + m.Key)
}

// digest is 32 letters of base64url for a text; empty for an empty one.
func digest(text string) string {
	if text == "" {
		return ""
	}
	sum := sha256.Sum256([]byte(text))
	return base64.RawURLEncoding.EncodeToString(sum[:24])
}

// CheckContact tells what is wrong with a contact for push services; nil:
// nothing (RFC 8292 §2.1).
func CheckContact(contact string) error {
	if address, ok := strings.CutPrefix(contact, "mailto:"); ok {
		if _, err := mail.ParseAddress(address); err == nil {
			return nil
		}
	} else if URL(contact).Check(false) == "" {
		return nil
	}
	return errors.New("the contact for push services is mailto: and an address, or an https URL")
}
