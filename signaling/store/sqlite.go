package store

import (
	"database/sql"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

const (
	sqliteScheme = "sqlite:"
	sqliteFile   = "partyline.db"
)

// openSQLite opens the file with one connection for writing and a pool for
// reading. synchronous=FULL: what was answered is on the disk. secure_delete:
// what was deleted is not.
func openSQLite(cfg Config) (*Store, error) {
	path := strings.TrimPrefix(cfg.DSN, sqliteScheme)
	if cfg.DSN == "" {
		path = filepath.Join(cfg.Dir, sqliteFile)
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return nil, fmt.Errorf("data folder: %w", err)
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, &Unavailable{fmt.Sprintf("The data folder %s cannot be made; choose another one or mend its permissions.", filepath.Dir(path)), err}
	}
	write, err := sql.Open("sqlite", sqliteDSN(path, url.Values{"_txlock": {"immediate"}, "_pragma": {"secure_delete(1)"}}))
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", path, err)
	}
	write.SetMaxOpenConns(1)
	read, err := sql.Open("sqlite", sqliteDSN(path, url.Values{"_pragma": {"query_only(1)"}}))
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open %s: %w", path, err), write.Close())
	}
	readers := max(4, runtime.GOMAXPROCS(0))
	read.SetMaxOpenConns(readers)
	read.SetMaxIdleConns(readers)
	d := dialect{
		name:        "sqlite",
		now:         "CAST(unixepoch('subsec') * 1000 AS INTEGER)",
		bulk:        100,
		isTaken:     sqliteTaken,
		unavailable: sqliteUnavailable(path),
	}
	return &Store{write: write, read: read, dialect: d}, nil
}

func sqliteDSN(path string, options url.Values) string {
	options["_pragma"] = append([]string{
		"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)",
	}, options["_pragma"]...)
	u := url.URL{Scheme: "file", Path: path, RawQuery: options.Encode()}
	return u.String()
}

func sqliteCode(err error) (code int, ok bool) {
	var e *sqlite.Error
	if !errors.As(err, &e) {
		return 0, false
	}
	return e.Code(), true
}

func sqliteTaken(err error) bool {
	code, ok := sqliteCode(err)
	return ok && (code == sqlite3.SQLITE_CONSTRAINT_UNIQUE || code == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)
}

// sqliteUnavailable words the failures of the file at path. The low byte of a
// code is its family.
func sqliteUnavailable(path string) func(error) string {
	sentences := map[int]string{
		sqlite3.SQLITE_READONLY: "The data folder is read-only: let the user that runs partyline write to %s.",
		sqlite3.SQLITE_CANTOPEN: "The database cannot be opened: let the user that runs partyline read and write %s and its folder.",
		sqlite3.SQLITE_PERM:     "The database cannot be opened: let the user that runs partyline read and write %s and its folder.",
		sqlite3.SQLITE_FULL:     "The disk is full: make room where %s is.",
		sqlite3.SQLITE_IOERR:    "The disk does not work: reading or writing %s failed.",
		sqlite3.SQLITE_CORRUPT:  "The database %s is damaged: restore it from a backup.",
		sqlite3.SQLITE_NOTADB:   "%s is not a database of partyline: move it away or choose another data folder.",
		sqlite3.SQLITE_BUSY:     "The database %s is in use by another process: is partyline running twice?",
	}
	return func(err error) string {
		code, ok := sqliteCode(err)
		if !ok {
			return ""
		}
		if s, ok := sentences[code&0xff]; ok {
			return fmt.Sprintf(s, path)
		}
		return ""
	}
}
