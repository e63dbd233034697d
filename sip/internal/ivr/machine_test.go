package ivr

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/sfu/audio"
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
		fields := strings.Fields(line)
		switch {
		case line == "" || strings.HasPrefix(line, "#"):
			d.out.WriteString(line + "\n")
		case strings.HasPrefix(line, " ") || strings.HasSuffix(line, "…"):
			// what the menu did: written anew
		case fields[0] == "languages":
			config.Languages = fields[1:]
			d.out.WriteString(line + "\n")
		case fields[0] == "language":
			config.Language = fields[1]
			d.out.WriteString(line + "\n")
		case fields[0] == "key":
			if config.Keys == nil {
				config.Keys = Keys{}
			}
			config.Keys[fields[1]] = Action(fields[2])
			d.out.WriteString(line + "\n")
		default:
			if d.machine == nil {
				if err := config.Validate(); err != nil {
					t.Fatal(err)
				}
				d.machine = New(config)
			}
			at, err := time.ParseDuration(fields[0])
			if err != nil {
				t.Fatalf("line %q: %v", line, err)
			}
			d.advance(d.start.Add(at))
			d.out.WriteString(line + "\n")
			for _, event := range parseEvents(t, fields[1:], d.start.Add(at)) {
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
			text := phrase.Language + ": " + strings.Join(phrase.Clips, " ")
			if len(phrase.Sound) > 0 {
				text += fmt.Sprintf(" + %d frames", len(phrase.Sound))
			}
			if phrase.Loop {
				text += " again and again"
			}
			said = append(said, text)
		}
		return "say " + strings.Join(said, " | ")
	case FindMeeting:
		return "find meeting " + string(e.Number)
	case Identify:
		return "identify " + string(e.Code)
	case Reply:
		return "reply " + [...]string{RemindAgain: "again", ComesLate: "late", CannotCome: "cannot", HasHeard: "heard"}[e.Reply]
	case HangUp:
		return "hang up: " + string(e.Cause)
	case Act:
		return strings.TrimSpace("act: " + acts[e.Act] + map[bool]string{true: " on"}[e.On] + map[bool]string{true: fmt.Sprintf(" %d frames", len(e.Spoken))}[e.Spoken != nil])
	case Capture:
		return fmt.Sprintf("capture %v", e.Limit)
	case SetVolume:
		return fmt.Sprintf("set volume %d", e.Steps)
	case Enter:
		return "enter" + map[bool]string{true: " again"}[e.Return]
	default:
		return strings.ToLower(strings.TrimPrefix(fmt.Sprintf("%T", e), "ivr."))
	}
}

var reasons = map[string]Reason{
	"no-meeting": NoMeeting, "ended": MeetingEnded, "full": MeetingFull, "wrong-code": WrongCode,
	"guesses": TooManyGuesses, "not-allowed": NotAllowed, "fault": Fault,
}

var acts = map[ActKind]string{
	Mute: "mute", Hand: "hand", MuteAll: "mute-all", Lock: "lock", Admit: "admit", End: "end", SetRecording: "record",
	CallHost: "call-host", Object: "object", HeardNotice: "heard", SetName: "name",
}

var notices = map[string]Notice{
	"muted-by-host": MutedByHost, "unmute-asked": UnmuteAsked, "hand-lowered": HandLowered,
	"locked": Locked, "unlocked": Unlocked, "refused": Refused, "removed": Removed, "ended": Ended,
	"moving": Moving, "moved-back": MovedBack, "recording": RecordingNotice, "recording-stopped": RecordingStopped,
	"talking-muted": TalkingMuted, "called": CalledHost, "guarded": MutedByGuard, "unguarded": UnmutedByGuard,
	"somebody-waits": SomebodyWaits, "handed-over": HandedOver, "made-host": MadeHost,
	"one-minute-left": OneMinuteLeft, "money-over": MoneyOver, "time-over": TimeOver,
	"late": IsLate, "away": IsAway, "not-replied": NotReplied,
}

