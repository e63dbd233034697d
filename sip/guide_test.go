package sip

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// TestTheGuideNamesEveryRule keeps OPERATING.md and the code together: what
// stands in a log can be looked up there.
func TestTheGuideNamesEveryRule(t *testing.T) {
	guide, err := os.ReadFile("OPERATING.md")
	if err != nil {
		t.Fatal(err)
	}
	words := make(map[string]string) // where each was found
	for _, file := range []string{"admit.go", "prove.go", "extension.go", "call.go", "transfer.go", "internal/ivr/effect.go"} {
		text, err := os.ReadFile(file)
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, pattern := range []string{`rule: "([a-z-]+)"`, `ending\{(?:cause: )?"([a-z-]+)"`, `Cause = "([a-z-]+)"`, `cause := "([a-z-]+)"`, `\.end\("([a-z-]+)"`} {
			for _, found := range regexp.MustCompile(pattern).FindAllStringSubmatch(string(text), -1) {
				words[found[1]] = file
			}
		}
	}
	delete(words, "unauthorized") // a challenge, which is not logged
	if len(words) < 30 {
		t.Errorf("only %d rules and causes were found: look for them elsewhere", len(words))
	}
	for word, file := range words {
		if !strings.Contains(string(guide), "`"+word+"`") {
			t.Errorf("the guide does not tell of %s, which is in %s", word, file)
		}
	}
}
