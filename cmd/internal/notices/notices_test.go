package notices

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const root = "../../.."

// TestShippedNoticesAreCurrent holds the file that the program carries against
// the modules linked into it and the packages built into the web client.
func TestShippedNoticesAreCurrent(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(root, "cmd/partyline/third_party_notices.txt"))
	if err != nil {
		t.Fatal(err)
	}
	shipped, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	linked, err := Linked(root)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := Packed(root)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range linked {
		if shipped[n.Component] != strings.TrimSpace(n.Text) {
			t.Errorf("the notice of %s is missing or not as it should be", n.Component)
		}
		delete(shipped, n.Component)
	}
	// The texts of these are only there after `npm ci`.
	for _, component := range packed {
		if shipped[component] == "" {
			t.Errorf("the notice of %s is missing", component)
		}
		delete(shipped, component)
	}
	for component := range shipped {
		t.Errorf("%s is not part of the program any more", component)
	}
	if t.Failed() {
		t.Log("run `go generate ./cmd/partyline`")
	}
}

func TestXiphStandsBesideItsTranslation(t *testing.T) {
	linked, err := Linked(root)
	if err != nil {
		t.Fatal(err)
	}
	for i, n := range linked {
		if strings.HasPrefix(n.Component, opusTranslation+" ") {
			if next := linked[i+1]; next.Component != opusOriginal || !strings.Contains(next.Text, "Xiph.Org") {
				t.Errorf("after %s comes %s", n.Component, next.Component)
			}
			return
		}
	}
	t.Errorf("%s is not linked in", opusTranslation)
}

func TestFormatIsParsedBack(t *testing.T) {
	notices := []Notice{{"a v1", "do as you like"}, {"b v2", "ask first\n\nreally\n"}, {"c v3", "do as you like"}}
	text := Format(notices)
	if n := strings.Count(string(text), "do as you like"); n != 1 {
		t.Errorf("a shared text stands there %d times", n)
	}
	got, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"a v1": "do as you like", "b v2": "ask first\n\nreally", "c v3": "do as you like"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestComponentWithoutLicenceIsRefused(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"README.md", "license.go"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("x"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := licenceTexts(dir); err == nil {
		t.Error("no licence, no error")
	}
	for _, name := range []string{"LICENCE", "COPYING.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte("text of "+name+"\r\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := licenceTexts(dir)
	if want := "text of COPYING.txt\n\ntext of LICENCE"; err != nil || got != want {
		t.Errorf("got %q, %v, want %q", got, err, want)
	}
}
