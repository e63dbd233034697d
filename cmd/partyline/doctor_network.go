package main

import (
	"context"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// machineAddresses are the addresses of this machine that others may send to.
func machineAddresses() ([]netip.Addr, error) {
	all, err := net.InterfaceAddrs()
	if err != nil {
		return nil, fmt.Errorf("listing this machine's addresses: %w", err)
	}
	var addresses []netip.Addr
	for _, a := range all {
		prefix, err := netip.ParsePrefix(a.String())
		if err == nil && prefix.Addr().IsGlobalUnicast() {
			addresses = append(addresses, prefix.Addr().Unmap())
		}
	}
	return addresses, nil
}

// examineCandidates tells which addresses browsers will send their audio to.
func examineCandidates(_ context.Context, cfg Config) []finding {
	own, err := machineAddresses()
	if err != nil {
		return []finding{{doubtful, "candidates", err.Error(), "set media.public_addresses to this machine's addresses"}}
	}
	return []finding{gradeCandidates(own, cfg)}
}

func gradeCandidates(own []netip.Addr, cfg Config) finding {
	offered := cfg.Media.PublicAddresses
	if len(offered) == 0 {
		offered = own
	}
	if cfg.Media.Loopback {
		offered = append(slices.Clone(offered), netip.MustParseAddr("127.0.0.1"))
	}
	found := "browsers send to " + joinAddresses(offered)
	switch {
	case len(offered) == 0:
		return finding{bad, "candidates", "none", "connect this machine to a network, or set media.public_addresses, or media.loopback = true to try it alone"}
	case cfg.PublicURL != "" && !slices.ContainsFunc(offered, reachableFromOutside) && !isLocalName(cfg.PublicURL):
		return finding{
			doubtful, "candidates", found + ", none of which is a public address",
			"if people outside this network are to join, set media.public_addresses to the address that the firewall forwards to here",
		}
	default:
		return finding{fine, "candidates", found, ""}
	}
}

func joinAddresses(addresses []netip.Addr) string {
	texts := make([]string, len(addresses))
	for i, a := range addresses {
		texts[i] = a.String()
	}
	return strings.Join(texts, ", ")
}

func reachableFromOutside(a netip.Addr) bool {
	return a.IsGlobalUnicast() && !a.IsPrivate()
}

// isLocalName tells whether a URL leads to this machine or a private network.
func isLocalName(raw string) bool {
	u, err := url.Parse(raw)
	if err != nil {
		return false
	}
	host := u.Hostname()
	ip, err := netip.ParseAddr(host)
	return host == "localhost" || strings.HasSuffix(host, ".localhost") || err == nil && (ip.IsLoopback() || ip.IsPrivate())
}

// examineDatabase asks whether a PostgreSQL that is configured can be reached.
// It opens nothing: that might bring the schema up to date under a server that
// runs an older version.
func examineDatabase(ctx context.Context, cfg Config) []finding {
	u, err := url.Parse(string(cfg.Store.DSN))
	if cfg.Store.DSN == "" || err != nil || u.Host == "" {
		return []finding{{fine, "database", "SQLite", ""}}
	}
	port := u.Port()
	if port == "" {
		port = "5432"
	}
	address := net.JoinHostPort(u.Hostname(), port)
	dialer := net.Dialer{Timeout: 3 * time.Second}
	conn, err := dialer.DialContext(ctx, "tcp", address)
	if err != nil {
		return []finding{{bad, "database", "PostgreSQL at " + address + " does not answer", "start it, or mend store.dsn, or let the firewall through"}}
	}
	_ = conn.Close() // nothing was sent
	return []finding{{fine, "database", "PostgreSQL answers at " + address, ""}}
}

// examinePublicName looks up the name that people open.
func examinePublicName(ctx context.Context, cfg Config) []finding {
	if cfg.PublicURL == "" {
		return []finding{{doubtful, "public name", "none: links lead to " + cfg.address(), "set public_url to what people open in their browsers"}}
	}
	u, err := url.Parse(cfg.PublicURL)
	if err != nil {
		return []finding{{bad, "public name", err.Error(), "set public_url to something like https://meet.example.com"}}
	}
	found, err := net.DefaultResolver.LookupNetIP(ctx, "ip", u.Hostname())
	own, ownErr := machineAddresses()
	if err == nil {
		err = ownErr
	}
	return []finding{gradeName(u.Hostname(), found, append(own, cfg.Media.PublicAddresses...), err)}
}

func gradeName(name string, found, own []netip.Addr, err error) finding {
	if err != nil {
		return finding{bad, "public name", name + " is not found", "add an A or AAAA record for it at whoever serves your DNS, or mend public_url"}
	}
	for i := range found {
		found[i] = found[i].Unmap()
	}
	leadsHere := slices.ContainsFunc(found, func(a netip.Addr) bool { return a.IsLoopback() || slices.Contains(own, a) })
	text := name + " is " + joinAddresses(found)
	if !leadsHere {
		return finding{
			doubtful, "public name", text + ", no address of this machine",
			"right behind a proxy or NAT; then let media.public_addresses name the address that forwards to here. Otherwise mend the DNS record",
		}
	}
	return finding{fine, "public name", text, ""}
}

// examineCertificate looks at the certificate that the server will show.
func examineCertificate(_ context.Context, cfg Config) []finding {
	file := cfg.HTTP.Certificate
	switch {
	case cfg.HTTP.SelfSigned:
		return []finding{{doubtful, "certificate", "made by ourselves", "browsers warn of it: give a real one by http.certificate and http.key when people outside your company join"}}
	case file == "":
		return []finding{{fine, "certificate", "none: pages go over plain HTTP", ""}}
	}
	if _, err := tlsConfig(cfg, time.Now); err != nil {
		advice := "see that both files are PEM and belong together"
		if errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
			advice = "mend http.certificate and http.key, or the files' permissions"
		}
		return []finding{{bad, "certificate", err.Error(), advice}}
	}
	text, err := os.ReadFile(file)
	block, _ := pem.Decode(text)
	if err != nil || block == nil {
		return []finding{{bad, "certificate", file + " cannot be read", "see that it is a PEM file"}}
	}
	leaf, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return []finding{{bad, "certificate", err.Error(), "get a new one"}}
	}
	return []finding{gradeCertificate(filepath.Base(file), leaf, cfg.PublicURL, time.Now())}
}

