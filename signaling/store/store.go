package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"partyline/metrics/quality"
	"partyline/signaling/auth"
	"partyline/signaling/channel"
	"partyline/signaling/company"
	"partyline/signaling/health"
	"partyline/signaling/meeting"
	"partyline/sip/billing"
)

// Config says where the data is.
type Config struct {
	// DSN is "postgres://…", or "sqlite:" with a path, or empty for the file
	// partyline.db in Dir.
	DSN string
	// Dir is the data folder; it is made if it is not there.
	Dir string
}

// Validate tells what is wrong with the configuration.
func (c Config) Validate() error {
	if c.DSN == "" && c.Dir == "" {
		return errors.New("neither a database nor a data folder is given")
	}
	if c.DSN != "" && !isPostgres(c.DSN) && !strings.HasPrefix(c.DSN, sqliteScheme) {
		return errors.New(`a database is "postgres://…" or "sqlite:" with a path`)
	}
	return nil
}

// Store is an open database with the schema of this program. Its methods may
// be called from any goroutine.
type Store struct {
	write   *sql.DB // on SQLite a single connection
	read    *sql.DB
	dialect dialect
	cdr     cdrStatements
	legs    legStatements
	gate    gate
}

var (
	_ auth.Store    = (*Store)(nil)
	_ meeting.Store = (*Store)(nil)

	_ meeting.PlannerStore   = (*Store)(nil)
	_ meeting.RecordingStore = (*Store)(nil)

	_ billing.Ledger  = (*Store)(nil)
	_ billing.Archive = (*Store)(nil)

	_ company.BudgetStore = (*Store)(nil)

	_ company.TrunkStore    = (*Store)(nil)
	_ company.DeckStore     = (*Store)(nil)
	_ company.SettingStore  = (*Store)(nil)
	_ company.ApprovalStore = (*Store)(nil)
	_ company.ContactStore  = (*Store)(nil)
	_ company.LogStore      = (*Store)(nil)
	_ company.Colleagues    = (*Store)(nil)

	_ channel.Store = (*Store)(nil)

	_ quality.Store  = (*Store)(nil)
	_ health.Legs    = (*Store)(nil)
	_ health.Sums    = (*Store)(nil)
	_ health.Joins   = (*Store)(nil)
	_ health.Trunks  = (*Store)(nil)
	_ health.Subnets = (*Store)(nil)
	_ health.Ratings = (*Store)(nil)
)

// dialect is all that the two engines do differently.
type dialect struct {
	name string
	// forUpdate ends a SELECT that the transaction is going to change by. On
	// SQLite the transaction holds the only write lock already.
	forUpdate string
	// forClaim ends a SELECT of rows to claim: those that another node is
	// claiming are passed over.
	forClaim string
	// now is the database's clock in milliseconds, which leases are on: nodes
	// may disagree about the time.
	now string
	// lockLedger keeps the other nodes from changing money until the transaction
	// ends. It is empty where there are none.
	lockLedger string
	// bulk is how many values one statement best writes: SQLite looks for each by
	// its name among all.
	bulk int
	// snapshot makes a transaction that reads see the same all along.
	snapshot *sql.TxOptions
	// isTaken tells whether a unique constraint was violated.
	isTaken func(error) bool
	// unavailable is a sentence for an error that is the storage's fault, and
	// empty for others.
	unavailable func(error) string
}

// Open opens the database, makes it if it is not there and brings its schema
// up to date. Its errors are sentences for the operator: *Unavailable, or
// ErrNewer in the chain.
func Open(ctx context.Context, cfg Config, log *slog.Logger) (*Store, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	var s *Store
	var err error
	if isPostgres(cfg.DSN) {
		s, err = openPostgres(cfg)
	} else {
		s, err = openSQLite(cfg)
	}
	if err != nil {
		return nil, err
	}
	s.cdr, s.legs = newCDRStatements(), newLegStatements()
	if err := s.migrate(ctx, log); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

// Close closes the database. Running transactions end first.
func (s *Store) Close() error {
	if s.read == s.write {
		return s.write.Close()
	}
	return errors.Join(s.read.Close(), s.write.Close())
}

// Ping tells whether the database answers.
func (s *Store) Ping(ctx context.Context) error {
	var one int
	return s.fault(s.read.QueryRowContext(ctx, `SELECT 1`).Scan(&one))
}

// Unavailable says in a sentence for the operator why the storage does not
// work.
type Unavailable struct {
	Sentence string
	err      error
}

// Error gives the sentence and the engine's own words.
func (u *Unavailable) Error() string { return u.Sentence + " (" + u.err.Error() + ")" }

// Unwrap gives the engine's error.
func (u *Unavailable) Unwrap() error { return u.err }

// Unavailable marks the error for those who do not know this package.
func (*Unavailable) Unavailable() bool { return true }

// fault makes an *Unavailable of an error that is the storage's fault and
// leaves others as they are.
func (s *Store) fault(err error) error { return s.dialect.fault(err) }

func (d dialect) fault(err error) error {
	if err == nil {
		return nil
	}
	if sentence := d.unavailable(err); sentence != "" {
		return &Unavailable{sentence, err}
	}
	return err
}

// change runs fn in one write transaction.
func (s *Store) change(ctx context.Context, fn func(*sql.Tx) error) (err error) {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return s.fault(fmt.Errorf("begin: %w", err))
	}
	defer func() {
		if err != nil {
			if rollback := tx.Rollback(); rollback != nil && !errors.Is(rollback, sql.ErrTxDone) {
				err = errors.Join(err, s.fault(rollback))
			}
		}
	}()
	if err := fn(tx); err != nil {
		return s.fault(err)
	}
	if err := tx.Commit(); err != nil {
		return s.fault(fmt.Errorf("commit: %w", err))
	}
	return nil
}

// exec runs one statement in a transaction of its own and returns how many
// rows it changed.
func (s *Store) exec(ctx context.Context, query string, args ...any) (int64, error) {
	r, err := s.write.ExecContext(ctx, query, args...)
	if err != nil {
		return 0, s.fault(err)
	}
	return r.RowsAffected()
}

// querier is a *sql.DB or a *sql.Tx.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
}

// scanner is a *sql.Row or *sql.Rows.
type scanner interface {
	Scan(dest ...any) error
}

// list collects all rows of a query.
func list[T any](ctx context.Context, q querier, scan func(scanner) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	all := []T{}
	for rows.Next() {
		v, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, v)
	}
	return all, rows.Err()
}

// missing turns "no rows" into the sentinel of what is not there.
func missing(err, sentinel error) error {
	if errors.Is(err, sql.ErrNoRows) {
		return sentinel
	}
	return err
}

// ms is a time as it is stored; the zero time is 0.
func ms(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

func fromMS(n int64) time.Time {
	if n == 0 {
		return time.Time{}
	}
	return time.UnixMilli(n).UTC()
}

// orNull stores the zero value as NULL.
func orNull[T comparable](v T) any {
	var zero T
	if v == zero {
		return nil
	}
	return v
}
