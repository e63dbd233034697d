package transport

import (
	"bytes"
	"strconv"
)

// message is a SIP message taken apart just far enough to judge it, to answer
// it without a transaction, and to write it anew in the one form that sipgo
// reads without loss. Its slices point into the bytes that were read.
type message struct {
	line    []byte // the first one
	request bool
	method  []byte // of a request, as it was written
	uri     []byte
	version []byte
	fields  []field
	body    []byte
	broken  bool // a line is not what RFC 3261 section 7 allows
	length  int  // Content-Length; -1 when there is none that can be read
}

// field is one header line, unfolded; value has no blanks around it.
type field struct {
	kind  kind
	name  []byte
	value []byte
}

// kind is a header that we read; the zero kind is any other.
type kind uint8

const (
	other kind = iota
	via
	from
	to
	callID
	cseq
	maxForwards
	contact
	route
	recordRoute
	referTo
	referredBy
	contentLength
	contentType
	contentEncoding
	contentDisposition
	require
	proxyRequire
	accept
)

// headerName is what a header is written as, and what it is to us.
type headerName struct {
	name string
	kind kind
}

// headerNames has the headers that we read and, so that all above sees long
// names only, every compact form that IANA lists.
var headerNames = map[string]headerName{
	"via": {"Via", via}, "v": {"Via", via},
	"from": {"From", from}, "f": {"From", from},
	"to": {"To", to}, "t": {"To", to},
	"call-id": {"Call-ID", callID}, "i": {"Call-ID", callID},
	"cseq":         {"CSeq", cseq},
	"max-forwards": {"Max-Forwards", maxForwards},
	"contact":      {"Contact", contact}, "m": {"Contact", contact},
	"route":        {"Route", route},
	"record-route": {"Record-Route", recordRoute},
	"refer-to":     {"Refer-To", referTo}, "r": {"Refer-To", referTo},
	"referred-by": {"Referred-By", referredBy}, "b": {"Referred-By", referredBy},
	"content-length": {"Content-Length", contentLength}, "l": {"Content-Length", contentLength},
	"content-type": {"Content-Type", contentType}, "c": {"Content-Type", contentType},
	"content-encoding": {"Content-Encoding", contentEncoding}, "e": {"Content-Encoding", contentEncoding},
	"content-disposition": {"Content-Disposition", contentDisposition},
	"require":             {"Require", require},
	"proxy-require":       {"Proxy-Require", proxyRequire},
	"accept":              {"Accept", accept},
	"a":                   {"Accept-Contact", other},
	"d":                   {"Request-Disposition", other},
	"j":                   {"Reject-Contact", other},
	"k":                   {"Supported", other},
	"n":                   {"Identity-Info", other},
	"o":                   {"Event", other},
	"s":                   {"Subject", other},
	"u":                   {"Allow-Events", other},
	"x":                   {"Session-Expires", other},
	"y":                   {"Identity", other},
}

var lineEnd = []byte("\r\n")

// headLength is where the body begins, or 0 while the empty line is missing.
func headLength(data []byte) int {
	if i := bytes.Index(data, []byte("\r\n\r\n")); i >= 0 {
		return i + 4
	}
	return 0
}

// parse takes the head of a message apart, and unfolds it where it stands. It
// reports false for what is no SIP message at all. The body is left to the
// caller, who knows whether it came by datagram or by stream.
func (m *message) parse(head []byte) bool {
	*m = message{fields: m.fields[:0], length: -1}
	head, ended := bytes.CutSuffix(head, []byte("\r\n\r\n"))
	m.broken = !ended
	unfold(head)
	line, rest, _ := bytes.Cut(head, lineEnd)
	if m.line = line; !m.startLine(line) {
		return false
	}
	for len(rest) > 0 {
		line, rest, _ = bytes.Cut(rest, lineEnd)
		m.header(line)
	}
	return true
}

