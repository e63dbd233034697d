package store

import (
	"context"
	"database/sql"
	"fmt"
	"strconv"
	"strings"
)

// bulk is a transaction that writes many rows by few statements.
type bulk struct {
	*sql.Tx
	values int // in one statement
}

func (s *Store) bulk(tx *sql.Tx) bulk { return bulk{tx, s.dialect.bulk} }

// insert inserts n rows. What follows the values says what becomes of those that
// are there already; no statement may touch one row twice.
func (b bulk) insert(ctx context.Context, table string, columns []string, n int, row func(i int) []any, conflict string) error {
	each := max(b.values/len(columns), 1)
	var whole *sql.Stmt
	if n >= each {
		var err error
		if whole, err = b.PrepareContext(ctx, insertRows(table, columns, each)+conflict); err != nil {
			return fmt.Errorf("write to %s: %w", table, err)
		}
		defer whole.Close()
	}
	for first := 0; first < n; first += each {
		last := min(first+each, n)
		values := make([]any, 0, each*len(columns))
		for i := first; i < last; i++ {
			values = append(values, row(i)...)
		}
		var err error
		if last-first == each {
			_, err = whole.ExecContext(ctx, values...)
		} else {
			_, err = b.ExecContext(ctx, insertRows(table, columns, last-first)+conflict, values...)
		}
		if err != nil {
			return fmt.Errorf("write to %s: %w", table, err)
		}
	}
	return nil
}

// insertRows begins a statement that inserts so many rows at once.
func insertRows(table string, columns []string, rows int) string {
	var b strings.Builder
	b.WriteString(`INSERT INTO ` + table + ` (` + strings.Join(columns, `, `) + `) VALUES `)
	place := 0
	for row := range rows {
		if row > 0 {
			b.WriteByte(',')
		}
		for i := range columns {
			place++
			if i == 0 {
				b.WriteString(`($`)
			} else {
				b.WriteString(`,$`)
			}
			b.WriteString(strconv.Itoa(place))
		}
		b.WriteByte(')')
	}
	return b.String()
}
