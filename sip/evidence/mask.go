package evidence

import (
	"bytes"
	"net/url"
	"strconv"
	"strings"
)

// Masking is how much is hidden of a message.
type Masking uint8

// The maskings. Passwords, their digests, keys of SRTP and bodies that are no
// session descriptions are hidden by either.
const (
	Everything  Masking = iota // also numbers, but for their last three digits, and display names
	SecretsOnly                // for a collector of the company's own
)

const (
	masked = "masked"
	// most is how long a message is kept; beyond, the body goes and then headers.
	most = 8 << 10
)

// Mask writes a message with what is nobody's business hidden, unfolded, and
// with the Content-Length of what is left. What it makes of a message is a message
// again, with the same Head.
func Mask(data []byte, how Masking) []byte {
	line, fields, body := cutHead(data)
	out := make([]byte, 0, len(data)+32)
	text := string(line)
	if how == Everything {
		text = maskURIs(text)
	}
	out = append(append(out, text...), "\r\n"...)
	described := false
	for name, value := range fields {
		lower := strings.ToLower(name)
		if lower == "content-length" || lower == "l" {
			continue
		}
		if lower == "content-type" || lower == "c" {
			described = strings.EqualFold(strings.TrimSpace(first(value, ";")), "application/sdp")
		}
		if len(out)+len(name)+len(value) > most {
			continue
		}
		out = append(append(out, name...), ": "...)
		out = append(append(out, maskHeader(lower, value, how)...), "\r\n"...)
	}
	var kept []byte
	if described {
		if kept = maskSDP(body); len(out)+len(kept) > most {
			kept = nil
		}
	}
	out = append(out, "Content-Length: "+strconv.Itoa(len(kept))+"\r\n\r\n"...)
	return append(out, kept...)
}

// first is what stands before a separator.
func first(s, separator string) string {
	before, _, _ := strings.Cut(s, separator)
	return before
}

// visibility is what of a header may be seen.
type visibility uint8

const (
	unknown  visibility = iota // masked wherever digits or quotes stand
	plain                      // all of it
	address                    // names and numbers go
	secret                     // what tells of a password goes
	personal                   // nothing
)

// visibilities are those of the headers that we know, by their names in lower
// case.
var visibilities = map[string]visibility{
	"via": plain, "v": plain, "call-id": plain, "i": plain, "cseq": plain, "max-forwards": plain,
	"content-type": plain, "c": plain, "content-encoding": plain, "e": plain, "content-disposition": plain,
	"expires": plain, "min-expires": plain, "session-expires": plain, "x": plain, "min-se": plain,
	"rseq": plain, "rack": plain, "timestamp": plain, "allow": plain, "supported": plain, "k": plain,
	"require": plain, "proxy-require": plain, "unsupported": plain, "user-agent": plain, "server": plain,
	"date": plain, "retry-after": plain, "reason": plain, "event": plain, "o": plain, "allow-events": plain, "u": plain,
	"subscription-state": plain, "accept": plain, "accept-language": plain, "accept-encoding": plain, "privacy": plain,
	"refer-sub": plain, "p-charging-vector": plain, "p-early-media": plain, "session-id": plain,

	"from": address, "f": address, "to": address, "t": address, "contact": address, "m": address,
	"p-asserted-identity": address, "p-preferred-identity": address, "remote-party-id": address, "p-called-party-id": address,
	"diversion": address, "history-info": address, "refer-to": address, "r": address, "referred-by": address, "b": address,
	"route": address, "record-route": address, "path": address, "service-route": address, "p-associated-uri": address,

	"authorization": secret, "proxy-authorization": secret, "www-authenticate": secret, "proxy-authenticate": secret,
	"authentication-info": secret, "proxy-authentication-info": secret,

	"identity": personal, "y": personal, "p-access-network-info": personal, "geolocation": personal, "user-to-user": personal,
	"subject": personal, "s": personal, "call-info": personal, "alert-info": personal, "replaces": plain, "target-dialog": plain, "join": plain,
}

func maskHeader(name, value string, how Masking) string {
	switch v := visibilities[name]; {
	case v == secret:
		return maskCredentials(value, how)
	case how == SecretsOnly, v == plain:
		return value
	case v == personal:
		return masked
	case v == address:
		return maskAddress(value)
	default:
		return maskRuns(maskAddress(value))
	}
}

