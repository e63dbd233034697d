package notify_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"

	"partyline/signaling/notify"
	"partyline/signaling/notify/notifytest"
)

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "notify")
	if err == nil {
		err = notifytest.Trust(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(dir) // it is temporary anyway
	if err := goleak.Find(); code == 0 && err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

// clock is a time that tests set.
type clock struct{ at time.Time }

func (c *clock) now() time.Time { return c.at }

func newClock() *clock { return &clock{time.Date(2026, 3, 2, 8, 50, 0, 0, time.UTC)} }

func guard(t testing.TB, allowed ...string) *notify.Guard {
	t.Helper()
	g, err := notify.NewGuard(allowed)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(g.Close)
	return g
}

const secret = "SEC-s3cret-of-the-bot"

func bot(t testing.TB, channel notify.Channel, url notify.URL, secret notify.Secret, c *clock) *notify.BotSender {
	t.Helper()
	s, err := notify.NewBotSender(notify.Bot{Name: "Board", Channel: channel, URL: url, Secret: secret, AllowPrivate: true}, guard(t), c.now)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// standup is a reminder of a meeting whose title was chosen by somebody who
// means no good.
func standup() notify.Message {
	return notify.Message{
		Key: "occurrence/ann/ask/wecom", Kind: "reminder", Person: "ann", Language: "zh-CN", Title: "晨会 [点我](http://evil.example) <@all>",
		Text: "10 分钟后开始 @all\n会议号 123456789", Link: "https://meet.example.com/r/0",
		Actions: []notify.Action{{"join", "加入", "https://meet.example.com/r/1"}, {"late", "晚到", "https://meet.example.com/r/2"}},
		Start:   time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC),
	}
}

var links = []string{"https://meet.example.com/r/1", "https://meet.example.com/r/2", "https://meet.example.com/r/0"}

// TestChats: what people see in each chat, with the signature that it wants;
// nobody but the person is called by name, and no title becomes a link.
func TestChats(t *testing.T) {
	for _, tt := range []struct {
		name    string
		channel notify.Channel
		secret  string
		mention []string
		want    notifytest.Said
	}{
		{"wecom", notify.WeCom, "", []string{"zhangsan"}, notifytest.Said{Kind: "markdown", Text: "**晨会 ［点我］(http://evil.example) ＜＠all＞**\n10 分钟后开始 ＠all\n会议号 123456789\n[加入](" + links[0] + ") · [晚到](" + links[1] + ") · [打开](" + links[2] + ")\n<@zhangsan>"}},
		{"wecom by phone", notify.WeCom, "", []string{"+8613800138000", "lisi"}, notifytest.Said{Kind: "text", Text: "晨会 [点我](http://evil.example) <@all>\n10 分钟后开始 @all\n会议号 123456789\n" + links[2], Mention: []string{"lisi", "13800138000"}}},
		{"dingtalk", notify.DingTalk, secret, nil, notifytest.Said{Kind: "actionCard", Title: "晨会 [点我](http://evil.example) <@all>", Text: "#### 晨会 ［点我］(http://evil.example) ＜＠all＞\n\n10 分钟后开始 ＠all  \n会议号 123456789", Links: links}},
		{"dingtalk by phone", notify.DingTalk, secret, []string{"+8613800138000"}, notifytest.Said{Kind: "markdown", Title: "晨会 [点我](http://evil.example) <@all>", Text: "#### 晨会 ［点我］(http://evil.example) ＜＠all＞\n\n10 分钟后开始 ＠all  \n会议号 123456789\n\n[加入](" + links[0] + ") · [晚到](" + links[1] + ") · [打开](" + links[2] + ")\n\n@13800138000", Mention: []string{"13800138000"}}},
		{"feishu", notify.Feishu, secret, []string{"ou_1"}, notifytest.Said{Kind: "interactive", Title: "晨会 [点我](http://evil.example) <@all>", Text: "10 分钟后开始 @all\n会议号 123456789", Links: links, Mention: []string{"<at id=ou_1></at>"}}},
		{"feishu without a secret", notify.Feishu, "", nil, notifytest.Said{Kind: "interactive", Title: "晨会 [点我](http://evil.example) <@all>", Text: "10 分钟后开始 @all\n会议号 123456789", Links: links}},
		{"slack", notify.Slack, "", []string{"U1"}, notifytest.Said{Kind: "blocks", Title: "晨会 [点我](http://evil.example) <@all>", Text: "10 分钟后开始 @all\n会议号 123456789", Links: links, Mention: []string{"<@U1>"}}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := newClock()
			chat := notifytest.NewChat(t, tt.channel, tt.secret, c.now)
			m := standup()
			m.Mention = tt.mention
			if _, err := bot(t, tt.channel, chat.URL(), notify.Secret(tt.secret), c).Send(t.Context(), m); err != nil {
				t.Fatal(err)
			}
			said := chat.Said()
			if len(said) != 1 {
				t.Fatalf("%d messages", len(said))
			}
			tt.want.Body = said[0].Body
			if diff := cmp.Diff(tt.want, said[0]); diff != "" {
				t.Errorf("said (-want +got):\n%s", diff)
			}
		})
	}
}

// TestLongMessages: texts are cut between characters, to what each chat takes,
// and the links are all there.
func TestLongMessages(t *testing.T) {
	for _, channel := range []notify.Channel{notify.WeCom, notify.DingTalk, notify.Feishu, notify.Slack} {
		for name, text := range map[string]string{
			"chinese": strings.Repeat("会", 20000), "quotes": strings.Repeat(`"\`, 20000), "lines": strings.Repeat("a\n", 20000), "broken": strings.Repeat("\xff\x00", 9000),
			"emoji": strings.Repeat("👩‍👩‍👧", 4000),
		} {
			for _, mention := range [][]string{nil, {"+8613800138000"}} {
				t.Run(fmt.Sprint(channel, name, len(mention)), func(t *testing.T) {
					c := newClock()
					chat := notifytest.NewChat(t, channel, "", c.now)
					m := standup()
					m.Title, m.Text, m.Mention = text, text, mention
					if _, err := bot(t, channel, chat.URL(), "", c).Send(t.Context(), m); err != nil {
						t.Fatal(err)
					}
					said := chat.Said()[0]
					if !utf8.ValidString(said.Text) || !strings.Contains(said.Text, "…") {
						t.Errorf("the text is not cut well: %q", said.Text)
					}
					all := string(said.Body)
					if want := links[2]; !strings.Contains(all, want) {
						t.Errorf("link %s is missing", want)
					}
				})
			}
		}
	}
	// Links that leave no room are said so, and nothing is sent.
	c := newClock()
	chat := notifytest.NewChat(t, notify.WeCom, "", c.now)
	m := standup()
	m.Link = "https://meet.example.com/" + strings.Repeat("x", 5000)
	_, err := bot(t, notify.WeCom, chat.URL(), "", c).Send(t.Context(), m)
	if r, ok := notify.AsRefused(err); !ok || r.Cause != notify.TooLong || len(chat.Said()) != 0 {
		t.Errorf("a link of 5000 letters: %v", err)
	}
}

// TestChatsRefuse: the error names the bot and says what to do, whether to try
// again and when, and never address or secret.
func TestChatsRefuse(t *testing.T) {
	send := func(t *testing.T, channel notify.Channel, url notify.URL, secret notify.Secret, c *clock) *notify.Refused {
		t.Helper()
		_, err := bot(t, channel, url, secret, c).Send(t.Context(), standup())
		r, ok := notify.AsRefused(err)
		if !ok {
			t.Fatalf("%v is no refusal", err)
		}
		var log bytes.Buffer
		slog.New(slog.NewJSONHandler(&log, nil)).Info("not sent", "err", err)
		for _, said := range []string{err.Error(), log.String(), fmt.Sprintf("%v %+v", err, r)} {
			if strings.Contains(said, "key=") || strings.Contains(said, "access_token") || strings.Contains(said, "/hook/") || strings.Contains(said, secretOf(secret)) {
				t.Errorf("an address or secret is in %s", said)
			}
		}
		if !strings.Contains(err.Error(), `"Board"`) || r.Channel != channel {
			t.Errorf("%v does not name the bot", err)
		}
		return r
	}
	wrong := map[notify.Channel]int{notify.DingTalk: 310000, notify.Feishu: 19021}
	for channel, code := range wrong {
		c := newClock()
		chat := notifytest.NewChat(t, channel, secret, c.now)
		if r := send(t, channel, chat.URL(), "another-secret", c); r.Cause != notify.BadSecret || r.Status != code || !r.Permanent {
			t.Errorf("%s, wrong secret: %+v", channel, r)
		}
		if len(chat.Said()) != 0 {
			t.Errorf("%s took it", channel)
		}
	}
	for _, channel := range []notify.Channel{notify.WeCom, notify.DingTalk, notify.Feishu, notify.Slack} {
		c := newClock()
		chat := notifytest.NewChat(t, channel, "", c.now)
		address := notify.URL(strings.NewReplacer("=K", "=L", "/K", "/L").Replace(string(chat.URL())))
		if r := send(t, channel, address, "", c); r.Cause != notify.BadAddress || !r.Permanent {
			t.Errorf("%s, wrong address: %+v", channel, r)
		}
		// More than the service takes.
		s := bot(t, channel, chat.URL(), "", c)
		limit := notify.LimitsOf(channel)[0]
		for range limit.Messages {
			if _, err := s.Send(t.Context(), standup()); err != nil {
				t.Fatal(err)
			}
		}
		r := send(t, channel, chat.URL(), "", c)
		if r.Cause != notify.Throttled || r.Permanent || r.RetryAfter <= 0 {
			t.Errorf("%s, too many: %+v", channel, r)
		}
		if pause, ok := notify.Again(1, r); !ok || pause < r.RetryAfter {
			t.Errorf("%s, too many: again after %v, %v", channel, pause, ok)
		}
		c.at = c.at.Add(limit.Per)
		if _, err := s.Send(t.Context(), standup()); err != nil {
			t.Errorf("%s, after its pause: %v", channel, err)
		}
	}
}

func secretOf(s notify.Secret) string {
	if s == "" {
		return "no secret"
	}
	return string(s)
}

// TestAnswersOfServices: what each says in words of its own.
func TestAnswersOfServices(t *testing.T) {
	for _, tt := range []struct {
		channel notify.Channel
		status  int
		body    string
		want    notify.Cause
	}{
		{notify.WeCom, 200, `{"errcode":0,"errmsg":"ok"}`, ""},
		{notify.WeCom, 200, `{"errcode":-1,"errmsg":"system busy"}`, notify.Failing},
		{notify.WeCom, 200, `{"errcode":40008,"errmsg":"invalid message type"}`, notify.Unsupported},
		{notify.WeCom, 200, `<html>sign in to the hotel's network</html>`, notify.Unsupported},
		{notify.WeCom, 200, ``, notify.Unsupported},
		{notify.WeCom, 200, `null`, notify.Unsupported},
		{notify.WeCom, 502, `<html>bad gateway</html>`, notify.Failing},
		{notify.DingTalk, 200, `{"errcode":310000,"errmsg":"keywords not in content, more: [..]"}`, notify.BadKeyword},
		{notify.DingTalk, 200, `{"errcode":310000,"errmsg":"ip 1.2.3.4 not in whitelist, more: [..]"}`, notify.BadOrigin},
		{notify.DingTalk, 200, `{"errcode":310000,"errmsg":"invalid timestamp, more: [..]"}`, notify.BadSecret},
		{notify.DingTalk, 200, `{"errcode":400102,"errmsg":"机器人已停用"}`, notify.BadAddress},
		{notify.Feishu, 200, `{"StatusCode":0,"StatusMessage":"success"}`, ""},
		{notify.Feishu, 200, `{"code":0,"msg":"success"}`, ""},
		{notify.Feishu, 200, `{"code":19022,"msg":"Ip Not Allowed"}`, notify.BadOrigin},
		{notify.Feishu, 200, `{"code":19024,"msg":"Key Words Not Found"}`, notify.BadKeyword},
		{notify.Feishu, 400, `{"code":19001,"msg":"param invalid: incoming webhook access token invalid"}`, notify.BadAddress},
		{notify.Feishu, 429, `{"code":11232,"msg":"frequency limited"}`, notify.Throttled},
		{notify.Slack, 200, `ok`, ""},
		{notify.Slack, 403, `invalid_token`, notify.BadSecret},
		{notify.Slack, 404, `channel_not_found`, notify.BadAddress},
		{notify.Slack, 410, `channel_is_archived`, notify.BadAddress},
		{notify.Slack, 500, `rollup_error`, notify.Failing},
	} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			w.WriteHeader(tt.status)
			fmt.Fprint(w, tt.body)
		}))
		_, err := bot(t, tt.channel, notify.URL(server.URL), "", newClock()).Send(t.Context(), standup())
		server.Close()
		r, _ := notify.AsRefused(err)
		if tt.want == "" && err == nil {
			continue
		}
		if r == nil || r.Cause != tt.want {
			t.Errorf("%s, %d %s: %v, want %q", tt.channel, tt.status, tt.body, err, tt.want)
		} else if r.Say("zh-CN") == r.Say("en") || r.Say("en") == "" {
			t.Errorf("%s is not said in both languages", r.Cause)
		}
	}
}

