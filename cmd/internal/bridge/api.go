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
	"strings"
	"time"
)

// The first admin of every server.
const (
	AdminEmail    = "ada@example.com"
	AdminPassword = "correct horse battery staple"
)

// setUp uses the link.
func (s *Server) setUp(ctx context.Context, link string) error {
	_, token, _ := strings.Cut(link, "token=")
	return s.Call(ctx, http.MethodPost, "/setup", map[string]any{
		"token": token, "company": "Analytical Engines", "name": "Ada Lovelace", "email": AdminEmail,
		"password": AdminPassword, "language": "en", "timeZone": "Europe/London",
	}, nil)
}

// forget leaves nobody signed in.
func (s *Server) forget() error {
	jar, err := cookiejar.New(nil)
	if err != nil {
		return fmt.Errorf("cookies: %w", err)
	}
	s.client = &http.Client{Jar: jar, Timeout: 20 * time.Second}
	return nil
}

// LogIn signs the first admin in with the password, on a client that knows
// nothing yet.
func (s *Server) LogIn(ctx context.Context) error {
	if err := s.forget(); err != nil {
		return err
	}
	return s.Call(ctx, http.MethodPost, "/session", map[string]any{"email": AdminEmail, "password": AdminPassword}, nil)
}

// Stranger is the same server for somebody else, who is not signed in yet. It
// must not be stopped or restarted.
func (s *Server) Stranger() (*Server, error) {
	other := &Server{URL: s.URL, SIP: s.SIP, Media: s.Media, process: s.process}
	return other, other.forget()
}

// Ready is the status of /readyz, 0 when nobody answers.
func (s *Server) Ready(ctx context.Context) int {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.URL+"/readyz", nil)
	if err != nil {
		return 0
	}
	response, err := s.client.Do(request)
	if err != nil {
		return 0
	}
	_, _ = io.Copy(io.Discard, response.Body) // so that the connection can be used again
	_ = response.Body.Close()
	return response.StatusCode
}

// Call asks the API as the first admin. Anything but a 2xx is a
// [*StatusError]. The answer is decoded into into, unless that is nil.
func (s *Server) Call(ctx context.Context, method, path string, body, into any) error {
	text, err := s.Fetch(ctx, method, path, body)
	if err != nil || into == nil {
		return err
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("%s %s: %w\n%s", method, path, err, text)
	}
	return nil
}

// StatusError is an answer of the API that is no 2xx.
type StatusError struct {
	Status int
	Text   string
}

// Error tells all of it.
func (e *StatusError) Error() string { return fmt.Sprintf("status %d\n%s", e.Status, e.Text) }

// Fetch is as Call, and gives the answer as it is.
func (s *Server) Fetch(ctx context.Context, method, path string, body any) ([]byte, error) {
	var reader io.Reader
	kind := "application/json"
	if csv, ok := body.(CSV); ok {
		reader, kind = strings.NewReader(string(csv)), "text/csv"
	} else if body != nil {
		text, err := json.Marshal(body)
		if err != nil {
			return nil, fmt.Errorf("%s %s: %w", method, path, err)
		}
		reader = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, s.URL+"/api/v1"+path, reader)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	request.Header.Set("Content-Type", kind)
	request.Header.Set("Origin", s.URL)
	response, err := s.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode/100 != 2 {
		err = &StatusError{response.StatusCode, string(text)}
	}
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	return text, nil
}

// Meeting is what is needed of a meeting to enter it.
type Meeting struct {
	ID       string    `json:"id"`
	Link     string    `json:"link"`
	Number   string    `json:"number"` // nine digits
	HostCode string    `json:"hostCode"`
	Invitees []Invitee `json:"invitees"`
}

// Invitee is somebody with a personal code.
type Invitee struct {
	ID   string `json:"id"`
	Name string `json:"name"`
	Code string `json:"code"`
}

// Meeting makes a named meeting of the first admin's.
func (s *Server) Meeting(ctx context.Context, name string, invitees ...string) (m Meeting, err error) {
	err = s.Call(ctx, http.MethodPost, "/meetings", map[string]any{"name": name, "kind": "named"}, &m)
	for _, invitee := range invitees {
		if err == nil {
			err = s.Call(ctx, http.MethodPost, "/meetings/"+m.ID+"/invitees", map[string]any{"name": invitee}, &m)
		}
	}
	return m, err
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
