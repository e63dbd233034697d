package transport

import (
	"bytes"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
	"github.com/pion/stun/v4"
)

// FuzzExamine gives any bytes to the screen: what it passes on sipgo can read,
// and finds in it what we judged; what it answers is a response.
func FuzzExamine(f *testing.F) {
	files, err := filepath.Glob(torture + "*/*.dat")
	if err != nil || len(files) == 0 {
		f.Fatal("no seeds", err)
	}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Add([]byte(request("INVITE", "a", 1, "udp")))
	s := newScreen(newGate(Config{Rate: 1 << 40, Trust: func(netip.Addr) bool { return true }}, slog.New(slog.DiscardHandler)),
		Config{Abilities: abilities, Pending: 1 << 40})
	from := netip.MustParseAddrPort("192.0.2.9:5060")
	f.Fuzz(func(t *testing.T, data []byte) {
		data = bytes.Clone(data) // which is unfolded where it stands
		head := headLength(data)
		if head == 0 {
			head = len(data)
		}
		var m message
		if !looksLikeSIP(data) || !m.parse(data[:head]) {
			return
		}
		m.body = data[head:]
		what, out := s.examine(&m, from, "udp", nil, time.Unix(1000, 0))
		switch what {
		case pass:
			msg, err := sip.ParseMessage(bytes.Clone(out))
			if err != nil {
				t.Fatalf("%v in\n%q", err, out)
			}
			checkParsed(t, &m, msg, out)
		case reply:
			if !bytes.HasPrefix(out, []byte("SIP/2.0 ")) || !bytes.HasSuffix(out, []byte("Content-Length: 0\r\n\r\n")) || bytes.Count(out, []byte("\r\n\r\n")) != 1 {
				t.Fatalf("answer %q", out)
			}
			_ = back(&m, from)
		}
	})
}

// checkParsed compares what sipgo read with what we did.
func checkParsed(t *testing.T, m *message, msg sip.Message, out []byte) {
	if msg.Via() == nil || msg.From() == nil || msg.To() == nil || msg.CallID() == nil || msg.CSeq() == nil {
		t.Fatalf("headers are missing in\n%q", out)
	}
	if !bytes.Equal(msg.Body(), m.body) {
		t.Fatalf("body %q, was %q", msg.Body(), m.body)
	}
	if got := msg.CallID().Value(); got != string(m.first(callID)) {
		t.Fatalf("Call-ID %q, was %q", got, m.first(callID))
	}
	req, ok := msg.(*sip.Request)
	if !ok {
		return
	}
	if string(req.Method) != string(m.method) || req.CSeq().MethodName != req.Method {
		t.Fatalf("method %q, was %q", req.Method, m.method)
	}
	if tag, _ := req.From().Params.Get("tag"); tag == "" {
		t.Fatalf("no tag in %v of\n%q", req.From(), out)
	}
}

func FuzzBinding(f *testing.F) {
	id := [stun.TransactionIDSize]byte{1, 2, 3}
	for _, ip := range [][]byte{{203, 0, 113, 1}, netip.MustParseAddr("2001:db8::1").AsSlice()} {
		m, err := stun.Build(stun.NewTransactionIDSetter(id), stun.BindingSuccess, &stun.XORMappedAddress{IP: ip, Port: 40000}, stun.Fingerprint)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(m.Raw)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if !stun.IsMessage(data) {
			return
		}
		if at, ok := readBinding(data, id); ok && (!at.IsValid() || at.Port() == 0) {
			t.Fatalf("found %v", at)
		}
	})
}
