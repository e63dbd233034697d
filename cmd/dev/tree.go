package main

import (
	"errors"
	"go/ast"
	"go/build/constraint"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
)

// moduleRoot finds the directory with our go.mod, upwards from the working
// directory, so that the command works from anywhere in the tree.
func moduleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(text), "module partyline\n") {
			return dir, nil
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("not inside the source tree of Partyline: change to its directory")
		}
		dir = parent
	}
}

// fuzzTarget is one fuzz function and the package it stands in.
type fuzzTarget struct{ pkg, name string }

// testSources is what the test files tell about themselves: read from the
// sources, because asking `go test -list` would link every test first.
type testSources struct {
	fuzz       []fuzzTarget
	endToEnd   []string // packages with test files behind the build tag e2e
	libopusTag []string // packages with files behind the build tag libopus
	noRace     []string // packages with tests that are built only without the race detector
}

// readTests walks the tree at root.
func readTests(root string) (testSources, error) {
	var found testSources
	err := fs.WalkDir(os.DirFS(root), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			if name != "." && (strings.HasPrefix(d.Name(), ".") || d.Name() == "node_modules" || d.Name() == "testdata") {
				return fs.SkipDir
			}
			return nil
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		return found.read(root, name)
	})
	for _, packages := range []*[]string{&found.endToEnd, &found.libopusTag, &found.noRace} {
		slices.Sort(*packages)
		*packages = slices.Compact(*packages)
	}
	return found, err
}

func (t *testSources) read(root, name string) error {
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(root, name), nil, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	pkg := "./" + path.Dir(name)
	if needsTag(file, "libopus") {
		t.libopusTag = append(t.libopusTag, pkg)
	}
	if !strings.HasSuffix(name, "_test.go") {
		return nil
	}
	if needsTag(file, "e2e") {
		t.endToEnd = append(t.endToEnd, pkg)
		return nil
	}
	for _, decl := range file.Decls {
		fn, ok := decl.(*ast.FuncDecl)
		if !ok || fn.Recv != nil {
			continue
		}
		if strings.HasPrefix(fn.Name.Name, "Fuzz") {
			t.fuzz = append(t.fuzz, fuzzTarget{pkg, fn.Name.Name})
		}
		if strings.HasPrefix(fn.Name.Name, "Test") && hidesFrom(file, "race") {
			t.noRace = append(t.noRace, pkg)
		}
	}
	return nil
}

// needsTag reports whether a file is built with the tag set and not without.
func needsTag(file *ast.File, tag string) bool {
	return built(file, true, tag) && !built(file, false, tag)
}

// hidesFrom reports whether a file is built without the tag and not with it.
func hidesFrom(file *ast.File, tag string) bool {
	return built(file, false, tag) && !built(file, true, tag)
}

// built reports whether a file is built where we test, without the race detector,
// with the tag or without it.
func built(file *ast.File, with bool, tag string) bool {
	for _, group := range file.Comments {
		if group.Pos() > file.Package {
			break
		}
		for _, c := range group.List {
			expr, err := constraint.Parse(c.Text)
			if err != nil {
				continue
			}
			return expr.Eval(func(t string) bool {
				return t == tag && with || t == "linux" || t == "cgo" || t == "nolibopusfile"
			})
		}
	}
	return true
}
