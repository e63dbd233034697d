package sfu

import (
	"fmt"
	"math"
	"testing"
	"testing/synctest"
	"time"

	"partyline/sfu/audio"
	"partyline/sfu/internal/jitter"
)

// even is a tone that goes on: whatever breaks it is seen.
func even(f float64) func(int) int16 {
	return func(i int) int16 { return int16(8000 * math.Sin(2*math.Pi*f*float64(i)/audio.Rate)) }
}

// steepest is the largest step between samples in the last part of what was
// heard.
func (p *handset) steepest(last time.Duration) (most float64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	heard := p.heard[max(len(p.heard)-int(last*audio.Rate/time.Second), 1):]
	for i := 1; i < len(heard); i++ {
		most = max(most, math.Abs(float64(heard[i])-float64(heard[i-1])))
	}
	return most
}

// holes counts the frames of the last part that are 20 dB softer than a.
func (p *handset) holes(last time.Duration) (n int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	heard := p.heard[max(len(p.heard)-int(last*audio.Rate/time.Second), 0):]
	for ; len(heard) >= audio.FrameSamples; heard = heard[audio.FrameSamples:] {
		if f := audio.Frame(heard); f.Level() > 35 {
			n++
		}
	}
	return n
}

// atTick looks at the line of a phone in a room between two ticks.
func (p *handset) atTick(look func(*line)) {
	l := p.line.(*line)
	l.moving.Lock()
	m := l.floor.(*mixer)
	l.moving.Unlock()
	m.do(func() { look(l) })
}

// buffered is what became of the phone's packets.
func (p *handset) buffered() (s jitter.Stats) {
	p.atTick(func(l *line) { s = l.pulled.(*octetIntake).buffer.Stats() })
	return s
}

// TestAPhoneMayChangeItsStream has a phone change what it sends in the middle
// of a tone, as re-INVITEs, transfers and failing gateways do: no click, no
// long hole, and no more delay than before.
func TestAPhoneMayChangeItsStream(t *testing.T) {
	for _, c := range []struct {
		name   string
		begins audio.Codec
		change func(p *handset)
		holes  int
	}{
		{"payload type, to the other law", audio.PCMU, func(p *handset) { p.codec = audio.PCMA }, 0},
		{"payload type, to wideband", audio.PCMA, func(p *handset) { p.codec = audio.G722 }, 0},
		{"payload type, to narrowband", audio.G722, func(p *handset) { p.codec = audio.PCMU }, 0},
		{"SSRC", audio.PCMU, func(p *handset) { p.ssrc, p.seq, p.clock = 99, 4711, 12345 }, 2},
		{"SSRC, of G.722", audio.G722, func(p *handset) { p.ssrc, p.seq, p.clock = 99, 4711, 12345 }, 2},
		{"timestamp, far ahead", audio.PCMA, func(p *handset) { p.clock = 1 << 30 }, 2},
		{"timestamp, back", audio.PCMA, func(p *handset) { p.clock -= 1 << 20 }, 2},
		{"sequence", audio.PCMU, func(p *handset) { p.seq += 20000 }, 2},
		{"payload type and SSRC, from Opus", audio.Opus, func(p *handset) { p.codec, p.ssrc, p.seq = audio.PCMU, 3, 7 }, 5},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := phoneHub(t, nil)
				a, b := newHandset(t, h, c.begins, even(300)), newHandset(t, h, audio.G722, nil)
				join(t, h, "room", a, b)
				talk(2*time.Second, a)
				before := b.steepest(time.Second)
				for range 3 {
					a.mu.Lock() // the codec is that of its ear as well
					c.change(a)
					a.mu.Unlock()
					talk(1500*time.Millisecond, a)
					if got := b.steepest(1500 * time.Millisecond); got > 1.8*before {
						t.Errorf("a click: a step of %.0f where the tone has %.0f", got, before)
					}
					if got := b.holes(1500 * time.Millisecond); got > c.holes {
						t.Errorf("%d frames are missing", got)
					}
				}
				if delay := a.buffered().Delay; delay > 70*time.Millisecond {
					t.Errorf("the delay has become %v", delay)
				}
				hangUp(t, a, b)
			})
		})
	}
}

