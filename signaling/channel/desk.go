package channel

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/company"
	"partyline/signaling/notify"
	"partyline/signaling/seal"
)

// Config says how messages leave the house.
type Config struct {
	// Mail is the server that mails leave by; without a host there are none.
	Mail notify.MailConfig
	// PushContact is whom push services write to when something is wrong, such as
	// mailto:admin@example.com; empty: there are no push messages.
	PushContact string
	// AllowPrivate are hosts and networks that bots may be in although they are
	// not public.
	AllowPrivate []string
}

// Validate tells what is wrong with the configuration.
func (c Config) Validate() error {
	if c.Mail.Host != "" {
		if err := c.Mail.Validate(); err != nil {
			return err
		}
	}
	if c.PushContact != "" && notify.CheckContact(c.PushContact) != nil {
		return notify.CheckContact(c.PushContact)
	}
	_, err := notify.NewGuard(c.AllowPrivate)
	return err
}

// Desk takes messages to whatever they are meant for. Its methods may be
// called from any goroutine.
type Desk struct {
	Bots     *Bots
	Browsers *Browsers
	choices  ChoiceStore
	guard    *notify.Guard
	mailer   *notify.Mailer // nil: there are no mails
	pusher   *notify.Pusher // nil: there are no push messages
	now      func() time.Time
}

// NewDesk makes a desk over the store, with the key that seals what is kept
// there. The clock may be nil for the real one.
func NewDesk(ctx context.Context, cfg Config, store Store, key seal.Key, clock func() time.Time, log *slog.Logger) (*Desk, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	box, err := seal.NewBox(key, "channel")
	if err != nil {
		return nil, err
	}
	if clock == nil {
		clock = time.Now
	}
	d := &Desk{
		Bots: &Bots{store, box, clock}, Browsers: &Browsers{store, box, "", clock, log}, choices: store, now: clock,
	}
	if d.guard, err = notify.NewGuard(cfg.AllowPrivate); err != nil {
		return nil, err
	}
	if cfg.Mail.Host != "" {
		if d.mailer, err = notify.NewMailer(cfg.Mail); err != nil {
			return nil, err
		}
	}
	if cfg.PushContact == "" {
		return d, nil
	}
	push, err := findPushKey(ctx, store, box, log)
	if err != nil {
		return nil, fmt.Errorf("key for push messages: %w", err)
	}
	if d.Browsers.public, err = push.Public(); err != nil {
		return nil, err
	}
	d.pusher = notify.NewPusher(push, cfg.PushContact, d.guard, clock)
	return d, nil
}

// Close closes connections that are kept for the next message.
func (d *Desk) Close() error {
	d.guard.Close()
	if d.mailer == nil {
		return nil
	}
	return d.mailer.Close()
}

// Has tells whether messages can be sent on a channel at all; bots, if there
// are any.
func (d *Desk) Has(c notify.Channel) bool {
	switch c {
	case notify.Mail:
		return d.mailer != nil
	case notify.Push:
		return d.pusher != nil
	}
	return c.IsBot()
}

// Routes are the ways by which a person can be reached: mail where there is a
// mail server (to the person's address, which the caller knows), push where a
// browser has subscribed, and the bots that the person chose.
func (d *Desk) Routes(ctx context.Context, person string) ([]notify.Route, error) {
	var all []notify.Route
	if d.mailer != nil {
		all = append(all, notify.Route{Channel: notify.Mail})
	}
	if d.pusher != nil {
		browsers, err := d.Browsers.store.Browsers(ctx, person)
		if err != nil {
			return nil, fmt.Errorf("find the ways to a person: %w", err)
		}
		if len(browsers) > 0 {
			all = append(all, notify.Route{Channel: notify.Push})
		}
	}
	chosen, err := d.chosen(ctx, person)
	if err != nil {
		return nil, err
	}
	for _, c := range chosen {
		if c.Chosen {
			r := notify.Route{Channel: c.Channel, Bot: c.ID, Name: c.Name}
			if c.Mention != "" {
				r.Mention = []string{c.Mention}
			}
			all = append(all, r)
		}
	}
	return all, nil
}

// Offer is a bot that a person may choose.
type Offer struct {
	Bot
	Chosen  bool
	Mention string
}

// Offers are the bots that a person may choose, by name.
func (d *Desk) Offers(ctx context.Context, person auth.Person) ([]Offer, error) {
	return d.chosen(ctx, person.ID)
}

