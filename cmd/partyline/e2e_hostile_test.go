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
	if out := s.scan(enough, "svmap", "127.0.0.2"); !strings.Contains(out, "found nothing") {
		t.Errorf("from outside the networks of phones svmap finds something:\n%s", out)
	}
	number, err := strconv.Atoi(ada.Number)
	if err != nil {
		t.Fatal(err)
	}
	around := strconv.Itoa(number-30) + "-" + strconv.Itoa(number+30)
	for _, method := range []string{"REGISTER", "INVITE"} {
		if out := s.scan(enough, "svwar", "127.0.0.1", "-e", around, "-m", method, "--force"); strings.Contains(out, "| Extension") {
			t.Errorf("svwar finds somebody by %s:\n%s", method, out)
		}
	}
	s.cracksNothing(ada)
	if status := s.registers(s.softphone(ada, "127.0.0.3")); status != 200 {
		t.Errorf("meanwhile a phone registers: %d", status)
	}
}

// cracksNothing has svcrack guess somebody's password until it is banned, which
// is within some seconds, if the machine lets it guess by then.
func (s *server) cracksNothing(somebody extension) {
	s.t.Helper()
	for limit := 6 * time.Second; ; limit *= 2 {
		if out := s.scan(limit, "svcrack", "127.0.0.1", "-u", somebody.User, "-r", "1000-9999"); strings.Contains(out, "cracked users") {
			s.t.Errorf("svcrack finds a password:\n%s", out)
		}
		text, err := s.Metrics(s.t.Context())
		if err != nil {
			s.t.Fatal(err)
		}
		if strings.Contains(string(text), "partyline_sip_banned_sources 1") {
			return
		}
		if limit > 20*time.Second {
			s.t.Fatalf("svcrack guesses for %v and is not banned\n%s", limit, s.Log())
		}
	}
}

// enough is more time than svmap and svwar need to end by themselves.
const enough = time.Minute

// scan runs one of sipvicious' programs for so long at most, and gives what it
// says.
func (s *server) scan(limit time.Duration, program, from string, args ...string) string {
	s.t.Helper()
	switch _, err := exec.LookPath(program); {
	case err != nil && os.Getenv("PARTYLINE_REQUIRE_TOOLS") != "":
		s.t.Fatal(err)
	case err != nil:
		s.t.Skipf("%s is not installed (Debian package sipvicious)", program)
	}
	ctx, cancel := context.WithTimeout(s.t.Context(), limit)
	defer cancel()
	args = append([]string{"-b", from, "-x", from, "-p", strconv.Itoa(int(s.SIP.Port())), "-v"}, args...)
	command := exec.CommandContext(ctx, program, append(args, "127.0.0.1")...)
	command.Dir = s.t.TempDir()
	command.Env = append(os.Environ(), "HOME="+command.Dir)
	command.WaitDelay = time.Second
	out, _ := command.CombinedOutput() // it may have been ended in the midst of it
	return string(out)
}
