package sfu

import "sync/atomic"

// phoneCounts counts what the hub does for its phones.
type phoneCounts struct {
	ticks, late, resets, missing, failed atomic.Uint64
	lines                                atomic.Int64
}

// PhoneTraffic is what the hub has done for phones since it began: a snapshot
// of its counters, for metrics.
type PhoneTraffic struct {
	Ticks        uint64 // 20 ms of a room's mix
	Late         uint64 // ticks made up for because the one before came late
	Resets       uint64 // times that the mix was too late to make up for it
	ClipsMissing uint64 // clips that were to be played and do not exist
	Failed       uint64 // frames that a codec refused
	Lines        int64  // at this moment
}

// PhoneTraffic reads the counters. It may be called at any time from anywhere.
func (h *Hub) PhoneTraffic() PhoneTraffic {
	c := &h.exchange.counts
	return PhoneTraffic{
		Ticks: c.ticks.Load(), Late: c.late.Load(), Resets: c.resets.Load(),
		ClipsMissing: c.missing.Load(), Failed: c.failed.Load(), Lines: c.lines.Load(),
	}
}
