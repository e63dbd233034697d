package outbound

import (
	"context"
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
	"pgregory.net/rapid"

	"partyline/sip/dialplan"
	"partyline/sip/internal/dialog"
)

// said is an identity in one line.
func said(id identity) string {
	parts := []string{id.display + " <" + id.from + ">"}
	for _, h := range id.headers {
		parts = append(parts, h.Name()+": "+h.Value())
	}
	return strings.Join(parts, " | ")
}

func TestWhoTheCarrierIsTold(t *testing.T) {
	const own, other, foreign = "+861065529988", "+861065529900", "+8613800138000"
	owned := []dialplan.Number{"+86106552*"}
	for _, c := range []struct {
		what    string
		rule    dialplan.CallerID
		who     Invitee
		account string
		want    string
	}{
		{"From", dialplan.CallerID{Owned: owned}, Invitee{Shown: own, Name: "Acme"}, "", "Acme <sip:+861065529988@c.example>"},
		{"From with an account", dialplan.CallerID{Owned: owned}, Invitee{Shown: own}, "acme", " <sip:+861065529988@c.example>"},
		{
			"PAI",
			dialplan.CallerID{Owned: owned, Header: dialplan.PAI},
			Invitee{Shown: own, Name: `The "A" \ B`},
			"acme",
			`The "A" \ B <sip:acme@c.example> | P-Asserted-Identity: "The \"A\" \\ B" <sip:+861065529988@c.example>`,
		},
		{
			"PAI without account",
			dialplan.CallerID{Owned: owned, Header: dialplan.PAI},
			Invitee{Shown: own},
			"",
			" <sip:+861065529988@c.example> | P-Asserted-Identity: <sip:+861065529988@c.example>",
		},
		{"a number of somebody else's", dialplan.CallerID{Owned: owned, Default: other}, Invitee{Shown: foreign}, "", " <sip:+861065529900@c.example>"},
		{"the same without default", dialplan.CallerID{Owned: owned}, Invitee{Shown: foreign}, "", "Anonymous <sip:anonymous@anonymous.invalid>"},
		{"the same with an account", dialplan.CallerID{Owned: owned}, Invitee{Shown: foreign}, "acme co", " <sip:acme%20co@c.example>"},
		{
			"privacy of the trunk",
			dialplan.CallerID{Owned: owned, Privacy: true},
			Invitee{Shown: own, Name: "Acme"},
			"acme",
			"Anonymous <sip:anonymous@anonymous.invalid> | P-Asserted-Identity: <sip:+861065529988@c.example> | Privacy: id",
		},
		{
			"privacy of the call",
			dialplan.CallerID{Owned: owned, Header: dialplan.PAI},
			Invitee{Shown: own, Private: true},
			"acme",
			"Anonymous <sip:anonymous@anonymous.invalid> | P-Asserted-Identity: <sip:+861065529988@c.example> | Privacy: id",
		},
		{
			"diversion",
			dialplan.CallerID{Owned: owned, Diversion: true},
			Invitee{Shown: own, Diverted: other},
			"",
			" <sip:+861065529988@c.example> | Diversion: <sip:+861065529900@c.example>;reason=unconditional;counter=1;privacy=off",
		},
		{"diversion that is not told", dialplan.CallerID{Owned: owned}, Invitee{Shown: own, Diverted: other}, "", " <sip:+861065529988@c.example>"},
		{
			"diversion of somebody else's number",
			dialplan.CallerID{Owned: owned, Diversion: true},
			Invitee{Shown: own, Diverted: foreign},
			"",
			" <sip:+861065529988@c.example>",
		},
	} {
		if got := said(identify(c.rule, c.who, "c.example", c.account)); got != c.want {
			t.Errorf("%s:\n got %s\nwant %s", c.what, got, c.want)
		}
	}
}

