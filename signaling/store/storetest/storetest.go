// Package storetest runs tests on every database that Partyline supports: on
// SQLite in a temporary folder, and on a PostgreSQL of its own that it starts
// from Debian's package and stops again. For use in tests only.
package storetest

import (
	"context"
	"database/sql"
	"fmt"
	"log/slog"
	"net/url"
	"os"
	"sync/atomic"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib" // for the schemas of each test

	"partyline/signaling/store"
)

// require makes a missing PostgreSQL a failure instead of a skipped test, as it
// does with any other program that tests ask for. `go run ./cmd/dev check` sets it.
const require = "PARTYLINE_REQUIRE_TOOLS"

// Main runs a package's tests and stops PostgreSQL afterwards: call it from
// TestMain.
func Main(m *testing.M) {
	code := m.Run()
	if err := shared.stop(); err != nil {
		fmt.Fprintln(os.Stderr, "stop PostgreSQL:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

// Each runs the test on every database, each time with an empty one.
func Each(t *testing.T, test func(t *testing.T, s *store.Store)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { test(t, open(t, store.Config{Dir: t.TempDir()})) })
	t.Run("postgres", func(t *testing.T) { test(t, PostgreSQL(t)) })
}

// SQLite opens an empty SQLite database.
func SQLite(t testing.TB) *store.Store {
	t.Helper()
	return open(t, store.Config{Dir: t.TempDir()})
}

// PostgreSQL opens an empty schema on PostgreSQL, as [Postgres] does.
func PostgreSQL(t testing.TB) *store.Store {
	t.Helper()
	return open(t, store.Config{DSN: Postgres(t)})
}

func open(t testing.TB, cfg store.Config) *store.Store {
	t.Helper()
	s, err := store.Open(t.Context(), cfg, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Errorf("close the store: %v", err)
		}
	})
	return s
}

var schemas atomic.Int64

// Postgres gives the DSN of an empty schema on a running PostgreSQL. It skips
// the test where PostgreSQL is not installed.
func Postgres(t testing.TB) string {
	t.Helper()
	c, err := shared.start()
	if err != nil {
		if os.Getenv(require) == "" && c == nil {
			t.Skipf("no PostgreSQL here (apt-get install postgresql): %v", err)
		}
		t.Fatalf("start PostgreSQL: %v", err)
	}
	schema := fmt.Sprintf("test_%d", schemas.Add(1))
	admin, err := sql.Open("pgx", c.dsn(""))
	if err != nil {
		t.Fatal(err)
	}
	defer admin.Close()
	if _, err := admin.ExecContext(context.Background(), "CREATE SCHEMA "+schema); err != nil {
		t.Fatal(err)
	}
	return c.dsn(schema)
}

// dsn addresses a schema of the cluster by its unix socket.
func (c *cluster) dsn(schema string) string {
	q := url.Values{"host": {c.dir}, "user": {superuser}, "sslmode": {"disable"}}
	if schema != "" {
		q.Set("search_path", schema)
	}
	return "postgres:///postgres?" + q.Encode()
}
