package bridge

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Build makes the program in dir, as it ships: without cgo. Flags are those of
// go build.
func Build(ctx context.Context, dir string, flags ...string) (path string, err error) {
	path = filepath.Join(dir, "partyline")
	args := append(append([]string{"build"}, flags...), "-o", path, "partyline/cmd/partyline")
	build := exec.CommandContext(ctx, "go", args...)
	build.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := build.CombinedOutput(); err != nil {
		return "", fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
}

// Options say how a server is started.
type Options struct {
	Program  string   // its path, see Build
	Dir      string   // an empty directory for what it keeps
	Settings []string // "key=value", over those that make it listen on loopback
	Environ  []string // "NAME=value", added to ours
	// Start starts the process; exec.Cmd.Start when nil.
	Start func(*exec.Cmd) error
}

// Server is a running Partyline. Its methods may be called from any goroutine,
// but for Stop, which is called once.
type Server struct {
	URL        string // of its pages, without a slash at its end
	SIP, Media netip.AddrPort

	client *http.Client // signed in as the first admin
	cmd    *exec.Cmd
	log    record
	ended  chan struct{} // closed when the process has ended …
	how    error         // … with this
}

const (
	startTimeout = 20 * time.Second
	stopTimeout  = 20 * time.Second
	// firstRTP and lastRTP are the ports of phones' audio: below those that
	// Linux gives to sockets that do not ask for one.
	firstRTP, lastRTP = 20000, 23999
)

// Start runs the program and sets it up, with [AdminEmail] as the first admin.
func Start(ctx context.Context, o Options) (*Server, error) {
	s := &Server{ended: make(chan struct{})}
	args, err := s.arguments(o)
	if err != nil {
		return nil, err
	}
	s.cmd = exec.Command(o.Program, args...)
	s.cmd.Dir = o.Dir
	s.cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "PARTYLINE_") }), o.Environ...)
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for us: we stop it
	s.cmd.Stderr = &s.log
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start the server: %w", err)
	}
	start := o.Start
	if start == nil {
		start = (*exec.Cmd).Start
	}
	if err := start(s.cmd); err != nil {
		return nil, fmt.Errorf("start the server: %w", err)
	}
	link := make(chan string, 1)
	go s.watch(out, link)
	if err := s.setUp(ctx, link); err != nil {
		return nil, errors.Join(fmt.Errorf("%w\n%s", err, s.Log()), s.Stop())
	}
	return s, nil
}

// arguments chooses ports that nobody listens on now.
func (s *Server) arguments(o Options) ([]string, error) {
	var ports [3]uint16
	for i := range ports {
		var err error
		if ports[i], err = freePort(); err != nil {
			return nil, err
		}
	}
	loopback := netip.MustParseAddr("127.0.0.1")
	s.URL = fmt.Sprintf("http://127.0.0.1:%d", ports[0])
	s.Media = netip.AddrPortFrom(loopback, ports[1])
	s.SIP = netip.AddrPortFrom(loopback, ports[2])
	args := []string{"serve"}
	for _, setting := range append([]string{
		"data_dir=" + o.Dir,
		fmt.Sprintf("http.listen=127.0.0.1:%d", ports[0]),
		fmt.Sprintf("media.udp=%v", s.Media), fmt.Sprintf("media.tcp=%v", s.Media), "media.loopback=true",
		fmt.Sprintf("sip.udp=%v", s.SIP), fmt.Sprintf("sip.tcp=%v", s.SIP),
		fmt.Sprintf("sip.rtp_ports=%d-%d", firstRTP, lastRTP),
		"drain=1s", "log.format=text",
	}, o.Settings...) {
		args = append(args, "--set", setting)
	}
	return args, nil
}

// freePort finds a port that is free for both TCP and UDP at the moment.
func freePort() (uint16, error) {
	const attempts = 20
	var failed error
	for range attempts {
		l, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return 0, fmt.Errorf("find a free port: %w", err)
		}
		c, err := net.ListenPacket("udp", l.Addr().String())
		failed = errors.Join(err, l.Close())
		if failed == nil {
			port := netip.MustParseAddrPort(c.LocalAddr().String()).Port()
			return port, c.Close()
		}
	}
	return 0, fmt.Errorf("find a free port: %w", failed)
}

var setUpLink = regexp.MustCompile(`/setup\?token=([\w-]+)`)

// watch reads what the program prints until it ends.
func (s *Server) watch(out io.Reader, link chan<- string) {
	defer close(s.ended)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		_, _ = fmt.Fprintf(&s.log, "stdout: %s\n", lines.Text())
		if found := setUpLink.FindStringSubmatch(lines.Text()); found != nil {
			select {
			case link <- found[1]:
			default:
			}
		}
	}
	s.how = s.cmd.Wait()
}

// PID is the number of the process.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// Log is what the server has printed and logged so far.
func (s *Server) Log() string { return s.log.String() }

// Stop ends the server as an operator does, and tells if it did not end well.
func (s *Server) Stop() error {
	_ = s.cmd.Process.Signal(syscall.SIGTERM) // it may have ended by itself
	select {
	case <-s.ended:
	case <-time.After(stopTimeout):
		_ = s.cmd.Process.Kill()
		<-s.ended
		return fmt.Errorf("the server did not end within %v of SIGTERM\n%s", stopTimeout, s.Log())
	}
	if s.how != nil {
		return fmt.Errorf("the server ended: %w\n%s", s.how, s.Log())
	}
	return nil
}

// record is an io.Writer for several goroutines.
type record struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

// Write adds to the record.
func (r *record) Write(p []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.Write(p)
}

// String is the record so far.
func (r *record) String() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.text.String()
}
