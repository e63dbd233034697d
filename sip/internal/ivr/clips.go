package ivr

import "slices"

// sentences are the clips that every language has.
var sentences = []string{
	"welcome", "language-press", "enter-number", "number-short", "number-unknown",
	"enter-code", "enter-code-required", "code-short", "code-wrong",
	"no-input", "start-again", "last-try", "check-invitation", "goodbye",
	"too-many-guesses", "meeting-ended", "meeting-full", "fault",
	"you-are-host", "first-here", "only-you", "just-begun", "running-for",
	"at-the-door", "still-waiting", "nobody-opened", "admitted", "refused", "removed",
	"arrived-muted", "muted", "unmuted", "unmute-refused", "hand-raised", "hand-lowered",
	"muted-by-host", "unmute-asked", "hand-lowered-by-host", "locked", "unlocked",
	"help", "unknown-key", "pause",
}

// parts are the clips that counts and times are made of.
var parts = map[string][]string{
	English: {
		"there-is", "there-are", "other-person", "other-people", "people-here",
		"hour", "hours", "minute", "minutes", "and",
	},
	Mandarin: {"others-here", "altogether", "people", "hours", "minutes", "numbers/liang"},
}

// Clips lists every clip that the menu may ask for in a language.
func Clips(language string) []string {
	clips := slices.Clone(sentences)
	clips = append(clips, parts[language]...)
	clips = append(clips, numberClips+"hundred")
	for n := range 10 {
		clips = append(clips, digitClips+string(rune('0'+n)), numberClip(n))
	}
	clips = append(clips, numberClip(10))
	if language == English {
		for n := 11; n < 20; n++ {
			clips = append(clips, numberClip(n))
		}
		for n := 20; n < 100; n += 10 {
			clips = append(clips, numberClip(n))
		}
	}
	slices.Sort(clips)
	return clips
}
