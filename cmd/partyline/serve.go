package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"time"
)

type serveCommand struct {
	DemoData bool `help:"Fill an empty data directory with people and meetings to try things with."`
}

// Run serves until a signal comes.
func (c serveCommand) Run(t *terminal) error {
	cfg, err := t.config()
	if err != nil {
		return err
	}
	cfg.DemoData = c.DemoData
	return serve(t.ctx, cfg, newLogger(t.err, cfg.Log))
}

// serve runs the server until ctx ends.
func serve(ctx context.Context, cfg Config, log *slog.Logger) error {
	secure, err := tlsConfig(cfg, time.Now)
	if err != nil {
		return err
	}
	listener, err := net.Listen("tcp", cfg.HTTP.Listen)
	if err != nil {
		return fmt.Errorf("http.listen: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	server := &http.Server{Handler: mux, TLSConfig: secure, ReadHeaderTimeout: 10 * time.Second}
	stop := context.AfterFunc(ctx, func() { _ = server.Close() })
	defer stop()
	log.Info("serving", "address", cfg.address())
	if secure != nil {
		err = server.ServeTLS(listener, "", "")
	} else {
		err = server.Serve(listener)
	}
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}
