package notify

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	within    = 10 * time.Second // that one attempt may take
	maxAnswer = 64 << 10
	maxRetry  = 24 * time.Hour
)

// URL is where a bot or a browser takes messages. Whoever knows it may send
// them: it shows its host only.
type URL string

// String masks the URL.
func (u URL) String() string {
	if u == "" {
		return ""
	}
	return "https://" + u.Host() + "/…"
}

// GoString masks the URL.
func (u URL) GoString() string { return u.String() }

// LogValue masks the URL.
func (u URL) LogValue() slog.Value { return slog.StringValue(u.String()) }

// Host is the part of the URL that may be shown; empty where there is none.
func (u URL) Host() string {
	parsed, err := url.Parse(string(u))
	if err != nil {
		return ""
	}
	return parsed.Host
}

// Check tells what is wrong with the URL in a sentence; empty: nothing.
// Addresses without TLS are for networks that an admin trusts.
func (u URL) Check(plain bool) string {
	parsed, err := url.Parse(string(u))
	switch {
	case err != nil || parsed.Hostname() == "" || parsed.User != nil || parsed.Opaque != "" || len(u) > 2000:
		return "This is not the address of a bot. Copy it once more from the other side's settings."
	case parsed.Scheme != "https" && (parsed.Scheme != "http" || !plain):
		return "The address has to begin with https://."
	}
	return ""
}

// Secret signs messages or signs in. It never shows itself.
type Secret string

// String masks the secret.
func (s Secret) String() string {
	if s == "" {
		return ""
	}
	return "(secret)"
}

// GoString masks the secret.
func (s Secret) GoString() string { return s.String() }

// LogValue masks the secret.
func (s Secret) LogValue() slog.Value { return slog.StringValue(s.String()) }

// answer is what the other side said to a request that it understood.
type answer struct {
	status int
	header http.Header
	body   []byte
}

// post sends a body and reads the answer. Where there is none, or it is not a
// 2xx, it returns a *Refused that says what its status means in general, and
// the answer with it.
func (g *Guard) post(ctx context.Context, strict bool, to URL, header http.Header, body []byte) (answer, error) {
	ctx, cancel := context.WithTimeout(ctx, within)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, string(to), bytes.NewReader(body))
	if err != nil {
		return answer{}, &Refused{Cause: BadAddress, Permanent: true}
	}
	r.Header = header
	r.Header.Set("User-Agent", "Partyline")
	client := g.lax
	if strict {
		client = g.strict
	}
	response, err := client.Do(r)
	if err != nil {
		return answer{}, unanswered(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(io.LimitReader(response.Body, maxAnswer))
	a := answer{response.StatusCode, response.Header, text}
	if err != nil {
		return a, unanswered(err)
	}
	return a, a.refusal(time.Now())
}

// Reply posts a word to whoever pressed a button in Slack, and to nobody else.
func (g *Guard) Reply(ctx context.Context, p SlackPress, text string) error {
	if p.Reply.Check(false) != "" {
		return &Refused{Channel: Slack, Cause: BadAddress, Permanent: true}
	}
	h := http.Header{"Content-Type": {"application/json; charset=utf-8"}}
	_, err := g.post(ctx, true, p.Reply, h, encode(map[string]any{
		"response_type": "ephemeral", "replace_original": false, "text": slackEscape.Replace(text),
	}))
	return err
}

// unanswered explains why there is no answer. The text of the client's own
// error holds the URL.
func unanswered(err error) *Refused {
	var sending *url.Error
	if errors.As(err, &sending) {
		err = sending.Err
	}
	if errors.Is(err, ErrPrivate) {
		return &Refused{Cause: Private, Permanent: true, err: ErrPrivate}
	}
	return &Refused{Cause: Unreachable, err: err}
}

// refusal is what a status of HTTP means; nil: the message was taken.
func (a answer) refusal(now time.Time) error {
	r := &Refused{Status: a.status, RetryAfter: retryAfter(a.header.Get("Retry-After"), now)}
	switch {
	case a.status >= 200 && a.status < 300:
		return nil
	case a.status >= 300 && a.status < 400:
		r.Cause, r.Permanent = Redirected, true
	case a.status == http.StatusTooManyRequests:
		r.Cause = Throttled
	case a.status == http.StatusRequestTimeout || a.status == http.StatusTooEarly || a.status >= 500:
		r.Cause = Failing
	case a.status == http.StatusUnauthorized || a.status == http.StatusForbidden:
		r.Cause, r.Permanent = BadSecret, true
	case a.status == http.StatusNotFound:
		r.Cause, r.Permanent = BadAddress, true
	case a.status == http.StatusGone:
		r.Cause, r.Permanent, r.Gone = BadAddress, true, true
	case a.status == http.StatusRequestEntityTooLarge:
		r.Cause, r.Permanent = TooLong, true
	default:
		r.Cause, r.Permanent = Unsupported, true
	}
	return r
}

// retryAfter reads the header (RFC 9110 §10.2.3): seconds or a date; at most a
// day, and zero where it says nothing.
func retryAfter(text string, now time.Time) time.Duration {
	text = strings.TrimSpace(text)
	if seconds, err := strconv.ParseUint(text, 10, 32); err == nil {
		return min(time.Duration(seconds)*time.Second, maxRetry)
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), maxRetry)
}
