// Package dockerfile reads a Dockerfile and carries its build out in ordinary
// directories, for machines where there is no container engine to try it.
//
// It knows the instructions and forms that ours uses and refuses others. What a
// base image would bring is looked for on this machine.
package dockerfile

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Instruction is one instruction of a Dockerfile.
type Instruction struct {
	Line  int
	Name  string            // in upper case
	Flags map[string]string // "--from=build" is from: build
	Args  string            // the rest, on one line
}

// Words splits the arguments: a JSON list, or words between blanks.
func (i Instruction) Words() []string {
	var list []string
	if json.Unmarshal([]byte(i.Args), &list) == nil {
		return list
	}
	return strings.Fields(i.Args)
}

// Parse reads a Dockerfile.
func Parse(text string) ([]Instruction, error) {
	var all []Instruction
	pending, began, number := "", 0, 0
	for line := range strings.Lines(text) {
		number++
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if pending == "" {
			began = number
		}
		if begun, goesOn := strings.CutSuffix(line, "\\"); goesOn {
			pending += begun
			continue
		}
		instruction, err := parseInstruction(began, pending+line)
		if err != nil {
			return nil, err
		}
		all, pending = append(all, instruction), ""
	}
	if pending != "" {
		return nil, fmt.Errorf("line %d: the last line goes on nowhere", began)
	}
	return all, nil
}

func parseInstruction(line int, text string) (Instruction, error) {
	name, rest, _ := strings.Cut(text, " ")
	i := Instruction{Line: line, Name: strings.ToUpper(name), Flags: make(map[string]string)}
	for rest = strings.TrimSpace(rest); strings.HasPrefix(rest, "--"); {
		flag, after, _ := strings.Cut(rest, " ")
		key, value, ok := strings.Cut(strings.TrimPrefix(flag, "--"), "=")
		if !ok {
			return i, fmt.Errorf("line %d: %s has no value", line, flag)
		}
		i.Flags[key], rest = value, strings.TrimSpace(after)
	}
	i.Args = rest
	if i.Args == "" {
		return i, fmt.Errorf("line %d: %s says nothing", line, i.Name)
	}
	return i, nil
}

// Image is what a build ends with.
type Image struct {
	Root        string // its file system
	User        string
	Env         []string
	Entrypoint  []string
	Cmd         []string
	Healthcheck []string
	Exposed     []string
	Volumes     []string
}

// builder carries a build out.
type builder struct {
	context string
	dir     string            // stages are made below it
	args    map[string]string // --build-arg
	stages  map[string]string // roots by name
	stage   Image
	workdir string
	vars    []string // ENV and ARG of the stage, as the shell gets them
}

// Build carries the instructions out with the files of context, below the
// empty directory dir. A RUN gets this machine's shell and programs and starts
// in the stage's working directory, so it must name files from there.
func Build(instructions []Instruction, context, dir string, args map[string]string) (Image, error) {
	b := &builder{context: context, dir: dir, args: args, stages: make(map[string]string)}
	for _, i := range instructions {
		do, known := carriers[i.Name]
		if !known {
			return Image{}, fmt.Errorf("line %d: %s is not known here", i.Line, i.Name)
		}
		if i.Name != "FROM" && b.stage.Root == "" {
			return Image{}, fmt.Errorf("line %d: %s before FROM", i.Line, i.Name)
		}
		if err := do(b, i); err != nil {
			return Image{}, fmt.Errorf("line %d: %s: %w", i.Line, i.Name, err)
		}
	}
	if b.stage.Root == "" {
		return Image{}, errors.New("there is no FROM")
	}
	return b.stage, nil
}

// carriers has what each instruction does.
var carriers = map[string]func(*builder, Instruction) error{
	"FROM":       (*builder).from,
	"WORKDIR":    (*builder).enter,
	"COPY":       (*builder).copy,
	"RUN":        (*builder).run,
	"ENV":        (*builder).env,
	"ARG":        (*builder).arg,
	"STOPSIGNAL": func(*builder, Instruction) error { return nil },
	"USER":       func(b *builder, i Instruction) error { b.stage.User = i.Args; return nil },
	"EXPOSE":     func(b *builder, i Instruction) error { b.stage.Exposed = i.Words(); return nil },
	"VOLUME":     func(b *builder, i Instruction) error { b.stage.Volumes = i.Words(); return nil },
	"ENTRYPOINT": func(b *builder, i Instruction) error { b.stage.Entrypoint = i.Words(); return nil },
	"CMD":        func(b *builder, i Instruction) error { b.stage.Cmd = i.Words(); return nil },
	"HEALTHCHECK": func(b *builder, i Instruction) error {
		command, ok := strings.CutPrefix(i.Args, "CMD ")
		if !ok {
			return errors.New("only CMD is known here")
		}
		b.stage.Healthcheck = Instruction{Args: command}.Words()
		return nil
	},
}

