package offer

import (
	"net/netip"
	"time"

	"partyline/sfu/audio"
)

// Capabilities is what our side can do.
type Capabilities struct {
	Codecs []audio.Codec // in our order of preference
	Ptime  time.Duration // what we ask for; 20 ms when zero
}

// Session is our side of one call's session description: it remembers what was
// last agreed, so that each new description carries the right version. It is
// not safe for concurrent use.
type Session struct {
	local   netip.AddrPort
	can     Capabilities
	id      uint64
	version uint64
	last    string
	media   Media
}

// New starts a session whose RTP arrives at local, and RTCP one port above.
func New(local netip.AddrPort, can Capabilities) *Session {
	return &Session{local: local, can: can}
}

// Answer answers an offer: an initial one, or one in a re-INVITE or UPDATE. It
// returns ErrMalformed, ErrNoAudio or ErrNoCommonCodec, which leave the session
// as it was.
func (s *Session) Answer(sdp []byte) (answer []byte, media Media, err error) {
	return nil, Media{}, ErrMalformed
}

// Offer makes an offer of everything we can do, or, once a call is up, of what
// was agreed. SendOnly or Inactive puts the peer on hold.
func (s *Session) Offer(direction Direction) []byte { return nil }

// Accept takes the answer to our last offer.
func (s *Session) Accept(answer []byte) (Media, error) { return Media{}, ErrMalformed }
