package dialog

import (
	"runtime/debug"
	"slices"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// allowed are the methods we serve; known are those we have heard of.
const (
	allowed = "INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE"
	known   = "REGISTER SUBSCRIBE NOTIFY REFER MESSAGE PRACK PUBLISH"
)

func abilities() []sip.Header {
	return []sip.Header{
		sip.NewHeader("Allow", allowed),
		sip.NewHeader("Accept", "application/sdp, application/dtmf-relay, application/dtmf"),
	}
}

// examine checks a request as RFC 3261 section 8.2 asks, in its order. It
// returns the status that refuses it, or 0.
func examine(req *sip.Request) (status int, headers []sip.Header) {
	if incomplete(req) {
		return sip.StatusBadRequest, nil
	}
	if req.SipVersion != "SIP/2.0" {
		return sip.StatusVersionNotSupported, nil
	}
	if status := methodStatus(req.Method); status != 0 {
		return status, []sip.Header{sip.NewHeader("Allow", allowed)}
	}
	switch strings.ToLower(req.Recipient.Scheme) {
	case "sip", "sips", "tel":
	default:
		return sip.StatusRequestedRangeNotSatisfiable, nil // 416 Unsupported URI Scheme
	}
	if hops := req.MaxForwards(); hops != nil && *hops == 0 {
		return sip.StatusTooManyHops, nil
	}
	if required := requirements(req); required != "" && !req.IsCancel() {
		return sip.StatusBadExtension, []sip.Header{sip.NewHeader("Unsupported", required)}
	}
	if !understandsBody(req) {
		return sip.StatusUnsupportedMediaType, abilities()[1:]
	}
	return 0, nil
}

// incomplete tells whether a header that every request has is missing, or
// contradicts the request line.
func incomplete(req *sip.Request) bool {
	if req.Via() == nil || req.From() == nil || req.To() == nil || req.CallID() == nil || req.CSeq() == nil {
		return true
	}
	tag, ok := req.From().Params.Get("tag")
	return !ok || tag == "" || req.CSeq().MethodName != req.Method
}

func methodStatus(method sip.RequestMethod) int {
	switch {
	case slices.Contains(strings.Split(allowed, ", "), string(method)):
		return 0
	case slices.Contains(strings.Fields(known), string(method)):
		return sip.StatusMethodNotAllowed
	default:
		return sip.StatusNotImplemented
	}
}

// requirements lists the extensions that a request insists on. We have none.
func requirements(req *sip.Request) string {
	var tags []string
	for _, h := range req.GetHeaders("Require") {
		if v := strings.TrimSpace(h.Value()); v != "" {
			tags = append(tags, v)
		}
	}
	return strings.Join(tags, ", ")
}

// understandsBody tells whether an offer's body is SDP and not compressed.
func understandsBody(req *sip.Request) bool {
	if len(req.Body()) == 0 {
		return true
	}
	if h := req.GetHeader("Content-Encoding"); h != nil && !strings.EqualFold(h.Value(), "identity") {
		return false
	}
	if req.Method != sip.INVITE && req.Method != sip.UPDATE {
		return true
	}
	return contentType(req) == "application/sdp"
}

// contentType is the media type of a message's body, in lower case and without
// parameters; empty when it says none.
func contentType(msg sip.Message) string {
	headers := msg.GetHeaders("Content-Type")
	if len(headers) == 0 {
		return ""
	}
	media, _, _ := strings.Cut(headers[0].Value(), ";")
	return strings.ToLower(strings.TrimSpace(media))
}

func callID(msg sip.Message) string {
	if id := msg.CallID(); id != nil {
		return id.Value()
	}
	return ""
}

func stack() string { return string(debug.Stack()) }

// phrases are the reason phrases of RFC 3261 section 21 and its extensions.
var phrases = map[int]string{
	100: "Trying", 180: "Ringing", 183: "Session Progress", 200: "OK",
	400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
	408: "Request Timeout", 415: "Unsupported Media Type", 416: "Unsupported URI Scheme", 420: "Bad Extension",
	480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist", 482: "Loop Detected",
	483: "Too Many Hops", 484: "Address Incomplete", 486: "Busy Here", 487: "Request Terminated",
	488: "Not Acceptable Here", 491: "Request Pending",
	500: "Server Internal Error", 501: "Not Implemented", 503: "Service Unavailable",
	505: "Version Not Supported", 513: "Message Too Large", 603: "Decline",
}

func phrase(status int) string {
	if p, ok := phrases[status]; ok {
		return p
	}
	switch {
	case status < 200:
		return "Session Progress"
	case status < 300:
		return "OK"
	default:
		return "Refused"
	}
}
