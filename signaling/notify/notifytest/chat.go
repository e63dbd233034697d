package notifytest

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"partyline/signaling/notify"
)

// Said is a message in a chat.
type Said struct {
	Kind    string   // of the service: markdown, text, actionCard, interactive, blocks
	Title   string   // where the service has one
	Text    string   // as the service shows it, with links in it
	Links   []string // of buttons
	Mention []string
	Body    []byte // as it came
}

// Chat is a group chat of one of the services with a bot in it. Its methods
// may be called from any goroutine.
type Chat struct {
	t       testing.TB
	channel notify.Channel
	secret  string
	now     func() time.Time
	server  *httptest.Server

	mu    sync.Mutex // guards what follows
	said  []Said
	times []time.Time // of the messages that were taken
}

// NewChat starts a chat of a service whose bot has a secret, where its kind
// has them. The clock may be nil for the real one.
func NewChat(t testing.TB, channel notify.Channel, secret string, clock func() time.Time) *Chat {
	t.Helper()
	if clock == nil {
		clock = time.Now
	}
	c := &Chat{t: t, channel: channel, secret: secret, now: clock}
	c.server = httptest.NewServer(c)
	t.Cleanup(c.server.Close)
	return c
}

// URL is the bot's address, with its key in it.
func (c *Chat) URL() notify.URL {
	path := map[notify.Channel]string{
		notify.WeCom: "/cgi-bin/webhook/send?key=K", notify.DingTalk: "/robot/send?access_token=K",
		notify.Feishu: "/open-apis/bot/v2/hook/K", notify.Slack: "/services/T/B/K",
	}[c.channel]
	return notify.URL(c.server.URL + path)
}

// Said is what was said in the chat so far.
func (c *Chat) Said() []Said {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]Said(nil), c.said...)
}

// ServeHTTP takes a message.
func (c *Chat) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil || r.Method != http.MethodPost || !strings.HasPrefix(r.Header.Get("Content-Type"), "application/json") {
		c.t.Errorf("%s: a request that is none: %s %v", c.channel, r.Method, err)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	m, code := c.read(r, body)
	if code == 0 && c.tooMany() {
		code = map[notify.Channel]int{notify.WeCom: 45009, notify.DingTalk: 130101, notify.Feishu: 11232, notify.Slack: 429}[c.channel]
	}
	if code == 0 {
		m.Body = body
		c.said, c.times = append(c.said, m), append(c.times, c.now())
	}
	c.answer(w, code)
}

// tooMany tells whether the service's limit is reached.
func (c *Chat) tooMany() bool {
	for _, limit := range notify.LimitsOf(c.channel) {
		recent := 0
		for _, at := range c.times {
			if c.now().Sub(at) < limit.Per {
				recent++
			}
		}
		if recent >= limit.Messages {
			return true
		}
	}
	return false
}

// answer says what a code means as the service does.
func (c *Chat) answer(w http.ResponseWriter, code int) {
	words := map[int]string{
		0: "ok", 93000: "invalid webhook url", 310000: "sign not match, more: [https://ding-doc.dingtalk.com]", 300001: "token is not exist",
		19021: "sign match fail or timestamp is not within one hour from current time", 40058: "too long",
	}
	switch {
	case c.channel == notify.Slack && code == 0:
		fmt.Fprint(w, "ok")
	case c.channel == notify.Slack:
		w.Header().Set("Retry-After", "30")
		w.WriteHeader(code)
		fmt.Fprint(w, map[int]string{404: "no_service", 400: "invalid_blocks"}[code])
	case c.channel == notify.Feishu:
		fmt.Fprintf(w, `{"code":%d,"data":{},"msg":%q}`, code, words[code])
	default:
		fmt.Fprintf(w, `{"errcode":%d,"errmsg":%q}`, code, words[code])
	}
}

// read makes sense of a message, or gives the code that the service refuses
// it with.
func (c *Chat) read(r *http.Request, body []byte) (Said, int) {
	switch c.channel {
	case notify.WeCom:
		return c.readWeCom(r, body)
	case notify.DingTalk:
		return c.readDingTalk(r, body)
	case notify.Feishu:
		return c.readFeishu(r, body)
	}
	return c.readSlack(r, body)
}

func (c *Chat) readWeCom(r *http.Request, body []byte) (Said, int) {
	var m struct {
		MsgType string
		Text    struct {
			Content string
			Users   []string `json:"mentioned_list"`
			Mobiles []string `json:"mentioned_mobile_list"`
		}
		Markdown struct{ Content string }
	}
	switch err := json.Unmarshal(body, &m); {
	case r.URL.Query().Get("key") != "K":
		return Said{}, 93000
	case err != nil || m.Text.Content+m.Markdown.Content == "":
		return Said{}, 44004
	case len(m.Text.Content) > 2048 || len(m.Markdown.Content) > 4096:
		return Said{}, 40058
	}
	return Said{Kind: m.MsgType, Text: m.Text.Content + m.Markdown.Content, Mention: append(m.Text.Users, m.Text.Mobiles...)}, 0
}

