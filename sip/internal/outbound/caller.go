package outbound

import (
	"strings"

	"github.com/emiago/sipgo/sip"

	"partyline/sip/dialplan"
	"partyline/sip/internal/dialog"
)

// identity is what a call says of who makes it.
type identity struct {
	from    string // URI
	display string
	headers []sip.Header
}

// anonymous is From of whoever does not want to be known (RFC 3323 section
// 4.1.1.3).
const anonymous = "sip:anonymous@anonymous.invalid"

// identify makes the headers that tell the carrier and the callee who calls. A
// number is shown only if the trunk owns it; account is the user that the
// carrier knows us by, and may be empty.
func identify(rule dialplan.CallerID, who Invitee, domain, account string) identity {
	number := rule.For(who.Shown)
	hidden := rule.Privacy || who.Private
	id := identity{from: anonymous, display: "Anonymous"}
	switch {
	case hidden: // From would tell the callee
	case rule.Header == dialplan.From && number != "":
		id.from, id.display = uri(string(number), domain), who.Name
	case account != "": // From is for the carrier alone, or there is no number to show
		id.from, id.display = uri(account, domain), who.Name
	case number != "":
		id.from, id.display = uri(string(number), domain), who.Name
	}
	if number != "" && (rule.Header == dialplan.PAI || hidden) { // RFC 3325 section 9.1
		asserted := "<" + uri(string(number), domain) + ">"
		if who.Name != "" && !hidden {
			asserted = `"` + dialog.DisplayName(who.Name) + `" ` + asserted
		}
		id.headers = append(id.headers, sip.NewHeader("P-Asserted-Identity", asserted))
	}
	if hidden { // RFC 3323 section 4.2, RFC 3325 section 9.3
		id.headers = append(id.headers, sip.NewHeader("Privacy", "id"))
	}
	if rule.Diversion && rule.Owns(who.Diverted) { // RFC 5806 section 9
		privacy := "off"
		if hidden {
			privacy = "full"
		}
		id.headers = append(id.headers,
			sip.NewHeader("Diversion", "<"+uri(string(who.Diverted), domain)+">;reason=unconditional;counter=1;privacy="+privacy))
	}
	return id
}

// uri writes a user of a domain as a SIP URI.
func uri(user, domain string) string { return "sip:" + escaped(user) + "@" + domain }

// escaped writes a user part (RFC 3261 section 25.1).
func escaped(user string) string {
	const plain = "-_.!~*'()&=+$,;?/"
	var b strings.Builder
	for i := range len(user) {
		c := user[i]
		letter := c|0x20 >= 'a' && c|0x20 <= 'z' || c >= '0' && c <= '9'
		if letter || strings.IndexByte(plain, c) >= 0 {
			b.WriteByte(c)
			continue
		}
		const digits = "0123456789ABCDEF"
		b.Write([]byte{'%', digits[c>>4], digits[c&15]})
	}
	return b.String()
}
