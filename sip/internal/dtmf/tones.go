package dtmf

import (
	"math"
	"strings"

	"partyline/sfu/audio"
)

// Verdict is what a packet of sound turned out to be.
type Verdict uint8

// The verdicts. Doubt lasts no longer than until the next packet.
const (
	Sound    Verdict = iota // no key
	Doubtful                // it may have been the beginning of one
	Tone                    // a key is down, or was until just now
)

// Tones finds keys that are pressed as tones in G.711 sound: ITU-T Q.23 and
// Q.24. It looks at blocks of 12.75 ms, of which a tone of 40 ms fills two,
// whatever its beginning. The zero value is ready to use; it is not safe for
// concurrent use.
type Tones struct {
	// Strict asks for three blocks instead of two, where a tone is less likely
	// than a voice that sounds like one.
	Strict bool

	block  [blockSize]float32
	filled int
	last   byte // key of the block before; 0: none
	run    int  // how many blocks in a row had it
	down   byte // key that is down
	misses int  // blocks without it since
}

const (
	blockSize = 102
	sampling  = 8000 // Hz
	// faintest is the energy of a block whose tones are at -36 dBm0 each; what is
	// fainter is not looked at.
	faintest = 1.2e7
	// Twist: how much weaker than the low tone the high one may be, and how much
	// stronger, as energy ratios of 8 and 4 dB.
	twist, reverseTwist = 6.3, 2.5
	// peak is how much a tone stands out of the others of its group: 8 dB.
	peak = 6.3
	// pure is the least share of both tones in the energy of a block. A vowel
	// spreads over many more frequencies.
	pure = 0.8
	// harmonic is the most that the high tone's second harmonic may have of its
	// energy: voices have harmonics, oscillators none to speak of. (Those of the
	// low tones lie among the high ones, where nothing can be told apart.)
	harmonic = 0.06
)

// rows and columns are the tones in Hz, and layout the keys where they cross.
var (
	rows    = [4]float64{697, 770, 852, 941}
	columns = [4]float64{1209, 1336, 1477, 1633}
	layout  = [4]string{"123A", "456B", "789C", "*0#D"}
)

// low, high and overtones are the factors of the Goertzel algorithm for the
// tones, and for the second harmonics of the high ones.
var (
	low       = factors(rows, 1)
	high      = factors(columns, 1)
	overtones = factors(columns, 2)
)

func factors(tones [4]float64, times float64) (group [4]float32) {
	for i, f := range tones {
		group[i] = float32(2 * math.Cos(2*math.Pi*times*f/sampling))
	}
	return group
}

// Generate makes the tones of a key, n samples at a rate in Hz, each at -10
// dBm0. It gives nil for a byte that is no key.
func Generate(key byte, rate, n int) []int16 {
	const amplitude = 7100 // of 22500 at 0 dBm0
	for row, line := range layout {
		column := strings.IndexByte(line, key)
		if column < 0 {
			continue
		}
		out := make([]int16, n)
		for i := range out {
			at := 2 * math.Pi * float64(i) / float64(rate)
			out[i] = int16(amplitude * (math.Sin(rows[row]*at) + math.Sin(columns[column]*at)))
		}
		return out
	}
	return nil
}

// Packet takes the next packet of sound. It gives the key that it made certain,
// 0 for none. It hears nothing in codecs other than G.711.
func (t *Tones) Packet(codec audio.Codec, payload []byte) (key byte, verdict Verdict) {
	var expand *[256]float32
	switch codec {
	case audio.PCMU:
		expand = &muLaw
	case audio.PCMA:
		expand = &aLaw
	default:
		return 0, Sound
	}
	for _, b := range payload {
		t.block[t.filled] = expand[b]
		if t.filled++; t.filled < blockSize {
			continue
		}
		t.filled = 0
		if t.down != 0 {
			verdict = Tone
		}
		if k := t.advance(recognise(&t.block)); k != 0 {
			key = k
		}
	}
	switch {
	case t.down != 0:
		verdict = Tone
	case verdict == Sound && (t.run > 0 || endsInTone(expand, payload)):
		verdict = Doubtful
	}
	return key, verdict
}

