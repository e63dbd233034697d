package transport

import (
	"bytes"
	"strconv"
)

// scheme is a URI's scheme: "sip", "sips", "tel", "?" for any other, and empty
// when it has none.
func scheme(uri []byte) string {
	name, _, ok := bytes.Cut(uri, []byte(":"))
	if !ok || len(name) == 0 || len(name) > 64 {
		return ""
	}
	for i, c := range name {
		letter := lowerCase(c) >= 'a' && lowerCase(c) <= 'z'
		if !letter && (i == 0 || (c < '0' || c > '9') && c != '+' && c != '-' && c != '.') {
			return ""
		}
	}
	for _, known := range [...]string{"sip", "sips", "tel"} {
		if equalFold(name, known) {
			return known
		}
	}
	return "?"
}

// wellFormedURI checks a URI: any scheme's for blanks and brackets, and those
// of SIP for user, host and port as well (RFC 3261 section 19.1.1).
func wellFormedURI(uri []byte) bool {
	name := scheme(uri)
	_, rest, _ := bytes.Cut(uri, []byte(":"))
	if name == "" || len(rest) == 0 {
		return false
	}
	for _, c := range uri {
		if c <= ' ' || c == 0x7f || c == '<' || c == '>' || c == '"' {
			return false
		}
	}
	if name != "sip" && name != "sips" {
		return true
	}
	if user, host, ok := bytes.Cut(rest, []byte("@")); ok {
		if len(user) == 0 || bytes.ContainsAny(user, "[]") || bytes.IndexByte(host, '@') >= 0 {
			return false
		}
		rest = host
	}
	host := rest
	if end := bytes.IndexAny(rest, ";?"); end >= 0 {
		host = rest[:end]
	}
	host, port, colon := cutPort(host)
	return wellFormedHost(host) && (!colon || wellFormedPort(port))
}

// readableURI checks the URI of an address, of which sipgo reads only schemes that
// are letters alone.
func readableURI(uri []byte) bool {
	name, _, _ := bytes.Cut(uri, []byte(":"))
	for _, c := range name {
		if lowerCase(c) < 'a' || lowerCase(c) > 'z' {
			return false
		}
	}
	return wellFormedURI(uri)
}

// hasHeaders tells whether a SIP URI has headers, which a request's may not
// (RFC 3261 section 19.1.1). A user may have question marks of his own.
func hasHeaders(uri []byte) bool {
	if i := bytes.IndexByte(uri, '@'); i >= 0 {
		uri = uri[i:]
	}
	return bytes.IndexByte(uri, '?') >= 0
}

// cutPort takes a port off a host; one in brackets has colons of its own.
func cutPort(host []byte) (name, port []byte, colon bool) {
	start := max(0, bytes.IndexByte(host, ']'))
	if i := bytes.IndexByte(host[start:], ':'); i >= 0 {
		return host[:start+i], host[start+i+1:], true
	}
	return host, nil, false
}

// wellFormedHost checks the characters of a name or address. It looks no closer
// at IPv6, whose three colons in a row RFC 5118 section 4.10 wants tolerated.
func wellFormedHost(host []byte) bool {
	if inner, ok := bytes.CutPrefix(host, []byte("[")); ok {
		inner, ok = bytes.CutSuffix(inner, []byte("]"))
		if !ok || len(inner) < 2 || len(inner) > 39 { // sipgo looks no further for the bracket
			return false
		}
		for _, c := range inner {
			hex := c >= '0' && c <= '9' || lowerCase(c) >= 'a' && lowerCase(c) <= 'f'
			if !hex && c != ':' && c != '.' {
				return false
			}
		}
		return true
	}
	for _, c := range host {
		letter := lowerCase(c) >= 'a' && lowerCase(c) <= 'z'
		if !letter && (c < '0' || c > '9') && c != '-' && c != '.' && c != '_' {
			return false
		}
	}
	return len(host) > 0
}

func wellFormedPort(port []byte) bool {
	n, err := strconv.ParseUint(string(port), 10, 16)
	return err == nil && n > 0
}
