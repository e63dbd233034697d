package invite

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"partyline/signaling/internal/ical"
	"partyline/signaling/notify"
)

// PostConfig is what letters need to know.
type PostConfig struct {
	Place     Place
	Addresses *Addresses // nil: nobody takes replies
	Links     *Links     // nil: nobody answers by links
	// Domain is what Message-IDs end with.
	Domain string
	// Every is how often is looked whether there are new letters; 0: two seconds.
	Every time.Duration
}

const (
	lookEvery = 2 * time.Second
	// leaseFor is longer than a batch takes when each of its letters takes as
	// long as the mail server may.
	leaseFor = 5 * time.Minute
	batch    = 20
	carriers = 4
	// mailWithin is longer than the mail server may take for a letter.
	mailWithin = 45 * time.Second
	noteWithin = 10 * time.Second
	// giveUpAfter is when a letter that no server takes is old news.
	giveUpAfter = 48 * time.Hour
)

// Post sends letters. Any number of them may run, on any number of nodes.
type Post struct {
	cfg     PostConfig
	letters Letters
	mail    notify.Sender
	log     *slog.Logger
}

// NewPost makes a Post over where letters wait and the mail that takes them.
func NewPost(cfg PostConfig, letters Letters, mail notify.Sender, log *slog.Logger) *Post {
	if cfg.Every == 0 {
		cfg.Every = lookEvery
	}
	if cfg.Addresses == nil {
		cfg.Place.ReplyDomain = ""
	}
	return &Post{cfg, letters, mail, log}
}

// Run sends letters until ctx is done, and then waits for those on their way.
func (p *Post) Run(ctx context.Context) {
	for {
		n, err := p.round(ctx)
		if ctx.Err() != nil {
			return
		}
		wait := p.cfg.Every
		switch {
		case err != nil:
			p.log.ErrorContext(ctx, "letters cannot be claimed", "err", err)
		case n == batch:
			continue
		default:
			if next, err := p.letters.NextLetter(ctx, p.cfg.Every); err == nil {
				wait = max(next, 10*time.Millisecond)
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(wait):
		}
	}
}

// round claims a batch and sends it.
func (p *Post) round(ctx context.Context) (int, error) {
	letters, err := p.letters.ClaimLetters(ctx, batch, leaseFor)
	if err != nil {
		return 0, err
	}
	work := make(chan Letter)
	var wait sync.WaitGroup
	for range min(carriers, len(letters)) {
		wait.Go(func() {
			for l := range work {
				p.carry(ctx, l)
			}
		})
	}
	for _, l := range letters {
		work <- l
	}
	close(work)
	wait.Wait()
	return len(letters), nil
}

// carry sends one letter and notes what became of it. A letter that was sent
// while the program stopped is noted all the same.
func (p *Post) carry(ctx context.Context, l Letter) {
	noted, cancel := context.WithTimeout(context.WithoutCancel(ctx), mailWithin+noteWithin)
	defer cancel()
	message, err := p.compose(l)
	if err == nil && ctx.Err() != nil {
		p.note(noted, l, p.letters.LetterAgain(noted, l, 0, ""))
		return
	}
	if err != nil {
		p.log.ErrorContext(ctx, "letter cannot be written", "letter", l.ID, "err", err)
		p.note(noted, l, p.letters.LetterFailed(noted, l, err.Error()))
		return
	}
	_, err = p.mail.Send(ctx, message)
	if err == nil {
		p.note(noted, l, p.letters.LetterSent(noted, l))
		return
	}
	pause, again := notify.Again(l.Attempt, err)
	if ctx.Err() != nil { // the server had no time to say anything
		pause, again = 0, true
	}
	if !again || time.Since(l.Mailing.At) > giveUpAfter {
		p.log.WarnContext(ctx, "letter given up", "letter", l.ID, "meeting", l.Mailing.Meeting, "to", l.To, "err", err)
		p.note(noted, l, p.letters.LetterFailed(noted, l, err.Error()))
		return
	}
	p.note(noted, l, p.letters.LetterAgain(noted, l, pause, err.Error()))
}

// note logs that the fate of a letter could not be kept: its lease runs out and
// it is sent again, with the same Message-ID.
func (p *Post) note(ctx context.Context, l Letter, err error) {
	if err != nil {
		p.log.ErrorContext(ctx, "fate of a letter cannot be kept", "letter", l.ID, "err", err)
	}
}

// compose writes a letter.
func (p *Post) compose(l Letter) (notify.Message, error) {
	m, to := l.Mailing, l.To
	organiser := m.OrganiserEmail
	if p.cfg.Addresses != nil {
		signed, err := p.cfg.Addresses.Sign(to.Invitee)
		if err != nil {
			return notify.Message{}, err
		}
		organiser = signed
	}
	all, err := events(m, to, p.cfg.Place, organiser)
	if err != nil {
		return notify.Message{}, fmt.Errorf("write the calendar: %w", err)
	}
	var body bytes.Buffer
	if err := ical.Write(&body, ical.Calendar{Method: string(m.Method), Events: all}); err != nil {
		return notify.Message{}, fmt.Errorf("write the calendar: %w", err)
	}
	title, err := subject(m, to)
	if err != nil {
		return notify.Message{}, err
	}
	link, err := p.answerLink(m, to)
	if err != nil {
		return notify.Message{}, err
	}
	words, err := text(m, to, p.cfg.Place, link)
	if err != nil {
		return notify.Message{}, err
	}
	message := notify.Message{
		Key: l.ID, Kind: "invitation", Person: to.Person, Address: to.Email, Language: to.Language,
		Title: title, Text: words,
		Calendar: &notify.Part{Method: string(m.Method), Body: body.Bytes()},
		Mail: notify.MailHeader{
			From: m.Organiser, ReplyTo: m.OrganiserEmail, MessageID: l.ID + "@" + p.cfg.Domain,
		},
	}
	if m.Reason != Invited {
		message.Mail.InReplyTo = threadOf(m.UID, p.cfg.Domain)
	}
	return message, nil
}

// answerLink is where the recipient answers; empty where that is nowhere.
func (p *Post) answerLink(m Mailing, to Recipient) (string, error) {
	if p.cfg.Links == nil || p.cfg.Place.PublicURL == "" || m.Method == Cancel {
		return "", nil
	}
	token, err := p.cfg.Links.Sign(to.Invitee, m.UID, m.Recurrence)
	return strings.TrimSuffix(p.cfg.Place.PublicURL, "/") + AnswerPath + token, err
}

// threadOf is what all letters about a series after the first refer to, so that
// mail programs show them together.
func threadOf(uid, domain string) string {
	local, _, _ := strings.Cut(uid, "@")
	return "series-" + local + "@" + domain
}