// endsInTone looks at the end of a packet, where a tone may have begun in the
// middle of a block.
func endsInTone(expand *[256]float32, payload []byte) bool {
	if len(payload) < blockSize {
		return false
	}
	var end [blockSize]float32
	for i, b := range payload[len(payload)-blockSize:] {
		end[i] = expand[b]
	}
	return recognise(&end) != 0
}

// advance takes what a block holds; it gives a key once it is certain.
func (t *Tones) advance(heard byte) (key byte) {
	switch heard {
	case 0:
		t.run = 0
	case t.last:
		t.run++
	default:
		t.run = 1
	}
	t.last = heard
	if t.down != 0 {
		if heard == t.down {
			t.misses = 0
			return 0
		}
		if t.misses++; t.misses < 2 {
			return 0
		}
		t.down, t.misses = 0, 0
	}
	enough := 2
	if t.Strict {
		enough = 3
	}
	if t.run < enough {
		return 0
	}
	t.down = heard
	return heard
}

// recognise tells which key's tones a block consists of; 0 for none.
func recognise(block *[blockSize]float32) byte {
	var energy float32
	for _, x := range block {
		energy += x * x
	}
	if energy < faintest {
		return 0
	}
	row, lowEnergy, ok := strongest(block, &low)
	if !ok {
		return 0
	}
	column, highEnergy, ok := strongest(block, &high)
	if !ok || highEnergy*twist < lowEnergy || lowEnergy*reverseTwist < highEnergy {
		return 0
	}
	// The sum of squares of a sine over a block is 2/N of its Goertzel energy.
	if (lowEnergy+highEnergy)*2/blockSize < pure*energy {
		return 0
	}
	if goertzel(block, overtones[column]) > harmonic*highEnergy {
		return 0
	}
	return layout[row][column]
}

// strongest finds the tone of a group that stands out of the others.
func strongest(block *[blockSize]float32, group *[4]float32) (index int, energy float32, ok bool) {
	var energies [4]float32
	for i, factor := range group {
		energies[i] = goertzel(block, factor)
		if energies[i] > energies[index] {
			index = i
		}
	}
	energy = energies[index]
	for i, other := range energies {
		if i != index && other*peak > energy {
			return 0, 0, false
		}
	}
	return index, energy, true
}

// goertzel is the energy at a frequency, |X(f)|², given by its factor.
func goertzel(block *[blockSize]float32, factor float32) float32 {
	var s1, s2 float32
	for _, x := range block {
		s1, s2 = x+factor*s1-s2, s1
	}
	return s1*s1 + s2*s2 - factor*s1*s2
}

// Silence writes silence over a G.711 payload.
func Silence(codec audio.Codec, payload []byte) {
	quiet := byte(0xFF)
	if codec == audio.PCMA {
		quiet = 0xD5
	}
	for i := range payload {
		payload[i] = quiet
	}
}

// Expand gives a byte of G.711 as a 16-bit sample; false for other codecs.
func Expand(codec audio.Codec, b byte) (sample float32, ok bool) {
	switch codec {
	case audio.PCMU:
		return muLaw[b], true
	case audio.PCMA:
		return aLaw[b], true
	default:
		return 0, false
	}
}

// muLaw and aLaw expand G.711 to 16 bits: ITU-T G.711 tables 1 and 2.
var (
	muLaw = expansion(func(b byte) int {
		b = ^b
		value := (int(b&0x0F)<<3+0x84)<<(b>>4&7) - 0x84
		if b&0x80 != 0 {
			return -value
		}
		return value
	})
	aLaw = expansion(func(b byte) int {
		b ^= 0x55
		value, segment := int(b&0x0F)<<4+8, b>>4&7
		if segment > 0 {
			value = (value + 0x100) << (segment - 1)
		}
		if b&0x80 == 0 {
			return -value
		}
		return value
	})
)

func expansion(expand func(byte) int) (table [256]float32) {
	for i := range table {
		table[i] = float32(expand(byte(i)))
	}
	return table
}
