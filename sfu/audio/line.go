package audio

import "time"

// Codec names how a phone's audio is coded on the wire.
type Codec uint8

// The codecs a phone may use. The zero value is no codec.
const (
	PCMU   Codec = iota + 1 // G.711 µ-law, 8 kHz, one byte a sample
	PCMA                    // G.711 A-law, 8 kHz, one byte a sample
	Opus                    // RFC 7587, RTP clock 48 kHz
	G722                    // ITU-T G.722 at 64 kbit/s: 16 kHz, RTP clock 8 kHz (RFC 3551 section 4.5.2)
	CN                      // comfort noise, RFC 3389: heard between packets of others, never sent
	codecs                  // how many there are, plus one
)

// String gives the codec's encoding name as RFC 3551, RFC 7587 and RFC 3389
// spell it.
func (c Codec) String() string {
	switch c {
	case PCMU:
		return "PCMU"
	case PCMA:
		return "PCMA"
	case Opus:
		return "opus"
	case G722:
		return "G722"
	case CN:
		return "CN"
	default:
		return "unknown"
	}
}

// ClockRate is the RTP clock in Hz.
func (c Codec) ClockRate() int {
	if c == Opus {
		return 48000
	}
	return 8000
}

// Packet is one RTP payload of a phone as it arrived.
type Packet struct {
	Codec     Codec
	SSRC      uint32
	Sequence  uint16
	Timestamp uint32 // in units of the codec's RTP clock
	Marker    bool
	Payload   []byte // valid only during the call it is passed to
	Arrival   time.Time
}

// Phrase is a sequence of recorded clips in one language ("en", "zh-CN").
// A clip is the name of a prompt without its ending, such as "digits/7".
type Phrase struct {
	Language string
	Clips    []string
	Sound    []Frame // heard after the clips, such as a recorded name; must not change while it is played
	Loop     bool    // begin again at the end, until something else is played
}

// Volumes a phone's listener may choose.
const (
	VolumeStep = 3 // dB
	MaxVolume  = 4 // steps, up or down
)

// Line is a phone's end of the audio plane, from the moment its call is
// answered until it ends. Until the line joins a room its phone hears silence
// and what is played to it, and nobody hears the phone. All methods may be
// called from any goroutine and none of them blocks.
type Line interface {
	// Write takes one packet from the phone and copies what it needs.
	// Packets may come in any order, late, twice or never.
	Write(Packet)
	// Play lets this phone alone hear the phrase, in place of whatever is
	// being played now; an empty phrase only stops that. The channel is
	// closed when the last sample was handed to the Ear, when another Play
	// takes over, or when the line closes. Unknown clips are skipped and
	// reported to the observer. In a room the conversation goes on, softer,
	// behind the phrase.
	Play(Phrase) <-chan struct{}
	// Capture keeps what the phone says from now on, in a room or in none,
	// and hands it to done, once: after 0.8 s of silence that follows speech,
	// after limit, or with what there is when another Capture takes over or
	// the line closes. Silence before and after the speech is left out, so
	// nobody who said nothing gets any frames. A phone that is muted or held
	// is captured all the same. done is called from the line's tick, or while
	// Capture or Close runs, and must not block. A limit of 0 or less only
	// ends the Capture before; done may be nil then.
	Capture(limit time.Duration, done func([]Frame))
	// SetVolume makes this phone alone hear everything louder or softer by
	// so many steps of VolumeStep, from -MaxVolume to MaxVolume; what is
	// beyond is cut. 0 is as it comes, and all who hear it so share one
	// encoding; every other volume costs an encoding of its own.
	SetVolume(steps int)
	// Hold takes the phone out of the mix from the next frame on, or puts
	// it back. A held phone is neither heard nor does it hear.
	Hold(bool)
	// Close ends the line and leaves its room. Ear is not called after it
	// has returned.
	Close() error
}

// Ear hears what a line's phone is to hear. The room calls Hear every 20 ms
// from its tick, so it must neither block nor keep the Mix.
type Ear interface {
	Hear(*Mix)
}

// Mix is 20 ms of what one or many phones hear. It belongs to the room's tick
// and is valid only while Hear runs.
type Mix struct {
	samples  *Frame
	encode   func(Codec) []byte
	payloads [codecs][]byte
	made     [codecs]bool
}

// Reset makes the mix carry samples, to be encoded by encode on first use of
// each codec. encode may return nil where nothing needs to be sent (DTX).
func (m *Mix) Reset(samples *Frame, encode func(Codec) []byte) {
	*m = Mix{samples: samples, encode: encode}
}

// Samples is the mix on the bus. It must not be written to.
func (m *Mix) Samples() *Frame { return m.samples }

// Payload is the mix in codec c, made once and shared: it must not be
// written to nor kept. It is nil when nothing is to be sent for this frame,
// in which case the RTP timestamp still advances by 20 ms.
func (m *Mix) Payload(c Codec) []byte {
	if c == 0 || c >= codecs {
		return nil
	}
	if !m.made[c] {
		m.payloads[c], m.made[c] = m.encode(c), true
	}
	return m.payloads[c]
}
