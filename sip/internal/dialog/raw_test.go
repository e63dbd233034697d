package dialog

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emiago/sipgo/sip"
)

// raw is a peer that says exactly what a test wants it to say.
type raw struct {
	t    *testing.T
	conn *net.UDPConn
	to   *net.UDPAddr
}

func newRaw(t *testing.T, to *Endpoint) *raw {
	t.Helper()
	conn, err := net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	r := &raw{t: t, conn: conn}
	if to != nil {
		r.to = net.UDPAddrFromAddrPort(to.UDP())
	}
	return r
}

func (r *raw) address() string { return r.conn.LocalAddr().String() }

func (r *raw) send(text string) {
	r.t.Helper()
	if _, err := r.conn.WriteToUDP([]byte(text), r.to); err != nil {
		r.t.Fatal(err)
	}
}

// receive reads the next message, or fails the test after wait.
func (r *raw) receive() sip.Message {
	r.t.Helper()
	msg := r.poll(5 * time.Second)
	if msg == nil {
		r.t.Fatal("waited in vain for a message")
	}
	return msg
}

// poll reads the next message; nil if none comes.
func (r *raw) poll(wait time.Duration) sip.Message {
	r.t.Helper()
	buf := make([]byte, 65535)
	_ = r.conn.SetReadDeadline(time.Now().Add(wait))
	n, from, err := r.conn.ReadFromUDP(buf)
	if err != nil {
		return nil
	}
	r.to = from
	msg, err := sip.ParseMessage(buf[:n])
	if err != nil {
		r.t.Fatalf("%v in\n%s", err, buf[:n])
	}
	return msg
}

// final reads up to the final response to a method.
func (r *raw) final(method sip.RequestMethod) *sip.Response {
	r.t.Helper()
	for {
		if res, ok := r.receive().(*sip.Response); ok && !res.IsProvisional() && res.CSeq().MethodName == method {
			return res
		}
	}
}

// await reads up to a request of a method.
func (r *raw) await(method sip.RequestMethod) *sip.Request {
	r.t.Helper()
	for {
		if req, ok := r.receive().(*sip.Request); ok && req.Method == method {
			return req
		}
	}
}

// request writes a request of a call; toTag is empty outside of a dialog. Extra
// lines end in \r\n; a body goes after them.
func (r *raw) request(method string, sequence int, toTag, extra, body string) string {
	if toTag != "" {
		toTag = ";tag=" + toTag
	}
	return fmt.Sprintf("%[1]s sip:100@127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP %[2]s;branch=z9hG4bK-%[3]d-%[1]s-%[8]d;rport\r\n"+
		"From: <sip:raw@127.0.0.1>;tag=rawtag\r\nTo: <sip:100@127.0.0.1>%[4]s\r\nCall-ID: %[2]s\r\nCSeq: %[3]d %[1]s\r\n"+
		"Contact: <sip:raw@%[2]s>\r\nMax-Forwards: 70\r\n%[5]sContent-Length: %[6]d\r\n\r\n%[7]s",
		method, r.address(), sequence, toTag, extra, len(body), body, len(extra))
}

// invite is an INVITE with an offer.
func (r *raw) invite(sequence int, toTag string) string {
	return r.request("INVITE", sequence, toTag, "Content-Type: application/sdp\r\n", "offer")
}

// respond answers a request. tag is our To tag; a body is SDP.
func (r *raw) respond(req *sip.Request, status int, tag, extra, body string) {
	r.t.Helper()
	res := sip.NewResponseFromRequest(req, status, phrase(status), nil)
	to := res.To()
	to.Params.Remove("tag")
	if tag != "" {
		to.Params.Add("tag", tag)
	}
	var text strings.Builder
	res.RemoveHeader("Content-Length")
	res.StringWrite(&text)
	if body != "" {
		extra += "Content-Type: application/sdp\r\n"
	}
	head := strings.TrimSuffix(text.String(), "\r\n")
	r.send(fmt.Sprintf("%sContact: <sip:raw@%s>\r\n%sContent-Length: %d\r\n\r\n%s", head, r.address(), extra, len(body), body))
}

func tagOf(msg sip.Message) string {
	tag, _ := msg.To().Params.Get("tag")
	return tag
}
