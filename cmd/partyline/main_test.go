package main

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){"partyline": main})
}

// TestScripts runs the program as a user would: testdata/script/*.txtar.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(env *testscript.Env) error {
			env.Setenv("PORT", freePort(t))
			env.Setenv("HOST", "127.0.0.1")
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){"waithealthy": waitHealthy},
	})
}

// waitHealthy waits until the server at an address answers: "waithealthy
// host:port [key=value ...]", with the settings that it runs by.
func waitHealthy(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) == 0 {
		ts.Fatalf("usage: waithealthy host:port [key=value ...]")
	}
	cfg, err := loadConfig("", nil, append(args[1:], "http.listen="+args[0]))
	ts.Check(err)
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if askHealth(context.Background(), cfg) == nil {
			return
		}
	}
	ts.Fatalf("%s did not answer in time", args[0])
}

func writeFile(t *testing.T, name, text string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}
