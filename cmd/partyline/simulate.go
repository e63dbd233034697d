package main

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"partyline/cmd/internal/voice"
	"partyline/sip/carrier"
)

type simulateCommand struct {
	Listen   string   `default:"127.0.0.1:5080" help:"Address for SIP over UDP and TCP."`
	Scenario string   `placeholder:"FILE" type:"path" help:"What happens when which number is called. Without it, the usual things."`
	Print    bool     `help:"Print the usual scenario, to be changed, and end."`
	Call     string   `placeholder:"NUMBER" help:"Have somebody dial this number of the bridge, and end when they have hung up."`
	Bridge   string   `default:"127.0.0.1:5060" placeholder:"HOST:PORT" help:"Where callers dial in. Empty: where an account has registered."`
	From     string   `default:"+491511234567" placeholder:"NUMBER" help:"Who dials in."`
	Keys     string   `placeholder:"KEYS" help:"What they press once somebody speaks, such as 1,123456789#. A comma waits a second."`
	Codec    []string `default:"PCMU,PCMA,opus" help:"Codecs, the preferred one first."`
}

// Run is a telephone company until it is interrupted. What happens is written
// to standard error as it happens.
func (c simulateCommand) Run(t *terminal) error {
	if c.Print {
		_, err := fmt.Fprint(t.out, carrier.Default)
		return err
	}
	scenario, err := readScenario(c.Scenario)
	if err != nil {
		return err
	}
	codecs, err := parseCodecs(c.Codec)
	if err != nil {
		return err
	}
	company, err := carrier.New(carrier.Config{
		NewCodec: voice.NewCodec, Codecs: codecs, Listen: c.Listen, Scenario: scenario, Bridge: c.Bridge, Out: t.err,
	})
	if err != nil {
		return err
	}
	if c.Call != "" {
		return errors.Join(c.dialIn(t, company), company.Close())
	}
	address := company.UDP().String()
	fmt.Fprintf(t.out, "A simulated telephone company takes calls at %s, over UDP and TCP.\n", address)
	if c.Scenario == "" {
		fmt.Fprintln(t.out, "Numbers that end in 001 answer, in 002 are busy, in 003 ring, in 004 are voicemail; `partyline simulate --print` has them all.")
	}
	fmt.Fprintf(t.out, "\n%s\nPress Ctrl-C to stop.\n", trunkTo(address))
	<-t.ctx.Done()
	err = company.Close()
	summary(t, company.Records())
	return err
}

// trunkTo is what the configuration of a bridge needs to call through the
// company.
func trunkTo(address string) string {
	return fmt.Sprintf("[[sip.trunk]]\nname = \"simulated\"\n[sip.trunk.outbound]\ntargets = [\"sip:%s\"]\n", address)
}

// dialIn has somebody call the bridge.
func (c simulateCommand) dialIn(t *terminal, company *carrier.Carrier) error {
	steps := []string{"dial " + c.Call, "hear", "wait 500ms"}
	for i, keys := range strings.Split(c.Keys, ",") {
		if i > 0 {
			steps = append(steps, "wait 1s")
		}
		if keys != "" {
			steps = append(steps, "press "+keys)
		}
	}
	steps = append(steps, "wait 1s", "say hello", "stay")
	scenario, err := carrier.Parse(strings.NewReader("caller " + c.From + ": " + strings.Join(steps, ", ")))
	if err != nil {
		return fmt.Errorf("--call, --from or --keys: %w", err)
	}
	err = company.Call(t.ctx, scenario.Callers[0])
	if t.ctx.Err() != nil {
		return nil // an interruption is a way to end it
	}
	return err
}

func readScenario(name string) (carrier.Scenario, error) {
	if name == "" {
		return carrier.Scenario{}, nil
	}
	file, err := os.Open(name)
	if err != nil {
		return carrier.Scenario{}, fmt.Errorf("scenario: %w", err)
	}
	defer file.Close()
	s, err := carrier.Parse(file)
	if err != nil {
		return s, fmt.Errorf("%s: %w", name, err)
	}
	return s, nil
}

// summary lists the calls that there were.
func summary(t *terminal, calls []carrier.Record) {
	if len(calls) == 0 {
		return
	}
	fmt.Fprintln(t.out)
	table := tabwriter.NewWriter(t.out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "began\tfrom\tto\tstatus\tanswered for\tended")
	for _, r := range calls {
		fmt.Fprintf(table, "%s\t%s\t%s\t%d\t%s\t%s\n", r.Invited.Format("15:04:05"), r.From.Masked(), r.To.Masked(), r.Status, r.Duration().Round(time.Millisecond), r.How)
	}
	_ = table.Flush() // as with any line to the screen
}
