package api

import (
	"encoding/csv"
	"fmt"
	"io"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// writeRows writes a slice of bodies as CSV (RFC 4180): a column for each field
// of theirs as JSON names it, those of a body within it behind a dot. Lists of
// words stand in one cell; other lists are left out.
func writeRows(w io.Writer, rows any) error {
	out := newRowWriter(w, reflect.TypeOf(rows).Elem())
	all := reflect.ValueOf(rows)
	if err := out.header(); err != nil {
		return err
	}
	for i := range all.Len() {
		if err := out.write(all.Index(i)); err != nil {
			return err
		}
	}
	return out.flush()
}

// rowWriter writes bodies of one type.
type rowWriter struct {
	csv     *csv.Writer
	columns []column
}

// column is where in a body its value is.
type column struct {
	name string
	path []int
}

func newRowWriter(w io.Writer, body reflect.Type) *rowWriter {
	return &rowWriter{csv.NewWriter(w), columnsOf(body, "", nil)}
}

var timeType = reflect.TypeFor[time.Time]()

// columnsOf are the columns of a body.
func columnsOf(body reflect.Type, prefix string, path []int) (all []column) {
	for i := range body.NumField() {
		field := body.Field(i)
		here := append(append([]int{}, path...), i)
		kind := field.Type
		if kind.Kind() == reflect.Pointer {
			kind = kind.Elem()
		}
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		switch {
		case field.Anonymous:
			all = append(all, columnsOf(kind, prefix, here)...)
		case name == "" || name == "-":
		case kind.Kind() == reflect.Struct && kind != timeType:
			all = append(all, columnsOf(kind, prefix+name+".", here)...)
		case kind.Kind() == reflect.Slice && kind.Elem().Kind() != reflect.String:
		case kind.Kind() == reflect.Map:
		default:
			all = append(all, column{prefix + name, here})
		}
	}
	return all
}

func (r *rowWriter) header() error {
	names := make([]string, len(r.columns))
	for i, c := range r.columns {
		names[i] = c.name
	}
	return r.csv.Write(names)
}

func (r *rowWriter) write(body reflect.Value) error {
	cells := make([]string, len(r.columns))
	for i, c := range r.columns {
		cells[i] = cellOf(body, c.path)
	}
	return r.csv.Write(cells)
}

func (r *rowWriter) flush() error {
	r.csv.Flush()
	return r.csv.Error()
}

// cellOf is a value as text, empty where it is absent.
func cellOf(v reflect.Value, path []int) string {
	for _, i := range path {
		if v.Kind() == reflect.Pointer {
			if v.IsNil() {
				return ""
			}
			v = v.Elem()
		}
		v = v.Field(i)
	}
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return ""
		}
		v = v.Elem()
	}
	switch value := v.Interface().(type) {
	case time.Time:
		if value.IsZero() {
			return ""
		}
		return value.UTC().Format(time.RFC3339Nano)
	case []string:
		return inert(strings.Join(value, " "))
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64)
	case string:
		return inert(value)
	}
	if v.Kind() == reflect.String {
		return inert(v.String())
	}
	return fmt.Sprint(v.Interface())
}
