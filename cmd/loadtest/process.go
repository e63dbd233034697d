package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"
)

// reading is what the server has used and done up to a moment.
type reading struct {
	at      time.Time
	cpu     time.Duration // user and system
	rss     int           // kB
	metrics map[string]float64
}

// read takes a reading. The metrics are asked for before the CPU time is
// looked at if first, and after it if not, so that between a first and a last
// reading the asking does not count.
func (s *server) read(ctx context.Context, first bool) (r reading, err error) {
	ask := func() error {
		text, err := s.Metrics(ctx)
		r.metrics = parseMetrics(text)
		return err
	}
	look := func() error {
		r.at = time.Now()
		if r.cpu, err = cpuTime(s.PID()); err != nil {
			return err
		}
		r.rss, err = residentSet(s.PID())
		return err
	}
	steps := []func() error{ask, look}
	if !first {
		steps = []func() error{look, ask}
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return r, err
		}
	}
	return r, nil
}

// windows are the parts that a measurement is made in where the figure is the
// middle one of them: what else runs on the machine disturbs some.
const windows = 5

// inWindows measures the server for a while, in parts, and gives the whole and
// the parts.
func (s *server) inWindows(ctx context.Context, name string, length time.Duration) (whole interval, parts []interval, err error) {
	profiled := s.profile(ctx, name, length)
	for range windows {
		part, err := s.during(ctx, func() error { return s.bench.progress.wait(ctx, name, length/windows) })
		if err != nil {
			return whole, nil, errors.Join(err, profiled())
		}
		parts = append(parts, part)
	}
	return interval{parts[0].from, parts[windows-1].to}, parts, profiled()
}

// middle is the middle one of the values that a figure has in each part, and
// the least of them.
func middle(parts []interval, value func(interval) float64) (median, least float64) {
	var all []float64
	for _, p := range parts {
		all = append(all, value(p))
	}
	slices.Sort(all)
	return all[len(all)/2], all[0]
}

// interval is what lies between two readings.
type interval struct{ from, to reading }

// over measures the server for a while.
func (s *server) over(ctx context.Context, name string, length time.Duration) (interval, error) {
	profiled := s.profile(ctx, name, length)
	i, err := s.during(ctx, func() error { return s.bench.progress.wait(ctx, name, length) })
	return i, errors.Join(err, profiled())
}

// during measures the server while something is done.
func (s *server) during(ctx context.Context, do func() error) (i interval, err error) {
	if i.from, err = s.read(ctx, true); err != nil {
		return i, err
	}
	if err := do(); err != nil {
		return i, err
	}
	i.to, err = s.read(ctx, false)
	return i, err
}

// cpu is the CPU time used.
func (i interval) cpu() time.Duration { return i.to.cpu - i.from.cpu }

// length is the time that passed.
func (i interval) length() time.Duration { return i.to.at.Sub(i.from.at) }

// count is by how much a metric rose.
func (i interval) count(metric string) float64 { return i.to.metrics[metric] - i.from.metrics[metric] }

// load is the share of one processor, in per cent.
func (i interval) load() float64 { return 100 * i.cpu().Seconds() / i.length().Seconds() }

// clockTick is the unit of /proc/PID/stat: USER_HZ is 100 on every Linux.
const clockTick = 10 * time.Millisecond

// cpuTime is what a process has used of the CPU, its dead threads included.
func cpuTime(pid int) (time.Duration, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, fmt.Errorf("the server's CPU time: %w", err)
	}
	return parseStat(string(text))
}

// parseStat reads utime and stime, fields 14 and 15 of proc(5)'s stat. The
// second field is a name in brackets, which may contain anything.
func parseStat(text string) (time.Duration, error) {
	_, rest, ok := strings.Cut(text[strings.LastIndex(text, ")")+1:], " ")
	fields := strings.Fields(rest)
	if !ok || len(fields) < 13 {
		return 0, fmt.Errorf("the server's CPU time: %q is no stat", text)
	}
	var ticks int64
	for _, field := range fields[11:13] {
		n, err := strconv.ParseInt(field, 10, 64)
		if err != nil {
			return 0, fmt.Errorf("the server's CPU time: %w", err)
		}
		ticks += n
	}
	return time.Duration(ticks) * clockTick, nil
}

// residentSet is the memory that a process has, in kB.
func residentSet(pid int) (int, error) {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		return 0, fmt.Errorf("the server's memory: %w", err)
	}
	return parseStatus(string(text))
}

// parseStatus reads VmRSS.
func parseStatus(text string) (int, error) {
	for line := range strings.Lines(text) {
		if value, ok := strings.CutPrefix(line, "VmRSS:"); ok {
			kB, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")))
			if err != nil {
				return 0, fmt.Errorf("the server's memory: %w", err)
			}
			return kB, nil
		}
	}
	return 0, fmt.Errorf("the server's memory: no VmRSS in its status")
}

// parseMetrics reads the text format of Prometheus: names with their labels as
// they stand, and values. Timestamps do not occur in it.
func parseMetrics(text []byte) map[string]float64 {
	all := make(map[string]float64)
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		line := lines.Text()
		space := strings.LastIndexByte(line, ' ')
		if strings.HasPrefix(line, "#") || space < 0 {
			continue
		}
		if value, err := strconv.ParseFloat(line[space+1:], 64); err == nil {
			all[line[:space]] = value
		}
	}
	return all
}