// startLine reads "METHOD uri SIP/2.0" or "SIP/2.0 200 OK".
func (m *message) startLine(line []byte) bool {
	if bytes.HasPrefix(line, []byte("SIP/")) {
		version, status, _ := bytes.Cut(line, []byte(" "))
		code, _, ok := bytes.Cut(status, []byte(" "))
		m.version = version
		m.broken = m.broken || !ok || len(code) != 3 || !digits(code)
		return true
	}
	method, rest, ok := bytes.Cut(line, []byte(" "))
	trimmed := bytes.TrimRight(rest, " ")
	m.broken = m.broken || len(trimmed) < len(rest)
	rest = trimmed
	last := bytes.LastIndexByte(rest, ' ')
	if !ok || last < 0 || !token(method) {
		return false
	}
	m.request, m.method = true, method
	m.uri, m.version = rest[:last], rest[last+1:]
	if bytes.ContainsAny(m.uri, " \t") || bytes.ContainsAny(m.version, " \t") {
		m.broken = true
	}
	return bytes.HasPrefix(m.version, []byte("SIP/"))
}

// header reads one line.
func (m *message) header(line []byte) {
	name, value, ok := bytes.Cut(line, []byte(":"))
	name = bytes.TrimRight(name, " \t")
	if !ok || !token(name) {
		m.broken = true
		return
	}
	if bytes.ContainsAny(value, "\r\n") { // what is left of ends of lines is none
		m.broken = true
	}
	f := field{name: name, value: bytes.TrimSpace(value)}
	var lower [24]byte
	if len(name) <= len(lower) {
		for i, c := range name {
			lower[i] = lowerCase(c)
		}
		f.kind = headerNames[string(lower[:len(name)])].kind
	}
	if f.kind == contentLength {
		n, err := strconv.ParseUint(string(f.value), 10, 31)
		if err != nil || m.length >= 0 {
			m.broken = true
		} else {
			m.length = int(n)
		}
	}
	m.fields = append(m.fields, f)
}

// unfold makes blanks of the line ends that RFC 3261 section 7.3.1 lets a
// header's value be broken by.
func unfold(head []byte) {
	for i := 0; i+2 < len(head); i++ {
		if head[i] == '\r' && head[i+1] == '\n' && (head[i+2] == ' ' || head[i+2] == '\t') {
			head[i], head[i+1] = ' ', ' '
		}
	}
}

// first is the value of the first header of a kind; nil when there is none.
func (m *message) first(k kind) []byte {
	for _, f := range m.fields {
		if f.kind == k {
			return f.value
		}
	}
	return nil
}

// count tells how many header lines there are of a kind.
func (m *message) count(k kind) (n int) {
	for _, f := range m.fields {
		if f.kind == k {
			n++
		}
	}
	return n
}

// is tells whether a request has this method.
func (m *message) is(method string) bool { return m.request && string(m.method) == method }

// initial tells whether an INVITE asks for a new dialog.
func (m *message) initial() bool {
	tag, _ := parameter(m.first(to), "tag")
	return m.is("INVITE") && len(tag) == 0
}

// appendTo writes the message in the one form that sipgo reads without loss:
// long header names, one element a line, no blanks within parameters, their
// names in lower case.
func (m *message) appendTo(out []byte) []byte {
	out = append(append(out, m.line...), lineEnd...)
	for _, f := range m.fields {
		switch f.kind {
		case contentLength:
		case via, contact, route, recordRoute:
			for element, rest := cutElement(f.value); len(element) > 0; element, rest = cutElement(rest) {
				out = f.appendName(out)
				if f.kind == via {
					out = appendVia(out, element)
				} else {
					out = appendTidy(out, element)
				}
				out = append(out, lineEnd...)
			}
		case from, to, referTo, referredBy:
			out = append(appendTidy(f.appendName(out), f.value), lineEnd...)
		case cseq:
			number, method, _ := cutBlank(f.value)
			out = append(append(f.appendName(out), number...), ' ')
			out = append(append(out, method...), lineEnd...)
		default:
			out = append(append(f.appendName(out), f.value...), lineEnd...)
		}
	}
	out = append(out, "Content-Length: "...)
	out = strconv.AppendInt(out, int64(len(m.body)), 10)
	out = append(out, "\r\n\r\n"...)
	return append(out, m.body...)
}

// appendName writes a header's long name and the colon.
func (f field) appendName(out []byte) []byte {
	var lower [24]byte
	if len(f.name) <= len(lower) {
		for i, c := range f.name {
			lower[i] = lowerCase(c)
		}
		if long, ok := headerNames[string(lower[:len(f.name)])]; ok {
			return append(append(out, long.name...), ": "...)
		}
	}
	return append(append(out, f.name...), ": "...)
}
