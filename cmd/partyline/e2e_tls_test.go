//go:build e2e

package main

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"partyline/cmd/internal/baresip"
	"partyline/cmd/internal/bridge"
	"partyline/sip/dialplan"
	"partyline/sip/softphone"
)

// TestE2ETLSPhone has calls come over TLS, by a trunk that takes encrypted sound
// alone. The certificate is replaced while the bridge runs, and the next
// connection has the new one.
func TestE2ETLSPhone(t *testing.T) {
	dir := t.TempDir()
	certificate, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	renew := func() {
		if err := makeCertificate(certificate, key, []string{"localhost"}, time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	renew()
	port, err := bridge.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	s := startServer(t, trunks(t, `allow = ["127.0.0.0/8", "10.231.0.0/16"]`, `srtp = "required"`, `language = "en"`),
		fmt.Sprintf("sip.tls=:%d", port), "sip.certificate="+certificate, "sip.key="+key)
	address := fmt.Sprintf("127.0.0.1:%d", port)
	first := presented(t, address)
	renew()
	s.waitFor(30*time.Second, "the new certificate", func() bool { return !presented(t, address).Equal(first) })

	m := s.meeting("Weekly")
	host := s.host(m)
	var refused *softphone.Refused
	if _, err := s.tryDial(softphone.Config{}); !errors.As(err, &refused) || refused.Status != 488 {
		t.Errorf("a call in the clear: %v, want 488", err)
	}
	lea, err := s.tryDial(softphone.Config{SRTP: dialplan.SRTPRequired})
	if err != nil || lea.Suite() == "" {
		t.Fatalf("an encrypted call: %v\n%s", err, s.Log())
	}
	lea.press(m.Number + ",,#")
	stranger := s.startBaresip("kal", baresip.Options{SRTP: true})
	wrapped := wrap(t, netip.MustParseAddr(stranger.Server), port)
	if err := stranger.Dial(fmt.Sprintf("sip:conference@%v;transport=tcp", wrapped)); err != nil {
		t.Fatal(err)
	}
	stranger.prints("Call established", 1)
	stranger.press(m.Number)
	time.Sleep(2 * time.Second) // a pound key right behind the number belongs to it
	stranger.press("#")
	host.sees("two phones", func(r *bridge.Roster) bool { return len(r.Everybody()) == 3 })

	hearsOnly(t, "the encrypted softphone", lea.heard, "kal")
	lea.speak("lea")(true)
	hearsOnly(t, "baresip over TLS and SRTP", stranger.heard, "lea")
}

// wrap puts TLS around the connections to a port of its own, for a phone that
// speaks TCP: Debian's baresip refuses TLS to a server without a name.
func wrap(t *testing.T, host netip.Addr, port uint16) net.Addr {
	t.Helper()
	listener, err := net.Listen("tcp", netip.AddrPortFrom(host, 0).String())
	if err != nil {
		t.Fatal(err)
	}
	var copying sync.WaitGroup
	t.Cleanup(copying.Wait)
	t.Cleanup(func() { _ = listener.Close() })
	copying.Go(func() {
		for {
			plain, err := listener.Accept()
			if err != nil {
				return
			}
			secure, err := tls.Dial("tcp", netip.AddrPortFrom(host, port).String(), &tls.Config{InsecureSkipVerify: true}) // its own making
			if err != nil {
				t.Errorf("TLS: %v", err)
				_ = plain.Close()
				continue
			}
			for _, way := range [][2]net.Conn{{plain, secure}, {secure, plain}} {
				copying.Go(func() {
					_, _ = io.Copy(way[0], way[1]) // until one of the two hangs up
					_ = way[0].Close()
				})
			}
		}
	})
	return listener.Addr()
}

// presented is the certificate that a server shows.
func presented(t *testing.T, address string) *x509.Certificate {
	t.Helper()
	dialer := tls.Dialer{NetDialer: &net.Dialer{Timeout: 30 * time.Second}, Config: &tls.Config{InsecureSkipVerify: true}} // it is compared, not trusted
	conn, err := dialer.DialContext(t.Context(), "tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	return conn.(*tls.Conn).ConnectionState().PeerCertificates[0]
}
