package notify_test

import (
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"

	"partyline/signaling/notify"
)

// TestSlackReply: whoever pressed a button gets a word, by the address that
// Slack gave, wherever in public that is.
func TestSlackReply(t *testing.T) {
	var got string
	server := httptest.NewTLSServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if got = string(body); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	press := notify.SlackPress{User: "U1", Act: "late", Reply: notify.URL(server.URL)}
	if err := guard(t, "127.0.0.1").Reply(t.Context(), press, "a < b"); err != nil {
		t.Fatal(err)
	}
	if want := `{"replace_original":false,"response_type":"ephemeral","text":"a &lt; b"}`; got != want {
		t.Errorf("Slack got %s, want %s", got, want)
	}
	if r, ok := notify.AsRefused(guard(t).Reply(t.Context(), press, "x")); !ok || r.Cause != notify.Private {
		t.Errorf("an address in our own network: %+v", r)
	}
	press.Reply = ""
	if r, ok := notify.AsRefused(guard(t).Reply(t.Context(), press, "x")); !ok || r.Cause != notify.BadAddress {
		t.Errorf("no address: %+v", r)
	}
}

// FuzzSlackPress reads what anybody may post.
func FuzzSlackPress(f *testing.F) {
	f.Add([]byte(url.Values{"payload": {`{"type":"block_actions","user":{"id":"U1"},"actions":[{"action_id":"late","value":"t"}],"response_url":"https://x"}`}}.Encode()))
	f.Add([]byte("payload=%7B%7D"))
	f.Add([]byte("payload=%zz;"))
	f.Add([]byte("payload=null"))
	f.Fuzz(func(t *testing.T, body []byte) {
		if p, err := notify.ParseSlackPress(body); (err == nil) != (p.User != "" && p.Act != "") {
			t.Errorf("%+v, %v", p, err)
		}
	})
}