// from begins a stage.
func (b *builder) from(i Instruction) error {
	words := i.Words()
	root := filepath.Join(b.dir, fmt.Sprint("stage", len(b.stages)))
	if err := os.MkdirAll(root, 0o755); err != nil {
		return err
	}
	name := fmt.Sprint(len(b.stages))
	if len(words) == 3 && strings.EqualFold(words[1], "as") {
		name = words[2]
	} else if len(words) != 1 {
		return errors.New("expected an image, and perhaps AS and a name")
	}
	b.stages[name] = root
	b.stage, b.workdir, b.vars = Image{Root: root}, "/", nil
	return nil
}

func (b *builder) enter(i Instruction) error {
	b.workdir = b.absolute(i.Args)
	return os.MkdirAll(filepath.Join(b.stage.Root, b.workdir), 0o755)
}

// absolute resolves a path of the stage.
func (b *builder) absolute(path string) string {
	if !filepath.IsAbs(path) {
		path = filepath.Join(b.workdir, path)
	}
	return path
}

func (b *builder) env(i Instruction) error {
	for _, word := range i.Words() {
		if !strings.Contains(word, "=") {
			return fmt.Errorf("expected NAME=value, not %q", word)
		}
		b.vars, b.stage.Env = append(b.vars, word), append(b.stage.Env, word)
	}
	return nil
}

func (b *builder) arg(i Instruction) error {
	name, value, _ := strings.Cut(i.Args, "=")
	if given, ok := b.args[name]; ok {
		value = given
	}
	b.vars = append(b.vars, name+"="+value)
	return nil
}

func (b *builder) run(i Instruction) error {
	cmd := exec.Command("sh", "-ec", i.Args)
	cmd.Dir = filepath.Join(b.stage.Root, b.workdir)
	cmd.Env = append(cmd.Environ(), b.vars...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%w: %s", err, out)
	}
	return nil
}

// copy copies from the context, or from another stage, whose base image this
// machine stands in for.
func (b *builder) copy(i Instruction) error {
	words := i.Words()
	if len(words) < 2 {
		return errors.New("expected sources and a destination")
	}
	sources, destination := words[:len(words)-1], words[len(words)-1]
	target := filepath.Join(b.stage.Root, b.absolute(destination))
	for _, source := range sources {
		from, ignore, err := b.source(i.Flags["from"], source)
		if err != nil {
			return err
		}
		stat, err := os.Stat(from)
		if err != nil {
			return err
		}
		to := target
		if !stat.IsDir() && (strings.HasSuffix(destination, "/") || len(sources) > 1) {
			to = filepath.Join(target, filepath.Base(source))
		}
		if err := copyTree(from, to, ignore); err != nil {
			return err
		}
	}
	return nil
}

func (b *builder) source(stage, path string) (from string, ignore func(string) bool, err error) {
	if stage == "" {
		patterns, err := ignored(b.context)
		return filepath.Join(b.context, path), func(name string) bool {
			rel, err := filepath.Rel(b.context, name)
			return err == nil && patterns.match(rel)
		}, err
	}
	root, ok := b.stages[stage]
	if !ok {
		return "", nil, fmt.Errorf("there is no stage %q", stage)
	}
	from = filepath.Join(root, path)
	if _, err := os.Stat(from); errors.Is(err, fs.ErrNotExist) {
		from = path // part of the base image
	}
	return from, func(string) bool { return false }, nil
}

func copyTree(from, to string, ignore func(string) bool) error {
	return filepath.WalkDir(from, func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if ignore(name) {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		rel, err := filepath.Rel(from, name)
		if err != nil {
			return err
		}
		target := filepath.Join(to, rel)
		if d.IsDir() {
			return os.MkdirAll(target, 0o755)
		}
		return copyFile(name, target)
	})
}

func copyFile(from, to string) error {
	stat, err := os.Stat(from)
	if err != nil {
		return err
	}
	text, err := os.ReadFile(from)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(to), 0o755); err != nil {
		return err
	}
	return os.WriteFile(to, text, stat.Mode().Perm())
}

// patterns are the lines of a .dockerignore.
type patterns []string

func ignored(context string) (patterns, error) {
	text, err := os.ReadFile(filepath.Join(context, ".dockerignore"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return strings.Fields(string(text)), err
}

// match knows names, and "**/name" for a name anywhere.
func (p patterns) match(rel string) bool {
	return slices.ContainsFunc(p, func(pattern string) bool {
		if name, anywhere := strings.CutPrefix(pattern, "**/"); anywhere {
			return filepath.Base(rel) == name
		}
		return rel == pattern
	})
}