// TestComfortNoiseIsAPause has phones that pause by RFC 3389: what they do not
// send is not lost, nothing clicks, and the next word is whole.
func TestComfortNoiseIsAPause(t *testing.T) {
	for _, codec := range []audio.Codec{audio.PCMU, audio.G722} {
		t.Run(codec.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := phoneHub(t, nil)
				a, b := newHandset(t, h, codec, even(300)), newHandset(t, h, audio.G722, nil)
				join(t, h, "room", a, b)
				talk(time.Second, a)
				for range 3 {
					a.comfort(66)
					time.Sleep(600 * time.Millisecond)
					if got := b.steepest(600 * time.Millisecond); got > 1600 {
						t.Errorf("a word ends in a step of %.0f", got)
					}
					a.skip(600 * time.Millisecond)
					talk(400*time.Millisecond, a)
					if got := b.steepest(400 * time.Millisecond); got > 1600 {
						t.Errorf("a word begins with a step of %.0f", got)
					}
				}
				stats := a.buffered()
				if stats.Lost+stats.Late+stats.Skipped > 0 || stats.Delay > 70*time.Millisecond {
					t.Errorf("pauses are taken for something else: %+v", stats)
				}
				hangUp(t, a, b)
			})
		})
	}
}

// comfort sends a packet of comfort noise at a level.
func (p *handset) comfort(level byte) {
	p.line.Write(audio.Packet{
		Codec: audio.CN, SSRC: p.ssrc, Sequence: p.seq, Arrival: time.Now(),
		Timestamp: uint32(p.said*160) + p.clock, Payload: []byte{level, 0x80, 0x80},
	})
	p.seq++
}

// skip lets time pass in which nothing is sent.
func (p *handset) skip(d time.Duration) { p.said += int(d / audio.FrameDuration) }

// TestNoiseIsHeardWhereAWordEnds looks at the moment before the gate closes.
func TestNoiseIsHeardWhereAWordEnds(t *testing.T) {
	in := newOctetIntake()
	now := time.Now()
	var frame audio.Frame
	levels := make(map[audio.Level]int)
	for i := range 20 {
		p := audio.Packet{Codec: audio.PCMA, Sequence: uint16(i), Timestamp: uint32(i * 160), Arrival: now, Payload: silentPayload[:]}
		if i >= 5 {
			p.Codec, p.Payload = audio.CN, []byte{58}
		}
		in.put(p)
		if level, _ := in.pull(now); i > 10 && level != audio.Silence {
			t.Errorf("comfort noise bids with %d", level)
		}
		in.frame(&frame)
		levels[frame.Level()]++
		now = now.Add(audio.FrameDuration)
	}
	if levels[57]+levels[58]+levels[59]+levels[60]+levels[61] < 10 {
		t.Errorf("noise of -58 dBov is heard at %v", levels)
	}
}

func TestADelayFromPhoneToPhoneIsShort(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := phoneHub(t, nil)
		click := func(i int) int16 { // every second, a burst
			if i%audio.Rate < 400 {
				return int16(9000 * math.Sin(float64(i)))
			}
			return int16(400 * math.Sin(float64(i)))
		}
		a, b := newHandset(t, h, audio.PCMU, click), newHandset(t, h, audio.PCMA, nil)
		join(t, h, "room", a, b)
		talk(time.Second, a)
		b.mu.Lock()
		began := len(b.heard)
		b.mu.Unlock()
		talk(3*time.Second, a)
		b.mu.Lock()
		defer b.mu.Unlock()
		for second := range 2 {
			bursts := 0
			for i := range audio.Rate {
				if s := b.heard[began+second*audio.Rate+i]; s > 4000 {
					if delay := time.Duration(i) * time.Second / audio.Rate; delay > 80*time.Millisecond {
						t.Errorf("a burst is heard %v after it was said", delay)
					}
					bursts++
					break
				}
			}
			if bursts == 0 {
				t.Error("no burst is heard")
			}
		}
		b.mu.Unlock()
		hangUp(t, a, b)
		b.mu.Lock()
	})
}

func TestVolumeIsForOnePhone(t *testing.T) {
	for _, codec := range []audio.Codec{audio.PCMU, audio.G722, audio.Opus} {
		t.Run(codec.String(), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				h := phoneHub(t, jukebox{})
				soft := func(i int) int16 { return hum(600)(i) / 5 }
				a, b, c := newHandset(t, h, codec, soft), newHandset(t, h, codec, nil), newHandset(t, h, codec, nil)
				join(t, h, "room", a, b, c)
				talk(1500*time.Millisecond, a)
				as := b.level(600)
				for _, steps := range []int{1, 4, -2, 9, 0} {
					b.line.SetVolume(steps)
					talk(time.Second, a)
					want := as + float64(min(steps, audio.MaxVolume)*audio.VolumeStep)
					if got := b.level(600); math.Abs(got-want) > 1.2 {
						t.Errorf("at %+d steps the tone is at %.1f dB, want %.1f", steps, got, want)
					}
					if got := c.level(600); math.Abs(got-as) > 1.2 {
						t.Errorf("the other phone hears %.1f dB, not %.1f", got, as)
					}
				}
				h.Leave(b.line)
				b.line.Play(audio.Phrase{Language: "en", Clips: []string{"tone"}, Loop: true})
				time.Sleep(time.Second)
				as = b.level(800)
				b.line.SetVolume(-4)
				time.Sleep(time.Second)
				if got := b.level(800) - as; math.Abs(got+12) > 1.2 {
					t.Errorf("four steps down a phrase is %.1f dB softer", -got)
				}
				hangUp(t, a, b, c)
			})
		})
	}
}

