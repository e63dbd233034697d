package channel

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/uuid"

	"partyline/signaling/auth"
	"partyline/signaling/company"
	"partyline/signaling/notify"
	"partyline/signaling/seal"
)

const (
	maxBots   = 200
	maxName   = 80 // characters
	maxSecret = 200
	minSecret = 16 // of a webhook, which nobody else chooses
)

// Description is a bot as an admin describes it. Of address and secret, what
// is nil stays as it is.
type Description struct {
	Name         string
	Channel      notify.Channel
	URL          *notify.URL
	Secret       *notify.Secret // empty: none
	AllowPrivate bool
}

// keys are what is sealed of a bot.
type keys struct {
	URL    notify.URL    `json:"url"`
	Secret notify.Secret `json:"secret,omitempty"`
}

// ListedBot is a bot as admins see it.
type ListedBot struct {
	Bot
	Secret    bool // there is one
	People    int  // who chose it
	ChangedAt time.Time
	ChangedBy company.Who
	// Fault is why it cannot send: seal.ErrWrongKey or seal.ErrTampered in its
	// chain; nil: it can.
	Fault error
}

// Bots are those that admins have set up. Its methods may be called from any
// goroutine.
type Bots struct {
	store BotStore
	box   *seal.Box
	now   func() time.Time
}

func place(id string) string { return "bot " + id }

func (b *Bots) open(s StoredBot) (keys, error) {
	text, err := b.box.Open(s.Sealed, place(s.ID))
	if err != nil {
		return keys{}, err
	}
	var k keys
	if err := json.Unmarshal(text, &k); err != nil {
		return keys{}, fmt.Errorf("%s: %w", place(s.ID), seal.ErrTampered)
	}
	return k, nil
}

func (b *Bots) look(s StoredBot) ListedBot {
	k, err := b.open(s)
	return ListedBot{s.Bot, k.Secret != "", s.People, s.ChangedAt, s.ChangedBy, err}
}

// All lists the bots by name. It returns auth.ErrNotAllowed.
func (b *Bots) All(ctx context.Context, actor auth.Person) ([]ListedBot, error) {
	if !actor.Admin {
		return nil, auth.ErrNotAllowed
	}
	stored, err := b.store.Bots(ctx)
	if err != nil {
		return nil, fmt.Errorf("list bots: %w", err)
	}
	all := make([]ListedBot, len(stored))
	for i, s := range stored {
		all[i] = b.look(s)
	}
	return all, nil
}

// Add sets up a bot. It returns auth.ErrNotAllowed, company.ErrTooMany or an
// *auth.Invalid.
func (b *Bots) Add(ctx context.Context, actor auth.Person, d Description) (ListedBot, error) {
	if !actor.Admin {
		return ListedBot{}, auth.ErrNotAllowed
	}
	id, err := uuid.NewV7()
	if err != nil {
		return ListedBot{}, fmt.Errorf("make an id: %w", err)
	}
	s := StoredBot{Bot: Bot{ID: id.String()}}
	entry, err := b.change(&s, actor, d, company.Added)
	if err == nil {
		err = b.store.AddBot(ctx, s, maxBots, entry)
	}
	if err != nil {
		return ListedBot{}, fmt.Errorf("add bot: %w", taken(err))
	}
	return b.look(s), nil
}

// Change describes a bot anew. It returns auth.ErrNotAllowed,
// company.ErrNotFound or an *auth.Invalid.
func (b *Bots) Change(ctx context.Context, actor auth.Person, id string, d Description) (ListedBot, error) {
	if !actor.Admin {
		return ListedBot{}, auth.ErrNotAllowed
	}
	var changed StoredBot
	err := b.store.ChangeBot(ctx, id, func(s *StoredBot) (company.Entry, error) {
		entry, err := b.change(s, actor, d, company.Changed)
		changed = *s
		return entry, err
	})
	if err != nil {
		return ListedBot{}, fmt.Errorf("change bot: %w", taken(err))
	}
	return b.look(changed), nil
}

// Remove takes a bot away, also from those who chose it. It returns
// auth.ErrNotAllowed or company.ErrNotFound.
func (b *Bots) Remove(ctx context.Context, actor auth.Person, id string) error {
	if !actor.Admin {
		return auth.ErrNotAllowed
	}
	err := b.store.RemoveBot(ctx, id, func(s StoredBot) (company.Entry, error) {
		return company.NewEntry(actor, b.now(), company.ThingBot, s.Name, company.Removed, nil, nil)
	})
	if err != nil {
		return fmt.Errorf("remove bot: %w", err)
	}
	return nil
}

