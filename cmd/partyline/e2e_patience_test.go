//go:build e2e

package main

import (
	"fmt"
	"os"
	"strings"
	"time"
)

// This file is about waiting on a machine that has other work.

// patience is a wait with a limit that says how long the program may take. Time
// in which something was ready to run and no processor was free, or waited for
// the disk, does not count: then it is the machine that is late.
type patience struct {
	limit   time.Duration
	began   time.Time
	stalled time.Duration // of the machine, when it began
}

// utmost is what a wait may take however busy the machine is.
const utmost = 2 * time.Minute

func patient(limit time.Duration) *patience {
	return &patience{limit: limit, began: time.Now(), stalled: stalled()}
}

// left is how much longer to wait; zero or less when it has been too long.
func (p *patience) left() time.Duration {
	took := time.Since(p.began)
	return min(p.limit-(took-(stalled()-p.stalled)), max(p.limit, utmost)-took)
}

func (p *patience) over() bool { return p.left() <= 0 }

// String says what was waited for in vain, for a failure.
func (p *patience) String() string {
	return fmt.Sprintf("waited %v, for %v of which the machine had more to do than it could",
		time.Since(p.began).Round(10*time.Millisecond), (stalled() - p.stalled).Round(10*time.Millisecond))
}

// stalled is for how long, all in all, something waited for a processor or for
// the disk. It stands still where the system does not tell (PSI is Linux's).
func stalled() time.Duration { return pressure("cpu") + pressure("io") }

func pressure(of string) time.Duration {
	text, err := os.ReadFile("/proc/pressure/" + of)
	if err != nil {
		return 0
	}
	_, after, found := strings.Cut(string(text), "total=") // the first line: some, not all, waited
	var total int64                                        // µs
	if _, err := fmt.Sscan(after, &total); !found || err != nil {
		return 0
	}
	return time.Duration(total) * time.Microsecond
}
