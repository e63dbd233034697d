// Command loadtest measures a Partyline: it builds the program, starts it as
// a process of its own, and sends it synthetic browsers and phones over
// loopback. Its README tells what is measured, how, and how to read it.
//
//	go run ./cmd/loadtest               everything
//	go run ./cmd/loadtest forward join  only these
//	go run ./cmd/loadtest --json calls  for machines
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/alecthomas/kong"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // so that a second signal ends the program at once
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "loadtest:", err)
		os.Exit(1)
	}
}

// options are the command line.
type options struct {
	Commands []string      `arg:"" optional:"" enum:"forward,phones,calls,dial,memory,join,delay,all,soak" default:"all" help:"What to measure: forward, phones, calls, dial, memory, join, delay; all of these by default. And soak, which is asked for by name."`
	JSON     bool          `name:"json" help:"Print the figures as JSON."`
	For      time.Duration `default:"15s" help:"How long each load is measured."`
	Soak     time.Duration `default:"10m" help:"How long callers come and go in a soak, 200 a minute."`
	Case     string        `help:"Only the cases whose name contains this."`
	Profile  string        `type:"path" placeholder:"DIR" help:"Keep CPU, heap and goroutine profiles of the server here. Its figures are then not to be published: profiling costs."`
	Together bool          `help:"Let server and load share all processors, instead of giving the server one of its own."`
	Verbose  bool          `short:"v" help:"Show the server's log at the end."`
}

// command is something that can be measured.
type command struct {
	name    string
	what    string
	measure func(context.Context, *bench) error
}

func allCommands() []command {
	return []command{
		{"forward", "what forwarding a packet between browsers costs", measureForward},
		{"phones", "what a phone in a meeting costs", measurePhones},
		{"calls", "how many calls can be answered, and how soon", measureCalls},
		{"dial", "what calling somebody at the company's cost takes", measureDial},
		{"memory", "what a browser and a phone take of memory", measureMemory},
		{"join", "how long it takes to be in the meeting and hear it", measureJoin},
		{"delay", "how long speech, prompts and confirmations take", measureDelay},
		{"soak", "whether anything is left of callers who came, did everything, and went", measureSoak},
	}
}

// run does what the arguments say.
func run(ctx context.Context, args []string, out, errOut io.Writer) error {
	var o options
	exited := false
	parser, err := kong.New(&o, kong.Name("loadtest"),
		kong.Description("Measures Partyline with synthetic browsers and phones, on loopback only."),
		kong.Writers(out, errOut), kong.Exit(func(int) { exited = true }))
	if err != nil {
		return err
	}
	if _, err = parser.Parse(args); err != nil || exited {
		return err
	}
	b, err := newBench(ctx, o, errOut)
	if err != nil {
		return err
	}
	err = b.measure(ctx)
	if ctx.Err() != nil {
		err = errors.New("interrupted")
	}
	err = errors.Join(err, b.close())
	if o.JSON {
		return errors.Join(err, writeJSON(out, b.results))
	}
	return errors.Join(err, writeTables(out, b.results))
}

// measure runs the commands that were asked for.
func (b *bench) measure(ctx context.Context) error {
	all := slices.Contains(b.options.Commands, "all")
	var errs []error
	for _, c := range allCommands() {
		if (!all || c.name == "soak") && !slices.Contains(b.options.Commands, c.name) {
			continue
		}
		b.progress.say("%s: %s", c.name, c.what)
		b.command = c.name
		if err := c.measure(ctx, b); err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", c.name, err))
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(errs...)
}
