package leg

import (
	"net/netip"
	"time"
)

// maxKept bounds what is kept of a source that has not proved itself: enough
// for a probation with a lost packet in it, and for a key pressed meanwhile.
const maxKept = 8

// antechamber keeps the packets of the latest candidate, so that what a caller
// says and presses in the first moments after the answer is not lost when the
// latch comes to believe its source.
type antechamber struct {
	from netip.AddrPort
	kept []early
}

// early is a packet that waits; data is a copy.
type early struct {
	data    []byte
	arrival time.Time
}

// keep takes a packet in. It returns how many it had to drop for that: all of
// another candidate, or the oldest.
func (a *antechamber) keep(from netip.AddrPort, data []byte, now time.Time) (dropped int) {
	if from != a.from {
		dropped = len(a.kept)
		a.from, a.kept = from, nil
	}
	if len(a.kept) == maxKept {
		dropped++
		a.kept = append(a.kept[:0], a.kept[1:]...)
	}
	a.kept = append(a.kept, early{append([]byte(nil), data...), now})
	return dropped
}

// release gives what was kept of a source that is believed now, and how many
// packets of others it dropped.
func (a *antechamber) release(from netip.AddrPort) (kept []early, dropped int) {
	if a.kept == nil {
		return nil, 0
	}
	kept = a.kept
	if from != a.from {
		kept, dropped = nil, len(a.kept)
	}
	*a = antechamber{}
	return kept, dropped
}
