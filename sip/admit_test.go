package sip

import (
	"strings"
	"testing"

	"partyline/sip/dialplan"
)

// ring sends an INVITE with some headers more, which is refused for lack of a
// codec, and gives its record.
func (h *house) ring(t *testing.T, to, headers string) Record {
	t.Helper()
	w := newWire(t, h)
	sdp := strings.NewReplacer("8 PCMA", "18 G729", "AVP 8", "AVP 18").Replace(offerOf(4000, ""))
	invite := strings.Replace(w.message("INVITE", "application/sdp", sdp), "Max-Forwards: 70\r\n", "Max-Forwards: 70\r\n"+headers, 1)
	if strings.HasPrefix(headers, "From:") {
		_, rest, _ := strings.Cut(invite, "\r\nFrom: ")
		old, _, _ := strings.Cut(rest, "\r\n")
		invite = strings.Replace(invite, "From: "+old+"\r\n", "", 1)
	}
	w.send(strings.ReplaceAll(invite, "sip:100@", "sip:"+to+"@"))
	w.final()
	return h.observer.record(t)
}

func TestWhoCalls(t *testing.T) {
	t.Parallel()
	const from = Number("+8613800138000")
	for name, test := range map[string]struct {
		vouches bool
		headers string
		want    Number
	}{
		"From":                              {false, "", from},
		"From, of an exchange":              {true, "", from},
		"asserted":                          {true, "P-Asserted-Identity: <sip:+861055550100@carrier.example>\r\n", "+861055550100"},
		"asserted by who is not believed":   {false, "P-Asserted-Identity: <sip:+861055550100@carrier.example>\r\n", from},
		"unreadable":                        {true, "P-Asserted-Identity: <<\r\n", from},
		"withheld":                          {true, "P-Asserted-Identity: <sip:+861055550100@carrier.example>\r\nPrivacy: id\r\n", withheld},
		"withheld from who is not believed": {false, "Privacy: user;critical\r\n", withheld},
		"withheld by From":                  {true, "From: <sip:anonymous@anonymous.invalid>;tag=w\r\n", withheld},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, func(c *Config) { c.Trunks[0].Vouches = test.vouches })
			if r := h.ring(t, "100", test.headers); r.From != test.want {
				t.Errorf("%q calls, want %q", string(r.From), string(test.want))
			}
			if strings.Contains(h.log.String(), "861055550100") {
				t.Errorf("the number is in the log:\n%s", h.log)
			}
		})
	}
}

// TestWhoIsVouchedFor: a number that names a colleague must be one that the
// trunk stands for.
func TestWhoIsVouchedFor(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		vouches bool
		headers string
		want    string
	}{
		"nobody":           {false, "P-Asserted-Identity: <sip:+861@a>\r\n", "+8613800138000 false"},
		"From":             {true, "", "+8613800138000 true"},
		"the asserted one": {true, "P-Asserted-Identity: <sip:+861055550100@a>\r\n", "+861055550100 true"},
		"none, unreadable": {true, "P-Asserted-Identity: <<\r\n", "+8613800138000 false"},
		"none, withheld":   {true, "Privacy: id\r\n", "anonymous false"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, func(c *Config) { c.Trunks[0].Vouches = test.vouches })
			w := newWire(t, h)
			w.send(strings.Replace(w.message("INVITE", "application/sdp", offerOf(4000, "")), "Max-Forwards", test.headers+"Max-Forwards", 1))
			w.final()
			w.toTag = ""
			expect(t, h.conference.events, "returning "+test.want)
		})
	}
}

// TestTheNumberFirstDialled finds the trunk of a forwarded call.
func TestTheNumberFirstDialled(t *testing.T) {
	t.Parallel()
	const forwarded = "History-Info: <sip:+861065529988@a>;index=1, <sip:100@a>;index=1.1\r\n"
	believed := func(vouches, rest bool) func(*Config) {
		return func(c *Config) {
			own := c.Trunks[0]
			own.Name, own.Numbers, own.Vouches, own.Language = "beijing", []string{"+86 10 6552 9988"}, vouches, "zh-CN"
			c.Trunks[0].Name = "rest"
			if c.Trunks = append([]dialplan.Trunk{own}, c.Trunks...); !rest {
				c.Trunks = c.Trunks[:1]
			}
		}
	}
	for name, test := range map[string]struct {
		change              func(*Config)
		to, headers         string
		trunk, number, rule string
	}{
		"directly":               {believed(true, false), "+861065529988", "", "beijing", "+861065529988", "no-common-media"},
		"forwarded":              {believed(true, false), "100", forwarded, "beijing", "+861065529988", "no-common-media"},
		"forwarded, not to all":  {believed(true, true), "100", forwarded, "beijing", "+861065529988", "no-common-media"},
		"not believed":           {believed(false, false), "100", forwarded, "", "100", "number-not-served"},
		"not believed, but all":  {believed(false, true), "100", forwarded, "rest", "100", "no-common-media"},
		"forwarded to nobody":    {believed(true, false), "100", "Diversion: <sip:+862@a>\r\n", "", "100", "number-not-served"},
		"forwarded from another": {believed(true, false), "+861065529988", "Diversion: <sip:+862@a>\r\n", "beijing", "+861065529988", "no-common-media"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := open(t, test.change).ring(t, test.to, test.headers)
			if r.Trunk != test.trunk || string(r.To) != test.number || r.Cause != test.rule {
				t.Errorf("trunk %q, number %q, %s; want %q, %q, %s", r.Trunk, string(r.To), r.Cause, test.trunk, test.number, test.rule)
			}
		})
	}
}
