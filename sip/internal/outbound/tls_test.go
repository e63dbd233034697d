package outbound

import (
	"bufio"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
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

	"partyline/sip/dialplan"
	"partyline/sip/internal/dialog"
	"partyline/sip/internal/resolve"
	"partyline/sip/internal/transport"
)

// authority signs the certificates of tests.
type authority struct {
	t    *testing.T
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
	pem  string
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{t: t, key: newKey(t)}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "authority"}, IsCA: true, BasicConstraintsValid: true,
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	a.cert, _ = x509.ParseCertificate(der)
	a.pem = string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return a
}

func newKey(t *testing.T) *ecdsa.PrivateKey {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// issue signs a certificate for a name, good until a time.
func (a *authority) issue(name string, until time.Time) (cert, key string) {
	a.t.Helper()
	private := newKey(a.t)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name}, DNSNames: []string{name},
		NotBefore: until.Add(-24 * time.Hour), NotAfter: until, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &private.PublicKey, a.key)
	if err != nil {
		a.t.Fatal(err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		a.t.Fatal(err)
	}
	return string(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})), string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: secret}))
}

// written writes texts into files and gives their names.
func written(t *testing.T, texts ...string) (names []string) {
	t.Helper()
	dir := t.TempDir()
	for i, text := range texts {
		name := filepath.Join(dir, fmt.Sprint(i))
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		names = append(names, name)
	}
	return names
}

// everythingHere leads every name to this machine.
func everythingHere() *resolve.Resolver {
	return resolve.New(resolve.Config{
		Servers: []string{"127.0.0.1:1"},
		Hosts: func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("127.0.0.1")}, nil
		},
	})
}

// secure is a trunk over TLS to a host by name.
func secure(name string, at netip.AddrPort) dialplan.Trunk {
	return dialplan.Trunk{Name: "alpha", Outbound: dialplan.Outbound{
		Targets: []dialplan.Target{{Host: name, Port: int(at.Port()), Transport: "tls"}},
	}}
}

