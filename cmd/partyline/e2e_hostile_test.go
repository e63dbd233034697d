//go:build e2e

package main

import (
	"context"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestE2EScanners lets sipvicious try its luck at a bridge whose phones register
// over the network. It learns of no phone and no password, and who guesses is
// banned, while a real phone registers from another address. svcrack knows of
// MD5 alone.
func TestE2EScanners(t *testing.T) {
	s := startServer(t, trunks(t, `allow = ["192.0.2.0/24"]`), "sip.digest=MD5", "sip.demo_trunk=false", "sip.phones=127.0.0.1/32,127.0.0.3/32")
	ada := s.extension(s.Server)
	if out := s.scan("svmap", "127.0.0.2"); !strings.Contains(out, "found nothing") {
		t.Errorf("from outside the networks of phones svmap finds something:\n%s", out)
	}
	number, err := strconv.Atoi(ada.Number)
	if err != nil {
		t.Fatal(err)
	}
	around := strconv.Itoa(number-30) + "-" + strconv.Itoa(number+30)
	for _, method := range []string{"REGISTER", "INVITE"} {
		if out := s.scan("svwar", "127.0.0.1", "-e", around, "-m", method, "--force"); strings.Contains(out, "| Extension") {
			t.Errorf("svwar finds somebody by %s:\n%s", method, out)
		}
	}
	if out := s.scan("svcrack", "127.0.0.1", "-u", ada.User, "-r", "1000-9999"); strings.Contains(out, "cracked users") {
		t.Errorf("svcrack finds a password:\n%s", out)
	}
	s.waitFor(5*time.Second, "a ban", func() bool {
		text, err := s.Metrics(t.Context())
		return err == nil && strings.Contains(string(text), "partyline_sip_banned_sources 1")
	})
	if status := s.registers(s.softphone(ada, "127.0.0.3")); status != 200 {
		t.Errorf("meanwhile a phone registers: %d", status)
	}
}

// scan runs one of sipvicious' programs for some seconds, and gives what it
// says. On a busy machine it may take longer until it says anything.
func (s *server) scan(program, from string, args ...string) string {
	s.t.Helper()
	switch _, err := exec.LookPath(program); {
	case err != nil && os.Getenv("PARTYLINE_REQUIRE_TOOLS") != "":
		s.t.Fatal(err)
	case err != nil:
		s.t.Skipf("%s is not installed (Debian package sipvicious)", program)
	}
	args = append([]string{"-b", from, "-x", from, "-p", strconv.Itoa(int(s.SIP.Port())), "-v"}, args...)
	for limit := 6 * time.Second; ; limit *= 2 {
		out, err := s.within(limit, program, append(args, "127.0.0.1")...)
		if out != "" {
			return out
		}
		if limit > 30*time.Second {
			s.t.Fatalf("%s said nothing: %v", program, err)
		}
	}
}

// within runs a program for so long at most, and gives what it says.
func (s *server) within(limit time.Duration, program string, args ...string) (string, error) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), limit)
	defer cancel()
	command := exec.CommandContext(ctx, program, args...)
	command.Dir = s.t.TempDir()
	command.Env = append(os.Environ(), "HOME="+command.Dir)
	command.WaitDelay = time.Second
	out, err := command.CombinedOutput()
	return string(out), err
}
