package api

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"partyline/signaling/auth"
)

// TestEverySentenceIsTranslated looks for sentences in this package's sources
// and among what auth says of a profile that is wrong in every way.
func TestEverySentenceIsTranslated(t *testing.T) {
	need := map[string]bool{}
	for _, k := range kinds {
		need[k.detail] = true
	}
	for _, p := range []auth.Profile{{Phone: "1", Standing: auth.Standing{Department: "a\x00", MayCall: "some"}}, {Name: "a\x00b", Language: "en", TimeZone: "UTC", Email: "a@b.c"}} {
		_, err := p.Clean()
		var invalid *auth.Invalid
		if !errors.As(err, &invalid) {
			t.Fatal(err)
		}
		for _, f := range invalid.Fields {
			need[f.Message] = true
		}
	}
	for _, name := range []string{
		"sheet.go", "dial.go", "invitees.go", "tickets.go", "errors.go", "calls.go", "calls_filter.go", "budgets.go", "trunks.go", "brakes.go", "decks.go",
		"bots.go", "push.go", "slack.go", "../channel/bots.go", "../channel/browsers.go", "../channel/desk.go", "../notify/post.go",
		"reminders.go", "quiet.go", "broadcasts.go", "quality.go", "quality_legs.go", "quality_meetings.go", "../health/subnets_sheet.go",
		"../company/trunk.go", "../company/trunks.go", "../company/contacts.go", "../company/approvals.go", "../company/brakes.go", "../company/decks.go", "../company/replay.go",
	} {
		for _, s := range sentencesIn(t, name) {
			need[s] = true
		}
	}
	for s := range need {
		if say("zh-CN", s) == s {
			t.Errorf("not translated: %s", s)
		}
	}
	if len(need) < 35 {
		t.Errorf("only %d sentences found: the search is broken", len(need))
	}
}

// sentencesIn finds the string literals of a file that read like sentences.
func sentencesIn(t *testing.T, name string) (found []string) {
	t.Helper()
	source, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), name, source, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			s, err := strconv.Unquote(lit.Value)
			if err == nil && strings.HasSuffix(s, ".") && len(s) > 10 && unicode.IsUpper(rune(s[0])) {
				found = append(found, s)
			}
		}
		return true
	})
	return found
}
