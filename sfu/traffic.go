package sfu

import "sync/atomic"

// traffic counts what the hub's media path does. Each counter is its own
// atomic, so that counting costs a few nanoseconds and reading needs no lock.
type traffic struct {
	PacketsIn        atomic.Uint64
	PacketsOut       atomic.Uint64
	BytesIn          atomic.Uint64
	BytesOut         atomic.Uint64
	Recovered        atomic.Uint64
	Lost             atomic.Uint64
	AskedAgain       atomic.Uint64
	Unranked         atomic.Uint64
	DroppedBehind    atomic.Uint64
	DroppedDuplicate atomic.Uint64
	DroppedMalformed atomic.Uint64
	DroppedOversize  atomic.Uint64
	DroppedForeign   atomic.Uint64
	DroppedUnsent    atomic.Uint64
	Joins            atomic.Uint64
	JoinsRefused     atomic.Uint64
	Legs             atomic.Int64
	Rooms            atomic.Int64
}

// Traffic is what the hub's media path has done since it began: a snapshot of
// its counters, for metrics.
type Traffic struct {
	PacketsIn, PacketsOut uint64 // RTP packets of browsers
	BytesIn, BytesOut     uint64 // their RTP payloads
	Recovered             uint64 // packets that only RED brought
	Lost                  uint64 // uplink packets that never came, before RED
	AskedAgain            uint64 // packets that browsers were asked to repeat
	Unranked              uint64 // packets of people who hold no slot

	DroppedBehind    uint64 // the room's stage was too far behind
	DroppedDuplicate uint64 // came twice, by two legs or in two copies
	DroppedMalformed uint64 // RTP, RED or RTCP that cannot be read
	DroppedOversize  uint64 // longer than an Opus packet can be
	DroppedForeign   uint64 // a payload type or SSRC that was not negotiated
	DroppedUnsent    uint64 // the socket's queue was full, or sending failed

	Joins, JoinsRefused uint64 // browser legs answered and refused
	Legs, Rooms         int64  // at this moment
}

// Traffic reads the counters. It may be called at any time from anywhere.
func (h *Hub) Traffic() Traffic {
	t := h.traffic
	return Traffic{
		PacketsIn: t.PacketsIn.Load(), PacketsOut: t.PacketsOut.Load(),
		BytesIn: t.BytesIn.Load(), BytesOut: t.BytesOut.Load(),
		Recovered: t.Recovered.Load(), Lost: t.Lost.Load(),
		AskedAgain: t.AskedAgain.Load(), Unranked: t.Unranked.Load(),
		DroppedBehind: t.DroppedBehind.Load(), DroppedDuplicate: t.DroppedDuplicate.Load(),
		DroppedMalformed: t.DroppedMalformed.Load(), DroppedOversize: t.DroppedOversize.Load(),
		DroppedForeign: t.DroppedForeign.Load(), DroppedUnsent: t.DroppedUnsent.Load(),
		Joins: t.Joins.Load(), JoinsRefused: t.JoinsRefused.Load(),
		Legs: t.Legs.Load(), Rooms: t.Rooms.Load(),
	}
}
