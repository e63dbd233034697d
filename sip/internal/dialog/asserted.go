package dialog

import (
	"strconv"
	"strings"

	"github.com/emiago/sipgo/sip"
)

// Parties are who a request says is calling and whom they dialled first. What a
// trunk asserts is to be believed of a trusted trunk only.
type Parties struct {
	// Caller is the user part of P-Asserted-Identity (RFC 3325), a telephone
	// number first; that of Remote-Party-ID or From where there is none.
	Caller string
	Name   string // display name that goes with Caller
	// Asserted says that the network vouches for Caller; From is the phone's
	// own word.
	Asserted bool
	// Private says that Caller must not be shown to anybody: Privacy with "id",
	// "user" or "full" (RFC 3323 and 3325), or an anonymous From.
	Private bool
	// Dialled is the user part of whom the call was first meant for, before it
	// was forwarded: the oldest entry of History-Info (RFC 7044), or the last of
	// Diversion (RFC 5806), or else the Request-URI.
	Dialled string
	// Forwarded says that Dialled is not the Request-URI's.
	Forwarded bool
}

// Asserted reads the parties of a request.
func Asserted(req *sip.Request) Parties {
	p := Parties{Dialled: user(req.Recipient)}
	if from := req.From(); from != nil {
		p.Caller, p.Name = user(from.Address), unquoted(from.DisplayName)
		p.Private = anonymous(from.Address)
	}
	if asserted := addresses(values(req, "P-Asserted-Identity")); len(asserted) > 0 {
		best := asserted[0]
		for _, a := range asserted {
			if a.telephone() && !best.telephone() {
				best = a
			}
		}
		p.Caller, p.Asserted = user(best.uri), true
		if best.name != "" {
			p.Name = best.name
		}
	} else if remote := addresses(values(req, "Remote-Party-ID")); len(remote) > 0 {
		p.Caller, p.Name, p.Asserted = user(remote[0].uri), remote[0].name, true
		privacy := remote[0].named["privacy"]
		p.Private = p.Private || privacy == "full" || privacy == "name" || privacy == "uri"
	}
	for _, token := range strings.FieldsFunc(strings.ToLower(joined(values(req, "Privacy"))), func(r rune) bool { return r == ';' || r == ',' || r == ' ' }) {
		p.Private = p.Private || token == "id" || token == "user" || token == "full"
	}
	if first, ok := firstDialled(req); ok && first != p.Dialled {
		p.Dialled, p.Forwarded = first, true
	}
	return p
}

// firstDialled finds whom a forwarded call was first meant for.
func firstDialled(req *sip.Request) (string, bool) {
	var oldest []int
	var found string
	for _, a := range addresses(values(req, "History-Info")) {
		index, ok := historyIndex(a.named["index"])
		if ok && user(a.uri) != "" && (oldest == nil || earlier(index, oldest)) {
			oldest, found = index, user(a.uri)
		}
	}
	if found != "" {
		return found, true
	}
	diversions := addresses(values(req, "Diversion")) // the latest first
	if len(diversions) == 0 {
		return "", false
	}
	found = user(diversions[len(diversions)-1].uri)
	return found, found != ""
}

// historyIndex reads an index such as "1.2.1".
func historyIndex(text string) ([]int, bool) {
	var index []int
	for part := range strings.SplitSeq(text, ".") {
		n, err := strconv.ParseUint(part, 10, 16)
		if err != nil || len(index) > 32 {
			return nil, false
		}
		index = append(index, int(n))
	}
	return index, true
}

// earlier tells whether one index stands before another in the history.
func earlier(a, b []int) bool {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return a[i] < b[i]
		}
	}
	return len(a) < len(b)
}

// address is one entry of a header that lists addresses.
type address struct {
	name  string
	uri   sip.Uri
	named map[string]string // parameters of the header, not of the URI
}

func (a address) telephone() bool {
	return strings.EqualFold(a.uri.Scheme, "tel") || strings.HasPrefix(user(a.uri), "+")
}

// addresses reads lists of addresses; what cannot be read is left out.
func addresses(lists []string) []address {
	var found []address
	for _, list := range lists {
		for list != "" {
			var text string
			if text, list = cutElement(list); strings.TrimSpace(text) == "" {
				continue
			}
			uri, ok := parseAddress(text)
			if !ok {
				continue
			}
			a := address{uri: uri}
			rest := text
			if before, after, bracketed := cutBracket(text); bracketed {
				a.name = unquoted(strings.TrimSpace(before))
				_, rest, _ = strings.Cut(after, ">")
			}
			_, a.named = parameters(rest)
			found = append(found, a)
		}
	}
	return found
}

// cutElement cuts a list at the first comma outside quotes and brackets.
func cutElement(list string) (first, rest string) {
	quoted, bracketed := false, false
	for i := 0; i < len(list); i++ {
		switch c := list[i]; {
		case quoted && c == '\\':
			i++
		case c == '"':
			quoted = !quoted
		case quoted:
		case c == '<':
			bracketed = true
		case c == '>':
			bracketed = false
		case c == ',' && !bracketed:
			return list[:i], list[i+1:]
		}
	}
	return list, ""
}

// user is the user part of a URI without parameters of its own (";phone-context",
// ";npdi"); of a tel URI, the number.
func user(uri sip.Uri) string {
	text := uri.User
	if strings.EqualFold(uri.Scheme, "tel") { // sipgo does not take those apart
		_, text, _ = strings.Cut(uri.String(), ":")
	}
	text, _, _ = strings.Cut(text, ";")
	return text
}

// anonymous tells whether an address is the one RFC 3323 section 4.1.1.3 has
// callers show who do not want to be known.
func anonymous(uri sip.Uri) bool {
	return strings.EqualFold(uri.Host, "anonymous.invalid") || strings.EqualFold(uri.User, "anonymous")
}

// Called is the user part that a call which came to an address of ours was for
// before a registrar wrote that address over it: P-Called-Party-ID (RFC 7315
// section 4.2), or else To.
func Called(req *sip.Request) string {
	if called := addresses(values(req, "P-Called-Party-ID")); len(called) > 0 {
		return user(called[0].uri)
	}
	if to := req.To(); to != nil {
		return user(to.Address)
	}
	return ""
}