// harmless are the parameters of credentials and challenges that tell nothing of
// a password.
var harmless = map[string]bool{"realm": true, "algorithm": true, "qop": true, "stale": true, "nc": true, "uri": true, "rspauth": false}

// maskCredentials hides the answers to challenges, and what else they can be
// found from.
func maskCredentials(value string, how Masking) string {
	scheme, rest, ok := strings.Cut(value, " ")
	if !ok || strings.Contains(scheme, "=") {
		scheme, rest = "", value
	} else {
		scheme += " "
	}
	var out []string
	for part := range strings.SplitSeq(rest, ",") {
		name, content, _ := strings.Cut(strings.TrimSpace(part), "=")
		switch lower := strings.ToLower(strings.TrimSpace(name)); {
		case !harmless[lower]:
			content = `"` + masked + `"`
		case lower == "uri" && how == Everything:
			content = maskURIs(content)
		}
		if name = strings.TrimSpace(name); name != "" && !strings.ContainsAny(name, "\" ") {
			out = append(out, name+"="+content)
		}
	}
	return scheme + strings.Join(out, ", ")
}

// maskAddress hides names and numbers of a header with addresses.
func maskAddress(value string) string {
	var b strings.Builder
	for value != "" {
		before, rest, bracket := strings.Cut(value, "<")
		if quote := strings.IndexByte(before, '"'); quote >= 0 { // a name in quotes may hold a bracket
			b.WriteString(maskURIs(before[:quote]))
			_, value = quoted(value[quote:])
			b.WriteString(`"` + masked + `"`)
			continue
		}
		if !bracket {
			b.WriteString(maskURIs(before))
			break
		}
		b.WriteString(maskName(before))
		inner, after, _ := strings.Cut(rest, ">")
		b.WriteString("<" + maskURIs(inner) + ">")
		value = after
	}
	return b.String()
}

// maskName hides what stands before an address: the words of a display name, after
// parameters and the comma of the address before.
func maskName(before string) string {
	at := strings.LastIndexByte(before, ',') + 1
	name := strings.TrimSpace(before[at:])
	if name == "" {
		return before
	}
	if strings.HasPrefix(name, ";") {
		return maskRuns(before)
	}
	return before[:at] + `"` + masked + `" `
}

// quoted cuts a quoted string off, which s begins with.
func quoted(s string) (string, string) {
	for i := 1; i < len(s); i++ {
		switch s[i] {
		case '\\':
			i++
		case '"':
			return s[:i+1], s[i+1:]
		}
	}
	return s, ""
}

// maskURIs hides the users of SIP and tel URIs in a text.
func maskURIs(text string) string {
	var b strings.Builder
	for {
		at, after := scheme(text)
		if at < 0 {
			b.WriteString(text)
			return b.String()
		}
		b.WriteString(text[:after])
		uri := text[after:]
		end := strings.IndexAny(uri, "> \t\"")
		if end < 0 {
			end = len(uri)
		}
		rest := uri[end:]
		uri = uri[:end]
		if strings.EqualFold(text[at:after], "tel:") {
			b.WriteString(maskNumber(uri))
			text = rest
			continue
		}
		user, host, ok := strings.Cut(uri, "@")
		if !ok {
			if strings.Trim(first(uri, ";"), "+0123456789") == "" { // a number where a host should be
				uri = maskDigits(uri)
			}
			b.WriteString(uri)
			text = rest
			continue
		}
		b.WriteString(maskUser(user) + "@")
		if address, _, headers := strings.Cut(host, "?"); headers {
			host = address + "?" + masked
		}
		if next, _ := scheme(host); next >= 0 { // several in a row, without brackets
			b.WriteString(host[:next])
			text = host[next:] + rest
			continue
		}
		b.WriteString(host)
		text = rest
	}
}

// scheme finds where the next URI begins, and where its scheme ends; -1 where
// there is none.
func scheme(text string) (at, after int) {
	for i := range len(text) {
		if text[i] != ':' {
			continue
		}
		for _, name := range []string{"sips", "sip", "tel"} {
			if at = i - len(name); at >= 0 && strings.EqualFold(text[at:i], name) {
				return at, i + 1
			}
		}
	}
	return -1, 0
}

