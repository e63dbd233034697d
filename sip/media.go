package sip

import (
	"context"
	"errors"
	"net/netip"
	"sync"
	"sync/atomic"

	"partyline/sfu/audio"
	"partyline/sip/dialplan"
	"partyline/sip/evidence"
	"partyline/sip/internal/dialog"
	"partyline/sip/internal/dtmf"
	"partyline/sip/internal/leg"
	"partyline/sip/internal/offer"
)

// codecs are what a phone may use, the best first.
var codecs = []audio.Codec{audio.Opus, audio.G722, audio.PCMA, audio.PCMU}

// media is a call's sound on its way: what was agreed with the peer, and the
// leg that carries it. Requests of the peer change it from the transport's
// goroutine while the call uses it.
type media struct {
	leg     *leg.Leg
	changed chan struct{}             // has room for one: held or codec may have changed
	sound   atomic.Pointer[soundSink] // where what the peer says goes; nil: nowhere

	mu      sync.Mutex // guards what follows
	session *offer.Session
	agreed  offer.Media
	host    netip.Addr // that the peer was told
}

// newMedia makes our side of a session whose sound arrives at host, encrypted
// or not as the trunk has it.
func newMedia(l *leg.Leg, host netip.Addr, srtp dialplan.SRTP) *media {
	return &media{
		host: host,
		leg:  l, changed: make(chan struct{}, 1),
		session: offer.New(netip.AddrPortFrom(host, l.Port()), offer.Capabilities{Codecs: codecs, SRTP: srtp}),
	}
}

// offer begins the session anew, for a peer that reaches us at host, and makes an
// offer of it.
func (m *media) offer(host netip.Addr, srtp dialplan.SRTP) []byte {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.host = host
	m.session = offer.New(netip.AddrPortFrom(host, m.leg.Port()), offer.Capabilities{Codecs: codecs, SRTP: srtp})
	return m.session.Offer(offer.SendRecv)
}

// soundSink takes the peer's packets, on the goroutine that reads them.
type soundSink func(audio.Packet)

// hear has what the peer says go to sink from now on; nil: nowhere.
func (m *media) hear(sink soundSink) {
	if sink == nil {
		m.sound.Store(nil)
		return
	}
	m.sound.Store(&sink)
}

// run reads what the peer sends until ctx ends, and tells what ended it
// otherwise.
func (m *media) run(ctx context.Context) error {
	return m.leg.Run(ctx, func(p audio.Packet) {
		if sink := m.sound.Load(); sink != nil {
			(*sink)(p)
		}
	})
}

// answer answers the INVITE's offer, or makes one where it has none.
func (m *media) answer(sdp []byte) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if len(sdp) == 0 {
		return m.session.Offer(offer.SendRecv), nil
	}
	answer, agreed, err := m.session.Answer(sdp)
	if err != nil {
		return nil, err
	}
	m.agree(agreed)
	return answer, nil
}

// accept takes the answer to an offer of ours.
func (m *media) accept(sdp []byte) error {
	if len(sdp) == 0 {
		return errors.New("there is none")
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	agreed, err := m.session.Accept(sdp)
	if err != nil {
		return err
	}
	m.agree(agreed)
	return nil
}

// agree puts into force what was agreed on; m.mu is held.
func (m *media) agree(agreed offer.Media) {
	m.agreed = agreed
	m.leg.Agree(agreed)
	select {
	case m.changed <- struct{}{}:
	default:
	}
}

// held tells whether the peer has put us on hold.
func (m *media) held() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.agreed.Codec != 0 && m.agreed.Held()
}

// evidence is what is kept of the packets, with the address that the peer was told.
func (m *media) evidence() evidence.Leg {
	m.mu.Lock()
	defer m.mu.Unlock()
	return evidence.Leg{Local: netip.AddrPortFrom(m.host, m.leg.Port()), Tape: m.leg.Tape()}
}

// codec is what we send, zero before anything was agreed on.
func (m *media) codec() audio.Codec {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.agreed.Codec
}

// handlers are what the peer may ask for within the call.
func (m *media) handlers() dialog.Handlers {
	return dialog.Handlers{
		Offered:  m.answer,
		Answered: func(sdp []byte) { _ = m.accept(sdp) }, // what was agreed before stays in force
		Info: func(contentType string, body []byte) error {
			digit, err := dtmf.ParseINFO(contentType, body)
			if err == nil {
				m.leg.Press(digit)
			}
			return err
		},
	}
}

// mediaEnding is how a call ends whose sound did.
func mediaEnding(err error) (cause string, bye dialog.Cause) {
	if errors.Is(err, leg.ErrSilent) {
		return "media-timeout", dialog.Cause{Protocol: "Q.850", Code: 31, Text: "no media from you"}
	}
	return "media-fault", dialog.Cause{Protocol: "Q.850", Code: 41, Text: "the sound failed"}
}

// refusalFor tells which status an offer deserves that cannot be answered.
func refusalFor(err error) *refusal {
	why := refusedFault
	switch {
	case errors.Is(err, offer.ErrMalformed):
		why = refusedSDP
	case errors.Is(err, offer.ErrNoSRTP):
		why = refusedSRTP
	case errors.Is(err, offer.ErrNoAudio), errors.Is(err, offer.ErrNoCommonCodec):
		why = refusedOffer
	}
	why.warning = offer.Warning(err)
	return &why
}

// legConfig is how long a leg may be silent.
func (g *Gateway) legConfig() leg.Config {
	return leg.Config{Timeout: g.cfg.MediaTimeout, HoldTimeout: g.cfg.HoldTimeout, Tape: g.cfg.Evidence}
}

// open makes the call's media: a leg, a line in the conference, and what is
// agreed on with the peer. It tells why the call cannot be taken.
func (c *call) open(ctx context.Context, trunk dialplan.Trunk) *refusal {
	l, err := leg.Open(c.g.ports, c.g.legConfig(), c.log)
	if err != nil {
		c.log.Error("no media for a call", "error", err)
		if errors.Is(err, leg.ErrNoPorts) {
			return &refusedPorts
		}
		return &refusedFault
	}
	c.media = newMedia(l, c.dialog.Host(), trunk.SRTP)
	if c.sdp, err = c.media.answer(c.dialog.Offer()); err != nil {
		c.log.Info("an offer cannot be answered", "error", err)
		_ = l.Close()
		return refusalFor(err)
	}
	opening, cancel := context.WithTimeout(ctx, openLimit)
	defer cancel()
	if refused := c.seek(opening); refused != nil {
		_ = l.Close()
		return refused
	}
	return nil
}
