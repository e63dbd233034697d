package architecture

import (
	"bytes"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path"
	"slices"
	"strconv"
	"strings"
)

// module is the path of our own module.
const module = "partyline"

// Tree is the source tree as the rules see it.
type Tree struct {
	top     []string // names in the root directory, without dotfiles and what git ignores there
	dirs    []string // every directory with sources or directories, from the root
	files   []*file
	strays  []string // copies that editors and merges leave beside files
	foreign []text   // sources in other languages
}

// file is one Go file.
type file struct {
	name    string // from the root
	dir     string
	test    bool
	made    bool // generated, so nobody's style
	lines   int
	fset    *token.FileSet
	syntax  *ast.File
	imports []string
}

type text struct{ name, body string }

// Load reads the tree below fsys, leaving out what is not ours to judge:
// dotfiles, testdata, downloaded packages and built files.
func Load(fsys fs.FS) (*Tree, error) {
	t := &Tree{}
	ignored := ignoredAtTop(fsys)
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name == ".":
			return nil
		case strings.HasPrefix(d.Name(), ".") || !strings.Contains(name, "/") && slices.Contains(ignored, name):
			return skip(d)
		}
		if !strings.Contains(name, "/") {
			t.top = append(t.top, name)
		}
		if d.IsDir() {
			if slices.Contains([]string{"node_modules", "testdata", "dist"}, d.Name()) {
				return fs.SkipDir
			}
			t.dirs = append(t.dirs, name)
			return nil
		}
		return t.add(fsys, name)
	})
	return t, err
}

func skip(d fs.DirEntry) error {
	if d.IsDir() {
		return fs.SkipDir
	}
	return nil
}

// ignoredAtTop gives the names that .gitignore leaves out of the root.
func ignoredAtTop(fsys fs.FS) []string {
	body, err := fs.ReadFile(fsys, ".gitignore")
	if err != nil {
		return nil // nothing is ignored
	}
	var names []string
	for line := range strings.Lines(string(body)) {
		if name, rooted := strings.CutPrefix(strings.TrimSpace(line), "/"); rooted {
			names = append(names, strings.TrimSuffix(name, "/"))
		}
	}
	return names
}

func (t *Tree) add(fsys fs.FS, name string) error {
	switch path.Ext(name) {
	case ".orig", ".rej", ".bak":
		t.strays = append(t.strays, name)
		return nil
	case ".go", ".ts", ".tsx", ".css", ".sql":
	default:
		return nil
	}
	body, err := fs.ReadFile(fsys, name)
	if err != nil {
		return err
	}
	if path.Ext(name) != ".go" {
		t.foreign = append(t.foreign, text{name, string(body)})
		return nil
	}
	fset := token.NewFileSet()
	syntax, err := parser.ParseFile(fset, name, body, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	f := &file{
		name: name, dir: path.Dir(name), test: strings.HasSuffix(name, "_test.go"), made: ast.IsGenerated(syntax),
		lines: bytes.Count(body, []byte("\n")), fset: fset, syntax: syntax,
	}
	for _, spec := range syntax.Imports {
		imported, err := strconv.Unquote(spec.Path.Value)
		if err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
		f.imports = append(f.imports, imported)
	}
	t.files = append(t.files, f)
	return nil
}

// span counts the lines of a piece of syntax.
func (f *file) span(n ast.Node) int {
	return f.fset.Position(n.End()).Line - f.fset.Position(n.Pos()).Line + 1
}

// ours gives the directory of an imported package of our module.
func ours(imported string) (dir string, ok bool) {
	return strings.CutPrefix(imported, module+"/")
}

// plane is the engine, or cmd, that a directory belongs to.
func plane(dir string) string {
	first, _, _ := strings.Cut(dir, "/")
	return first
}

// within reports whether dir is parent or below it.
func within(dir, parent string) bool {
	return dir == parent || strings.HasPrefix(dir, parent+"/")
}
