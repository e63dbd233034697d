package dialog

import (
	"runtime/debug"
	"slices"
	"strings"

	"github.com/emiago/sipgo/sip"

	"partyline/sip/internal/transport"
)

// What we can do. The transport refuses the rest: 405, 501, 415 and 420.
var (
	methods    = []string{"INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "INFO", "UPDATE", "PRACK", "REFER", "NOTIFY", "SUBSCRIBE"}
	extensions = []string{"timer", "100rel", "replaces", "norefersub"}
	bodies     = []string{"application/sdp"}
)

// allowed are the methods that we name to a peer. SUBSCRIBE is answered, but
// only to say that there is nothing to subscribe to.
var allowed = strings.Join(slices.DeleteFunc(slices.Clone(methods), func(m string) bool { return m == "SUBSCRIBE" }), ", ")

// supported are the extensions that we name to a peer. 100rel is not among
// them: it is used where a peer requires it.
const supported = "timer, replaces, norefersub"

// examined has the transport refuse what we cannot do, unless its owner has
// told it already.
func (c Config) examined() transport.Abilities {
	if c.Transport.Abilities.Methods != nil {
		return c.Transport.Abilities
	}
	serves := methods
	if c.Register != nil {
		serves = append(slices.Clone(methods), string(sip.REGISTER))
	}
	return transport.Abilities{Methods: serves, Extensions: extensions, Bodies: bodies}
}

func abilities() []sip.Header {
	return []sip.Header{
		sip.NewHeader("Allow", allowed),
		sip.NewHeader("Accept", "application/sdp, application/dtmf-relay, application/dtmf"),
		sip.NewHeader("Supported", supported),
	}
}

// accepted are the bodies that we take, for a 415.
func accepted() sip.Header { return abilities()[1] }

func stack() string { return string(debug.Stack()) }

// phrases are the reason phrases of RFC 3261 section 21 and its extensions.
var phrases = map[int]string{
	100: "Trying", 180: "Ringing", 181: "Call Is Being Forwarded", 182: "Queued", 183: "Session Progress", 200: "OK", 202: "Accepted",
	400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed",
	407: "Proxy Authentication Required", 408: "Request Timeout", 415: "Unsupported Media Type", 416: "Unsupported URI Scheme",
	420: "Bad Extension", 421: "Extension Required", 422: "Session Interval Too Small",
	480: "Temporarily Unavailable", 481: "Call/Transaction Does Not Exist", 482: "Loop Detected",
	483: "Too Many Hops", 484: "Address Incomplete", 486: "Busy Here", 487: "Request Terminated",
	488: "Not Acceptable Here", 489: "Bad Event", 491: "Request Pending",
	500: "Server Internal Error", 501: "Not Implemented", 503: "Service Unavailable", 504: "Server Time-out",
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