// taken says of a name that it is another bot's.
func taken(err error) error {
	if errors.Is(err, company.ErrTaken) {
		return invalid("name", "Another bot has this name.")
	}
	return err
}

// change puts a description into a stored bot and gives the entry of the log.
// Keys that do not open are gone: whoever enters new ones mends the bot.
func (b *Bots) change(s *StoredBot, actor auth.Person, d Description, act company.Act) (company.Entry, error) {
	old := keys{}
	if act != company.Added {
		var err error
		if old, err = b.open(*s); err != nil {
			old = keys{}
		}
	}
	next, wrong := d.keys(old, s.Channel)
	d.Name = strings.TrimSpace(d.Name)
	if wrong = append(d.wrong(), wrong...); len(wrong) > 0 {
		return company.Entry{}, &auth.Invalid{Fields: wrong}
	}
	var before any = s.Bot
	if act == company.Added {
		before = nil
	}
	s.Bot = Bot{s.ID, d.Name, d.Channel, next.URL.Host(), d.AllowPrivate}
	entry, err := company.NewEntry(actor, b.now(), company.ThingBot, d.Name, act, before, s.Bot)
	if err != nil {
		return company.Entry{}, err
	}
	if act == company.Changed && old != next {
		entry.Changes = append(entry.Changes, company.Change{Field: "keys", From: "(secret)", To: "(secret)"})
	}
	text, err := json.Marshal(next)
	if err != nil {
		return company.Entry{}, err
	}
	s.Sealed, s.ChangedAt, s.ChangedBy = b.box.Seal(text, place(s.ID)), entry.At, entry.By
	return entry, nil
}

// keys are the old ones with those that are given, and what is wrong with
// them. A bot of another service has another address.
func (d Description) keys(old keys, channel notify.Channel) (keys, []auth.FieldError) {
	next := old
	if channel != "" && channel != d.Channel {
		next = keys{}
	}
	if d.URL != nil {
		next.URL = notify.URL(strings.TrimSpace(string(*d.URL)))
	}
	if d.Secret != nil {
		next.Secret = notify.Secret(strings.TrimSpace(string(*d.Secret)))
	}
	var wrong []auth.FieldError
	if sentence := next.URL.Check(d.AllowPrivate); sentence != "" {
		wrong = append(wrong, auth.FieldError{Field: "url", Message: sentence})
	}
	switch {
	case len(next.Secret) > maxSecret:
		wrong = append(wrong, auth.FieldError{Field: "secret", Message: "A secret has up to 200 characters."})
	case d.Channel == notify.Webhook && len(next.Secret) < minSecret:
		wrong = append(wrong, auth.FieldError{Field: "secret", Message: "A webhook needs a secret of at least 16 characters, by which the other side knows us."})
	}
	return next, wrong
}

// wrong tells what is wrong with the rest.
func (d Description) wrong() (all []auth.FieldError) {
	n := utf8.RuneCountInString(d.Name)
	if n == 0 || n > maxName || strings.ContainsFunc(d.Name, func(r rune) bool { return !unicode.IsPrint(r) }) {
		all = append(all, auth.FieldError{Field: "name", Message: "A bot's name has 1 to 80 printable characters."})
	}
	if !d.Channel.IsBot() {
		all = append(all, auth.FieldError{Field: "channel", Message: "There are no bots of this kind."})
	}
	return all
}

func invalid(field, message string) error {
	return &auth.Invalid{Fields: []auth.FieldError{{Field: field, Message: message}}}
}

// sender opens a stored bot.
func (b *Bots) sender(s StoredBot, g *notify.Guard) (*notify.BotSender, error) {
	k, err := b.open(s)
	if err != nil {
		return nil, &notify.Refused{Channel: s.Channel, Name: s.Name, Cause: notify.BadSecret, Permanent: true}
	}
	return notify.NewBotSender(notify.Bot{
		Name: s.Name, Channel: s.Channel, URL: k.URL, Secret: k.Secret, AllowPrivate: s.AllowPrivate,
	}, g, b.now)
}

// everybody are names by which services call everybody in a chat.
var everybody = []string{"all", "everyone", "here", "channel"}

// mayMention tells whether a text is the name of one person at a service.
func mayMention(text string) bool {
	return len(text) <= 64 && !strings.ContainsFunc(text, func(r rune) bool {
		return r > unicode.MaxASCII || !unicode.IsLetter(r) && !unicode.IsDigit(r) && !strings.ContainsRune("_.-+@", r)
	}) && !slices.Contains(everybody, strings.ToLower(strings.Trim(text, "@_.-+")))
}
