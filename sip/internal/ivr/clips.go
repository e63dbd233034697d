package ivr

import "slices"

// Clips that are no speech, and the same in every language.
const (
	musicClip = "music"
	toneClip  = "tone"
	pauseClip = "pause"
)

// sentences are the clips that every language has.
var sentences = []string{
	musicClip, toneClip, pauseClip,
	// the way to the meeting
	"welcome", "language-press", "enter-number", "number-short", "number-unknown",
	"enter-code", "enter-code-required", "code-short", "code-wrong",
	"no-input", "start-again", "last-try", "check-invitation", "goodbye",
	"too-many-guesses", "meeting-ended", "meeting-ended-at", "meeting-full", "fault",
	"welcome-back", "cut-off", "to-return-press", "to-join-another-press",
	"starts-in", "starts-soon", "wait-for-opening", "call-again-then",
	"at-the-door", "still-waiting", "nobody-opened", "host-absent", "host-still-absent", "you-are-number",
	"admitted", "refused", "removed", "say-name", "announced-as", "recording-notice",
	// to whom we called
	"hello", "invites-you", "you-are-invited", "your-call", "to-join-press", "to-decline-press",
	"one-minute-left", "money-over", "time-over",
	// to whom we remind of something
	"reminder-of-meeting", "reminder-of-todo", "news", "due-at",
	"remind-again-press", "late-press", "confirm-press", "reminded-again", "late-told", "decline-told", "thanks",
	"will-be-late", "cannot-come", "no-answer-from", "somebody-invited",
	// in the room
	"you-are-host", "first-here", "only-you", "just-begun", "running-for",
	"muted", "unmuted", "unmute-refused", "hand-raised", "hand-lowered", "you-are-muted", "to-speak-press",
	"all-muted", "locked", "unlocked", "let-in", "host-only", "nobody-waits", "to-end-press", "meeting-goes-on",
	"recording-begins", "recording-stopped", "recording-refused", "objected", "not-recorded",
	"host-called", "no-host", "volume", "quieter-press", "louder-press",
	"quieter", "louder", "quietest", "loudest", "volume-normal",
	"for-names-press", "the-host", "caller", "somebody-by-phone", "a-colleague", "colleagues",
	"muted-by-host", "unmute-asked", "hand-lowered-by-host", "muted-by-guard", "unmuted-by-guard",
	"moving", "moving-to-breakout", "moved-back", "handed-over",
	"asks-for-you", "somebody-asks-for-you", "somebody-waits", "people-wait", "to-let-in-press",
	// help
	"for-help-press", "to-mute", "to-raise-hand", "to-count", "to-change-volume", "to-call-host", "to-object",
	"to-mute-all", "to-lock", "to-admit-or-end", "to-record", "to-repeat", keyClips + "star", keyClips + "pound",
}

// parts are the clips that counts and times are made of.
var parts = map[string][]string{
	English: {
		"there-is", "there-are", "other-person", "other-people", "people-here",
		"hour", "hours", "minute", "minutes", "and", "oh", "a-m", "p-m",
	},
	Mandarin: {
		"others-here", "altogether", "people", "hours", "minutes", "numbers/liang",
		"o-clock", "minutes-past", "in-line",
	},
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
