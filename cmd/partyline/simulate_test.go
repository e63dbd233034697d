package main

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// simulate runs the command until stop is called, which gives its exit status.
func simulate(t *testing.T, args ...string) (shown *screen, stop func() int) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	shown = &screen{}
	status := make(chan int, 1)
	go func() {
		status <- run(ctx, append([]string{"simulate", "--listen=127.0.0.1:0"}, args...), nil, nil, shown, shown)
	}()
	return shown, func() int {
		cancel()
		return <-status
	}
}

// TestSimulatedCompany is called by one of its telephones, and calls another.
func TestSimulatedCompany(t *testing.T) {
	shown, stop := simulate(t)
	at := shown.find(t, `takes calls at (\S+), over UDP`)[1]
	shown.find(t, `targets = \["sip:`+at+`"\]`)
	var calling screen
	if status := run(t.Context(), []string{"phone", "sip:030555500486@" + at, "--listen=127.0.0.1:0"}, nil, nil, &calling, &calling); status != 1 {
		t.Errorf("a busy one: exit status %d\n%s", status, calling.String())
	}
	calling.find(t, `refused: 486`)
	shown.find(t, `•••486 +refuses: 486`)
	if status := stop(); status != 0 {
		t.Errorf("exit status %d", status)
	}
	shown.find(t, `•••486 +486 +0s +refused`)
	if strings.Contains(shown.String(), "5555") {
		t.Errorf("a number is shown:\n%s", shown.String())
	}
}

func TestSimulatedCallerDialsIn(t *testing.T) {
	var answering screen
	ctx, cancel := context.WithCancel(t.Context())
	answered := make(chan int, 1)
	say := filepath.Join(t.TempDir(), "say.wav")
	writeTone(t, say)
	go func() {
		answered <- run(ctx, []string{"phone", "--answer", "--listen=127.0.0.1:0", "--say=" + say, "--repeat"}, nil, nil, &answering, &answering)
	}()
	at := answering.find(t, `call at (\S+) \(UDP\)`)[1]
	shown, stop := simulate(t, "--bridge="+at, "--call=900", "--keys=12#")
	answering.find(t, `key-heard   #`)
	cancel()
	if status := <-answered; status != 0 {
		t.Errorf("the bridge: exit status %d\n%s", status, answering.String())
	}
	shown.find(t, `ended: peer hung up`)
	if status := stop(); status != 0 {
		t.Errorf("exit status %d\n%s", status, shown.String())
	}
}

func TestSimulateFaults(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.scenario")
	if err := os.WriteFile(bad, []byte("number *: explode\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"--scenario=" + bad}, `bad.scenario: not a scenario: line 1: "explode"`},
		{[]string{"--scenario=" + bad + ".none"}, "no such file"},
		{[]string{"--codec=G729"}, "the codecs are"},
		{[]string{"--call=a@b"}, "--call, --from or --keys"},
		{[]string{"--call=1", "--bridge="}, "no bridge is known"},
	} {
		shown, stop := simulate(t, c.args...)
		shown.find(t, "partyline: ")
		if status := stop(); status != 1 || !strings.Contains(shown.String(), c.want) {
			t.Errorf("%v: %d %s", c.args, status, shown.String())
		}
	}
	shown, stop := simulate(t, "--print")
	shown.find(t, `number \*001: ring`)
	if status := stop(); status != 0 {
		t.Errorf("--print: %d", status)
	}
}
