package evidence

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// wire makes a message of lines, with the length of its body.
func wire(lines ...string) []byte { return []byte(strings.Join(lines, "\r\n")) }

const offer = "v=0\r\no=anna 2890844526 1 IN IP4 203.0.113.5\r\ns=Annas call\r\ni=secret plans\r\nc=IN IP4 203.0.113.5\r\nt=0 0\r\n" +
	"m=audio 4000 RTP/SAVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\n" +
	"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj|2^20\r\na=sendrecv\r\n"

func TestMask(t *testing.T) {
	data := wire(
		"INVITE sip:+4930901820123@sip.carrier.example;user=phone SIP/2.0",
		"Via: SIP/2.0/UDP 203.0.113.5:5060;branch=z9hG4bK776asdhds1234567;rport",
		`From: "Anna <3 Schmidt" <sip:+8613812345678:pass@203.0.113.5>;tag=1928301774`,
		"t: Bob Meier <sip:+4930901820123@sip.carrier.example>",
		"Call-ID: a84b4c76e66710@203.0.113.5",
		"CSeq: 314159 INVITE",
		"Contact: <sip:partyline@203.0.113.5>, sip:5551234567@192.0.2.9;expires=60",
		`Proxy-Authorization: Digest username="acct4711", realm="carrier.example", nonce="MTIzNDU2", uri="sip:+4930901820123@carrier.example", response="6629fae49393a05397450978507c4ef1", algorithm=MD5`,
		"P-Asserted-Identity: <tel:+8613812345678;phone-context=+86>",
		"History-Info: <sip:+4930901820123@h?Reason=SIP%3Bcause%3D302&From=sip%3A%2B8613812345678%40x>;index=1",
		"X-Original-Number: 0086 13812345678",
		"X-Forwarded: sip:%2B8613812345678@h",
		"Identity: eyJhbGciOiJFUzI1NiJ9.eyJvcmlnIjp7InRuIjoiMTIxNTU1NTEyMTIifX0.sig",
		"Subject: the merger",
		"Supported: timer,",
		" replaces",
		"Content-Type: application/sdp",
		"Content-Length: 999",
		"", offer)
	want := string(wire(
		"INVITE sip:+xxxxxxxxxx123@sip.carrier.example;user=phone SIP/2.0",
		"Via: SIP/2.0/UDP 203.0.113.5:5060;branch=z9hG4bK776asdhds1234567;rport",
		`From: "masked" <sip:+xxxxxxxxxx678@203.0.113.5>;tag=1928301774`,
		`t: "masked" <sip:+xxxxxxxxxx123@sip.carrier.example>`,
		"Call-ID: a84b4c76e66710@203.0.113.5",
		"CSeq: 314159 INVITE",
		"Contact: <sip:partyline@203.0.113.5>, sip:xxxxxxx567@192.0.2.9;expires=60",
		`Proxy-Authorization: Digest username="masked", realm="carrier.example", nonce="masked", uri="sip:+xxxxxxxxxx123@carrier.example", response="masked", algorithm=MD5`,
		"P-Asserted-Identity: <tel:+xxxxxxxxxx678;phone-context=+86>",
		"History-Info: <sip:+xxxxxxxxxx123@h?masked>;index=1",
		"X-Original-Number: 0086 xxxxxxxx678",
		"X-Forwarded: sip:+xxxxxxxxxx678@h",
		"Identity: masked",
		"Subject: masked",
		"Supported: timer, replaces",
		"Content-Type: application/sdp",
		"Content-Length: 253",
		"",
		"v=0\r\no=- 2890844526 1 IN IP4 203.0.113.5\r\ns=-\r\ni=masked\r\nc=IN IP4 203.0.113.5\r\nt=0 0\r\n"+
			"m=audio 4000 RTP/SAVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\n"+
			"a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:"+strings.Repeat("A", 40)+"|2^20\r\na=sendrecv\r\n"))
	got := string(Mask(data, Everything))
	if diff := cmp.Diff(strings.Split(want, "\r\n"), strings.Split(got, "\r\n")); diff != "" {
		t.Error(diff)
	}
	clear := string(Mask(data, SecretsOnly))
	for _, secret := range []string{"6629fae4", "acct4711", "d0RmdmcmVCspeEc3"} {
		if strings.Contains(clear, secret) {
			t.Errorf("%q is left where secrets are to go", secret)
		}
	}
	if !strings.Contains(clear, "+4930901820123@sip.carrier.example") {
		t.Error("a number has gone where only secrets are to")
	}
}

