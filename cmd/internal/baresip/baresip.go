// Package baresip runs Debian's baresip, a phone that is not of our making, in
// a network namespace of its own (it refuses to work on loopback). Linux, root.
package baresip

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"time"
)

// Options says what the phone speaks and how.
type Options struct {
	Dir   string // folder for its configuration and recordings
	Codec string // such as "PCMA/8000/1"
	Speak string // 8 kHz mono 16-bit WAV file that it plays; it hangs up at its end
	SRTP  bool   // insist on encrypted sound, with keys by SDES
	NAT   bool   // put a router before it that hides its address: needs nft

	Account *Account // registered at the host, unless nil
	Port    uint16   // of the host's registrar
}

// Account is what a phone registers with.
type Account struct{ User, Password string }

// Phone is a running baresip. Its methods are for one goroutine.
type Phone struct {
	// Server is the address under which the phone reaches this host.
	Server string

	namespace string
	router    string // namespace; empty without NAT
	records   string
	cmd       *exec.Cmd
	control   net.Conn
	replies   *bufio.Reader
	output    *log
}

// Each phone gets a /30 of its own out of 10.231.0.0/16, keyed by process id,
// so that tests of two packages do not meet.
var serial = struct {
	sync.Mutex
	n int
}{}

// Start makes the namespace and starts a phone in it.
func Start(ctx context.Context, o Options) (*Phone, error) {
	serial.Lock()
	serial.n++
	id := (os.Getpid()*8 + serial.n) % (1 << 14)
	serial.Unlock()
	host := fmt.Sprintf("10.231.%d.%d", id>>6, (id&63)*4+1)
	self := fmt.Sprintf("10.231.%d.%d", id>>6, (id&63)*4+2)
	p := &Phone{Server: host, namespace: fmt.Sprintf("partyline%d", id), records: filepath.Join(o.Dir, "records"), output: &log{}}
	reach := self // under which address the phone takes commands
	connect := p.connect
	if o.NAT {
		self, connect = hidden, p.connectBehindNAT
	}
	if err := connect(id, host, reach); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	if err := p.configure(o, self); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	p.cmd = exec.CommandContext(ctx, "ip", "netns", "exec", p.namespace, "baresip", "-f", o.Dir)
	p.cmd.Stdout, p.cmd.Stderr = p.output, p.output
	p.cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := p.cmd.Start(); err != nil {
		return nil, errors.Join(fmt.Errorf("start baresip: %w", err), p.Close())
	}
	if err := p.attach(ctx, reach); err != nil {
		return nil, errors.Join(err, p.Close())
	}
	return p, nil
}

