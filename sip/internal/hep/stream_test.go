package hep

import (
	"bufio"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/binary"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"partyline/sip/evidence"
	"partyline/sip/internal/transport"
)

// stand is how long a test waits for what must come, on a busy machine too.
const stand = 30 * time.Second

// identity is a certificate for 127.0.0.1 with its key, and the file of who
// signed it: itself.
func identity(t *testing.T) (tls.Certificate, string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	plan := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	signed, err := x509.CreateCertificate(rand.Reader, plan, plan, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: signed}), 0o600); err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{signed}, PrivateKey: key}, file
}

// take reads the next packet of a stream as a collector does: by the length in
// its head.
func take(t *testing.T, conn net.Conn, in *bufio.Reader) packet {
	t.Helper()
	_ = conn.SetReadDeadline(time.Now().Add(stand))
	head := make([]byte, 6)
	if _, err := io.ReadFull(in, head); err != nil {
		t.Fatal(err)
	}
	rest := make([]byte, int(binary.BigEndian.Uint16(head[4:]))-len(head))
	if _, err := io.ReadFull(in, rest); err != nil {
		t.Fatal(err)
	}
	p, err := read(append(head, rest...))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// TestStreams: over TCP and TLS a collector gets every message whole, and after it
// was gone for a while it gets those that pass from then on.
func TestStreams(t *testing.T) {
	certificate, ca := identity(t)
	for _, network := range []string{"tcp", "tls"} {
		t.Run(network, func(t *testing.T) {
			collector, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer collector.Close()
			if network == "tls" {
				collector = tls.NewListener(collector, &tls.Config{Certificates: []tls.Certificate{certificate}})
			}
			cfg := Config{Collector: collector.Addr().String(), Network: network, CA: ca, Agent: 3, Masking: evidence.SecretsOnly}
			e := start(cfg, time.Millisecond, facing, slog.New(slog.DiscardHandler))
			defer e.Close()
			pass := func(name string) {
				e.Pass(transport.Passing{At: at, Network: "udp", Peer: there, Data: []byte(strings.ReplaceAll(options, "OPTIONS", name))})
			}
			for _, name := range []string{"FIRST", "SECOND", "THIRD"} {
				pass(name)
			}
			conn, in := accept(t, collector)
			for _, name := range []string{"FIRST", "SECOND", "THIRD"} {
				if p := take(t, conn, in); p.agent != 3 || !strings.HasPrefix(p.payload, name) {
					t.Fatalf("got %+v, want %s", p, name)
				}
			}
			if c := e.Counts(); c.Sent < 2 || c.Unreachable+c.Broken+c.QueueFull > 0 {
				t.Errorf("counted %+v", c)
			}
			_ = conn.Close() // the collector starts anew

			// Messages pass all the while, until it is reached again.
			over := make(chan struct{})
			passing := make(chan struct{})
			go func() {
				defer close(passing)
				for {
					select {
					case <-over:
						return
					case <-time.After(10 * time.Millisecond):
						pass("LATER")
					}
				}
			}()
			conn, in = accept(t, collector)
			p := take(t, conn, in)
			close(over)
			<-passing
			if !strings.HasPrefix(p.payload, "LATER") {
				t.Errorf("after the break came %+v", p)
			}
			_ = conn.Close()
		})
	}
}

func accept(t *testing.T, l net.Listener) (net.Conn, *bufio.Reader) {
	t.Helper()
	type result struct {
		conn net.Conn
		err  error
	}
	came := make(chan result, 1)
	go func() {
		conn, err := l.Accept()
		if secured, ok := conn.(*tls.Conn); ok && err == nil {
			_ = secured.SetDeadline(time.Now().Add(stand))
			err = secured.Handshake()
		}
		came <- result{conn, err}
	}()
	select {
	case r := <-came:
		if r.err != nil {
			t.Fatal(r.err)
		}
		return r.conn, bufio.NewReader(r.conn)
	case <-time.After(stand):
		_ = l.Close()
		<-came
		t.Fatal("nobody came")
		return nil, nil
	}
}

// TestStrangersAreShownNothing: what has no certificate of those whom we trust is
// not the collector.
func TestStrangersAreShownNothing(t *testing.T) {
	certificate, _ := identity(t)
	_, other := identity(t)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	collector := tls.NewListener(listener, &tls.Config{Certificates: []tls.Certificate{certificate}})
	read := make(chan []byte, 1)
	go func() {
		conn, err := collector.Accept()
		if err != nil {
			read <- nil
			return
		}
		defer conn.Close()
		_ = conn.SetDeadline(time.Now().Add(stand))
		b, _ := io.ReadAll(conn) // the handshake fails
		read <- b
	}()
	var log bytes.Buffer
	e := New(Config{Collector: listener.Addr().String(), Network: "tls", CA: other}, facing, slog.New(slog.NewTextHandler(&log, nil)))
	e.Pass(transport.Passing{At: at, Network: "udp", Peer: there, Data: []byte(options)})
	got := <-read
	e.Close()
	_ = collector.Close()
	if c := e.Counts(); len(got) > 0 || c.Sent > 0 || c.Unreachable != 1 {
		t.Errorf("a stranger read %q; %+v", got, c)
	}
	if !strings.Contains(log.String(), "cannot be reached") {
		t.Errorf("the log says %q", &log)
	}
}
