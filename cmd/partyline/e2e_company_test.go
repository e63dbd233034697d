//go:build e2e

package main

import (
	"context"
	"errors"
	"fmt"
	"path"
	"strings"
	"time"

	"partyline/cmd/internal/bridge"
	"partyline/cmd/internal/voice"
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
	ctx, cancel := context.WithTimeout(s.t.Context(), 20*time.Second)
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

// dial calls a number of the server's and waits for the answer.
func (p *stranger) dial(s *server, number string) {
	p.t.Helper()
	before := strings.Count(p.Output(), "Call established")
	if err := p.Dial(fmt.Sprintf("sip:%s@%s:%d", number, p.Server, s.SIP.Port())); err != nil {
		p.t.Fatal(err)
	}
	p.answered = p.prints("Call established", before+1)
}
