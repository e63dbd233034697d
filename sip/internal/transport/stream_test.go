package transport

import (
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

// readUntil reads until what was read contains a text, or the connection ends.
func readUntil(t *testing.T, conn net.Conn, text string) string {
	t.Helper()
	var all []byte
	buf := make([]byte, 4096)
	for !strings.Contains(string(all), text) {
		_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
		n, err := conn.Read(buf)
		all = append(all, buf[:n]...)
		if err != nil {
			t.Fatalf("waited for %q, got %q and %v", text, all, err)
		}
	}
	return string(all)
}

// ends waits for the other end to close a connection.
func ends(t *testing.T, conn net.Conn) {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(10 * time.Second))
	_, err := io.Copy(io.Discard, conn)
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		t.Fatal("the connection stays open")
	}
}

// TestSlowLoris sends a message byte by byte, for ever: the connection ends
// however busily it does so, and one that is merely silent does not.
func TestSlowLoris(t *testing.T) {
	s := start(t, Config{MessageTime: 300 * time.Millisecond}, &handler{}, nil)
	silent := dial(t, "tcp", s.Local("tcp"))
	slow := dial(t, "tcp", s.Local("tcp"))
	for begun := time.Now(); ; time.Sleep(10 * time.Millisecond) {
		if _, err := slow.Write([]byte("I")); err != nil {
			break
		}
		if time.Since(begun) > 10*time.Second {
			t.Fatal("a message that never ends is still waited for")
		}
	}
	if s.screen.gate.drops(tooSlow) == 0 {
		t.Error("the slow sender was not counted")
	}
	if _, err := silent.Write([]byte(request("OPTIONS", "after", 1, "tcp"))); err != nil {
		t.Fatal(err)
	}
	readUntil(t, silent, "SIP/2.0 200")
}

// TestIdleStreamIsClosed leaves a connection without a word.
func TestIdleStreamIsClosed(t *testing.T) {
	s := start(t, Config{Idle: 100 * time.Millisecond}, &handler{}, nil)
	ends(t, dial(t, "tcp", s.Local("tcp")))
	await(t, "its place", func() bool { return s.Counters().Streams == 0 })
}

// TestStalledReaderIsClosed never reads what it is sent.
func TestStalledReaderIsClosed(t *testing.T) {
	h := &handler{}
	s := start(t, Config{WriteTime: 200 * time.Millisecond, Rate: 1e6}, h, nil)
	conn := dial(t, "tcp", s.Local("tcp"))
	_ = conn.(*net.TCPConn).SetReadBuffer(4096)
	await(t, "the end of a connection that takes nothing", func() bool {
		_ = conn.SetWriteDeadline(time.Now().Add(100 * time.Millisecond))
		for i := range 1000 {
			if _, err := conn.Write([]byte(request("OPTIONS", strings.Repeat("long", 200), i+1, "tcp"))); err != nil {
				break
			}
		}
		return s.screen.gate.drops(tooSlow) > 0
	})
	await(t, "its place", func() bool { return s.Counters().Streams == 0 })
}