func (p *Phone) configure(o Options, self string) error {
	if err := os.MkdirAll(p.records, 0o755); err != nil {
		return err
	}
	config := strings.Join([]string{
		"sip_listen " + self + ":5060",
		"audio_source aufile," + o.Speak,
		"audio_player aufile," + filepath.Join(o.Dir, "player.wav"),
		"audio_alert aufile," + filepath.Join(o.Dir, "alert.wav"),
		"ausrc_srate 8000", "auplay_srate 8000", "ausrc_channels 1", "auplay_channels 1",
		"module_path /usr/lib/baresip/modules",
		"module g711.so", "module opus.so", "module srtp.so", "module aufile.so", "module sndfile.so",
		"module_tmp uuid.so", "module_tmp account.so",
		"module_app menu.so", "module ctrl_tcp.so",
		"ctrl_tcp_listen " + self + ":4444",
		"snd_path " + p.records,
	}, "\n") + "\n"
	account := o.account(p.Server, self) + "\n"
	for name, text := range map[string]string{"config": config, "accounts": account, "contacts": ""} {
		if err := os.WriteFile(filepath.Join(o.Dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}

// account is the line that says who the phone is.
func (o Options) account(server, self string) string {
	line := "<sip:phone@" + self + ">;regint=0"
	if a := o.Account; a != nil {
		line = fmt.Sprintf("<sip:%s@%s:%d>;auth_user=%s;auth_pass=%s;regint=60;answermode=auto", a.User, server, o.Port, a.User, a.Password)
	}
	if o.SRTP {
		line += ";mediaenc=srtp-mand"
	}
	return line + ";audio_codecs=" + o.Codec
}

// attach waits until the phone takes commands at an address.
func (p *Phone) attach(ctx context.Context, address string) error {
	deadline := time.Now().Add(time.Minute)
	for {
		conn, err := (&net.Dialer{Timeout: time.Second}).DialContext(ctx, "tcp", address+":4444")
		if err == nil {
			p.control, p.replies = conn, bufio.NewReader(conn)
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("baresip did not come up: %w\n%s", err, p.output)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

// command sends one netstring-framed JSON command and waits for its response.
func (p *Phone) command(name, params string) error {
	body, err := json.Marshal(map[string]string{"command": name, "params": params, "token": name})
	if err != nil {
		return err
	}
	_ = p.control.SetDeadline(time.Now().Add(30 * time.Second))
	if _, err := fmt.Fprintf(p.control, "%d:%s,", len(body), body); err != nil {
		return fmt.Errorf("baresip %s: %w", name, err)
	}
	for {
		reply, err := p.netstring()
		if err != nil {
			return fmt.Errorf("baresip %s: %w", name, err)
		}
		var r struct {
			Response, OK bool
			Data         string
		}
		if err := json.Unmarshal(reply, &r); err != nil {
			return fmt.Errorf("baresip %s: %w", name, err)
		}
		if !r.Response {
			continue // an event
		}
		if !r.OK {
			return fmt.Errorf("baresip %s: %s", name, strings.TrimSpace(r.Data))
		}
		return nil
	}
}

func (p *Phone) netstring() ([]byte, error) {
	length, err := p.replies.ReadString(':')
	if err != nil {
		return nil, err
	}
	n, err := strconv.Atoi(strings.TrimSuffix(length, ":"))
	if err != nil || n < 0 || n > 1<<20 {
		return nil, fmt.Errorf("bad netstring length %q", length)
	}
	body := make([]byte, n+1) // and the comma
	if _, err := io.ReadFull(p.replies, body); err != nil {
		return nil, err
	}
	return body[:n], nil
}

// Dial calls a SIP URI.
func (p *Phone) Dial(uri string) error { return p.command("dial", uri) }

// Press sends keys as RFC 4733 events, with a human's pace.
func (p *Phone) Press(keys string) error {
	for _, k := range keys {
		if err := p.command("sndcode", string(k)); err != nil {
			return err
		}
		time.Sleep(150 * time.Millisecond)
		if err := p.command("sndcode", "\x04"); err != nil && !strings.Contains(err.Error(), "sndcode") {
			return err
		}
		time.Sleep(100 * time.Millisecond)
	}
	return nil
}

// Hangup ends the call.
func (p *Phone) Hangup() error { return p.command("hangup", "") }

// Hold and Resume signal hold by re-INVITE.
func (p *Phone) Hold() error { return p.command("hold", "") }

// Resume ends a hold.
func (p *Phone) Resume() error { return p.command("resume", "") }

// Output is what baresip printed so far.
func (p *Phone) Output() string { return p.output.String() }

// Recording is the WAV file of what the phone heard. It is complete once the
// call has ended.
func (p *Phone) Recording() (string, error) {
	files, err := filepath.Glob(filepath.Join(p.records, "*-dec.wav"))
	if err != nil || len(files) == 0 {
		return "", fmt.Errorf("baresip recorded nothing in %s (%w)", p.records, err)
	}
	return files[len(files)-1], nil
}

// Close ends the phone and takes its namespace down.
func (p *Phone) Close() error {
	if p.control != nil {
		_ = p.control.Close()
	}
	if p.cmd != nil && p.cmd.Process != nil {
		_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGTERM)
		done := make(chan struct{})
		go func() { _ = p.cmd.Wait(); close(done) }()
		select {
		case <-done:
		case <-time.After(3 * time.Second):
			_ = syscall.Kill(-p.cmd.Process.Pid, syscall.SIGKILL)
			<-done
		}
	}
	err := ip("netns del " + p.namespace)
	if p.router != "" {
		err = errors.Join(err, ip("netns del "+p.router))
	}
	return err
}

// log is an io.Writer that several goroutines may use.
type log struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (l *log) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *log) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