func (d *Desk) chosen(ctx context.Context, person string) ([]Offer, error) {
	choices, err := d.choices.BotChoices(ctx, person)
	if err != nil {
		return nil, fmt.Errorf("find a person's bots: %w", err)
	}
	bots, err := d.Bots.store.Bots(ctx)
	if err != nil {
		return nil, fmt.Errorf("find a person's bots: %w", err)
	}
	mention := make(map[string]string, len(choices))
	for _, c := range choices {
		mention[c.Bot] = c.Mention
	}
	all := make([]Offer, len(bots))
	for i, b := range bots {
		text, ok := mention[b.ID]
		all[i] = Offer{b.Bot, ok, text}
	}
	return all, nil
}

// Choose sets which bots a person is told by. It returns company.ErrNotFound
// or an *auth.Invalid.
func (d *Desk) Choose(ctx context.Context, person auth.Person, all []Choice) error {
	for _, c := range all {
		if !mayMention(c.Mention) {
			return invalid("mention", "Enter your own user id at this service; nobody else, and not everybody.")
		}
	}
	if err := d.choices.SetBotChoices(ctx, person.ID, all); err != nil {
		return fmt.Errorf("choose bots: %w", err)
	}
	return nil
}

// On gives the sender of a channel: mails go to Message.Address, push messages
// to the browsers of Message.Person, others to Message.Bot. It returns false
// for channels that there are not, or that have their senders elsewhere.
func (d *Desk) On(c notify.Channel) (notify.Sender, bool) {
	switch {
	case !d.Has(c):
		return nil, false
	case c == notify.Mail:
		return d.mailer, true
	case c == notify.Push:
		return sender(d.push), true
	}
	return sender(func(ctx context.Context, m notify.Message) (notify.Sent, error) { return d.tell(ctx, c, m) }), true
}

// sender is a function that sends.
type sender func(context.Context, notify.Message) (notify.Sent, error)

// Send implements notify.Sender.
func (s sender) Send(ctx context.Context, m notify.Message) (notify.Sent, error) { return s(ctx, m) }

// tell sends by a bot.
func (d *Desk) tell(ctx context.Context, c notify.Channel, m notify.Message) (notify.Sent, error) {
	stored, err := d.Bots.store.Bot(ctx, m.Bot)
	if errors.Is(err, company.ErrNotFound) || err == nil && stored.Channel != c {
		return notify.Sent{}, &notify.Refused{Channel: c, Cause: notify.BadAddress, Permanent: true, Gone: true}
	}
	if err != nil {
		return notify.Sent{}, fmt.Errorf("find a bot: %w", err)
	}
	s, err := d.Bots.sender(stored, d.guard)
	if err != nil {
		return notify.Sent{}, err
	}
	return s.Send(ctx, m)
}

// push sends to all browsers of a person at a time. One that takes it is
// enough; those that are gone are forgotten.
func (d *Desk) push(ctx context.Context, m notify.Message) (notify.Sent, error) {
	browsers, err := d.Browsers.store.Browsers(ctx, m.Person)
	if err != nil {
		return notify.Sent{}, fmt.Errorf("find a person's browsers: %w", err)
	}
	var (
		wait  sync.WaitGroup
		mu    sync.Mutex // guards taken and best
		taken []notify.Sent
		best  error = &notify.Refused{Channel: notify.Push, Cause: notify.BadAddress, Permanent: true, Gone: true}
	)
	for _, b := range browsers {
		wait.Go(func() {
			sent, err := d.pushTo(ctx, b, m)
			mu.Lock()
			defer mu.Unlock()
			if err == nil {
				taken = append(taken, sent)
			} else if hopeful(err) || !hopeful(best) {
				best = err
			}
		})
	}
	wait.Wait()
	if len(taken) > 0 {
		return taken[0], nil
	}
	return notify.Sent{}, best
}

// hopeful tells whether trying again may help.
func hopeful(err error) bool {
	r, ok := notify.AsRefused(err)
	return !ok || !r.Permanent
}

func (d *Desk) pushTo(ctx context.Context, b StoredBrowser, m notify.Message) (notify.Sent, error) {
	to, err := d.Browsers.open(b)
	if err != nil { // sealed with a key that is lost
		d.Browsers.forget(ctx, b)
		return notify.Sent{}, &notify.Refused{Channel: notify.Push, Cause: notify.BadAddress, Permanent: true, Gone: true}
	}
	sent, err := d.pusher.SendTo(ctx, to, m)
	if r, ok := notify.AsRefused(err); ok && r.Gone {
		d.Browsers.forget(ctx, b)
	}
	return sent, err
}
