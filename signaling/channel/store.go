package channel

import (
	"context"
	"time"

	"partyline/signaling/company"
	"partyline/signaling/notify"
)

// Bot is a bot of a group chat, or a webhook, as admins see it. Its address
// and its secret are not shown again.
type Bot struct {
	ID           string         `json:"id"` // UUIDv7
	Name         string         `json:"name"`
	Channel      notify.Channel `json:"channel"`
	Host         string         `json:"host"` // of its address
	AllowPrivate bool           `json:"allowPrivate"`
}

// StoredBot is a bot as the store has it.
type StoredBot struct {
	Bot
	Sealed    []byte // its address and secret
	People    int    // who chose it; the store counts them
	ChangedAt time.Time
	ChangedBy company.Who
}

// BotStore keeps bots. Each method is one transaction and may be called from
// any goroutine.
type BotStore interface {
	// Bots lists them by name.
	Bots(ctx context.Context) ([]StoredBot, error)
	// Bot returns company.ErrNotFound.
	Bot(ctx context.Context, id string) (StoredBot, error)
	// AddBot returns company.ErrTaken for a name that another bot has, and
	// company.ErrTooMany beyond the limit.
	AddBot(ctx context.Context, b StoredBot, limit int, note company.Entry) error
	// ChangeBot lets change work on the bot and stores what it made of it, with
	// the entry; nobody else changes it meanwhile. It returns
	// company.ErrNotFound or company.ErrTaken.
	ChangeBot(ctx context.Context, id string, change func(*StoredBot) (company.Entry, error)) error
	// RemoveBot returns company.ErrNotFound.
	RemoveBot(ctx context.Context, id string, note func(StoredBot) (company.Entry, error)) error
}

// Choice is a bot that somebody wants to be told by.
type Choice struct {
	Bot     string // its id
	Mention string // the person in the words of the bot's service; empty: nobody is called by name
}

// ChoiceStore keeps which bots people chose. Each method is one transaction
// and may be called from any goroutine.
type ChoiceStore interface {
	// BotChoices are those of a person.
	BotChoices(ctx context.Context, person string) ([]Choice, error)
	// SetBotChoices replaces those of a person. It returns company.ErrNotFound for
	// a bot that there is not, and auth.ErrNoPerson.
	SetBotChoices(ctx context.Context, person string, all []Choice) error
}

// StoredBrowser is a browser that takes push messages, as the store has it.
type StoredBrowser struct {
	ID        string // made of its endpoint
	Person    string
	Session   string // in which it subscribed, and with which it is signed out
	Sealed    []byte // a notify.Subscription
	UserAgent string
	CreatedAt time.Time
}

// BrowserStore keeps browsers, and the key that they know us by. Each method
// is one transaction and may be called from any goroutine.
type BrowserStore interface {
	// Browsers are those of an active person, the latest first.
	Browsers(ctx context.Context, person string) ([]StoredBrowser, error)
	// PutBrowser adds a browser, or replaces the one with its id, whosever it
	// was; beyond the limit the person's oldest go. It returns auth.ErrNoPerson.
	PutBrowser(ctx context.Context, b StoredBrowser, limit int) error
	// DropBrowser returns company.ErrNotFound.
	DropBrowser(ctx context.Context, person, id string) error
	// PushKey is the sealed key; nil: there is none.
	PushKey(ctx context.Context) ([]byte, error)
	// KeepPushKey stores a sealed key unless another than the given one, which
	// is nil for none, is there already. It returns the one that is there then.
	KeepPushKey(ctx context.Context, sealed, instead []byte) ([]byte, error)
}

// Store is all that is kept.
type Store interface {
	BotStore
	ChoiceStore
	BrowserStore
}
