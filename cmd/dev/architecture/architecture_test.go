package architecture

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// TestHouse holds our own tree against every rule.
func TestHouse(t *testing.T) {
	tree, err := Load(os.DirFS("../../.."))
	if err != nil {
		t.Fatal(err)
	}
	if len(tree.files) < 10 {
		t.Fatalf("only %d Go files found: this looks at the wrong tree", len(tree.files))
	}
	for _, rule := range Rules() {
		t.Run(rule.Name, func(t *testing.T) {
			for _, sentence := range rule.Check(tree) {
				t.Error(sentence)
			}
		})
	}
}

// TestRules shows each rule trees that break it: testdata/<rule>*.txtar, with
// the sentences that it should find in the archive's file "want".
func TestRules(t *testing.T) {
	for _, rule := range Rules() {
		archives, err := filepath.Glob(filepath.Join("testdata", rule.Name+"*.txtar"))
		if err != nil || len(archives) == 0 {
			t.Errorf("no tree in testdata shows that rule %s can fail (%v)", rule.Name, err)
		}
		for _, archive := range archives {
			t.Run(filepath.Base(archive), func(t *testing.T) {
				tree, want := readFixture(t, archive)
				if diff := cmp.Diff(want, rule.Check(tree)); diff != "" {
					t.Errorf("sentences (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// readFixture gives the tree in an archive and the sentences wanted of it.
// "(N lines)" in a file is replaced by as many lines.
func readFixture(t *testing.T, name string) (*Tree, []string) {
	t.Helper()
	archive, err := txtar.ParseFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var want []string
	fsys := make(fstest.MapFS)
	for _, f := range archive.Files {
		if f.Name == "want" {
			want = strings.Split(strings.TrimSpace(string(f.Data)), "\n")
			continue
		}
		body := strings.ReplaceAll(string(f.Data), "\t(98 lines)\n", strings.Repeat("\tx()\n", 98))
		body = strings.ReplaceAll(body, "(700 lines)\n", strings.Repeat("// line\n", 700))
		fsys[f.Name] = &fstest.MapFile{Data: []byte(body)}
	}
	tree, err := Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return tree, want
}
