package notify_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"mime"
	"net"
	"net/mail"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"
	"github.com/google/go-cmp/cmp"

	"partyline/signaling/notify"
	"partyline/signaling/notify/notifytest"
)

// roots trusts the test servers' certificate, for the name that is in it.
func roots(t testing.TB) *tls.Config {
	t.Helper()
	text, err := os.ReadFile(os.Getenv("SSL_CERT_FILE"))
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(text)
	return &tls.Config{RootCAs: pool, ServerName: "example.com"}
}

func mailer(t testing.TB, cfg notify.MailConfig) *notify.Mailer {
	t.Helper()
	cfg.Host, cfg.From = "127.0.0.1", "Partyline <meet@example.com>"
	m, err := notify.NewMailer(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Error(err)
		}
	})
	return m
}

// invitation is a mail with everything in it.
func invitation() notify.Message {
	m := standup()
	m.Address, m.Title = "ann@example.org", "会议邀请：晨会"
	m.Calendar = &notify.Part{Method: "REQUEST", Body: []byte("BEGIN:VCALENDAR\r\nMETHOD:REQUEST\r\nSUMMARY:晨会\r\nEND:VCALENDAR\r\n")}
	m.Mail = notify.MailHeader{
		From: "Bob (Partyline)", ReplyTo: "reply+token@meet.example.com", InReplyTo: "first@meet.example.com",
		ListUnsubscribe: "https://meet.example.com/u/1", OneClick: true, ListID: "digest.meet.example.com",
	}
	return m
}

// TestMail: over each kind of connection the same mail arrives, whole.
func TestMail(t *testing.T) {
	for _, tt := range []struct {
		name     string
		way      notifytest.MailTLS
		password string
		cfg      notify.MailConfig
	}{
		{"plain", notifytest.MailPlain, "", notify.MailConfig{TLS: notify.Plain}},
		{"starttls", notifytest.MailStartTLS, "sesame", notify.MailConfig{TLS: notify.StartTLS, User: "meet", Password: "sesame"}},
		{"tls", notifytest.MailImplicit, "sesame", notify.MailConfig{TLS: notify.Implicit, User: "meet", Password: "sesame"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			server := notifytest.NewMailServer(t, tt.way, tt.password)
			tt.cfg.Port = server.Port()
			if tt.cfg.TLS != notify.Plain {
				tt.cfg.TLSConfig = roots(t)
			}
			sent, err := mailer(t, tt.cfg).Send(t.Context(), invitation())
			if err != nil {
				t.Fatal(err)
			}
			got := server.Mails()
			if len(got) != 1 || got[0].TLS == (tt.way == notifytest.MailPlain) || got[0].User != tt.cfg.User {
				t.Fatalf("mails: %+v", got)
			}
			whole(t, got[0], sent.ID)
		})
	}
}

// whole compares a mail with the invitation.
func whole(t *testing.T, got notifytest.Mail, id string) {
	t.Helper()
	if got.From != "meet@example.com" || got.To != "ann@example.org" {
		t.Errorf("envelope: %s to %s", got.From, got.To)
	}
	headers := map[string]string{
		"From": `"Bob (Partyline)" <meet@example.com>`, "Subject": "会议邀请：晨会", "Reply-To": "<reply+token@meet.example.com>",
		"Auto-Submitted": "auto-generated", "X-Auto-Response-Suppress": "OOF, AutoReply", "Message-Id": "<" + id + ">",
		"In-Reply-To": "<first@meet.example.com>", "References": "<first@meet.example.com>",
		"List-Unsubscribe": "<https://meet.example.com/u/1>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "List-Id": "<digest.meet.example.com>",
	}
	for name, want := range headers {
		if text := decode(t, got.Header.Get(name)); text != want {
			t.Errorf("%s: %q, want %q", name, text, want)
		}
	}
	if _, err := mail.ParseDate(got.Header.Get("Date")); err != nil {
		t.Errorf("Date: %v", err)
	}
	if kind := got.Header.Get("Content-Type"); !strings.HasPrefix(kind, "multipart/alternative") {
		t.Errorf("it is a %s", kind)
	}
	want := []notifytest.MailPart{
		{Type: "text/plain", Params: map[string]string{"charset": "UTF-8"}, Text: "10 分钟后开始 @all\r\n会议号 123456789\r\n\r\n加入: " + links[0] + "\r\n晚到: " + links[1] + "\r\n打开: " + links[2] + "\r\n"},
		{Type: "text/calendar", Params: map[string]string{"charset": "UTF-8", "method": "REQUEST"}, Text: string(invitation().Calendar.Body)},
	}
	if diff := cmp.Diff(want, got.Parts); diff != "" {
		t.Errorf("parts (-want +got):\n%s", diff)
	}
}

