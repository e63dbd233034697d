package bridge

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/cookiejar"
	"time"
)

// The first admin of every server.
const (
	AdminEmail    = "ada@example.com"
	AdminPassword = "correct horse battery staple"
)

// setUp waits for the link and uses it.
func (s *Server) setUp(ctx context.Context, link <-chan string) error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return err
	}
	s.client = &http.Client{Jar: jar, Timeout: 20 * time.Second}
	var token string
	select {
	case token = <-link:
	case <-s.ended:
		return errors.New("the server ended before it printed its set-up link")
	case <-time.After(startTimeout):
		return errors.New("no set-up link was printed")
	case <-ctx.Done():
		return ctx.Err()
	}
	return s.Call(ctx, http.MethodPost, "/setup", map[string]any{
		"token": token, "company": "Analytical Engines", "name": "Ada Lovelace", "email": AdminEmail,
		"password": AdminPassword, "language": "en", "timeZone": "Europe/London",
	}, nil)
}

// Call asks the API as the first admin. Anything but a 2xx is an error. The
// answer is decoded into into, unless that is nil.
func (s *Server) Call(ctx context.Context, method, path string, body, into any) error {
	var reader io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return fmt.Errorf("%s %s: %w", method, path, err)
		}
		reader = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, s.URL+"/api/v1"+path, reader)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Origin", s.URL)
	response, err := s.client.Do(request)
	if err != nil {
		return fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode/100 != 2 {
		err = errors.New(response.Status)
	}
	if err != nil {
		return fmt.Errorf("%s %s: %w\n%s", method, path, err, text)
	}
	if into == nil {
		return nil
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", method, path, err, text)
	}
	return nil
}

// Meeting is what is needed of a meeting to enter it.
type Meeting struct {
	ID     string `json:"id"`
	Link   string `json:"link"`
	Number string `json:"number"` // nine digits
}

// Meeting makes a named meeting of the first admin's.
func (s *Server) Meeting(ctx context.Context, name string) (Meeting, error) {
	var m Meeting
	return m, s.Call(ctx, http.MethodPost, "/meetings", map[string]any{"name": name, "kind": "named"}, &m)
}

// Ticket gets a ticket for the WebSocket, for the first admin.
func (s *Server) Ticket(ctx context.Context, meeting string) (string, error) {
	var t struct {
		Ticket string `json:"ticket"`
	}
	return t.Ticket, s.Call(ctx, http.MethodPost, "/tickets", map[string]any{"meeting": meeting}, &t)
}

// Metrics is what the server tells about itself, in the text format of
// Prometheus.
func (s *Server) Metrics(ctx context.Context) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/metrics", nil)
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	response, err := s.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = errors.New(response.Status)
	}
	if err != nil {
		return nil, fmt.Errorf("metrics: %w", err)
	}
	return text, nil
}
