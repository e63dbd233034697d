package main

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

// fuzzTime is for each target in check: a smoke test, not a search. The search
// is `go run ./cmd/dev fuzz 10m`.
const fuzzTime = 3 * time.Second

// checkFuzz gives every target a little time, one on each core. `go test -fuzz`
// would build a package again for each of its targets; here it is built once,
// and without the tables for a debugger, as `go test` does for what it runs.
func checkFuzz(ctx context.Context, sh *shell) error {
	return runFuzz(ctx, sh, fuzzOptions{each: fuzzTime})
}

// fuzzOptions say how to fuzz.
type fuzzOptions struct {
	each time.Duration // for each target
	name string        // only targets whose package or name contains this
	keep bool          // add what was found interesting to the packages' testdata
}

// parseFuzz reads the arguments of `dev fuzz`.
func parseFuzz(args []string) (fuzzOptions, error) {
	o := fuzzOptions{each: time.Minute}
	for _, arg := range args {
		if arg == "--keep" {
			o.keep = true
		} else if each, err := time.ParseDuration(arg); err == nil && each > 0 {
			o.each = each
		} else if o.name == "" && !strings.HasPrefix(arg, "-") {
			o.name = arg
		} else {
			return o, fmt.Errorf("usage: dev fuzz [TIME] [TARGET] [--keep], such as: dev fuzz 10m offer")
		}
	}
	return o, nil
}

func runFuzz(ctx context.Context, sh *shell, o fuzzOptions) error {
	tests, err := readTests(sh.dir)
	if err != nil {
		return err
	}
	targets := slices.DeleteFunc(tests.fuzz, func(t fuzzTarget) bool { return !strings.Contains(t.pkg+" "+t.name, o.name) })
	if len(targets) == 0 {
		return errors.New("there are no such fuzz targets")
	}
	dir, err := os.MkdirTemp("", "partyline-fuzz-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	f := &fuzzer{sh: sh.withoutC(), dir: dir, options: o}
	if err := f.run(ctx, targets); err != nil {
		return err
	}
	fmt.Fprintf(sh.out, "        %d targets\n", len(targets))
	return nil
}

// fuzzer runs fuzz targets from binaries in a directory of its own.
type fuzzer struct {
	sh      *shell
	dir     string
	options fuzzOptions

	mu     sync.Mutex // guards failed
	failed []error
}

// run builds each package with targets and runs them; while they run, the next
// package is built.
func (f *fuzzer) run(ctx context.Context, targets []fuzzTarget) error {
	var running errgroup.Group
	running.SetLimit(runtime.GOMAXPROCS(0))
	built := ""
	for i, target := range targets {
		binary := filepath.Join(f.dir, fmt.Sprintf("%d.test", i))
		if i > 0 && targets[i-1].pkg == target.pkg {
			binary = built
		} else if err := f.sh.quiet(ctx, "go", "test", "-c", vetted, "-fuzz=.", "-ldflags=-s -w", "-o", binary, target.pkg); err != nil {
			f.fail(target, err)
			continue
		}
		built = binary
		running.Go(func() error {
			if err := f.fuzz(ctx, binary, target); err != nil {
				f.fail(target, err)
			}
			return nil
		})
	}
	_ = running.Wait() // every failure is in f.failed
	return errors.Join(f.failed...)
}

func (f *fuzzer) fuzz(ctx context.Context, binary string, target fuzzTarget) error {
	if _, err := os.Stat(binary); err != nil {
		return errors.New("the package's tests did not build")
	}
	if f.options.each != fuzzTime {
		fmt.Fprintf(f.sh.out, "        %s %s for %v\n", target.pkg, target.name, f.options.each)
	}
	place := filepath.Join(f.sh.dir, target.pkg)
	corpus := filepath.Join(f.dir, "corpus", target.pkg)
	var printed bytes.Buffer
	err := f.sh.in(place).start(ctx, &printed, binary, "-test.run=^$", "-test.fuzz=^"+target.name+"$", "-test.fuzztime="+f.options.each.String(),
		"-test.parallel=1", "-test.timeout="+(f.options.each+2*time.Minute).String(), "-test.fuzzcachedir="+corpus)
	if err != nil && timeWasUp(printed.String()) {
		err = nil
	}
	if err != nil {
		writeIndented(f.sh.out, printed.Bytes())
	}
	if f.options.keep {
		err = errors.Join(err, keepCorpus(filepath.Join(corpus, target.name), filepath.Join(place, "testdata", "fuzz", target.name)))
	}
	return err
}

// timeWasUp tells whether a target failed for nothing but the end of its time,
// which Go takes for a failure where it comes in the middle of an input.
func timeWasUp(printed string) bool {
	return strings.Contains(printed, "context deadline exceeded") && !strings.Contains(printed, "Failing input") &&
		strings.Count(printed, "--- FAIL") == 1
}

// mostKept and largestKept bound what of a corpus is kept for a target: the
// smallest inputs, which say the same with less.
const (
	mostKept    = 24
	largestKept = 4 << 10
)

// keepCorpus copies the smallest inputs that were found to reach something new.
func keepCorpus(from, to string) error {
	entries, err := os.ReadDir(from)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // nothing was found
	}
	if err != nil {
		return err
	}
	sizes := make(map[string]int64)
	for _, e := range entries {
		if stat, err := e.Info(); err == nil && stat.Size() <= largestKept {
			sizes[e.Name()] = stat.Size()
		}
	}
	names := slices.SortedFunc(maps.Keys(sizes), func(a, b string) int {
		return cmp.Or(cmp.Compare(sizes[a], sizes[b]), cmp.Compare(a, b))
	})
	if err := os.MkdirAll(to, 0o755); err != nil {
		return err
	}
	for _, name := range names[:min(len(names), mostKept)] {
		text, err := os.ReadFile(filepath.Join(from, name))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, name), text, 0o644); err != nil {
			return err
		}
	}
	return nil
}

func (f *fuzzer) fail(target fuzzTarget, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failed = append(f.failed, fmt.Errorf("%s %s: %w", target.pkg, target.name, err))
}
