package transport

import (
	"bytes"
	"slices"
	"strconv"
	"strings"
)

// Abilities are what the layers above can do, so that what they cannot is
// refused before it reaches them. In each list, nil leaves the matter to them.
type Abilities struct {
	Methods    []string // requests served; a known one that is not gets 405, any other 501
	Extensions []string // option tags; a request that requires another gets 420
	Bodies     []string // media types of INVITE, UPDATE and PRACK, such as "application/sdp"; others get 415
}

// refusal is the answer to a request that nothing above shall see.
type refusal struct {
	status  int // 0: no refusal
	headers [2]string
}

// knownMethods are those of the IANA registry: not serving one is 405, not
// knowing one 501.
var knownMethods = []string{
	"ACK", "BYE", "CANCEL", "INFO", "INVITE", "MESSAGE", "NOTIFY", "OPTIONS", "PRACK", "PUBLISH", "REFER", "REGISTER", "SUBSCRIBE", "UPDATE",
}

// refuse examines a request as RFC 3261 section 8.2 asks, in its order, after
// what must be right before a message can be understood at all.
func (a Abilities) refuse(m *message) refusal {
	switch {
	case m.first(via) == nil || string(m.version) == "SIP/2.0" && m.malformed():
		return refusal{status: 400}
	case string(m.version) != "SIP/2.0":
		return refusal{status: 505}
	}
	if r := a.method(m); r.status != 0 {
		return r
	}
	if scheme(m.uri) == "?" || m.is("REGISTER") && scheme(addressURI(m.first(to))) == "?" {
		return refusal{status: 416}
	}
	if hops := m.first(maxForwards); hops != nil && len(bytes.Trim(hops, "0")) == 0 {
		return refusal{status: 483}
	}
	if missing := a.unsupported(m); missing != "" {
		return refusal{status: 420, headers: [2]string{"Unsupported: " + missing}}
	}
	return a.body(m)
}

func (a Abilities) method(m *message) refusal {
	if a.Methods == nil || slices.Contains(a.Methods, string(m.method)) {
		return refusal{}
	}
	r := refusal{status: 501, headers: [2]string{"Allow: " + strings.Join(a.Methods, ", ")}}
	if slices.Contains(knownMethods, string(m.method)) {
		r.status = 405
	}
	return r
}

// unsupported lists the extensions that a request insists on and that nobody
// above has. ACK and CANCEL may not be refused for them (RFC 3261 section 8.2.2.3).
func (a Abilities) unsupported(m *message) string {
	if a.Extensions == nil || m.is("ACK") || m.is("CANCEL") {
		return ""
	}
	var missing []string
	for _, f := range m.fields {
		if f.kind != require && f.kind != proxyRequire {
			continue
		}
		for tag, rest := cutElement(f.value); len(tag) > 0; tag, rest = cutElement(rest) {
			if !slices.ContainsFunc(a.Extensions, func(has string) bool { return equalFold(tag, has) }) {
				missing = append(missing, string(tag))
			}
		}
	}
	return strings.Join(missing, ", ")
}

// body checks that a body can be read, and that the answer to it would be.
func (a Abilities) body(m *message) refusal {
	if a.Bodies == nil || !m.is("INVITE") && !m.is("UPDATE") && !m.is("PRACK") {
		return refusal{}
	}
	if m.is("INVITE") && !a.readable(m) {
		return refusal{status: 406, headers: [2]string{"Accept: " + strings.Join(a.Bodies, ", ")}}
	}
	handling, _ := parameter(m.first(contentDisposition), "handling")
	if len(m.body) == 0 || equalFold(handling, "optional") {
		return refusal{}
	}
	if coding := m.first(contentEncoding); coding != nil && !equalFold(coding, "identity") {
		return refusal{status: 415, headers: [2]string{"Accept: " + strings.Join(a.Bodies, ", "), "Accept-Encoding: identity"}}
	}
	if !slices.ContainsFunc(a.Bodies, func(has string) bool { return equalFold(mediaType(m.first(contentType)), has) }) {
		return refusal{status: 415, headers: [2]string{"Accept: " + strings.Join(a.Bodies, ", "), "Accept-Encoding: identity"}}
	}
	return refusal{}
}

// readable tells whether the peer takes one of our bodies; one that does not
// say what it takes takes SDP (RFC 3261 section 20.1).
func (a Abilities) readable(m *message) bool {
	said := false
	for _, f := range m.fields {
		if f.kind != accept {
			continue
		}
		said = true
		for element, rest := cutElement(f.value); len(element) > 0; element, rest = cutElement(rest) {
			got := mediaType(element)
			if equalFold(got, "*/*") || slices.ContainsFunc(a.Bodies, func(has string) bool {
				major, _, _ := strings.Cut(has, "/")
				return equalFold(got, has) || equalFold(got, major+"/*")
			}) {
				return true
			}
		}
	}
	return !said
}

func mediaType(value []byte) []byte {
	media, _, _ := bytes.Cut(value, []byte(";"))
	return bytes.TrimSpace(media)
}

// single are the headers of which there must not be two; those of the first
// half every request has.
var single = [...]kind{from, to, callID, cseq, maxForwards, contentLength, contentType}

