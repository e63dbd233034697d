package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestBar is drawn at most every 100 ms, and is gone in the end.
func TestBar(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var out bytes.Buffer
		b := &bar{out: &out, what: "reading", total: 1000}
		for range 10 {
			b.add(25)
		}
		time.Sleep(barEvery)
		if _, err := io.Copy(io.Discard, counted{strings.NewReader(strings.Repeat("x", 250)), b}); err != nil {
			t.Fatal(err)
		}
		b.end()
		half := strings.Repeat("█", barWidth/2) + strings.Repeat("░", barWidth/2)
		if got := out.String(); strings.Count(got, "\r") != 3 || !strings.Contains(got, half+"  50 %") || !strings.HasSuffix(got, "\r\033[K") {
			t.Errorf("%q", got)
		}
	})
	quiet := (&terminal{err: &bytes.Buffer{}}).progress("reading", 10)
	quiet.add(10)
	quiet.end()
}
