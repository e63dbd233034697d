// Package ical knows civil time and iCalendar: wall times and what instants
// they stand for, recurrence rules, and RFC 5545 text, read and written.
//
// A meeting is kept as a wall time, the name of a zone and a rule. A [Rule] is
// expanded on wall time alone, which floats; only then does [Resolve] say which
// instant a wall time is in a zone. So a change of a country's rules moves the
// instants and nothing else.
//
// The package is pure: time is a parameter, and it starts no goroutine.
package ical
