package invite

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"strings"
)

// What is read of a mail at most.
const (
	maxMail     = 1 << 20
	maxNesting  = 5
	maxParts    = 40
	maxReceived = 25 // servers that handed it on; RFC 5321 §6.3 advises 100
)

// received is what matters of a mail that came in.
type received struct {
	from     []string // addresses of the header
	hops     int      // servers that handed it on
	machine  bool     // a machine wrote it (RFC 3834 §5)
	calendar []byte   // the first part that is one; nil without
}

var errNoMail = errors.New("not a mail")

// readMail takes a mail apart as far as a reply needs it. Its error is
// errNoMail.
func readMail(text []byte) (received, error) {
	m, err := mail.ReadMessage(bytes.NewReader(text))
	if err != nil {
		return received{}, errNoMail
	}
	r := received{hops: len(m.Header["Received"])}
	if auto := strings.ToLower(m.Header.Get("Auto-Submitted")); auto != "" && !strings.HasPrefix(auto, "no") {
		r.machine = true
	}
	for _, field := range []string{"From", "Sender"} {
		addresses, err := m.Header.AddressList(field)
		if err != nil {
			continue // missing, or nobody's address
		}
		for _, a := range addresses {
			r.from = append(r.from, a.Address)
		}
	}
	parts := 0
	r.calendar = findCalendar(part{
		kind: m.Header.Get("Content-Type"), encoding: m.Header.Get("Content-Transfer-Encoding"), body: m.Body,
	}, 0, &parts)
	return r, nil
}

// part is one part of a mail (RFC 2045).
type part struct {
	kind, encoding string
	body           io.Reader
}

// findCalendar goes through the parts until one is a calendar. What cannot be
// read is passed over.
func findCalendar(p part, depth int, parts *int) []byte {
	if *parts++; *parts > maxParts || depth > maxNesting {
		return nil
	}
	kind, params, err := mime.ParseMediaType(p.kind)
	if err != nil {
		return nil
	}
	switch {
	case strings.HasPrefix(kind, "multipart/"):
		in := multipart.NewReader(p.body, params["boundary"])
		for *parts <= maxParts {
			next, err := in.NextRawPart()
			if err != nil {
				return nil
			}
			found := findCalendar(part{
				kind: next.Header.Get("Content-Type"), encoding: next.Header.Get("Content-Transfer-Encoding"), body: next,
			}, depth+1, parts)
			if found != nil {
				return found
			}
		}
	case kind == "text/calendar", kind == "application/ics":
		text, err := io.ReadAll(io.LimitReader(p.decoded(), maxMail))
		if err != nil && len(text) == 0 {
			return nil
		}
		return text
	}
	return nil
}

// decoded undoes the transfer encoding.
func (p part) decoded() io.Reader {
	switch strings.ToLower(strings.TrimSpace(p.encoding)) {
	case "base64":
		return base64.NewDecoder(base64.StdEncoding, p.body)
	case "quoted-printable":
		return quotedprintable.NewReader(p.body)
	}
	return p.body
}
