package store

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"
)

//go:embed migrations/*.sql
var migrations embed.FS

// ErrNewer is in the chain of the error for a database that a later version of
// the program has changed. Opening it with this one could lose data.
var ErrNewer = errors.New("the database was made by a newer version of partyline")

// schemaTable records which migrations have run.
const schemaTable = "schema_version"

// migrate brings the schema up to date. Migrations only go forward.
func (s *Store) migrate(ctx context.Context, log *slog.Logger) error {
	p, err := s.provider()
	if err != nil {
		return fmt.Errorf("prepare the migrations: %w", err)
	}
	have, want, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the database's version: %w", s.fault(err))
	}
	if have > want {
		return fmt.Errorf("%w: it has schema %d, this program knows %d. Run the newer version, or restore a backup",
			ErrNewer, have, want)
	}
	done, err := p.Up(ctx)
	if err != nil {
		return fmt.Errorf("bring the database up to date: %w", s.fault(err))
	}
	for _, m := range done {
		log.InfoContext(ctx, "database migrated", "to", m.Source.Version, "took", m.Duration)
	}
	return nil
}

func (s *Store) provider() (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	engine := goose.DialectSQLite3
	options := []goose.ProviderOption{goose.WithTableName(schemaTable), goose.WithDisableGlobalRegistry(true)}
	if s.dialect.name == "postgres" {
		// Several nodes may start at once: one migrates, the others wait.
		engine = goose.DialectPostgres
		locker, err := lock.NewPostgresSessionLocker()
		if err != nil {
			return nil, err
		}
		options = append(options, goose.WithSessionLocker(locker))
	}
	return goose.NewProvider(engine, s.write, files, options...)
}
