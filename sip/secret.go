package sip

import (
	"fmt"
	"io"
	"log/slog"
)

// Secret is a run of digits that admits somebody: a meeting number or a code.
// It never appears in a log, an error or JSON; string(s) is the way to it.
type Secret string

// hidden stands for digits that are not shown.
const hidden = "•••"

// String hides the digits.
func (Secret) String() string { return hidden }

// Format hides the digits from every verb, %#v and %d included.
func (Secret) Format(f fmt.State, _ rune) { write(f, hidden) }

// LogValue hides the digits.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides the digits from JSON, which logs may be.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// Number is a telephone number or SIP user. Logs show its last three digits;
// string(n) is the way to the others.
type Number string

// Masked shows only as much of the number as tells two calls apart.
func (n Number) Masked() string {
	r := []rune(string(n))
	if len(r) <= 3 {
		return hidden
	}
	return hidden + string(r[len(r)-3:])
}

// String masks the number.
func (n Number) String() string { return n.Masked() }

// Format masks the number, so that no verb prints it whole.
func (n Number) Format(f fmt.State, _ rune) { write(f, n.Masked()) }

// LogValue masks the number.
func (n Number) LogValue() slog.Value { return slog.StringValue(n.Masked()) }

// MarshalText masks the number in JSON, which logs may be.
func (n Number) MarshalText() ([]byte, error) { return []byte(n.Masked()), nil }

// write writes for a Format method, which has nobody to tell of an error.
func write(f fmt.State, s string) { _, _ = io.WriteString(f, s) }
