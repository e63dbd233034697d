package notify

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"time"
)

// Bot is the incoming webhook of a group chat, or of a program.
type Bot struct {
	Name    string // as admins call it
	Channel Channel
	URL     URL
	Secret  Secret // signs what is sent; empty: unsigned
	// AllowPrivate: the address may be in a private network, and without TLS.
	AllowPrivate bool
}

// letter is a message as one service wants it.
type letter struct {
	query  url.Values // added to those of the bot's address
	header http.Header
	body   []byte
}

// forms are what the services want: write shapes a message, and read finds in
// an answer to which the status says yes why it means no; nil: it does not.
var forms = map[Channel]struct {
	write func(Bot, Message, time.Time) (letter, error)
	read  func(answer) *Refused
}{
	WeCom:    {writeWeCom, readWeCom},
	DingTalk: {writeDingTalk, readDingTalk},
	Feishu:   {writeFeishu, readFeishu},
	Slack:    {writeSlack, readSlack},
	Webhook:  {writeWebhook, readWebhook},
}

var (
	errTooLong    = errors.New("links leave no room for the text")
	errBadAddress = errors.New("this is not an e-mail address")
)

// BotSender sends through one bot. It is a [Sender] and may be used from any
// goroutine.
type BotSender struct {
	bot   Bot
	guard *Guard
	now   func() time.Time
}

// NewBotSender makes a sender for a bot. The clock may be nil for the real
// one.
func NewBotSender(b Bot, g *Guard, clock func() time.Time) (*BotSender, error) {
	if !b.Channel.IsBot() {
		return nil, fmt.Errorf("there are no bots of kind %q", b.Channel)
	}
	if wrong := b.URL.Check(b.AllowPrivate); wrong != "" {
		return nil, errors.New(wrong)
	}
	if clock == nil {
		clock = time.Now
	}
	return &BotSender{b, g, clock}, nil
}

// Send implements [Sender].
func (s *BotSender) Send(ctx context.Context, m Message) (Sent, error) {
	form := forms[s.bot.Channel]
	l, err := form.write(s.bot, m, s.now())
	if err != nil {
		return Sent{}, s.named(&Refused{Cause: TooLong, Permanent: true, err: err})
	}
	to, err := url.Parse(string(s.bot.URL))
	if err != nil {
		return Sent{}, s.named(&Refused{Cause: BadAddress, Permanent: true})
	}
	query := to.Query()
	for name, values := range l.query {
		query[name] = values
	}
	to.RawQuery = query.Encode()
	if l.header == nil {
		l.header = http.Header{}
	}
	l.header.Set("Content-Type", "application/json; charset=utf-8")
	a, err := s.guard.post(ctx, !s.bot.AllowPrivate, URL(to.String()), l.header, l.body)
	if a.status != 0 {
		if refused := form.read(a); refused != nil {
			err = refused
		}
	}
	return Sent{}, s.named(err)
}

// named says in a refusal which bot it was.
func (s *BotSender) named(err error) error {
	if r, ok := AsRefused(err); ok {
		r.Channel, r.Name = s.bot.Channel, s.bot.Name
	}
	return err
}

// encode is the JSON of a body, in which nothing can fail.
func encode(v any) []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return nil
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// hmac256 is HMAC-SHA-256.
func hmac256(key, text string) []byte {
	h := hmac.New(sha256.New, []byte(key))
	h.Write([]byte(text))
	return h.Sum(nil)
}

// buttons are the actions of a message, and its link where none of them is
// the same.
func buttons(m Message) []Action {
	all := make([]Action, 0, len(m.Actions)+1)
	linked := m.Link == ""
	for _, a := range m.Actions {
		all = append(all, Action{a.Act, cutRunes(line(a.Label), 40), a.Link})
		linked = linked || a.Link == m.Link
	}
	if !linked {
		all = append(all, Action{"open", word(m.Language, "Open", "打开"), m.Link})
	}
	return all
}

// word chooses between the two languages.
func word(language, en, zh string) string {
	if language == "zh-CN" {
		return zh
	}
	return en
}

// title is a message's title in the length that chats show.
func title(m Message) string { return cutRunes(line(m.Title), 120) }

// mentions are whom to call by name: ids of the service, and telephone
// numbers as people in China write them.
func mentions(m Message) (ids, phones []string) {
	for _, who := range m.Mention {
		if strings.HasPrefix(who, "+") {
			phones = append(phones, strings.TrimPrefix(who, "+86"))
		} else if who != "" {
			ids = append(ids, who)
		}
	}
	return ids, phones
}

// markdownLinks are buttons for services that have none.
func markdownLinks(m Message) string {
	var links []string
	for _, b := range buttons(m) {
		links = append(links, "["+plain(b.Label)+"]("+bracketless.Replace(b.Link)+")")
	}
	return strings.Join(links, " · ")
}

var bracketless = strings.NewReplacer("(", "%28", ")", "%29", " ", "%20", "\n", "")

// answerCode reads the number that services answer with in JSON, and the
// words beside it.
func answerCode(a answer, number, words string) (code int, text string, ok bool) {
	var fields map[string]json.RawMessage
	if json.Unmarshal(a.body, &fields) != nil {
		return 0, "", false
	}
	if json.Unmarshal(fields[number], &code) != nil {
		return 0, "", false
	}
	_ = json.Unmarshal(fields[words], &text) // for telling refusals apart; without it they are all alike
	return code, text, true
}

// misread is an answer that says yes in HTTP and is not what the service
// answers: a page of something in between, say.
func misread(a answer) *Refused {
	if a.status >= 200 && a.status < 300 {
		return &Refused{Cause: Unsupported, Permanent: true, Status: a.status}
	}
	return nil // the status tells more
}
