package main

import (
	"bytes"
	"strings"
	"sync"
	"testing"
)

// lockedBuffer takes what several commands write.
type lockedBuffer struct {
	mu sync.Mutex
	bytes.Buffer
}

func (b *lockedBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.Buffer.Write(p)
}

// TestFuzzStepFindsWhatFails lets one target pass and one find its fault.
func TestFuzzStepFindsWhatFails(t *testing.T) {
	root := t.TempDir()
	writeArchive(t, root, `
-- go.mod --
module tiny
go 1.26
-- a/a_test.go --
package a
import "testing"
func FuzzFine(f *testing.F) { f.Add("x"); f.Fuzz(func(t *testing.T, s string) {}) }
func FuzzFaulty(f *testing.F) { f.Add("seed"); f.Fuzz(func(t *testing.T, s string) { if s == "seed" { t.Fatal("the fault") } }) }
-- b/b_test.go --
package b
import "testing"
func FuzzBroken(f *testing.F) { undefined() }
`)
	var out lockedBuffer
	err := checkFuzz(t.Context(), &shell{dir: root, out: &out})
	if err == nil {
		t.Fatal("no failure")
	}
	for name, failed := range map[string]bool{"FuzzFine": false, "FuzzFaulty": true, "FuzzBroken": true} {
		if strings.Contains(err.Error(), name) != failed {
			t.Errorf("%s failed: %v, want %v: %v", name, !failed, failed, err)
		}
	}
	if !strings.Contains(out.String(), "the fault") {
		t.Errorf("what failed is not shown:\n%s", out.String())
	}
}
