package speech

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"partyline/metrics/quality"
	"partyline/sfu"
	"partyline/sfu/audio"
	"partyline/sfu/g711"
	"partyline/sfu/g722"
	"partyline/sfu/opus"
)

// The whole way through the audio plane, phone to phone: what a
// caller says is scored as the others hear it. Sockets and SIP are left out.

type nobody struct{}

func (nobody) Speaking(string, []sfu.Speaker)                  {}
func (nobody) LegChanged(string, uint32, string, sfu.LegState) {}
func (nobody) Measured(quality.Key, quality.Sample)            {}
func (nobody) Glanced(quality.Key, quality.Sample)             {}
func (nobody) Together(string, []quality.Together)             {}
func (nobody) TalkingMuted(string, uint32)                     {}
func (nobody) Music(string, uint32, bool)                      {}
func (nobody) RecordingEnded(string, sfu.Recording)            {}

// noMusic fails a test in which speech is taken for music.
type noMusic struct {
	nobody
	t *testing.T
}

func (n noMusic) Music(room string, participant uint32, _ bool) {
	n.t.Errorf("participant %d of %s is taken for music", participant, room)
}

// caller is a phone that says something and records what it hears.
type caller struct {
	codec audio.Codec
	says  []int16 // at 8 kHz for G.711, else at 16 kHz
	loss  float64
	spoil func(heard []int16) []int16 // nil: the phone is whole
	line  audio.Line

	mu      sync.Mutex // guards heard
	heard   []int16
	decoder *opus.Decoder
	wide    g722.Decoder
}

func (c *caller) Hear(m *audio.Mix) {
	c.mu.Lock()
	defer c.mu.Unlock()
	payload := m.Payload(c.codec)
	if law := g711.ForCodec(c.codec); law != nil {
		samples := make([]int16, 160)
		law.Decode(samples, payload)
		c.heard = append(c.heard, samples...)
		return
	}
	if c.codec == audio.G722 {
		c.heard = append(c.heard, c.wide.Decode(make([]int16, audio.FrameSamples), payload)...)
		return
	}
	samples := make([]int16, opus.MaxSamples)
	if payload == nil {
		samples = samples[:audio.FrameSamples]
	} else if got, err := c.decoder.Decode(samples, payload); err == nil {
		samples = got
	}
	c.heard = append(c.heard, samples...)
}

// hearing is what came out of the phone, at 8 kHz for G.711. The call is over.
func (c *caller) hearing() []int16 {
	if c.spoil == nil {
		return c.heard
	}
	return c.spoil(c.heard)
}

// network is how unevenly packets arrive, at most.
const network = 18 * time.Millisecond

// speak sends what there is to say, 20 ms at a time.
func (c *caller) speak(encoder *opus.Encoder) {
	size, law := audio.FrameSamples, g711.ForCodec(c.codec)
	if law != nil {
		size /= 2
	}
	var wide g722.Encoder
	random := rand.New(rand.NewPCG(uint64(size), 11))
	start := time.Now()
	for i := 0; (i+1)*size <= len(c.says); i++ {
		due := start.Add(time.Duration(i) * audio.FrameDuration)
		time.Sleep(time.Until(due) + time.Duration(random.Int64N(int64(network))))
		payload := make([]byte, opus.MaxPayload)
		if law != nil {
			payload = payload[:size]
			law.Encode(payload, c.says[i*size:(i+1)*size])
		} else if c.codec == audio.G722 {
			payload = wide.Encode(payload, c.says[i*size:(i+1)*size])
		} else {
			payload, _ = encoder.Encode(payload, (*audio.Frame)(c.says[i*size:]))
		}
		if random.Float64() < c.loss {
			continue
		}
		c.line.Write(audio.Packet{
			Codec: c.codec, SSRC: 5, Sequence: uint16(i), Payload: payload, Arrival: time.Now(),
			Timestamp: uint32(i * c.codec.ClockRate() / 50),
		})
	}
}

