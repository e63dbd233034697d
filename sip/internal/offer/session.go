package offer

import (
	"crypto/rand"
	"encoding/binary"
	"errors"
	"net/netip"
	"slices"

	"github.com/pion/sdp/v3"

	"partyline/sfu/audio"
	"partyline/sip/dialplan"
	"partyline/sip/internal/sdes"
)

// Capabilities is what our side can do.
type Capabilities struct {
	Codecs []audio.Codec // in our order of preference; an answer uses the first one offered
	// Payloads and Events are the payload types of our own offers. Nil means
	// 0, 8, 9 and 111, and telephone-event as 101 at 8 kHz and 110 at 48 kHz.
	Payloads map[audio.Codec]uint8
	Events   []Events
	SRTP     dialplan.SRTP
}

// Session is our side of one call's session description: it remembers what was
// last agreed, so that each new description numbers its formats and lines as
// before and carries the right version. It is not safe for concurrent use.
type Session struct {
	local    netip.AddrPort
	can      Capabilities
	payloads map[audio.Codec]uint8
	events   []Events
	want     Direction // ours, whatever the peer wishes
	id       uint64
	version  uint64
	last     string // description last sent, without its version
	// The m= lines agreed on, audio's among them; nil before the first.
	lines  []line
	index  int
	proto  []string
	mux    bool
	keys   keys
	mutual bool // extended reports are spoken of by the peer, or nothing is known of it yet
}

// line is an m= line that we refuse, to be repeated in every description.
type line struct {
	media   string
	protos  []string
	formats []string
}

// New starts a session whose RTP arrives at local, and RTCP one port above.
func New(local netip.AddrPort, can Capabilities) *Session {
	s := &Session{local: local, can: can, want: SendRecv, mux: true, proto: []string{"RTP", "AVP"}}
	if can.SRTP == dialplan.SRTPRequired {
		s.proto = []string{"RTP", "SAVP"}
	}
	s.payloads = map[audio.Codec]uint8{audio.PCMU: 0, audio.PCMA: 8, audio.G722: 9, audio.Opus: 111}
	for codec, payload := range can.Payloads {
		s.payloads[codec] = payload
	}
	s.events = can.Events
	if s.events == nil {
		s.events = []Events{{101, 8000}}
		if slices.Contains(can.Codecs, audio.Opus) {
			s.events = append(s.events, Events{110, 48000})
		}
	}
	var seed [8]byte
	_, _ = rand.Read(seed[:]) // never fails, by its documentation
	s.id = binary.BigEndian.Uint64(seed[:]) >> 1
	s.version, s.mutual = 1, true
	return s
}

// Answer answers an offer: an initial one, or one in a re-INVITE or UPDATE. It
// returns ErrMalformed, ErrNoAudio, ErrNoCommonCodec or ErrNoSRTP, which leave
// the session as it was.
func (s *Session) Answer(text []byte) (answer []byte, media Media, err error) {
	d, streams, err := parse(text)
	if err != nil {
		return nil, Media{}, err
	}
	best, err := s.best(streams)
	if err != nil {
		return nil, Media{}, err
	}
	theirs, chosen := best.stream, best.format
	media = theirs.media(chosen, intersect(theirs.direction.reverse(), s.want), s.can.Codecs)
	media.SRTP = best.protection
	for _, f := range media.Formats {
		s.payloads[f.Codec] = f.Payload
	}
	s.payloads[chosen.Codec] = chosen.Payload
	s.adopt(d, theirs)
	s.keys.agree(best.protection)
	answered := answerEvents(theirs.events, chosen.Codec)
	if len(answered) > 0 {
		s.events = answered
	}
	formats := append([]Format{chosen}, noise(media.Formats)...)
	return s.describe(content{formats, answered, media.Direction, best.protection.attributes(), media.Ptime}), media, nil
}

// proposal is an offered stream and what we would make of it.
type proposal struct {
	stream     stream
	format     Format
	protection *Protection
}

// best picks the stream of an offer that we take: the one agreed on before,
// else the first that is protected, else the first that can be used at all.
func (s *Session) best(streams []stream) (proposal, error) {
	var usable []proposal
	var why error
	for _, theirs := range streams {
		p, err := s.consider(theirs)
		switch {
		case err != nil:
			why = weightier(why, err)
		case s.lines != nil && theirs.index == s.index:
			return p, nil
		default:
			usable = append(usable, p)
		}
	}
	if len(usable) == 0 {
		return proposal{}, why
	}
	if i := slices.IndexFunc(usable, func(p proposal) bool { return p.protection != nil }); i >= 0 {
		return usable[i], nil
	}
	return usable[0], nil
}

// weightier keeps the first reason for which a stream cannot be taken, except
// that a line of another transport is the weakest of them.
func weightier(first, next error) error {
	if first == nil || errors.Is(first, ErrNoAudio) {
		return next
	}
	return first
}

// consider sees what can be made of one stream.
func (s *Session) consider(theirs stream) (proposal, error) {
	protection, err := s.keys.answer(s.can.SRTP, theirs)
	if err != nil {
		return proposal{}, err
	}
	chosen, ok := s.choose(theirs.formats)
	if !ok {
		return proposal{}, ErrNoCommonCodec
	}
	return proposal{theirs, chosen, protection}, nil
}

