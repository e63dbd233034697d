package ivr

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Action is what a sequence of keys does in the room.
type Action string

// The actions. Those of hosts are refused to others, but for Record, by which
// others object to being recorded.
const (
	ToggleMute   Action = "mute"
	ToggleHand   Action = "hand"
	TellHelp     Action = "help"
	TellCount    Action = "count"
	ChangeVolume Action = "volume"
	AskHost      Action = "call-host"
	MuteOthers   Action = "mute-all" // host
	ToggleLock   Action = "lock"     // host
	AdmitNext    Action = "admit"    // host; with nobody at the door: end the meeting
	ToggleRecord Action = "record"   // host
)

// Keys is what the keys do in the room: from a sequence such as "*6" to an
// action. What is empty is DefaultKeys.
type Keys map[string]Action

// DefaultKeys are those that callers know from elsewhere.
func DefaultKeys() Keys {
	return Keys{
		"*1": TellHelp, "*2": MuteOthers, "*3": ToggleRecord, "*4": ChangeVolume, "*5": ToggleHand, "*6": ToggleMute,
		"*7": ToggleLock, "*8": AdmitNext, "*9": ToggleHand, "*0": AskHost, "*#": TellCount,
	}
}

// longestSequence is how many keys one remembers.
const longestSequence = 4

// Validate tells everything that is wrong with the keys, each in a sentence
// that says what to do.
func (k Keys) Validate() error {
	var wrong []error
	sequences := slices.Sorted(maps.Keys(k))
	for i, sequence := range sequences {
		if sequence == "" || len(sequence) > longestSequence || strings.Trim(sequence, "0123456789*#") != "" {
			wrong = append(wrong, fmt.Errorf("the phone key sequence %q cannot be: write one to four of the keys 0-9, * and #", sequence))
		}
		if action := k[sequence]; commands[action] == nil {
			wrong = append(wrong, fmt.Errorf("the phone keys %q are to do %q, which is no action: choose one of %q",
				sequence, action, slices.Sorted(maps.Keys(commands))))
		}
		for _, longer := range sequences[i+1:] {
			if strings.HasPrefix(longer, sequence) {
				wrong = append(wrong, fmt.Errorf("the phone keys %q begin like %q, which would always come first: change one of the two", longer, sequence))
			}
		}
	}
	return errors.Join(wrong...)
}

// begins tells whether there is more to come after what was typed.
func (k Keys) begins(typed string) bool {
	for sequence := range k {
		if strings.HasPrefix(sequence, typed) {
			return true
		}
	}
	return false
}

// of is the sequence to tell callers of an action: the usual one where it is
// in force, else the shortest.
func (k Keys) of(action Action) (string, bool) {
	var found []string
	for sequence, does := range k {
		if does == action {
			found = append(found, sequence)
		}
	}
	if len(found) == 0 {
		return "", false
	}
	usual := DefaultKeys()
	unusual := func(sequence string) int {
		if usual[sequence] == action {
			return 0
		}
		return 1
	}
	return slices.MinFunc(found, func(a, b string) int {
		return cmp.Or(
			cmp.Compare(unusual(a), unusual(b)),
			cmp.Compare(len(a), len(b)),
			-cmp.Compare(a, b), // *9 rather than *5
		)
	}), true
}

// speakKeys names the keys of a sequence.
func speakKeys(sequence string) []string {
	clips := make([]string, 0, len(sequence))
	for _, key := range sequence {
		switch key {
		case '*':
			clips = append(clips, keyClips+"star")
		case '#':
			clips = append(clips, keyClips+"pound")
		default:
			clips = append(clips, numberClip(int(key-'0')))
		}
	}
	return clips
}

// press says "… press star six", where an action has keys; else nothing.
func (k Keys) press(clip string, action Action) []string {
	sequence, ok := k.of(action)
	if !ok {
		return nil
	}
	return append([]string{clip}, speakKeys(sequence)...)
}

// help is every action that somebody may use, with its keys.
func (k Keys) help(host, recording bool) []string {
	var clips []string
	for _, line := range []struct {
		clip   string
		action Action
		told   bool
	}{
		{"to-mute", ToggleMute, true},
		{"to-raise-hand", ToggleHand, !host},
		{"to-count", TellCount, true},
		{"to-change-volume", ChangeVolume, true},
		{"to-call-host", AskHost, !host},
		{"to-object", ToggleRecord, !host && recording},
		{"to-mute-all", MuteOthers, host},
		{"to-lock", ToggleLock, host},
		{"to-admit-or-end", AdmitNext, host},
		{"to-record", ToggleRecord, host},
		{"to-repeat", TellHelp, true},
	} {
		if !line.told {
			continue
		}
		if said := k.press(line.clip, line.action); said != nil {
			clips = append(clips, said...)
			clips = append(clips, pauseClip)
		}
	}
	if len(clips) == 0 {
		return nil
	}
	return clips[:len(clips)-1]
}
