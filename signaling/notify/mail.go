package notify

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/mail"
	"net/textproto"
	"slices"
	"strings"
	"sync"
	"time"

	gomail "github.com/wneessen/go-mail"
	"github.com/wneessen/go-mail/smtp"
)

// TLS says how the connection to a mail server is kept private.
type TLS string

// The ways.
const (
	StartTLS TLS = "starttls" // from the first command after the greeting on; nothing is sent without
	Implicit TLS = "tls"      // from the first octet on (RFC 8314)
	Plain    TLS = "none"     // not at all, in a network that is trusted
)

// MailConfig says by which server mails leave.
type MailConfig struct {
	Host     string
	Port     int // 0: 587, 465 or 25, as TLS has it
	User     string
	Password Secret
	From     string // address, with or without a name: Partyline <meet@example.com>
	TLS      TLS
	// TLSConfig replaces the usual one, which checks the server's certificate;
	// nil: that.
	TLSConfig *tls.Config
}

// Validate tells what is wrong with the configuration.
func (c MailConfig) Validate() error {
	switch {
	case c.Host == "":
		return errors.New("the mail server has no host")
	case c.Port < 0 || c.Port > 65535:
		return errors.New("the port of the mail server is not one")
	case c.TLS != StartTLS && c.TLS != Implicit && c.TLS != Plain:
		return fmt.Errorf("tls of the mail server is %q, %q or %q", StartTLS, Implicit, Plain)
	case c.TLS == Plain && c.Password != "":
		return errors.New("the password of the mail server is not sent without tls")
	case (c.User == "") != (c.Password == ""):
		return errors.New("the mail server has either user and password, or neither")
	}
	if _, err := mail.ParseAddress(c.From); err != nil {
		return errors.New("from is not an e-mail address")
	}
	return nil
}

func (c MailConfig) port() int {
	switch {
	case c.Port != 0:
		return c.Port
	case c.TLS == Implicit:
		return 465
	case c.TLS == Plain:
		return 25
	}
	return 587
}

const (
	mailWithin  = 30 * time.Second // one attempt
	mailLines   = 4                // connections at a time
	mailIdleFor = 20 * time.Second // that one is kept for the next message
)

// Mailer sends mails. It is a [Sender] and may be used from any goroutine.
type Mailer struct {
	cfg   MailConfig
	from  mail.Address
	lines chan struct{} // one for each connection that may be open

	mu   sync.Mutex // guards idle
	idle []*mailLine
}

// NewMailer makes a sender over a mail server, without connecting to it.
func NewMailer(cfg MailConfig) (*Mailer, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	from, err := mail.ParseAddress(cfg.From)
	if err != nil {
		return nil, err
	}
	return &Mailer{cfg: cfg, from: *from, lines: make(chan struct{}, mailLines)}, nil
}

// Close ends the connections that wait for the next message.
func (s *Mailer) Close() error {
	s.mu.Lock()
	idle := s.idle
	s.idle = nil
	s.mu.Unlock()
	for _, l := range idle {
		l.close()
	}
	return nil
}

// Send implements [Sender]. The Message-ID is made of the message's key: a
// server that got it twice can tell.
func (s *Mailer) Send(ctx context.Context, m Message) (Sent, error) {
	msg, err := s.compose(m)
	if err != nil {
		return Sent{}, &Refused{Channel: Mail, Cause: BadAddress, Permanent: true, err: err}
	}
	ctx, cancel := context.WithTimeout(ctx, mailWithin)
	defer cancel()
	select {
	case s.lines <- struct{}{}:
		defer func() { <-s.lines }()
	case <-ctx.Done():
		return Sent{}, &Refused{Channel: Mail, Cause: Unreachable, err: ctx.Err()}
	}
	if err := s.deliver(ctx, msg); err != nil {
		return Sent{}, mailRefusal(err)
	}
	return Sent{ID: strings.Trim(msg.GetMessageID(), "<>")}, nil
}

// deliver sends over a connection that is open already, or over a new one.
func (s *Mailer) deliver(ctx context.Context, msg *gomail.Msg) error {
	if l := s.take(); l != nil {
		err := l.send(ctx, msg)
		if !hungUp(err) {
			s.put(l, err)
			return err
		}
		l.drop()
	}
	l, err := s.dial(ctx)
	if err != nil {
		return err
	}
	err = l.send(ctx, msg)
	s.put(l, err)
	return err
}

// take gives a connection that is idle, and closes those that are so for too
// long.
func (s *Mailer) take() *mailLine {
	s.mu.Lock()
	defer s.mu.Unlock()
	for len(s.idle) > 0 {
		last := len(s.idle) - 1
		l := s.idle[last]
		s.idle = s.idle[:last]
		if time.Since(l.used) < mailIdleFor {
			return l
		}
		l.drop()
	}
	return nil
}

// put keeps a connection for the next message, unless something is wrong with
// it.
func (s *Mailer) put(l *mailLine, err error) {
	if err != nil {
		l.close()
		return
	}
	l.used = time.Now()
	s.mu.Lock()
	s.idle = append(s.idle, l)
	s.mu.Unlock()
}

// mailLine is a connection to the mail server, signed in.
type mailLine struct {
	conn   net.Conn
	client *gomail.Client
	smtp   *smtp.Client
	used   time.Time
}

// drop closes the connection without a word.
func (l *mailLine) drop() { _ = l.conn.Close() } // there is nothing to lose