func TestAPhraseMayHaveSoundAndGoRound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := phoneHub(t, jukebox{})
		a := newHandset(t, h, audio.PCMU, nil)
		name := make([]audio.Frame, 25)
		for i := range name {
			for k := range name[i] {
				name[i][k] = even(1500)(i*audio.FrameSamples + k)
			}
		}
		done := a.line.Play(audio.Phrase{Language: "en", Clips: []string{"tone"}, Sound: name})
		time.Sleep(1500 * time.Millisecond)
		a.mustHear(t, "after the clip a", 1500)
		<-done
		looped := a.line.Play(audio.Phrase{Language: "en", Clips: []string{"tone"}, Sound: name, Loop: true})
		for range 3 {
			time.Sleep(700 * time.Millisecond)
			a.mustHear(t, "in the clip a", 800)
			time.Sleep(800 * time.Millisecond)
			a.mustHear(t, "in the sound a", 1500)
		}
		if isDone(looped) {
			t.Error("a loop has ended")
		}
		a.line.Play(audio.Phrase{})
		if !isDone(looped) {
			t.Error("a loop goes on after it was stopped")
		}
		empty := a.line.Play(audio.Phrase{Loop: true})
		if !isDone(empty) {
			t.Error("a loop of nothing is not done")
		}
		hangUp(t, a)
	})
}

// TestHoldIsAtTheNextFrame counts what is still heard of a phone once it holds.
func TestHoldIsAtTheNextFrame(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := phoneHub(t, nil)
		a, b := newHandset(t, h, audio.PCMU, even(500)), newHandset(t, h, audio.PCMA, nil)
		join(t, h, "room", a, b)
		talk(time.Second, a)
		b.mustHear(t, "b", 500)
		b.mu.Lock()
		began := len(b.heard)
		b.mu.Unlock()
		a.line.Hold(true)
		talk(200*time.Millisecond, a)
		b.mu.Lock()
		for i, s := range b.heard[began:] { // a frame that fades out, and its filters' tails
			if i >= 3*audio.FrameSamples/2 && (s > 40 || s < -40) {
				t.Errorf("%.1f ms after the hold a sample of %d is heard", float64(i)/16, s)
				break
			}
		}
		b.mu.Unlock()
		hangUp(t, a, b)
	})
}

func TestChimesAreHeardByAllPhonesAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := phoneHub(t, nil)
		a, b := newHandset(t, h, audio.PCMU, nil), newHandset(t, h, audio.Opus, nil)
		h.Chime("room", Joined) // nobody is there
		join(t, h, "room", a, b)
		talk(600*time.Millisecond, a, b)
		h.Chime("room", RecordingBeep)
		talk(400*time.Millisecond, a, b)
		for name, p := range map[string]*handset{"PCMU": a, "Opus": b} {
			if got := p.level(1400); got < -45 || got > -30 {
				t.Errorf("%s hears the beep at %.1f dB", name, got)
			}
			p.mustNotHear(t, name, 523.25)
		}
		for _, c := range []Chime{Joined, Left, 99, Joined, Left, Joined} {
			h.Chime("room", c)
		}
		talk(400*time.Millisecond, a, b)
		a.mustNotHear(t, "PCMU", 1400)
		for _, tone := range []float64{523.25, 783.99} {
			if got := a.level(tone); got < -45 {
				t.Errorf("of the chime %v Hz is heard at %.1f dB", tone, got)
			}
		}
		talk(3*time.Second, a, b)
		a.mustNotHear(t, "PCMU, later,", 523.25, 783.99)
		hangUp(t, a, b)
	})
}

