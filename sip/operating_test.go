package sip

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"partyline/sip/internal/ivr"
)

// TestGuideTellsTheKeys compares the guide's table of keys with the keys there
// are.
func TestGuideTellsTheKeys(t *testing.T) {
	guide, err := os.ReadFile("OPERATING.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(guide), "### Keys\n")
	table, _, _ = strings.Cut(table, "\n\n")
	var told []string
	for line := range strings.Lines(table) {
		keys, _, _ := strings.Cut(strings.TrimPrefix(line, "|"), "|")
		for _, key := range regexp.MustCompile("`([^`]+)`").FindAllStringSubmatch(keys, -1) {
			told = append(told, key[1])
		}
	}
	slices.Sort(told)
	if diff := cmp.Diff(slices.Sorted(maps.Keys(ivr.DefaultKeys())), told); diff != "" {
		t.Errorf("the guide tells other keys than there are (-keys +guide):\n%s", diff)
	}
}
