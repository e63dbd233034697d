// Command partyline is the conference bridge: the server, and what one needs
// beside it to set it up, look after it and call it.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"github.com/alecthomas/kong"
)

func main() {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	ctx, stop := context.WithCancel(context.Background())
	go heed(signals, stop)
	os.Exit(run(ctx, os.Args[1:], os.Environ(), os.Stdin, os.Stdout, os.Stderr))
}

// heed ends the program in peace with the first signal and at once with the
// second. One owner hears both: where the second is left to the system, one
// that comes before the system has it back is lost.
func heed(signals <-chan os.Signal, stop context.CancelFunc) {
	<-signals
	stop()
	os.Exit(128 + int((<-signals).(syscall.Signal))) // as shells count
}

// commands is the command line: what a user can say, and nothing of how it is
// done.
type commands struct {
	ConfigFile string   `name:"config" short:"c" env:"PARTYLINE_CONFIG" placeholder:"FILE" help:"Configuration file. Default: partyline.toml, if it is there."`
	Set        []string `sep:"none" placeholder:"KEY=VALUE" help:"Set one value, such as http.listen=:9090. May be repeated, and wins over file and environment."`

	Serve    serveCommand    `cmd:"" default:"withargs" help:"Run the server. This is what happens without a command."`
	Simulate simulateCommand `cmd:"" help:"Be a telephone company to try things with: people who answer, are busy, or dial in."`
	Phone    phoneCommand    `cmd:"" help:"Call a meeting from the command line, or wait for a call."`
	User     userCommand     `cmd:"" help:"Add people, list them, reset a password, deactivate somebody."`
	Config   configCommand   `cmd:"" help:"Show the configuration in force, or check it."`
	Rates    ratesCommand    `cmd:"" help:"Read rate decks in, look prices up, charge past calls again."`
	Metrics  metricsCommand  `cmd:"" help:"List what is under /metrics, and print alerts and dashboards for it."`
	Doctor   doctorCommand   `cmd:"" help:"Find out what stands in the way of good calls, and what to do about it."`
	Healthz  healthzCommand  `cmd:"" help:"Ask the running server whether it is well (for Docker)."`
	Licenses licensesCommand `cmd:"" help:"Show the licences of what Partyline is made of."`
	Version  versionCommand  `cmd:"" help:"Show the version."`
}

// terminal is what a command has to do with the world around it.
type terminal struct {
	ctx      context.Context
	in       io.Reader
	out, err io.Writer
	config   func() (Config, error) // loads it when a command wants it
}

// failure is an error that was already told to the user.
type failure struct{ status int }

func (f failure) Error() string { return fmt.Sprintf("exit status %d", f.status) }

// run does what the arguments say and returns the exit status: 0, 1 when it
// did not work, 2 when the command line or the configuration is wrong.
func run(ctx context.Context, args, environ []string, in io.Reader, out, errOut io.Writer) int {
	var cli commands
	exited := -1
	parser, err := kong.New(&cli,
		kong.Name("partyline"),
		kong.Description("A company's own conference bridge: browsers and phones in one meeting."),
		kong.Writers(out, errOut),
		kong.Exit(func(status int) { exited = status }),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoExpandSubcommands: true}),
	)
	if err != nil {
		fmt.Fprintln(errOut, "partyline:", err)
		return 2
	}
	chosen, err := parser.Parse(args)
	if exited >= 0 { // --help
		return exited
	}
	if err != nil {
		fmt.Fprintf(errOut, "partyline: %v\nTry `partyline --help`.\n", err)
		return 2
	}
	t := &terminal{ctx: ctx, in: in, out: out, err: errOut, config: func() (Config, error) {
		cfg, err := loadConfig(cli.ConfigFile, environ, cli.Set)
		if err != nil {
			return Config{}, configError{err}
		}
		return cfg, nil
	}}
	return t.status(chosen.Run(t))
}

// configError is a configuration that cannot be used.
type configError struct{ error }

func (e configError) Unwrap() error { return e.error }

// status tells what went wrong and turns it into an exit status.
func (t *terminal) status(err error) int {
	var told failure
	var config configError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &told):
		return told.status
	case errors.As(err, &config):
		fmt.Fprintf(t.err, "partyline: the configuration is not sound:\n%v\n", err)
		return 2
	default:
		fmt.Fprintln(t.err, "partyline:", err)
		return 1
	}
}