// malformed tells whether a message, request or response, is one that RFC 3261
// gives no meaning to: what it needs is missing, doubled or cannot be read.
func (m *message) malformed() bool {
	if m.broken || m.count(via) == 0 {
		return true
	}
	for i, k := range single {
		if n := m.count(k); n > 1 || n == 0 && i < 4 {
			return true
		}
	}
	for _, f := range m.fields {
		if !wellFormed(f) {
			return true
		}
	}
	number, method, _ := cutBlank(m.first(cseq))
	if n, err := strconv.ParseUint(string(number), 10, 31); err != nil || n > 1<<31-1 || !token(method) {
		return true
	}
	if !m.request {
		return false
	}
	tag, _ := parameter(m.first(from), "tag")
	return len(tag) == 0 || !bytes.Equal(method, m.method) || !wellFormedURI(m.uri) || hasHeaders(m.uri)
}

// wellFormed checks the headers that sipgo or the layers above take apart.
func wellFormed(f field) bool {
	switch f.kind {
	case via:
		return every(f.value, wellFormedVia)
	case from, to:
		tag, tagged := parameter(f.value, "tag")
		return wellFormedAddress(f.value) && (!tagged || len(tag) == 0 || token(tag))
	case referTo, referredBy:
		return wellFormedAddress(f.value)
	case contact:
		return string(f.value) == "*" || every(f.value, wellFormedAddress)
	case route, recordRoute:
		return every(f.value, func(a []byte) bool { return wellFormedAddress(a) && bytes.IndexByte(a, '<') >= 0 })
	case callID:
		return len(f.value) > 0 && !bytes.ContainsAny(f.value, " \t")
	case maxForwards:
		n, err := strconv.ParseUint(string(f.value), 10, 31)
		return err == nil && n <= 255
	case contentType:
		return bytes.IndexByte(mediaType(f.value), '/') > 0
	default:
		return true
	}
}

// every checks each element of a list, of which there must be one.
func every(list []byte, check func([]byte) bool) bool {
	for {
		if bytes.HasPrefix(list, []byte(",")) || bytes.HasSuffix(list, []byte(",")) {
			return false
		}
		var element []byte
		if element, list = cutElement(list); !check(element) {
			return false
		}
		if len(list) == 0 {
			return true
		}
	}
}

func wellFormedVia(element []byte) bool {
	protocol, sentBy, parameters := cutVia(element)
	if bytes.Count(protocol, []byte("/")) != 2 || bytes.ContainsAny(parameters, ",\"") {
		return false
	}
	for part := range bytes.SplitSeq(protocol, []byte("/")) {
		if !token(bytes.TrimSpace(part)) {
			return false
		}
	}
	for rest := parameters; len(rest) > 0; {
		var p []byte
		if p, rest = cutParameter(rest); len(p) == 0 {
			return false
		}
	}
	host, port, colon := cutPort(sentBy)
	return wellFormedHost(bytes.TrimSpace(host)) && (!colon || wellFormedPort(bytes.TrimSpace(port)))
}

// wellFormedAddress checks a name-addr or addr-spec with its parameters.
func wellFormedAddress(value []byte) bool {
	for rest := afterAddress(value); len(rest) > 0; {
		var p []byte
		p, rest = cutParameter(rest)
		if !wellFormedParameter(p) {
			return false
		}
	}
	display, uri, bracketed := cutAddress(value)
	if !bracketed {
		return len(display) == 0 && readableURI(uri) && !bytes.ContainsAny(uri, "?,")
	}
	if len(display) > 0 && display[0] == '"' {
		return readableURI(uri) && quotedString(display)
	}
	for _, c := range display { // a display name is tokens, or else quoted
		if !tokenCharacter(c) && !blank(c) && c < 0x80 {
			return false
		}
	}
	return readableURI(uri)
}

// wellFormedParameter checks name, name=value or name="value"; one that is not
// there at all is tolerated, as many send ";" at the end.
func wellFormedParameter(p []byte) bool {
	name, value, _ := bytes.Cut(p, []byte("="))
	name, value = bytes.TrimSpace(name), bytes.TrimSpace(value)
	if len(value) > 0 && value[0] == '"' {
		return token(name) && quotedString(value)
	}
	return len(p) == 0 || token(name) && !bytes.ContainsAny(value, "=\"<>")
}

// cutAddress finds the URI of an address. Without brackets everything after the
// first ';' is parameters of the header (RFC 3261 section 20).
func cutAddress(value []byte) (display, uri []byte, bracketed bool) {
	at, open := indexUnquoted(value, "<;")
	switch {
	case open:
		return nil, nil, false
	case at < 0:
		return nil, value, false
	case value[at] == ';':
		return nil, bytes.TrimSpace(value[:at]), false
	}
	end := bytes.IndexByte(value[at:], '>')
	if end < 0 {
		return nil, nil, false
	}
	return bytes.TrimSpace(value[:at]), value[at+1 : at+end], true
}

// addressURI is the URI of an address.
func addressURI(value []byte) []byte {
	_, uri, _ := cutAddress(value)
	return uri
}

// quotedString tells whether a display name is one quoted string.
func quotedString(s []byte) bool {
	for i := 1; i < len(s); i++ {
		if s[i] == '\\' {
			i++
		} else if s[i] == '"' {
			return i == len(s)-1
		}
	}
	return false
}