// TestWebhook: signed over what is sent, with the same event when it is sent
// again, and where to answer.
func TestWebhook(t *testing.T) {
	c := newClock()
	var events []notify.Event
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		h := r.Header
		if err := notify.VerifyV0(secret, h.Get(notify.HeaderTimestamp), h.Get(notify.HeaderSignature), body, c.at); err != nil {
			t.Error(err)
		}
		for name, err := range map[string]error{
			"another secret": notify.VerifyV0("another", h.Get(notify.HeaderTimestamp), h.Get(notify.HeaderSignature), body, c.at),
			"no secret":      notify.VerifyV0("", h.Get(notify.HeaderTimestamp), h.Get(notify.HeaderSignature), body, c.at),
			"later":          notify.VerifyV0(secret, h.Get(notify.HeaderTimestamp), h.Get(notify.HeaderSignature), body, c.at.Add(6*time.Minute)),
			"earlier":        notify.VerifyV0(secret, h.Get(notify.HeaderTimestamp), h.Get(notify.HeaderSignature), body, c.at.Add(-6*time.Minute)),
			"another body":   notify.VerifyV0(secret, h.Get(notify.HeaderTimestamp), h.Get(notify.HeaderSignature), append(body, ' '), c.at),
			"another time":   notify.VerifyV0(secret, h.Get(notify.HeaderTimestamp)+"1", h.Get(notify.HeaderSignature), body, c.at),
		} {
			if err == nil {
				t.Errorf("%s: verified", name)
			}
		}
		var e notify.Event
		if err := json.Unmarshal(body, &e); err != nil || e.ID != h.Get(notify.HeaderEvent) {
			t.Errorf("event %q: %v", h.Get(notify.HeaderEvent), err)
		}
		if events = append(events, e); len(events) == 1 {
			w.Header().Set("Retry-After", "7")
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(server.Close)
	m := standup()
	m.Acknowledge = "https://meet.example.com/api/v1/reminders/token"
	s := bot(t, notify.Webhook, notify.URL(server.URL), secret, c)
	_, err := s.Send(t.Context(), m)
	if pause, ok := notify.Again(1, err); !ok || pause != 7*time.Second {
		t.Errorf("503 with Retry-After 7: again after %v, %v (%v)", pause, ok, err)
	}
	if _, err := s.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(events[0], events[1]); diff != "" || events[0].Acknowledge != m.Acknowledge || len(events[0].Actions) != 2 {
		t.Errorf("events differ, or %+v: %s", events[0], diff)
	}
}

func TestAgain(t *testing.T) {
	var pauses []time.Duration
	for attempt := range 9 {
		pause, ok := notify.Again(attempt, io.ErrUnexpectedEOF)
		if !ok {
			t.Errorf("attempt %d is the last", attempt)
		}
		pauses = append(pauses, pause/time.Second)
	}
	if diff := cmp.Diff([]time.Duration{5, 5, 10, 20, 40, 80, 160, 300, 300}, pauses); diff != "" {
		t.Errorf("pauses in s (-want +got):\n%s", diff)
	}
	if _, ok := notify.Again(1, &notify.Refused{Permanent: true}); ok {
		t.Error("what is refused for good is tried again")
	}
	if _, ok := notify.Again(1, nil); ok {
		t.Error("what was sent is sent again")
	}
}
