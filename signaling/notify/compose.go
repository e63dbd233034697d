package notify

import (
	"encoding/base32"
	"fmt"
	"net/mail"
	"strings"

	gomail "github.com/wneessen/go-mail"
)

// compose writes the mail: text, and the calendar beside it as an alternative
// (RFC 6047 §2.4), which is where mail clients look for it.
func (s *Mailer) compose(m Message) (*gomail.Msg, error) {
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	name := s.from.Name
	if m.Mail.From != "" {
		name = line(m.Mail.From)
	}
	if err := msg.FromFormat(name, s.from.Address); err != nil {
		return nil, fmt.Errorf("from: %w", err)
	}
	to, err := mail.ParseAddress(m.Address)
	if err != nil {
		return nil, errBadAddress // and not the parser's words, which repeat it
	}
	if err := msg.To(to.Address); err != nil {
		return nil, errBadAddress
	}
	if m.Mail.ReplyTo != "" {
		if err := msg.ReplyTo(m.Mail.ReplyTo); err != nil {
			return nil, fmt.Errorf("reply to: %w", err)
		}
	}
	msg.Subject(line(m.Title))
	msg.SetDate()
	msg.SetMessageIDWithValue(s.messageID(m))
	headers(msg, m)
	msg.SetBodyString(gomail.TypeTextPlain, mailText(m))
	if m.Calendar != nil {
		kind := gomail.ContentType("text/calendar; method=" + letters(m.Calendar.Method))
		msg.AddAlternativeString(kind, string(m.Calendar.Body), gomail.WithPartEncoding(gomail.EncodingB64))
	}
	return msg, nil
}

// headers say that a machine wrote the mail, so that no other answers it (RFC
// 3834 §5), and how it belongs to others.
func headers(msg *gomail.Msg, m Message) {
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader(gomail.HeaderXAutoResponseSuppress, "OOF, AutoReply") // Exchange's own way
	if m.Mail.InReplyTo != "" {
		msg.SetGenHeader(gomail.HeaderInReplyTo, "<"+line(m.Mail.InReplyTo)+">")
		msg.SetGenHeader("References", "<"+line(m.Mail.InReplyTo)+">")
	}
	if m.Mail.ListUnsubscribe != "" {
		msg.SetGenHeader(gomail.HeaderListUnsubscribe, "<"+line(m.Mail.ListUnsubscribe)+">")
		if m.Mail.OneClick {
			msg.SetGenHeader(gomail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
		}
	}
	if m.Mail.ListID != "" {
		msg.SetGenHeader("List-Id", "<"+line(m.Mail.ListID)+">")
	}
	if m.Urgent {
		msg.SetImportance(gomail.ImportanceHigh)
	}
}

// letters are those of a text: methods of iTIP have nothing else.
func letters(text string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'A' && r <= 'Z' || r >= 'a' && r <= 'z' {
			return r
		}
		return -1
	}, text)
}

// mailText is the text with its links on lines of their own, where every
// client makes them something to tap on.
func mailText(m Message) string {
	text := strings.TrimSpace(clean(m.Text)) + "\n"
	for _, b := range buttons(m) {
		text += "\n" + b.Label + ": " + b.Link
	}
	return strings.TrimSpace(text) + "\n"
}

// messageID is the same for the same key.
func (s *Mailer) messageID(m Message) string {
	if m.Mail.MessageID != "" {
		return line(m.Mail.MessageID)
	}
	_, domain, _ := strings.Cut(s.from.Address, "@")
	return strings.ToLower(base32.StdEncoding.EncodeToString(hmac256("message-id", m.Key))[:32]) + "@" + domain
}
