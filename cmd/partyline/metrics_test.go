package main

import (
	"os"
	"strings"
	"testing"

	"partyline/metrics"
)

// TestGuideListsEveryMetric holds the table in the operators' guide against what
// `partyline metrics list` prints.
func TestGuideListsEveryMetric(t *testing.T) {
	guide, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	const begin, end = "<!-- partyline metrics list -->\n", "<!-- end -->"
	_, after, found := strings.Cut(string(guide), begin)
	table, _, ended := strings.Cut(after, end)
	if !found || !ended {
		t.Fatalf("README.md has no table between %q and %q", begin, end)
	}
	if want := metrics.New(version()).Reference(); table != want {
		t.Errorf("the table in README.md is not what `partyline metrics list` prints, which is:\n%s", want)
	}
}
