package ivr

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "write the golden dialogues anew")

// TestDialogues plays every testdata/*.txt: lines "time event …" are what
// happens, indented lines below are what the menu does about it. Deadlines
// that pass between two events appear by themselves, as "time …".
func TestDialogues(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatalf("no dialogues: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			golden, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			got := playDialogue(t, string(golden))
			if *update {
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
				return
			}
			if diff := cmp.Diff(string(golden), got); diff != "" {
				t.Errorf("dialogue differs (-want +got):\n%s", diff)
			}
		})
	}
}

// dialogue is a script being played.
type dialogue struct {
	machine *Machine
	start   time.Time
	out     strings.Builder
}

func playDialogue(t *testing.T, script string) string {
	t.Helper()
	config := Config{Languages: []string{English, Mandarin}}
	d := &dialogue{start: time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)}
	for line := range strings.Lines(script) {
		line = strings.TrimRight(line, "\n")
		words := strings.Fields(line)
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
			d.out.WriteString(line + "\n")
		case strings.HasPrefix(line, " ") || strings.HasSuffix(line, "…"):
			// what the menu did: written anew
		case words[0] == "languages":
			config.Languages = words[1:]
			d.out.WriteString(line + "\n")
		case words[0] == "language":
			config.Language = words[1]
			d.out.WriteString(line + "\n")
		default:
			if d.machine == nil {
				if err := config.Validate(); err != nil {
					t.Fatal(err)
				}
				d.machine = New(config)
			}
			at, err := time.ParseDuration(words[0])
			if err != nil {
				t.Fatalf("line %q: %v", line, err)
			}
			d.advance(d.start.Add(at))
			d.out.WriteString(line + "\n")
			for _, event := range parseEvents(t, words[1:]) {
				d.effects(d.machine.Step(event, d.start.Add(at)))
			}
		}
	}
	return d.out.String()
}

// advance lets the deadlines up to now pass.
func (d *dialogue) advance(now time.Time) {
	for {
		deadline := d.machine.Deadline()
		if deadline.IsZero() || deadline.After(now) {
			return
		}
		effects := d.machine.Step(Elapsed{}, deadline)
		fmt.Fprintf(&d.out, "%v …\n", deadline.Sub(d.start))
		d.effects(effects)
	}
}

func (d *dialogue) effects(effects []Effect) {
	for _, effect := range effects {
		d.out.WriteString("    " + describe(effect) + "\n")
	}
}

func describe(effect Effect) string {
	switch e := effect.(type) {
	case Say:
		if len(e.Phrases) == 0 {
			return "hush"
		}
		var said []string
		for _, phrase := range e.Phrases {
			said = append(said, phrase.Language+": "+strings.Join(phrase.Clips, " "))
		}
		return "say " + strings.Join(said, " | ")
	case FindMeeting:
		return "find meeting " + string(e.Number)
	case Identify:
		return "identify " + string(e.Code)
	case HangUp:
		return "hang up: " + string(e.Cause)
	case SetMuted:
		return fmt.Sprintf("set muted %v", e.Muted)
	case SetHand:
		return fmt.Sprintf("set hand %v", e.Raised)
	default:
		return strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", e), "ivr."))
	}
}

var reasons = map[string]Reason{
	"no-meeting": NoMeeting, "ended": MeetingEnded, "full": MeetingFull, "wrong-code": WrongCode,
	"guesses": TooManyGuesses, "not-allowed": NotAllowed, "fault": Fault,
}

var notices = map[string]Notice{
	"muted-by-host": MutedByHost, "unmute-asked": UnmuteAsked, "hand-lowered": HandLowered,
	"locked": Locked, "unlocked": Unlocked, "refused": Refused, "removed": Removed, "ended": Ended,
}

// parseEvents reads one script line's event. "keys 123#" is several.
func parseEvents(t *testing.T, words []string) []Event {
	t.Helper()
	has := func(word string) bool { return strings.Contains(strings.Join(words[1:], " "), word) }
	value := func(name string) string {
		for _, word := range words[1:] {
			if v, ok := strings.CutPrefix(word, name+"="); ok {
				return v
			}
		}
		return ""
	}
	arrival := func() Arrival {
		others, _ := strconv.Atoi(value("others"))
		running, _ := time.ParseDuration(value("running"))
		return Arrival{Waiting: has("waiting"), Muted: has("muted"), Others: others, Running: running}
	}
	switch words[0] {
	case "answered":
		return []Event{Answered{}}
	case "keys":
		var keys []Event
		for _, key := range words[1] {
			keys = append(keys, Key(key))
		}
		return keys
	case "said":
		return []Event{Said{}}
	case "wait":
		return nil
	case "found":
		return []Event{MeetingFound{CodeRequired: has("code-required")}}
	case "identified":
		return []Event{Identified{Host: has("host")}}
	case "entered":
		return []Event{Entered{arrival()}}
	case "admitted":
		return []Event{Admitted{arrival()}}
	case "failed":
		return []Event{Failed{reasons[words[1]]}}
	case "mute":
		return []Event{MuteSet{Muted: value("is") == "on", Why: reasons[value("why")]}}
	case "hand":
		return []Event{HandSet{Raised: value("is") == "up", Why: reasons[value("why")]}}
	case "counted":
		people, _ := strconv.Atoi(words[1])
		return []Event{Counted{People: people, Why: reasons[value("why")]}}
	case "notice":
		return []Event{Noticed{notices[words[1]]}}
	}
	t.Fatalf("no such event: %q", words)
	return nil
}
