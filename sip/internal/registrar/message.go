package registrar

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Read reads what a REGISTER asks for an address of record; proof is a
// fingerprint of the secret that proved whose it is.
func Read(req *sip.Request, aor, proof string) (Request, error) {
	source, err := netip.ParseAddrPort(req.Source())
	if err != nil {
		return Request{}, fmt.Errorf("source: %w", err)
	}
	r := Request{
		AOR: aor, Proof: proof, Expires: Unset, CallID: req.CallID().Value(), CSeq: req.CSeq().SeqNo,
		Flow: Flow{Network: strings.ToLower(req.Transport()), Source: source},
	}
	if h := req.GetHeader("Expires"); h != nil {
		if r.Expires, err = seconds(h.Value()); err != nil {
			return r, fmt.Errorf("header Expires: %w", err)
		}
	}
	if h := req.GetHeader("User-Agent"); h != nil {
		r.Agent = h.Value()
	}
	for _, h := range req.GetHeaders("Path") {
		r.Path = append(r.Path, h.Value())
	}
	for _, h := range req.GetHeaders("Contact") {
		contact, ok := h.(*sip.ContactHeader)
		if !ok {
			return r, errors.New("a contact cannot be read")
		}
		if contact.Address.Wildcard {
			r.Wildcard = true
			continue
		}
		bound := Contact{URI: contact.Address.String(), Expires: Unset}
		if text, given := contact.Params.Get("expires"); given {
			if bound.Expires, err = seconds(text); err != nil {
				return r, fmt.Errorf("contact: %w", err)
			}
		}
		r.Contacts = append(r.Contacts, bound)
	}
	return r, nil
}

// seconds reads delta-seconds (RFC 3261 section 25.1); what does not fit in 32
// bits is as long as can be.
func seconds(text string) (int, error) {
	n, err := strconv.ParseUint(strings.TrimSpace(text), 10, 32)
	switch {
	case errors.Is(err, strconv.ErrRange):
		return 1<<31 - 1, nil
	case err != nil:
		return 0, errors.New("not a number of seconds")
	}
	return int(min(n, 1<<31-1)), nil
}

// Confirmation is the headers of a 200 that lists the bindings in force (RFC
// 3261 section 10.3, step 8; RFC 3327 section 5.3).
func Confirmation(bindings []Binding, path []string, now time.Time) []sip.Header {
	headers := []sip.Header{
		sip.NewHeader("Date", now.UTC().Format("Mon, 02 Jan 2006 15:04:05 GMT")),
		sip.NewHeader("Supported", "path"),
	}
	for _, b := range bindings {
		left := int(b.Expires.Sub(now).Round(time.Second).Seconds())
		headers = append(headers, sip.NewHeader("Contact", fmt.Sprintf("<%s>;expires=%d", b.URI, left)))
	}
	for _, p := range path {
		headers = append(headers, sip.NewHeader("Path", p))
	}
	return headers
}

// Refusal is the status and the headers that an error of Register deserves.
func (r *Registrar) Refusal(err error) (status int, headers []sip.Header) {
	switch {
	case errors.Is(err, ErrTooBrief):
		return sip.StatusIntervalToBrief, []sip.Header{sip.NewHeader("Min-Expires", strconv.Itoa(r.MinExpires()))}
	case errors.Is(err, ErrWildcard):
		return sip.StatusBadRequest, nil
	case errors.Is(err, ErrTooMany):
		return sip.StatusForbidden, nil
	default: // out of order: RFC 3261 section 10.3, step 7
		return sip.StatusInternalServerError, nil
	}
}
