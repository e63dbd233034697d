package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"math/big"
	"net"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"
)

// How long a certificate of our own is good for, and how long before its end
// it is replaced. Browsers refuse more than 825 days.
const (
	ownCertificateLife = 365 * 24 * time.Hour
	ownCertificateRest = 30 * 24 * time.Hour
)

// tlsConfig gives what the web server needs for TLS: nil without it, the
// configured certificate, or one of our own making in the data directory.
func tlsConfig(cfg Config, now func() time.Time) (*tls.Config, error) {
	if !cfg.secure() {
		return nil, nil
	}
	pair := &certificatePair{certificate: cfg.HTTP.Certificate, key: cfg.HTTP.Key, now: now}
	if cfg.HTTP.SelfSigned {
		pair.certificate = filepath.Join(cfg.DataDir, "certificate.pem")
		pair.key = filepath.Join(cfg.DataDir, "certificate-key.pem")
		if err := ensureOwnCertificate(pair.certificate, pair.key, ownNames(cfg), now()); err != nil {
			return nil, fmt.Errorf("http.self_signed: %w", err)
		}
	}
	if _, err := pair.get(nil); err != nil {
		return nil, fmt.Errorf("http.certificate: %w", err)
	}
	return &tls.Config{MinVersion: tls.VersionTLS12, GetCertificate: pair.get}, nil
}

// certificatePair is a certificate and its key on disk, read again after they
// changed, so that a renewed one needs no restart.
type certificatePair struct {
	certificate, key string
	now              func() time.Time

	mu       sync.Mutex // guards what follows
	loaded   *tls.Certificate
	modified time.Time
	looked   time.Time
}

// get is a tls.Config.GetCertificate. A pair that cannot be read any more is
// served as it was.
func (p *certificatePair) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if p.loaded != nil && now.Sub(p.looked) < time.Minute {
		return p.loaded, nil
	}
	p.looked = now
	stat, err := os.Stat(p.certificate)
	if err == nil && p.loaded != nil && stat.ModTime().Equal(p.modified) {
		return p.loaded, nil
	}
	if err == nil {
		var pair tls.Certificate
		if pair, err = tls.LoadX509KeyPair(p.certificate, p.key); err == nil {
			p.loaded, p.modified = &pair, stat.ModTime()
		}
	}
	if p.loaded != nil {
		return p.loaded, nil
	}
	return nil, err
}

// ownNames is whom a certificate of our own is for: the public name, this
// machine's name and addresses, and localhost.
func ownNames(cfg Config) []string {
	names := []string{"localhost", "127.0.0.1", "::1"}
	if u, err := url.Parse(cfg.PublicURL); err == nil && u.Hostname() != "" {
		names = append(names, u.Hostname())
	}
	if host, err := os.Hostname(); err == nil && host != "" {
		names = append(names, host)
	}
	addresses, err := net.InterfaceAddrs()
	if err != nil {
		addresses = nil // then people use a name
	}
	for _, address := range addresses {
		if ip, ok := address.(*net.IPNet); ok && ip.IP.IsGlobalUnicast() {
			names = append(names, ip.IP.String())
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// ensureOwnCertificate makes a self-signed certificate unless there is one
// that is good for all names and for some time yet.
func ensureOwnCertificate(certificate, key string, names []string, now time.Time) error {
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err == nil && goodFor(pair.Leaf, names, now.Add(ownCertificateRest)) {
		return nil
	}
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(certificate), 0o700); err != nil {
		return err
	}
	return makeCertificate(certificate, key, names, now)
}

func goodFor(leaf *x509.Certificate, names []string, until time.Time) bool {
	if leaf == nil || until.After(leaf.NotAfter) {
		return false
	}
	return !slices.ContainsFunc(names, func(name string) bool { return leaf.VerifyHostname(name) != nil })
}

func makeCertificate(certificate, key string, names []string, now time.Time) error {
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	serial, err := rand.Int(rand.Reader, new(big.Int).Lsh(big.NewInt(1), 120))
	if err != nil {
		return err
	}
	template := &x509.Certificate{
		SerialNumber: serial,
		Subject:      pkix.Name{CommonName: "Partyline, self-signed"},
		NotBefore:    now.Add(-time.Hour), // clocks of others may be behind
		NotAfter:     now.Add(ownCertificateLife),
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}
	for _, name := range names {
		if ip := net.ParseIP(name); ip != nil {
			template.IPAddresses = append(template.IPAddresses, ip)
		} else {
			template.DNSNames = append(template.DNSNames, name)
		}
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, private.Public(), private)
	if err != nil {
		return err
	}
	privateDER, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return err
	}
	return errors.Join(
		writePEM(key, "PRIVATE KEY", privateDER, 0o600),
		writePEM(certificate, "CERTIFICATE", der, 0o644),
	)
}

func writePEM(name, kind string, der []byte, mode os.FileMode) error {
	return os.WriteFile(name, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode)
}
