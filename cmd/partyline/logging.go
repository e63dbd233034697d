package main

import (
	"encoding"
	"fmt"
	"io"
	"log/slog"
	"os"
	"reflect"
	"time"

	"github.com/lmittmann/tint"
	"golang.org/x/term"
)

// newLogger writes for people on a terminal and for machines otherwise.
//
// What must not be read in a log hides itself by its type (slog.LogValuer).
// Structures do not: a handler would print their fields past that, so a value
// that has no text of its own is logged by the name of its type alone.
func newLogger(out io.Writer, cfg logConfig) *slog.Logger {
	if cfg.Format == "text" || cfg.Format == "auto" && isTerminal(out) {
		return slog.New(tint.NewTextHandler(out, &tint.Options{
			Level:      cfg.Level,
			TimeFormat: time.TimeOnly + ".000",
			NoColor:    !isTerminal(out) || os.Getenv("NO_COLOR") != "",
			ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
				return closed(a)
			},
		}))
	}
	return slog.New(slog.NewJSONHandler(out, &slog.HandlerOptions{
		Level:       cfg.Level,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr { return closed(a) },
	}))
}

func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// closed replaces a value that has no text of its own.
func closed(a slog.Attr) slog.Attr {
	if a.Value.Kind() != slog.KindAny || a.Value.Any() == nil {
		return a
	}
	switch value := a.Value.Any().(type) {
	case error, *slog.Source, slog.Level:
		return a
	case fmt.Stringer:
		return slog.String(a.Key, value.String())
	case encoding.TextMarshaler:
		return a
	default:
		return slog.Attr{Key: a.Key, Value: closedAny(reflect.ValueOf(value))}
	}
}

// closedAny writes plain values and lists of them, and only names the rest.
func closedAny(value reflect.Value) slog.Value {
	switch value.Kind() {
	case reflect.String, reflect.Bool,
		reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint, reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64,
		reflect.Float32, reflect.Float64:
		return slog.StringValue(fmt.Sprint(value.Interface()))
	case reflect.Slice, reflect.Array:
		items := make([]string, value.Len())
		for i := range items {
			item := closed(slog.Any("", value.Index(i).Interface()))
			items[i] = item.Value.Resolve().String()
		}
		return slog.StringValue(fmt.Sprint(items))
	default:
		return slog.StringValue("(" + value.Type().String() + ")")
	}
}
