package api_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"partyline/signaling/api"
	"partyline/signaling/channel"
	"partyline/signaling/notify"
	"partyline/signaling/seal"
	"partyline/signaling/store"
)

// desk is what people are told things by.
func (w *world) desk(s *store.Store, log *slog.Logger) *channel.Desk {
	w.t.Helper()
	d, err := channel.NewDesk(w.t.Context(), channel.Config{PushContact: "mailto:admin@example.com"}, s, seal.Key{1}, nil, log)
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

func TestBots(t *testing.T) {
	var status atomic.Int32
	status.Store(http.StatusOK)
	const secret = "correct horse battery staple"
	chat := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err == nil {
			err = notify.VerifyV0(secret, r.Header.Get(notify.HeaderTimestamp), r.Header.Get(notify.HeaderSignature), body, time.Now())
		}
		if err != nil || r.URL.Query().Get("token") != "s3cret" {
			t.Errorf("the webhook got %v at %s", err, r.URL)
		}
		w.WriteHeader(int(status.Load()))
	}))
	t.Cleanup(chat.Close)
	each(t, func(t *testing.T, w *world) {
		status.Store(http.StatusOK)
		ann := w.ann()
		bob := w.bob(ann)
		hook := m{"name": "Board", "channel": "webhook", "url": chat.URL + "/hook?token=s3cret", "secret": secret, "allowPrivate": true}
		bob.call("POST", "/bots", hook).want(403)
		bob.call("GET", "/bots", nil).want(403)
		var made, listed m
		ann.call("POST", "/bots", hook).want(201).into(&made)
		id := made["id"].(string)
		if made["host"] != strings.TrimPrefix(chat.URL, "http://") || made["hasSecret"] != true || made["fault"] != "" {
			t.Errorf("made: %v", made)
		}
		for name, wrong := range map[string]m{
			"name":    {"name": "Board", "channel": "feishu", "url": "https://open.feishu.cn/x"},
			"channel": {"name": "Other", "channel": "mail", "url": "https://open.feishu.cn/x"},
			"url":     {"name": "Other", "channel": "feishu", "url": "http://open.feishu.cn/x"},
			"secret":  {"name": "Other", "channel": "webhook", "url": "https://example.com/", "secret": "short"},
		} {
			p := ann.call("POST", "/bots", wrong).want(422).problem(api.Invalid)
			if len(p.Fields) != 1 || !strings.Contains(p.Fields[0].Field, name) {
				t.Errorf("%s: %+v", name, p.Fields)
			}
		}
		var trial struct {
			Sent  bool
			Error string
		}
		ann.call("POST", "/bots/"+id+"/test", nil).want(200).into(&trial)
		if !trial.Sent || trial.Error != "" {
			t.Errorf("trial: %+v", trial)
		}
		bob.call("POST", "/bots/"+id+"/test", nil).want(403)
		status.Store(http.StatusTooManyRequests)
		ann.call("POST", "/bots/"+id+"/test", nil).want(200).into(&trial)
		if trial.Sent || !strings.Contains(trial.Error, "Too many") {
			t.Errorf("trial with a bot that is tired: %+v", trial)
		}

		// Without an address the old one stays; a private one has to be allowed.
		changed := m{"name": "Board 2", "channel": "webhook"}
		ann.call("PUT", "/bots/"+id, changed).want(422)
		changed["allowPrivate"] = true
		ann.call("PUT", "/bots/"+id, changed).want(200).into(&listed)
		if listed["name"] != "Board 2" || listed["host"] != made["host"] || listed["hasSecret"] != true {
			t.Errorf("changed: %v", listed)
		}
		ann.call("PUT", "/bots/none", changed).want(404)
		ann.call("POST", "/bots/none/test", nil).want(404)

		// Bob chooses it.
		var channels struct {
			Mail, Push bool
			Bots       []struct {
				ID, Name, Mention string
				Chosen            bool
			}
		}
		bob.call("PUT", "/me/channels", m{"bots": []m{{"id": id, "mention": "@all"}}}).want(422)
		bob.call("PUT", "/me/channels", m{"bots": []m{{"id": "none"}}}).want(404)
		bob.call("PUT", "/me/channels", m{"bots": []m{{"id": id, "mention": "zhangsan"}}}).want(200)
		bob.call("GET", "/me/channels", nil).want(200).into(&channels)
		if len(channels.Bots) != 1 || !channels.Bots[0].Chosen || channels.Bots[0].Mention != "zhangsan" || channels.Mail || !channels.Push {
			t.Errorf("Bob's channels: %+v", channels)
		}
		var all []m
		ann.call("GET", "/bots", nil).want(200).into(&all)
		if len(all) != 1 || all[0]["people"] != 1.0 {
			t.Errorf("bots: %v", all)
		}
		var log struct{ Entries []m }
		ann.call("GET", "/audit?thing=bot", nil).want(200).into(&log)
		if len(log.Entries) != 2 {
			t.Errorf("the log: %v", log)
		}
		ann.call("DELETE", "/bots/"+id, nil).want(204)
		ann.call("DELETE", "/bots/"+id, nil).want(404)
		bob.call("GET", "/me/channels", nil).want(200).into(&channels)
		if len(channels.Bots) != 0 {
			t.Errorf("Bob's channels after the bot is gone: %+v", channels)
		}
		if out := w.log.String(); strings.Contains(out, "s3cret") || strings.Contains(out, secret) {
			t.Errorf("in the log: %s", out)
		}
	})
}

// TestPushSubscriptions: they belong to the browser's last person, and end
// when it is signed out.
func TestPushSubscriptions(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		bob := w.bob(ann)
		var push struct {
			Key      string
			Browsers []struct {
				ID      string
				Current bool
			}
		}
		ann.call("GET", "/me/push", nil).want(200).into(&push)
		if len(push.Key) != 87 || len(push.Browsers) != 0 {
			t.Errorf("before: %+v", push)
		}
		subscription := func(endpoint string) m {
			return m{"endpoint": endpoint, "expirationTime": nil, "keys": m{
				"p256dh": "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", "auth": "BTBZMqHH6r4Tts7J_aSIgg",
			}}
		}
		ann.call("POST", "/me/push", subscription("http://push.example.com/1")).want(422)
		var first, again struct{ ID string }
		ann.call("POST", "/me/push", subscription("https://push.example.com/1")).want(200).into(&first)
		ann.call("POST", "/me/push", subscription("https://push.example.com/1")).want(200).into(&again)
		if first.ID == "" || first != again {
			t.Errorf("subscribed: %v, again: %v", first, again)
		}
		bob.call("POST", "/me/push", subscription("https://push.example.com/1")).want(200)
		ann.call("GET", "/me/push", nil).want(200).into(&push)
		if len(push.Browsers) != 0 {
			t.Errorf("Ann's, after Bob used her browser: %+v", push)
		}
		ann.call("DELETE", "/me/push/"+first.ID, nil).want(404)
		bob.call("GET", "/me/push", nil).want(200).into(&push)
		if len(push.Browsers) != 1 || !push.Browsers[0].Current {
			t.Errorf("Bob's: %+v", push)
		}
		bob.call("DELETE", "/me/push/"+first.ID, nil).want(204)
		ann.call("POST", "/me/push", subscription("https://push.example.com/2")).want(200)
		id := ann.me().ID
		ann.call("DELETE", "/session", nil).want(204)
		left, err := w.store.Browsers(t.Context(), id)
		if err != nil || len(left) != 0 {
			t.Errorf("after she signed out: %v, %v", left, err)
		}
	})
}
