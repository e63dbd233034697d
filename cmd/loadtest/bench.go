package main

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"partyline/cmd/internal/bridge"
)

// bench is where everything is measured: it builds the program once, starts a
// fresh server for each case, and keeps the results.
type bench struct {
	options  options
	dir      string
	program  string
	cores    cores
	progress *progress
	command  string // under way
	results  []result
}

// profiler is compiled into the server when profiles are wanted, and only
// then: the product has no such listener.
//
//go:embed profiler.go.txt
var profiler []byte

// newBench builds the program.
func newBench(ctx context.Context, o options, terminal io.Writer) (*bench, error) {
	b := &bench{options: o, progress: newProgress(terminal)}
	var err error
	if b.dir, err = os.MkdirTemp("", "partyline-loadtest-"); err != nil {
		return nil, err
	}
	if !o.Together {
		if b.cores, err = splitCores(); err != nil {
			return nil, errors.Join(err, b.close())
		}
	}
	b.progress.say("building the program")
	var flags []string
	if o.Profile != "" {
		if flags, err = b.overlay(ctx); err != nil {
			return nil, errors.Join(err, b.close())
		}
	}
	if b.program, err = bridge.Build(ctx, b.dir, flags...); err != nil {
		return nil, errors.Join(err, b.close())
	}
	return b, nil
}

// overlay gives the flags that add the profiler to the program.
func (b *bench) overlay(ctx context.Context) ([]string, error) {
	source, err := exec.CommandContext(ctx, "go", "list", "-f", "{{.Dir}}", "partyline/cmd/partyline").Output()
	if err != nil {
		return nil, fmt.Errorf("find the program's sources: %w", err)
	}
	file, list := filepath.Join(b.dir, "profiler.go"), filepath.Join(b.dir, "overlay.json")
	text, err := json.Marshal(map[string]any{"Replace": map[string]string{
		filepath.Join(strings.TrimSpace(string(source)), "loadtest_profiler.go"): file,
	}})
	if err != nil {
		return nil, err
	}
	err = errors.Join(os.WriteFile(file, profiler, 0o600), os.WriteFile(list, text, 0o600), os.MkdirAll(b.options.Profile, 0o750))
	return []string{"-overlay", list}, err
}

// close removes what the bench kept on disk.
func (b *bench) close() error {
	b.progress.end()
	return os.RemoveAll(b.dir)
}

// server is one Partyline under load.
type server struct {
	*bridge.Server
	bench    *bench
	profiles string // address of the profiler, if any
}

// start starts a fresh server.
func (b *bench) start(ctx context.Context, settings ...string) (*server, error) {
	dir, err := os.MkdirTemp(b.dir, "data-")
	if err != nil {
		return nil, err
	}
	s := &server{bench: b}
	o := bridge.Options{
		Program: b.program, Dir: dir, Start: b.cores.start,
		// Thousands of synthetic callers have one address.
		Settings: append([]string{"sip.rate=1000000", "sip.languages=en"}, settings...),
	}
	if b.options.Profile != "" {
		if s.profiles, err = freeAddress(); err != nil {
			return nil, err
		}
		o.Environ = []string{"LOADTEST_PROFILER=" + s.profiles}
	}
	if s.Server, err = bridge.Start(ctx, o); err != nil {
		return nil, err
	}
	return s, nil
}

func freeAddress() (string, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer l.Close()
	return l.Addr().String(), nil
}

// stop ends the server.
func (s *server) stop() error {
	err := s.Stop()
	if s.bench.options.Verbose {
		s.bench.progress.say("%s", s.Log())
	}
	return err
}

// add keeps a result.
func (b *bench) add(name string, figures ...figure) {
	r := result{Command: b.command, Case: name, Figures: figures}
	b.results = append(b.results, r)
	b.progress.say("%s", r)
}

// wanted tells whether a case was asked for.
func (b *bench) wanted(name string) bool { return strings.Contains(name, b.options.Case) }

// profile keeps a profile of the server in the background while a load is
// measured; the function returned waits for it.
func (s *server) profile(ctx context.Context, name string, length time.Duration) (wait func() error) {
	if s.profiles == "" {
		return func() error { return nil }
	}
	done := make(chan error, 1)
	go func() {
		seconds := max(int(length.Seconds()), 1)
		err := s.keep(ctx, name+".cpu", fmt.Sprintf("profile?seconds=%d", seconds))
		err = errors.Join(err, s.keep(ctx, name+".heap", "heap?gc=1"))
		done <- errors.Join(err, s.keep(ctx, name+".goroutines", "goroutine"))
	}()
	return func() error { return <-done }
}

// keep stores one profile.
func (s *server) keep(ctx context.Context, name, query string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+s.profiles+"/debug/pprof/"+query, nil)
	if err != nil {
		return err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	file, err := os.Create(filepath.Join(s.bench.options.Profile, strings.NewReplacer(" ", "-", "×", "x", ",", "", "/", "-").Replace(name)))
	if err != nil {
		return err
	}
	_, err = io.Copy(file, response.Body)
	return errors.Join(err, file.Close())
}
