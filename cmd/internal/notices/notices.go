// Package notices collects the licences of everything that the program is made
// of: the Go modules that are linked into it, what is packed into the web
// client, and what neither knows of.
package notices

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// opusNotice is the licence of the reference implementation of Opus, which
// github.com/thesyncim/gopus is a translation of but does not carry.
//
//go:embed opus-COPYING
var opusNotice string

// The Opus translation, and under which name the notice of its original stands.
const (
	opusTranslation = "github.com/thesyncim/gopus"
	opusOriginal    = "libopus, of which the Go module above is a translation"
)

// Notice is what one component asks to be passed on with it.
type Notice struct {
	Component string // name and version
	Text      string
}

// Of collects the notices of the program built from the tree at root: the Go
// part, and the web client's part, for which the npm packages must be there.
func Of(root string) ([]Notice, error) {
	linked, err := Linked(root)
	if err != nil {
		return nil, err
	}
	packed, err := packedTexts(root)
	return append(linked, packed...), err
}

// Linked collects the notices of the Go modules in the binary, of Go itself
// and of the recorded voices.
func Linked(root string) ([]Notice, error) {
	modules, err := linkedModules(root)
	if err != nil {
		return nil, err
	}
	goroot, err := goOutput(root, "env", "GOROOT")
	if err != nil {
		return nil, err
	}
	text, err := licenceTexts(strings.TrimSpace(string(goroot)))
	if err != nil {
		return nil, fmt.Errorf("licence of Go: %w", err)
	}
	notices := []Notice{{"the Go standard library and runtime", text}}
	for _, m := range modules {
		text, err := licenceTexts(m.Dir)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", m.Path, err)
		}
		notices = append(notices, Notice{m.Path + " " + m.Version, text})
		if m.Path == opusTranslation {
			notices = append(notices, Notice{opusOriginal, opusNotice})
		}
	}
	voices, err := os.ReadFile(filepath.Join(root, "sfu/prompts/SOURCES.md"))
	if errors.Is(err, fs.ErrNotExist) {
		return notices, nil
	}
	return append(notices, Notice{"recorded voices", string(voices)}), err
}

type module struct {
	Path, Version, Dir string
	Main               bool
}

// linkedModules lists the modules that packages of the binary come from.
func linkedModules(root string) ([]module, error) {
	out, err := goOutput(root, "list", "-deps", "-json=Module", "./cmd/partyline")
	if err != nil {
		return nil, err
	}
	var modules []module
	for decoder := json.NewDecoder(bytes.NewReader(out)); decoder.More(); {
		var pkg struct{ Module *module }
		if err := decoder.Decode(&pkg); err != nil {
			return nil, fmt.Errorf("reading the list of packages: %w", err)
		}
		if pkg.Module != nil && !pkg.Module.Main && !slices.Contains(modules, *pkg.Module) {
			modules = append(modules, *pkg.Module)
		}
	}
	slices.SortFunc(modules, func(a, b module) int { return strings.Compare(a.Path, b.Path) })
	return modules, nil
}

// goOutput runs the go command for the platform that binaries are made for.
func goOutput(root string, args ...string) ([]byte, error) {
	cmd := exec.Command("go", args...)
	cmd.Dir = root
	cmd.Env = append(cmd.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("go %s: %w: %s", args[0], err, stderr.String())
	}
	return out, nil
}

var licenceFile = regexp.MustCompile(`(?i)^(licen[cs]e|copying|notice|unlicense)([-._].*)?$`)

// licenceTexts joins the licence files in a component's directory.
func licenceTexts(dir string) (string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", fmt.Errorf("looking for a licence: %w", err)
	}
	var texts []string
	for _, entry := range entries {
		if !entry.Type().IsRegular() || !licenceFile.MatchString(entry.Name()) || strings.HasSuffix(entry.Name(), ".go") {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			return "", fmt.Errorf("reading a licence: %w", err)
		}
		texts = append(texts, strings.TrimSpace(strings.ReplaceAll(string(text), "\r\n", "\n")))
	}
	if len(texts) == 0 {
		return "", fmt.Errorf("no licence in %s: find out on what terms it may be passed on", dir)
	}
	return strings.Join(texts, "\n\n"), nil
}

// Packed names the npm packages that are built into the web client, with their
// versions and sorted: everything in the lock file that is not for development.
func Packed(root string) ([]string, error) {
	text, err := os.ReadFile(filepath.Join(root, "signaling/web/package-lock.json"))
	if err != nil {
		return nil, fmt.Errorf("reading the web client's lock file: %w", err)
	}
	var lock struct {
		Packages map[string]struct {
			Version             string
			Dev, Peer, Optional bool
		}
	}
	if err := json.Unmarshal(text, &lock); err != nil {
		return nil, fmt.Errorf("reading the web client's lock file: %w", err)
	}
	var names []string
	for path, p := range lock.Packages {
		if path != "" && !p.Dev && !p.Optional {
			names = append(names, strings.TrimPrefix(path, "node_modules/")+" "+p.Version)
		}
	}
	slices.Sort(names)
	return names, nil
}

func packedTexts(root string) ([]Notice, error) {
	names, err := Packed(root)
	if err != nil {
		return nil, err
	}
	var notices []Notice
	for _, component := range names {
		name, _, _ := strings.Cut(component, " ")
		text, err := licenceTexts(filepath.Join(root, "signaling/web/node_modules", name))
		if err != nil {
			return nil, fmt.Errorf("%s (is `npm ci` done in signaling/web?): %w", name, err)
		}
		notices = append(notices, Notice{component, text})
	}
	return notices, nil
}

const (
	rule     = "================================================================================\n"
	preamble = "Partyline is licensed under the Apache License 2.0. It is made with the\n" +
		"following, each under its own terms.\n\n"
)

// Format writes notices as one text, which Parse reads back. Components with
// the same text share it.
func Format(notices []Notice) []byte {
	sharing := make(map[string][]string)
	var order []string
	for _, n := range notices {
		text := strings.TrimSpace(n.Text)
		if _, known := sharing[text]; !known {
			order = append(order, text)
		}
		sharing[text] = append(sharing[text], n.Component)
	}
	var out bytes.Buffer
	out.WriteString(preamble)
	for _, text := range order {
		fmt.Fprintf(&out, "%s%s\n%s\n%s\n\n", rule, strings.Join(sharing[text], "\n"), rule, text)
	}
	return out.Bytes()
}

// Parse reads what Format has written: the text of each component by its name.
func Parse(text []byte) (map[string]string, error) {
	parts := strings.Split(string(text), rule)
	if len(parts)%2 != 1 {
		return nil, errors.New("the notices are not as they were written")
	}
	notices := make(map[string]string)
	for i := 1; i < len(parts); i += 2 {
		for component := range strings.Lines(parts[i]) {
			notices[strings.TrimSpace(component)] = strings.TrimSpace(parts[i+1])
		}
	}
	return notices, nil
}