func TestMaskKeepsNoKeysPressed(t *testing.T) {
	data := wire("INFO sip:partyline@203.0.113.5 SIP/2.0", "Call-ID: a", "CSeq: 2 INFO", "Content-Type: application/dtmf-relay", "Content-Length: 22", "", "Signal=5\r\nDuration=160")
	for _, how := range []Masking{Everything, SecretsOnly} {
		if got := string(Mask(data, how)); strings.Contains(got, "Signal") || !strings.Contains(got, "Content-Length: 0") {
			t.Errorf("left is %q", got)
		}
	}
}

func TestMaskBoundsLength(t *testing.T) {
	long := wire("INVITE sip:a@b SIP/2.0", "Call-ID: a", "CSeq: 1 INVITE", "X-Long: "+strings.Repeat("long ", 3000), "Content-Type: application/sdp", "", "v=0\r\n"+strings.Repeat("a=sendrecv\r\n", 2000))
	got := Mask(long, Everything)
	if head, ok := Read(got); len(got) > most+100 || !ok || head.Call != "a" {
		t.Errorf("%d bytes are left, of %+v", len(got), head)
	}
}

func TestRung(t *testing.T) {
	m := Message{Network: "tcp", Data: wire("SIP/2.0 200 OK", "Via: SIP/2.0/TCP a;branch=z9", "To: <sip:b@c>;tag=77", "Call-ID: x", "CSeq: 7 INVITE", "Content-Type: application/sdp", "", offer)}
	got := m.Rung()
	if got.Line != "SIP/2.0 200 OK" || got.Sort != "200" || got.CSeq != "7 INVITE" || got.Media != "PCMA,PCMU 203.0.113.5:4000 sendrecv SRTP" || strings.Contains(got.Headers, "v=0") {
		t.Errorf("%+v", got)
	}
}

// FuzzMask: whatever comes, nothing breaks, the message stays the one it was, and a
// number in its addresses does not come through.
func FuzzMask(f *testing.F) {
	f.Add("INVITE", "+4930901820123", "Anna", "Subject: x", offer)
	f.Add("INVITE", "%2B4930901820123", `An"na`, `Contact: "a\"" <sip:1@2>, <tel:3>`, "a=crypto:")
	f.Add("BYE", "4930901820123;isub=1", "<", "Authorization: Digest a=\",\",b", "")
	f.Fuzz(func(t *testing.T, method, number, name, header, body string) {
		data := wire(method+" sip:"+number+"@example.com SIP/2.0", "Call-ID: id", "CSeq: 1 "+method, "From: "+name+" <sip:4930901820123@h>;tag=a", "To: <tel:4930901820123>", header, "Content-Type: application/sdp", "", body)
		before, ok := Read(data)
		got := Mask(data, Everything)
		Message{Data: got}.Rung()
		if !ok {
			return
		}
		after, again := Read(got)
		if before.Call == "id" && (!again || after.Call != before.Call || after.Sequence != before.Sequence) {
			t.Errorf("%+v became %+v", before, after)
		}
		if clean := method + name + header + body; !strings.ContainsAny(clean+number, "\r\n<>\"") && !strings.ContainsAny(clean, "0123456789") && strings.Contains(string(got), "4930901820123") && !strings.Contains(number, "@") {
			t.Errorf("the number is left in %q", got)
		}
	})
}
