package sip

import (
	"fmt"
	"io"
	"log/slog"

	"partyline/sip/dialplan"
)

// Secret is a run of digits that admits somebody: a meeting number or a code.
// It never appears in a log, an error or JSON; string(s) is the way to it.
type Secret string

// hidden stands for digits that are not shown.
const hidden = "•••"

// String hides the digits.
func (Secret) String() string { return hidden }

// Format hides the digits from every verb, %#v and %d included.
func (Secret) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, hidden) } // there is nobody to tell of an error

// LogValue hides the digits.
func (Secret) LogValue() slog.Value { return slog.StringValue(hidden) }

// MarshalText hides the digits from JSON, which logs may be.
func (Secret) MarshalText() ([]byte, error) { return []byte(hidden), nil }

// Number is a telephone number or SIP user, masked when printed or logged.
type Number = dialplan.Number
