package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
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

func TestTheEndOfTheTimeIsNoFailure(t *testing.T) {
	ended := "fuzz: elapsed: 6s, execs: 133901 (0/sec), new interesting: 73 (total: 79)\n--- FAIL: FuzzParse (6.12s)\n    context deadline exceeded\nFAIL\n"
	if !timeWasUp(ended) {
		t.Error("the end of the time is taken for a failure")
	}
	for _, failed := range []string{
		"--- FAIL: FuzzParse (0.8s)\n    --- FAIL: FuzzParse (0.00s)\n        x.go:1: context deadline exceeded\n",
		ended + "    Failing input written to testdata/fuzz/FuzzParse/f96\n",
		"--- FAIL: FuzzParse (0.8s)\n",
	} {
		if timeWasUp(failed) {
			t.Errorf("a failure is overlooked:\n%s", failed)
		}
	}
}

func TestParseFuzz(t *testing.T) {
	for text, want := range map[string]fuzzOptions{
		"":                 {each: time.Minute},
		"10m":              {each: 10 * time.Minute},
		"offer 30s --keep": {each: 30 * time.Second, name: "offer", keep: true},
	} {
		if got, err := parseFuzz(strings.Fields(text)); err != nil || got != want {
			t.Errorf("dev fuzz %s: %+v, %v", text, got, err)
		}
	}
	for _, text := range []string{"--keen", "a b", "-5s"} {
		if _, err := parseFuzz(strings.Fields(text)); err == nil {
			t.Errorf("dev fuzz %s is no error", text)
		}
	}
}

func TestTheSmallestInputsAreKept(t *testing.T) {
	from, to := t.TempDir(), filepath.Join(t.TempDir(), "testdata", "fuzz", "FuzzIt")
	for i := range 40 {
		if err := os.WriteFile(filepath.Join(from, fmt.Sprintf("%02d", i)), make([]byte, 10+i), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(filepath.Join(from, "huge"), make([]byte, largestKept+1), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := keepCorpus(from, to); err != nil {
		t.Fatal(err)
	}
	kept, err := os.ReadDir(to)
	if err != nil || len(kept) != mostKept || kept[0].Name() != "00" || kept[mostKept-1].Name() != "23" {
		t.Errorf("kept %v, %v", kept, err)
	}
	if err := keepCorpus(filepath.Join(from, "missing"), to); err != nil {
		t.Error(err)
	}
}
