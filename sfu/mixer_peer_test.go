package sfu

import (
	"math"
	"slices"
	"testing"
	"time"

	"github.com/pion/rtp"

	"partyline/sfu/audio"
	"partyline/sfu/opus"
)

// TestAPhoneAndABrowserHearEachOther goes through real sockets, both ways at
// once: the phone's voice must come out of a slot under its number, and the
// browser's out of the phone.
func TestAPhoneAndABrowserHearEachOther(t *testing.T) {
	h, w := newTestHub(t, nil)
	browser := newPeer(t, 3, false)
	browser.join(h, w, "room", 1, "a")
	phone := newHandset(t, h, audio.PCMA, hum(500))
	if err := h.Join(t.Context(), "room", 2, phone.line); err != nil {
		t.Fatal(err)
	}
	encoder, err := opus.NewEncoder()
	must(t, err)
	ticker := time.NewTicker(audio.FrameDuration)
	defer ticker.Stop()
	tone := hum(1200)
	// Two seconds, or as many as it takes a busy machine to keep up for a half.
	heard := -99.0
	for i := 0; heard < audible && i < 1000; i++ {
		<-ticker.C
		phone.say()
		var frame audio.Frame
		for k := range frame {
			frame[k] = tone(i*audio.FrameSamples + k)
		}
		payload, err := encoder.Encode(make([]byte, opus.MaxPayload), &frame)
		must(t, err)
		browser.say(uint16(i), uint32(i*960), frame.Level(), payload)
		if i%100 == 99 {
			phone.mu.Lock()
			latest := slices.Clone(phone.heard[max(0, len(phone.heard)-2*audio.Rate):])
			phone.mu.Unlock()
			heard = best(latest, 1200)
		}
	}
	if heard < audible {
		t.Errorf("the phone hears the browser at %.1f dB", heard)
	}
	phone.mustNotHear(t, "the phone", 500)

	// The phone falls silent but keeps its slot: its spurt ends with a DTX frame.
	phone.voice = nil
	over, ended := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			select {
			case <-ticker.C:
				phone.say()
			case <-over:
				return
			}
		}
	}()
	var spurt []*rtp.Packet
	browser.await("the end of the phone's spurt", func(slots [][]*rtp.Packet) bool {
		for _, packets := range slots {
			spurt = nil
			for _, p := range packets {
				if len(p.CSRC) == 1 && p.CSRC[0] == 2 {
					spurt = append(spurt, p)
				}
			}
			if n := len(spurt); n > 50 && isDTX(spurt[n-1].Payload) {
				return true
			}
		}
		return false
	})
	close(over)
	<-ended
	if got := toneIn(t, spurt, 500); got < audible {
		t.Errorf("the browser hears the phone at %.1f dB", got)
	}
	for i := 1; i < len(spurt); i++ {
		if d := spurt[i].SequenceNumber - spurt[i-1].SequenceNumber; d != 1 {
			t.Errorf("a gap of %d in the slot's sequence", d)
		}
	}
	hangUp(t, phone)
	browser.close()
}

// best is the level of a tone in the half second that has most of it, in dB: a
// machine that is busy has gaps in what it says.
func best(heard []int16, f float64) float64 {
	level := -99.0
	for at := 0; at == 0 || at+audio.Rate/2 <= len(heard); at += audio.FrameSamples {
		p := &handset{heard: heard[at:min(at+audio.Rate/2, len(heard))]}
		level = math.Max(level, p.level(f))
	}
	return level
}

// toneIn decodes packets and gives the best level of a tone in them, in dB.
func toneIn(t *testing.T, packets []*rtp.Packet, f float64) float64 {
	t.Helper()
	decoder, err := opus.NewDecoder()
	must(t, err)
	var heard []int16
	for _, packet := range packets {
		samples, err := decoder.Decode(make([]int16, opus.MaxSamples), packet.Payload)
		must(t, err)
		heard = append(heard, samples...)
	}
	return best(heard, f)
}
