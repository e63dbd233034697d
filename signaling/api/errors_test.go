package api

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"partyline/signaling/auth"
	"partyline/signaling/internal/guess"
	"partyline/signaling/store"
)

func TestExplain(t *testing.T) {
	for _, row := range table {
		p := explain(fmt.Errorf("while doing this: %w", row.err), "en")
		if p.Code != row.code || p.Status < 400 || p.Detail == "" || p.Title != http.StatusText(p.Status) {
			t.Errorf("%v: %+v", row.err, p)
		}
	}
	for _, tt := range []struct {
		err    error
		code   Code
		status int
	}{
		{errors.New("disk on fire at /var/lib"), Internal, 500},
		{fmt.Errorf("log in: %w", &store.Unavailable{Sentence: "The disk is full."}), Storage, 503},
		{&guess.Locked{Wait: 1500 * time.Millisecond}, TooManyTries, 429},
		{&auth.Invalid{Fields: []auth.FieldError{{Field: "email", Message: "This is not an e-mail address."}}}, Invalid, 422},
	} {
		p := explain(tt.err, "en")
		if p.Code != tt.code || p.Status != tt.status {
			t.Errorf("%v: %+v", tt.err, p)
		}
	}
	if p := explain(&guess.Locked{Wait: 1500 * time.Millisecond}, "en"); p.GetHeaders().Get("Retry-After") != "2" {
		t.Errorf("Retry-After: %v", p.GetHeaders())
	}
	if p := explain(errors.New("secret at /var/lib"), "en"); p.Detail != "Something went wrong on the server. Try again." {
		t.Errorf("an unknown error is shown: %s", p.Detail)
	}
}

func TestKindsAreDistinct(t *testing.T) {
	seen := map[Code]bool{}
	for _, k := range kinds {
		if seen[k.code] {
			t.Errorf("%s stands twice", k.code)
		}
		seen[k.code] = true
	}
	for _, row := range table {
		if !seen[row.code] {
			t.Errorf("%s has no sentence", row.code)
		}
	}
}

// TestTranslate covers the framework's errors that no test provokes.
func TestTranslate(t *testing.T) {
	for status, want := range map[int]Code{400: BadRequest, 408: TooSlow, 413: TooLarge, 415: UnsupportedType, 422: Invalid, 500: Internal, 418: Internal} {
		m := &huma.ErrorModel{Status: status, Errors: []*huma.ErrorDetail{{Message: "expected string", Location: "body.password", Value: "sesame"}}}
		p := translate(m, "en")
		if p.Code != want || (len(p.Fields) > 0) != (status == 422) {
			t.Errorf("%d: %+v", status, p)
		}
		if got := fmt.Sprintf("%+v", p); status == 422 && p.Fields[0].Field != "body.password" || strings.Contains(got, "sesame") {
			t.Errorf("%d: %s", status, got)
		}
	}
}
