package notify_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/signaling/notify"
	"partyline/signaling/notify/notifytest"
)

func pusher(t testing.TB, contact string) (*notify.Pusher, *notifytest.PushService) {
	t.Helper()
	key, err := notify.NewVAPIDKey()
	if err != nil {
		t.Fatal(err)
	}
	public, err := key.Public()
	if err != nil {
		t.Fatal(err)
	}
	return notify.NewPusher(key, contact, guard(t, "127.0.0.1"), nil), notifytest.NewPushService(t, public)
}

// TestPush: a browser decrypts what it is sent, with the headers that say how
// long and how urgently.
func TestPush(t *testing.T) {
	p, service := pusher(t, "mailto:admin@example.com")
	ann, bob := service.Subscribe(), service.Subscribe()
	m := standup()
	m.TTL, m.Urgent, m.Topic = 5*time.Minute, true, "occurrence"
	sent, err := p.SendTo(t.Context(), ann, m)
	if err != nil || sent.ID == "" || strings.Contains(sent.ID, "http") {
		t.Fatalf("%+v, %v", sent, err)
	}
	got := service.Got(ann)
	if len(got) != 1 || len(service.Got(bob)) != 0 {
		t.Fatalf("Ann got %v, Bob %v", got, service.Got(bob))
	}
	want := notify.Note{
		Key: m.Key, Kind: "reminder", Title: m.Title, Text: m.Text, Language: "zh-CN", Link: m.Link, Start: m.Start, Topic: "occurrence", Urgent: true,
		Actions: []notify.EventAction{{Act: "join", Label: "加入", Link: links[0]}, {Act: "late", Label: "晚到", Link: links[1]}},
	}
	if diff := cmp.Diff(want, got[0].Note); diff != "" {
		t.Errorf("note (-want +got):\n%s", diff)
	}
	if got[0].TTL != 5*time.Minute || got[0].Urgency != "high" || len(got[0].Topic) != 32 {
		t.Errorf("headers: %+v", got[0])
	}
	// The next of a topic replaces the one before; a message without one, itself.
	m.Text = "现在开始"
	if _, err := p.SendTo(t.Context(), ann, m); err != nil {
		t.Fatal(err)
	}
	m.Topic, m.Urgent, m.TTL = "", false, 0
	for range 2 {
		if _, err := p.SendTo(t.Context(), ann, m); err != nil {
			t.Fatal(err)
		}
	}
	got = service.Got(ann)
	if len(got) != 2 || got[0].Note.Text != "现在开始" || got[1].TTL != 24*time.Hour || got[1].Urgency != "normal" {
		t.Errorf("got %+v", got)
	}
}

func TestPushIsCut(t *testing.T) {
	p, service := pusher(t, "https://example.com/contact")
	ann := service.Subscribe()
	for name, text := range map[string]string{"chinese": strings.Repeat("会", 9000), "quotes": strings.Repeat(`"`, 9000), "lines": strings.Repeat("a\n", 9000)} {
		m := standup()
		m.Key, m.Text = name, "x"+text
		if _, err := p.SendTo(t.Context(), ann, m); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		got := service.Got(ann)
		if n := got[len(got)-1].Note; n.Link != m.Link || len(n.Actions) != 2 || !strings.HasSuffix(n.Text, "…") || len(n.Text) < 1500 {
			t.Errorf("%s: %+v", name, n)
		}
	}
	m := standup()
	m.Link = "https://meet.example.com/" + strings.Repeat("x", 5000)
	if r, ok := notify.AsRefused(send(t, p, ann, m)); !ok || r.Cause != notify.TooLong {
		t.Errorf("a link of 5000 letters: %v", r)
	}
}

func send(t *testing.T, p *notify.Pusher, to notify.Subscription, m notify.Message) error {
	t.Helper()
	_, err := p.SendTo(t.Context(), to, m)
	return err
}

// TestPushRefused: who is gone is told apart from a service that is tired.
func TestPushRefused(t *testing.T) {
	p, service := pusher(t, "mailto:admin@example.com")
	ann, gone := service.Subscribe(), service.Subscribe()
	service.Unsubscribe(gone)
	unknown := ann
	unknown.Endpoint += "x"
	broken := ann
	broken.P256DH = "AAAA"
	for name, to := range map[string]notify.Subscription{"410": gone, "404": unknown, "a key that is none": broken} {
		if r, ok := notify.AsRefused(send(t, p, to, standup())); !ok || !r.Gone || !r.Permanent || r.Channel != notify.Push {
			t.Errorf("%s: %+v", name, r)
		} else if strings.Contains(r.Error(), "/push/") {
			t.Errorf("%s: the endpoint is in %v", name, r)
		}
	}
	for status, want := range map[int]notify.Refused{
		429: {Channel: notify.Push, Cause: notify.Throttled, RetryAfter: time.Minute, Status: 429},
		503: {Channel: notify.Push, Cause: notify.Failing, RetryAfter: time.Minute, Status: 503},
		403: {Channel: notify.Push, Cause: notify.BadSecret, RetryAfter: time.Minute, Permanent: true, Status: 403},
	} {
		service.Answer(func(w http.ResponseWriter) bool {
			w.Header().Set("Retry-After", "60")
			w.WriteHeader(status)
			return true
		})
		if r, ok := notify.AsRefused(send(t, p, ann, standup())); !ok || *r != want {
			t.Errorf("%d: %+v, want %+v", status, r, want)
		}
	}
	service.Answer(nil)
	other, _ := pusher(t, "mailto:admin@example.com")
	if r, ok := notify.AsRefused(send(t, other, ann, standup())); !ok || r.Cause != notify.BadSecret || r.Gone {
		t.Errorf("another key: %+v", r)
	}
	// A browser's address is whatever somebody says it is: our own network, say.
	key, err := notify.NewVAPIDKey()
	if err != nil {
		t.Fatal(err)
	}
	strict := notify.NewPusher(key, "mailto:admin@example.com", guard(t), nil)
	if r, ok := notify.AsRefused(send(t, strict, ann, standup())); !ok || r.Cause != notify.Private {
		t.Errorf("an endpoint in our own network: %+v", r)
	}
}

// FuzzSubscription reads what any browser, or whoever plays one, may send.
func FuzzSubscription(f *testing.F) {
	f.Add("https://push.example.com/1", "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4", "BTBZMqHH6r4Tts7J_aSIgg==")
	f.Add("http://push.example.com/1", "BA==", "")
	f.Add("https://push.example.com/1", strings.Repeat("A", 87), "AAAAAAAAAAAAAAAAAAAAAA")
	f.Fuzz(func(t *testing.T, endpoint, key, auth string) {
		s := notify.Subscription{Endpoint: notify.URL(endpoint), P256DH: notify.Secret(key), Auth: notify.Secret(auth)}
		if s.Check() == nil && !strings.HasPrefix(strings.ToLower(endpoint), "https://") {
			t.Errorf("%q passes", endpoint)
		}
	})
}
