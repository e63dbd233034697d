package ivr

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"
)

// FuzzMachine sends random events and then lets time pass. The machine must
// say only what is recorded, print no digit, do nothing after hanging up, and
// come to an end or into the room.
func FuzzMachine(f *testing.F) {
	f.Add([]byte("0abcdefghijklmnopqrstuvwxyz"))
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		script, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(script)
	}
	f.Fuzz(func(t *testing.T, script []byte) {
		config := Config{Languages: []string{English, Mandarin}}
		if len(script) > 0 && script[0]%2 == 1 {
			config.Language = Mandarin
		}
		checked := &checkedMachine{t: t, Machine: New(config)}
		now := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
		checked.step(Answered{}, now)
		for i := 0; i+1 < len(script) && i < 2000; i += 2 {
			now = now.Add(time.Duration(script[i]) * 40 * time.Millisecond)
			if deadline := checked.Deadline(); !deadline.IsZero() && !deadline.After(now) {
				checked.step(Elapsed{}, now)
			}
			checked.step(eventOf(script[i+1]), now)
		}
		for range 100 {
			if checked.Over() || checked.InRoom() {
				return
			}
			if checked.Deadline().IsZero() {
				t.Fatalf("stage %d awaits nothing: the call would never end", checked.stage)
			}
			now = checked.Deadline()
			checked.step(Elapsed{}, now)
		}
		t.Fatal("the call does not end")
	})
}

type checkedMachine struct {
	*Machine
	t *testing.T
}

// typedDigits matches what no text of an effect may hold.
var typedDigits = regexp.MustCompile(`digits/\d|\d{4}|find.*\d|code.*\d`)

func (m *checkedMachine) step(event Event, now time.Time) {
	wasOver := m.Over()
	for _, effect := range m.Step(event, now) {
		if wasOver {
			m.t.Fatalf("%v after the call was hung up", effect)
		}
		if text := fmt.Sprintf("%v %+v %#v", effect, effect, effect); typedDigits.MatchString(text) {
			m.t.Fatalf("digits in the text of an effect: %s", text)
		}
		say, ok := effect.(Say)
		if !ok {
			continue
		}
		for _, phrase := range say.Phrases {
			for _, clip := range phrase.Clips {
				if !slices.Contains(Clips(phrase.Language), clip) {
					m.t.Fatalf("%s: %q is no clip", phrase.Language, clip)
				}
			}
		}
	}
}

// eventOf makes an event of a byte: half of them are keys.
func eventOf(b byte) Event {
	if b < 128 {
		return Key("0123456789*#A"[int(b)%13])
	}
	arrival := Arrival{Waiting: b%2 == 0, Muted: b%3 == 0, Others: int(b) - 150, Running: time.Duration(b) * time.Minute}
	events := []Event{
		Said{},
		Elapsed{},
		MeetingFound{CodeRequired: b%3 == 0},
		Identified{Host: b%3 == 0},
		Entered{arrival},
		Failed{Reason(b % 9)},
		MuteSet{Muted: b%3 == 0, Why: Reason(b % 8)},
		HandSet{Raised: b%3 == 0, Why: Reason(b % 2)},
		Counted{People: int(b) * 5},
		Admitted{arrival},
		Noticed{Notice(b % 10)},
		Answered{},
		Said{},
		MeetingFound{},
		Entered{},
	}
	return events[int(b)%len(events)]
}

func TestConfigValidate(t *testing.T) {
	for name, config := range map[string]Config{
		"no language":   {},
		"unknown":       {Languages: []string{"tlh"}},
		"unknown fixed": {Language: "tlh"},
		"too many":      {Languages: slices.Repeat([]string{English}, 10)},
	} {
		if config.Validate() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
