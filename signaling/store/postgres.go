package store

import (
	"database/sql"
	"errors"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
)

func isPostgres(dsn string) bool {
	return strings.HasPrefix(dsn, "postgres://") || strings.HasPrefix(dsn, "postgresql://")
}

// postgresConns is how many connections one node takes at most: PostgreSQL
// allows 100 by default, to be shared by nodes, back-ups and people.
const postgresConns = 20

func openPostgres(cfg Config) (*Store, error) {
	config, err := pgx.ParseConfig(cfg.DSN)
	if err != nil {
		return nil, errors.New("the database address cannot be read: it looks like postgres://user:password@host:5432/partyline")
	}
	db := stdlib.OpenDB(*config)
	db.SetMaxOpenConns(postgresConns)
	db.SetMaxIdleConns(postgresConns)
	return &Store{write: db, read: db, dialect: postgresDialect()}, nil
}

func postgresDialect() dialect {
	return dialect{
		name:        "postgres",
		forUpdate:   " FOR UPDATE",
		forClaim:    " FOR UPDATE SKIP LOCKED",
		now:         "CAST(extract(epoch FROM clock_timestamp()) * 1000 AS BIGINT)",
		lockLedger:  "SELECT pg_advisory_xact_lock(7326105)", // any number that nobody else locks
		bulk:        4000,
		snapshot:    &sql.TxOptions{Isolation: sql.LevelRepeatableRead, ReadOnly: true},
		isTaken:     func(err error) bool { return postgresCode(err) == "23505" }, // unique_violation
		unavailable: postgresUnavailable,
	}
}

func postgresCode(err error) string {
	var e *pgconn.PgError
	if !errors.As(err, &e) {
		return ""
	}
	return e.Code
}

// postgresUnavailable words failures by the class of their SQLSTATE, the first
// two characters.
func postgresUnavailable(err error) string {
	code := postgresCode(err)
	var connect *pgconn.ConnectError
	var network *net.OpError
	switch {
	case strings.HasPrefix(code, "28"):
		return "PostgreSQL does not let us in: check user and password."
	case code == "3D000":
		return "PostgreSQL has no such database: create it first."
	case code == "42501" || code == "25006":
		return "PostgreSQL does not let us write: give this user the right to create and change tables."
	case strings.HasPrefix(code, "53"):
		return "PostgreSQL has run out of disk, memory or connections."
	case strings.HasPrefix(code, "57P"), strings.HasPrefix(code, "08"):
		return "PostgreSQL is starting, stopping or went away."
	case code == "" && (errors.As(err, &connect) || errors.As(err, &network) || errors.Is(err, sql.ErrConnDone)):
		return "PostgreSQL cannot be reached: check its address and that it is running."
	default:
		return ""
	}
}
