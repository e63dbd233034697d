package quality

import "time"

// Sample is how a leg's connection fared over one interval, a few seconds long.
type Sample struct {
	At        time.Time     // end of the interval
	Span      time.Duration // its length: 5 s, less at the end of a leg
	Said      Stream        // what came from the participant
	Heard     Stream        // what went to the participant, as they report it
	RoundTrip time.Duration // zero when unknown
	Marks     Marks
}

// Stream is one direction of a Sample. Figures that nobody measured are zero,
// but for the levels, which are Unknown.
type Stream struct {
	Packets uint64  // that the figures are about, lost ones included; with 0 they mean nothing
	Loss    float64 // share of packets, 0 to 1
	Burst   float64 // burst ratio of ITU-T G.107: 1 for random loss, more for bursts, 0 unknown
	Gap     int     // packets in the longest run of lost ones

	Late       uint64 // packets that came after their turn, and so were of no use
	Reordered  uint64
	Duplicated uint64
	Healed     uint64 // lost packets that RED or FEC gave back

	Concealed float64       // share of the sound, 0 to 1
	Jitter    time.Duration // RFC 3550 §6.4.1
	Spread    time.Duration // 95th percentile of how much later than the soonest packets came
	Buffer    time.Duration // how long sound waits in the listener's jitter buffer; whoever knows it knows Concealed as well
	Bitrate   int           // bit/s of payload

	Level   float64 // mean power of what was said aloud, dBov; Unknown when nothing tells
	Swing   float64 // standard deviation of the level within the interval, dB
	Clipped float64 // share of samples at full scale, 0 to 1
	Talking float64 // share of the interval with speech, 0 to 1
}

// Unknown is the Level of a stream whose sound nobody looked at.
const Unknown = -128.0

// Marks say what a sample's figures have to be read with.
type Marks uint16

// The marks.
const (
	Muted        Marks = 1 << iota // for all of the interval
	Held                           // for some of it
	Missing                        // the other side reported nothing: Heard is not known
	Relayed                        // by a TURN server
	OverTCP                        // media by TCP or TLS
	Reconnecting                   // the path was being changed
	Overloaded                     // the server was late with this interval's sound
	Unheard                        // packets come, and nothing can be decoded from them
)

// Has tells whether all of the marks are set.
func (m Marks) Has(marks Marks) bool { return m&marks == marks }
