//go:build e2e

package main

import (
	"context"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"partyline/cmd/internal/bridge"
)

// program is the binary under test, built once as it ships.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "partyline-e2e-")
	if err != nil {
		return "", err
	}
	return bridge.Build(context.Background(), dir)
})

// server is a running Partyline on ports of its own. What fails of it fails the
// test.
type server struct {
	*bridge.Server
	t     *testing.T
	calls int // dialled so far
}

// startServer runs the program and sets it up. Settings may be added, and one
// "config=" with the path of a file.
func startServer(t *testing.T, settings ...string) *server {
	t.Helper()
	s, err := bridge.Start(t.Context(), options(t, settings))
	if err != nil {
		t.Fatal(err)
	}
	return watched(t, s)
}

// launch runs the program as a newcomer would, and gives its set-up link.
func launch(t *testing.T, settings ...string) (*server, string) {
	t.Helper()
	s, link, err := bridge.Launch(t.Context(), options(t, settings))
	if err != nil {
		t.Fatal(err)
	}
	return watched(t, s), link
}

func options(t *testing.T, settings []string) bridge.Options {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	o := bridge.Options{Program: path, Dir: t.TempDir(), Outside: true}
	for _, setting := range settings {
		if file, is := strings.CutPrefix(setting, "config="); is {
			o.Config = file
		} else {
			o.Settings = append(o.Settings, setting)
		}
	}
	return o
}

// watched stops the server in the end, as an operator does, and fails the test
// if it panicked, raced or did not end.
func watched(t *testing.T, s *bridge.Server) *server {
	t.Cleanup(func() {
		if err := s.Stop(); err != nil {
			t.Error(err)
		}
		if text := s.Log(); t.Failed() || strings.Contains(text, "panic") {
			t.Errorf("server log:\n%s", text)
		}
	})
	return &server{Server: s, t: t}
}

// call asks the API and fails the test unless it answers 2xx.
func (s *server) call(method, path string, body, into any) {
	s.t.Helper()
	if err := s.Call(context.Background(), method, path, body, into); err != nil {
		s.t.Fatalf("%v\n%s", err, s.Log())
	}
}

// meeting makes a named meeting.
func (s *server) meeting(name string, invitees ...string) bridge.Meeting {
	s.t.Helper()
	m, err := s.Meeting(s.t.Context(), name, invitees...)
	if err != nil {
		s.t.Fatalf("%v\n%s", err, s.Log())
	}
	return m
}

// waitFor waits until something is so.
func (s *server) waitFor(limit time.Duration, what string, so func() bool) {
	s.t.Helper()
	for limit := patient(limit); !so(); time.Sleep(20 * time.Millisecond) {
		if limit.over() {
			s.t.Fatalf("%v in vain for %s\n%s", limit, what, s.Log())
		}
	}
}