// TestWhatAPhoneSaysIsCaptured is how names are recorded.
func TestWhatAPhoneSaysIsCaptured(t *testing.T) {
	for _, room := range []string{"", "room"} {
		for _, codec := range []audio.Codec{audio.PCMU, audio.G722, audio.Opus} {
			t.Run(fmt.Sprintf("%v in %q", codec, room), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					h := phoneHub(t, nil)
					word := func(i int) int16 { // from 1 s to 1.7 s
						if at := i % (4 * audio.Rate); at < audio.Rate || at > audio.Rate*17/10 {
							return 0
						}
						return hum(400)(i)
					}
					a := newHandset(t, h, codec, word)
					if room != "" {
						join(t, h, room, a)
						h.SetMuted(room, 1, true)
					}
					captured := make(chan []audio.Frame, 1)
					a.line.Capture(5*time.Second, func(f []audio.Frame) { captured <- f })
					talk(2*time.Second, a)
					if len(captured) > 0 {
						t.Fatal("done too early")
					}
					talk(800*time.Millisecond, a)
					var frames []audio.Frame
					select {
					case frames = <-captured:
					default:
						t.Fatal("nothing is captured 0.8 s after the word")
					}
					if d := len(frames) * 20; d < 700 || d > 1150 {
						t.Errorf("a word of 700 ms became %d ms", d)
					}
					if loudest(frames) > 18 {
						t.Errorf("the word is at -%d dBov", loudest(frames))
					}
					hangUp(t, a)
				})
			})
		}
	}
}

func loudest(frames []audio.Frame) audio.Level {
	least := audio.Silence
	for i := range frames {
		least = min(least, frames[i].Level())
	}
	return least
}

func TestACaptureEndsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := phoneHub(t, nil)
		a := newHandset(t, h, audio.PCMU, hum(400))
		ends := make(map[string][]int)
		capture := func(name string, limit time.Duration) {
			a.line.Capture(limit, func(f []audio.Frame) { ends[name] = append(ends[name], len(f)) })
		}
		capture("taken over", time.Minute)
		a.line.Capture(time.Minute, func(f []audio.Frame) { ends["at once"] = append(ends["at once"], len(f)) })
		talk(500*time.Millisecond, a)
		capture("at its limit", time.Second)
		talk(2*time.Second, a)
		capture("stopped", time.Minute)
		talk(300*time.Millisecond, a)
		a.line.Capture(0, nil)
		talk(100*time.Millisecond, a)
		capture("closed", time.Minute)
		talk(300*time.Millisecond, a)
		hangUp(t, a)
		capture("after the end", time.Minute)
		for _, c := range []struct {
			name        string
			least, most int
		}{{"taken over", 0, 0}, {"at once", 10, 26}, {"at its limit", 40, 51}, {"stopped", 5, 16}, {"closed", 5, 16}, {"after the end", 0, 0}} {
			if got := ends[c.name]; len(got) != 1 || got[0] < c.least || got[0] > c.most {
				t.Errorf("%s: frames %v, want %d to %d once", c.name, got, c.least, c.most)
			}
		}
	})
}

// noticed is an observer of what is told about phones.
type noticed struct {
	deaf
	muted []uint32
	music []bool
}

func (n *noticed) TalkingMuted(_ string, participant uint32) { n.muted = append(n.muted, participant) }
func (n *noticed) Music(_ string, _ uint32, playing bool)    { n.music = append(n.music, playing) }

func TestTalkingWhileMutedIsToldOnceForEachMute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := phoneHub(t, nil)
		told := new(noticed)
		h.observer = told
		a := newHandset(t, h, audio.PCMU, func(i int) int16 { return hum(500)(i + 1900) })
		b := newHandset(t, h, audio.G722, nil)
		join(t, h, "room", a, b)
		talk(2*time.Second, a, b)
		for mutes := 1; mutes <= 2; mutes++ {
			h.SetMuted("room", 1, true)
			h.SetMuted("room", 2, true)
			talk(500*time.Millisecond, a, b)
			if len(told.muted) >= mutes {
				t.Fatalf("told after half a second: %v", told.muted)
			}
			talk(5*time.Second, a, b)
			if len(told.muted) != mutes || told.muted[mutes-1] != 1 {
				t.Fatalf("%d mutes: told of %v", mutes, told.muted)
			}
			h.SetMuted("room", 1, false)
			talk(300*time.Millisecond, a, b)
		}
		hangUp(t, a, b)
	})
}

