package dialog

import (
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// replacement is a Replaces header: a call whose place a new one is to take.
type replacement struct {
	call, toTag, fromTag string
	earlyOnly            bool
}

// parseReplaces reads a Replaces header's value: RFC 3891 section 6.1.
func parseReplaces(text string) (replacement, bool) {
	call, named := parameters(text)
	r := replacement{call: call, toTag: named["to-tag"], fromTag: named["from-tag"]}
	_, r.earlyOnly = named["early-only"]
	return r, r.call != "" && r.toTag != "" && r.fromTag != "" && !strings.ContainsAny(r.call, " \t")
}

// replaced finds the call that an INVITE is to replace: RFC 3891 section 3. A
// status other than 0 refuses the INVITE.
func (e *Endpoint) replaced(req *sip.Request) (*Dialog, int) {
	texts := values(req, "Replaces")
	if len(texts) == 0 {
		return nil, 0
	}
	r, ok := parseReplaces(texts[0])
	if !ok || len(texts) > 1 {
		return nil, sip.StatusBadRequest
	}
	id := identity{r.call, r.toTag, r.fromTag}
	if r.fromTag == "0" { // a peer of RFC 2543 has none
		id.remoteTag = ""
	}
	e.mu.Lock()
	d := e.dialogs[id]
	e.mu.Unlock()
	switch {
	case d == nil && e.ended.knows(id, time.Now()):
		return nil, sip.StatusGlobalDecline
	case d == nil:
		return nil, sip.StatusCallTransactionDoesNotExists
	case d.at(standing) && r.earlyOnly:
		return nil, sip.StatusBusyHere
	case !d.at(standing) && d.tx != nil: // not ours to give away before it is answered
		return nil, sip.StatusCallTransactionDoesNotExists
	}
	return d, 0
}

// Named finds the call of ours that the value of a Replaces header names; nil
// where none stands.
func (e *Endpoint) Named(replaces string) *Dialog {
	r, ok := parseReplaces(replaces)
	if !ok {
		return nil
	}
	e.mu.Lock()
	d := e.dialogs[identity{r.call, r.toTag, r.fromTag}]
	e.mu.Unlock()
	if d == nil || !d.at(standing) {
		return nil
	}
	return d
}