// choose picks the format of an offer that we like best.
func (s *Session) choose(formats []Format) (Format, bool) {
	for _, codec := range s.can.Codecs {
		for _, f := range formats {
			if f.Codec == codec {
				return f, true
			}
		}
	}
	return Format{}, false
}

// answerEvents are the telephone-event formats that go with a codec: those of
// its clock rate, or any where there is none (RFC 4733 section 2.1).
func answerEvents(offered []Events, codec audio.Codec) []Events {
	var same []Events
	for _, e := range offered {
		if e.Clock == codec.ClockRate() {
			same = append(same, e)
		}
	}
	if len(same) > 0 {
		return same
	}
	return offered
}

// noise are the formats of comfort noise.
func noise(formats []Format) []Format {
	return slices.DeleteFunc(slices.Clone(formats), func(f Format) bool { return f.Codec != audio.CN })
}

// Offer makes an offer of everything we can do. SendOnly or Inactive puts the
// peer on hold until an offer with SendRecv.
func (s *Session) Offer(direction Direction) []byte {
	s.want = direction
	var formats []Format
	for _, codec := range s.can.Codecs {
		formats = append(formats, Format{s.payloads[codec], codec})
	}
	return s.describe(content{formats, s.events, direction, s.keys.offer(s.can.SRTP), audio.FrameDuration})
}

// Rekey has the next offer of ours carry new keys.
func (s *Session) Rekey() { s.keys.renew() }

// Accept takes the answer to our last offer. It returns ErrMalformed,
// ErrNoAudio, ErrNoCommonCodec or ErrNoSRTP.
func (s *Session) Accept(text []byte) (Media, error) {
	d, streams, err := parse(text)
	if err != nil {
		return Media{}, err
	}
	theirs := s.answered(streams)
	protection, err := s.keys.accept(s.can.SRTP, theirs)
	if err != nil {
		return Media{}, err
	}
	for _, f := range theirs.formats { // in the answer's order: its first is what it wants
		if slices.Contains(s.can.Codecs, f.Codec) {
			s.payloads[f.Codec] = f.Payload
			s.adopt(d, theirs)
			s.keys.agree(protection)
			media := theirs.media(f, intersect(theirs.direction.reverse(), s.want), s.can.Codecs)
			media.SRTP = protection
			return media, nil
		}
	}
	return Media{}, ErrNoCommonCodec
}

// answered is the stream that answers ours: the one in its place. RTCP shares
// its port only where we offered that.
func (s *Session) answered(streams []stream) stream {
	theirs := streams[0]
	if i := slices.IndexFunc(streams, func(t stream) bool { return t.index == s.index }); i >= 0 {
		theirs = streams[i]
	}
	if theirs.mux && !s.mux {
		theirs.mux = false
		if theirs.rtp != (netip.AddrPort{}) {
			theirs.rtcp = netip.AddrPortFrom(theirs.rtp.Addr(), theirs.rtp.Port()+1)
		}
	}
	return theirs
}

// adopt remembers the lines of a description, which every later one repeats.
func (s *Session) adopt(d *sdp.SessionDescription, theirs stream) {
	s.lines = s.lines[:0]
	for _, m := range d.MediaDescriptions {
		s.lines = append(s.lines, line{m.MediaName.Media, m.MediaName.Protos, m.MediaName.Formats})
	}
	s.index, s.proto, s.mux = theirs.index, theirs.proto, theirs.mux
	s.mutual = theirs.extended != nil
}

// media is what a stream of the peer's and our choice amount to.
func (t stream) media(chosen Format, ours Direction, can []audio.Codec) Media {
	m := Media{
		RTP: t.rtp, RTCP: t.rtcp, Mux: t.mux, Codec: chosen.Codec, Payload: chosen.Payload,
		Events: t.events, Direction: ours, Ptime: t.ptime,
	}
	for _, f := range t.formats {
		noise := f.Codec == audio.CN && chosen.Codec.ClockRate() == audio.CN.ClockRate()
		if noise || slices.Contains(can, f.Codec) {
			m.Formats = append(m.Formats, f)
		}
	}
	if t.extended != nil {
		m.Extended = *t.extended
	}
	return m
}

// attributes are the keys of an answer.
func (p *Protection) attributes() []sdes.Crypto {
	if p == nil {
		return nil
	}
	return []sdes.Crypto{p.Send}
}

// Status is the SIP status that an error of Answer deserves.
func Status(err error) int {
	if errors.Is(err, ErrMalformed) {
		return 400
	}
	return 488
}

// Warning is the value of the Warning header (RFC 3261 section 20.43) that goes
// with a refusal for an error of Answer; empty where none fits.
func Warning(err error) string {
	switch {
	case errors.Is(err, ErrNoSRTP):
		return `302 partyline "SRTP is required, with keys in a=crypto"`
	case errors.Is(err, ErrNoAudio):
		return `304 partyline "no audio by a transport that is spoken here is offered"`
	case errors.Is(err, ErrNoCommonCodec):
		return `305 partyline "none of PCMU, PCMA, G722 and opus is offered"`
	default:
		return ""
	}
}