// decode reads the words of a header that are not in ASCII (RFC 2047).
func decode(t *testing.T, text string) string {
	t.Helper()
	decoded, err := new(mime.WordDecoder).DecodeHeader(text)
	if err != nil {
		t.Fatal(err)
	}
	return decoded
}

// TestMailBadInput: nothing in a message gets out of its header, and addresses
// that are none are refused before anything is sent.
func TestMailBadInput(t *testing.T) {
	server := notifytest.NewMailServer(t, notifytest.MailPlain, "")
	s := mailer(t, notify.MailConfig{TLS: notify.Plain, Port: server.Port()})
	m := invitation()
	m.Title = "Hi\r\nBcc: everybody@example.org\r\n\r\nbody"
	m.Mail.InReplyTo, m.Mail.From, m.Mail.ListID = "a>\r\nX-Evil: 1", "Eve\r\nX-Evil: 2", "x\r\nX-Evil: 3"
	m.Calendar.Method = "REQUEST\r\nX-Evil: 4"
	m.Text = strings.Repeat("长", 5000) + "\r\n.\r\nQUIT"
	if _, err := s.Send(t.Context(), m); err != nil {
		t.Fatal(err)
	}
	got := server.Mails()[0]
	if got.Header.Get("X-Evil") != "" || got.Header.Get("Bcc") != "" || !strings.Contains(got.Parts[0].Text, "\r\n.\r\nQUIT") {
		t.Errorf("mail: %+v", got.Header)
	}
	for _, address := range []string{"", "ann", "ann@", "ann@example.org, bob@example.org", "ann@example.org\r\nRCPT TO:<bob@example.org>", "a b@example.org"} {
		m := invitation()
		m.Address = address
		_, err := s.Send(t.Context(), m)
		if r, ok := notify.AsRefused(err); !ok || r.Cause != notify.BadAddress || !r.Permanent {
			t.Errorf("%q: %v", address, err)
		}
	}
	if n := len(server.Mails()); n != 1 {
		t.Errorf("%d mails, want 1", n)
	}
}

// TestMailRefused: what a server says decides whether to try again.
func TestMailRefused(t *testing.T) {
	server := notifytest.NewMailServer(t, notifytest.MailPlain, "")
	s := mailer(t, notify.MailConfig{TLS: notify.Plain, Port: server.Port()})
	for _, tt := range []struct {
		code      int
		enhanced  smtp.EnhancedCode
		want      notify.Cause
		permanent bool
		gone      bool
	}{
		{450, smtp.EnhancedCode{4, 2, 0}, notify.Failing, false, false},
		{451, smtp.EnhancedCode{4, 7, 1}, notify.Failing, false, false},
		{550, smtp.EnhancedCode{5, 1, 1}, notify.BadAddress, true, true},
		{552, smtp.EnhancedCode{5, 2, 2}, notify.BadAddress, true, false},
		{554, smtp.EnhancedCode{5, 7, 1}, notify.BadAddress, true, false},
	} {
		server.Refuse(func(string) error { return &smtp.SMTPError{Code: tt.code, EnhancedCode: tt.enhanced, Message: "no"} })
		_, err := s.Send(t.Context(), invitation())
		r, ok := notify.AsRefused(err)
		if !ok || r.Cause != tt.want || r.Permanent != tt.permanent || r.Gone != tt.gone || r.Status != tt.code {
			t.Errorf("%d: %+v", tt.code, r)
		} else if strings.Contains(err.Error(), "ann@") {
			t.Errorf("%d: the address is in %v", tt.code, err)
		}
	}
	// A server that hangs in the middle is left when the time is up.
	hanging := make(chan struct{})
	t.Cleanup(func() { close(hanging) })
	server.Refuse(func(string) error { <-hanging; return nil })
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := s.Send(ctx, invitation())
	if r, ok := notify.AsRefused(err); !ok || r.Cause != notify.Unreachable || time.Since(began) > 20*time.Second {
		t.Errorf("a server that hangs: %v after %v", err, time.Since(began))
	}
	server.Refuse(nil)
	if _, err := s.Send(t.Context(), invitation()); err != nil {
		t.Errorf("after the refusals: %v", err)
	}
}

