package notify

import (
	"context"
	"time"
)

// Channel is a way to reach a person.
type Channel string

// The channels. WebSocket and Phone have their senders elsewhere.
const (
	WebSocket Channel = "websocket"
	Push      Channel = "push"
	Mail      Channel = "mail"
	Phone     Channel = "phone"
	WeCom     Channel = "wecom"
	DingTalk  Channel = "dingtalk"
	Feishu    Channel = "feishu"
	Slack     Channel = "slack"
	Webhook   Channel = "webhook"
)

// Channels are all of them.
func Channels() []Channel {
	return []Channel{WebSocket, Push, Mail, Phone, WeCom, DingTalk, Feishu, Slack, Webhook}
}

// IsBot tells whether messages on the channel go to the address of a bot that
// an admin has set up.
func (c Channel) IsBot() bool {
	switch c {
	case WeCom, DingTalk, Feishu, Slack, Webhook:
		return true
	}
	return false
}

// Message is what one person, or the people in one chat, are told.
type Message struct {
	// Key is the same when the same message is sent again, and different
	// otherwise: receivers that know it drop the second.
	Key string
	// Kind says to programs what it is about, such as "reminder" or "digest".
	Kind string
	// Person is the id of whom it is for; empty: of several, or of nobody with
	// an account.
	Person string
	// Address is the e-mail address. Other channels do not need it.
	Address string
	// Bot is the id of the bot that takes it, on the channels of bots.
	Bot string
	// Mention is whom a bot calls by name: user ids of its service, or telephone
	// numbers in E.164.
	Mention []string
	// Language is "zh-CN" or "en": of the few words that are added here.
	Language string
	// Title is a line; Text is plain text, of several lines perhaps. Neither
	// holds markup.
	Title, Text string
	// Start and End of the meeting; zero without one.
	Start, End time.Time
	// Link is opened by a tap on the message; it is never cut off.
	Link string
	// Actions are offered as buttons where there are any, in this order. Slack
	// shows five, browsers two.
	Actions []Action
	// Acknowledge is where programs that got the message post {"act": …} to
	// answer it; for webhooks.
	Acknowledge string
	// TTL is how long the message is worth delivering; zero: a day.
	TTL time.Duration
	// Urgent messages wake a sleeping phone.
	Urgent bool
	// Topic is shared by messages of which the next replaces the one before,
	// where that has not been seen yet.
	Topic string
	// Calendar is an iCalendar object that goes with a mail.
	Calendar *Part
	// Mail is what only mails have.
	Mail MailHeader
}

// Action is something that a message can be answered with.
type Action struct {
	Act   string // such as "join"; as the API spells it
	Label string // in the language of the message
	Link  string // does it, without signing in
}

// Part is an iCalendar object (RFC 6047 §2).
type Part struct {
	Method string // REQUEST, CANCEL …; as in Body
	Body   []byte
}

// MailHeader is what only mails have. Empty fields are left out.
type MailHeader struct {
	From            string // a name to show with our own address, instead of the usual one
	ReplyTo         string // an address
	MessageID       string // without angle brackets; empty: made of Key
	InReplyTo       string // the Message-ID that began the thread, without angle brackets
	ListUnsubscribe string // a link that ends messages of this kind (RFC 2369)
	OneClick        bool   // and does so by a POST without asking (RFC 8058)
	ListID          string // such as digest.meet.example.com (RFC 2919)
}

// Sent is a message that the next hop has taken.
type Sent struct {
	ID string // that the next hop gave it; empty where it gives none
}

// Sender carries messages over one channel. It returns a *Refused in the
// chain where the next hop did not take it. It may be called from any
// goroutine.
type Sender interface {
	Send(ctx context.Context, m Message) (Sent, error)
}

// Route is a way to reach one person.
type Route struct {
	Channel Channel
	Bot     string   // id of the bot, on the channels of bots
	Name    string   // of the bot
	Address string   // for mail
	Mention []string // for bots
}

// Limit is how many messages a bot takes in a time.
type Limit struct {
	Messages int
	Per      time.Duration
}

// LimitsOf gives what bots of a channel take, each of them; nil: no limit is
// known. They are those that the services document: WeCom and DingTalk 20 a
// minute, Feishu 100 a minute and 5 a second, Slack one a second.
func LimitsOf(c Channel) []Limit {
	switch c {
	case WeCom, DingTalk:
		return []Limit{{20, time.Minute}}
	case Feishu:
		return []Limit{{5, time.Second}, {100, time.Minute}}
	case Slack:
		return []Limit{{1, time.Second}}
	}
	return nil
}
