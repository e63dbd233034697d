package sfu

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/pion/rtcp"
	"github.com/pion/rtp"

	"partyline/metrics/quality"
	"partyline/sfu/audio"
	"partyline/sfu/internal/loudness"
	"partyline/sfu/internal/red"
)

// guessedVoice is the level of a packet that does not tell its own, but is
// too long to be silence.
const (
	guessedVoice  = audio.Level(40)
	silencePacket = 12 // octets
)

// uplink is what a browser says: it takes RED apart, heals what was lost on
// the way, drops what came twice and feeds the rest to the source. Pion's SRTP
// goroutine alone touches it, but for the reception.
type uplink struct {
	leg    *leg
	source atomic.Pointer[source]

	header rtp.Header
	blocks []red.Block
	healer red.Healer
	ssrc   uint32
	newest uint16 // sequence number
	wanted red.Wanted
	asking []uint16 // scratch

	unusable atomic.Uint32 // packets since the last take that were not what was negotiated

	mu        sync.Mutex // guards what follows
	reception quality.Reception
	loudness  loudness.Gauge
	reported  senderReport
}

// receive takes one RTP packet.
func (u *uplink) receive(b []byte, now time.Time) {
	src, traffic := u.source.Load(), u.leg.hub.traffic
	if src == nil {
		return
	}
	payload := u.open(b)
	if payload == nil {
		traffic.DroppedMalformed.Add(1)
		u.unusable.Add(1)
		return
	}
	isRED := u.leg.offer.red != 0 && u.header.PayloadType == u.leg.offer.red
	if u.header.SSRC == 0 || !isRED && u.header.PayloadType != u.leg.offer.opus {
		traffic.DroppedForeign.Add(1)
		u.unusable.Add(1)
		return
	}
	traffic.PacketsIn.Add(1)
	traffic.BytesIn.Add(uint64(len(payload)))
	u.leg.lastRTP.Store(now.UnixNano())
	v := voice{
		stream: uint64(u.leg.order)<<32 | uint64(u.header.SSRC),
		level:  u.level(payload), arrival: now,
	}
	u.count(len(payload), v.level, now)
	if isRED {
		u.heal(src, v, payload)
	} else {
		u.give(src, v, u.header.SequenceNumber, u.header.Timestamp, payload)
	}
	if u.leg.offer.nack {
		u.askAgain(now)
	}
}

// askAgain asks the browser for what was lost and could not be healed.
func (u *uplink) askAgain(now time.Time) {
	seq := u.header.SequenceNumber
	if int16(seq-u.newest) > 0 {
		u.wanted.Miss(&u.healer, u.newest, seq, now)
		u.newest = seq
	}
	u.asking = u.wanted.Due(u.asking[:0], &u.healer, now)
	if len(u.asking) > 0 {
		u.leg.hub.traffic.AskedAgain.Add(uint64(len(u.asking)))
		u.leg.writeRTCP(&rtcp.TransportLayerNack{
			SenderSSRC: u.leg.outlets[0].ssrc, MediaSSRC: u.ssrc,
			Nacks: rtcp.NackPairsFromSequenceNumbers(u.asking),
		})
	}
}

// open reads the header and returns the payload without padding, nil if there
// is none.
func (u *uplink) open(b []byte) []byte {
	n, err := u.header.Unmarshal(b)
	if err != nil || u.header.Version != 2 {
		return nil
	}
	payload := b[n:]
	if u.header.Padding {
		if len(payload) == 0 || int(payload[len(payload)-1]) > len(payload) {
			return nil
		}
		payload = payload[:len(payload)-int(payload[len(payload)-1])]
	}
	if len(payload) == 0 {
		return nil
	}
	return payload
}

// count keeps the books on what arrives, and begins anew with a new SSRC.
func (u *uplink) count(octets int, level audio.Level, now time.Time) {
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.ssrc != u.header.SSRC {
		u.ssrc, u.healer, u.wanted = u.header.SSRC, red.Healer{}, red.Wanted{}
		u.newest = u.header.SequenceNumber
		u.reported = senderReport{}
	}
	if u.leg.hub.blind.Load() {
		return
	}
	fresh := u.reception.Receive(quality.Packet{
		Source: u.header.SSRC, Sequence: u.header.SequenceNumber, Timestamp: u.header.Timestamp, Clock: 48000, Octets: octets,
	}, now)
	if fresh && u.leg.offer.levelExtension != 0 {
		u.loudness.Hear(level)
	}
}

// level reads the RFC 6464 extension. Without one it guesses.
func (u *uplink) level(payload []byte) audio.Level {
	if id := u.leg.offer.levelExtension; id != 0 {
		if e := u.header.GetExtension(id); len(e) > 0 {
			return audio.Level(e[0] &^ voiceFlag)
		}
	}
	if len(payload) <= silencePacket {
		return audio.Silence
	}
	return guessedVoice
}

// heal gives the blocks of a RED payload: the redundant ones where their
// packets are missing, then the primary. Browsers send the packets right
// before, so a block's place tells its sequence number.
func (u *uplink) heal(src *source, v voice, payload []byte) {
	var err error
	u.blocks, err = red.Parse(u.blocks[:0], payload)
	if err != nil {
		u.leg.hub.traffic.DroppedMalformed.Add(1)
		return
	}
	seq, ts := u.header.SequenceNumber, u.header.Timestamp
	last := len(u.blocks) - 1
	fresh := u.healer.Accept(seq)
	recovered := 0
	for i, b := range u.blocks[:last] {
		older := seq - uint16(last-i)
		if b.PayloadType == u.leg.offer.opus && len(b.Data) > 0 && u.healer.Missing(older) {
			recovered++
			u.give(src, v, older, ts-b.Offset, b.Data)
		}
	}
	if recovered > 0 {
		u.leg.hub.traffic.Recovered.Add(uint64(recovered))
		u.healed(recovered)
	}
	primary := u.blocks[last]
	if !fresh {
		u.leg.hub.traffic.DroppedDuplicate.Add(1)
		return
	}
	if primary.PayloadType != u.leg.offer.opus || len(primary.Data) == 0 {
		u.leg.hub.traffic.DroppedForeign.Add(1)
		return
	}
	v.seq, v.ts, v.payload = seq, ts, primary.Data
	src.feed(v)
}

// give feeds one packet unless it was there before.
func (u *uplink) give(src *source, v voice, seq uint16, ts uint32, opus []byte) {
	if !u.healer.Accept(seq) {
		u.leg.hub.traffic.DroppedDuplicate.Add(1)
		return
	}
	v.seq, v.ts, v.payload = seq, ts, opus
	src.feed(v)
}