func TestKeepAlives(t *testing.T) {
	h := &handler{}
	s := start(t, Config{Trust: nil}, h, nil)
	conn := dial(t, "tcp", s.Local("tcp"))
	for range 3 {
		if _, err := conn.Write([]byte("\r\n\r\n")); err != nil {
			t.Fatal(err)
		}
		if got := readUntil(t, conn, "\r\n"); got != "\r\n" {
			t.Fatalf("ping answered with %q", got)
		}
	}
	// A ping in pieces, and one right before a request.
	for _, piece := range []string{"\r", "\n\r", "\n", "\r\n\r\n" + request("OPTIONS", "behind", 1, "tcp")} {
		if _, err := conn.Write([]byte(piece)); err != nil {
			t.Fatal(err)
		}
	}
	if got := readUntil(t, conn, "SIP/2.0 200"); !strings.HasPrefix(got, "\r\n\r\nSIP/2.0 200") {
		t.Errorf("got %q", got)
	}

	udp := dial(t, "udp", s.Local("udp"))
	for _, nothing := range []string{"\r\n\r\n", "\r\n", "\x00\x00\x00\x00", "\x00", ""} {
		for range 10 {
			if _, err := udp.Write([]byte(nothing)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if _, err := udp.Write([]byte(request("OPTIONS", "u", 1, "udp"))); err != nil {
		t.Fatal(err)
	}
	readUntil(t, udp, "SIP/2.0 200")
	if c := s.Counters(); c.Banned != 0 || c.Dropped[keepAlive.String()] != 50 || c.Dropped[notSIP.String()] != 0 {
		t.Errorf("keep-alives were held against their sender: %+v", c)
	}
}

func TestOversizedMessagesAreRefused(t *testing.T) {
	s := start(t, Config{}, &handler{}, nil)
	endless := dial(t, "tcp", s.Local("tcp"))
	_, _ = endless.Write([]byte("OPTIONS sip:a@b SIP/2.0\r\n" + strings.Repeat("X: y\r\n", 10000)))
	ends(t, endless)
	large := dial(t, "tcp", s.Local("tcp"))
	text := strings.Replace(request("OPTIONS", "large", 1, "tcp"), "Content-Length: 0", "Content-Length: 1000000", 1)
	if _, err := large.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	readUntil(t, large, "SIP/2.0 513")
	ends(t, large)
	if n := s.screen.gate.drops(tooLarge); n != 2 {
		t.Errorf("%d counted", n)
	}
}

func TestConnectionsAreLimited(t *testing.T) {
	s := start(t, Config{PerSource: 3}, &handler{}, nil)
	var conns []net.Conn
	for range 3 {
		conns = append(conns, dial(t, "tcp", s.Local("tcp")))
	}
	await(t, "three connections", func() bool { return s.Counters().Streams == 3 })
	ends(t, dial(t, "tcp", s.Local("tcp")))
	_ = conns[0].Close()
	await(t, "a free place", func() bool { return s.Counters().Streams == 2 })
	fourth := dial(t, "tcp", s.Local("tcp"))
	if _, err := fourth.Write([]byte(request("OPTIONS", "in", 1, "tcp"))); err != nil {
		t.Fatal(err)
	}
	readUntil(t, fourth, "SIP/2.0 200")
}

// faulty is a listener whose Accept fails at times.
type faulty struct {
	net.Listener
	mu   sync.Mutex
	left int
}

func (f *faulty) Accept() (net.Conn, error) {
	f.mu.Lock()
	failing := f.left > 0
	f.left--
	f.mu.Unlock()
	if failing {
		return nil, errors.New("too many open files")
	}
	return f.Listener.Accept()
}

func TestAcceptErrorsDoNotEndTheListener(t *testing.T) {
	s := newStreams(t.Context(), "tcp", Config{}.withDefaults(), newScreen(newGate(Config{}, slog.New(slog.DiscardHandler)), Config{}.withDefaults()))
	if err := s.listen("127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	s.listener = &faulty{Listener: s.listener, left: 3}
	var welcome sync.WaitGroup
	welcome.Go(s.welcome)
	conn := dial(t, "tcp", addrPort(s.Addr()))
	got, err := s.Accept()
	if err != nil || addrPort(got.RemoteAddr()) != addrPort(conn.LocalAddr()) {
		t.Errorf("accepted %v, %v", got, err)
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	welcome.Wait()
}

// authority signs certificates for names.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	made int64
}

func newAuthority(t *testing.T) *authority {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Test"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return &authority{t: t, cert: cert, key: key, made: 1}
}

func (a *authority) pool() *x509.CertPool {
	p := x509.NewCertPool()
	p.AddCert(a.cert)
	return p
}

// issue writes a certificate for a name into two files.
func (a *authority) issue(dir, name string) (certFile, keyFile string) {
	a.t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		a.t.Fatal(err)
	}
	a.made++
	template := &x509.Certificate{
		SerialNumber: big.NewInt(a.made), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	pkcs8, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		a.t.Fatal(err)
	}
	certFile, keyFile = filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for file, block := range map[string]*pem.Block{certFile: {Type: "CERTIFICATE", Bytes: der}, keyFile: {Type: "PRIVATE KEY", Bytes: pkcs8}} {
		if err := os.WriteFile(file, pem.EncodeToMemory(block), 0o600); err != nil {
			a.t.Fatal(err)
		}
	}
	return certFile, keyFile
}

// TestTLS speaks SIP over TLS with a stack: old versions of TLS are refused,
// and with or without ALPN one gets in.
func TestTLS(t *testing.T) {
	ca := newAuthority(t)
	cert, key := ca.issue(t.TempDir(), "localhost")
	s := start(t, Config{TLS: "127.0.0.1:0", CertFile: cert, KeyFile: key}, &handler{}, nil)
	if local := s.Local("tls"); !local.IsValid() || s.Facing("tls", netip.MustParseAddr("127.0.0.1")) != local {
		t.Errorf("local %v, facing %v", local, s.Facing("tls", netip.MustParseAddr("127.0.0.1")))
	}
	for name, config := range map[string]*tls.Config{
		"1.3":      {},
		"1.2":      {MaxVersion: tls.VersionTLS12},
		"ALPN sip": {NextProtos: []string{"sip"}},
	} {
		config.RootCAs, config.ServerName = ca.pool(), "localhost"
		conn, err := tls.Dial("tcp", s.Local("tls").String(), config)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if _, err := conn.Write([]byte(request("OPTIONS", "t"+name[:1]+name[2:3], 1, "tls"))); err != nil {
			t.Error(err)
		}
		readUntil(t, conn, "SIP/2.0 200")
		_ = conn.Close()
	}
	old := &tls.Config{RootCAs: ca.pool(), ServerName: "localhost", MinVersion: tls.VersionTLS10, MaxVersion: tls.VersionTLS11}
	if conn, err := tls.Dial("tcp", s.Local("tls").String(), old); err == nil {
		_ = conn.Close()
		t.Error("TLS 1.1 is accepted")
	}
}

// outgoing is an OPTIONS to a peer, for a host.
func outgoing(network string, peer netip.AddrPort, host string) *sip.Request {
	req := sip.NewRequest(sip.OPTIONS, sip.Uri{Scheme: "sip", Host: host})
	req.SetTransport(network)
	req.SetDestination(peer.String())
	req.AppendHeader(&sip.FromHeader{Address: sip.Uri{Scheme: "sip", Host: "a"}, Params: sip.HeaderParams{{K: "tag", V: "f"}}})
	req.AppendHeader(&sip.ToHeader{Address: sip.Uri{Scheme: "sip", Host: "b"}})
	id := sip.CallIDHeader("to-" + host)
	req.AppendHeader(&id)
	req.AppendHeader(&sip.CSeqHeader{SeqNo: 1, MethodName: sip.OPTIONS})
	req.SetBody(nil)
	return req
}

// TestTLSToAPeer calls over TLS: the certificate must be for the name in the
// URI, even where the destination is an address already.
func TestTLSToAPeer(t *testing.T) {
	ca := newAuthority(t)
	cert, key := ca.issue(t.TempDir(), "sip.example.com")
	peer := &handler{}
	called := start(t, Config{TLS: "127.0.0.1:0", CertFile: cert, KeyFile: key}, peer, nil)
	caller := start(t, Config{Roots: ca.pool()}, &handler{}, nil)
	for name, good := range map[string]bool{"sip.example.com": true, "sip.example.org": false, "127.0.0.1": false} {
		req := outgoing("TLS", called.Local("tls"), name)
		if !good { // another connection, or the name would not be looked at
			caller = start(t, Config{Roots: ca.pool()}, &handler{}, nil)
		}
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		tx, err := caller.Request(ctx, req, nil)
		cancel()
		if !good {
			if err == nil {
				tx.Terminate()
				t.Errorf("a certificate for another name than %s was accepted", name)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		select {
		case res := <-tx.Responses():
			if res.StatusCode != 200 || !strings.Contains(req.Via().String(), "SIP/2.0/TLS 127.0.0.1") {
				t.Errorf("%v to %v", res, req.Via())
			}
		case <-time.After(10 * time.Second):
			t.Fatal("no answer")
		}
		tx.Terminate()
		if !caller.Connected("tls", called.Local("tls"), nil) {
			t.Error("the connection is not kept")
		}
	}
}

// TestCertificateIsRenewed replaces the files under a running stack, with good
// ones and with bad ones.
func TestCertificateIsRenewed(t *testing.T) {
	ca := newAuthority(t)
	dir := t.TempDir()
	cert, key := ca.issue(dir, "one.example.com")
	var log lockedBuffer
	s := start(t, Config{TLS: "127.0.0.1:0", CertFile: cert, KeyFile: key}, &handler{}, slog.New(slog.NewTextHandler(&log, nil)))
	shown := func() string {
		conn, err := tls.Dial("tcp", s.Local("tls").String(), &tls.Config{RootCAs: ca.pool(), InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = conn.Close() }()
		return conn.ConnectionState().PeerCertificates[0].Subject.CommonName
	}
	if got := shown(); got != "one.example.com" {
		t.Fatalf("shows %s", got)
	}
	ca.issue(dir, "two.example.com")
	await(t, "the new certificate", func() bool { return shown() == "two.example.com" })
	if err := os.WriteFile(cert, []byte("half a certifi"), 0o600); err != nil {
		t.Fatal(err)
	}
	await(t, "a complaint", func() bool { shown(); return strings.Contains(log.String(), "keeping the old one") })
	for range 5 {
		if got := shown(); got != "two.example.com" {
			t.Fatalf("with bad files it shows %s", got)
		}
	}
	if n := strings.Count(log.String(), "keeping the old one"); n > 2 { // each of the two files may be seen changing
		t.Errorf("%d complaints", n)
	}
	ca.issue(dir, "three.example.com")
	await(t, "the mended certificate", func() bool { return shown() == "three.example.com" })
}

// lockedBuffer is a log to look into while it is written.
type lockedBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *lockedBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// TestStrangersGetNothing is trap D6: a request for our own listening address
// must not go out by a connection that somebody else has opened.
func TestStrangersGetNothing(t *testing.T) {
	h := &handler{}
	s := start(t, Config{}, h, nil)
	stranger := dial(t, "tcp", s.Local("tcp"))
	await(t, "the stranger's connection", func() bool { return s.Counters().Streams == 1 })
	req := outgoing("TCP", s.Local("tcp"), "127.0.0.1")
	tx, err := s.Request(t.Context(), req, nil)
	if err != nil {
		t.Fatal(err)
	}
	await(t, "the request", func() bool { return h.count() == 1 })
	tx.Terminate()
	_ = stranger.SetReadDeadline(time.Now().Add(100 * time.Millisecond))
	if n, err := stranger.Read(make([]byte, 100)); n > 0 || err == nil {
		t.Error("the stranger was sent our request")
	}
}
