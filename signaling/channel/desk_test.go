package channel_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"partyline/signaling/auth"
	"partyline/signaling/channel"
	"partyline/signaling/company"
	"partyline/signaling/notify"
	"partyline/signaling/notify/notifytest"
	"partyline/signaling/seal"
	"partyline/signaling/store"
	"partyline/signaling/store/storetest"
)

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "channel")
	if err == nil {
		err = notifytest.Trust(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	storetest.Main(m) // which ends the program
}

// world is a company with Ann, who is admin, and Bob.
type world struct {
	t        *testing.T
	store    *store.Store
	log      bytes.Buffer
	ann, bob auth.Person
}

func (w *world) desk(key seal.Key, cfg channel.Config) *channel.Desk {
	w.t.Helper()
	if cfg.PushContact == "" {
		cfg.PushContact = "mailto:admin@example.com"
	}
	d, err := channel.NewDesk(w.t.Context(), cfg, w.store, key, nil, slog.New(slog.NewTextHandler(&w.log, nil)))
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() {
		if err := d.Close(); err != nil {
			w.t.Error(err)
		}
	})
	return d
}

// inside lets messages go to the servers of these tests.
var inside = channel.Config{AllowPrivate: []string{"127.0.0.1"}}

func each(t *testing.T, test func(w *world)) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		w := &world{
			t: t, store: s, ann: auth.Person{ID: "ann", Name: "Ann", Email: "ann@example.com", Admin: true, Active: true, Language: "en", TimeZone: "UTC"},
			bob: auth.Person{ID: "bob", Name: "Bob", Email: "bob@example.com", Active: true, Language: "zh-CN", TimeZone: "Asia/Shanghai"},
		}
		w.ann.MayCall, w.bob.MayCall = auth.MayCallEveryone, auth.MayCallEveryone
		if err := s.AddPeople(t.Context(), []auth.Account{{Person: w.ann}, {Person: w.bob}}, nil); err != nil {
			t.Fatal(err)
		}
		test(w)
	})
}

func visitor(p auth.Person, session string) auth.Visitor {
	return auth.Visitor{Person: p, Session: auth.Session{ID: session, Person: p.ID}}
}

func (w *world) subscribe(d *channel.Desk, service *notifytest.PushService, v auth.Visitor) notify.Subscription {
	w.t.Helper()
	s := service.Subscribe()
	if _, err := d.Browsers.Subscribe(w.t.Context(), v, s); err != nil {
		w.t.Fatal(err)
	}
	return s
}

func (w *world) send(d *channel.Desk, c notify.Channel, m notify.Message) error {
	w.t.Helper()
	s, ok := d.On(c)
	if !ok {
		w.t.Fatalf("there is no sender for %s", c)
	}
	_, err := s.Send(w.t.Context(), m)
	return err
}

