package signaling

import (
	"crypto/rand"
	"errors"
	"log/slog"
	"sync"
	"time"

	"partyline/signaling/meeting"
)

// Identity is who a ticket is for.
type Identity struct {
	Person   string       // id; empty for a guest
	Login    string       // id of the person's log-in, see Server.SignOut
	Name     string       // as others will see it; a guest's may be empty
	Meeting  string       // the only meeting that the ticket is good for; empty: any
	Role     meeting.Role // empty: by what the person is in the meeting, guest for guests
	Language string       // of a name that the room gives; empty: the server's
	Key      Key
	Admin    bool   // is told what admins are told
	Address  string // that they come from; empty: not known
}

// Key is the same for the same visitor, so that whoever was removed is known
// when they come back: for a browser a cookie's value, for a phone its trunk
// and number. Empty, it tells nothing. It never appears in a log or an error.
type Key string

// String hides the key.
func (Key) String() string { return "•••" }

// LogValue hides the key.
func (Key) LogValue() slog.Value { return slog.StringValue("•••") }

// ErrTooManyTickets means that so many tickets are waiting to be used that
// something must be wrong with whoever asks for them.
var ErrTooManyTickets = errors.New("too many unused tickets")

const (
	ticketLife = 30 * time.Second
	maxTickets = 20_000
)

// Tickets admits to the WebSocket: who has proved over HTTP who they are gets
// a ticket, so that neither cookie nor password has to cross the socket
// (OWASP ASVS 5, 4.4.3). Its methods may be called from any goroutine.
type Tickets struct {
	mu     sync.Mutex // guards what follows
	byName map[string]ticket
	oldest []string // names in order of issue, used ones included
}

type ticket struct {
	identity Identity
	expires  time.Time
}

func newTickets() *Tickets { return &Tickets{byName: make(map[string]ticket)} }

// Issue makes a ticket that can be used once and lives 30 s. It returns
// ErrTooManyTickets.
func (t *Tickets) Issue(identity Identity) (name string, expires time.Time, err error) {
	now := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sweep(now)
	if len(t.oldest) >= maxTickets {
		return "", time.Time{}, ErrTooManyTickets
	}
	name, expires = "t_"+rand.Text(), now.Add(ticketLife)
	t.byName[name] = ticket{identity, expires}
	t.oldest = append(t.oldest, name)
	return name, expires, nil
}

// redeem gives the identity of a ticket, once.
func (t *Tickets) redeem(name string) (Identity, bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	found, ok := t.byName[name]
	delete(t.byName, name)
	if !ok || !time.Now().Before(found.expires) {
		return Identity{}, false
	}
	return found.identity, true
}

// sweep forgets the tickets from the oldest on that are used or too old.
func (t *Tickets) sweep(now time.Time) {
	n := 0
	for _, name := range t.oldest {
		if found, ok := t.byName[name]; ok && now.Before(found.expires) {
			break
		}
		delete(t.byName, name)
		n++
	}
	t.oldest = t.oldest[n:]
}
