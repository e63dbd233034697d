package sfu

import (
	"partyline/sfu/audio"
	"partyline/sfu/internal/mix"
	"partyline/sfu/opus"
)

// mixTrack is the track of all slots together, coded once.
type mixTrack struct {
	*oggTrack
	encoder *opus.Encoder
	sum     mix.Sum
	at      int64 // position of the next tick
	tail    int   // ticks of silence that the encoder is still to code
	frame   audio.Frame
	payload [opus.MaxPayload]byte
}

// encoderTail is how many ticks of silence the encoder gets after a voice, so
// that all of it comes out. Longer silence is a gap.
const encoderTail = 2

func newMixTrack(t *oggTrack) (*mixTrack, error) {
	encoder, err := opus.NewEncoder()
	if err != nil {
		return nil, err
	}
	return &mixTrack{oggTrack: t, encoder: encoder}, encoder.SetLoss(0) // a tape loses nothing
}

// advance writes the ticks that end before the horizon.
func (m *mixTrack) advance(slots []*slotTrack, horizon int64) error {
	for ; m.at+tickSamples <= horizon; m.at += tickSamples {
		m.sum.Clear()
		voiced := false
		for _, s := range slots {
			if s.mixed(&m.frame) {
				m.sum.Add(&m.frame)
				voiced = true
			}
		}
		if voiced {
			m.tail = encoderTail
		} else if m.tail == 0 {
			continue
		} else {
			m.tail--
		}
		if err := m.write(); err != nil {
			return err
		}
	}
	return nil
}

// write codes the sum at its place.
func (m *mixTrack) write() error {
	m.sum.Limit()
	m.sum.All(&m.frame)
	payload, err := m.encoder.Encode(m.payload[:], &m.frame)
	if err != nil {
		return nil // what is missing becomes a gap
	}
	if err := m.Gap(m.at - m.At()); err != nil {
		return err
	}
	return m.Packet(payload, tickSamples)
}
