package ical

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"strings"
	"unicode/utf8"
)

const (
	// foldAt is how many octets a line may have (RFC 5545 §3.1).
	foldAt = 75
	// maxLine bounds a line that has been put together again. Longer ones, which
	// are attachments, are passed over.
	maxLine = 64 << 10
	// maxParameters bounds those of one property.
	maxParameters = 32
)

// property is one content line.
type property struct {
	line  int    // where it begins, from 1
	name  string // in capitals
	param map[string]string
	value string
}

// lines takes text apart into lines and undoes folding.
type lines struct {
	in     *bufio.Reader
	number int    // of the line read last
	ahead  []byte // read already
	err    error  // that ended reading; io.EOF at the end
}

func newLines(r io.Reader) *lines {
	l := &lines{in: bufio.NewReader(r)}
	if mark, err := l.in.Peek(3); err == nil && bytes.Equal(mark, []byte("\xef\xbb\xbf")) {
		_, _ = l.in.Discard(3) // they have just been peeked at
	}
	l.ahead = l.raw()
	return l
}

// raw is a line as it is written, without its end, or nil at the end of the
// text. Of a line that is too long comes the beginning.
func (l *lines) raw() []byte {
	if l.err != nil {
		return nil
	}
	line := []byte{}
	for {
		part, err := l.in.ReadSlice('\n')
		if room := maxLine + 2 - len(line); room > 0 {
			line = append(line, part[:min(len(part), room)]...)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if l.err = err; err != nil && len(line) == 0 {
			return nil
		}
		return bytes.TrimRight(line, "\r\n")
	}
}

// next is a whole line and the number of the line where it begins; false at
// the end.
func (l *lines) next() (string, int, bool) {
	if l.ahead == nil {
		return "", l.number, false
	}
	whole := l.ahead
	l.number++
	begin := l.number
	for {
		l.ahead = l.raw()
		if len(l.ahead) == 0 || l.ahead[0] != ' ' && l.ahead[0] != '\t' {
			break
		}
		l.number++
		if len(whole) <= maxLine {
			whole = append(whole, l.ahead[1:]...)
		}
	}
	return string(whole), begin, true
}

// parseProperty takes a line apart; false if it is none.
func parseProperty(text string, line int) (property, bool) {
	p := property{line: line}
	end := strings.IndexAny(text, ";:")
	if end <= 0 || len(text) > maxLine {
		return p, false
	}
	p.name = strings.ToUpper(strings.TrimSpace(text[:end]))
	rest := text[end:]
	for rest != "" && rest[0] == ';' {
		name, after, ok := strings.Cut(rest[1:], "=")
		if !ok || len(p.param) == maxParameters {
			return p, false
		}
		value, after, ok := parameterValue(after)
		if !ok {
			return p, false
		}
		if p.param == nil {
			p.param = map[string]string{}
		}
		p.param[strings.ToUpper(name)] = strings.ToValidUTF8(value, "�")
		rest = after
	}
	if rest == "" || rest[0] != ':' {
		return p, false
	}
	p.value = strings.ToValidUTF8(rest[1:], "�")
	return p, true
}

// parameterValue reads up to the colon or semicolon after a value, which may be
// quoted and then hold both (RFC 5545 §3.2, RFC 6868).
func parameterValue(text string) (value, rest string, ok bool) {
	quoted := false
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"':
			quoted = !quoted
		case !quoted && (c == ';' || c == ':'):
			value = strings.ReplaceAll(text[:i], `"`, "")
			return strings.NewReplacer("^n", "\n", "^'", `"`, "^^", "^").Replace(value), text[i:], true
		}
	}
	return "", "", false
}

// unescape undoes the escaping of TEXT (RFC 5545 §3.3.11).
func unescape(text string) string {
	if !strings.Contains(text, `\`) {
		return text
	}
	return strings.NewReplacer(`\\`, `\`, `\n`, "\n", `\N`, "\n", `\,`, ",", `\;`, ";").Replace(text)
}

// escape makes a TEXT value of a string. What no calendar can show is left out.
func escape(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' && r != '\t' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "�"))
	return strings.NewReplacer(`\`, `\\`, "\n", `\n`, ",", `\,`, ";", `\;`).Replace(text)
}

// quote makes a parameter value of a string (RFC 6868 for what quotes cannot
// hold).
func quote(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\n' || r == 0x7f {
			return -1
		}
		return r
	}, strings.ToValidUTF8(text, "�"))
	return `"` + strings.NewReplacer("^", "^^", "\n", "^n", `"`, "^'").Replace(text) + `"`
}

// folder writes content lines.
type folder struct {
	w   *bufio.Writer
	err error
}

// line writes parts as one line, folded between characters.
func (f *folder) line(parts ...string) {
	text := strings.Join(parts, "")
	room := foldAt
	for len(text) > room {
		cut := room
		for cut > 0 && !utf8.RuneStart(text[cut]) {
			cut--
		}
		f.write(text[:cut] + "\r\n ")
		text = text[cut:]
		room = foldAt - 1 // the space counts
	}
	f.write(text + "\r\n")
}

func (f *folder) write(text string) {
	if f.err == nil {
		_, f.err = f.w.WriteString(text)
	}
}
