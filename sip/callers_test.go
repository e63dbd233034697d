package sip

import (
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"partyline/sip/internal/ivr"
)

// TestCallersGuide compares the guide's table of keys with the keys there are.
func TestCallersGuide(t *testing.T) {
	guide, err := os.ReadFile("CALLERS.md")
	if err != nil {
		t.Fatal(err)
	}
	told := make(Keys)
	for line := range strings.Lines(string(guide)) {
		cells := strings.Split(line, "|")
		if len(cells) < 5 || !strings.HasPrefix(cells[1], " `") {
			continue
		}
		told[strings.Trim(cells[1], " `")] = Action(strings.Trim(cells[2], " `"))
	}
	if diff := cmp.Diff(ivr.DefaultKeys(), told); diff != "" {
		t.Errorf("the guide tells other keys than there are (-keys +guide):\n%s", diff)
	}
}
