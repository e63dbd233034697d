package architecture

import (
	"fmt"
	"go/ast"
	"go/token"
	"path"
	"regexp"
	"slices"
	"strings"
)

// Rule is one thing that holds for the tree.
type Rule struct {
	Name string
	// Check gives a sentence for each place where the rule is broken, in the
	// order of the tree.
	Check func(*Tree) []string
}

// Rules gives all rules.
func Rules() []Rule {
	return []Rule{
		{"top", top},
		{"names", names},
		{"imports", imports},
		{"owners", owners},
		{"docs", docs},
		{"size", size},
		{"leftovers", leftovers},
	}
}

// house is everything that stands at the top level.
var house = []string{"cmd", "sfu", "sip", "signaling", "metrics", "go.mod", "go.sum", "Dockerfile", "README.md", "LICENSE"}

// top: whoever opens the repository sees the house and nothing else.
func top(t *Tree) (broken []string) {
	for _, name := range t.top {
		if !slices.Contains(house, name) {
			broken = append(broken, fmt.Sprintf("%s: the top level is exactly %s", name, strings.Join(house, " ")))
		}
	}
	for _, name := range house {
		if !slices.Contains(t.top, name) {
			broken = append(broken, name+": is missing from the top level")
		}
	}
	return broken
}

var (
	drawer   = regexp.MustCompile(`^(util|utils|utilities|common|helper|helpers|misc|types|models|pkg|lib|shared)$`)
	weakType = regexp.MustCompile(`(Manager|Impl|Helper|Info|Data|Base)$`)
)

// names: a drawer is where things go whose place nobody knew, and a type that
// needs a weak name is in the wrong package.
func names(t *Tree) (broken []string) {
	for _, dir := range t.dirs {
		if drawer.MatchString(path.Base(dir)) {
			broken = append(broken, dir+": is a drawer: name the package after what it is")
		}
	}
	for _, f := range t.files {
		stem := strings.TrimSuffix(strings.TrimSuffix(path.Base(f.name), ".go"), "_test")
		if drawer.MatchString(stem) {
			broken = append(broken, f.name+": is a drawer: name the file after what it does")
		}
		if f.made {
			continue
		}
		for _, decl := range f.syntax.Decls {
			group, ok := decl.(*ast.GenDecl)
			if !ok || group.Tok != token.TYPE {
				continue
			}
			for _, spec := range group.Specs {
				if name := spec.(*ast.TypeSpec).Name.Name; weakType.MatchString(name) {
					broken = append(broken, fmt.Sprintf("%s: type %s: %s says nothing of what it is", f.name, name, weakType.FindString(name)))
				}
			}
		}
	}
	return broken
}

// goroutineTable is what the table in an engine's doc.go is headed with.
var goroutineTable = regexp.MustCompile(`(?i)goroutine\W+one per\W+owns\W+ends when`)

// docs: every package says what it is, and every engine which goroutines live
// in it.
func docs(t *Tree) (broken []string) {
	documented := make(map[string]bool)
	engines := map[string]bool{}
	for _, f := range t.files {
		if f.test {
			continue
		}
		comment := f.syntax.Doc.Text()
		begins := "Package " + f.syntax.Name.Name + " "
		if f.syntax.Name.Name == "main" {
			begins = "Command " + path.Base(f.dir) + " "
		}
		documented[f.dir] = documented[f.dir] || strings.HasPrefix(comment, begins)
		if path.Base(f.name) == "doc.go" && goroutineTable.MatchString(comment) {
			engines[f.dir] = true
		}
	}
	for _, dir := range t.dirs {
		if ok, has := documented[dir]; has && !ok {
			broken = append(broken, dir+": no comment says what the package is (\"Package x …\", \"Command x …\")")
		}
		if slices.Contains([]string{"sfu", "sip", "signaling"}, dir) && !engines[dir] {
			broken = append(broken, dir+": doc.go has no table *goroutine · one per · owns · ends when*")
		}
	}
	return broken
}

// The sizes beyond which nobody reads a thing in one go.
const (
	maxFunction = 100 // lines
	maxFile     = 700 // lines, without package-level tables
)

// size: small functions and files. Tests, tables and generated files are free.
func size(t *Tree) (broken []string) {
	for _, f := range t.files {
		if f.test || f.made {
			continue
		}
		lines := f.lines
		for _, decl := range f.syntax.Decls {
			switch decl := decl.(type) {
			case *ast.GenDecl:
				if decl.Tok == token.VAR {
					lines -= f.span(decl)
				}
			case *ast.FuncDecl:
				if n := f.span(decl); n > maxFunction {
					broken = append(broken, fmt.Sprintf("%s: %s has %d lines, more than %d", f.name, decl.Name.Name, n, maxFunction))
				}
			}
		}
		if lines > maxFile {
			broken = append(broken, fmt.Sprintf("%s: has %d lines, more than %d", f.name, lines, maxFile))
		}
	}
	return broken
}

// leftover is put together so that this file does not find itself.
var leftover = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME)\b`)

// leftovers: what is not done is an issue, not a comment; and nothing happens
// behind the reader's back before main. Nor does a copy lie beside a file.
func leftovers(t *Tree) (broken []string) {
	for _, f := range t.files {
		for _, group := range f.syntax.Comments {
			if word := leftover.FindString(group.Text()); word != "" {
				broken = append(broken, fmt.Sprintf("%s: %s in a comment: do it or open an issue", f.name, word))
			}
		}
		for _, decl := range f.syntax.Decls {
			if fn, ok := decl.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
				broken = append(broken, f.name+": has an init function: set things up where they are used")
			}
		}
	}
	for _, name := range t.strays {
		broken = append(broken, name+": is left of an edit or a merge: remove it")
	}
	for _, source := range t.foreign {
		if word := leftover.FindString(source.body); word != "" {
			broken = append(broken, fmt.Sprintf("%s: %s: do it or open an issue", source.name, word))
		}
	}
	return broken
}
