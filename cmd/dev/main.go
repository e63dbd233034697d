// Command dev is everything a developer of Partyline runs.
//
//	go run ./cmd/dev               serve with demo data; rebuild and restart on every change
//	go run ./cmd/dev check         everything that CI runs
//	go run ./cmd/dev check NAME …  only the named steps
//	go run ./cmd/dev steps         the names of the steps
//	go run ./cmd/dev fuzz [TIME] [TARGET] [--keep]  look longer for what breaks a parser
//	go run ./cmd/dev notices FILE  collect the licences of all that the program is made of
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout)
	stop()
	if err != nil && !errors.Is(err, errTold) {
		fmt.Fprintln(os.Stderr, "dev:", err)
	}
	if err != nil {
		os.Exit(1)
	}
}

func run(ctx context.Context, args []string, out io.Writer) error {
	root, err := moduleRoot()
	if err != nil {
		return err
	}
	if len(args) == 0 {
		return watch(ctx, root, out)
	}
	switch args[0] {
	case "check":
		return check(ctx, root, args[1:], out)
	case "steps":
		for _, s := range steps() {
			fmt.Fprintf(out, "%-14s %s\n", s.name, s.what)
		}
		return nil
	case "fuzz":
		o, err := parseFuzz(args[1:])
		if err != nil {
			return err
		}
		return runFuzz(ctx, &shell{dir: root, out: out}, o)
	case "notices":
		if len(args) != 2 {
			return errors.New("usage: dev notices FILE")
		}
		return writeNotices(root, args[1], out)
	default:
		return fmt.Errorf("unknown command %q: use check, steps, fuzz, notices, or nothing at all to serve with demo data", args[0])
	}
}
