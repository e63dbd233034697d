package dialog

import (
	"strings"

	"github.com/emiago/sipgo/sip"
)

// values are a header's values from the top. The transport has written every
// name in full.
func values(msg sip.Message, name string) []string {
	var found []string
	for _, h := range msg.GetHeaders(name) {
		found = append(found, strings.TrimSpace(h.Value()))
	}
	return found
}

// value is a header's first value, empty where there is none.
func value(msg sip.Message, name string) string {
	if found := values(msg, name); len(found) > 0 {
		return found[0]
	}
	return ""
}

// lists tells whether a header that is a list, such as Supported, has a token.
func lists(msg sip.Message, name, token string) bool {
	return contains(joined(values(msg, name)), token)
}

func joined(lists []string) string { return strings.Join(lists, ",") }

// contains tells whether a list with commas has a token.
func contains(list, token string) bool {
	for item := range strings.SplitSeq(list, ",") {
		if strings.EqualFold(strings.TrimSpace(item), token) {
			return true
		}
	}
	return false
}

// contentType is the media type of a message's body, in lower case and without
// parameters; empty when it says none.
func contentType(msg sip.Message) string {
	media, _, _ := strings.Cut(value(msg, "Content-Type"), ";")
	return strings.ToLower(strings.TrimSpace(media))
}

func callID(msg sip.Message) string {
	if id := msg.CallID(); id != nil {
		return id.Value()
	}
	return ""
}

// tags are the tags of a message's From and To.
func tags(msg sip.Message) (from, to string) {
	if h := msg.From(); h != nil {
		from, _ = h.Params.Get("tag")
	}
	if h := msg.To(); h != nil {
		to, _ = h.Params.Get("tag")
	}
	return from, to
}

// parameters reads "value;name=v;flag": names in lower case, quotes taken off.
func parameters(s string) (first string, named map[string]string) {
	first, rest := cutUnquoted(s, ';')
	named = make(map[string]string)
	for rest != "" {
		var p string
		p, rest = cutUnquoted(rest, ';')
		name, v, _ := strings.Cut(p, "=")
		named[strings.ToLower(strings.TrimSpace(name))] = unquoted(strings.TrimSpace(v))
	}
	return strings.TrimSpace(first), named
}

// DisplayName writes a name as it stands between the quotes of a header (RFC 3261
// section 25.1). What would end the line does not get into it.
func DisplayName(name string) string {
	name = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return -1
		}
		return c
	}, strings.ToValidUTF8(name, ""))
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(name)
}

// unquoted takes the quotes off a quoted-string.
func unquoted(s string) string {
	if len(s) < 2 || s[0] != '"' || s[len(s)-1] != '"' {
		return s
	}
	return strings.NewReplacer(`\\`, `\`, `\"`, `"`).Replace(s[1 : len(s)-1])
}
