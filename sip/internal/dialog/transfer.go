package dialog

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"sync"

	"github.com/emiago/sipgo/sip"

	"partyline/sip/internal/transport"
)

// Referral is a peer's wish that we call somebody else: a REFER that was
// accepted (RFC 3515). Its methods may be called from any goroutine.
type Referral struct {
	To sip.Uri // whom to call, without headers
	// Replaces, where not empty, is the Replaces header for that call: an
	// attended transfer, at whose far end it takes the place of another.
	Replaces string
	By       string // Referred-By header for that call (RFC 3892); may be empty

	d    *Dialog
	id   string // of the subscription: ";id=…", empty for the first REFER of a call
	mute bool   // the peer wants no reports (RFC 4488)

	mu      sync.Mutex // guards what follows
	reports []string   // to be sent
	busy    bool       // somebody is sending
	over    bool       // the final report was made
}

// Headers are what a call that carries out the referral adds to its INVITE.
func (r *Referral) Headers() []sip.Header {
	var headers []sip.Header
	if r.Replaces != "" {
		headers = append(headers, sip.NewHeader("Replaces", r.Replaces), sip.NewHeader("Require", "replaces"))
	}
	if r.By != "" {
		headers = append(headers, sip.NewHeader("Referred-By", r.By))
	}
	return headers
}

// User is the user part of whom to call; of a tel URI, the number.
func (r *Referral) User() string { return user(r.To) }

// Report tells the peer how the referral goes, as the status of the new call:
// 180, 200, 486 … A final one ends the subscription; what comes after it is not
// sent. It does not wait, also goes on after the call's own BYE, and keeps the
// order.
func (r *Referral) Report(status int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.over || r.mute {
		return
	}
	r.over = status >= 200
	r.reports = append(r.reports, fmt.Sprintf("SIP/2.0 %d %s", status, phrase(status)))
	if !r.busy {
		r.busy = r.d.e.spawn(r.deliver)
	}
}

// deliver sends the reports that are due, one after the other.
func (r *Referral) deliver() {
	for {
		r.mu.Lock()
		if len(r.reports) == 0 {
			r.busy = false
			r.mu.Unlock()
			return
		}
		line := r.reports[0]
		r.reports = r.reports[1:]
		state := "active;expires=60"
		if r.over && len(r.reports) == 0 {
			state = "terminated;reason=noresource"
		}
		r.mu.Unlock()
		ctx, cancel := context.WithTimeout(context.Background(), 8*r.d.e.cfg.T1)
		_, err := r.d.request(ctx, sip.NOTIFY, []byte(line+"\r\n"), sip.NewHeader("Event", "refer"+r.id),
			sip.NewHeader("Subscription-State", state), sip.NewHeader("Content-Type", "message/sipfrag;version=2.0"))
		cancel()
		var refused *Rejected
		if errors.As(err, &refused) { // they do not want to know
			r.mu.Lock()
			r.over, r.reports = true, nil
			r.mu.Unlock()
		}
	}
}

// referred takes a REFER.
func (d *Dialog) referred(in transport.Incoming) {
	refer := d.handle().Referred
	if refer == nil {
		d.e.respond(in, sip.StatusMethodNotAllowed, abilities()[0])
		return
	}
	r, status := d.newReferral(in.Request)
	if status != 0 {
		d.e.respond(in, status)
		return
	}
	if err := refer(r); err != nil {
		refused := &Rejected{Status: sip.StatusGlobalDecline}
		errors.As(err, &refused)
		headers := []sip.Header{}
		if h := refused.Cause.header(); h != nil {
			headers = append(headers, h)
		}
		d.e.log.Info("refusing a transfer", "call", d.Call(), "error", err)
		d.e.respond(in, refused.Status, headers...)
		return
	}
	d.accept(in, r)
}

// accept answers a REFER with 202 and its first report, which RFC 3515 section
// 2.4.4 wants at once and before any other.
func (d *Dialog) accept(in transport.Incoming, r *Referral) {
	res := d.e.response(in.Request, sip.StatusAccepted, nil)
	res.AppendHeader(d.contact())
	if r.mute {
		res.AppendHeader(sip.NewHeader("Refer-Sub", "false"))
	}
	d.e.send(in.Tx, res)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.mute {
		return
	}
	r.reports = append([]string{"SIP/2.0 100 Trying"}, r.reports...)
	r.busy = d.e.spawn(r.deliver)
}

// newReferral reads a REFER; a status other than 0 refuses it.
func (d *Dialog) newReferral(req *sip.Request) (*Referral, int) {
	targets := values(req, "Refer-To")
	if len(targets) != 1 {
		return nil, sip.StatusBadRequest
	}
	uri, ok := parseAddress(targets[0])
	if !ok {
		return nil, sip.StatusBadRequest
	}
	switch strings.ToLower(uri.Scheme) {
	case "sip", "sips", "tel":
	default:
		return nil, sip.StatusRequestedRangeNotSatisfiable
	}
	if method, ok := uri.UriParams.Get("method"); ok && !strings.EqualFold(method, "INVITE") {
		return nil, sip.StatusGlobalDecline
	}
	r := &Referral{d: d, By: value(req, "Referred-By"), mute: strings.EqualFold(value(req, "Refer-Sub"), "false"), busy: true}
	if text, ok := uri.Headers.Get("Replaces"); ok {
		if plain, err := url.PathUnescape(text); err == nil {
			r.Replaces = plain
		}
	}
	uri.Headers = nil
	r.To = uri
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.referrals++; d.referrals > 1 {
		r.id = ";id=" + strconv.FormatUint(uint64(req.CSeq().SeqNo), 10)
	}
	return r, 0
}

