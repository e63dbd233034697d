package dialog

import (
	"strings"
	"testing"

	"github.com/emiago/sipgo/sip"
	"github.com/google/go-cmp/cmp"
)

// invitationWith is an INVITE with headers.
func invitationWith(lines string) *sip.Request {
	req := sip.NewRequest(sip.INVITE, sip.Uri{Scheme: "sip", User: "100", Host: "us.example"})
	for line := range strings.Lines(lines) {
		name, text, _ := strings.Cut(strings.TrimSpace(line), ": ")
		if name == "From" {
			var uri sip.Uri
			_ = sip.ParseUri(text, &uri)
			req.AppendHeader(&sip.FromHeader{DisplayName: "Phone", Address: uri, Params: sip.NewParams()})
			continue
		}
		req.AppendHeader(sip.NewHeader(name, text))
	}
	return req
}

func TestAsserted(t *testing.T) {
	for name, c := range map[string]struct {
		headers string
		want    Parties
	}{
		"From alone": {"From: sip:+8613800138000@a", Parties{Caller: "+8613800138000", Name: "Phone", Dialled: "100"}},
		"asserted twice, the number counts": {
			"From: sip:x@a\nP-Asserted-Identity: \"Mei, Li\" <sip:mei@a>, <tel:+8613800138000;ext=5>",
			Parties{Caller: "+8613800138000", Name: "Phone", Asserted: true, Dialled: "100"},
		},
		"with a name":        {"From: sip:x@a\nP-Asserted-Identity: \"Mei, Li\" <sip:+861@a;user=phone>", Parties{Caller: "+861", Name: "Mei, Li", Asserted: true, Dialled: "100"}},
		"withheld":           {"From: sip:anonymous@anonymous.invalid\nP-Asserted-Identity: <sip:+861@a>\nPrivacy: id;critical", Parties{Caller: "+861", Name: "Phone", Asserted: true, Private: true, Dialled: "100"}},
		"withheld by From":   {"From: sip:anonymous@anonymous.invalid", Parties{Caller: "anonymous", Name: "Phone", Private: true, Dialled: "100"}},
		"no privacy":         {"From: sip:+861@a\nPrivacy: none", Parties{Caller: "+861", Name: "Phone", Dialled: "100"}},
		"of the draft":       {"From: sip:x@a\nRemote-Party-ID: \"Mei\" <sip:+861@a>;party=calling;privacy=full", Parties{Caller: "+861", Name: "Mei", Asserted: true, Private: true, Dialled: "100"}},
		"diverted twice":     {"From: sip:+861@a\nDiversion: <sip:+862@a>;reason=no-answer, <tel:+863>;reason=unconditional", Parties{Caller: "+861", Name: "Phone", Dialled: "+863", Forwarded: true}},
		"history":            {"From: sip:+861@a\nHistory-Info: <sip:+869@a?Reason=SIP%3Bcause%3D302>;index=1.1, <sip:+868@a>;index=1\nHistory-Info: <sip:100@a>;index=1.2", Parties{Caller: "+861", Name: "Phone", Dialled: "+868", Forwarded: true}},
		"history, one entry": {"From: sip:+861@a\nHistory-Info: <sip:100@a>;index=1", Parties{Caller: "+861", Name: "Phone", Dialled: "100"}},
		"nonsense":           {"From: sip:+861@a\nP-Asserted-Identity: <<,\nHistory-Info: x;index=y\nDiversion: ,", Parties{Caller: "+861", Name: "Phone", Dialled: "100"}},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(c.want, Asserted(invitationWith(c.headers))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

func FuzzAsserted(f *testing.F) {
	f.Add(`"Mei, Li" <sip:+861@a;user=phone>, <tel:+862>;index=1.1`, "id;critical")
	f.Add(`<sip:a@b?Reason=x%3By>;index=1.999999999999,,<`, `"`)
	f.Fuzz(func(t *testing.T, list, privacy string) {
		req := invitationWith("From: sip:+861@a")
		for _, name := range []string{"P-Asserted-Identity", "Diversion", "History-Info", "Remote-Party-ID"} {
			req.AppendHeader(sip.NewHeader(name, list))
		}
		req.AppendHeader(sip.NewHeader("Privacy", privacy))
		if p := Asserted(req); p.Forwarded && (p.Dialled == "" || p.Dialled == "100") {
			t.Fatalf("%+v", p)
		}
	})
}
