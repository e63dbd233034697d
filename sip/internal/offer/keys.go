package offer

import (
	"partyline/sip/dialplan"
	"partyline/sip/internal/sdes"
)

// keys is the SRTP side of a session: what was agreed on, and what our last
// offer carried.
type keys struct {
	agreed  *Protection // nil while RTP is plain
	offered []sdes.Crypto
}

// answer decides how a stream that is offered is protected: nil for plain RTP.
// The offer may be RTP/SAVP, or RTP/AVP with keys beside it, which leaves the
// choice to us. It returns ErrNoSRTP where the stream cannot be taken.
func (k *keys) answer(policy dialplan.SRTP, theirs stream) (*Protection, error) {
	if policy == dialplan.SRTPOff {
		if theirs.secure {
			return nil, ErrNoAudio
		}
		return nil, nil
	}
	peers, ok := sdes.Choose(theirs.cryptos)
	if !ok {
		if theirs.secure || policy == dialplan.SRTPRequired {
			return nil, ErrNoSRTP
		}
		return nil, nil
	}
	for _, c := range theirs.cryptos { // the one in use stays, whatever else is offered
		if k.agreed != nil && c.Equal(k.agreed.Receive) && k.agreed.Send.Suite == c.Suite {
			return &Protection{Send: k.agreed.Send.WithTag(c.Tag), Receive: c}, nil
		}
	}
	// A peer that brings a new key may well begin to count anew in both
	// directions; only a new key of ours is right in any case.
	return &Protection{Send: sdes.Answer(peers), Receive: peers}, nil
}

// offer gives the keys for an offer of ours: those in use, or of each suite one.
func (k *keys) offer(policy dialplan.SRTP) []sdes.Crypto {
	switch {
	case policy == dialplan.SRTPOff:
		return nil
	case k.offered == nil && k.agreed != nil:
		k.offered = []sdes.Crypto{k.agreed.Send}
	case k.offered == nil:
		k.offered = sdes.Offer()
	}
	return k.offered
}

// renew has the next offer carry new keys.
func (k *keys) renew() { k.offered = sdes.Offer() }

// accept finds out which of the keys offered an answer chose. It returns
// ErrNoSRTP where it chose none though it had to, or one not offered.
func (k *keys) accept(policy dialplan.SRTP, theirs stream) (*Protection, error) {
	for _, c := range theirs.cryptos {
		for _, ours := range k.offered {
			if ours.Tag == c.Tag && ours.Suite == c.Suite {
				return &Protection{Send: ours, Receive: c}, nil
			}
		}
	}
	if theirs.secure || policy == dialplan.SRTPRequired || len(theirs.cryptos) > 0 && len(k.offered) > 0 {
		return nil, ErrNoSRTP
	}
	return nil, nil
}

// agree notes what was agreed on, which the next offer repeats. Where RTP is
// plain it repeats what the peer declined, so that nothing seems to change.
func (k *keys) agree(p *Protection) {
	k.agreed = p
	if p != nil {
		k.offered = nil
	}
}
