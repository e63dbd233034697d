package transport

import (
	"maps"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// headerParsers are sipgo's, with those of the headers we read parameters from
// made to accept what RFC 3261 section 7.3.1 allows: blanks around ';' and '=',
// and parameter names in any case.
func headerParsers() map[string]sip.HeaderParser {
	parsers := maps.Clone(sip.DefaultHeadersParser())
	for _, name := range []string{"via", "v", "from", "f", "to", "t", "contact", "m", "route", "record-route"} {
		parsers[name] = tidied(parsers[name], tidyParameters)
	}
	parsers["cseq"] = tidied(parsers["cseq"], func(s string) string {
		return strings.Join(strings.Fields(s), " ")
	})
	return parsers
}

// tidied has a parser read a tidied value. A value with several elements is
// left alone: the parser reports positions in it.
func tidied(parse sip.HeaderParser, tidy func(string) string) sip.HeaderParser {
	return func(name []byte, value string) (sip.Header, error) {
		if !strings.Contains(value, ",") {
			value = tidy(value)
		}
		return parse(name, value)
	}
}

// tidyParameters takes blanks around ';' and '=' away and puts parameter names
// into lower case, outside quotes and angle brackets.
func tidyParameters(s string) string {
	var out strings.Builder
	out.Grow(len(s))
	var quoted, bracketed, name bool
	for i := 0; i < len(s); i++ {
		c := s[i]
		switch {
		case quoted:
			if c == '\\' && i+1 < len(s) {
				out.WriteByte(c)
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
		case c == ' ' || c == '\t':
			next := strings.TrimLeft(s[i:], " \t")
			if next == "" || next[0] == ';' || name && next[0] == '=' {
				continue
			}
			if last := out.String(); last != "" && (last[len(last)-1] == ';' || last[len(last)-1] == '=') {
				continue
			}
		case c == ';':
			name = true
		case c == '=':
			name = false
		case name && c >= 'A' && c <= 'Z':
			c += 'a' - 'A'
		}
		out.WriteByte(c)
	}
	return out.String()
}