// parseEvents reads one script line's event. "keys 123#" is several.
func parseEvents(t *testing.T, line []string, now time.Time) []Event {
	t.Helper()
	e := words(line)
	switch e[0] {
	case "answered":
		if e.has("returning") || e.has("dropped") {
			return []Event{Answered{Return: &Return{Host: e.has("host"), Dropped: e.has("dropped"), Language: e.value("language")}}}
		}
		if e.has("invited") {
			return []Event{Answered{Invited: &Invited{
				By: spokenName(e.number("by")), Own: e.has("own"), Back: e.has("back"), Direct: e.has("direct"), Of: e.reminder(now),
			}}}
		}
		return []Event{Answered{}}
	case "keys":
		var keys []Event
		for _, key := range e[1] {
			keys = append(keys, Key(key))
		}
		return keys
	case "said":
		return []Event{Said{}}
	case "wait":
		return nil
	case "held":
		return []Event{Held{e.value("is") == "on"}}
	case "found":
		return []Event{MeetingFound{CodeRequired: e.has("code-required"), Opens: e.time("opens", now)}}
	case "identified":
		return []Event{Identified{Host: e.has("host")}}
	case "entered":
		return []Event{Entered{e.arrival(now)}}
	case "admitted":
		return []Event{Admitted{e.arrival(now)}}
	case "waits":
		return []Event{Waits{e.arrival(now)}}
	case "failed":
		return []Event{Failed{Why: reasons[e[1]], At: e.time("at", now)}}
	case "captured":
		return []Event{Captured{Spoken: make([]audio.Frame, e.number("frames"))}}
	case "done":
		for act, name := range acts {
			if name == e[1] {
				return []Event{Done{Act: act, On: e.has("on"), Why: reasons[e.value("why")]}}
			}
		}
	case "attended":
		return []Event{Attended{
			People: e.number("people"), Waiting: e.number("waiting"), Names: e.names(), Why: reasons[e.value("why")],
		}}
	case "notice":
		return []Event{Noticed{Notice: notices[e[1]], Count: e.number("count"), Spoken: spokenName(e.number("by"))}}
	}
	t.Fatalf("no such event: %q", line)
	return nil
}

// words are one event of a script: its name, then words and name=value.
type words []string

func (w words) has(word string) bool { return slices.Contains(w[1:], word) }

func (w words) value(name string) string {
	for _, word := range w[1:] {
		if v, ok := strings.CutPrefix(word, name+"="); ok {
			return v
		}
	}
	return ""
}

func (w words) number(name string) int {
	n, _ := strconv.Atoi(w.value(name))
	return n
}

// time is so long after now, or before it.
func (w words) time(name string, now time.Time) time.Time {
	after, err := time.ParseDuration(w.value(name))
	if err != nil {
		return time.Time{}
	}
	return now.Add(after)
}

// reminder is what "meeting=5m", "todo=1h" or "news=0s" is a reminder of, and "title=3" how
// long its title is.
func (w words) reminder(now time.Time) *Reminder {
	for name, occasion := range map[string]Occasion{"meeting": Meeting, "todo": Todo, "news": News} {
		if at := w.time(name, now); !at.IsZero() {
			return &Reminder{Occasion: occasion, At: at, Spoken: spokenName(w.number("title"))}
		}
	}
	return nil
}

func (w words) arrival(now time.Time) Arrival {
	running, _ := time.ParseDuration(w.value("running"))
	return Arrival{
		Waiting: w.has("waiting"), Position: w.number("position"), WaitsForHost: w.has("no-host"),
		OpensAt: w.time("opens", now), Host: w.has("host"), Muted: w.has("muted"), Hand: w.has("hand"), Locked: w.has("locked"),
		Others: w.number("others"), Running: running, Recording: w.has("recording"), NamesWanted: w.has("names"),
	}
}

// names reads names=host,host-20,caller-3,phone,browser,recorded-10.
func (w words) names() []Attendee {
	var names []Attendee
	for name := range strings.SplitSeq(w.value("names"), ",") {
		what, n, _ := strings.Cut(name, "-")
		number, _ := strconv.Atoi(n)
		switch what {
		case "host":
			names = append(names, Attendee{Host: true, Spoken: spokenName(number)})
		case "recorded":
			names = append(names, Attendee{Phone: true, Spoken: spokenName(number)})
		case "caller":
			names = append(names, Attendee{Phone: true, Caller: number})
		case "phone":
			names = append(names, Attendee{Phone: true})
		case "browser":
			names = append(names, Attendee{})
		}
	}
	return names
}

func spokenName(frames int) []audio.Frame {
	if frames == 0 {
		return nil
	}
	return make([]audio.Frame, frames)
}
