package main

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// duration is a time.Duration that is written as "1m30s".
type duration time.Duration

func (d duration) String() string { return time.Duration(d).String() }

// MarshalText writes the duration.
func (d duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what time.ParseDuration reads.
func (d *duration) UnmarshalText(text []byte) error {
	value, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is not a duration such as \"30s\" or \"5m\"", text)
	}
	*d = duration(value)
	return nil
}

// portRange is written as "20000-29999"; both ends belong to it.
type portRange struct{ First, Last uint16 }

func (r portRange) String() string { return fmt.Sprintf("%d-%d", r.First, r.Last) }

// MarshalText writes the range.
func (r portRange) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// UnmarshalText reads the range.
func (r *portRange) UnmarshalText(text []byte) error {
	first, last, ok := strings.Cut(string(text), "-")
	low, lowErr := strconv.ParseUint(strings.TrimSpace(first), 10, 16)
	high, highErr := strconv.ParseUint(strings.TrimSpace(last), 10, 16)
	if !ok || lowErr != nil || highErr != nil || low > high {
		return fmt.Errorf("%q is not a range of ports such as \"20000-29999\"", text)
	}
	*r = portRange{uint16(low), uint16(high)}
	return nil
}

// dsn names a database. What it prints has no password in it.
type dsn string

var keywordPassword = regexp.MustCompile(`(?i)(password\s*=\s*)('[^']*'|\S+)`)

// String hides the password.
func (d dsn) String() string {
	u, err := url.Parse(string(d))
	var malformed *url.Error
	if errors.As(err, &malformed) && strings.Contains(string(d), "://") {
		return "•••" // with an odd character in it: show nothing
	}
	if err == nil && u.User != nil {
		if _, has := u.User.Password(); has {
			return strings.Replace(string(d), u.User.String()+"@", url.User(u.User.Username()).String()+":•••@", 1)
		}
	}
	return keywordPassword.ReplaceAllString(string(d), "${1}•••")
}

// MarshalText hides the password, too: what is marshalled here is only shown.
func (d dsn) MarshalText() ([]byte, error) { return []byte(d.String()), nil }
