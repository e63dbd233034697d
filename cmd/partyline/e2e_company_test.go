//go:build e2e

package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"testing"
	"time"

	"partyline/cmd/internal/baresip"
	"partyline/cmd/internal/bridge"
	"partyline/cmd/internal/voice"
	"partyline/signaling/wire"
	"partyline/sip/softphone"
)

// extension is what somebody's SIP phone is set up with.
type extension struct {
	User     string `json:"user"`
	Number   string `json:"number"`
	Password string `json:"password"`
}

// extension has somebody ask for an account for their phone.
func (s *server) extension(person *bridge.Server) extension {
	s.t.Helper()
	var e extension
	if err := person.Call(s.t.Context(), "POST", "/me/phone", nil, &e); err != nil {
		s.t.Fatalf("%v\n%s", err, s.Log())
	}
	return e
}

// colleague makes an account for somebody, who chooses a password and signs in.
func (s *server) colleague(name string, admin bool) *bridge.Server {
	s.t.Helper()
	const password = "a password of nobody else"
	email := strings.ToLower(name) + "@example.com"
	var made struct {
		Link string `json:"link"`
	}
	s.call("POST", "/people", map[string]any{
		"name": name, "email": email, "language": "en", "timeZone": "Europe/London", "admin": admin,
	}, &made)
	stranger, err := s.Stranger()
	if err == nil {
		err = stranger.Call(s.t.Context(), "POST", "/invitation/"+path.Base(made.Link), map[string]any{"password": password}, nil)
	}
	if err != nil {
		s.t.Fatalf("%s: %v\n%s", name, err, s.Log())
	}
	return stranger
}

// softphone is a softphone with somebody's account, on an address of loopback.
func (s *server) softphone(e extension, address string) *softphone.Agent {
	s.t.Helper()
	agent, err := softphone.New(softphone.Config{
		NewCodec: voice.NewCodec, Listen: address + ":0", From: "sip:" + e.User + "@" + address, User: e.User, Password: e.Password,
	})
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if err := agent.Close(); err != nil {
			s.t.Error(err)
		}
	})
	return agent
}

// registers tells with which status a softphone registers.
func (s *server) registers(agent *softphone.Agent) int {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	_, err := agent.Register(ctx, "sip:"+s.SIP.String(), 5*time.Minute)
	var refused *softphone.Refused
	switch {
	case err == nil:
		return 200
	case errors.As(err, &refused):
		return refused.Status
	}
	s.t.Fatalf("register: %v\n%s", err, s.Log())
	return 0
}

// TestE2ECompanyPhones has two colleagues ask for accounts for their phones: a
// softphone, and Debian's baresip. They call each other by their short numbers
// and hear each other, and come into a meeting by its number, under their names.
// This baresip gives up where it reads of SHA-256.
func TestE2ECompanyPhones(t *testing.T) {
	s := startServer(t, "sip.digest=MD5", "sip.demo_trunk=false", trunks(t, `allow = ["192.0.2.0/24"]`))
	m := s.meeting("Weekly")
	adas, bobs := s.extension(s.Server), s.extension(s.colleague("Bob", false))
	if status := s.registers(s.softphone(extension{User: adas.User, Password: "wrong"}, "127.0.0.1")); status != 403 {
		t.Errorf("a wrong password is answered with %d", status)
	}
	desk := s.softphone(adas, "127.0.0.1")
	if status := s.registers(desk); status != 200 {
		t.Fatalf("Ada's phone registers: %d\n%s", status, s.Log())
	}
	bob := s.startBaresip("kal", baresip.Options{Account: &baresip.Account{User: bobs.User, Password: bobs.Password}})
	bob.prints("200 OK", 1)

	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	calls := make(chan *softphone.Call, 1)
	go func() {
		call, err := desk.Accept(ctx)
		if err != nil {
			t.Errorf("Ada's phone: %v", err)
		}
		calls <- call
	}()
	bob.dial(s, adas.Number)
	first := <-calls
	if first == nil {
		t.FailNow()
	}
	bob.talksWith(&caller{first, t})

	second, err := desk.Dial(ctx, fmt.Sprintf("sip:%s@%v", bobs.Number, s.SIP))
	if err != nil {
		t.Fatalf("Ada calls Bob: %v\n%s", err, s.Log())
	}
	bob.prints("Call established", 2)
	bob.talksWith(&caller{second, t})

	host := s.host(m)
	bob.dial(s, m.Number)
	host.finds("Bob", func(p wire.Participant) bool { return p.Via == wire.Phone })
	if _, err := desk.Dial(ctx, fmt.Sprintf("sip:%s@%v", m.Number, s.SIP)); err != nil {
		t.Fatalf("Ada calls the meeting: %v\n%s", err, s.Log())
	}
	host.finds("Ada Lovelace", func(p wire.Participant) bool { return p.Via == wire.Phone })
}

// talksWith has both speak, checks that they hear each other, and hangs up.
func (p *stranger) talksWith(other *caller) {
	p.t.Helper()
	other.speak("lea")(true)
	hearsOnly(p.t, "the softphone", other.heard, "kal")
	hearsOnly(p.t, "baresip", p.heard, "lea")
	p.hangUp()
	other.ended(10 * time.Second)
}

// dial calls a number of the server's and waits for the answer.
func (p *stranger) dial(s *server, number string) {
	p.t.Helper()
	before := strings.Count(p.Output(), "Call established")
	if err := p.Dial(fmt.Sprintf("sip:%s@%s:%d", number, p.Server, s.SIP.Port())); err != nil {
		p.t.Fatal(err)
	}
	p.prints("Call established", before+1)
}
