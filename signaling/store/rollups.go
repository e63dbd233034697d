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

// fromHour is the beginning of an hour.
func fromHour(hour int64) time.Time { return time.UnixMilli(hour * hourLength).UTC() }

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

// write adds all rows, always in the same order, so that several nodes do not
// wait for each other in a circle.
func (a *adding) write(ctx context.Context, tx bulk) error {
	added := make([]string, len(a.sums))
	for i, s := range a.sums {
		added[i] = s + ` = ` + a.table + `.` + s + ` + excluded.` + s
	}
	names := slices.Sorted(maps.Keys(a.rows))
	return tx.insert(ctx, a.table, slices.Concat(a.keys, a.sums), len(names), func(i int) []any {
		row := a.rows[names[i]]
		values := slices.Clone(row.keys)
		for _, n := range row.sums {
			values = append(values, n)
		}
		return values
	}, ` ON CONFLICT (`+strings.Join(a.keys, `, `)+`) DO UPDATE SET `+strings.Join(added, `, `))
}
