package store

import (
	"context"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// hourLength is what roll-ups sum up by, in milliseconds.
const hourLength = int64(time.Hour / time.Millisecond)

// hourOf is the hour since 1970 that a time is in.
func hourOf(t time.Time) int64 { return t.UnixMilli() / hourLength }

// rollup is a table of sums by keys, which rows are only ever added to.
type rollup struct {
	table string
	keys  []string
	sums  []string
}

// sumRow is what is to be added to one row.
type sumRow struct {
	keys []any // strings and int64s
	sums []int64
}

// adding collects what one transaction adds to a roll-up.
type adding struct {
	rollup
	rows map[string]*sumRow
}

func (r rollup) adding() *adding { return &adding{r, map[string]*sumRow{}} }

// at gives the sums of a row, to be added to.
func (a *adding) at(keys ...any) []int64 {
	var buffer [96]byte
	name := buffer[:0]
	for _, key := range keys {
		switch key := key.(type) {
		case string:
			name = append(name, key...)
		case int64:
			name = strconv.AppendInt(name, key, 10)
		}
		name = append(name, unit)
	}
	row := a.rows[string(name)]
	if row == nil {
		row = &sumRow{keys, make([]int64, len(a.sums))}
		a.rows[string(name)] = row
	}
	return row.sums
}

// sorted are all rows, always in the same order.
func (a *adding) sorted() []*sumRow {
	rows := make([]*sumRow, 0, len(a.rows))
	for _, name := range slices.Sorted(maps.Keys(a.rows)) {
		rows = append(rows, a.rows[name])
	}
	return rows
}

// write adds all rows, always in the same order, so that several nodes do not
// wait for each other in a circle.
func (a *adding) write(ctx context.Context, tx bulk) error {
	added := make([]string, len(a.sums))
	for i, s := range a.sums {
		added[i] = s + ` = ` + a.table + `.` + s + ` + excluded.` + s
	}
	rows := a.sorted()
	return tx.insert(ctx, a.table, slices.Concat(a.keys, a.sums), len(rows), func(i int) []any {
		row := rows[i]
		values := slices.Clone(row.keys)
		for _, n := range row.sums {
			values = append(values, n)
		}
		return values
	}, ` ON CONFLICT (`+strings.Join(a.keys, `, `)+`) DO UPDATE SET `+strings.Join(added, `, `))
}

// overall adds the hours together: those that were added here and those that are
// stored and fit. Rows have the keys but the hour, and come in their order.
func (a *adding) overall(ctx context.Context, q querier, w *conditions) ([]*sumRow, error) {
	hour := slices.Index(a.keys, "hour")
	keys := slices.Delete(slices.Clone(a.keys), hour, hour+1)
	total := rollup{a.table, keys, a.sums}.adding()
	add := func(r *sumRow) {
		row := total.at(r.keys...)
		for i, n := range r.sums {
			row[i] += n
		}
	}
	for _, row := range a.rows {
		add(&sumRow{slices.Delete(slices.Clone(row.keys), hour, hour+1), row.sums})
	}
	columns := slices.Clone(keys)
	for _, sum := range a.sums {
		columns = append(columns, `CAST(sum(`+sum+`) AS BIGINT)`)
	}
	_, err := list(ctx, q, func(row scanner) (struct{}, error) {
		r := sumRow{make([]any, len(keys)), make([]int64, len(a.sums))}
		var fields []any
		for i := range r.keys {
			fields = append(fields, &r.keys[i])
		}
		for i := range r.sums {
			fields = append(fields, &r.sums[i])
		}
		if err := row.Scan(fields...); err != nil {
			return struct{}{}, err
		}
		add(&r)
		return struct{}{}, nil
	}, `SELECT `+strings.Join(columns, `, `)+` FROM `+a.table+w.sql()+` GROUP BY `+strings.Join(keys, `, `), w.args...)
	if err != nil {
		return nil, err
	}
	return total.sorted(), nil
}
