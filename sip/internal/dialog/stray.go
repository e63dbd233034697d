package dialog

import (
	"net/netip"
	"time"

	"github.com/emiago/sipgo/sip"
)

// Stray takes a response without transaction. A 2xx to an INVITE here is a
// repetition, or comes after we gave up on it: it is acknowledged all the same,
// and where nobody wants its call, ended.
func (e *Endpoint) Stray(res *sip.Response) {
	cseq, contact := res.CSeq(), res.Contact()
	if !res.IsSuccess() || cseq == nil || cseq.MethodName != sip.INVITE || contact == nil || res.From() == nil || res.Via() == nil {
		return
	}
	local, remote := tags(res)
	id := identity{callID(res), local, remote}
	e.mu.Lock()
	d := e.dialogs[id]
	e.mu.Unlock()
	unwanted := d == nil
	if unwanted {
		if id.remoteTag = ""; !e.given.knows(id, time.Now()) {
			return // none of ours: whoever sends it may want us to send, to somebody else
		}
		d = e.strayed(res, remote)
	}
	invite := sip.NewRequest(sip.INVITE, d.target)
	invite.AppendHeader(&sip.CSeqHeader{SeqNo: cseq.SeqNo, MethodName: sip.INVITE})
	d.ack(invite, nil)
	if unwanted {
		e.spawn(func() { d.dismiss(Cause{Protocol: "SIP", Code: 487, Text: "the call was given up"}) })
	}
}

// strayed makes the dialog of an answer that nobody waits for any more.
func (e *Endpoint) strayed(res *sip.Response, remoteTag string) *Dialog {
	peer, _ := netip.ParseAddrPort(res.Source())
	origin := sip.NewRequest(sip.INVITE, res.Contact().Address)
	origin.SetTransport(res.Via().Transport)
	local, _ := tags(res)
	d := e.newDialog(identity{callID(res), local, remoteTag}, origin, peer)
	d.as = e.stack.As(res)
	d.phase = standing
	d.local = party{res.From().DisplayName, *res.From().Address.Clone(), local}
	d.remote = party{res.To().DisplayName, *res.To().Address.Clone(), remoteTag}
	d.sequence.local = res.CSeq().SeqNo
	d.route(res)
	return d
}
