package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"
)

type healthzCommand struct{}

// Run fails unless the server on this machine answers that it is well.
func (healthzCommand) Run(t *terminal) error {
	cfg, err := t.config()
	if err != nil {
		return err
	}
	if err := askHealth(t.ctx, cfg); err != nil {
		return err
	}
	_, err = fmt.Fprintln(t.out, "ok")
	return err
}

// askHealth asks the server that runs with this configuration.
func askHealth(ctx context.Context, cfg Config) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	scheme := "http"
	if cfg.secure() {
		scheme = "https"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+ownEnd(cfg.HTTP.Listen)+"/healthz", nil)
	if err != nil {
		return err
	}
	// The certificate is for the public name and we ask ourselves by address:
	// there is nobody in between to fear.
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
	defer client.CloseIdleConnections()
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("the server does not answer: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the server is not well: %s", response.Status)
	}
	return nil
}

// ownEnd is an address to reach a listening one at from the same machine.
func ownEnd(listen string) string {
	host, port, err := net.SplitHostPort(listen)
	if err != nil {
		return listen
	}
	if ip, err := netip.ParseAddr(host); host == "" || err == nil && ip.IsUnspecified() {
		host = "localhost"
	}
	return net.JoinHostPort(host, port)
}
