package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

func TestSummaryCounts(t *testing.T) {
	boom := errors.New("boom")
	for _, test := range []struct {
		name     string
		outcomes []outcome
		planned  int
		want     []string // the last two lines
		wantErr  bool
	}{
		{"all well", []outcome{{"a", time.Second, nil}, {"b", 0, nil}}, 2, []string{"summary: all is well after 3s", "2 passed, 0 failed"}, false},
		{"one fails", []outcome{{"a", time.Second, boom}, {"b", 0, nil}}, 2, []string{"summary: failed: a after 3s", "1 passed, 1 failed"}, true},
		{"interrupted", []outcome{{"a", time.Second, nil}}, 3, []string{"summary: interrupted after 3s", "1 passed, 2 failed"}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			err := summarise(&out, test.outcomes, test.planned, 3*time.Second)
			if (err != nil) != test.wantErr {
				t.Errorf("summarise: %v", err)
			}
			lines := strings.Split(strings.TrimSpace(out.String()), "\n")
			if diff := cmp.Diff(test.want, lines[len(lines)-2:]); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestAFailedStepDoesNotStopTheOthers(t *testing.T) {
	var ran []string
	note := func(name string, err error) step {
		return step{name, "", func(context.Context, *shell) error { ran = append(ran, name); return err }}
	}
	outcomes := runSteps(t.Context(), ".", []step{note("a", errors.New("no")), note("b", nil)}, io.Discard)
	if diff := cmp.Diff([]string{"a", "b"}, ran); diff != "" {
		t.Error(diff)
	}
	if outcomes[0].err == nil || outcomes[1].err != nil {
		t.Errorf("outcomes: %v", outcomes)
	}
}

// An interruption must reach what a step's command started, or a browser
// would outlive the check.
func TestInterruptionEndsGrandchildren(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	marker := filepath.Join(t.TempDir(), "alive")
	script := `sh -c 'trap "rm -f "` + marker + `"; exit" TERM; touch ` + marker + `; while :; do sleep 0.05; done' & wait`
	hang := step{"hang", "", func(ctx context.Context, sh *shell) error { return sh.quiet(ctx, "sh", "-c", script) }}
	never := step{"never", "", func(context.Context, *shell) error { t.Error("ran after the interruption"); return nil }}
	go func() {
		waitFor(t, func() bool { _, err := os.Stat(marker); return err == nil })
		cancel()
	}()
	outcomes := runSteps(ctx, t.TempDir(), []step{hang, never}, io.Discard)
	if len(outcomes) != 1 || outcomes[0].err == nil {
		t.Fatalf("outcomes: %v", outcomes)
	}
	waitFor(t, func() bool { _, err := os.Stat(marker); return errors.Is(err, os.ErrNotExist) })
}

func waitFor(t *testing.T, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		if done() {
			return
		}
	}
	t.Error("waited in vain")
}

func TestOnlyFailuresOfGoTestAreShown(t *testing.T) {
	var out bytes.Buffer
	w := &failureWriter{out: &out}
	for _, part := range []string{
		"ok  \tpartyline/a\t0.1s\n?   \tpartyline/b\t[no test", " files]\n--- FAIL: TestX\n    x_test.go:3: bad\nFAIL\npartial",
	} {
		if _, err := io.WriteString(w, part); err != nil {
			t.Fatal(err)
		}
	}
	w.flush()
	want := "        | --- FAIL: TestX\n        |     x_test.go:3: bad\n        | FAIL\n        | partial\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"        | --- FAIL: TestX", "        |     x_test.go:3: bad"}, w.told); diff != "" {
		t.Errorf("the summary's share: %s", diff)
	}
}

func TestUnknownStepIsRefused(t *testing.T) {
	if _, err := choose(steps(), []string{"vet", "vest"}); err == nil || !strings.Contains(err.Error(), `"vest"`) {
		t.Errorf("choose: %v", err)
	}
	plan, err := choose(steps(), []string{"vet", "format"})
	if err != nil || len(plan) != 2 || plan[0].name != "format" {
		t.Errorf("choose: %v, %v", plan, err)
	}
}

// fakeMachine has everything but what is named in lacks.
type fakeMachine struct {
	lacks     string
	notRoot   bool
	installed *[]string
}

func (m fakeMachine) hasProgram(name string) bool { return !strings.Contains(m.lacks, name) }
func (m fakeMachine) hasFile(pattern string) bool { return !strings.Contains(m.lacks, pattern) }
func (m fakeMachine) root() bool                  { return !m.notRoot }
func (m fakeMachine) install(_ context.Context, _ io.Writer, args ...string) error {
	*m.installed = append(*m.installed, strings.Join(args, " "))
	return nil
}

func TestProvide(t *testing.T) {
	for _, test := range []struct {
		name      string
		machine   fakeMachine
		installed []string
		errs      []string // what the sentence must mention
	}{
		{name: "nothing missing"},
		{
			name:    "root installs once",
			machine: fakeMachine{lacks: "chromium sipp"},
			installed: []string{
				"update -qq", "install -y -qq --no-install-recommends chromium sip-tester",
			},
		},
		{name: "not root", machine: fakeMachine{lacks: "chromium /usr/include/opus/opus.h", notRoot: true}, errs: []string{"root", "libopus-dev chromium"}},
		{name: "not Debian", machine: fakeMachine{lacks: "flite apt-get"}, errs: []string{"flite", "no apt-get"}},
		{name: "no Node", machine: fakeMachine{lacks: "npm"}, errs: []string{"Node 20"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			var installed []string
			test.machine.installed = &installed
			err := provide(t.Context(), test.machine, io.Discard)
			if (err != nil) != (test.errs != nil) {
				t.Fatalf("provide: %v", err)
			}
			for _, want := range test.errs {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("%q does not mention %q", err, want)
				}
			}
			if diff := cmp.Diff(test.installed, installed); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestReadTests(t *testing.T) {
	root := t.TempDir()
	writeArchive(t, root, `
-- a/a_test.go --
package a
func FuzzOne(f *testing.F) {}
func TestNot(t *testing.T) {}
func (x) FuzzMethod() {}
-- a/end_test.go --
//go:build e2e && !race
package a
-- a/pure_test.go --
//go:build !race
package a
func TestPure(t *testing.T) {}
-- b/slow_test.go --
//go:build !race
package b
const slow = false
-- b/c.go --
//go:build libopus && cgo
package b
-- b/plain.go --
//go:build !libopus
package b
-- node_modules/x/x_test.go --
package x
func FuzzForeign(f *testing.F) {}
`)
	got, err := readTests(root)
	if err != nil {
		t.Fatal(err)
	}
	want := testSources{fuzz: []fuzzTarget{{"./a", "FuzzOne"}}, endToEnd: []string{"./a"}, libopusTag: []string{"./b"}, noRace: []string{"./a"}}
	if diff := cmp.Diff(want, got, cmp.AllowUnexported(testSources{}, fuzzTarget{})); diff != "" {
		t.Error(diff)
	}
}

func TestDistIsComparedAndPutBack(t *testing.T) {
	dir := t.TempDir()
	writeArchive(t, dir, "-- index.html --\nold\n-- gone.js --\nx\n-- same.css --\ny\n")
	committed, err := readFiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(dir, "gone.js")); err != nil {
		t.Fatal(err)
	}
	writeArchive(t, dir, "-- index.html --\nnewer\n-- assets/app.js --\nz\n")
	built, err := readFiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"assets/app.js: built, but not in the tree",
		"gone.js: in the tree, but not built",
		"index.html: differs (4 bytes in the tree, 6 built)",
	}
	if diff := cmp.Diff(want, compareFiles(committed, built)); diff != "" {
		t.Error(diff)
	}
	if err := restoreFiles(dir, committed); err != nil {
		t.Fatal(err)
	}
	restored, err := readFiles(dir)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(committed, restored); diff != "" {
		t.Error(diff)
	}
}

func TestStaticBinaryIsTold(t *testing.T) {
	switch _, err := exec.LookPath("gcc"); {
	case err != nil && os.Getenv(requireTools) != "":
		t.Fatal(err)
	case err != nil:
		t.Skip("without a C compiler nothing here is linked dynamically")
	}
	dir := t.TempDir()
	writeArchive(t, dir, "-- go.mod --\nmodule tiny\n-- main.go --\npackage main\nimport \"net\"\nfunc main() { net.LookupHost(\"localhost\") }\n")
	build := func(cgo string) string {
		binary := filepath.Join(dir, "tiny"+cgo)
		cmd := exec.Command("go", "build", "-o", binary, ".")
		cmd.Dir = dir
		cmd.Env = append(cmd.Environ(), "CGO_ENABLED="+cgo)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return binary
	}
	if err := requireStatic(build("0")); err != nil {
		t.Error(err)
	}
	if err := requireStatic(build("1")); err == nil {
		t.Error("a program with a loader passed for static")
	}
}

func TestKindOf(t *testing.T) {
	for path, want := range map[string]source{
		"/src/sfu/room.go":                      goSource,
		"/src/sfu/room_test.go":                 noSource,
		"/src/signaling/store/migrations/1.sql": goSource,
		"/src/signaling/web/src/app.tsx":        webSource,
		"/src/signaling/web/embed.go":           goSource,
		"/src/signaling/testdata/x.json":        noSource,
		"/src/README.md":                        noSource,
	} {
		if got := kindOf("/src", path); got != want {
			t.Errorf("kindOf(%s) = %v, want %v", path, got, want)
		}
	}
}

// TestAFailedBuildKeepsTheServer edits a program that stands for ours: a change
// starts it over, one that does not build leaves it running.
func TestAFailedBuildKeepsTheServer(t *testing.T) {
	root := t.TempDir()
	source := filepath.Join(root, "cmd", "partyline", "main.go")
	serving := func(version string) string {
		return "package main\nimport \"time\"\nfunc main() { println(\"serving " + version + "\"); time.Sleep(time.Minute) }\n"
	}
	writeFile := func(text string) {
		t.Helper()
		if err := os.WriteFile(source, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	writeArchive(t, root, "-- go.mod --\nmodule tiny\n-- cmd/partyline/main.go --\n"+serving("one"))
	said := &screen{}
	server := &devServer{root: root, binary: filepath.Join(t.TempDir(), "partyline"), out: said}
	defer server.stop()

	server.rebuild(t.Context(), false)
	waitFor(t, said.shows("serving one"))
	first := server.running

	writeFile("package main\nfunc main() { no }\n")
	server.rebuild(t.Context(), false)
	if !said.shows("undefined: no")() {
		t.Errorf("the compiler's complaint is not shown:\n%s", said)
	}
	if server.running != first || first.Process.Signal(syscall.Signal(0)) != nil {
		t.Fatal("the server that ran is gone")
	}

	writeFile(serving("two"))
	server.rebuild(t.Context(), false)
	waitFor(t, said.shows("serving two"))
	if err := first.Process.Signal(syscall.Signal(0)); !errors.Is(err, os.ErrProcessDone) {
		t.Errorf("the server of before still runs: %v", err)
	}
}

// screen is what a developer sees, written by several goroutines.
type screen struct {
	mu   sync.Mutex // guards text
	text bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

func (s *screen) shows(text string) func() bool {
	return func() bool { return strings.Contains(s.String(), text) }
}

// writeArchive writes a txtar archive's files below dir.
func writeArchive(t *testing.T, dir, archive string) {
	t.Helper()
	for _, file := range txtar.Parse([]byte(archive)).Files {
		path := filepath.Join(dir, file.Name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, file.Data, 0o644); err != nil {
			t.Fatal(err)
		}
	}
}
