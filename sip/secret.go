package sip

import "log/slog"

// Secret is a run of digits that admits somebody: a meeting number or a code.
// It never appears in a log or an error.
type Secret string

// String hides the digits.
func (Secret) String() string { return "•••" }

// LogValue hides the digits.
func (Secret) LogValue() slog.Value { return slog.StringValue("•••") }

// Number is a telephone number or SIP user. Logs show its last three digits.
type Number string

// Masked shows only as much of the number as tells two calls apart.
func (n Number) Masked() string {
	r := []rune(string(n))
	if len(r) <= 3 {
		return "•••"
	}
	return "•••" + string(r[len(r)-3:])
}

// LogValue masks the number.
func (n Number) LogValue() slog.Value { return slog.StringValue(n.Masked()) }

// String masks the number, so that no format verb prints it whole.
func (n Number) String() string { return n.Masked() }
