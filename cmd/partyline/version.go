package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
)

// release is set by the linker for released binaries (-X main.release=…).
var release string

// version names what is running: the release, else the commit it was built
// from, else "development".
func version() string {
	if release != "" {
		return release
	}
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return "development"
	}
	if v := build.Main.Version; v != "" && v != "(devel)" {
		return v
	}
	return "development"
}

type versionCommand struct{}

// Run prints the version and what it was built with.
func (versionCommand) Run(t *terminal) error {
	_, err := fmt.Fprintf(t.out, "partyline %s (%s, %s/%s)\n", version(), runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return err
}
