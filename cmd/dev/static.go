package main

import (
	"debug/elf"
	"fmt"
)

// requireStatic refuses a binary that would need a loader or a library of the
// machine that it runs on.
func requireStatic(binary string) error {
	file, err := elf.Open(binary)
	if err != nil {
		return fmt.Errorf("reading the built program: %w", err)
	}
	defer file.Close()
	for _, segment := range file.Progs {
		if segment.Type == elf.PT_INTERP {
			return fmt.Errorf("%s is not static: it asks for a loader", binary)
		}
	}
	libraries, err := file.ImportedLibraries()
	if err != nil {
		return fmt.Errorf("reading the built program: %w", err)
	}
	if len(libraries) > 0 {
		return fmt.Errorf("%s is not static: it needs %v", binary, libraries)
	}
	return nil
}
