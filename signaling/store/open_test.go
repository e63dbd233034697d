package store_test

import (
	"context"
	"database/sql"
	"errors"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"partyline/signaling/auth"
	"partyline/signaling/store"
	"partyline/signaling/store/storetest"
)

func openStore(ctx context.Context, cfg store.Config) (*store.Store, error) {
	return store.Open(ctx, cfg, slog.New(slog.DiscardHandler))
}

// reopen opens and closes a database, as a program that starts would.
func reopen(t *testing.T, cfg store.Config) error {
	t.Helper()
	s, err := openStore(t.Context(), cfg)
	if err != nil {
		return err
	}
	if err := s.Ping(t.Context()); err != nil {
		t.Errorf("ping: %v", err)
	}
	return s.Close()
}

func eachConfig(t *testing.T, test func(t *testing.T, cfg store.Config, raw *sql.DB)) {
	for name, config := range map[string]func(*testing.T) (store.Config, string, string){
		"sqlite": func(t *testing.T) (store.Config, string, string) {
			dir := filepath.Join(t.TempDir(), "new folder? #1%")
			return store.Config{Dir: dir}, "sqlite", "file:" + strings.NewReplacer("%", "%25", "?", "%3f", "#", "%23").Replace(dir) + "/partyline.db"
		},
		"postgres": func(t *testing.T) (store.Config, string, string) {
			dsn := storetest.Postgres(t)
			return store.Config{DSN: dsn}, "pgx", dsn
		},
	} {
		t.Run(name, func(t *testing.T) {
			cfg, driver, dsn := config(t)
			raw, err := sql.Open(driver, dsn)
			if err != nil {
				t.Fatal(err)
			}
			defer raw.Close()
			test(t, cfg, raw)
		})
	}
}

func TestOpenTwice(t *testing.T) {
	eachConfig(t, func(t *testing.T, cfg store.Config, _ *sql.DB) {
		for range 2 { // the second one finds the schema there
			if err := reopen(t, cfg); err != nil {
				t.Fatal(err)
			}
		}
	})
}

func TestOpenNewerDatabase(t *testing.T) {
	eachConfig(t, func(t *testing.T, cfg store.Config, raw *sql.DB) {
		if err := reopen(t, cfg); err != nil {
			t.Fatal(err)
		}
		if _, err := raw.Exec(`INSERT INTO schema_version (version_id, is_applied) VALUES (9999, $1)`, true); err != nil {
			t.Fatal(err)
		}
		err := reopen(t, cfg)
		if !errors.Is(err, store.ErrNewer) || !strings.Contains(err.Error(), "9999") {
			t.Errorf("got %v, want ErrNewer with the version", err)
		}
	})
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	if err := os.WriteFile(file, []byte(strings.Repeat("this is no database ", 100)), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name string
		cfg  store.Config
		want string
	}{
		{"nothing given", store.Config{}, "neither a database nor a data folder"},
		{"other engine", store.Config{DSN: "mysql://x"}, `"postgres://…"`},
		{"folder is a file", store.Config{Dir: file}, "cannot be made"},
		{"not a database", store.Config{DSN: "sqlite:" + file}, "is not a database of partyline"},
		{"file is a folder", store.Config{DSN: "sqlite:" + dir}, "cannot be opened"},
		{"unreadable address", store.Config{DSN: "postgres://u:secret@[::1"}, "cannot be read"},
		{"nobody listens", store.Config{DSN: "postgres://u:secret@/db?host=" + dir}, "cannot be reached"},
	} {
		s, err := openStore(t.Context(), tt.cfg)
		if err == nil {
			t.Errorf("%s: opened", tt.name)
			_ = s.Close()
			continue
		}
		if !strings.Contains(err.Error(), tt.want) || strings.Contains(err.Error(), "secret") {
			t.Errorf("%s: %v, want %q and no password", tt.name, err, tt.want)
		}
	}
}

