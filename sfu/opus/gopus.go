package opus

import (
	"errors"

	"github.com/thesyncim/gopus"

	"partyline/sfu/audio"
)

// gopusEncoder codes in Go. Its state cannot be copied: it lies behind
// unexported pointers, and the library has no copy. See Encoder's users for
// what they do instead.
type gopusEncoder struct{ e *gopus.Encoder }

func newGopusEncoder() (encoder, error) {
	e, err := gopus.NewEncoder(gopus.EncoderConfig{
		SampleRate: audio.Rate, Channels: 1, Application: gopus.ApplicationVoIP,
	})
	if err != nil {
		return nil, err
	}
	e.SetFEC(true)
	return gopusEncoder{e}, errors.Join(
		e.SetBitrate(bitrate), e.SetComplexity(complexity),
		e.SetPacketLoss(assumedLoss), e.SetFrameSize(audio.FrameSamples),
		e.SetSignal(gopus.SignalVoice),
	)
}

func (g gopusEncoder) encode(frame []int16, dst []byte) (int, error) {
	return g.e.EncodeInt16(frame, dst)
}

func (g gopusEncoder) setLoss(percent int) error { return g.e.SetPacketLoss(percent) }

func (g gopusEncoder) reset() error {
	g.e.Reset()
	return nil
}

type gopusDecoder struct {
	d     *gopus.Decoder
	float []float32 // FEC is offered in floating point only
}

func newGopusDecoder() (decoder, error) {
	config := gopus.DefaultDecoderConfig(audio.Rate, 1)
	config.MaxPacketSamples = MaxSamples
	d, err := gopus.NewDecoder(config)
	if err != nil {
		return nil, err
	}
	return &gopusDecoder{d: d, float: make([]float32, MaxSamples)}, nil
}

func (g *gopusDecoder) decode(payload []byte, dst []int16) (int, error) {
	return g.d.DecodeInt16(payload, dst)
}

func (g *gopusDecoder) conceal(dst []int16) error {
	return g.each(nil, dst, false)
}

func (g *gopusDecoder) recover(next []byte, dst []int16) error {
	return g.each(next, dst, true)
}

// each decodes until dst is full: concealment comes in pieces of the last
// packet's length, whatever was asked for.
func (g *gopusDecoder) each(payload []byte, dst []int16, fec bool) error {
	for len(dst) > 0 {
		n, err := g.d.DecodeWithFEC(payload, g.float[:len(dst)], fec)
		if err != nil {
			return err
		}
		if n <= 0 || n > len(dst) {
			return errors.New("nothing decoded")
		}
		for i, x := range g.float[:n] {
			dst[i] = sample(x)
		}
		dst, payload, fec = dst[n:], nil, false
	}
	return nil
}

func sample(x float32) int16 {
	x *= 32768
	switch {
	case x >= 32767:
		return 32767
	case x <= -32768:
		return -32768
	case x >= 0:
		return int16(x + 0.5)
	default:
		return int16(x - 0.5)
	}
}

func (g *gopusDecoder) reset() error {
	g.d.Reset()
	return nil
}
