package red

import "time"

const (
	// patience is how long a lost packet is worth waiting for, and respite
	// how long to wait before asking again.
	patience = 160 * time.Millisecond
	respite  = 50 * time.Millisecond
	// wishes is how many packets may be asked for at a time: more are lost
	// only where asking does not help.
	wishes = 16
)

// Wanted keeps the list of packets to ask for again (RFC 4585 §6.2.1). Time
// is a parameter. The zero value wants nothing.
type Wanted struct {
	list [wishes]wish
	n    int
}

type wish struct {
	seq         uint16
	noticed, at time.Time // when it was missed, when it was last asked for
	asked       bool
}

// Miss adds the packets that the healer misses between two that came, from
// being the older.
func (w *Wanted) Miss(h *Healer, from, to uint16, now time.Time) {
	for seq := from + 1; seq != to && w.n < wishes && to-seq < window; seq++ {
		if h.Missing(seq) {
			w.list[w.n] = wish{seq: seq, noticed: now}
			w.n++
		}
	}
}

// Due appends to dst what to ask for now, and forgets what came or is not
// worth waiting for any more.
func (w *Wanted) Due(dst []uint16, h *Healer, now time.Time) []uint16 {
	kept := 0
	for i := range w.n {
		x := w.list[i]
		if !h.Missing(x.seq) || now.Sub(x.noticed) > patience {
			continue
		}
		if !x.asked || now.Sub(x.at) >= respite {
			x.asked, x.at = true, now
			dst = append(dst, x.seq)
		}
		w.list[kept] = x
		kept++
	}
	w.n = kept
	return dst
}