// close says good-bye first.
func (l *mailLine) close() {
	_ = l.conn.SetDeadline(time.Now().Add(time.Second)) // a closed connection needs none
	_ = l.smtp.Quit()                                   // out of courtesy
	l.drop()
}

// dial connects and signs in.
func (s *Mailer) dial(ctx context.Context) (*mailLine, error) {
	l := &mailLine{}
	stop := func() bool { return true }
	defer func() { stop() }()
	secure := s.cfg.TLSConfig
	if secure == nil {
		secure = &tls.Config{ServerName: s.cfg.Host, MinVersion: tls.VersionTLS12}
	}
	options := []gomail.Option{
		gomail.WithPort(s.cfg.port()), gomail.WithTimeout(mailWithin), gomail.WithTLSConfig(secure), gomail.WithTLSPolicy(gomail.NoTLS),
		gomail.WithDialContextFunc(func(dialing context.Context, network, address string) (net.Conn, error) {
			conn, err := (&net.Dialer{}).DialContext(dialing, network, address)
			if err != nil {
				return nil, err
			}
			if l.conn = conn; s.cfg.TLS == Implicit {
				l.conn = tls.Client(conn, secure)
			}
			stop = context.AfterFunc(ctx, func() { _ = conn.Close() }) // the client does not look at ctx from here on
			return l.conn, nil
		}),
	}
	switch s.cfg.TLS {
	case StartTLS:
		options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
	case Implicit:
		options = append(options, gomail.WithSSL())
	}
	if s.cfg.User != "" {
		options = append(options, gomail.WithSMTPAuthCustom(&password{cfg: s.cfg}))
	}
	var err error
	if l.client, err = gomail.NewClient(s.cfg.Host, options...); err != nil {
		return nil, err
	}
	l.smtp, err = l.client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		if l.conn != nil { // the client leaves it open
			l.drop()
		}
		return nil, &signIn{err}
	}
	return l, nil
}

// password signs in by PLAIN (RFC 4616), or by LOGIN where a server knows
// nothing better. Both are for connections with TLS.
type password struct {
	cfg MailConfig
	smtp.Auth
}

// Start implements smtp.Auth.
func (p *password) Start(server *smtp.ServerInfo) (string, []byte, error) {
	p.Auth = smtp.PlainAuth("", p.cfg.User, string(p.cfg.Password), p.cfg.Host, false)
	if !slices.Contains(server.Auth, "PLAIN") && slices.Contains(server.Auth, "LOGIN") {
		p.Auth = smtp.LoginAuth(p.cfg.User, string(p.cfg.Password), p.cfg.Host, false)
	}
	return p.Auth.Start(server)
}

// send sends one message. The connection is cut where that takes too long.
func (l *mailLine) send(ctx context.Context, msg *gomail.Msg) error {
	defer context.AfterFunc(ctx, l.drop)()
	err := l.client.SendWithSMTPClient(l.smtp, msg)
	if msg.IsDelivered() {
		return nil // what goes wrong after the server's yes does not undo it
	}
	return err
}

// signIn is an error before a message could be handed over.
type signIn struct{ err error }

func (e *signIn) Error() string { return e.err.Error() }
func (e *signIn) Unwrap() error { return e.err }

// hungUp tells whether a server closed a connection that was idle.
func hungUp(err error) bool {
	var sending *gomail.SendError
	return errors.As(err, &sending) && sending.Reason == gomail.ErrConnCheck
}

// mailRefusal tells what an error of SMTP means (RFC 5321 §4.2).
func mailRefusal(err error) *Refused {
	var before *signIn
	var sending *gomail.SendError
	switch {
	case errors.As(err, &before):
		return signInRefusal(before.err)
	case errors.As(err, &sending):
		return sendRefusal(sending)
	}
	return &Refused{Channel: Mail, Cause: Unreachable, err: err}
}

// signInRefusal: who runs the server has to mend it, the mail is not to blame.
func signInRefusal(err error) *Refused {
	r := &Refused{Channel: Mail, Cause: Unreachable, err: err}
	var reply *textproto.Error
	if errors.As(err, &reply) {
		r.Status, r.Cause = reply.Code, Failing
		switch reply.Code {
		case 530, 534, 535, 538: // RFC 4954 §6
			r.Cause = BadSecret
		}
	}
	return r
}

// sendRefusal leaves out the words of the error, which name the recipient.
func sendRefusal(err *gomail.SendError) *Refused {
	r := &Refused{Channel: Mail, Status: err.ErrorCode(), err: errors.New(strings.TrimSpace(err.Reason.String() + " " + err.EnhancedStatusCode()))}
	switch {
	case r.Status == 0 || r.Status == 421: // the connection broke, or is about to
		r.Cause = Unreachable
	case r.Status < 500: // greylisting (RFC 6647), say
		r.Cause = Failing
	case err.Reason == gomail.ErrSMTPRcptTo:
		r.Cause, r.Permanent, r.Gone = BadAddress, true, nobodyThere(err.EnhancedStatusCode(), r.Status)
	case r.Status == 552:
		r.Cause, r.Permanent = TooLong, true
	case r.Status == 530:
		r.Cause = BadSecret
	default:
		r.Cause, r.Permanent = Unsupported, true
	}
	return r
}

// nobodyThere tells whether a mailbox does not exist, or no longer (RFC 3463
// §3.2); others are only full.
func nobodyThere(enhanced string, status int) bool {
	switch enhanced {
	case "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10":
		return true
	case "":
		return status == 550 || status == 551
	}
	return false
}
