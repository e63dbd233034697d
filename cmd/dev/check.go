package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// The tools are run at exact versions and stand in no go.mod of ours, so that
// the program's own list of modules stays the program's.
const (
	gofumpt     = "mvdan.cc/gofumpt@v0.9.2"
	staticcheck = "honnef.co/go/tools/cmd/staticcheck@v0.8.2"
)

// check installs what is missing and runs the named steps, or all of them.
func check(ctx context.Context, root string, names []string, out io.Writer) error {
	plan, err := choose(steps(), names)
	if err != nil {
		return err
	}
	if len(names) == 0 {
		if err := provide(ctx, systemMachine{}, out); err != nil {
			return err
		}
	}
	start := time.Now()
	outcomes := runSteps(ctx, root, plan, out)
	return summarise(out, outcomes, len(plan), time.Since(start))
}

// choose picks steps by name, in the order of the table.
func choose(all []step, names []string) ([]step, error) {
	if len(names) == 0 {
		return all, nil
	}
	var plan []step
	for _, s := range all {
		if slices.Contains(names, s.name) {
			plan = append(plan, s)
		}
	}
	for _, name := range names {
		if !slices.ContainsFunc(all, func(s step) bool { return s.name == name }) {
			return nil, fmt.Errorf("no step is called %q: `go run ./cmd/dev steps` lists them", name)
		}
	}
	return plan, nil
}

// steps is what CI runs, the quick ones first.
func steps() []step {
	return []step{
		{"modules", "go.mod and go.sum are tidy and the downloads are untouched", checkModules},
		{"format", "every Go file is as gofumpt writes it", checkFormat},
		{"architecture", "the tree is built as the design says", checkArchitecture},
		{"vet", "go vet, with and without the end-to-end tests", checkVet},
		{"staticcheck", "staticcheck finds nothing", checkStatic},
		{"build", "one static binary comes out, without any C, and one for each other system", checkBuild},
		{"web-install", "the web client's packages are as its lock file says", checkWebInstall},
		{"web-check", "types, style and unit tests of the web client", checkWebSources},
		{"web-dist", "the built web client in the tree is byte for byte what its sources give", checkWebDist},
		{"web-pages", "every page in Chromium: both languages, wide and narrow, axe-core finds nothing", checkWebPages},
		{"unit", "unit tests, with the race detector wherever anything goes on side by side", checkUnit},
		{"libopus", "our Opus against libopus", checkLibopus},
		{"fuzz", "every fuzz target for " + fuzzTime.String(), checkFuzz},
		{"end-to-end", "the whole program with real browsers and real SIP peers", checkEndToEnd},
	}
}

func checkModules(ctx context.Context, sh *shell) error {
	return errors.Join(
		sh.quiet(ctx, "go", "mod", "tidy", "-diff"),
		sh.quiet(ctx, "go", "mod", "verify"),
	)
}

func checkFormat(ctx context.Context, sh *shell) error {
	files, err := sh.output(ctx, "go", "run", gofumpt, "-l", "cmd", "sfu", "sip", "signaling", "metrics")
	if err != nil {
		return err
	}
	if len(files) > 0 {
		writeIndented(sh.out, files)
		return fmt.Errorf("not formatted: run `go run %s -w` on these files", gofumpt)
	}
	return nil
}

func checkArchitecture(ctx context.Context, sh *shell) error {
	return sh.goTest(ctx, "./cmd/dev/architecture")
}

func checkVet(ctx context.Context, sh *shell) error {
	pure := sh.withoutC()
	return errors.Join(
		pure.quiet(ctx, "go", "vet", "./..."),
		pure.quiet(ctx, "go", "vet", "-tags", "e2e", "./..."),
	)
}

func checkStatic(ctx context.Context, sh *shell) error {
	return sh.withoutC().quiet(ctx, "go", "run", staticcheck, "-tags", "e2e", "./...")
}

func checkBuild(ctx context.Context, sh *shell) error {
	dir, err := os.MkdirTemp("", "partyline-build-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	for _, system := range []string{"GOOS=darwin GOARCH=arm64", "GOOS=windows GOARCH=amd64"} {
		there := sh.withoutC().in(sh.dir, strings.Fields(system)...)
		if err := there.quiet(ctx, "go", "build", "-o", os.DevNull, "./cmd/partyline"); err != nil {
			return fmt.Errorf("%s: %w", system, err)
		}
	}
	binary := filepath.Join(dir, "partyline")
	if err := sh.withoutC().quiet(ctx, "go", "build", "-o", binary, "./cmd/partyline"); err != nil {
		return err
	}
	if err := requireStatic(binary); err != nil {
		return err
	}
	return sh.in(dir).quiet(ctx, binary, "version")
}

// requireTools names the variable that makes tests fail rather than skip where a
// program that they need is missing: sipp, PostgreSQL, the voices, a C compiler.
const requireTools = "PARTYLINE_REQUIRE_TOOLS"

// vetted keeps `go test` from vetting once more what the step vet has vetted.
const vetted = "-vet=off"

// checkUnit runs all tests with the race detector, but for those that are not
// built for it: they do nothing side by side, and with it take many times as long.
func checkUnit(ctx context.Context, sh *shell) error {
	tests, err := readTests(sh.dir)
	if err != nil {
		return err
	}
	required := sh.in(sh.dir, requireTools+"=1")
	err = required.goTest(ctx, vetted, "-race", "-timeout", "30m", "./...")
	if len(tests.noRace) > 0 {
		err = errors.Join(err, required.withoutC().goTest(ctx, append([]string{vetted}, tests.noRace...)...))
	}
	return err
}

// checkLibopus runs the tests that compare with the C library, which only
// exist behind a build tag.
func checkLibopus(ctx context.Context, sh *shell) error {
	tests, err := readTests(sh.dir)
	if err != nil {
		return err
	}
	if len(tests.libopusTag) == 0 {
		return errors.New("no file has the build tag libopus: the comparison is gone")
	}
	args := append([]string{"-tags", "libopus nolibopusfile"}, tests.libopusTag...)
	return sh.in(sh.dir, "CGO_ENABLED=1").goTest(ctx, args...)
}

// checkEndToEnd runs the tests that want the machine to themselves: behind the
// build tag e2e, one package and one test at a time, without the race detector.
// Tests that do little but wait say so, by [testing.T.Parallel], and run in pairs.
func checkEndToEnd(ctx context.Context, sh *shell) error {
	tests, err := readTests(sh.dir)
	if err != nil {
		return err
	}
	if len(tests.endToEnd) == 0 {
		return errors.New("no file has the build tag e2e: the end-to-end tests are gone")
	}
	fmt.Fprintf(sh.out, "        in %s\n", strings.Join(tests.endToEnd, " "))
	args := append([]string{vetted, "-tags", "e2e", "-run", "^TestE2E", "-count=1", "-p", "1", "-parallel", "2", "-timeout", "90m"}, tests.endToEnd...)
	return sh.withoutC().goTest(ctx, args...)
}
