package transport

import (
	"crypto/tls"
	"fmt"
	"log/slog"
	"os"
	"sync"
	"time"
)

// certificate is a certificate and key in files that may be renewed at any
// time: a handshake after that shows the new one. Files that cannot be used
// leave the old one in force.
type certificate struct {
	certFile, keyFile string
	log               *slog.Logger

	mu     sync.Mutex // guards what follows
	pair   *tls.Certificate
	seen   [2]stamp // of the files when they were last read
	looked time.Time
}

// stamp tells whether a file has changed.
type stamp struct {
	modified time.Time
	size     int64
}

// lookEvery is how often handshakes make us look at the files.
const lookEvery = 200 * time.Millisecond

func newCertificate(certFile, keyFile string, log *slog.Logger) (*certificate, error) {
	c := &certificate{certFile: certFile, keyFile: keyFile, log: log}
	c.seen = c.stamps()
	pair, err := tls.LoadX509KeyPair(certFile, keyFile)
	if err != nil {
		return nil, fmt.Errorf("load the SIP certificate: %w", err)
	}
	c.pair = &pair
	return c, nil
}

// get is the certificate of now; it is tls.Config's GetCertificate.
func (c *certificate) get(*tls.ClientHelloInfo) (*tls.Certificate, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if now.Sub(c.looked) < lookEvery {
		return c.pair, nil
	}
	c.looked = now
	seen := c.stamps()
	if seen == c.seen {
		return c.pair, nil
	}
	c.seen = seen // one complaint a change
	pair, err := tls.LoadX509KeyPair(c.certFile, c.keyFile)
	if err != nil {
		c.log.Error("the new SIP certificate cannot be used, keeping the old one", "error", err)
		return c.pair, nil
	}
	c.log.Info("using a new SIP certificate")
	c.pair = &pair
	return c.pair, nil
}

func (c *certificate) stamps() (s [2]stamp) {
	for i, name := range []string{c.certFile, c.keyFile} {
		if f, err := os.Stat(name); err == nil {
			s[i] = stamp{f.ModTime(), f.Size()}
		}
	}
	return s
}
