package notifytest

import (
	"crypto/tls"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net"
	"net/http/httptest"
	"net/mail"
	"net/textproto"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"
)

// Mail is a mail that the server took.
type Mail struct {
	From, To string // of the envelope
	Header   mail.Header
	Parts    []MailPart // leaves; one where the mail is not multipart
	TLS      bool
	User     string    // who signed in
	At       time.Time // when it was taken
}

// MailPart is a part of a mail.
type MailPart struct {
	Type   string
	Params map[string]string
	Text   string // decoded
}

// MailServer is a mail server on loopback. Its methods may be called from any
// goroutine.
type MailServer struct {
	t        testing.TB
	listener net.Listener

	mu     sync.Mutex // guards what follows
	mails  []Mail
	refuse func(rcpt string) error
	conns  []*smtp.Conn // that there were
	taken  chan struct{}
}

// MailTLS is how a MailServer is reached.
type MailTLS int

// The ways.
const (
	MailPlain    MailTLS = iota
	MailStartTLS         // and only after it may anybody sign in
	MailImplicit
)

// NewMailServer starts a mail server. With a password, only user "meet" with
// it may send.
func NewMailServer(t testing.TB, way MailTLS, password string) *MailServer {
	t.Helper()
	m := &MailServer{t: t, taken: make(chan struct{}, 10000)}
	certified := httptest.NewUnstartedServer(nil)
	certified.StartTLS()
	certificates := certified.TLS.Certificates
	certified.Close()
	s := smtp.NewServer(smtp.BackendFunc(func(c *smtp.Conn) (smtp.Session, error) {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.conns = append(m.conns, c)
		return &mailSession{server: m, conn: c, password: password}, nil
	}))
	s.Domain, s.ReadTimeout, s.WriteTimeout = "mail.example.com", time.Minute, time.Minute
	s.MaxMessageBytes, s.MaxRecipients = 4<<20, 10
	s.EnableSMTPUTF8 = true
	secure := &tls.Config{Certificates: certificates}
	if way == MailStartTLS {
		s.TLSConfig = secure
	}
	var err error
	if m.listener, err = net.Listen("tcp", "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	serving := m.listener
	if way == MailImplicit {
		serving = tls.NewListener(serving, secure)
	}
	served := make(chan struct{})
	go func() {
		defer close(served)
		if err := s.Serve(serving); err != nil && !errors.Is(err, smtp.ErrServerClosed) {
			t.Errorf("mail server: %v", err)
		}
	}()
	t.Cleanup(func() {
		_ = s.Close() // connections that are open still
		<-served
	})
	return m
}

// Port is the port on 127.0.0.1.
func (m *MailServer) Port() int { return m.listener.Addr().(*net.TCPAddr).Port }

// Refuse has the server ask a function about each recipient.
func (m *MailServer) Refuse(f func(rcpt string) error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.refuse = f
}

// Connections is how many there were so far.
func (m *MailServer) Connections() int {
	m.mu.Lock()
	defer m.mu.Unlock()
	return len(m.conns)
}

// HangUp closes all connections.
func (m *MailServer) HangUp() {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, c := range m.conns {
		_ = c.Close() // it may be closed already
	}
}

// Mails are those that were taken so far.
func (m *MailServer) Mails() []Mail {
	m.mu.Lock()
	defer m.mu.Unlock()
	return append([]Mail(nil), m.mails...)
}

// Wait waits for so many mails altogether, and gives them.
func (m *MailServer) Wait(n int, within time.Duration) []Mail {
	m.t.Helper()
	late := time.After(within)
	for {
		if all := m.Mails(); len(all) >= n {
			return all
		}
		select {
		case <-m.taken:
		case <-late:
			m.t.Fatalf("%d mails, want %d", len(m.Mails()), n)
		}
	}
}

// mailSession is one connection.
type mailSession struct {
	server   *MailServer
	conn     *smtp.Conn
	password string
	mail     Mail
	user     string
}

// AuthMechanisms implements smtp.AuthSession.
func (s *mailSession) AuthMechanisms() []string {
	if s.password == "" {
		return nil
	}
	return []string{sasl.Plain}
}

// Auth implements smtp.AuthSession.
func (s *mailSession) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "meet" || password != s.password {
			return smtp.ErrAuthFailed
		}
		s.user = user
		return nil
	}), nil
}

// Mail implements smtp.Session.
func (s *mailSession) Mail(from string, _ *smtp.MailOptions) error {
	if s.password != "" && s.user == "" {
		return smtp.ErrAuthRequired
	}
	_, secure := s.conn.TLSConnectionState()
	s.mail = Mail{From: from, TLS: secure, User: s.user}
	return nil
}

// Rcpt implements smtp.Session.
func (s *mailSession) Rcpt(to string, _ *smtp.RcptOptions) error {
	s.server.mu.Lock()
	refuse := s.server.refuse
	s.server.mu.Unlock()
	if refuse != nil {
		if err := refuse(to); err != nil {
			return err
		}
	}
	s.mail.To = to
	return nil
}

// Data implements smtp.Session.
func (s *mailSession) Data(r io.Reader) error {
	parsed, err := mail.ReadMessage(r)
	if err != nil {
		return err
	}
	s.mail.Header = parsed.Header
	if s.mail.Parts, err = parts(textproto.MIMEHeader(parsed.Header), parsed.Body); err != nil {
		return err
	}
	s.mail.At = time.Now()
	s.server.mu.Lock()
	s.server.mails = append(s.server.mails, s.mail)
	s.server.mu.Unlock()
	s.server.taken <- struct{}{}
	return nil
}

// Reset implements smtp.Session.
func (s *mailSession) Reset() { s.mail = Mail{} }

// Logout implements smtp.Session.
func (*mailSession) Logout() error { return nil }

// parts are the leaves of a mail.
func parts(h textproto.MIMEHeader, body io.Reader) ([]MailPart, error) {
	kind, params, err := mime.ParseMediaType(h.Get("Content-Type"))
	if err != nil {
		return nil, err
	}
	if !strings.HasPrefix(kind, "multipart/") {
		switch strings.ToLower(h.Get("Content-Transfer-Encoding")) {
		case "base64":
			body = base64.NewDecoder(base64.StdEncoding, body)
		case "quoted-printable":
			body = quotedprintable.NewReader(body)
		}
		text, err := io.ReadAll(body)
		return []MailPart{{kind, params, string(text)}}, err
	}
	var all []MailPart
	for r := multipart.NewReader(body, params["boundary"]); ; {
		p, err := r.NextRawPart()
		if errors.Is(err, io.EOF) {
			return all, nil
		}
		if err != nil {
			return nil, err
		}
		leaves, err := parts(p.Header, p)
		if err != nil {
			return nil, err
		}
		all = append(all, leaves...)
	}
}