// TestNoForeignNumber: whatever is asked for, no number leaves that the trunk
// does not own, and none is shown to the callee that is to be hidden.
func TestNoForeignNumber(t *testing.T) {
	number := rapid.Map(rapid.StringMatching(`\+[1-9][0-9]{6,14}`), func(s string) dialplan.Number { return dialplan.Number(s) })
	rapid.Check(t, func(t *rapid.T) {
		rule := dialplan.CallerID{
			Owned: rapid.SliceOfN(number, 0, 3).Draw(t, "owned"), Default: number.Draw(t, "default"),
			Header:  rapid.SampledFrom([]dialplan.IdentityHeader{dialplan.From, dialplan.PAI}).Draw(t, "header"),
			Privacy: rapid.Bool().Draw(t, "privacy"), Diversion: rapid.Bool().Draw(t, "diversion"),
		}
		who := Invitee{
			Shown: number.Draw(t, "shown"), Diverted: number.Draw(t, "diverted"), Private: rapid.Bool().Draw(t, "private"),
			Name: rapid.String().Draw(t, "name"),
		}
		who.Name = strings.Trim(who.Name, "+0123456789")
		id := identify(rule, who, "c.example", rapid.SampledFrom([]string{"", "acme"}).Draw(t, "account"))
		for _, n := range append([]dialplan.Number{who.Shown, who.Diverted}, rule.Default) {
			if !rule.Owns(n) && strings.Contains(said(id), "sip:"+string(n)+"@") {
				t.Fatalf("a number that is not ours: %s", said(id))
			}
		}
		if (rule.Privacy || who.Private) && id.from != anonymous {
			t.Fatalf("From tells the callee: %s", said(id))
		}
		for _, h := range id.headers {
			if strings.ContainsAny(h.Value(), "\r\n") {
				t.Fatalf("a name that ends its line: %q", h.Value())
			}
		}
	})
}

// TestInviteOfATrunk is what stands on the wire: the request for the carrier's
// domain, through its proxy, by the account.
func TestInviteOfATrunk(t *testing.T) {
	came := make(chan *sip.Request, 1)
	far := endpoint(t, dialog.Config{}, func(_ context.Context, d *dialog.Dialog) {
		came <- d.Invitation()
		d.Reject(486, dialog.Cause{})
	})
	proxied := dialplan.Trunk{Name: "alpha", Outbound: dialplan.Outbound{
		Proxy: "sip:" + far.TCP().String() + ";transport=tcp", Domain: "carrier.example",
		Accounts: []dialplan.Account{{User: "acme", Password: "secret"}},
		Caller:   dialplan.CallerID{Owned: []dialplan.Number{"+861065529988"}, Header: dialplan.PAI, Diversion: true},
	}}
	c := carriers(t, Config{}, endpoint(t, dialog.Config{}, nil), proxied)
	who := callee()
	who.Shown, who.Name, who.Diverted = "+861065529988", "Acme", "+861065529988"
	who.Headers = []sip.Header{sip.NewHeader("X-Test", "yes")}
	_, tried, err := c.Call(limited(t), "alpha", who)
	if err == nil || len(tried) != 1 || tried[0].Status != 486 {
		t.Fatalf("%+v, %v", tried, err)
	}
	req := <-came
	for name, want := range map[string]string{
		"Route":               "<sip:" + far.TCP().String() + ";transport=tcp;lr>",
		"P-Asserted-Identity": `"Acme" <sip:+861065529988@carrier.example>`,
		"Diversion":           "<sip:+861065529988@carrier.example>;reason=unconditional;counter=1;privacy=off",
		"X-Test":              "yes",
	} {
		if h := req.GetHeader(name); h == nil || h.Value() != want {
			t.Errorf("%s: %v, want %s", name, h, want)
		}
	}
	if got := req.Recipient.String(); got != "sip:+4930123456@carrier.example;user=phone" {
		t.Errorf("Request-URI %s", got)
	}
	if from := req.From(); from.Address.User != "acme" || from.Address.Host != "carrier.example" || from.DisplayName != "Acme" {
		t.Errorf("From %v", from)
	}
	if strings.Contains(req.To().Address.String(), "user=phone") {
		t.Errorf("To %v", req.To())
	}
}

func FuzzEscaped(f *testing.F) {
	f.Add("+861065529988")
	f.Add("a b@c;d:\x00é")
	f.Fuzz(func(t *testing.T, user string) {
		var parsed sip.Uri
		text := uri(user, "example.com")
		if err := sip.ParseUri(text, &parsed); err != nil || parsed.Host != "example.com" {
			t.Fatalf("%q is written as %q: %v", user, text, err)
		}
	})
}

func FuzzTargetOf(f *testing.F) {
	for _, text := range []string{"sip:proxy.example.com;lr", "<sips:a@[2001:db8::1]:5062;transport=tcp>", "sip:", "tel:+1", "\x00"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		if target, err := targetOf(bare(text)); err == nil && target.Host == "" {
			t.Fatalf("%q leads to no host", text)
		}
	})
}