// TestMailServerFaults: passwords that are wrong, servers without TLS, without
// the right certificate, or not there; nothing of it is the mail's fault.
func TestMailServerFaults(t *testing.T) {
	secure := notifytest.NewMailServer(t, notifytest.MailStartTLS, "sesame")
	plain := notifytest.NewMailServer(t, notifytest.MailPlain, "")
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = silent.Close() })
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = closed.Close() // so that nobody is there
	port := func(l net.Listener) int { return l.Addr().(*net.TCPAddr).Port }
	for _, tt := range []struct {
		name string
		cfg  notify.MailConfig
		want notify.Cause
	}{
		{"wrong password", notify.MailConfig{TLS: notify.StartTLS, Port: secure.Port(), User: "meet", Password: "guess", TLSConfig: roots(t)}, notify.BadSecret},
		{"a stranger's certificate", notify.MailConfig{TLS: notify.StartTLS, Port: secure.Port(), TLSConfig: &tls.Config{ServerName: "example.net"}}, notify.Unreachable},
		{"no TLS", notify.MailConfig{TLS: notify.StartTLS, Port: plain.Port()}, notify.Unreachable},
		{"not there", notify.MailConfig{TLS: notify.Plain, Port: port(closed)}, notify.Unreachable},
		{"silent", notify.MailConfig{TLS: notify.Plain, Port: port(silent)}, notify.Unreachable},
		{"silent with TLS", notify.MailConfig{TLS: notify.Implicit, Port: port(silent)}, notify.Unreachable},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ctx := t.Context()
			if strings.HasPrefix(tt.name, "silent") {
				var cancel context.CancelFunc
				ctx, cancel = context.WithTimeout(ctx, 100*time.Millisecond)
				defer cancel()
			}
			_, err := mailer(t, tt.cfg).Send(ctx, invitation())
			r, ok := notify.AsRefused(err)
			if !ok || r.Cause != tt.want || r.Permanent {
				t.Errorf("%+v", r)
			}
			if err != nil && strings.Contains(err.Error(), "guess") {
				t.Errorf("the password is in %v", err)
			}
		})
	}
	if n := len(secure.Mails()) + len(plain.Mails()); n != 0 {
		t.Errorf("%d mails were taken", n)
	}
}

// TestMailLines: many mails at a time share a few connections, and one that
// the server has closed meanwhile costs no mail.
func TestMailLines(t *testing.T) {
	server := notifytest.NewMailServer(t, notifytest.MailPlain, "")
	s := mailer(t, notify.MailConfig{TLS: notify.Plain, Port: server.Port()})
	const mails = 60
	var wait sync.WaitGroup
	for i := range mails {
		wait.Go(func() {
			m := invitation()
			m.Key = fmt.Sprint(i)
			if _, err := s.Send(t.Context(), m); err != nil {
				t.Error(err)
			}
		})
	}
	wait.Wait()
	ids := map[string]bool{}
	for _, m := range server.Mails() {
		ids[m.Header.Get("Message-Id")] = true
	}
	if len(ids) != mails || server.Connections() > 4 {
		t.Errorf("%d mails over %d connections", len(ids), server.Connections())
	}
	server.HangUp()
	if _, err := s.Send(t.Context(), invitation()); err != nil {
		t.Errorf("after the server hung up: %v", err)
	}
	// The same message again has the same Message-ID.
	again, err := s.Send(t.Context(), invitation())
	if err != nil || again.ID == "" {
		t.Fatal(again, err)
	}
	if twice, err := s.Send(t.Context(), invitation()); err != nil || twice != again {
		t.Errorf("%v, then %v (%v)", again, twice, err)
	}
}

func TestMailConfig(t *testing.T) {
	good := notify.MailConfig{Host: "mail.example.com", From: "meet@example.com", TLS: notify.StartTLS}
	if err := good.Validate(); err != nil {
		t.Error(err)
	}
	for name, change := range map[string]func(*notify.MailConfig){
		"host": func(c *notify.MailConfig) { c.Host = "" }, "from": func(c *notify.MailConfig) { c.From = "meet" },
		"tls": func(c *notify.MailConfig) { c.TLS = "ssl" }, "port": func(c *notify.MailConfig) { c.Port = 70000 },
		"password in clear": func(c *notify.MailConfig) { c.TLS, c.User, c.Password = notify.Plain, "meet", "sesame" },
		"half":              func(c *notify.MailConfig) { c.User = "meet" },
	} {
		c := good
		change(&c)
		if err := c.Validate(); err == nil || strings.Contains(err.Error(), "sesame") {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := notify.NewMailer(notify.MailConfig{}); err == nil {
		t.Error("a mailer without a server")
	}
}
