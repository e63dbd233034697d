package ivr

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestCounts(t *testing.T) {
	tests := []struct {
		n                          int
		english, mandarin, measure string
	}{
		{0, "0", "0", "0"},
		{1, "1", "1", "1"},
		{2, "2", "2", "liang"},
		{10, "10", "10", "10"},
		{11, "11", "10 1", "10 1"},
		{12, "12", "10 2", "10 2"},
		{19, "19", "10 9", "10 9"},
		{20, "20", "2 10", "2 10"},
		{22, "20 2", "2 10 2", "2 10 2"},
		{99, "90 9", "9 10 9", "9 10 9"},
		{100, "1 hundred", "1 hundred", "1 hundred"},
		{102, "1 hundred and 2", "1 hundred 0 2", "1 hundred 0 2"},
		{110, "1 hundred and 10", "1 hundred 1 10", "1 hundred 1 10"},
		{112, "1 hundred and 12", "1 hundred 1 10 2", "1 hundred 1 10 2"},
		{200, "2 hundred", "2 hundred", "liang hundred"},
		{222, "2 hundred and 20 2", "2 hundred 2 10 2", "liang hundred 2 10 2"},
		{500, "5 hundred", "5 hundred", "5 hundred"},
		{999, "9 hundred and 90 9", "9 hundred 9 10 9", "9 hundred 9 10 9"},
		{100000, "9 hundred and 90 9", "9 hundred 9 10 9", "9 hundred 9 10 9"},
		{-3, "0", "0", "0"},
	}
	short := func(clips []string) string {
		return strings.ReplaceAll(strings.Join(clips, " "), numberClips, "")
	}
	for _, test := range tests {
		if got := short(countEnglish(test.n)); got != test.english {
			t.Errorf("English %d = %q, want %q", test.n, got, test.english)
		}
		if got := short(countMandarin(test.n)); got != test.mandarin {
			t.Errorf("Mandarin %d = %q, want %q", test.n, got, test.mandarin)
		}
		if got := short(measureMandarin(test.n)); got != test.measure {
			t.Errorf("Mandarin %d 个 = %q, want %q", test.n, got, test.measure)
		}
	}
}

func TestWhisper(t *testing.T) {
	tests := []struct {
		language string
		arrival  Arrival
		want     string
	}{
		{English, Arrival{}, "first-here"},
		{Mandarin, Arrival{Others: -1}, "first-here"},
		{English, Arrival{Others: 1, Running: 59 * time.Second}, "there-is numbers/1 other-person just-begun"},
		{English, Arrival{Others: 2, Running: time.Minute}, "there-are numbers/2 other-people running-for numbers/1 minute"},
		{English, Arrival{Others: 3, Running: 12*time.Minute + 59*time.Second}, "there-are numbers/3 other-people running-for numbers/12 minutes"},
		{English, Arrival{Others: 3, Running: time.Hour}, "there-are numbers/3 other-people running-for numbers/1 hour"},
		{English, Arrival{Others: 3, Running: 2*time.Hour + time.Minute}, "there-are numbers/3 other-people running-for numbers/2 hours and numbers/1 minute"},
		{Mandarin, Arrival{Others: 2, Running: 12 * time.Minute}, "others-here numbers/liang people running-for numbers/10 numbers/2 minutes"},
		{Mandarin, Arrival{Others: 1, Running: 2 * time.Hour}, "others-here numbers/1 people running-for numbers/liang hours"},
		{Mandarin, Arrival{Others: 12, Running: 0}, "others-here numbers/10 numbers/2 people just-begun"},
	}
	for _, test := range tests {
		if got := strings.Join(whisper(test.language, test.arrival), " "); got != test.want {
			t.Errorf("whisper(%s, %+v) = %q, want %q", test.language, test.arrival, got, test.want)
		}
	}
}

func TestSpell(t *testing.T) {
	got := strings.Join(Spell("9 0-12ab"), " ")
	if want := "digits/9 digits/0 digits/1 pause digits/2"; got != want {
		t.Errorf("Spell = %q, want %q", got, want)
	}
}

// TestClipsAreRecorded holds the menu to the files that are shipped: each clip
// exists in each language, and no file is there that is never said.
func TestClipsAreRecorded(t *testing.T) {
	const prompts = "../../../sfu/prompts"
	for _, language := range []string{English, Mandarin} {
		clips := Clips(language)
		folder := filepath.Join(prompts, language)
		missing := slices.DeleteFunc(slices.Clone(clips), func(clip string) bool {
			_, err := os.Stat(filepath.Join(folder, clip+".wav"))
			_, same := os.Stat(filepath.Join(prompts, "sounds", clip+".wav")) // in every language
			return err == nil || same == nil
		})
		if len(missing) > 0 {
			t.Errorf("%s: the menu says what nobody recorded: %q", language, missing)
		}
		err := filepath.WalkDir(folder, func(path string, entry os.DirEntry, err error) error {
			if err != nil || entry.IsDir() {
				return err
			}
			name, _ := filepath.Rel(folder, strings.TrimSuffix(path, ".wav"))
			if !slices.Contains(clips, filepath.ToSlash(name)) {
				t.Errorf("%s: %q is recorded but never said", language, name)
			}
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}
}
