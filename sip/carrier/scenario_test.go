package carrier

import (
	"errors"
	"os"
	"slices"
	"strings"
	"testing"
)

func TestPatterns(t *testing.T) {
	for _, c := range []struct {
		pattern, number string
		want            bool
	}{
		{"*001", "+861055550001", true},
		{"*001", "001", true},
		{"*001", "01", false},
		{"*001", "0010", false},
		{"*4xx", "100486", true},
		{"*4xx", "100586", false},
		{"+8610*", "861055550001", true},
		{"8610*", "+861055550001", true},
		{"8610*", "86", false},
		{"*", "", true},
		{"*55*", "1255", true},
		{"*55*", "5512", true},
		{"*55*", "5152", false},
		{"110", "+110", true},
		{"110", "1100", false},
	} {
		if got := Pattern(c.pattern).Fits(c.number); got != c.want {
			t.Errorf("%s fits %s: %v", c.pattern, c.number, got)
		}
	}
}

// TestDefaultIsWhatNumbersSays: each line of the scenario has one in the table
// for users, and they are in one order.
func TestDefaultIsWhatNumbersSays(t *testing.T) {
	s := parsed(t, Default)
	if _, err := loadSounds(s); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile("NUMBERS.md")
	if err != nil {
		t.Fatal(err)
	}
	table, grammarTable, _ := strings.Cut(string(text), "## Scenarios")
	var documented []string
	for line := range strings.Lines(table) {
		cell, _, ok := strings.Cut(strings.TrimPrefix(line, "| "), " |")
		if !ok || cell == "ends in" || cell == "---" {
			continue
		}
		for name := range strings.SplitSeq(cell, ", ") {
			documented = append(documented, "*"+strings.TrimPrefix(name, "anything else"))
		}
	}
	var there []string
	for _, r := range s.Rules {
		there = append(there, string(r.Numbers))
	}
	if !slices.Equal(documented, there) {
		t.Errorf("NUMBERS.md has\n%q\nand the scenario\n%q", documented, there)
	}
	for verb := range grammar {
		if !strings.Contains(grammarTable, "`"+string(verb)+"`") {
			t.Errorf("NUMBERS.md does not tell of %s", verb)
		}
		if _, ok := actions[verb]; !ok && verb != Dial {
			t.Errorf("nothing is done at %s", verb)
		}
	}
	for name := range tones {
		if !strings.Contains(grammarTable, "`"+name+"`") {
			t.Errorf("NUMBERS.md does not tell of the sound %s", name)
		}
	}
}

func TestBadScenarios(t *testing.T) {
	cases := map[string]string{
		"numbr 1: answer":                         `"numbr" begins no line`,
		"account demo":                            "a user and a password",
		"account a b\naccount a c":                `line 2: there is an account "a" already`,
		"sound hello":                             "a name and a WAV file",
		"number *001 answer":                      "is no pattern",
		"number 0a: answer":                       "is no pattern",
		"number *1: answer\n\nnumber *1: answer":  "line 3: line 1 says already what *1 does",
		"number *: answer,":                       "with nothing behind it",
		"number *:":                               "with nothing behind it",
		"number *: explode":                       `"explode" is nothing that a telephone does`,
		"number *: ring soon":                     `ring: "soon" is no time`,
		"number *: ring 48h":                      "a day at most",
		"number *: wait":                          "wait: it takes one time",
		"number *: wait 3s-1s":                    "ends before it begins",
		"number *: ring 1s 2s":                    "ring: it takes one time",
		"number *: progress 1000":                 "a number from 1 to 100",
		"number *: refuse 200":                    `a number from 300 to 699, or "digits"`,
		"number *: refuse":                        `or "digits"`,
		"number *: answer thrice":                 `"thrice" is too much`,
		"number *: answer, answer":                "answered before",
		"number *: answer, ring 1s":               "ring: not after the answer",
		"number *: say hello":                     "say: not before the answer",
		"number *: answer, say":                   "the name of a sound",
		"number *: answer, press x":               "no keys of a telephone",
		"number *: answer, hangup, wait 1s":       "hangup: nothing can come after it",
		"number *: ring, answer":                  "ring: nothing can come after it",
		"number *: network":                       "it takes loss",
		"number *: network loss=200%":             "is no share",
		"number *: network loss=NaN%":             "is no share",
		"number *: network hum=1":                 `"hum=1" is nothing`[:4],
		"number *: dial 1":                        "does not call",
		"caller x: dial 1":                        "no caller's number",
		"caller 1: wait 1s":                       "dials nobody",
		"caller 1: answer":                        "a caller does not",
		"caller 1: press 1, dial 1":               "not before dialling",
		"caller 1: dial 1, dial 2":                "one call is enough",
		"caller 1: dial a@b":                      "the number to call",
		"number *: answer\nnumber 1: x\nnumber 2": "line 3",
	}
	for text, want := range cases {
		_, err := Parse(strings.NewReader(text))
		if !errors.Is(err, ErrBadScenario) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	_, err := New(Config{NewCodec: newCodec, Scenario: parsed(t, "\nnumber *: answer, say nonsense")})
	if !errors.Is(err, ErrBadScenario) || !strings.Contains(err.Error(), `line 2: there is no sound "nonsense"`) {
		t.Errorf("an unknown sound: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add(Default)
	for _, s := range []string{"number *:", "caller +1: dial 2, stay", "network", "number *: early a 1s-2s", "# x\n\naccount a b\nsound a b"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := Parse(strings.NewReader(text))
		if err != nil {
			if !errors.Is(err, ErrBadScenario) {
				t.Fatal(err)
			}
			return
		}
		for _, r := range s.Rules {
			if len(r.Steps) == 0 || r.Line == 0 {
				t.Fatalf("%+v does nothing", r)
			}
			for _, step := range r.Steps {
				if actions[step.Verb] == nil || step.Span.pick() < 0 || step.Span.pick() > longestWait {
					t.Fatalf("%+v cannot be done", step)
				}
			}
			if r.Numbers == "*" && !r.Numbers.Fits("+861055550001") {
				t.Fatal("a star does not fit everything")
			}
		}
		for _, c := range s.Callers {
			if len(c.Steps) == 0 {
				t.Fatalf("%+v does nothing", c)
			}
		}
	})
}