// maskUser hides the number in the user part of a URI, and a password.
func maskUser(user string) string {
	if name, _, secret := strings.Cut(user, ":"); secret {
		user = name
	}
	if strings.Contains(user, "%") {
		decoded, err := url.PathUnescape(user)
		if err != nil {
			return masked
		}
		user = url.PathEscape(decoded)
		if digits(decoded) >= 3 {
			user = "+" + strings.Trim(maskDigits(strings.TrimLeft(decoded, "+")), "%") // what follows is no number any more
			user = url.PathEscape(user)
		}
		return user
	}
	return maskNumber(user)
}

// maskNumber hides a number and what is like one in its parameters.
func maskNumber(text string) string {
	number, parameters, more := strings.Cut(text, ";")
	if number = maskDigits(number); more {
		number += ";" + maskRuns(parameters)
	}
	return number
}

// shown is how many digits of a telephone number are left, telephone how many it
// has at least, and least how many make a number of any kind.
const (
	shown     = 3
	telephone = 7
	least     = 3
)

func digits(s string) (n int) {
	for i := range len(s) {
		if s[i] >= '0' && s[i] <= '9' {
			n++
		}
	}
	return n
}

// maskDigits hides the digits of a number: all but the last three of what has as
// many as a telephone number.
func maskDigits(number string) string {
	all := digits(number)
	if all < least {
		return number
	}
	hidden := all
	if all >= telephone {
		hidden = all - shown
	}
	out := []byte(number)
	for i := range out {
		if out[i] >= '0' && out[i] <= '9' && hidden > 0 {
			out[i] = 'x'
			hidden--
		}
	}
	return string(out)
}

// maskRuns hides digits that stand in a row as those of a number do.
func maskRuns(text string) string {
	const run = 5
	out := []byte(text)
	for i := 0; i < len(out); {
		end := i
		for end < len(out) && out[end] >= '0' && out[end] <= '9' {
			end++
		}
		if end-i >= run {
			copy(out[i:end], maskDigits(string(out[i:end])))
		}
		i = max(end, i+1)
	}
	return string(out)
}

// maskSDP hides the keys and the names in a session description.
func maskSDP(body []byte) []byte {
	out := make([]byte, 0, len(body))
	for line := range bytes.Lines(body) {
		text := strings.TrimRight(string(line), "\r\n")
		key, value, ok := strings.Cut(text, "=")
		if !ok || len(key) != 1 {
			continue
		}
		switch key {
		case "o":
			_, rest, _ := strings.Cut(value, " ")
			value = "- " + rest
		case "s":
			value = "-"
		case "i", "u", "e", "p", "k":
			value = masked
		case "a":
			value = maskAttribute(value)
		}
		out = append(out, key+"="+value+"\r\n"...)
	}
	return out
}

// maskKeys hides the keys of RFC 4568, and leaves something as long that reads as
// one: tools look into them. "inline:KEY|LIFETIME|MKI:LENGTH", several with
// semicolons between.
func maskKeys(text string) string {
	var out []string
	for part := range strings.SplitSeq(text, ";") {
		key, inline := strings.CutPrefix(part, "inline:")
		if !inline {
			out = append(out, part)
			continue
		}
		key, lifetime, more := strings.Cut(key, "|")
		key = strings.Repeat("A", len(strings.TrimRight(key, "="))) + key[len(strings.TrimRight(key, "=")):]
		if more {
			key += "|" + lifetime
		}
		out = append(out, "inline:"+key)
	}
	return strings.Join(out, ";")
}

// maskAttribute hides the keys in an attribute: those of RFC 4568, 4567 and 8445.
func maskAttribute(value string) string {
	name, content, _ := strings.Cut(value, ":")
	switch strings.ToLower(name) {
	case "crypto":
		parts := strings.Fields(content)
		for i := 2; i < len(parts); i++ { // after tag and suite: keys, then parameters
			parts[i] = maskKeys(parts[i])
		}
		return "crypto:" + strings.Join(parts, " ")
	case "key-mgmt", "ice-pwd", "ice-ufrag":
		return name + ":" + masked
	}
	return value
}
