package transport

import (
	"bytes"
	"strings"
)

// appendTidy writes a header's value as RFC 3261 section 7.3.1 lets us read it:
// blanks around ';' and '=' away, empty parameters away, and the parameters'
// names in lower case; what is quoted or in angle brackets stays as it is.
func appendTidy(out, s []byte) []byte {
	start := len(out)
	var quoted, bracketed, name bool
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quoted:
			if c == '\\' && i+1 < len(s) {
				out = append(out, c)
				i++
				c = s[i]
			} else if c == '"' {
				quoted = false
			}
		case c == '"':
			quoted = true
		case bracketed:
			bracketed = c != '>'
		case c == '<':
			bracketed = true
		case blank(c):
			next := bytes.TrimLeft(s[i:], " \t")
			if len(next) == 0 || next[0] == ';' || name && next[0] == '=' {
				continue
			}
			if last := len(out) - 1; last >= start && (out[last] == ';' || out[last] == '=') {
				continue
			}
		case c == ';':
			name = true
			next := bytes.TrimLeft(s[i+1:], " \t")
			if len(next) == 0 || next[0] == ';' {
				continue
			}
		case c == '=':
			name = false
		case name:
			c = lowerCase(c)
		}
		out = append(out, c)
	}
	return out
}

// appendVia writes one Via element, "SIP/2.0/UDP host:port;parameters", without
// the blanks that may stand between its parts.
func appendVia(out, element []byte) []byte {
	protocol, sentBy, parameters := cutVia(element)
	for _, c := range protocol {
		if !blank(c) {
			out = append(out, c)
		}
	}
	out = append(out, ' ')
	for _, c := range sentBy {
		if !blank(c) {
			out = append(out, c)
		}
	}
	return appendTidy(out, parameters)
}

// cutVia takes a Via element apart: protocol, sent-by, and the parameters with
// the ';' before them.
func cutVia(element []byte) (protocol, sentBy, parameters []byte) {
	slash := bytes.IndexByte(element, '/')
	if second := bytes.IndexByte(element[slash+1:], '/'); slash >= 0 && second >= 0 {
		slash += 1 + second
	} else {
		return nil, nil, nil
	}
	rest := bytes.TrimLeft(element[slash+1:], " \t")
	end := bytes.IndexAny(rest, " \t")
	if end < 0 {
		return nil, nil, nil
	}
	protocol = element[:len(element)-len(rest)+end]
	sentBy = bytes.TrimSpace(rest[end:])
	if i := bytes.IndexByte(sentBy, ';'); i >= 0 {
		sentBy, parameters = bytes.TrimSpace(sentBy[:i]), sentBy[i:]
	}
	return protocol, sentBy, parameters
}

// cutElement cuts the first element off a list with commas; those in quotes and
// angle brackets separate nothing.
func cutElement(list []byte) (element, rest []byte) {
	var quoted, bracketed bool
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case quoted:
			if c == '\\' {
				i++
			} else if c == '"' {
				quoted = false
			}
		case c == '"':
			quoted = true
		case c == '<':
			bracketed = true
		case c == '>':
			bracketed = false
		case c == ',' && !bracketed:
			return bytes.TrimSpace(list[:i]), bytes.TrimSpace(list[i+1:])
		}
	}
	return bytes.TrimSpace(list), nil
}

// parameter is the value of a header's parameter, whose name is given in lower
// case; ok tells whether it is there.
func parameter(value []byte, name string) (v []byte, ok bool) {
	for rest := afterAddress(value); len(rest) > 0; {
		var p []byte
		p, rest = cutParameter(rest)
		key, v, _ := bytes.Cut(p, []byte("="))
		if equalFold(bytes.TrimSpace(key), name) {
			return bytes.TrimSpace(v), true
		}
	}
	return nil, false
}

// afterAddress is what follows an address or a sent-by: its parameters, with
// the ';' before them.
func afterAddress(value []byte) []byte {
	for {
		at, _ := indexUnquoted(value, "<;")
		if at < 0 {
			return nil
		}
		value = value[at:]
		if value[0] == ';' {
			return value
		}
		end := bytes.IndexByte(value, '>')
		if end < 0 {
			return nil
		}
		value = value[end+1:]
	}
}

// cutParameter cuts the first parameter off ";a=b;c"; the ';' that leads it is
// taken off.
func cutParameter(s []byte) (p, rest []byte) {
	s = s[1:]
	at, _ := indexUnquoted(s, ";")
	if at < 0 {
		return bytes.TrimSpace(s), nil
	}
	return bytes.TrimSpace(s[:at]), s[at:]
}

// indexUnquoted finds the first of some octets that stands outside of quoted
// strings (RFC 3261 section 25.1), -1 if there is none; open tells that a
// quoted string has no end.
func indexUnquoted(s []byte, octets string) (at int, open bool) {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case open && c == '\\':
			i++
		case c == '"':
			open = !open
		case !open && strings.IndexByte(octets, c) >= 0:
			return i, false
		}
	}
	return -1, open
}

// cutBlank cuts a value at its first run of blanks.
func cutBlank(s []byte) (before, after []byte, ok bool) {
	i := bytes.IndexAny(s, " \t")
	if i < 0 {
		return s, nil, false
	}
	return s[:i], bytes.TrimSpace(s[i:]), true
}

// token tells whether s is a token of RFC 3261 section 25.1.
func token(s []byte) bool {
	for _, c := range s {
		if !tokenCharacter(c) {
			return false
		}
	}
	return len(s) > 0
}

func tokenCharacter(c byte) bool {
	switch {
	case c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= '0' && c <= '9':
		return true
	}
	return bytes.IndexByte([]byte("-.!%*_+`'~"), c) >= 0
}

func digits(s []byte) bool {
	for _, c := range s {
		if c < '0' || c > '9' {
			return false
		}
	}
	return len(s) > 0
}

func blank(c byte) bool { return c == ' ' || c == '\t' }

func lowerCase(c byte) byte {
	if c >= 'A' && c <= 'Z' {
		c += 'a' - 'A'
	}
	return c
}

// equalFold compares with a text in lower case.
func equalFold(s []byte, lower string) bool {
	if len(s) != len(lower) {
		return false
	}
	for i, c := range s {
		if lowerCase(c) != lower[i] {
			return false
		}
	}
	return true
}
