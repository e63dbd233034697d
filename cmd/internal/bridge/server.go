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
	Config   string   // path of a configuration file; none when empty
	Settings []string // "key=value", over those that make it listen on loopback
	Outside  bool     // media and SIP on all addresses of the machine, and not on loopback alone
	Environ  []string // "NAME=value", added to ours
	// Start starts the process; exec.Cmd.Start when nil.
	Start func(*exec.Cmd) error
}

// Server is a running Partyline. Its methods may be called from any goroutine,
// but for Restart and Stop, which are for its owner alone.
type Server struct {
	URL        string // of its pages, without a slash at its end
	SIP, Media netip.AddrPort

	Dir string // what it keeps

	client *http.Client // signed in as the first admin
	log    record
	start  func(*exec.Cmd) error
	*process
}

// process is one run of the program.
type process struct {
	cmd   *exec.Cmd
	link  chan string   // has the set-up link once it was printed
	ended chan struct{} // closed when the process has ended …
	how   error         // … with this
}

const (
	// startTimeout and stopTimeout are for machines with much else to do.
	startTimeout = time.Minute
	stopTimeout  = time.Minute
	// firstRTP and lastRTP are the ports of phones' audio: below those that
	// Linux gives to sockets that do not ask for one.
	firstRTP, lastRTP = 20000, 23999
)

// Start runs the program and sets it up, with [AdminEmail] as the first admin.
func Start(ctx context.Context, o Options) (*Server, error) {
	s, link, err := Launch(ctx, o)
	if err != nil {
		return nil, err
	}
	if err := s.setUp(ctx, link); err != nil {
		return nil, errors.Join(fmt.Errorf("%w\n%s", err, s.Log()), s.Stop())
	}
	return s, nil
}

// Launch runs the program as a newcomer does, and gives the path of its set-up
// link. It has no admin yet whom [Server.Call] could ask as.
func Launch(ctx context.Context, o Options) (s *Server, link string, err error) {
	s = &Server{Dir: o.Dir, start: o.Start}
	if s.start == nil {
		s.start = (*exec.Cmd).Start
	}
	if err := s.forget(); err != nil {
		return nil, "", err
	}
	args, err := s.arguments(o)
	if err != nil {
		return nil, "", err
	}
	cmd := exec.Command(o.Program, args...)
	cmd.Dir = o.Dir
	cmd.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "PARTYLINE_") }), o.Environ...)
	if err := s.run(cmd); err != nil {
		return nil, "", err
	}
	select {
	case link = <-s.link:
		return s, link, nil
	case <-s.ended:
		err = errors.New("the server ended before it printed its set-up link")
	case <-time.After(startTimeout):
		err = errors.New("no set-up link was printed")
	case <-ctx.Done():
		err = ctx.Err()
	}
	return nil, "", errors.Join(fmt.Errorf("%w\n%s", err, s.Log()), s.Stop())
}

// run starts a process.
func (s *Server) run(cmd *exec.Cmd) error {
	s.process = &process{cmd: cmd, link: make(chan string, 1), ended: make(chan struct{})}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C is for us: we stop it
	cmd.Stderr = &s.log
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = s.start(cmd)
	}
	if err != nil {
		return fmt.Errorf("start the server: %w", err)
	}
	go s.process.watch(out, &s.log)
	return nil
}

// Restart runs the program again, which has ended, with the data and the ports
// it had, and waits until it is ready.
func (s *Server) Restart(ctx context.Context) error {
	<-s.ended
	cmd := exec.Command(s.cmd.Path, s.cmd.Args[1:]...)
	cmd.Dir, cmd.Env = s.cmd.Dir, s.cmd.Env
	if err := s.run(cmd); err != nil {
		return err
	}
	for deadline := time.Now().Add(startTimeout); s.Ready(ctx) != http.StatusOK; {
		select {
		case <-s.ended:
			return fmt.Errorf("the server ended again: %w\n%s", s.how, s.Log())
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the server is not ready again\n%s", s.Log())
		}
	}
	return nil
}

// arguments chooses ports that nobody listens on now.
func (s *Server) arguments(o Options) ([]string, error) {
	var ports [3]uint16
	for i := range ports {
		var err error
		if ports[i], err = FreePort(); err != nil {
			return nil, err
		}
	}
	loopback := netip.MustParseAddr("127.0.0.1")
	s.URL = fmt.Sprintf("http://127.0.0.1:%d", ports[0])
	s.Media = netip.AddrPortFrom(loopback, ports[1])
	s.SIP = netip.AddrPortFrom(loopback, ports[2])
	media, phones := s.Media.String(), s.SIP.String()
	if o.Outside {
		media, phones = fmt.Sprintf(":%d", ports[1]), fmt.Sprintf(":%d", ports[2])
	}
	args := []string{"serve"}
	if o.Config != "" {
		args = append(args, "--config", o.Config)
	}
	for _, setting := range append([]string{
		"data_dir=" + o.Dir,
		fmt.Sprintf("http.listen=127.0.0.1:%d", ports[0]),
		"media.udp=" + media, "media.tcp=" + media, "media.loopback=true",
		"sip.udp=" + phones, "sip.tcp=" + phones,
		fmt.Sprintf("sip.rtp_ports=%d-%d", firstRTP, lastRTP),
		"drain=1s", "log.format=text",
	}, o.Settings...) {
		args = append(args, "--set", setting)
	}
	return args, nil
}

// FreePort finds a port that is free for both TCP and UDP at the moment.
func FreePort() (uint16, error) {
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

var setUpLink = regexp.MustCompile(`/setup\?token=[\w-]+`)

// watch reads what the program prints until it ends.
func (p *process) watch(out io.Reader, log io.Writer) {
	defer close(p.ended)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		_, _ = fmt.Fprintf(log, "stdout: %s\n", lines.Text())
		if link := setUpLink.FindString(lines.Text()); link != "" {
			select {
			case p.link <- link:
			default:
			}
		}
	}
	p.how = p.cmd.Wait()
}

// PID is the number of the process.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// Signal sends the process a signal.
func (s *Server) Signal(signal syscall.Signal) error {
	if err := s.cmd.Process.Signal(signal); err != nil {
		return fmt.Errorf("%v to the server: %w", signal, err)
	}
	return nil
}

// Wait waits for the process to end by itself, and tells how it did.
func (s *Server) Wait(ctx context.Context) error {
	select {
	case <-s.ended:
		return s.how
	case <-ctx.Done():
		return fmt.Errorf("the server has not ended: %w", ctx.Err())
	}
}

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
