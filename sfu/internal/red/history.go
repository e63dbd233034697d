package red

// Depth is how much redundancy a listener gets. It names one of the few ways
// in which a packet is put together, so that all listeners share them.
type Depth uint8

// The depths, in order of cost. Measured with Chromium at 30 % random loss:
// 12.8 % of the speech concealed without, 4.6 % with One, 2.3 % with Two.
const (
	None   Depth = iota // plain Opus
	One                 // the frame before
	Two                 // the two frames before
	Spaced              // the second and the fourth before, against bursts
	Three               // the three frames before
	Depths              // how many there are
)

// distances lists how far back each depth reaches, oldest first.
var distances = [Depths][]uint16{One: {1}, Two: {2, 1}, Spaced: {4, 2}, Three: {3, 2, 1}}

const (
	remembered = 8    // packets; a power of two above the largest distance
	maxFrame   = 1276 // octets of one Opus packet
	// budget keeps what is sent below any path's MTU, headers included.
	budget = 1100
)

// History remembers the last packets of one outgoing stream and puts the next
// ones together, each depth at most once. The zero value is empty.
type History struct {
	packets [remembered]packet
	seq     uint16 // of the newest
	built   [Depths][]byte
	buffer  [Depths][maxFrame + 4*redundantHeader]byte
	blocks  [4]Block
}

type packet struct {
	seq  uint16
	ts   uint32
	size int // 0: none
	data [maxFrame]byte
}

// Add makes a packet of plain Opus the newest. It is copied.
func (h *History) Add(seq uint16, ts uint32, opus []byte) {
	h.seq = seq
	h.put(seq, ts, opus)
}

// Late puts a packet into its place that came after newer ones.
func (h *History) Late(seq uint16, ts uint32, opus []byte) {
	if h.seq-seq < remembered {
		h.put(seq, ts, opus)
	}
}

func (h *History) put(seq uint16, ts uint32, opus []byte) {
	p := &h.packets[seq%remembered]
	p.seq, p.ts = seq, ts
	p.size = copy(p.data[:], opus)
	clear(h.built[:])
}

// Payload is the newest packet at the depth given, its blocks under the Opus
// payload type given, and whether it is RED: without anything to add it is
// plain Opus at any depth. It is valid until the next Add.
func (h *History) Payload(d Depth, opusType uint8) (payload []byte, isRED bool) {
	newest := &h.packets[h.seq%remembered]
	plain := newest.data[:newest.size]
	if d == None || d >= Depths {
		return plain, false
	}
	if h.built[d] == nil {
		h.built[d] = Append(h.buffer[d][:0], opusType, h.gather(d, newest))
	}
	built := h.built[d]
	if built[0]&follow == 0 {
		return plain, false
	}
	retype(built, opusType)
	return built, true
}

// gather lists the blocks that depth d has for the newest packet, dropping
// the oldest where they would not fit into one datagram.
func (h *History) gather(d Depth, newest *packet) []Block {
	blocks := h.blocks[:0]
	size := newest.size
	for _, distance := range distances[d] {
		p := &h.packets[(h.seq-distance)%remembered]
		if p.size == 0 || p.seq != h.seq-distance || size+p.size > budget {
			continue
		}
		size += p.size
		blocks = append(blocks, Block{Offset: newest.ts - p.ts, Data: p.data[:p.size]})
	}
	return append(blocks, Block{Data: newest.data[:newest.size]})
}

// retype writes another payload type into every block header of a payload
// that Append made: listeners may have negotiated different ones.
func retype(payload []byte, payloadType uint8) {
	for payload[0]&follow != 0 {
		if payload[0] == payloadType|follow {
			return // all are alike
		}
		payload[0] = payloadType | follow
		payload = payload[redundantHeader:]
	}
	payload[0] = payloadType
}
