package leg

import (
	"net/netip"
	"time"

	"partyline/sip/evidence"
)

// Tape is what is kept of the headers of the leg's packets; nil where nothing is.
func (l *Leg) Tape() *evidence.Tape { return l.tape }

// captured keeps the headers of a packet on its way, RTP or RTCP, of which the
// latter is in the clear by now.
func (l *Leg) captured(now time.Time, outward bool, peer netip.AddrPort, data []byte) {
	if l.tape == nil || len(data) < 2 {
		return
	}
	if !isRTCP(data) {
		l.tape.RTP(now, outward, peer, data)
		return
	}
	a := l.agreed.Load()
	l.tape.RTCP(now, outward, a != nil && a.media.Mux, peer, data)
}
