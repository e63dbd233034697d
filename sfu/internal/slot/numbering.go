// Package slot numbers the RTP stream that one slot of a room sends while
// talkers come and go. Time is a parameter.
package slot

import "time"

const (
	clock     = 48000 // Hz, RFC 7587 §4.1
	frame     = 960   // 20 ms
	frameTime = 20 * time.Millisecond
	// jump is how far a source's sequence may leap before it counts as a new
	// stream.
	jump = 128
	// leap is the same for its timestamp: half a minute.
	leap = 30 * clock
)

// Numbering rewrites the sequence numbers and timestamps of whoever holds a
// slot into one stream: contiguous across talkers, with a source's own gaps
// kept, and the timestamp advanced by the wall clock where the source
// changes. The zero value is a stream that begins at 1.
type Numbering struct {
	live    bool   // a source is being sent
	stream  uint64 // which
	seqDiff uint16 // ours minus the source's
	tsDiff  uint32
	first   uint16 // ours, of this source's first packet

	seq    uint16 // newest sent
	ts     uint32
	sentAt time.Time
}

// Next gives the number and timestamp under which the source's packet is
// sent, and whether it begins a talk spurt. It is not ok for a packet from
// before the source had the slot: sending it would repeat another's number.
func (n *Numbering) Next(stream uint64, seq uint16, ts uint32, now time.Time) (outSeq uint16, outTS uint32, marker, ok bool) {
	if n.live && stream == n.stream {
		outSeq, outTS = seq+n.seqDiff, ts+n.tsDiff
		ahead := int16(outSeq - n.seq)
		drift := int32(outTS - n.ts)
		switch {
		case ahead > jump || ahead < -jump || drift > leap || drift < -leap:
			// The source began again: fall through to a takeover.
		case ahead > 0:
			n.seq, n.ts, n.sentAt = outSeq, outTS, now
			return outSeq, outTS, false, true
		default:
			return outSeq, outTS, false, int16(outSeq-n.first) >= 0
		}
	}
	outSeq, outTS = n.following(now)
	n.live, n.stream = true, stream
	n.seqDiff, n.tsDiff = outSeq-seq, outTS-ts
	n.first, n.seq, n.ts, n.sentAt = outSeq, outSeq, outTS, now
	return outSeq, outTS, true, true
}

// following is the number after the newest, and the timestamp that the wall
// clock gives it: in whole frames, and at least one.
func (n *Numbering) following(now time.Time) (uint16, uint32) {
	if n.sentAt.IsZero() {
		return n.seq + 1, n.ts + frame
	}
	frames := (now.Sub(n.sentAt) + frameTime/2) / frameTime
	return n.seq + 1, n.ts + uint32(max(frames, 1))*frame
}

// End gives the number and timestamp of the frame that ends a spurt, right
// after its last one. It is not ok when no spurt is running.
func (n *Numbering) End() (seq uint16, ts uint32, ok bool) {
	if !n.live {
		return 0, 0, false
	}
	n.live = false
	n.seq, n.ts, n.sentAt = n.seq+1, n.ts+frame, n.sentAt.Add(frameTime)
	return n.seq, n.ts, true
}

// At is the RTP timestamp that corresponds to now, for sender reports.
func (n *Numbering) At(now time.Time) uint32 {
	return n.ts + uint32(int64(now.Sub(n.sentAt).Seconds()*clock))
}