func gradeCertificate(name string, leaf *x509.Certificate, publicURL string, now time.Time) finding {
	left := leaf.NotAfter.Sub(now)
	until := leaf.NotAfter.UTC().Format("2006-01-02")
	if u, err := url.Parse(publicURL); err == nil && publicURL != "" {
		if err := leaf.VerifyHostname(u.Hostname()); err != nil {
			return finding{bad, "certificate", fmt.Sprintf("%s is not for %s", name, u.Hostname()), "get one for that name, or mend public_url"}
		}
	}
	switch {
	case now.Before(leaf.NotBefore):
		return finding{bad, "certificate", name + " is not valid yet", "look at this machine's clock"}
	case left <= 0:
		return finding{bad, "certificate", name + " expired on " + until, "renew it; the server takes the new file within a minute"}
	case left < 14*24*time.Hour:
		return finding{doubtful, "certificate", name + " expires on " + until, "renew it; the server takes the new file within a minute"}
	default:
		return finding{fine, "certificate", name + " is good until " + until, ""}
	}
}

// examineMicrophone tells whether browsers will give us the microphone.
func examineMicrophone(_ context.Context, cfg Config) []finding {
	address := cfg.address()
	u, err := url.Parse(address)
	if err != nil {
		return []finding{{bad, "microphone", err.Error(), "mend public_url"}}
	}
	local := u.Hostname() == "localhost" || strings.HasSuffix(u.Hostname(), ".localhost")
	if ip, err := netip.ParseAddr(u.Hostname()); err == nil && ip.IsLoopback() {
		local = true
	}
	switch {
	case u.Scheme == "https":
		return []finding{{fine, "microphone", "browsers give it to " + address, ""}}
	case local && cfg.PublicURL == "":
		return []finding{{
			doubtful, "microphone", "browsers give it to " + address + " only, on this machine",
			"for everybody else, set http.certificate and http.key, or http.self_signed = true, and public_url",
		}}
	case local:
		return []finding{{fine, "microphone", "browsers give it to " + address, ""}}
	default:
		return []finding{{bad, "microphone", "browsers refuse it to " + address, "use https: set http.certificate and http.key, or http.self_signed = true, or put a proxy with TLS in front and let public_url begin with https"}}
	}
}
