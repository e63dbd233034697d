package sip

import (
	"io/fs"
	"os"
	"path/filepath"
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
	for _, file := range []string{"admit.go", "prove.go", "extension.go", "call.go", "transfer.go", "internal/ivr/effect.go", "settle.go", "order.go", "cause.go", "billing/cdr.go"} {
		text, err := os.ReadFile(file)
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		for _, pattern := range []string{`rule: "([a-z-]+)"`, `ending\{(?:cause: )?"([a-z-]+)"`, `Cause = "([a-z-]+)"`, `cause := "([a-z-]+)"`, `\.end\("([a-z-]+)"`, `Cause\w* +(?:billing\.)?Cause += "([a-z-]+)"`} {
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

// TestWhatBreaksInTheFieldIsTested sees to it that the tests which FIELD.md
// names exist.
func TestWhatBreaksInTheFieldIsTested(t *testing.T) {
	table, err := os.ReadFile("FIELD.md")
	if err != nil {
		t.Fatal(err)
	}
	tests := testNames(t, "..")
	rows := 0
	for line := range strings.Lines(string(table)) {
		if !regexp.MustCompile(`^\| \d+ `).MatchString(line) {
			continue
		}
		rows++
		named := regexp.MustCompile(`\bTest\w+|\b(?:ivr|dialogs)/[\w.-]+`).FindAllString(line, -1)
		if len(named) == 0 && !strings.Contains(line, "comes with outbound calls") {
			t.Errorf("nothing is named for: %s", line)
		}
		for _, name := range named {
			if !exists(tests, name) {
				t.Errorf("there is no %s", name)
			}
		}
	}
	if rows != 30 {
		t.Errorf("the table has %d rows, want 30", rows)
	}
}

func exists(tests map[string]bool, name string) bool {
	if file, is := strings.CutPrefix(name, "ivr/"); is {
		_, err := os.Stat("internal/ivr/testdata/" + file)
		return err == nil
	}
	if strings.HasPrefix(name, "dialogs/") {
		_, err := os.Stat("testdata/" + name)
		return err == nil
	}
	return tests[name]
}

// testNames collects the names of all Go tests under a directory.
func testNames(t *testing.T, root string) map[string]bool {
	t.Helper()
	names := make(map[string]bool)
	function := regexp.MustCompile(`(?m)^func (Test\w+)\(`)
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git"):
			return filepath.SkipDir
		case !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		text, err := os.ReadFile(path)
		for _, found := range function.FindAllStringSubmatch(string(text), -1) {
			names[found[1]] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// TestLinksInTheGuidesLeadSomewhere looks for every file that a document links
// to.
func TestLinksInTheGuidesLeadSomewhere(t *testing.T) {
	link := regexp.MustCompile(`\]\(([^)#:]+)\)`)
	for _, document := range []string{"../README.md", "../cmd/loadtest/README.md", "OPERATING.md", "CALLERS.md", "FIELD.md"} {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Error(err)
			continue
		}
		for _, found := range link.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(document), found[1])); err != nil {
				t.Errorf("%s: %v", document, err)
			}
		}
	}
}