// TestTheHoldGuardTellsOfMusic has a phone play an organ into the meeting, be
// muted for it, and come back to speak.
func TestTheHoldGuardTellsOfMusic(t *testing.T) {
	chord := func(i int) (s int16) {
		for _, hz := range [][]float64{{262, 330, 392}, {220, 262, 349}}[i/(2*audio.Rate)%2] {
			s += even(hz)(i) / 6
		}
		return s
	}
	glides := func(i int) int16 { // like a voice
		at := float64(i) / audio.Rate
		phase := 2 * math.Pi * (140*at + 9*math.Sin(2*math.Pi*1.7*at))
		return int16(4000 * (1 + math.Sin(2*math.Pi*4*at)) * (math.Sin(phase) + math.Sin(3*phase)/2 + math.Sin(8*phase)/4))
	}
	for _, codec := range []audio.Codec{audio.PCMU, audio.G722} {
		synctest.Test(t, func(t *testing.T) {
			h := phoneHub(t, nil)
			told := new(noticed)
			h.observer = told
			a, b := newHandset(t, h, codec, glides), newHandset(t, h, audio.PCMU, nil)
			join(t, h, "room", a, b)
			talk(5*time.Second, a, b)
			if len(told.music) > 0 {
				t.Fatalf("%v: a voice is taken for music", codec)
			}
			a.voice = chord
			talk(3200*time.Millisecond, a, b)
			if fmt.Sprint(told.music) != "[true]" {
				t.Fatalf("%v: after 3 s of music told %v", codec, told.music)
			}
			h.SetMuted("room", 1, true)
			talk(4*time.Second, a, b)
			if fmt.Sprint(told.music) != "[true]" {
				t.Fatalf("%v: while it is muted told %v", codec, told.music)
			}
			a.voice = glides
			talk(6*time.Second, a, b)
			if fmt.Sprint(told.music) != "[true false]" {
				t.Errorf("%v: after the music told %v", codec, told.music)
			}
			hangUp(t, a, b)
		})
	}
}

// words has two clips that end and begin in the middle of a sound.
type words struct{}

func (words) Clip(_, name string) ([]audio.Frame, bool) {
	frames := make([]audio.Frame, 15)
	hz := map[string]float64{"low": 180, "high": 2900}[name]
	for i := range frames {
		for k := range frames[i] {
			frames[i][k] = even(hz)(i*audio.FrameSamples+k+20) / 8
		}
	}
	return frames, true
}

// TestClipsFollowEachOtherInOneStream has a G.722 phone hear one clip after
// another, in the foyer and in a room: what it decodes is near what was played,
// from the first sample on.
func TestClipsFollowEachOtherInOneStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := phoneHub(t, words{})
		a := newHandset(t, h, audio.G722, nil)
		for _, room := range []string{"", "room"} {
			if room != "" {
				join(t, h, room, a)
			}
			for _, clips := range [][]string{{"low", "high", "low"}, {"high", "low", "high"}} {
				a.mu.Lock()
				a.heard = nil
				a.mu.Unlock()
				<-a.line.Play(audio.Phrase{Language: "en", Clips: clips})
				a.mu.Lock()
				var played []int16
				for _, name := range clips {
					frames, _ := words{}.Clip("en", name)
					for i := range frames {
						played = append(played, frames[i][:]...)
					}
				}
				heard := a.heard[len(a.heard)-len(played):]
				for clip := range clips {
					var signal, noise float64
					for i := clip * 4800; i < clip*4800+640; i++ {
						off := float64(heard[i+22]) - float64(played[i])
						signal, noise = signal+float64(played[i])*float64(played[i]), noise+off*off
					}
					if snr := 10 * math.Log10(signal/noise); snr < 9 {
						t.Errorf("room %q: clip %d of %v begins at an SNR of %.1f dB", room, clip+1, clips, snr)
					}
				}
				a.mu.Unlock()
			}
		}
		hangUp(t, a)
	})
}

// TestATalkerGoesOnFromTheSharedStream has a G.722 listener begin to speak and
// stop again, over and over, while it hears a tone: it has a stream of its own
// then, and no seam is heard.
func TestATalkerGoesOnFromTheSharedStream(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := phoneHub(t, nil)
		a, b := newHandset(t, h, audio.PCMU, even(2500)), newHandset(t, h, audio.G722, nil)
		join(t, h, "room", a, b)
		talk(2*time.Second, a, b)
		before := b.steepest(time.Second)
		for range 4 {
			b.voice = hum(400)
			talk(500*time.Millisecond, a, b)
			b.atTick(func(l *line) {
				if !l.private.widened {
					t.Error("it has no stream of its own")
				}
			})
			b.voice = nil
			talk(500*time.Millisecond, a, b)
		}
		if got := b.steepest(4 * time.Second); got > 1.15*before {
			t.Errorf("a seam: a step of %.0f where the tone has %.0f", got, before)
		}
		hangUp(t, a, b)
	})
}
