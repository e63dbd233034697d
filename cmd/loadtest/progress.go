package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"golang.org/x/term"
)

// progress tells a person what goes on: a bar on a terminal, lines otherwise.
// It may be used from any goroutine.
type progress struct {
	out      io.Writer
	terminal bool

	mu    sync.Mutex // guards shown
	shown bool       // a bar is on the line
}

func newProgress(out io.Writer) *progress {
	file, ok := out.(*os.File)
	return &progress{out: out, terminal: ok && term.IsTerminal(int(file.Fd()))}
}

const (
	clearLine = "\r\x1b[K"
	barWidth  = 30
)

// say prints a line.
func (p *progress) say(format string, args ...any) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wipe()
	fmt.Fprintf(p.out, format+"\n", args...)
}

// bar shows how far something is.
func (p *progress) bar(name string, done, of float64) {
	if !p.terminal || of <= 0 {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	full := int(barWidth * min(max(done/of, 0), 1))
	fmt.Fprintf(p.out, "%s%s%s %s %3.0f %%", clearLine, strings.Repeat("█", full), strings.Repeat("░", barWidth-full), name, 100*min(done/of, 1))
	p.shown = true
}

// end wipes the bar away.
func (p *progress) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.wipe()
}

func (p *progress) wipe() {
	if p.shown {
		fmt.Fprint(p.out, clearLine)
		p.shown = false
	}
}

// wait lets time pass, with a bar.
func (p *progress) wait(ctx context.Context, name string, length time.Duration) error {
	began := time.Now()
	ticker := time.NewTicker(250 * time.Millisecond)
	defer ticker.Stop()
	end := time.NewTimer(length)
	defer end.Stop()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-end.C:
			return nil
		case <-ticker.C:
			p.bar(name, float64(time.Since(began)), float64(length))
		}
	}
}
