package invite

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/emersion/go-smtp"
	"golang.org/x/net/netutil"
)

// ListenerConfig is how replies come in.
type ListenerConfig struct {
	Domain string      // that it greets with
	TLS    *tls.Config // offers STARTTLS; nil does not
}

const (
	maxConnections = 50
	maxRecipients  = 10
	replyWithin    = 20 * time.Second
	commandWithin  = time.Minute
	endWithin      = 5 * time.Second
)

// Listen takes replies by SMTP on l until ctx is done. It takes mail for
// addresses that we have signed and for nobody else, and never sends any.
func (r *Replies) Listen(ctx context.Context, cfg ListenerConfig, l net.Listener) error {
	server := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		return &session{ctx: ctx, replies: r}, nil
	}))
	server.Domain, server.TLSConfig = cfg.Domain, cfg.TLS
	server.MaxMessageBytes, server.MaxRecipients = maxMail, maxRecipients
	server.ReadTimeout, server.WriteTimeout = commandWithin, commandWithin
	server.ErrorLog = quiet{}
	ended := make(chan struct{})
	listening, stop := context.WithCancel(ctx)
	defer stop()
	go func() {
		defer close(ended)
		<-listening.Done()
		closing, cancel := context.WithTimeout(context.WithoutCancel(ctx), endWithin)
		defer cancel()
		if err := server.Shutdown(closing); err != nil {
			_ = server.Close() // those who did not end in time
		}
	}()
	err := server.Serve(netutil.LimitListener(l, maxConnections))
	stop()
	<-ended
	if ctx.Err() != nil {
		return nil
	}
	return err
}

// quiet keeps what scanners do to a mail port out of the log.
type quiet struct{}

func (quiet) Printf(string, ...any) {}
func (quiet) Println(...any)        {}

// session is one mail after the other from one server.
type session struct {
	ctx     context.Context
	replies *Replies
	bounce  bool
	to      []string // invitees
}

// Mail begins a mail. What comes from nobody is a report that one of ours could
// not be delivered.
func (s *session) Mail(from string, _ *smtp.MailOptions) error {
	s.bounce, s.to = from == "", nil
	return nil
}

// Rcpt takes those addresses that we have signed.
func (s *session) Rcpt(to string, _ *smtp.RcptOptions) error {
	invitee, err := s.replies.addresses.Read(to)
	if err != nil {
		return &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "No such mailbox"}
	}
	s.to = append(s.to, invitee)
	return nil
}

// Data takes the mail. A server that is told to tries again later.
func (s *session) Data(text io.Reader) error {
	raw, err := io.ReadAll(text)
	if err != nil {
		return err // too large, or the connection broke
	}
	ctx, cancel := context.WithTimeout(s.ctx, replyWithin)
	defer cancel()
	for _, invitee := range s.to {
		err := error(&Dropped{"a report that a mail was not delivered"})
		if !s.bounce {
			err = s.replies.take(ctx, invitee, raw)
		}
		var dropped *Dropped
		switch {
		case errors.As(err, &dropped):
			s.replies.log.InfoContext(ctx, "mail is not a reply", "invitee", invitee, "why", dropped.Reason)
		case err != nil:
			s.replies.log.ErrorContext(ctx, "reply cannot be noted", "invitee", invitee, "err", err)
			return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "Try again later"}
		default:
			s.replies.log.InfoContext(ctx, "reply noted", slog.String("invitee", invitee))
		}
	}
	return nil
}

// Reset forgets the mail.
func (s *session) Reset() { s.bounce, s.to = false, nil }

// Logout ends the connection.
func (*session) Logout() error { return nil }
