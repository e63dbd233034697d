package main

import (
	"fmt"
	"io"
	"os"

	"partyline/cmd/internal/notices"
)

// writeNotices collects the licences of what the program is made of into the
// named file.
func writeNotices(root, file string, out io.Writer) error {
	all, err := notices.Of(root)
	if err != nil {
		return err
	}
	if err := os.WriteFile(file, notices.Format(all), 0o644); err != nil {
		return fmt.Errorf("writing the notices: %w", err)
	}
	fmt.Fprintf(out, "%s: %d components\n", file, len(all))
	return nil
}
