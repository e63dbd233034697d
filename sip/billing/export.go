package billing

import (
	"encoding/json"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// Format is how records are exported.
type Format string

// The formats.
const (
	CSV   Format = "csv"   // RFC 4180 with a header, UTF-8, safe in spreadsheets
	JSONL Format = "jsonl" // an object a line; what is not known is left out
)

// ParseFormat reads a format's name.
func ParseFormat(name string) (Format, error) {
	if f := Format(name); f == CSV || f == JSONL {
		return f, nil
	}
	return "", fmt.Errorf("records are exported as csv or jsonl, not as %q", short(name))
}

// ContentType is the format's media type.
func (f Format) ContentType() string {
	if f == JSONL {
		return "application/jsonl"
	}
	return "text/csv; charset=utf-8"
}

// RecordWriter writes records one after the other in constant memory. Numbers
// are written as they are given: whoever may not see them whole is to be given
// masked ones. It is for one goroutine.
type RecordWriter struct {
	out    io.Writer
	format Format
	line   []byte
	err    error
}

// flushAt is how many bytes are written at once.
const flushAt = 64 << 10

// NewRecordWriter writes to out what the format begins with, after a byte order
// mark where bom is set, by which Excel knows UTF-8. JSONL has neither.
func NewRecordWriter(out io.Writer, format Format, bom bool) *RecordWriter {
	w := &RecordWriter{out: out, format: format, line: make([]byte, 0, flushAt+4096)}
	if format == CSV {
		if bom {
			w.line = append(w.line, "\xef\xbb\xbf"...)
		}
		w.line = append(append(w.line, strings.Join(RecordFields(), ",")...), "\r\n"...)
	}
	return w
}

// Write adds a record. The error is that of the writer underneath, and stays.
func (w *RecordWriter) Write(c *CDR) error {
	if w.err != nil {
		return w.err
	}
	if w.format == JSONL {
		w.object(c)
	} else {
		w.row(c)
	}
	if len(w.line) >= flushAt {
		return w.Flush()
	}
	return nil
}

// Flush writes what is left. It is to be called after the last record.
func (w *RecordWriter) Flush() error {
	if w.err == nil && len(w.line) > 0 {
		_, w.err = w.out.Write(w.line)
		w.line = w.line[:0]
	}
	return w.err
}

// row adds a line of CSV.
func (w *RecordWriter) row(c *CDR) {
	for i := range recordFields {
		f := &recordFields[i]
		if i > 0 {
			w.line = append(w.line, ',')
		}
		if f.text != nil {
			w.line = appendCell(w.line, f.text(c))
		} else {
			w.line = f.add(w.line, c)
		}
	}
	w.line = append(w.line, "\r\n"...)
}

// appendCell quotes what CSV needs quoted, and puts an apostrophe before what a
// spreadsheet would take for a formula: names come from anybody who calls.
func appendCell(b []byte, cell string) []byte {
	formula := isFormula(cell)
	if !formula && !needsQuotes(cell) {
		return append(b, cell...)
	}
	b = append(b, '"')
	if formula {
		b = append(b, '\'')
	}
	for i := range len(cell) {
		if cell[i] == '"' {
			b = append(b, '"')
		}
		b = append(b, cell[i])
	}
	return append(b, '"')
}

// needsQuotes tells whether CSV reads a cell otherwise than it stands.
func needsQuotes(cell string) bool {
	for i := range len(cell) {
		switch cell[i] {
		case ',', '"', '\r', '\n':
			return true
		}
	}
	return cell != "" && cell[0] == ' '
}

// isFormula tells whether a spreadsheet would compute a cell. A plus with digits
// alone is a telephone number.
func isFormula(cell string) bool {
	if cell == "" || cell[0]|0x20 >= 'a' && cell[0]|0x20 <= 'z' || cell[0] >= '0' && cell[0] <= '9' {
		return false // as nearly all do begin
	}
	rest := strings.TrimLeft(cell, " \u00a0\u3000")
	first, size := utf8.DecodeRuneInString(rest)
	switch first {
	case '=', '-', '@', '\t', '\r', '\n', '|', '＝', '－', '＠':
		return true
	case '+', '＋':
		return size == len(rest) || strings.Trim(rest[size:], "0123456789") != ""
	}
	return false
}

// object adds a line of JSON.
func (w *RecordWriter) object(c *CDR) {
	start := len(w.line)
	for i := range recordFields {
		f := &recordFields[i]
		before := len(w.line)
		w.line = append(w.line, f.key...)
		value := len(w.line)
		switch {
		case f.text != nil:
			if text := f.text(c); text != "" {
				w.line = appendJSON(w.line, text)
			}
		case f.quoted:
			w.line = f.add(append(w.line, '"'), c)
			if value++; len(w.line) > value {
				w.line = append(w.line, '"')
			}
		default:
			w.line = f.add(w.line, c)
		}
		if len(w.line) == value {
			w.line = w.line[:before]
		}
	}
	w.line[start] = '{' // instead of the comma that each key begins with: some have a value always
	w.line = append(w.line, "}\n"...)
}

// appendJSON writes a string; nearly all need no escape.
func appendJSON(b []byte, text string) []byte {
	if !needsEscape(text) {
		return append(append(append(b, '"'), text...), '"')
	}
	quoted, _ := json.Marshal(text) // a string always can
	return append(b, quoted...)
}

// needsEscape tells whether the JSON of a text differs from it. The signs of
// HTML are escaped only beside what is not ASCII.
func needsEscape(text string) bool {
	wide, html := false, false
	for _, r := range text {
		switch {
		case r < ' ', r == '"', r == '\\', r == utf8.RuneError, r == '\u2028', r == '\u2029':
			return true
		case r >= utf8.RuneSelf:
			wide = true
		case r == '<', r == '>', r == '&':
			html = true
		}
	}
	return wide && html
}