// TestCertificateIsChecked against the name that is configured, whatever address
// the name leads to; and what is wrong is said in plain words.
func TestCertificateIsChecked(t *testing.T) {
	ca := newAuthority(t)
	const name = "sbc.carrier.example"
	for _, c := range []struct {
		what  string
		until time.Time
		trunk func(*dialplan.Trunk)
		want  string // in the error; empty: the call is answered
	}{
		{"the host's name", time.Now().Add(time.Hour), func(t *dialplan.Trunk) { t.Outbound.CA = ca.pem }, ""},
		{"the host's name, another domain", time.Now().Add(time.Hour), func(t *dialplan.Trunk) { t.Outbound.CA, t.Outbound.Domain = ca.pem, "carrier.example" }, ""},
		{"a name of its own", time.Now().Add(time.Hour), func(t *dialplan.Trunk) {
			t.Outbound.CA, t.Outbound.ServerName, t.Outbound.Targets[0].Host = ca.pem, name, "127.0.0.1"
		}, ""},
		{"a wrong name", time.Now().Add(time.Hour), func(t *dialplan.Trunk) { t.Outbound.CA, t.Outbound.ServerName = ca.pem, "other.example" }, `its certificate is for ["sbc.carrier.example"]`},
		{"an unknown authority", time.Now().Add(time.Hour), func(*dialplan.Trunk) {}, "signed by nobody we trust"},
		{"an old certificate", time.Now().Add(-time.Hour), func(t *dialplan.Trunk) { t.Outbound.CA = ca.pem }, "is valid from"},
	} {
		t.Run(c.what, func(t *testing.T) {
			cert, key := ca.issue(name, c.until)
			files := written(t, cert, key)
			far := endpoint(t, dialog.Config{Transport: transport.Config{TLS: "127.0.0.1:0", CertFile: files[0], KeyFile: files[1]}}, answers)
			trunk := secure(name, far.TLS())
			c.trunk(&trunk)
			calls := carriers(t, Config{Resolver: everythingHere(), Probe: time.Hour}, endpoint(t, dialog.Config{}, nil), trunk)
			d, tried, err := calls.Call(limited(t), "alpha", callee())
			if c.want == "" {
				if err != nil {
					t.Fatalf("%+v, %v", tried, err)
				}
				if err := d.Bye(limited(t), dialog.Cause{}); err != nil {
					t.Error(err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), c.want) || !strings.Contains(tried[0].Error, c.want) {
				t.Errorf("%+v, %v", tried, err)
			}
			eventually(t, "the page tells", func() bool { return strings.Contains(calls.States()[0].LastError, c.want) })
		})
	}
}

// TestClientCertificate is shown where it is asked for, and each trunk shows its
// own to the same carrier: their connections are not shared.
func TestClientCertificate(t *testing.T) {
	ca := newAuthority(t)
	at, shown := demanding(t, ca)
	trunkOf := func(name string) dialplan.Trunk {
		t := secure("sbc.carrier.example", at)
		t.Name, t.Outbound.CA = name, ca.pem
		return t
	}
	alpha, beta, none := trunkOf("alpha"), trunkOf("beta"), trunkOf("none")
	cert, key := ca.issue("alpha.company.example", time.Now().Add(time.Hour))
	files := written(t, cert, key, ca.pem)
	alpha.Outbound.ClientCert, alpha.Outbound.ClientKey, alpha.Outbound.CA = files[0], files[1], files[2]
	beta.Outbound.ClientCert, beta.Outbound.ClientKey = ca.issue("beta.company.example", time.Now().Add(time.Hour))
	c := carriers(t, Config{Resolver: everythingHere(), Probe: 50 * time.Millisecond}, endpoint(t, dialog.Config{}, nil), alpha, beta, none)
	eventually(t, "those with a certificate are up, the other is down", func() bool {
		s := c.States()
		return s[0].Health == Up && s[1].Health == Up && s[2].Health == Down
	})
	if s := c.States()[2]; !strings.Contains(s.LastError, "client certificate") {
		t.Errorf("without a certificate: %s", s.LastError)
	}
	if names := shown(); names["alpha.company.example"] == 0 || names["beta.company.example"] == 0 {
		t.Errorf("shown: %v", names)
	}
}

// demanding is a carrier that wants to see a certificate. It answers OPTIONS,
// and tells whose they were.
func demanding(t *testing.T, ca *authority) (at netip.AddrPort, shown func() map[string]int) {
	t.Helper()
	cert, key := ca.issue("sbc.carrier.example", time.Now().Add(time.Hour))
	pair, err := tls.X509KeyPair([]byte(cert), []byte(key))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca.cert)
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{pair}, ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: roots})
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	names := make(map[string]int)
	var work sync.WaitGroup
	work.Go(func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			stop := context.AfterFunc(t.Context(), func() { _ = conn.Close() })
			work.Go(func() {
				defer stop()
				defer func() { _ = conn.Close() }()
				serveOptions(conn.(*tls.Conn), func(name string) {
					mu.Lock()
					defer mu.Unlock()
					names[name]++
				})
			})
		}
	})
	t.Cleanup(func() {
		_ = l.Close()
		work.Wait()
	})
	return l.Addr().(*net.TCPAddr).AddrPort(), func() map[string]int {
		mu.Lock()
		defer mu.Unlock()
		return names
	}
}

func serveOptions(conn *tls.Conn, saw func(string)) {
	lines := bufio.NewReader(conn)
	var head strings.Builder
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			return
		}
		head.WriteString(line)
		if line != "\r\n" {
			continue
		}
		if msg, err := sip.ParseMessage([]byte(head.String())); err == nil {
			saw(conn.ConnectionState().PeerCertificates[0].DNSNames[0])
			res := sip.NewResponseFromRequest(msg.(*sip.Request), 405, "Method Not Allowed", nil)
			_, _ = conn.Write([]byte(res.String()))
		}
		head.Reset()
	}
}
