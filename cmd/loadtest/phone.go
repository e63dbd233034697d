package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"sync/atomic"
	"time"

	"partyline/cmd/internal/bridge"
	"partyline/cmd/internal/speech"
	"partyline/sfu/audio"
	"partyline/sfu/g711"
	"partyline/signaling/wire"
	"partyline/sip/softphone"
)

// cannedCodec is a G.711 that costs the load next to nothing: what is said was
// encoded beforehand, and what is heard is not listened to.
type cannedCodec struct {
	talking *atomic.Bool
	speech  []byte
	silence []byte
	at      int
}

const g711Frame = 160 // octets in 20 ms

// Encode gives the next 20 ms of speech, or silence.
func (c *cannedCodec) Encode(*audio.Frame) []byte {
	if !c.talking.Load() {
		return c.silence
	}
	if c.at+g711Frame > len(c.speech) {
		c.at = 0
	}
	c.at += g711Frame
	return c.speech[c.at-g711Frame : c.at]
}

// Decode hears silence.
func (c *cannedCodec) Decode([]byte, *audio.Frame) error { return nil }

// line is a synthetic phone: a call of the softphone with canned speech.
type line struct {
	*softphone.Call
	talking *atomic.Bool
}

// phones makes synthetic phones.
type phones struct {
	agents []*softphone.Agent // one per line: its codecs know whose they are
	lines  []line
	voices [][]byte
	first  int // number of the first, where there are others
}

// newPhones encodes what will be said.
func newPhones() (*phones, error) {
	p := &phones{}
	law := g711.ForCodec(audio.PCMU)
	for _, name := range speech.VoiceNames() {
		said, err := speech.Voice(name)
		if err != nil {
			return nil, err
		}
		coded, stream := []byte(nil), g711.NewStream(law)
		for ; len(said) >= audio.FrameSamples; said = said[audio.FrameSamples:] {
			var f audio.Frame
			copy(f[:], said)
			if f.Level() < pause { // as for browsers: they talk all the time
				coded = append(coded, stream.Encode(&f)...)
			}
		}
		p.voices = append(p.voices, coded)
	}
	return p, nil
}

// dial calls the bridge with one more phone.
func (p *phones) dial(ctx context.Context, s *bridge.Server, i int) (line, *softphone.Agent, error) {
	law := g711.ForCodec(audio.PCMU)
	silence := make([]byte, g711Frame)
	for k := range silence {
		silence[k] = law.Silence()
	}
	talking := &atomic.Bool{}
	voice := p.voices[i%len(p.voices)]
	agent, err := softphone.New(softphone.Config{
		NewCodec: func(audio.Codec) (softphone.Codec, error) {
			at := i * 50 * g711Frame % len(voice) / g711Frame * g711Frame
			return &cannedCodec{talking: talking, speech: voice, silence: silence, at: at}, nil
		},
		Codecs: []audio.Codec{audio.PCMU}, Listen: "127.0.0.1:0", Ports: phonePorts,
		From: fmt.Sprintf("sip:+4930%07d@127.0.0.1", p.first+i),
	})
	if err != nil {
		return line{}, nil, err
	}
	call, err := dialPatiently(ctx, agent, s)
	if err != nil {
		_ = agent.Close()
		return line{}, nil, fmt.Errorf("phone %d: %w", i, err)
	}
	return line{call, talking}, agent, nil
}

// dialPatiently calls again, as callers do, where the server has too much to do
// just now: with hundreds dialling in at once it may.
func dialPatiently(ctx context.Context, agent *softphone.Agent, s *bridge.Server) (*softphone.Call, error) {
	for attempt := 1; ; attempt++ {
		call, err := agent.Dial(ctx, "sip:conference@"+s.SIP.String())
		var refused *softphone.Refused
		if !errors.As(err, &refused) || refused.Status != http.StatusServiceUnavailable || attempt == 10 {
			return call, err
		}
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// phonePorts are for the phones' RTP: between the server's and those that
// Linux gives to others.
var phonePorts = [2]uint16{24000, 32000}

// enter has n more phones dial in and wait until they are in the meeting.
// From the ninth participant on, newcomers are muted.
func (p *phones) enter(ctx context.Context, s *server, m bridge.Meeting, host *bridge.Host, n int) error {
	first := len(p.lines)
	p.lines = append(p.lines, make([]line, n)...)
	p.agents = append(p.agents, make([]*softphone.Agent, n)...)
	err := inParallel(ctx, n, 30, func(k int) (err error) {
		i := first + k
		if p.lines[i], p.agents[i], err = p.dial(ctx, s.Server, i); err != nil {
			return err
		}
		if err := p.lines[i].Press(ctx, m.Number); err != nil {
			return fmt.Errorf("phone %d: %w", i, err)
		}
		if err := p.lines[i].Press(ctx, ",,#"); err != nil { // the greeting between them is short
			return fmt.Errorf("phone %d: %w", i, err)
		}
		return nil
	}, func(done int) { s.bench.progress.bar("dialling", float64(done), float64(n)) })
	if err != nil {
		return err
	}
	return host.WaitFor(ctx, "all phones in the meeting", func(r *bridge.Roster) bool { return phonesOf(r) == first+n })
}

// unmute has the phones from the first given on press *6.
func (p *phones) unmute(ctx context.Context, first int) error {
	return inParallel(ctx, len(p.lines)-first, 25, func(k int) error {
		return p.lines[first+k].Press(ctx, "*6")
	}, nil)
}

// talk decides which phones talk: the first n.
func (p *phones) talk(n int) {
	for i, l := range p.lines {
		l.talking.Store(i < n)
	}
}

// close hangs up.
func (p *phones) close() {
	_ = inParallel(context.Background(), len(p.agents), 16, func(i int) error {
		if p.agents[i] != nil {
			_ = p.agents[i].Close()
		}
		return nil
	}, nil)
}

// phonesOf is how many there are.
func phonesOf(r *bridge.Roster) int {
	return r.Count(func(p wire.Participant) bool { return p.Via == wire.Phone })
}

// mutedOf is how many of them are muted.
func mutedOf(r *bridge.Roster) int {
	return r.Count(func(p wire.Participant) bool { return p.Via == wire.Phone && p.Muted })
}
