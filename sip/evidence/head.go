package evidence

import (
	"bytes"
	"strconv"
	"strings"
)

// Head is what tells one SIP message from another.
type Head struct {
	Method   string // of a request, empty for a response
	Status   int    // of a response, 0 for a request
	Call     string // Call-ID
	Sequence uint32
	Of       string // method in CSeq
	ToTag    string
	Branch   string // of the topmost Via
	Reason   string // value of the first Reason header
	Agent    string // User-Agent or Server
}

// Read reads the head of a message; false where it has no start line or no
// Call-ID.
func Read(data []byte) (Head, bool) {
	var h Head
	line, fields, _ := cutHead(data)
	if !h.start(line) {
		return h, false
	}
	for name, value := range fields {
		switch strings.ToLower(name) {
		case "call-id", "i":
			h.Call = value
		case "cseq":
			number, method, _ := strings.Cut(value, " ")
			n, err := strconv.ParseUint(number, 10, 32)
			if err != nil {
				return h, false
			}
			h.Sequence, h.Of = uint32(n), strings.TrimSpace(method)
		case "to", "t":
			h.ToTag = parameter(value, "tag")
		case "via", "v":
			if h.Branch == "" {
				first, _, _ := strings.Cut(value, ",")
				h.Branch = parameter(first, "branch")
			}
		case "reason":
			if h.Reason == "" {
				h.Reason = value
			}
		case "user-agent", "server":
			h.Agent = value
		}
	}
	return h, h.Call != ""
}

// start reads the start line.
func (h *Head) start(line []byte) bool {
	first, rest, ok := strings.Cut(string(line), " ")
	if !ok {
		return false
	}
	if strings.HasPrefix(first, "SIP/") {
		status, _, _ := strings.Cut(rest, " ")
		n, err := strconv.Atoi(status)
		h.Status = n
		return err == nil && n >= 100 && n < 700
	}
	h.Method = first
	return strings.HasSuffix(strings.TrimRight(rest, " "), " SIP/2.0")
}

// Sort names the message as an arrow does: "INVITE", "200".
func (h Head) Sort() string {
	if h.Status != 0 {
		return strconv.Itoa(h.Status)
	}
	return h.Method
}

// cutHead cuts a message into its start line, its headers as pairs of names and
// values, unfolded, and its body.
func cutHead(data []byte) (line []byte, fields func(yield func(name, value string) bool), body []byte) {
	head, body, _ := bytes.Cut(data, []byte("\r\n\r\n"))
	line, rest, _ := bytes.Cut(head, []byte("\r\n"))
	return line, func(yield func(name, value string) bool) {
		for len(rest) > 0 {
			var field string
			field, rest = cutField(rest)
			name, value, ok := strings.Cut(field, ":")
			if ok && !yield(strings.TrimSpace(name), strings.TrimSpace(value)) {
				return
			}
		}
	}, body
}

// cutField cuts the next header off, with the lines that it is folded into (RFC
// 3261 section 7.3.1).
func cutField(rest []byte) (field string, left []byte) {
	var b strings.Builder
	for {
		line, more, _ := bytes.Cut(rest, []byte("\r\n"))
		b.Write(line)
		rest = more
		if len(rest) == 0 || rest[0] != ' ' && rest[0] != '\t' {
			return b.String(), rest
		}
	}
}

// parameter is a parameter of a header outside of <>; empty where there is none.
func parameter(value, name string) string {
	if _, after, ok := strings.Cut(value, ">"); ok {
		value = after
	}
	for part := range strings.SplitSeq(value, ";") {
		key, found, _ := strings.Cut(part, "=")
		if strings.EqualFold(strings.TrimSpace(key), name) {
			return strings.TrimSpace(found)
		}
	}
	return ""
}
