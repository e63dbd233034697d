package transport

import (
	"bytes"
	"encoding/hex"
	"hash/maphash"
	"net/netip"
	"strconv"
	"strings"
)

// phrases are the reason phrases of the statuses given here.
var phrases = map[int]string{
	400: "Bad Request", 405: "Method Not Allowed", 406: "Not Acceptable", 415: "Unsupported Media Type",
	416: "Unsupported URI Scheme", 420: "Bad Extension", 482: "Loop Detected", 483: "Too Many Hops",
	501: "Not Implemented", 503: "Service Unavailable", 505: "Version Not Supported", 513: "Message Too Large",
}

// tagMark begins the To tags of answers without a transaction.
const tagMark = "pls-"

// replier answers requests without a transaction: it keeps nothing, and says
// the same again to a repeated request (RFC 3261 section 8.2.7).
type replier struct {
	seed maphash.Seed
}

// tag is what a request's To is tagged with: the same for the request, its
// repetitions, and the ACK that follows.
func (r replier) tag(m *message) string {
	var h maphash.Hash
	h.SetSeed(r.seed)
	_, _ = h.Write(m.first(callID))
	number, _, _ := cutBlank(m.first(cseq))
	_, _ = h.Write(number)
	return tagMark + hex.EncodeToString(h.Sum(nil))
}

// owns tells whether an ACK acknowledges an answer given here: it ends here too.
func (r replier) owns(m *message) bool {
	tag, _ := parameter(m.first(to), "tag")
	return m.is("ACK") && bytes.HasPrefix(tag, []byte(tagMark)) && string(tag) == r.tag(m)
}

// appendTo writes the answer to a request that came from a source.
func (r replier) appendTo(out []byte, m *message, why refusal, source netip.AddrPort) []byte {
	out = append(out, "SIP/2.0 "...)
	out = strconv.AppendInt(out, int64(why.status), 10)
	out = append(append(append(out, ' '), phrases[why.status]...), lineEnd...)
	top := true
	for _, f := range m.fields {
		if f.kind == via {
			for element, rest := cutElement(f.value); len(element) > 0; element, rest = cutElement(rest) {
				out = append(out, "Via: "...)
				if top {
					out = appendReceived(out, element, source)
				} else {
					out = append(out, element...)
				}
				out, top = append(out, lineEnd...), false
			}
		}
	}
	for _, k := range [...]kind{from, to, callID, cseq} {
		value := m.first(k)
		if value == nil {
			continue
		}
		out = append(append(out, [...]string{from: "From: ", to: "To: ", callID: "Call-ID: ", cseq: "CSeq: "}[k]...), value...)
		if k == to {
			if _, tagged := parameter(value, "tag"); !tagged {
				out = append(append(out, ";tag="...), r.tag(m)...)
			}
		}
		out = append(out, lineEnd...)
	}
	for _, h := range why.headers {
		if h != "" {
			out = append(append(out, h...), lineEnd...)
		}
	}
	return append(out, "Content-Length: 0\r\n\r\n"...)
}

// appendReceived writes the topmost Via with a note of where the request came
// from (RFC 3261 section 18.2.1, RFC 3581 section 4).
func appendReceived(out, element []byte, source netip.AddrPort) []byte {
	protocol, sentBy, parameters := cutVia(element)
	if protocol == nil {
		return append(out, element...)
	}
	out = append(append(append(out, protocol...), ' '), sentBy...)
	host, _, _ := cutPort(sentBy)
	said, err := netip.ParseAddr(strings.Trim(string(host), "[]"))
	note := err != nil || said.Unmap() != source.Addr()
	for len(parameters) > 0 {
		var p []byte
		p, parameters = cutParameter(parameters)
		switch name, value, _ := bytes.Cut(p, []byte("=")); {
		case equalFold(bytes.TrimSpace(name), "received"):
		case equalFold(bytes.TrimSpace(name), "rport") && len(value) == 0:
			out = strconv.AppendUint(append(out, ";rport="...), uint64(source.Port()), 10)
			note = true
		default:
			out = append(append(out, ';'), p...)
		}
	}
	if note {
		out = source.Addr().AppendTo(append(out, ";received="...))
	}
	return out
}

// back is where the answer to a datagram goes: to its source where the peer
// asks for that, and otherwise to the port that its Via names (RFC 3261 section
// 18.2.2).
func back(m *message, source netip.AddrPort) netip.AddrPort {
	top, _ := cutElement(m.first(via))
	if _, ok := parameter(top, "rport"); ok {
		return source
	}
	_, sentBy, _ := cutVia(top)
	if sentBy == nil {
		return source
	}
	_, port, colon := cutPort(sentBy)
	if !colon {
		return netip.AddrPortFrom(source.Addr(), 5060)
	}
	n, err := strconv.ParseUint(string(bytes.TrimSpace(port)), 10, 16)
	if err != nil || n == 0 {
		return source
	}
	return netip.AddrPortFrom(source.Addr(), uint16(n))
}