// TestPhonesThroughTheBridge runs on synctest's clock, but for the hub's
// sockets, which are made outside of it and not used.
func TestPhonesThroughTheBridge(t *testing.T) {
	cfg := sfu.DefaultConfig()
	cfg.UDP, cfg.TCP, cfg.Loopback = "127.0.0.1:0", "", true
	hub, err := sfu.New(cfg, nil, noMusic{t: t}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	synctest.Test(t, func(t *testing.T) {
		holdCalls(t, hub)
		if err := hub.Close(); err != nil {
			t.Error(err)
		}
	})
}

// talk is a call between two phones of one room: who speaks, who is scored
// against what was said, and how. Where a phone is broken, fails is what the
// gate says that must find it out.
type talk struct {
	name     string
	from, to *caller
	ref      []int16
	rate     int
	gates    Gates
	fails    string
}

// talks are every codec into another, with and without losses.
func talks(t *testing.T) []talk {
	wide := voiceOf(t, "awb")
	narrow := Resample(wide, 16000, 8000)
	noisier := CleanNarrowband()
	noisier.Image = -37 // G.722 has its own noise above 4 kHz
	return []talk{
		{"PCMA to PCMU", &caller{codec: audio.PCMA, says: narrow}, &caller{codec: audio.PCMU}, narrow, 8000, CleanNarrowband(), ""},
		{"PCMU, 5 % lost, to PCMA", &caller{codec: audio.PCMU, says: narrow, loss: 0.05}, &caller{codec: audio.PCMA}, narrow, 8000, Lossy(), ""},
		{"G.722 to G.722", &caller{codec: audio.G722, says: wide}, &caller{codec: audio.G722}, wide, 16000, CleanG722(), ""},
		{"G.722, 5 % lost, to G.722", &caller{codec: audio.G722, says: wide, loss: 0.05}, &caller{codec: audio.G722}, wide, 16000, Lossy(), ""},
		{"G.722 to PCMA", &caller{codec: audio.G722, says: wide}, &caller{codec: audio.PCMA}, narrow, 8000, CleanNarrowband(), ""},
		{"PCMU to G.722", &caller{codec: audio.PCMU, says: narrow}, &caller{codec: audio.G722}, Narrowband(wide), 16000, noisier, ""},
		{"Opus to G.722", &caller{codec: audio.Opus, says: wide}, &caller{codec: audio.G722}, wide, 16000, CleanWideband(), ""},
		{"G.722 to Opus", &caller{codec: audio.G722, says: wide}, &caller{codec: audio.Opus}, wide, 16000, CleanWideband(), ""},
		{"PCMA to Opus", &caller{codec: audio.PCMA, says: narrow}, &caller{codec: audio.Opus}, Narrowband(wide), 16000, CleanNarrowband(), ""},
		{"Opus to PCMA", &caller{codec: audio.Opus, says: wide}, &caller{codec: audio.PCMA}, narrow, 8000, CleanNarrowband(), ""},
		{"Opus, 5 % lost, to Opus", &caller{codec: audio.Opus, says: wide, loss: 0.05}, &caller{codec: audio.Opus}, wide, 16000, Gates{ESTOI: 0.93, NSIM: 0.82, LSD: 2.8, Level: 2, Drift: 80 * time.Millisecond, Dropouts: 1, Clicks: 2}, ""},
	}
}

// brokenTalks are such calls with one fault each, in one of the phones: a gate
// that lets it pass is none.
func brokenTalks(t *testing.T) []talk {
	wide := voiceOf(t, "awb")
	narrow := Resample(wide, 16000, 8000)
	pcma := func() *caller { return &caller{codec: audio.PCMA, says: narrow} }
	spoilt := func(c audio.Codec, spoil func([]int16) []int16) *caller { return &caller{codec: c, spoil: spoil} }
	leaks := pcma()
	leaks.spoil = func(heard []int16) []int16 { return added(heard, amplified(narrow, -30, clipped)) }
	return []talk{
		{
			"losses filled with silence", &caller{codec: audio.PCMA, says: holed(narrow, 8000, 0.05)}, &caller{codec: audio.PCMU},
			narrow, 8000, Lossy(), "drop-outs",
		},
		{
			"zero-stuffed from 8 to 16 kHz", &caller{codec: audio.Opus, says: zeroStuffed(narrow)}, &caller{codec: audio.Opus},
			Narrowband(wide), 16000, CleanNarrowband(), "image",
		},
		{"own voice 30 dB down", leaks, &caller{codec: audio.PCMU}, narrow, 8000, CleanNarrowband(), "hears itself"},
		{
			"6 dB too soft", pcma(), spoilt(audio.PCMU, func(x []int16) []int16 { return amplified(x, -6, clipped) }),
			narrow, 8000, CleanNarrowband(), "level",
		},
		{
			"200 ms too late", pcma(), spoilt(audio.PCMU, func(x []int16) []int16 { return delayed(x, 1600) }),
			narrow, 8000, CleanNarrowband(), "delay",
		},
		{
			"60 ms cut out", pcma(), spoilt(audio.PCMU, func(x []int16) []int16 {
				return slices.Delete(slices.Clone(x), len(x)/2, len(x)/2+480)
			}),
			narrow, 8000, CleanNarrowband(), "drift",
		},
		{
			"overflowing", pcma(), spoilt(audio.PCMU, func(x []int16) []int16 { return amplified(amplified(x, 12, wrapped), -12, clipped) }),
			narrow, 8000, CleanNarrowband(), "clicks",
		},
	}
}

// judge tells what is wrong with a talk.
func judge(t *testing.T, talk talk) error {
	t.Helper()
	report := score(t, talk.ref, talk.to.hearing(), talk.rate)
	t.Logf("%-30s %v", talk.name, report)
	talk.gates.Delay = 150 * time.Millisecond
	err := talk.gates.Check(report)
	if own := OwnVoice(talk.ref, talk.from.hearing(), talk.rate); own > -45 {
		err = errors.Join(err, fmt.Errorf("who speaks hears itself at %.1f dB", own))
	}
	return err
}

// holdCalls lets all talk at once and scores them.
func holdCalls(t *testing.T, hub *sfu.Hub) {
	t.Helper()
	calls := append(talks(t), brokenTalks(t)...)
	var all sync.WaitGroup
	for i, talk := range calls {
		room := fmt.Sprint("room ", i)
		for k, c := range []*caller{talk.from, talk.to} {
			var err error
			if c.decoder, err = opus.NewDecoder(); err != nil {
				t.Fatal(err)
			}
			if c.line, err = hub.Answer(t.Context(), c); err != nil {
				t.Fatal(err)
			}
			if err := hub.Join(context.Background(), room, uint32(k+1), c.line); err != nil {
				t.Fatal(err)
			}
		}
		encoder, err := opus.NewEncoder()
		if err != nil {
			t.Fatal(err)
		}
		all.Go(func() { talk.from.speak(encoder) })
	}
	all.Wait()
	time.Sleep(300 * time.Millisecond) // what is still on its way
	for _, talk := range calls {
		for _, c := range []*caller{talk.from, talk.to} {
			if err := c.line.Close(); err != nil {
				t.Error(err)
			}
		}
	}
	for _, talk := range calls {
		err := judge(t, talk)
		switch {
		case talk.fails == "" && err != nil:
			t.Errorf("%s: %v", talk.name, err)
		case talk.fails != "" && (err == nil || !strings.Contains(err.Error(), talk.fails)):
			t.Errorf("%s: no gate says %q, but %v", talk.name, talk.fails, err)
		}
	}
}
