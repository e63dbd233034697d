package billing

import (
	"os"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestColumnsAreDocumented compares the documentation of our columns with the
// columns.
func TestColumnsAreDocumented(t *testing.T) {
	text, err := os.ReadFile("doc.go")
	if err != nil {
		t.Fatal(err)
	}
	var documented []string
	for _, found := range regexp.MustCompile(`(?m)^//\t([a-z_]+)  +[a-zI]`).FindAllStringSubmatch(string(text), -1) {
		if slices.Contains(deckHeader, found[1]) {
			documented = append(documented, found[1])
		}
	}
	if diff := cmp.Diff(deckHeader, documented); diff != "" {
		t.Error(diff)
	}
	for _, name := range deckHeader {
		if _, ok := columns[key(name)]; !ok {
			t.Errorf("column %s is not read", name)
		}
	}
}
