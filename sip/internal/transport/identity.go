package transport

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
)

// Identity is who we are towards a peer over TLS, and who the peer has to prove
// to be. Connections are never shared between identities. A nil *Identity is
// nobody in particular: the peer is checked against the name that the request is
// for and the stack's roots.
type Identity struct {
	name   string
	client *tls.Config
}

// NewIdentity makes an identity. name is the one that the peer's certificate
// must be for; empty: the one that the request is for. ca is certificates that
// vouch for the peer; empty: the system's. cert and key are what we show when
// asked; empty: nothing. Each is PEM, or the name of a file of it; the files of
// cert and key are looked at again at each handshake.
func NewIdentity(name, ca, cert, key string, log *slog.Logger) (*Identity, error) {
	id := &Identity{name: name, client: &tls.Config{MinVersion: tls.VersionTLS12}}
	if ca != "" {
		text := []byte(ca)
		if !inline(ca) {
			var err error
			if text, err = os.ReadFile(ca); err != nil {
				return nil, fmt.Errorf("read the CA's certificate: %w", err)
			}
		}
		id.client.RootCAs = x509.NewCertPool()
		if !id.client.RootCAs.AppendCertsFromPEM(text) {
			return nil, errors.New("the CA has no certificate: it must be PEM, with BEGIN CERTIFICATE")
		}
	}
	if cert == "" && key == "" {
		return id, nil
	}
	if inline(cert) {
		pair, err := tls.X509KeyPair([]byte(cert), []byte(key))
		if err != nil {
			return nil, fmt.Errorf("read the client certificate: %w", err)
		}
		id.client.Certificates = []tls.Certificate{pair}
		return id, nil
	}
	own, err := newCertificate(cert, key, log)
	if err != nil {
		return nil, err
	}
	id.client.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return own.get(nil) }
	return id, nil
}

// inline tells PEM from the name of a file of it.
func inline(text string) bool { return strings.Contains(text, "-----BEGIN ") }

// config is what a handshake with a peer is made by.
func (id *Identity) config(otherwise *tls.Config, name string) *tls.Config {
	config := otherwise.Clone()
	if id != nil {
		config = id.client.Clone()
		if id.name != "" {
			name = id.name
		}
	}
	config.ServerName = name
	return config
}

// certificateFault says in plain words what is wrong with a peer's certificate, or
// with ours; empty where the fault is another.
func certificateFault(err error) string {
	var name x509.HostnameError
	var authority x509.UnknownAuthorityError
	var invalid x509.CertificateInvalidError
	var alert *net.OpError
	switch {
	case errors.As(err, &name):
		return "its certificate is for " + namesOf(name.Certificate) + " and not for that name"
	case errors.As(err, &authority):
		return "its certificate is signed by nobody we trust: name its CA's file"
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return fmt.Sprintf("its certificate is valid from %s to %s only",
			invalid.Cert.NotBefore.Format("2006-01-02"), invalid.Cert.NotAfter.Format("2006-01-02"))
	case errors.As(err, &invalid):
		return "its certificate is not good for a server"
	case errors.As(err, &alert) && alert.Op == "remote error": // crypto/tls keeps the type of alerts to itself
		return "it does not accept us, which is most often for want of a client certificate that it knows"
	}
	return ""
}

// namesOf are the names that a certificate is for.
func namesOf(cert *x509.Certificate) string {
	names := cert.DNSNames
	for _, ip := range cert.IPAddresses {
		names = append(names, ip.String())
	}
	switch {
	case len(names) == 0:
		return "no name at all"
	case len(names) > 3:
		return fmt.Sprintf("%q and %d more", names[:3], len(names)-3)
	}
	return fmt.Sprintf("%q", names)
}
