package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"sync"

	"golang.org/x/sync/errgroup"
)

// fuzzTime is for each target: a smoke test, not a search.
const fuzzTime = "3s"

// checkFuzz gives every target a little time, one on each core. `go test -fuzz`
// would build a package again for each of its targets; here it is built once.
func checkFuzz(ctx context.Context, sh *shell) error {
	tests, err := readTests(sh.dir)
	if err != nil {
		return err
	}
	if len(tests.fuzz) == 0 {
		return errors.New("there are no fuzz targets")
	}
	dir, err := os.MkdirTemp("", "partyline-fuzz-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	f := &fuzzer{sh: sh.withoutC(), dir: dir}
	if err := f.run(ctx, tests.fuzz); err != nil {
		return err
	}
	fmt.Fprintf(sh.out, "        %d targets\n", len(tests.fuzz))
	return nil
}

// fuzzer runs fuzz targets from binaries in a directory of its own.
type fuzzer struct {
	sh  *shell
	dir string

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
		} else if err := f.sh.quiet(ctx, "go", "test", "-c", "-fuzz=.", "-o", binary, target.pkg); err != nil {
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
	sh := f.sh.in(filepath.Join(f.sh.dir, target.pkg))
	return sh.quiet(ctx, binary, "-test.run=^$", "-test.fuzz=^"+target.name+"$", "-test.fuzztime="+fuzzTime,
		"-test.parallel=1", "-test.timeout=2m", "-test.fuzzcachedir="+filepath.Join(f.dir, "corpus"))
}

func (f *fuzzer) fail(target fuzzTarget, err error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.failed = append(f.failed, fmt.Errorf("%s %s: %w", target.pkg, target.name, err))
}
