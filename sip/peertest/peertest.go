// Package peertest runs programs of Debian's that play the other side in tests:
// peers that are not of our making.
package peertest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// Need skips a test where a program is not installed, and fails it where the
// environment says PARTYLINE_REQUIRE_TOOLS.
func Need(t *testing.T, name string) {
	t.Helper()
	switch _, err := exec.LookPath(name); {
	case err == nil:
	case os.Getenv("PARTYLINE_REQUIRE_TOOLS") != "":
		t.Fatal(err)
	default:
		t.Skipf("%s is not installed", name)
	}
}

// Run starts a program in a folder, and ends it and all that it started with the
// test, whose log has what it said if the test fails. The channel is closed when
// it has ended. The program is one that the test needs.
func Run(t *testing.T, dir, name string, args ...string) (ended <-chan struct{}) {
	t.Helper()
	Need(t, name)
	var out bytes.Buffer
	command := exec.Command(name, args...)
	command.Dir, command.Stdout, command.Stderr = dir, &out, &out
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	over := make(chan struct{})
	go func() {
		_ = command.Wait() // it is killed
		close(over)
	}()
	t.Cleanup(func() {
		_ = syscall.Kill(-command.Process.Pid, syscall.SIGKILL) // asked kindly, kamailio may take a minute
		<-over
		if text := out.String(); t.Failed() {
			t.Logf("%s:\n%s", name, text[max(len(text)-4000, 0):])
		}
	})
	return over
}

// busyPort is sipp's exit status when another program, such as another sipp, took
// the port that it had found free.
const busyPort = 254

// Sipp runs sipp on loopback until its calls are done, and gives the end of what
// it said with the error. The program is one that the test needs.
func Sipp(ctx context.Context, dir string, args ...string) error {
	args = append([]string{"-i", "127.0.0.1", "-mi", "127.0.0.1", "-nostdin", "-trace_err", "-error_file", "/dev/stderr"}, args...)
	for attempt := 1; ; attempt++ {
		command := exec.CommandContext(ctx, "sipp", args...)
		command.Dir = dir
		out, err := command.CombinedOutput()
		var exit *exec.ExitError
		switch {
		case err == nil:
			return nil
		case attempt < 10 && errors.As(err, &exit) && exit.ExitCode() == busyPort:
			continue
		}
		return fmt.Errorf("sipp %s: %w\n%s", strings.Join(args, " "), err, out[max(0, len(out)-3000):])
	}
}

// Kamailio has kamailio listen on a port of loopback, over UDP at least, and
// returns when it answers OPTIONS there. In its configuration %[1]s is the
// address, and %[2]s another one.
func Kamailio(t *testing.T, config string, other netip.AddrPort) netip.AddrPort {
	t.Helper()
	for range 5 { // somebody else may take the port first
		at := freePort(t)
		dir := t.TempDir()
		file := filepath.Join(dir, "kamailio.cfg")
		if err := os.WriteFile(file, fmt.Appendf(nil, config, at, other), 0o600); err != nil {
			t.Fatal(err)
		}
		ended := Run(t, dir, "kamailio", "-f", file, "-DD", "-E", "-m", "32", "-M", "4", "-Y", dir, "-P", filepath.Join(dir, "pid"), "-w", dir)
		if answers(t, at, ended) {
			return at
		}
	}
	t.Fatal("kamailio does not come up")
	return netip.AddrPort{}
}

// freePort is an address that nobody listened on a moment ago.
func freePort(t *testing.T) netip.AddrPort {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return conn.LocalAddr().(*net.UDPAddr).AddrPort()
}

// answers waits until a server has answered OPTIONS; not if it ends before.
func answers(t *testing.T, at netip.AddrPort, ended <-chan struct{}) bool {
	t.Helper()
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(at))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	answer := make([]byte, 2048)
	for try, begin := 0, time.Now(); time.Since(begin) < time.Minute; try++ {
		fmt.Fprintf(conn, "OPTIONS sip:%[1]v SIP/2.0\r\nVia: SIP/2.0/UDP %[2]v;branch=z9hG4bK%[3]d;rport\r\nMax-Forwards: 70\r\n"+
			"From: <sip:probe@127.0.0.1>;tag=1\r\nTo: <sip:%[1]v>\r\nCall-ID: %[3]d\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n",
			at, conn.LocalAddr(), try)
		_ = conn.SetReadDeadline(time.Now().Add(time.Second))
		n, _ := conn.Read(answer) // nothing, where nobody listens yet
		if strings.HasPrefix(string(answer[:n]), "SIP/2.0 200 ") {
			return true
		}
		select {
		case <-ended:
			return false
		case <-time.After(20 * time.Millisecond):
		}
	}
	return false
}
