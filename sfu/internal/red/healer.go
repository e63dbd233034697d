package red

// window is how many sequence numbers back a Healer remembers.
const window = 64

// Healer gives each packet of a stream once, however often and in whatever
// copies it came. The zero value is ready; a new stream needs a new Healer.
type Healer struct {
	begun bool
	high  uint16 // newest sequence number
	seen  uint64 // bit i: high-i is settled
}

// Accept tells whether the packet with this sequence number is new, and
// remembers it. A jump beyond the window begins again from there.
func (h *Healer) Accept(seq uint16) bool {
	if !h.begun {
		// What a stream's first packet carries of the time before is not
		// for us: a source joins a slot with a primary.
		h.begun, h.high, h.seen = true, seq, ^uint64(0)
		return true
	}
	switch ahead := int16(seq - h.high); {
	case ahead > window || ahead < -8*window:
		h.high, h.seen = seq, ^uint64(0)
		return true
	case ahead > 0:
		h.seen = h.seen<<ahead | 1
		h.high = seq
		return true
	case ahead <= -window:
		return false
	default:
		bit := uint64(1) << -ahead
		fresh := h.seen&bit == 0
		h.seen |= bit
		return fresh
	}
}

// Missing tells whether the packet is wanted: within the window, older than
// the newest, and never seen.
func (h *Healer) Missing(seq uint16) bool {
	behind := h.high - seq
	return h.begun && behind > 0 && behind < window && h.seen&(1<<behind) == 0
}

// Gap tells whether packets are missing right before seq, which is not yet
// accepted: whether its redundant blocks may be of use.
func (h *Healer) Gap(seq uint16) bool {
	return h.begun && seq != h.high+1
}
