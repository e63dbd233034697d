package main

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"partyline/signaling/auth"
	"partyline/signaling/meeting"
	"partyline/sip"
)

// TestLogsMask logs what must not be read in every way that somebody might,
// and looks for it in both formats.
func TestLogsMask(t *testing.T) {
	const digits = "4930901820"
	type call struct {
		From   sip.Number
		hidden sip.Secret
	}
	secrets := map[string]any{
		"number": sip.Number("+" + digits),
		"secret": sip.Secret(digits),
		"code":   meeting.Code(digits),
		"phone":  auth.Phone("+" + digits),
		"token":  auth.Token(digits),
		"word":   auth.Password(digits),
		"dsn":    dsn("postgres://u:" + digits + "@h/x"),
	}
	for _, format := range []string{"text", "json"} {
		for kind, secret := range secrets {
			var out bytes.Buffer
			log := newLogger(&out, logConfig{Level: slog.LevelDebug, Format: format})
			log.Info("as a value", "value", secret)
			log.With("with", secret).Info("before")
			log.Info("in a group", slog.Group("group", "value", secret))
			log.Info("in a list", "list", []any{secret})
			log.Info("in a message " + fmt.Sprint(secret))
			log.Error("in an error", "error", fmt.Errorf("calling %v: %w", secret, errors.New("no")))
			log.Info("in a structure", "call", call{sip.Number(digits), sip.Secret(digits)}, "pointer", &call{From: digits}, "map", map[string]any{"x": secret})
			if strings.Contains(out.String(), digits) {
				t.Errorf("%s leaks into the %s log:\n%s", kind, format, out.String())
			}
			if got := strings.Count(out.String(), "\n"); got != 7 {
				t.Errorf("%d lines logged, want 7:\n%s", got, out.String())
			}
		}
	}
}

// TestLogsShow wants what may be read to be readable.
func TestLogsShow(t *testing.T) {
	for _, format := range []string{"text", "json"} {
		var out bytes.Buffer
		newLogger(&out, logConfig{Format: format}).Info("hello", "count", 3, "names", []string{"a", "b"}, "error", errors.New("why"), "level", slog.LevelWarn)
		for _, want := range []string{"hello", "3", "[a b]", "why", "WARN"} {
			if !strings.Contains(out.String(), want) {
				t.Errorf("%s log does not show %q: %s", format, want, out.String())
			}
		}
	}
}
