package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"time"
)

// errTold is a failure that was told already, in full.
var errTold = errors.New("the check did not pass")

// step is one thing that CI checks. Steps run one after the other: several of
// them measure time, and the machines that run them have few cores.
type step struct {
	name string
	what string // finishes "this step …" in the list of steps
	run  func(ctx context.Context, sh *shell) error
}

// outcome is how a step went.
type outcome struct {
	name string
	took time.Duration
	err  error
}

// runSteps runs all steps, also after one failed, and stops early only when
// ctx ends. Each step says that it starts and how it ended.
func runSteps(ctx context.Context, root string, steps []step, out io.Writer) []outcome {
	var outcomes []outcome
	for i, s := range steps {
		fmt.Fprintf(out, "[%2d/%d] %-14s %s\n", i+1, len(steps), s.name, s.what)
		start := time.Now()
		err := s.run(ctx, &shell{dir: root, out: out})
		if ctx.Err() != nil {
			err = errors.New("interrupted")
		}
		o := outcome{s.name, time.Since(start), err}
		outcomes = append(outcomes, o)
		fmt.Fprintf(out, "        %s\n", o)
		if ctx.Err() != nil {
			break
		}
	}
	return outcomes
}

func (o outcome) String() string {
	if o.err != nil {
		return fmt.Sprintf("FAIL %-14s %6.1f s  %v", o.name, o.took.Seconds(), o.err)
	}
	return fmt.Sprintf("ok   %-14s %6.1f s", o.name, o.took.Seconds())
}

// summarise prints the table of outcomes and, last, a line that only counts.
// Steps that never ran because of an interruption count as failed.
func summarise(out io.Writer, outcomes []outcome, planned int, took time.Duration) error {
	fmt.Fprintln(out)
	failed := planned - len(outcomes)
	var names []string
	for _, o := range outcomes {
		fmt.Fprintln(out, o)
		if o.err != nil {
			failed++
			names = append(names, o.name)
		}
	}
	verdict := "all is well"
	switch {
	case planned > len(outcomes):
		verdict = "interrupted"
	case failed > 0:
		verdict = "failed: " + strings.Join(names, ", ")
	}
	fmt.Fprintf(out, "\nsummary: %s after %s\n", verdict, took.Round(time.Second))
	fmt.Fprintf(out, "%d passed, %d failed\n", planned-failed, failed)
	if failed > 0 {
		return errTold
	}
	return nil
}

// shell runs commands in a directory for one step.
type shell struct {
	dir string
	out io.Writer
	env []string // added to the environment
}

// in gives a shell in a directory below, with more environment.
func (s *shell) in(dir string, env ...string) *shell {
	return &shell{dir: dir, out: s.out, env: append(s.env[:len(s.env):len(s.env)], env...)}
}

// withoutC gives a shell that builds as we ship, without C. Steps that need no
// C share what they compile that way.
func (s *shell) withoutC() *shell { return s.in(s.dir, "CGO_ENABLED=0") }

// quiet runs a command and shows what it printed only when it fails.
func (s *shell) quiet(ctx context.Context, name string, args ...string) error {
	var printed bytes.Buffer
	err := s.start(ctx, &printed, name, args...)
	if err != nil {
		writeIndented(s.out, printed.Bytes())
	}
	return err
}

// output runs a command and returns its standard output; what it says on
// standard error is shown when it fails.
func (s *shell) output(ctx context.Context, name string, args ...string) ([]byte, error) {
	var stdout, stderr bytes.Buffer
	cmd := s.command(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if err != nil {
		writeIndented(s.out, stderr.Bytes())
		err = fmt.Errorf("%s: %w", commandLine(name, args), err)
	}
	return stdout.Bytes(), err
}

// goTest runs `go test` and shows failures as they come; packages that passed
// or have no tests are not mentioned. Its error says which tests failed and
// with which words, so that the summary does.
func (s *shell) goTest(ctx context.Context, args ...string) error {
	w := &failureWriter{out: s.out}
	err := s.start(ctx, w, "go", append([]string{"test"}, args...)...)
	w.flush()
	if err != nil && len(w.told) > 0 {
		return fmt.Errorf("%w\n%s", err, strings.Join(w.told, "\n"))
	}
	return err
}

func (s *shell) start(ctx context.Context, out io.Writer, name string, args ...string) error {
	cmd := s.command(ctx, name, args...)
	cmd.Stdout, cmd.Stderr = out, out
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("%s: %w", commandLine(name, args), err)
	}
	return nil
}

// command puts the process in a group of its own, so that an interruption
// reaches browsers and servers that it started, too.
func (s *shell) command(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = s.dir
	cmd.Env = append(cmd.Environ(), s.env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error {
		time.AfterFunc(5*time.Second, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
		return syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM)
	}
	cmd.WaitDelay = 10 * time.Second
	return cmd
}

// commandLine abbreviates a command for an error.
func commandLine(name string, args []string) string {
	line := strings.Join(append([]string{name}, args...), " ")
	if len(line) > 80 {
		return line[:77] + "…"
	}
	return line
}

// writeIndented sets a command's output apart from ours. It writes once, so
// that what commands say at the same time is not mixed up.
func writeIndented(out io.Writer, text []byte) {
	var indented bytes.Buffer
	for line := range strings.Lines(string(text)) {
		fmt.Fprintf(&indented, "        | %s\n", strings.TrimRight(line, "\r\n"))
	}
	_, _ = out.Write(indented.Bytes()) // there is nowhere else to tell
}

// failureWriter passes the output of `go test` on, line by line, without the
// lines about packages that passed.
type failureWriter struct {
	out  io.Writer
	rest []byte   // the begun line
	told []string // the first lines that say what failed
}

// telling are the lines of `go test` that a summary repeats.
var telling = regexp.MustCompile(`^\s*--- FAIL: |^\s+\w+_test\.go:\d+: |^panic: |^WARNING: DATA RACE`)

// repeated is how many of these lines a summary has room for, and broad how
// much of each, in octets.
const repeated, broad = 40, 300

func (w *failureWriter) Write(p []byte) (int, error) {
	w.rest = append(w.rest, p...)
	for {
		end := bytes.IndexByte(w.rest, '\n')
		if end < 0 {
			return len(p), nil
		}
		w.line(w.rest[:end+1])
		w.rest = w.rest[end+1:]
	}
}

func (w *failureWriter) flush() {
	if len(w.rest) > 0 {
		w.line(w.rest)
		w.rest = nil
	}
}

func (w *failureWriter) line(line []byte) {
	for _, dull := range []string{"ok  \t", "?   \t", "PASS", "go: downloading "} {
		if bytes.HasPrefix(line, []byte(dull)) {
			return
		}
	}
	if len(w.told) < repeated && telling.Match(line) {
		w.told = append(w.told, "        | "+strings.TrimRight(string(line[:min(len(line), broad)]), "\r\n"))
	}
	writeIndented(w.out, line)
}
