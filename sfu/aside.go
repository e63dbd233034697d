package sfu

import (
	"errors"
	"sync"
	"time"

	"github.com/pion/rtp"
	"github.com/pion/webrtc/v4"

	"partyline/sfu/audio"
)

// opusFrame is 20 ms of RTP's clock for Opus, RFC 7587 §4.1.
const opusFrame = 960

// aside is what one browser hears alone, beside the slots: a local track for
// the offer's m-line after those of the slots. What is sent needs no ranking
// and is nobody else's.
type aside struct {
	offer *offer

	mu     sync.Mutex // guards what follows
	writer webrtc.TrackLocalWriter
	header rtp.Header
	sent   time.Time // the last packet; zero: none was
}

// Bind is called by Pion once the codecs are agreed upon.
func (a *aside) Bind(c webrtc.TrackLocalContext) (webrtc.RTPCodecParameters, error) {
	for _, codec := range c.CodecParameters() {
		if uint8(codec.PayloadType) == a.offer.opus {
			a.mu.Lock()
			defer a.mu.Unlock()
			a.writer = c.WriteStream()
			a.header = rtp.Header{Version: 2, PayloadType: a.offer.opus, SSRC: uint32(c.SSRC())}
			return codec, nil
		}
	}
	return webrtc.RTPCodecParameters{}, errors.New("opus was not negotiated")
}

// Unbind, ID, RID, StreamID and Kind make it a webrtc.TrackLocal.
func (a *aside) Unbind(webrtc.TrackLocalContext) error {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.writer = nil
	return nil
}
func (a *aside) ID() string                { return "aside" }
func (a *aside) RID() string               { return "" }
func (a *aside) StreamID() string          { return a.ID() }
func (a *aside) Kind() webrtc.RTPCodecType { return webrtc.RTPCodecTypeAudio }

// send sends 20 ms of Opus, the first of a spurt with a marker. Between spurts
// the timestamp goes on by the wall clock, in whole frames. A packet that cannot
// be sent is lost.
func (a *aside) send(now time.Time, first bool, payload []byte) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.writer == nil {
		return
	}
	frames := uint32(1)
	if first && !a.sent.IsZero() {
		frames = max(uint32(now.Sub(a.sent)/audio.FrameDuration), 1)
	}
	a.sent = now
	a.header.SequenceNumber++
	a.header.Timestamp += frames * opusFrame
	a.header.Marker = first
	_, _ = a.writer.WriteRTP(&a.header, payload)
}
