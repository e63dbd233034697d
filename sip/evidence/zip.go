package evidence

import (
	"archive/zip"
	"fmt"
	"io"
)

// WriteZip writes an archive of all files that there are of a call: call.pcapng,
// and the ladder in both languages. The errors are those of w.
func (c *Capture) WriteZip(w io.Writer) error {
	archive := zip.NewWriter(w)
	for _, file := range []struct {
		name  string
		write func(io.Writer) error
	}{
		{"call.pcapng", c.WritePCAPNG},
		{"ladder.en.html", func(w io.Writer) error { return c.WriteHTML(w, "en") }},
		{"ladder.zh-CN.html", func(w io.Writer) error { return c.WriteHTML(w, "zh-CN") }},
	} {
		f, err := archive.Create(file.name)
		if err == nil {
			err = file.write(f)
		}
		if err != nil {
			return fmt.Errorf("write %s: %w", file.name, err)
		}
	}
	if err := archive.Close(); err != nil {
		return fmt.Errorf("write an archive: %w", err)
	}
	return nil
}
