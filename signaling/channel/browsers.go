package channel

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/company"
	"partyline/signaling/notify"
	"partyline/signaling/seal"
)

// maxBrowsers is how many of a person take push messages; the oldest go.
const maxBrowsers = 10

// Browser is a browser that takes push messages, as its person sees it.
type Browser struct {
	ID        string
	UserAgent string
	CreatedAt time.Time
	Current   bool // it is the one that asks
}

// Browsers are those that take push messages. Its methods may be called from
// any goroutine.
type Browsers struct {
	store  BrowserStore
	box    *seal.Box
	public string // key, for the browsers
	now    func() time.Time
	log    *slog.Logger
}

const keyPlace = "push key"

// findPushKey opens the key that browsers know us by, and makes it the first
// time. Without the key file that it was sealed with, browsers have to
// subscribe anew, which pages do by themselves.
func findPushKey(ctx context.Context, store BrowserStore, box *seal.Box, log *slog.Logger) (notify.VAPIDKey, error) {
	stored, err := store.PushKey(ctx)
	if err != nil {
		return notify.VAPIDKey{}, err
	}
	if stored != nil {
		k, err := openPushKey(box, stored)
		if err == nil {
			return k, nil
		}
		log.WarnContext(ctx, "browsers have to subscribe to push messages anew", "err", err)
	}
	made, err := notify.NewVAPIDKey()
	if err != nil {
		return notify.VAPIDKey{}, err
	}
	raw, err := made.Bytes()
	if err != nil {
		return notify.VAPIDKey{}, err
	}
	kept, err := store.KeepPushKey(ctx, box.Seal(raw, keyPlace), stored)
	if err != nil {
		return notify.VAPIDKey{}, err
	}
	return openPushKey(box, kept) // perhaps another node's
}

func openPushKey(box *seal.Box, sealed []byte) (notify.VAPIDKey, error) {
	raw, err := box.Open(sealed, keyPlace)
	if err != nil {
		return notify.VAPIDKey{}, err
	}
	return notify.ParseVAPIDKey(raw)
}

// Key is the public key for subscriptions (applicationServerKey), in
// base64url.
func (b *Browsers) Key() string { return b.public }

// Of lists a person's browsers, the latest first.
func (b *Browsers) Of(ctx context.Context, v auth.Visitor) ([]Browser, error) {
	stored, err := b.store.Browsers(ctx, v.Person.ID)
	if err != nil {
		return nil, fmt.Errorf("list browsers: %w", err)
	}
	all := make([]Browser, len(stored))
	for i, s := range stored {
		all[i] = Browser{s.ID, s.UserAgent, s.CreatedAt, s.Session == v.Session.ID}
	}
	return all, nil
}

// Subscribe has a browser take push messages for the person. The same browser
// is one however often it subscribes, and belongs to who did so last. It
// returns an *auth.Invalid.
func (b *Browsers) Subscribe(ctx context.Context, v auth.Visitor, s notify.Subscription) (string, error) {
	if err := s.Check(); err != nil {
		return "", invalid("endpoint", "This browser's address for push messages does not make sense.")
	}
	sum := sha256.Sum256([]byte(s.Endpoint))
	id := hex.EncodeToString(sum[:16])
	text, err := json.Marshal(s)
	if err != nil {
		return "", err
	}
	err = b.store.PutBrowser(ctx, StoredBrowser{
		ID: id, Person: v.Person.ID, Session: v.Session.ID, Sealed: b.box.Seal(text, browserPlace(id)),
		UserAgent: v.Session.Client.UserAgent, CreatedAt: b.now().UTC().Truncate(time.Millisecond),
	}, maxBrowsers)
	if err != nil {
		return "", fmt.Errorf("subscribe a browser: %w", err)
	}
	return id, nil
}

// Drop ends a subscription. It returns company.ErrNotFound.
func (b *Browsers) Drop(ctx context.Context, person, id string) error {
	if err := b.store.DropBrowser(ctx, person, id); err != nil {
		return fmt.Errorf("drop a browser: %w", err)
	}
	return nil
}

func browserPlace(id string) string { return "browser " + id }

func (b *Browsers) open(s StoredBrowser) (notify.Subscription, error) {
	text, err := b.box.Open(s.Sealed, browserPlace(s.ID))
	if err != nil {
		return notify.Subscription{}, err
	}
	var sub notify.Subscription
	return sub, json.Unmarshal(text, &sub)
}

// forget drops a browser that is gone. That somebody else was quicker is no
// matter.
func (b *Browsers) forget(ctx context.Context, s StoredBrowser) {
	err := b.store.DropBrowser(context.WithoutCancel(ctx), s.Person, s.ID)
	if err != nil && !errors.Is(err, company.ErrNotFound) {
		b.log.WarnContext(ctx, "a browser that is gone stays for now", "browser", s.ID, "err", err)
	}
}
