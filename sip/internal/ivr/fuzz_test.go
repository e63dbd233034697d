package ivr

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"testing"
	"time"

	"partyline/sfu/audio"
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
		if len(script) > 2 && script[2] == 0 {
			checked.step(Answered{Return: &Return{Dropped: script[1]%2 == 0}}, now)
		} else if len(script) > 2 && script[2] == 1 {
			checked.step(Answered{Invited: &Invited{Direct: script[1]%2 == 0, Back: script[1]%3 == 0}}, now)
		} else {
			checked.step(Answered{}, now)
		}
		for i := 0; i+1 < len(script) && i < 2000; i += 2 {
			now = now.Add(time.Duration(script[i]) * 40 * time.Millisecond)
			if deadline := checked.Deadline(); !deadline.IsZero() && !deadline.After(now) {
				checked.step(Elapsed{}, now)
			}
			checked.step(eventOf(script[i+1]), now)
		}
		for range 200 {
			if checked.Over() || checked.InRoom() && checked.Deadline().IsZero() {
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
var typedDigits = regexp.MustCompile(`digits/\d|\d{4}|(Number|Code):[^ ]*\d`)

func (m *checkedMachine) step(event Event, now time.Time) {
	wasOver := m.Over()
	for _, effect := range m.Step(event, now) {
		if wasOver {
			m.t.Fatalf("%v after the call was hung up", effect)
		}
		_, timed := effect.(Capture) // whose limit is a number
		if text := fmt.Sprintf("%v %+v %#v", effect, effect, effect); !timed && typedDigits.MatchString(text) {
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
	now := time.Date(2026, 5, 1, 9, 0, 0, 0, time.UTC)
	arrival := Arrival{
		Waiting: b%2 == 0, Position: int(b) % 5, WaitsForHost: b%7 == 0, Host: b%9 == 0, Muted: b%3 == 0, Hand: b%4 == 0, Locked: b%5 == 0,
		Others: int(b) - 150, Running: time.Duration(b) * time.Minute, Recording: b%6 < 2, NamesWanted: b%5 == 1,
	}
	if b%11 == 0 {
		arrival.OpensAt = now.Add(time.Duration(b) * 20 * time.Second)
	}
	names := []Attendee{{Host: true}, {Phone: true, Caller: int(b)}, {Phone: true, Spoken: make([]audio.Frame, 3)}, {Phone: true}, {}, {}}
	events := []Event{
		Said{},
		Elapsed{},
		MeetingFound{CodeRequired: b%3 == 0, Opens: arrival.OpensAt},
		Identified{Host: b%3 == 0},
		Entered{arrival},
		Failed{Why: Reason(b % 9), At: now.Add(-time.Duration(b) * time.Minute)},
		Done{Act: ActKind(b % 12), On: b%2 == 0, Why: Reason(b % 8)},
		Attended{People: int(b) * 5, Waiting: int(b) % 3, Names: names[:int(b)%len(names)], Why: Reason(b % 2)},
		Admitted{arrival},
		Waits{arrival},
		Noticed{Notice: Notice(b % 25), Count: int(b) % 4},
		Captured{Spoken: make([]audio.Frame, int(b)%4)},
		Held{On: b%2 == 0},
		Answered{},
		Answered{Return: &Return{Host: b%2 == 0, Dropped: b%3 == 0, Language: []string{"", Mandarin, "tlh"}[b%3]}},
		Said{},
		MeetingFound{},
		Entered{},
		Done{Act: SetRecording, On: b%2 == 0},
	}
	return events[int(b)%len(events)]
}
