package ivr

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestConfigValidate(t *testing.T) {
	for name, config := range map[string]Config{
		"no language":   {},
		"unknown":       {Languages: []string{"tlh"}},
		"unknown fixed": {Language: "tlh"},
		"too many":      {Languages: slices.Repeat([]string{English}, 10)},
		"keys":          {Language: English, Keys: Keys{"*6": "mute-everything"}},
	} {
		if config.Validate() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestKeysValidate wants a sentence about everything that is wrong with the
// keys of a company, and none about the usual ones.
func TestKeysValidate(t *testing.T) {
	for name, test := range map[string]struct {
		keys Keys
		want []string
	}{
		"usual":       {DefaultKeys(), nil},
		"none":        {nil, nil},
		"single keys": {Keys{"0": ToggleMute, "#": TellCount, "*": TellHelp}, nil},
		"action":      {Keys{"*6": "mut"}, []string{`"*6" are to do "mut", which is no action: choose one of ["admit" "call-host" "count"`}},
		"ambiguous":   {Keys{"*1": TellHelp, "*12": ToggleMute}, []string{`"*12" begin like "*1", which would always come first: change one of the two`}},
		"letters":     {Keys{"*A": TellHelp}, []string{`"*A" cannot be: write one to four of the keys 0-9, * and #`}},
		"long":        {Keys{"*1234": TellHelp}, []string{"one to four"}},
		"both":        {Keys{"": TellHelp, "x": ""}, []string{`"" cannot be`, `"x" cannot be`, `"x" are to do ""`, `"x" begin like ""`}},
	} {
		err := test.keys.Validate()
		if (err == nil) != (test.want == nil) {
			t.Errorf("%s: %v", name, err)
		}
		for _, want := range test.want {
			if !strings.Contains(err.Error(), want) {
				t.Errorf("%s: %v\nwant %q in it", name, err, want)
			}
		}
	}
}

// TestEveryActionHasAKey holds the usual keys, the actions and the help
// together: each action can be done, and each is told to whom it is for.
func TestEveryActionHasAKey(t *testing.T) {
	keys := DefaultKeys()
	done := make(map[Action]bool)
	for _, action := range keys {
		done[action] = true
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(commands)), slices.Sorted(maps.Keys(done))); diff != "" {
		t.Errorf("actions without keys (-actions +keys):\n%s", diff)
	}
	help := strings.Join(append(keys.help(true, true), keys.help(false, true)...), " ")
	for action := range commands {
		sequence, _ := keys.of(action)
		if spoken := strings.Join(speakKeys(sequence), " "); !strings.Contains(help, spoken) {
			t.Errorf("the help does not tell of %q (%s)", action, spoken)
		}
	}
}

// TestHelpFollowsTheKeys wants the help to say the keys of the company and
// nothing of what has none.
func TestHelpFollowsTheKeys(t *testing.T) {
	keys := Keys{"1": ToggleMute, "##": TellHelp, "55": ToggleHand, "*5": ToggleHand}
	for name, test := range map[string]struct {
		host bool
		want string
	}{
		"participant": {false, "to-mute numbers/1 pause to-raise-hand keys/star numbers/5 pause to-repeat keys/pound keys/pound"},
		"host":        {true, "to-mute numbers/1 pause to-repeat keys/pound keys/pound"},
	} {
		if got := strings.Join(keys.help(test.host, true), " "); got != test.want {
			t.Errorf("%s: %q, want %q", name, got, test.want)
		}
	}
	if sequence, _ := DefaultKeys().of(ToggleHand); sequence != "*9" {
		t.Errorf("the hand is told to be raised by %q", sequence)
	}
}
