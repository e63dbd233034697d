//go:build libopus

package opus

import (
	libopus "github.com/hraban/opus"

	"partyline/sfu/audio"
)

func newEncoder() (encoder, error) { return newLibopusEncoder() }
func newDecoder() (decoder, error) { return newLibopusDecoder() }

type libopusEncoder struct{ e *libopus.Encoder }

func newLibopusEncoder() (encoder, error) {
	e, err := libopus.NewEncoder(audio.Rate, 1, libopus.AppVoIP)
	if err != nil {
		return nil, err
	}
	for _, set := range []func() error{
		func() error { return e.SetBitrate(bitrate) },
		func() error { return e.SetComplexity(complexity) },
		func() error { return e.SetInBandFEC(true) },
		func() error { return e.SetPacketLossPerc(assumedLoss) },
	} {
		if err := set(); err != nil {
			return nil, err
		}
	}
	return libopusEncoder{e}, nil
}

func (l libopusEncoder) encode(frame []int16, dst []byte) (int, error) {
	return l.e.Encode(frame, dst)
}

func (l libopusEncoder) setLoss(percent int) error { return l.e.SetPacketLossPerc(percent) }
func (l libopusEncoder) reset() error              { return l.e.Reset() }

type libopusDecoder struct{ d *libopus.Decoder }

func newLibopusDecoder() (decoder, error) {
	d, err := libopus.NewDecoder(audio.Rate, 1)
	if err != nil {
		return nil, err
	}
	return &libopusDecoder{d}, nil
}

func (l *libopusDecoder) decode(payload []byte, dst []int16) (int, error) {
	return l.d.Decode(payload, dst)
}

// The library fills cap(dst), not len(dst): callers cut the capacity.
func (l *libopusDecoder) conceal(dst []int16) error              { return l.d.DecodePLC(dst) }
func (l *libopusDecoder) recover(next []byte, dst []int16) error { return l.d.DecodeFEC(next, dst) }

// reset makes the decoder anew: the library cannot reset one.
func (l *libopusDecoder) reset() error {
	return l.d.Init(audio.Rate, 1)
}
