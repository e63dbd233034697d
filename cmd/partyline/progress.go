package main

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// bar shows how far a command has come, on a terminal alone. Its zero value
// shows nothing.
type bar struct {
	out   io.Writer // nil: nobody looks
	what  string
	total int64 // 0: unknown
	done  int64
	shown time.Time
}

// barEvery is how often a bar is drawn again, barWidth how many signs it has.
const (
	barEvery = 100 * time.Millisecond
	barWidth = 30
)

// progress begins a bar.
func (t *terminal) progress(what string, total int64) *bar {
	if isTerminal(t.err) {
		return &bar{out: t.err, what: what, total: total}
	}
	return &bar{}
}

// add tells of more that is done.
func (b *bar) add(n int) {
	b.done += int64(n)
	if b.out == nil || time.Since(b.shown) < barEvery {
		return
	}
	b.shown = time.Now()
	if b.total <= 0 {
		fmt.Fprintf(b.out, "\r%s  %d", b.what, b.done)
		return
	}
	filled := int(min(b.done, b.total) * barWidth / b.total)
	fmt.Fprintf(b.out, "\r%s  %s%s %3d %%", b.what, strings.Repeat("█", filled), strings.Repeat("░", barWidth-filled), min(b.done, b.total)*100/b.total)
}

// end takes the bar away.
func (b *bar) end() {
	if b.out != nil && !b.shown.IsZero() {
		fmt.Fprint(b.out, "\r\033[K")
	}
}

// counted is a file whose reading a bar shows.
type counted struct {
	io.Reader
	bar *bar
}

// Read reads, and tells the bar.
func (c counted) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.bar.add(n)
	return n, err
}