func TestPostgresRefuses(t *testing.T) {
	dsn := storetest.Postgres(t)
	for _, tt := range []struct{ name, old, new, want string }{
		{"unknown database", "/postgres?", "/nothing?", "no such database"},
		{"unknown user", "user=postgres", "user=nobody", "does not let us in"},
	} {
		_, err := openStore(t.Context(), store.Config{DSN: strings.Replace(dsn, tt.old, tt.new, 1)})
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %q", tt.name, err, tt.want)
		}
	}
}

// readOnlyDir tells the test binary to open a folder that it may not write to.
const readOnlyDir = "PARTYLINE_TEST_READ_ONLY_DIR"

// TestReadOnlyFolder runs itself as a user without rights, since root may
// write everywhere.
func TestReadOnlyFolder(t *testing.T) {
	if dir := os.Getenv(readOnlyDir); dir != "" {
		s, err := openStore(t.Context(), store.Config{Dir: dir})
		if err == nil {
			t.Fatal("opened for writing", s.Close())
		}
		t.Fatal("refused: ", err)
	}
	dir, err := os.MkdirTemp("", "partyline-ro-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := reopen(t, store.Config{Dir: dir}); err != nil {
		t.Fatal(err)
	}
	// The test binary lies in a folder of root's; a copy can be run by anybody.
	code, err := os.ReadFile(os.Args[0])
	if err != nil {
		t.Fatal(err)
	}
	binary := dir + ".test"
	t.Cleanup(func() { _ = os.Remove(binary) })
	if err := os.WriteFile(binary, code, 0o755); err != nil {
		t.Fatal(err)
	}

	made := filepath.Join(dir, "partyline.db")
	must := func(errs ...error) {
		t.Helper()
		if err := errors.Join(errs...); err != nil {
			t.Fatal(err)
		}
	}
	must(os.Chmod(made, 0o444), os.Chmod(dir, 0o555))
	checkRefused(t, binary, dir)
	must(os.Chmod(dir, 0o755), os.Remove(made), os.Chmod(dir, 0o555))
	checkRefused(t, binary, dir)
}

// checkRefused opens the folder in another process, as an ordinary user.
func checkRefused(t *testing.T, binary, dir string) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), binary, "-test.run=^TestReadOnlyFolder$")
	cmd.Env = append(os.Environ(), readOnlyDir+"="+dir)
	cmd.Dir = "/"
	if os.Getuid() == 0 {
		const nobody = 65534
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: nobody, Gid: nobody}}
	}
	out, err := cmd.CombinedOutput()
	if err == nil || !strings.Contains(string(out), "let the user that runs partyline") {
		t.Errorf("%v\n%s", err, out)
	}
}

// TestFullDisk lets SQLite believe that the file may not grow any more.
func TestFullDisk(t *testing.T) {
	cfg := store.Config{Dir: t.TempDir()}
	if err := reopen(t, cfg); err != nil {
		t.Fatal(err)
	}
	s, err := openStore(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	add(t, s, account("p1", "ann@example.com", true))
	var limit, old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		t.Fatal(err)
	}
	limit = old
	limit.Cur = 1
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	err = s.SetPassword(t.Context(), "p1", "hash")
	if err2 := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); err2 != nil {
		t.Fatal(err2)
	}
	var unavailable *store.Unavailable
	if !errors.As(err, &unavailable) {
		t.Fatalf("writing to a full disk: %v, want Unavailable", err)
	}
	if err := s.SetPassword(t.Context(), "p1", "hash 2"); err != nil {
		t.Errorf("after there is room again: %v", err)
	}
	if a, err := s.Account(t.Context(), "p1"); err != nil || a.PasswordHash != "hash 2" {
		t.Errorf("stored %q, %v", a.PasswordHash, err)
	}
}

func TestCancelledContextStoresNothing(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		add(t, s, account("p1", "ann@example.com", true))
		ctx, cancel := context.WithCancel(t.Context())
		_, err := s.ChangePerson(ctx, "p1", func(p *auth.Person, _ int) error {
			p.Name = "Changed"
			cancel()
			return nil
		})
		if err == nil {
			t.Fatal("no error")
		}
		if a, err := s.Account(t.Context(), "p1"); err != nil || a.Name == "Changed" {
			t.Errorf("stored %q, %v", a.Name, err)
		}
	})
}
