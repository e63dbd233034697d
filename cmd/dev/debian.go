package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// requirement is a Debian package that the tests need, with the proof that
// what it brings is there: a program on the path or a file. Looking for the
// thing and not for the package lets other systems take part.
type requirement struct {
	pkg     string
	program string
	files   string // pattern, when there is no program
	why     string
}

var requirements = []requirement{
	{pkg: "gcc", program: "gcc", why: "the race detector and the libopus comparison"},
	{pkg: "libc6-dev", files: "/usr/include/stdio.h", why: "the race detector and the libopus comparison"},
	{pkg: "pkg-config", program: "pkg-config", why: "finding libopus"},
	{pkg: "libopus-dev", files: "/usr/include/opus/opus.h", why: "the oracle for our Opus"},
	{pkg: "chromium", program: "chromium", why: "the browsers of the end-to-end tests"},
	{pkg: "fonts-noto-cjk", files: "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc", why: "Chinese text in screenshots"},
	{pkg: "sip-tester", program: "sipp", why: "a SIP peer not of our making"},
	{pkg: "sipvicious", program: "svcrack", why: "the scanners that SIP ports get to know"},
	{pkg: "kamailio", program: "kamailio", why: "a SIP proxy between us and a caller"},
	{pkg: "baresip-core", program: "baresip", why: "a softphone not of our making"},
	{pkg: "sngrep", program: "sngrep", why: "a collector of SIP messages not of our making"},
	{pkg: "tcpdump", program: "tcpdump", why: "a reader of captures not of our making"},
	{pkg: "nftables", program: "nft", why: "a router with NAT before that softphone"},
	{pkg: "postgresql", files: "/usr/lib/postgresql/*/bin/initdb", why: "the store's tests on PostgreSQL"},
	{pkg: "prometheus", program: "promtool", why: "a reader of metrics and rules not of our making"},
	{pkg: "flite", program: "flite", why: "English test speech and prompts"},
	{pkg: "espeak-ng", program: "espeak-ng", why: "Mandarin test speech and prompts"},
	{pkg: "sox", program: "sox", why: "converting test speech"},
	{pkg: "opus-tools", program: "opusinfo", why: "a reader of recordings not of our making"},
	{pkg: "python3-icalendar", files: "/usr/lib/python3/dist-packages/icalendar/__init__.py", why: "a reader of calendars not of our making"},
	{pkg: "python3-dateutil", files: "/usr/lib/python3/dist-packages/dateutil/__init__.py", why: "recurrences and time zones not of our making"},
}

// machine is what providing the requirements needs of the computer.
type machine interface {
	hasProgram(name string) bool
	hasFile(pattern string) bool
	root() bool
	install(ctx context.Context, out io.Writer, args ...string) error
}

// provide installs from Debian what is missing. It says what it installs, and
// refuses with what to do where it may not.
func provide(ctx context.Context, m machine, out io.Writer) error {
	if !m.hasProgram("npm") {
		return errors.New("npm is not on the path: the web client's tests need Node 20 or newer; install it and run the check again")
	}
	var packages []string
	for _, r := range requirements {
		present := r.program != "" && m.hasProgram(r.program) || r.files != "" && m.hasFile(r.files)
		if !present {
			fmt.Fprintf(out, "missing: %s (%s)\n", r.pkg, r.why)
			packages = append(packages, r.pkg)
		}
	}
	if len(packages) == 0 {
		return nil
	}
	list := strings.Join(packages, " ")
	if !m.hasProgram("apt-get") {
		return fmt.Errorf("the tests need what Debian calls %s, and this system has no apt-get: install their likes and run the check again", list)
	}
	if !m.root() {
		return fmt.Errorf("the tests need packages that only root can install: run `sudo apt-get install --no-install-recommends %s` and then the check again", list)
	}
	fmt.Fprintf(out, "installing from Debian: %s\n", list)
	if err := m.install(ctx, out, "update", "-qq"); err != nil {
		return fmt.Errorf("refreshing the package lists: %w", err)
	}
	args := append([]string{"install", "-y", "-qq", "--no-install-recommends"}, packages...)
	if err := m.install(ctx, out, args...); err != nil {
		return fmt.Errorf("installing %s: %w", list, err)
	}
	return nil
}

// systemMachine is the computer that this runs on.
type systemMachine struct{}

func (systemMachine) hasProgram(name string) bool {
	_, err := exec.LookPath(name)
	return err == nil
}

func (systemMachine) hasFile(pattern string) bool {
	found, err := filepath.Glob(pattern)
	return err == nil && len(found) > 0
}

func (systemMachine) root() bool { return os.Geteuid() == 0 }

func (systemMachine) install(ctx context.Context, out io.Writer, args ...string) error {
	sh := &shell{dir: "/", out: out, env: []string{"DEBIAN_FRONTEND=noninteractive"}}
	return sh.quiet(ctx, "apt-get", args...)
}
