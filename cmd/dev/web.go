package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
)

// webDir is where the web client lives, from the root of the tree.
const webDir = "signaling/web"

func checkWebInstall(ctx context.Context, sh *shell) error {
	return web(sh).quiet(ctx, "npm", "ci", "--no-audit", "--no-fund")
}

func checkWebSources(ctx context.Context, sh *shell) error {
	return web(sh).quiet(ctx, "npm", "run", "check")
}

// checkWebDist builds the client and compares the result with what stands in
// the tree, which is what the program carries. The tree is left as it was.
func checkWebDist(ctx context.Context, sh *shell) (err error) {
	dist := filepath.Join(sh.dir, webDir, "dist")
	committed, err := readFiles(dist)
	if err != nil {
		return fmt.Errorf("reading the built web client: %w", err)
	}
	defer func() { err = errors.Join(err, restoreFiles(dist, committed)) }()
	if err := web(sh).quiet(ctx, "npm", "run", "build"); err != nil {
		return err
	}
	built, err := readFiles(dist)
	if err != nil {
		return fmt.Errorf("reading what was built: %w", err)
	}
	differences := compareFiles(committed, built)
	for _, d := range differences {
		writeIndented(sh.out, []byte(d+"\n"))
	}
	if len(differences) > 0 {
		return fmt.Errorf("%s/dist is not what its sources give: run `npm run build` there", webDir)
	}
	return nil
}

// checkWebPages looks at every page, served from a mock: axe-core, sideways
// scrolling, and what the page complains of. It takes no screenshots, which
// nobody would see.
func checkWebPages(ctx context.Context, sh *shell) error {
	return web(sh).quiet(ctx, "npm", "run", "pages", "--", "-")
}

func web(sh *shell) *shell {
	return sh.in(filepath.Join(sh.dir, webDir))
}

// readFiles reads every file below dir, keyed by its path from there.
func readFiles(dir string) (map[string][]byte, error) {
	files := make(map[string][]byte)
	err := fs.WalkDir(os.DirFS(dir), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files[name], err = os.ReadFile(filepath.Join(dir, name))
		return err
	})
	return files, err
}

// restoreFiles makes dir hold exactly files.
func restoreFiles(dir string, files map[string][]byte) error {
	present, err := readFiles(dir)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for name := range present {
		if _, keep := files[name]; !keep {
			err = errors.Join(err, os.Remove(filepath.Join(dir, name)))
		}
	}
	for name, text := range files {
		if bytes.Equal(present[name], text) {
			continue
		}
		path := filepath.Join(dir, name)
		err = errors.Join(err, os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, text, 0o644))
	}
	return err
}

// compareFiles names what differs, sorted by path.
func compareFiles(committed, built map[string][]byte) []string {
	all := maps.Clone(committed)
	maps.Copy(all, built)
	var differences []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		was, inTree := committed[name]
		is, fromSources := built[name]
		switch {
		case !inTree:
			differences = append(differences, name+": built, but not in the tree")
		case !fromSources:
			differences = append(differences, name+": in the tree, but not built")
		case !bytes.Equal(was, is):
			differences = append(differences, fmt.Sprintf("%s: differs (%d bytes in the tree, %d built)", name, len(was), len(is)))
		}
	}
	return differences
}
