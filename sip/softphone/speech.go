package softphone

import (
	"context"
	"fmt"
	"strings"
	"time"

	"partyline/sfu/audio"
	"partyline/sip/internal/dtmf"
)

// utterance is what is being said.
type utterance struct {
	sound Sound
	at    int
	loop  bool
	done  chan struct{}
}

// Say speaks a sound, in place of what is being said. The channel is closed
// when it was spoken to its end, or ended by Say, Quiet or the call's end.
func (c *Call) Say(s Sound) <-chan struct{} { return c.say(s, false) }

// Repeat speaks a sound over and over, until Say, Quiet or the call's end.
func (c *Call) Repeat(s Sound) { c.say(s, true) }

// Quiet stops what is being said.
func (c *Call) Quiet() { c.say(nil, false) }

func (c *Call) say(s Sound, loop bool) <-chan struct{} {
	u := &utterance{sound: s, loop: loop && len(s) > 0, done: make(chan struct{})}
	if len(s) > 0 {
		c.agent.script.note(Speaking, "%.1f s", float64(len(s))/audio.Rate)
	} else {
		close(u.done)
	}
	c.mu.Lock()
	before := c.speech
	c.speech = u
	if len(s) == 0 {
		c.speech = nil
	}
	c.mu.Unlock()
	if before != nil {
		close(before.done)
	}
	return u.done
}

// next fills the frame that is to be spoken now.
func (c *Call) next(f *audio.Frame) {
	*f = audio.Frame{}
	c.mu.Lock()
	u := c.speech
	if u == nil {
		c.mu.Unlock()
		return
	}
	n := copy(f[:], u.sound[u.at:])
	u.at += n
	for u.loop && n < len(f) {
		u.at = copy(f[n:], u.sound)
		n += u.at
	}
	ended := u.at >= len(u.sound) && !u.loop
	if ended {
		c.speech = nil
	}
	c.mu.Unlock()
	if ended {
		close(u.done)
		c.agent.script.note(Spoken, "")
	}
}

// speak sends a frame every 20 ms, silence included, as telephones do. It keeps
// time by the clock and not by adding sleeps, and gives up what it is late with
// by more than maxLate.
func (c *Call) speak(ctx context.Context) {
	const maxLate = 100 * time.Millisecond
	encoders := &codecs{make: c.agent.cfg.NewCodec}
	var frame audio.Frame
	encode := func(codec audio.Codec) []byte {
		encoder, err := encoders.get(codec)
		if err != nil {
			return nil
		}
		return encoder.Encode(&frame)
	}
	var mix audio.Mix
	due := time.Now()
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-timer.C:
		}
		c.next(&frame)
		mix.Reset(&frame, encode)
		c.leg.Hear(&mix)
		due = due.Add(audio.FrameDuration)
		now := time.Now()
		if now.Sub(due) > maxLate {
			due = now
		}
		timer.Reset(due.Sub(now))
	}
}

// Durations of a key and of the gap after it, as people press them, and of a
// comma.
const (
	keyDuration = 100 * time.Millisecond
	keyGap      = 80 * time.Millisecond
	commaPause  = time.Second
)

// Press presses the keys of a script as RFC 4733 events: digits, *, # and A to
// D; a comma waits for a second.
func (c *Call) Press(ctx context.Context, script string) error {
	return c.press(ctx, script, func(key byte) error {
		finished, err := c.leg.Send(key, keyDuration)
		if err != nil {
			return err
		}
		select {
		case <-finished:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		case <-c.done:
			return errEnded
		}
	})
}

// PressINFO presses the keys of a script by SIP INFO instead.
func (c *Call) PressINFO(ctx context.Context, script string) error {
	return c.press(ctx, script, func(key byte) error {
		body := fmt.Sprintf("Signal=%c\r\nDuration=%d\r\n", key, keyDuration.Milliseconds())
		return c.dialog.Info(ctx, "application/dtmf-relay", []byte(body))
	})
}

// PressTones presses the keys of a script as tones in the sound, in place of
// what is being said.
func (c *Call) PressTones(ctx context.Context, script string) error {
	return c.press(ctx, script, func(key byte) error {
		select {
		case <-c.Say(dtmf.Generate(key, audio.Rate, samplesIn(keyDuration))):
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	})
}

func (c *Call) press(ctx context.Context, script string, send func(key byte) error) error {
	if bad := strings.Trim(script, "0123456789*#ABCDabcd, "); bad != "" {
		return fmt.Errorf("press keys: %q is on no telephone", bad)
	}
	for _, key := range []byte(strings.ToUpper(script)) {
		wait := keyGap
		switch key {
		case ' ':
			continue
		case ',':
			wait = commaPause
		default:
			c.agent.script.note(KeySent, "%c", key)
			if err := send(key); err != nil {
				return fmt.Errorf("press %c: %w", key, err)
			}
		}
		select {
		case <-time.After(wait):
		case <-ctx.Done():
			return ctx.Err()
		case <-c.done:
			return errEnded
		}
	}
	return nil
}
