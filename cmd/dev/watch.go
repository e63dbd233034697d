package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"github.com/fsnotify/fsnotify"
)

// settle is how long the tree must be quiet before it is built: an editor
// saves several files at once.
const settle = 200 * time.Millisecond

// watch serves with demo data and starts over whenever a source changes, until
// ctx ends.
func watch(ctx context.Context, root string, out io.Writer) error {
	changes, err := fsnotify.NewWatcher()
	if err != nil {
		return fmt.Errorf("watching the sources: %w", err)
	}
	defer changes.Close()
	if err := watchTree(changes, root); err != nil {
		return fmt.Errorf("watching the sources: %w", err)
	}
	dir, err := os.MkdirTemp("", "partyline-dev-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	server := &devServer{root: root, binary: filepath.Join(dir, "partyline"), out: out}
	defer server.stop()

	webChanged := true
	for {
		server.rebuild(ctx, webChanged)
		webChanged, err = nextChange(ctx, changes, root)
		if ctx.Err() != nil {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

// devServer is the program under development, built and running.
type devServer struct {
	root, binary string
	out          io.Writer
	running      *exec.Cmd
}

// rebuild builds what changed and starts the program over. When the build
// fails, the one that runs goes on.
func (d *devServer) rebuild(ctx context.Context, web bool) {
	sh := &shell{dir: d.root, out: d.out}
	if web {
		if err := buildWeb(ctx, sh); err != nil {
			fmt.Fprintln(d.out, "dev:", err)
		}
	}
	fmt.Fprintln(d.out, "dev: building")
	next := d.binary + ".next"
	if err := sh.withoutC().quiet(ctx, "go", "build", "-o", next, "./cmd/partyline"); err != nil {
		fmt.Fprintln(d.out, "dev:", err)
		return
	}
	d.stop()
	if err := os.Rename(next, d.binary); err != nil {
		fmt.Fprintln(d.out, "dev:", err)
		return
	}
	d.start()
}

func (d *devServer) start() {
	cmd := exec.Command(d.binary, "serve", "--demo",
		"--set", "data_dir=partyline-data/demo", "--set", "media.loopback=true")
	cmd.Dir = d.root
	cmd.Stdout, cmd.Stderr = d.out, d.out
	// In its own process group the server hears of a Ctrl-C from us alone.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGTERM}
	if err := cmd.Start(); err != nil {
		fmt.Fprintln(d.out, "dev: starting the program:", err)
		return
	}
	d.running = cmd
}

// stop ends the running program and waits for it. Nobody drains a developer's
// calls: a second signal follows the first.
func (d *devServer) stop() {
	if d.running == nil {
		return
	}
	_ = d.running.Process.Signal(syscall.SIGTERM)
	hurry := time.AfterFunc(time.Second, func() { _ = d.running.Process.Signal(syscall.SIGTERM) })
	kill := time.AfterFunc(10*time.Second, func() { _ = d.running.Process.Kill() })
	_ = d.running.Wait() // it was told to end: how it did does not matter
	hurry.Stop()
	kill.Stop()
	d.running = nil
}

// buildWeb builds the web client, installing its packages the first time.
// Without npm the client in the tree is served as it is.
func buildWeb(ctx context.Context, sh *shell) error {
	if _, err := exec.LookPath("npm"); err != nil {
		return errors.New("npm is not on the path: serving the web client as it was built last")
	}
	client := web(sh)
	if _, err := os.Stat(filepath.Join(client.dir, "package.json")); err != nil {
		return fmt.Errorf("the web client has no package.json: %w", err)
	}
	if _, err := os.Stat(filepath.Join(client.dir, "node_modules")); errors.Is(err, fs.ErrNotExist) {
		fmt.Fprintln(sh.out, "dev: installing the web client's packages")
		if err := client.quiet(ctx, "npm", "ci", "--no-audit", "--no-fund"); err != nil {
			return err
		}
	}
	fmt.Fprintln(sh.out, "dev: building the web client")
	return client.quiet(ctx, "npm", "run", "build")
}

// watchTree adds every directory with sources. fsnotify is not recursive.
func watchTree(w *fsnotify.Watcher, root string) error {
	return filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.IsDir() {
			return err
		}
		if path != root && unwatched(d.Name()) {
			return fs.SkipDir
		}
		return w.Add(path)
	})
}

// unwatched names directories whose changes are our own doing or no sources.
func unwatched(name string) bool {
	switch name {
	case "node_modules", "dist", "testdata", "partyline-data":
		return true
	}
	return strings.HasPrefix(name, ".")
}

// nextChange waits until sources have changed and the tree is quiet again, and
// tells whether the web client is among them.
func nextChange(ctx context.Context, changes *fsnotify.Watcher, root string) (web bool, err error) {
	quiet := time.NewTimer(time.Hour)
	quiet.Stop()
	defer quiet.Stop()
	for {
		select {
		case <-ctx.Done():
			return web, nil
		case err := <-changes.Errors:
			return web, fmt.Errorf("watching the sources: %w", err)
		case event := <-changes.Events:
			if event.Op == fsnotify.Chmod {
				continue
			}
			kind := kindOf(root, event.Name)
			if stat, err := os.Stat(event.Name); err == nil && stat.IsDir() {
				if unwatched(stat.Name()) {
					continue
				}
				if err := watchTree(changes, event.Name); err != nil {
					return web, fmt.Errorf("watching %s: %w", event.Name, err)
				}
				// It may have been filled before we looked at it.
				kind = kindOf(root, filepath.Join(event.Name, "any.go"))
				web = web || strings.HasPrefix(event.Name, filepath.Join(root, webDir))
			}
			if kind != noSource {
				web = web || kind == webSource
				quiet.Reset(settle)
			}
		case <-quiet.C:
			return web, nil
		}
	}
}

// source is what kind of source a changed file is.
type source int

const (
	noSource source = iota
	goSource
	webSource
)

func kindOf(root, path string) source {
	name, err := filepath.Rel(root, path)
	if err != nil {
		return noSource
	}
	switch ext := filepath.Ext(name); {
	case strings.HasSuffix(name, "_test.go"):
		return noSource
	case ext == ".go" || ext == ".sql" || ext == ".wav" || ext == ".toml" || name == "go.mod":
		return goSource
	case !strings.HasPrefix(filepath.ToSlash(name), webDir+"/"):
		return noSource
	case ext == ".ts" || ext == ".tsx" || ext == ".css" || ext == ".html" || ext == ".json" || ext == ".svg":
		return webSource
	default:
		return noSource
	}
}