func (w *world) routes(d *channel.Desk, person string) []notify.Route {
	w.t.Helper()
	all, err := d.Routes(w.t.Context(), person)
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

// TestPushToAllBrowsers: each of a person's browsers gets the message; one
// that is gone is forgotten and does not stop the others.
func TestPushToAllBrowsers(t *testing.T) {
	each(t, func(w *world) {
		d := w.desk(seal.Key{1}, inside)
		service := notifytest.NewPushService(w.t, d.Browsers.Key())
		laptop, phone := w.subscribe(d, service, visitor(w.bob, "s1")), w.subscribe(d, service, visitor(w.bob, "s2"))
		others := w.subscribe(d, service, visitor(w.ann, "s3"))
		m := notify.Message{Key: "k1", Person: "bob", Title: "Standup", Text: "in 10 minutes"}
		if err := w.send(d, notify.Push, m); err != nil {
			w.t.Fatal(err)
		}
		if len(service.Got(laptop)) != 1 || len(service.Got(phone)) != 1 || len(service.Got(others)) != 0 {
			w.t.Errorf("laptop %v, phone %v, Ann's %v", service.Got(laptop), service.Got(phone), service.Got(others))
		}
		service.Unsubscribe(laptop)
		m.Key = "k2"
		if err := w.send(d, notify.Push, m); err != nil || len(service.Got(phone)) != 2 {
			w.t.Errorf("with one browser gone: %v", err)
		}
		if left, err := w.store.Browsers(w.t.Context(), "bob"); err != nil || len(left) != 1 || left[0].Session != "s2" {
			w.t.Errorf("left: %+v, %v", left, err)
		}
		// A service that is tired is no reason to forget a browser.
		service.Answer(func(rw http.ResponseWriter) bool { rw.WriteHeader(http.StatusServiceUnavailable); return true })
		m.Key = "k3"
		if r, ok := notify.AsRefused(w.send(d, notify.Push, m)); !ok || r.Permanent {
			w.t.Errorf("with the service down: %+v", r)
		}
		service.Answer(nil)
		service.Unsubscribe(phone)
		if r, ok := notify.AsRefused(w.send(d, notify.Push, m)); !ok || !r.Gone {
			w.t.Errorf("with both gone: %+v", r)
		}
		if diff := cmp.Diff([]notify.Route(nil), w.routes(d, "bob")); diff != "" {
			w.t.Errorf("ways to Bob (-want +got):\n%s", diff)
		}
		if out := w.log.String(); strings.Contains(out, "/push/") {
			w.t.Errorf("an endpoint is in the log: %s", out)
		}
	})
}

// TestPushKey stays the same when the program starts again, and on another
// node; with another key file browsers subscribe anew.
func TestPushKey(t *testing.T) {
	each(t, func(w *world) {
		d := w.desk(seal.Key{1}, inside)
		service := notifytest.NewPushService(w.t, d.Browsers.Key())
		w.subscribe(d, service, visitor(w.bob, "s1"))
		if again := w.desk(seal.Key{1}, inside); again.Browsers.Key() != d.Browsers.Key() {
			w.t.Error("the key is another after a start")
		}
		lost := w.desk(seal.Key{2}, inside)
		if lost.Browsers.Key() == d.Browsers.Key() || !strings.Contains(w.log.String(), "subscribe") {
			w.t.Errorf("with another key file the key is the same, or nobody is told: %s", w.log.String())
		}
		r, ok := notify.AsRefused(w.send(lost, notify.Push, notify.Message{Key: "k", Person: "bob"}))
		left, err := w.store.Browsers(w.t.Context(), "bob")
		if !ok || !r.Gone || err != nil || len(left) != 0 {
			w.t.Errorf("a subscription that cannot be opened: %+v; left %v, %v", r, left, err)
		}
		for i := range 12 {
			w.subscribe(lost, service, visitor(w.bob, fmt.Sprint("s", i)))
		}
		if left, err := w.store.Browsers(w.t.Context(), "bob"); err != nil || len(left) != 10 {
			w.t.Errorf("%d browsers of one person, %v", len(left), err)
		}
	})
}

// TestBotsAndRoutes: a bot that somebody chose is a way to them, and messages
// go to the chat.
func TestBotsAndRoutes(t *testing.T) {
	each(t, func(w *world) {
		ctx := w.t.Context()
		d := w.desk(seal.Key{1}, channel.Config{})
		chat := notifytest.NewChat(w.t, notify.DingTalk, "SEC1", nil)
		url, secret := chat.URL(), notify.Secret("SEC1")
		described := channel.Description{Name: "Board", Channel: notify.DingTalk, URL: &url, Secret: &secret, AllowPrivate: true}
		if _, err := d.Bots.Add(ctx, w.bob, described); !errors.Is(err, auth.ErrNotAllowed) {
			w.t.Errorf("Bob adds a bot: %v", err)
		}
		b, err := d.Bots.Add(ctx, w.ann, described)
		if err != nil {
			w.t.Fatal(err)
		}
		if err := d.Choose(ctx, w.bob, []channel.Choice{{Bot: b.ID, Mention: "+8613800138000"}}); err != nil {
			w.t.Fatal(err)
		}
		want := []notify.Route{{Channel: notify.DingTalk, Bot: b.ID, Name: "Board", Mention: []string{"+8613800138000"}}}
		if diff := cmp.Diff(want, w.routes(d, "bob")); diff != "" {
			w.t.Errorf("ways to Bob (-want +got):\n%s", diff)
		}
		m := notify.Message{Key: "k", Bot: b.ID, Mention: want[0].Mention, Title: "Standup", Text: "in 10 minutes", Link: "https://meet.example.com/r/0"}
		if err := w.send(d, notify.DingTalk, m); err != nil {
			w.t.Fatal(err)
		}
		if said := chat.Said(); len(said) != 1 || !cmp.Equal(said[0].Mention, []string{"13800138000"}) {
			w.t.Errorf("said: %+v", said)
		}
		// On the wrong channel, or where there is none, nothing is sent.
		for _, m := range []notify.Message{{Bot: b.ID}, {Bot: "none"}} {
			if r, ok := notify.AsRefused(w.send(d, notify.Feishu, m)); !ok || !r.Gone {
				w.t.Errorf("bot %q by Feishu: %+v", m.Bot, r)
			}
		}
		// Without leave to be in a private network.
		described.AllowPrivate, described.URL = false, new(notify.URL(strings.Replace(string(url), "http:", "https:", 1)))
		if _, err := d.Bots.Change(ctx, w.ann, b.ID, described); err != nil {
			w.t.Fatal(err)
		}
		if trial, err := d.TryBot(ctx, w.ann, b.ID); err != nil || trial.Refused == nil || trial.Refused.Cause != notify.Private {
			w.t.Errorf("a bot in our own network: %+v, %v", trial, err)
		}
		// With another key file it says what is wrong, and new keys mend it.
		lost := w.desk(seal.Key{2}, channel.Config{})
		all, err := lost.Bots.All(ctx, w.ann)
		if err != nil || len(all) != 1 || !errors.Is(all[0].Fault, seal.ErrWrongKey) || all[0].People != 1 {
			w.t.Errorf("with another key file: %+v, %v", all, err)
		}
		if r, ok := notify.AsRefused(w.send(lost, notify.DingTalk, m)); !ok || r.Cause != notify.BadSecret || r.Name != "Board" {
			w.t.Errorf("with another key file: %+v", r)
		}
		described.AllowPrivate, described.URL = true, &url
		if mended, err := lost.Bots.Change(ctx, w.ann, b.ID, described); err != nil || mended.Fault != nil {
			w.t.Errorf("mended: %+v, %v", mended, err)
		}
		if trial, err := lost.TryBot(ctx, w.ann, b.ID); err != nil || trial.Refused != nil {
			w.t.Errorf("mended: %+v, %v", trial, err)
		}
		if err := lost.Bots.Remove(ctx, w.ann, b.ID); err != nil {
			w.t.Fatal(err)
		}
		if err := lost.Bots.Remove(ctx, w.ann, b.ID); !errors.Is(err, company.ErrNotFound) || len(w.routes(lost, "bob")) != 0 {
			w.t.Errorf("removed twice: %v; ways to Bob %v", err, w.routes(lost, "bob"))
		}
		if out := w.log.String(); strings.Contains(out, "SEC1") || strings.Contains(out, "access_token") {
			w.t.Errorf("a secret is in the log: %s", out)
		}
	})
}

// TestMail: where there is a server, it is a way to everybody.
func TestMail(t *testing.T) {
	w := &world{t: t, store: storetest.SQLite(t)}
	server := notifytest.NewMailServer(t, notifytest.MailPlain, "")
	d := w.desk(seal.Key{1}, channel.Config{Mail: notify.MailConfig{
		Host: "127.0.0.1", Port: server.Port(), From: "Partyline <meet@example.com>", TLS: notify.Plain,
	}})
	if err := w.send(d, notify.Mail, notify.Message{Key: "k", Address: "ann@example.org", Title: "Standup", Text: "in 10 minutes"}); err != nil {
		t.Fatal(err)
	}
	if got := server.Mails(); len(got) != 1 || got[0].To != "ann@example.org" {
		t.Errorf("mails: %+v", got)
	}
	if diff := cmp.Diff([]notify.Route{{Channel: notify.Mail}}, w.routes(d, "somebody")); diff != "" {
		t.Errorf("ways (-want +got):\n%s", diff)
	}
	none, err := channel.NewDesk(t.Context(), channel.Config{}, w.store, seal.Key{1}, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []notify.Channel{notify.Mail, notify.Push, notify.Phone, notify.WebSocket} {
		if _, ok := none.On(c); ok {
			t.Errorf("there is a sender for %s", c)
		}
	}
	for name, cfg := range map[string]channel.Config{
		"mail": {Mail: notify.MailConfig{Host: "x"}}, "contact": {PushContact: "admin"}, "exception": {AllowPrivate: []string{"http://x"}},
	} {
		if err := cfg.Validate(); err == nil {
			t.Errorf("%s passes", name)
		}
	}
}
