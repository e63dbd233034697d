package main

import (
	"bytes"
	"context"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/meeting"
	"partyline/signaling/store"
)

// demo makes a data directory with the demo's people and gives what seeding
// printed.
func demo(t *testing.T, dir string) (printed string) {
	t.Helper()
	cfg := defaultConfig()
	cfg.DataDir = dir
	data, err := store.Open(t.Context(), cfg.database(), slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	defer data.Close()
	accounts := auth.New(auth.DefaultConfig(), data, time.Now, slog.New(slog.DiscardHandler))
	book := meeting.NewBook(meeting.DefaultConfig(), data, time.Now)
	var out bytes.Buffer
	if _, err := seedDemo(t.Context(), accounts, book, "http://localhost:8080", &out); err != nil {
		t.Fatal(err)
	}
	for _, p := range demoPeople {
		if _, _, err := accounts.LogIn(t.Context(), p.Email, demoPassword, auth.Client{Address: "192.0.2.1"}); err != nil {
			t.Errorf("%s cannot sign in: %v", p.Email, err)
		}
	}
	return out.String()
}

func TestDemoDataIsMadeOnce(t *testing.T) {
	dir := t.TempDir()
	first := demo(t, dir)
	for _, want := range append([]string{"demo@example.com", string(demoPassword)}, demoMeetings...) {
		if !strings.Contains(first, want) {
			t.Errorf("%q is not printed:\n%s", want, first)
		}
	}
	if again := demo(t, dir); again != "" {
		t.Errorf("made again:\n%s", again)
	}
}

// partyline runs a command on a data directory.
func partyline(t *testing.T, dir, input string, args ...string) (status int, out string) {
	t.Helper()
	var printed bytes.Buffer
	args = append([]string{"--set", "data_dir=" + dir, "--set", "public_url=https://meet.example.com"}, args...)
	status = run(context.Background(), args, nil, strings.NewReader(input), &printed, &printed)
	return status, printed.String()
}

func TestUserCommands(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	if status, out := partyline(t, dir, "", "user", "list"); status != 1 || !strings.Contains(out, "nobody has set this Partyline up yet") {
		t.Errorf("before set-up: %d %s", status, out)
	}
	demo(t, dir)
	for _, step := range []struct {
		name, input string
		args        []string
		status      int
		says        []string
	}{
		{"list", "", []string{"list"}, 0, []string{"demo@example.com", "admin", "王小明", "active"}},
		{"list some", "", []string{"list", "grace"}, 0, []string{"grace@example.com"}},
		{"add", "", []string{"add", "New@example.com", "--name=New"}, 0, []string{"new@example.com chooses", "https://meet.example.com/welcome/"}},
		{"add again", "", []string{"add", "new@example.com", "--name=New"}, 1, []string{"has an account already"}},
		{"add nonsense", "", []string{"add", "nobody", "--name=New", "--phone=12", "--time-zone=Mars"}, 1, []string{"email: ", "phone: ", "timeZone: "}},
		{"add without name", "", []string{"add", "x@example.com"}, 2, []string{"--name"}},
		{"added", "", []string{"list", "new"}, 0, []string{"invited"}},
		{"reset", "", []string{"reset-password", "Grace@example.com"}, 0, []string{"https://meet.example.com/welcome/"}},
		{"reset to", "a longer password\n", []string{"reset-password", "grace@example.com", "--stdin"}, 0, []string{"new password"}},
		{"reset to a bad one", "short\n", []string{"reset-password", "grace@example.com", "--stdin"}, 1, []string{"at least 10 characters"}},
		{"reset of nobody", "", []string{"reset-password", "who@example.com"}, 1, []string{"nobody has the e-mail address who@example.com"}},
		{"deactivate", "", []string{"deactivate", "grace@example.com"}, 0, []string{"is deactivated"}},
		{"reset of a deactivated one", "", []string{"reset-password", "grace@example.com"}, 1, []string{"user activate"}},
		{"activate", "", []string{"activate", "grace@example.com"}, 0, []string{"is active"}},
		{"deactivate the last admin", "", []string{"deactivate", "demo@example.com"}, 1, []string{"is the last admin"}},
	} {
		status, out := partyline(t, dir, step.input, append([]string{"user"}, step.args...)...)
		if status != step.status {
			t.Errorf("%s: status %d, want %d", step.name, status, step.status)
		}
		for _, want := range step.says {
			if !strings.Contains(out, want) {
				t.Errorf("%s does not say %q:\n%s", step.name, want, out)
			}
		}
	}
}