// Transfer is what a REFER of ours asks of the peer.
type Transfer struct {
	To       string  // SIP URI of whom to call
	Replaces *Dialog // a call of ours with that party, whose place theirs takes: attended transfer
	By       string  // Referred-By header; empty: none
	// Report is told how it goes, as the status of the peer's new call, in order;
	// the last one is final, or 0 where the peer stopped telling. Where it is nil
	// the peer is asked not to report (RFC 4488). It must not block.
	Report func(status int)
}

// Refer asks the peer to call somebody else. It returns once that was accepted,
// and a *Rejected where it was refused.
func (d *Dialog) Refer(ctx context.Context, t Transfer) error {
	if !d.at(standing) {
		return ErrEnded
	}
	to := t.To
	if t.Replaces != nil {
		to += "?Replaces=" + url.QueryEscape(t.Replaces.Replacement())
	}
	headers := []sip.Header{sip.NewHeader("Refer-To", "<"+to+">"), sip.NewHeader("Supported", supported)}
	if t.By != "" {
		headers = append(headers, sip.NewHeader("Referred-By", t.By))
	}
	if t.Report == nil {
		headers = append(headers, sip.NewHeader("Refer-Sub", "false"))
	}
	ref := &reference{report: t.Report}
	d.mu.Lock()
	before := d.sequence.local
	d.references[before+1] = ref // NOTIFY may be faster than the answer
	d.mu.Unlock()
	_, err := d.request(ctx, sip.REFER, nil, headers...)
	if err != nil || t.Report == nil {
		d.mu.Lock()
		delete(d.references, before+1)
		d.mu.Unlock()
	}
	return err
}

// reference is the subscription that goes with a REFER of ours.
type reference struct{ report func(status int) }

// Replacement is the value of a Replaces header by which somebody else may take
// our place in this call: whoever sends it to the peer (RFC 3891 section 3).
func (d *Dialog) Replacement() string {
	return d.id.call + ";to-tag=" + d.id.remoteTag + ";from-tag=" + d.id.localTag
}

// notified takes a NOTIFY: RFC 3515 section 2.4.4. One REFER at a time is what
// its sender most often means, whatever its id says.
func (d *Dialog) notified(in transport.Incoming) {
	event, named := parameters(value(in.Request, "Event"))
	if !strings.EqualFold(event, "refer") {
		d.e.respond(in, statusBadEvent, allowedEvents())
		return
	}
	state, _ := parameters(value(in.Request, "Subscription-State"))
	ref, found := d.reference(named["id"], strings.EqualFold(state, "terminated"))
	if !found {
		d.e.respond(in, sip.StatusCallTransactionDoesNotExists)
		return
	}
	d.e.respond(in, sip.StatusOK)
	switch status := fragmentStatus(in.Body()); {
	case status != 0:
		ref.report(status)
	case strings.EqualFold(state, "terminated"):
		ref.report(0)
	}
}

// reference finds the REFER that a NOTIFY belongs to, and forgets it after its
// last one.
func (d *Dialog) reference(id string, last bool) (*reference, bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	for sequence, ref := range d.references {
		if ref.report != nil && (id == "" || len(d.references) == 1 || id == strconv.FormatUint(uint64(sequence), 10)) {
			if last {
				delete(d.references, sequence)
			}
			return ref, true
		}
	}
	return nil, false
}

// fragmentStatus reads the status of a message/sipfrag; 0 where it has none.
func fragmentStatus(body []byte) int {
	line, _, _ := strings.Cut(string(body), "\n")
	fields := strings.Fields(line)
	if len(fields) < 2 || !strings.HasPrefix(strings.ToUpper(fields[0]), "SIP/") {
		return 0
	}
	status, err := strconv.Atoi(fields[1])
	if err != nil || status < 100 || status > 699 {
		return 0
	}
	return status
}

// allowedEvents names the one event package that there is.
func allowedEvents() sip.Header { return sip.NewHeader("Allow-Events", "refer") }

// parseAddress reads a name-addr or addr-spec.
func parseAddress(text string) (uri sip.Uri, ok bool) {
	if _, rest, bracketed := cutBracket(text); bracketed {
		text, _, ok = strings.Cut(rest, ">")
		if !ok {
			return uri, false
		}
	} else {
		text, _ = cutUnquoted(text, ';')
	}
	err := sip.ParseUri(strings.TrimSpace(text), &uri)
	return uri, err == nil && uri.Scheme != ""
}

// cutBracket cuts at the first '<' outside quotes.
func cutBracket(text string) (before, after string, found bool) {
	before, after = cutUnquoted(text, '<')
	return before, after, len(before) < len(text)
}
