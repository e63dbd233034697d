package sfu

import (
	"sync"

	"partyline/sfu/audio"
	"partyline/sfu/g711"
	"partyline/sfu/internal/halfband"
	"partyline/sfu/opus"
)

// player plays phrases to one line.
type player struct {
	mu  sync.Mutex // guards now
	now *playing
}

// playing is a phrase under way. Its position belongs to the line's tick.
type playing struct {
	clips []*clip
	loop  bool
	clip  int
	frame int
	done  chan struct{}
}

// play takes over from what is being played. Of nothing the end comes at once.
func (p *player) play(clips []*clip, loop bool) <-chan struct{} {
	done := make(chan struct{})
	next := &playing{clips: clips, loop: loop, done: done}
	if !next.sound() {
		next = nil
		close(done)
	}
	p.mu.Lock()
	old := p.now
	p.now = next
	p.mu.Unlock()
	if old != nil {
		close(old.done)
	}
	return done
}

// end stops what is being played.
func (p *player) end() { p.play(nil, false) }

// current is what is being played, with a frame to be heard, or nil.
func (p *player) current() *playing {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.now
}

// heard moves on after now's frame was handed over, and tells who waits when
// that was the last.
func (p *player) heard(now *playing) {
	now.frame++
	if now.sound() {
		return
	}
	p.mu.Lock()
	last := p.now == now
	if last {
		p.now = nil
	}
	p.mu.Unlock()
	if last { // else another phrase took over and has closed it
		close(now.done)
	}
}

// sound moves to the next frame there is, and tells if there is one.
func (p *playing) sound() bool {
	for range 2 {
		for p.clip < len(p.clips) && p.frame >= len(p.clips[p.clip].frames) {
			p.clip, p.frame = p.clip+1, 0
		}
		if p.clip < len(p.clips) {
			return true
		}
		if !p.loop {
			return false
		}
		p.clip, p.frame = 0, 0
	}
	return false // a loop of nothing
}

// at is the clip and the frame to be heard.
func (p *playing) at() (*clip, int) { return p.clips[p.clip], p.frame }

// clips are the prompts with their encodings, each made once for all lines.
type clips struct {
	prompts Prompts

	mu   sync.Mutex // guards made
	made map[clipName]*clip
}

type clipName struct{ language, name string }

// clip is a prompt and what it is in each codec, frame by frame.
type clip struct {
	frames []audio.Frame
	opus   func() [][]byte // made when first asked for
	narrow [][narrowFrame * 2]byte
}

// get finds a clip, and encodes it if it is new, or returns nil. That takes a
// millisecond for a long clip, once.
func (c *clips) get(language, name string) *clip {
	key := clipName{language, name}
	c.mu.Lock()
	found := c.made[key]
	c.mu.Unlock()
	if found != nil || c.prompts == nil {
		return found
	}
	frames, ok := c.prompts.Clip(language, name)
	if !ok {
		return nil
	}
	made := newClip(frames)
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.made == nil {
		c.made = make(map[clipName]*clip)
	}
	if found := c.made[key]; found != nil {
		return found
	}
	c.made[key] = made
	return made
}

func newClip(frames []audio.Frame) *clip {
	c := &clip{frames: frames, narrow: make([][narrowFrame * 2]byte, len(frames))}
	c.opus = sync.OnceValue(func() [][]byte { return encodeOpus(frames) })
	var down halfband.Down
	for i := range frames {
		var samples [narrowFrame]int16
		down.Process(samples[:], frames[i][:])
		g711.Mu.Encode(c.narrow[i][:narrowFrame], samples[:])
		g711.A.Encode(c.narrow[i][narrowFrame:], samples[:])
	}
	return c
}

// payload is frame i in a codec that was coded beforehand. G.722 is not: its
// decoder would click where one clip begins after another.
func (c *clip) payload(codec audio.Codec, i int) []byte {
	switch codec {
	case audio.PCMU:
		return c.narrow[i][:narrowFrame]
	case audio.PCMA:
		return c.narrow[i][narrowFrame:]
	case audio.Opus:
		if coded := c.opus(); i < len(coded) {
			return coded[i]
		}
	}
	return nil
}

// prepare makes what a line in a codec will ask for, before the tick does.
func (c *clip) prepare(codec audio.Codec) {
	if codec == audio.Opus {
		c.opus()
	}
}

// encodeOpus codes a clip from a fresh encoder, as it begins in silence. The
// first line to hear it in Opus pays for that, about 0.2 ms a frame.
func encodeOpus(frames []audio.Frame) [][]byte {
	encoder, err := opus.NewEncoder()
	if err != nil {
		return nil
	}
	coded := make([][]byte, 0, len(frames))
	var buffer [opus.MaxPayload]byte
	for i := range frames {
		payload, err := encoder.Encode(buffer[:], &frames[i])
		if err != nil {
			payload = nil
		}
		coded = append(coded, append([]byte(nil), payload...))
	}
	return coded
}
