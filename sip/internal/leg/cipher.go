package leg

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"
	"github.com/pion/srtp/v3"

	"partyline/sip/internal/sdes"
)

// profiles are what pion/srtp calls the suites.
var profiles = map[sdes.Suite]srtp.ProtectionProfile{
	sdes.AEAD128:      srtp.ProtectionProfileAeadAes128Gcm,
	sdes.AEAD256:      srtp.ProtectionProfileAeadAes256Gcm,
	sdes.AES256SHA180: srtp.ProtectionProfileAes256CmHmacSha1_80,
	sdes.AES128SHA180: srtp.ProtectionProfileAes128CmHmacSha1_80,
	sdes.AES256SHA132: srtp.ProtectionProfileAes256CmHmacSha1_32,
	sdes.AES128SHA132: srtp.ProtectionProfileAes128CmHmacSha1_32,
}

// overhead is the most that protection adds to an RTP packet of ours: the tag
// of AES-GCM. Our keys have no MKI.
const overhead = 16

// replayWindow is how many packets back one may come late and be told from one
// that came before.
const replayWindow = 128

// newContext prepares a crypto attribute's keys for one direction.
func newContext(c sdes.Crypto) (*srtp.Context, error) {
	profile, ok := profiles[c.Suite]
	if !ok || len(c.Keys) == 0 {
		return nil, fmt.Errorf("SRTP: no keys of a known suite")
	}
	options := []srtp.ContextOption{srtp.SRTPReplayProtection(replayWindow), srtp.SRTCPReplayProtection(replayWindow)}
	first := c.Keys[0]
	if len(first.MKI) > 0 {
		options = append(options, srtp.MasterKeyIndicator(first.MKI))
	}
	context, err := srtp.CreateContext(first.Key, first.Salt, profile, options...)
	if err != nil {
		return nil, fmt.Errorf("SRTP: %w", err)
	}
	for _, k := range c.Keys[1:] {
		if err := context.AddCipherForMKI(k.MKI, k.Key, k.Salt); err != nil {
			return nil, fmt.Errorf("SRTP: %w", err)
		}
	}
	return context, nil
}

// seal protects what we send; the zero value leaves it as it is. With keys and
// no context, because these could not be used, nothing may be sent at all.
type seal struct {
	crypto  sdes.Crypto
	context *srtp.Context
	header  rtp.Header // scratch space
}

// rekey puts keys into force; nil is plain RTP. It tells whether they are new.
func (s *seal) rekey(c *sdes.Crypto) (changed bool, err error) {
	if c == nil {
		*s = seal{}
		return false, nil
	}
	if s.context != nil && c.Equal(s.crypto) {
		return false, nil
	}
	*s = seal{crypto: *c}
	s.context, err = newContext(*c)
	return true, err
}

// on tells whether packets are to be protected.
func (s *seal) on() bool { return s.crypto.Suite != 0 }

// rtp protects a packet in place; nil where that cannot be done.
func (s *seal) rtp(packet []byte) []byte {
	if !s.on() {
		return packet
	}
	if s.context == nil {
		return nil
	}
	sealed, err := s.context.EncryptRTP(packet, packet, &s.header)
	if err != nil {
		return nil
	}
	return sealed
}

// rtcp protects a compound packet; nil where that cannot be done.
func (s *seal) rtcp(packet []byte) []byte {
	if !s.on() {
		return packet
	}
	if s.context == nil {
		return nil
	}
	sealed, err := s.context.EncryptRTCP(nil, packet, nil)
	if err != nil {
		return nil
	}
	return sealed
}

// unseal authenticates and decrypts what we receive; the zero value takes it as
// it is.
type unseal struct {
	crypto  sdes.Crypto
	context *srtp.Context
	// What is on its way when keys change still comes under those before.
	before *srtp.Context
	until  time.Time
	header rtp.Header // scratch space
	plain  [2048]byte
}

// overlap is how long the keys before are still good.
const overlap = 10 * time.Second

// rekey puts keys into force; nil is plain RTP.
func (u *unseal) rekey(c *sdes.Crypto, now time.Time) (err error) {
	if c == nil {
		u.crypto, u.context, u.before = sdes.Crypto{}, nil, nil
		return nil
	}
	if u.context != nil && c.Equal(u.crypto) {
		return nil
	}
	u.before, u.until = u.context, now.Add(overlap)
	u.crypto = *c
	u.context, err = newContext(*c)
	return err
}

// on tells whether packets have to be protected.
func (u *unseal) on() bool { return u.crypto.Suite != 0 }

// rtp gives the plain packet, which is valid until the next call. It reports
// false for one that is forged, or was there before.
func (u *unseal) rtp(packet []byte, now time.Time) ([]byte, bool) {
	if u.context == nil || len(packet) > len(u.plain) {
		return nil, false
	}
	if plain, err := u.context.DecryptRTP(u.plain[:0], packet, &u.header); err == nil {
		return plain, true
	}
	if u.before == nil || now.After(u.until) {
		return nil, false
	}
	plain, err := u.before.DecryptRTP(u.plain[:0], packet, &u.header)
	return plain, err == nil
}

// rtcp is the same for a compound packet.
func (u *unseal) rtcp(packet []byte, now time.Time) ([]byte, bool) {
	if u.context == nil {
		return nil, false
	}
	if plain, err := u.context.DecryptRTCP(nil, packet, new(rtcp.Header)); err == nil {
		return plain, true
	}
	if u.before == nil || now.After(u.until) {
		return nil, false
	}
	plain, err := u.before.DecryptRTCP(nil, packet, new(rtcp.Header))
	return plain, err == nil
}

// protect puts the keys of an agreement into force. New keys of ours begin a
// new source, whose packets are counted from below 2^15 (RFC 3711 section
// 3.3.1), so that the peer cannot go wrong about the rollover counter. l.in is
// held.
func (l *Leg) protect(p *protection, now time.Time) {
	if err := l.unseal.rekey(p.receive, now); err != nil {
		l.log.Error("the peer's keys cannot be used", "error", err)
	}
	l.out.Lock()
	defer l.out.Unlock()
	changed, err := l.sender.seal.rekey(p.send)
	if err != nil {
		l.log.Error("keys of ours cannot be used", "error", err)
	}
	if changed {
		l.sender.clock, l.sender.sequence = 0, initialSequence()
	}
}

// protection is the keys of an agreement; nil both where RTP is plain.
type protection struct{ send, receive *sdes.Crypto }

func initialSequence() uint16 { return uint16(rand.Uint32N(1 << 15)) }
