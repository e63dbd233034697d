//go:build e2e

package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// program is the binary under test, built once as it ships: without cgo.
var program = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "partyline-e2e-")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "partyline")
	build := exec.Command("go", "build", "-o", path, ".")
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

// server is a running Partyline on ports of its own.
type server struct {
	t     *testing.T
	url   string
	sip   netip.AddrPort
	media netip.AddrPort
	http  *http.Client // signed in as the first admin
	cmd   *exec.Cmd
	log   *record
	data  string
	calls int // dialled so far
}

// The first admin of every server under test.
const (
	adminEmail    = "ada@example.com"
	adminPassword = "correct horse battery staple"
)

var setUpLink = regexp.MustCompile(`/setup\?token=[\w-]+`)

// startServer runs the program and sets it up by the link that it prints.
// Settings may be added.
func startServer(t *testing.T, settings ...string) *server {
	t.Helper()
	s, link := launch(t, settings...)
	s.setUp(link)
	return s
}

// launch runs the program as a newcomer would, and gives its set-up link.
func launch(t *testing.T, settings ...string) (*server, string) {
	t.Helper()
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	s := &server{t: t, log: &record{}, data: t.TempDir()}
	webPort, mediaPort, sipPort := portFor(t, "tcp"), portFor(t, "udp"), portFor(t, "udp")
	s.url = fmt.Sprintf("http://127.0.0.1:%d", webPort)
	s.sip = netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), sipPort)
	s.media = netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), mediaPort)
	args := []string{"serve"}
	settings = slices.DeleteFunc(settings, func(setting string) bool {
		file, is := strings.CutPrefix(setting, "config=")
		if is {
			args = append(args, "--config", file)
		}
		return is
	})
	for _, setting := range append([]string{
		"data_dir=" + s.data,
		fmt.Sprintf("http.listen=127.0.0.1:%d", webPort),
		fmt.Sprintf("media.udp=:%d", mediaPort), fmt.Sprintf("media.tcp=:%d", mediaPort), "media.loopback=true",
		fmt.Sprintf("sip.udp=:%d", sipPort), fmt.Sprintf("sip.tcp=:%d", sipPort),
		fmt.Sprintf("sip.rtp_ports=%d-%d", 20000+int(sipPort)%20000, 20000+int(sipPort)%20000+199),
		"drain=1s", "log.format=text",
	}, settings...) {
		args = append(args, "--set", setting)
	}
	s.cmd = exec.Command(path, args...)
	s.cmd.Dir = s.data
	s.cmd.Env = slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "PARTYLINE_") })
	s.cmd.Stderr = s.log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.stop)
	return s, s.readSetUpLink(out)
}

// portFor finds a port that nobody listens on now.
func portFor(t *testing.T, network string) uint16 {
	t.Helper()
	var address net.Addr
	if network == "tcp" {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		address = l.Addr()
	} else {
		c, err := net.ListenPacket("udp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		address = c.LocalAddr()
	}
	return netip.MustParseAddrPort(address.String()).Port()
}

// readSetUpLink waits for the program to say where to go.
func (s *server) readSetUpLink(out io.Reader) string {
	s.t.Helper()
	found := make(chan string, 1)
	go func() {
		lines := bufio.NewScanner(out)
		for lines.Scan() {
			_, _ = s.log.Write(append([]byte("stdout: "), append(lines.Bytes(), '\n')...))
			if link := setUpLink.FindString(lines.Text()); link != "" {
				found <- link
			}
		}
	}()
	select {
	case link := <-found:
		return link
	case <-time.After(20 * time.Second):
		s.t.Fatalf("no set-up link was printed:\n%s", s.log)
		return ""
	}
}

func (s *server) setUp(link string) {
	s.t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	s.http = &http.Client{Jar: jar, Timeout: 10 * time.Second}
	_, token, _ := strings.Cut(link, "token=")
	s.call("POST", "/setup", map[string]any{
		"token": token, "company": "Analytical Engines", "name": "Ada Lovelace", "email": adminEmail,
		"password": adminPassword, "language": "en", "timeZone": "Europe/London",
	}, nil)
}

// call asks the API and fails the test unless it answers 2xx.
func (s *server) call(method, path string, body, into any) {
	s.t.Helper()
	var reader io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			s.t.Fatal(err)
		}
		reader = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(context.Background(), method, s.url+"/api/v1"+path, reader)
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Origin", s.url)
	response, err := s.http.Do(request)
	if err != nil {
		s.t.Fatalf("%s %s: %v\n%s", method, path, err, s.log)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode/100 != 2 {
		s.t.Fatalf("%s %s: %s %v\n%s\n%s", method, path, response.Status, err, text, s.log)
	}
	if into != nil {
		if err := json.Unmarshal(text, into); err != nil {
			s.t.Fatalf("%s %s: %v\n%s", method, path, err, text)
		}
	}
}

// meetingPage is what the tests need of a meeting.
type meetingPage struct {
	ID       string `json:"id"`
	Link     string `json:"link"`
	Number   string `json:"number"`
	HostCode string `json:"hostCode"`
	Invitees []struct {
		ID   string `json:"id"`
		Name string `json:"name"`
		Code string `json:"code"`
	} `json:"invitees"`
}

// meeting makes a named meeting.
func (s *server) meeting(name string, invitees ...string) meetingPage {
	s.t.Helper()
	var m meetingPage
	s.call("POST", "/meetings", map[string]any{"name": name, "kind": "named"}, &m)
	for _, invitee := range invitees {
		s.call("POST", "/meetings/"+m.ID+"/invitees", map[string]any{"name": invitee}, &m)
	}
	return m
}

// stop ends the server as an operator does, and fails the test if it panicked,
// raced or did not end.
func (s *server) stop() {
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	ended := make(chan error, 1)
	go func() { ended <- s.cmd.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			s.t.Errorf("the server ended with %v", err)
		}
	case <-time.After(20 * time.Second):
		_ = s.cmd.Process.Kill()
		s.t.Errorf("the server did not end within 20 s of SIGTERM")
	}
	if text := s.log.String(); s.t.Failed() || strings.Contains(text, "panic") {
		s.t.Errorf("server log:\n%s", text)
	}
}

// record is an io.Writer for several goroutines.
type record struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}
