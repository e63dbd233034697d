package sfu

import (
	"math"
	"testing"
	"time"

	"github.com/pion/rtp"

	"partyline/sfu/audio"
	"partyline/sfu/g711"
	"partyline/sfu/opus"
)

// TestAWhisperIsHeardByOneAlone plays a ring-back tone, as a network sends it,
// to one of two browsers: it comes on the m-line after those of the slots, sounds
// as it should, goes on by the wall clock after a pause, and the other browser
// hears nothing of it.
func TestAWhisperIsHeardByOneAlone(t *testing.T) {
	h, w := newTestHub(t, func(c *Config) { c.Slots = 2 })
	dialler, other := newPeer(t, 3, true), newPeer(t, 3, true)
	dialler.join(h, w, "room", 1, "a")
	other.join(h, w, "room", 2, "a")
	whisper := h.Whisper("room", 1)
	defer whisper.Close()
	tone := ringback{whisper: whisper}
	tone.until(func() bool { return len(dialler.copy()[2]) >= 40 })
	if len(dialler.copy()[2]) < 40 {
		t.Fatal("the tone is not heard")
	}
	pause := time.Now()
	time.Sleep(3 * whisperHang)
	before := len(dialler.copy()[2])
	tone.until(func() bool { return len(dialler.copy()[2]) >= before+10 })
	apart := time.Since(pause)

	packets := dialler.copy()[2]
	if loud := whispered(t, packets[20:before], 440); loud < -30 {
		t.Errorf("the tone is heard at %.0f dB", loud)
	}
	for i := range packets[1:] {
		seq, ts := packets[i+1].SequenceNumber-packets[i].SequenceNumber, packets[i+1].Timestamp-packets[i].Timestamp
		if i+1 == before { // the pause
			if time.Duration(ts)*time.Second/48000 < 2*whisperHang || time.Duration(ts)*time.Second/48000 > apart || !packets[before].Marker {
				t.Errorf("after a pause the timestamp goes on by %d", ts)
			}
			continue
		}
		if seq != 1 || ts != opusFrame {
			t.Fatalf("packet %d comes %d later, with a timestamp %d later", i+1, seq, ts)
		}
	}
	for slot, packets := range other.copy() {
		if len(packets) > 0 {
			t.Errorf("the other browser heard %d packets in m-line %d", len(packets), slot)
		}
	}
}

// TestAWhisperToNobody goes nowhere, on an older page and after the end.
func TestAWhisperToNobody(t *testing.T) {
	h, w := newTestHub(t, func(c *Config) { c.Slots = 2 })
	old := newPeer(t, 2, true)
	old.join(h, w, "room", 1, "a")
	for _, place := range []seat{{"room", 1}, {"room", 7}, {"nowhere", 1}} {
		whisper := h.Whisper(place.room, place.participant)
		tone := ringback{whisper: whisper}
		for range 5 {
			tone.play()
			time.Sleep(20 * time.Millisecond)
		}
		whisper.Write(audio.Packet{Codec: 99, Payload: []byte{1}, Arrival: time.Now()})
		whisper.Close()
		whisper.Close()
		tone.play()
	}
	for slot, packets := range old.copy() {
		if len(packets) > 0 {
			t.Errorf("%d packets came in m-line %d", len(packets), slot)
		}
	}
}

// ringback is a network's tone of 440 Hz in PCMU.
type ringback struct {
	whisper *Whisper
	seq     uint16
}

// play sends 20 ms.
func (r *ringback) play() {
	var samples [160]int16
	for i := range samples {
		at := float64(int(r.seq)*160+i) / 8000
		samples[i] = int16(8000 * math.Sin(2*math.Pi*440*at))
	}
	payload := make([]byte, len(samples))
	g711.ForCodec(audio.PCMU).Encode(payload, samples[:])
	r.whisper.Write(audio.Packet{
		Codec: audio.PCMU, SSRC: 7, Sequence: r.seq, Timestamp: uint32(r.seq) * 160, Payload: payload, Arrival: time.Now(),
	})
	r.seq++
}

// until plays on.
func (r *ringback) until(enough func() bool) {
	ticker := time.NewTicker(20 * time.Millisecond)
	defer ticker.Stop()
	for range 500 {
		r.play()
		<-ticker.C
		if enough() {
			return
		}
	}
}

// whispered decodes packets and gives the level of a tone in them, in dB re
// full scale.
func whispered(t *testing.T, packets []*rtp.Packet, f float64) float64 {
	t.Helper()
	decoder, err := opus.NewDecoder()
	must(t, err)
	p := &handset{}
	buf := make([]int16, opus.MaxSamples)
	for _, packet := range packets {
		samples, err := decoder.Decode(buf, packet.Payload)
		must(t, err)
		p.heard = append(p.heard, samples...)
	}
	return p.level(f)
}
