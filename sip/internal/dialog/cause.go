package dialog

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// Cause is the content of a Reason header (RFC 3326). The zero value is none.
type Cause struct {
	Protocol string // "SIP" or "Q.850"
	Code     int
	Text     string
}

// String gives the header's value; it is empty for the zero Cause.
func (c Cause) String() string {
	if c == (Cause{}) {
		return ""
	}
	s := fmt.Sprintf("%s;cause=%d", c.Protocol, c.Code)
	if c.Text != "" {
		s += `;text="` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(c.Text) + `"`
	}
	return s
}

// header gives the Reason header, or nil for the zero Cause.
func (c Cause) header() sip.Header {
	if c == (Cause{}) {
		return nil
	}
	return sip.NewHeader("Reason", c.String())
}

// causeOf reads the first Reason header of a message.
func causeOf(msg sip.Message) Cause {
	headers := msg.GetHeaders("Reason")
	if len(headers) == 0 {
		return Cause{}
	}
	return parseCause(headers[0].Value())
}

// parseCause reads a Reason header's value; what it does not understand is left
// zero.
func parseCause(value string) Cause {
	first, named := parameters(value)
	c := Cause{Protocol: first, Text: named["text"]}
	if n, err := strconv.ParseUint(named["cause"], 10, 16); err == nil {
		c.Code = int(n)
	}
	return c
}

// cutUnquoted cuts s at the first sep outside quotes.
func cutUnquoted(s string, sep byte) (before, after string) {
	quoted := false
	for i := 0; i < len(s); i++ {
		switch {
		case quoted && s[i] == '\\':
			i++
		case s[i] == '"':
			quoted = !quoted
		case s[i] == sep && !quoted:
			return s[:i], s[i+1:]
		}
	}
	return s, ""
}

// Ending is how a call ended.
type Ending struct {
	How   How
	Cause Cause // the Reason header that came or went with it
}

// How a call ended.
type How uint8

// The ways a call ends.
const (
	Cancelled   How = iota + 1 // by the caller, before the answer
	Refused                    // by us, before the answer
	PeerHungUp                 // BYE from the peer
	WeHungUp                   // BYE from us
	Unconfirmed                // our answer was never ACKed
	Lost                       // a request within the call went unanswered or unrecognised
	Expired                    // nobody refreshed the session (RFC 4028)
	Unanswered                 // a branch of a call that we placed, which was answered elsewhere or not at all
)

// OurBYE tells whether it takes a BYE of ours, which may still be on its way when
// Done is closed.
func (h How) OurBYE() bool { return h == WeHungUp || h == Unconfirmed || h == Expired }

// String names the way as a log line would.
func (h How) String() string {
	names := [...]string{"", "cancelled", "refused", "peer hung up", "we hung up", "answer never confirmed", "lost", "session expired", "unanswered"}
	if int(h) < len(names) {
		return names[h]
	}
	return ""
}