func (c *Chat) readDingTalk(r *http.Request, body []byte) (Said, int) {
	var m struct {
		MsgType  string
		Markdown struct{ Title, Text string }
		Card     struct {
			Title, Text string
			Btns        []struct{ Title, ActionURL string }
		} `json:"actionCard"`
		At struct{ AtMobiles, AtUserIDs []string }
	}
	q := r.URL.Query()
	at, err := strconv.ParseInt(q.Get("timestamp"), 10, 64)
	age := c.now().Sub(time.UnixMilli(at)).Abs()
	switch {
	case q.Get("access_token") != "K":
		return Said{}, 300001
	case c.secret != "" && (err != nil || age > time.Hour || q.Get("sign") != signature(c.secret, q.Get("timestamp")+"\n"+c.secret)):
		return Said{}, 310000
	case json.Unmarshal(body, &m) != nil || m.Markdown.Title+m.Card.Title == "":
		return Said{}, 40035
	case len(body) > 20000:
		return Said{}, 460101
	}
	s := Said{Kind: m.MsgType, Title: m.Markdown.Title + m.Card.Title, Text: m.Markdown.Text + m.Card.Text, Mention: append(m.At.AtUserIDs, m.At.AtMobiles...)}
	for _, b := range m.Card.Btns {
		s.Links = append(s.Links, b.ActionURL)
	}
	return s, 0
}

func (c *Chat) readFeishu(r *http.Request, body []byte) (Said, int) {
	var m struct {
		Timestamp, Sign string
		MsgType         string `json:"msg_type"`
		Card            struct {
			Header   struct{ Title struct{ Content string } }
			Elements []struct {
				Tag     string
				Text    struct{ Tag, Content string }
				Actions []struct{ URL string }
			}
		}
	}
	err := json.Unmarshal(body, &m)
	at, _ := strconv.ParseInt(m.Timestamp, 10, 64)
	switch {
	case !strings.HasSuffix(r.URL.Path, "/hook/K"):
		return Said{}, 19001
	case err != nil || m.MsgType != "interactive":
		return Said{}, 9499
	case c.secret != "" && (c.now().Sub(time.Unix(at, 0)).Abs() > time.Hour || m.Sign != signature(m.Timestamp+"\n"+c.secret, "")):
		return Said{}, 19021
	case len(body) > 20<<10:
		return Said{}, 11246
	}
	s := Said{Kind: m.MsgType, Title: m.Card.Header.Title.Content}
	for _, e := range m.Card.Elements {
		if e.Text.Tag == "lark_md" {
			s.Mention = append(s.Mention, e.Text.Content)
		} else if e.Text.Content != "" {
			s.Text += e.Text.Content
		}
		for _, a := range e.Actions {
			s.Links = append(s.Links, a.URL)
		}
	}
	return s, 0
}

func (c *Chat) readSlack(r *http.Request, body []byte) (Said, int) {
	var m struct {
		Text   string
		Blocks []struct {
			Type     string
			Text     struct{ Type, Text string }
			Elements []json.RawMessage
		}
	}
	switch err := json.Unmarshal(body, &m); {
	case !strings.HasSuffix(r.URL.Path, "/K"):
		return Said{}, http.StatusNotFound
	case err != nil || m.Text == "":
		return Said{}, http.StatusBadRequest
	}
	s := Said{Kind: "blocks"}
	for _, b := range m.Blocks {
		length := len([]rune(b.Text.Text))
		if b.Type == "header" && length > 150 || length > 3000 || len(b.Elements) > 25 {
			return Said{}, http.StatusBadRequest
		}
		switch b.Type {
		case "header":
			s.Title = b.Text.Text
		case "section":
			s.Text += b.Text.Text
		}
		for _, raw := range b.Elements {
			var e struct {
				URL  string
				Text json.RawMessage
			}
			var called string
			if json.Unmarshal(raw, &e) == nil && e.URL != "" {
				s.Links = append(s.Links, e.URL)
			} else if json.Unmarshal(e.Text, &called) == nil {
				s.Mention = append(s.Mention, called)
			}
		}
	}
	return s, 0
}

// signature is HMAC-SHA-256 in base64.
func signature(key, text string) string {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(text))
	return base64.StdEncoding.EncodeToString(h.Sum(nil))
}
