package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"partyline/cmd/internal/bridge"
	"partyline/cmd/internal/speech"
	"partyline/cmd/internal/voice"
	"partyline/sfu/audio"
	"partyline/sip/softphone"
)

const (
	delayPieces = 5               // that are compared …
	delayPiece  = 4 * time.Second // … each this long
	latest      = time.Second     // a delay beyond it is none
	delayCalls  = 10              // for the greeting
	delayKeys   = 10              // pressed
)

// measureDelay measures how long speech takes through the bridge, between
// real browsers and a softphone, and how long callers wait for the menu.
func measureDelay(ctx context.Context, b *bench) (err error) {
	if err := b.cores.share(); err != nil {
		return err
	}
	s, err := b.start(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	m, err := s.Meeting(ctx, "Load")
	if err != nil {
		return err
	}
	agents, err := newAgents(1)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeAll(agents)) }()
	if err := greetings(ctx, agents[0], s); err != nil {
		return err
	}
	phone, err := dialIn(ctx, s.Server, m)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, phone.Hangup(context.WithoutCancel(ctx))) }()
	if err := confirmations(ctx, phone, b); err != nil {
		return err
	}
	return mouthToEar(ctx, b, m.Link, phone)
}

// greetings measures from the answer to the first sound of the menu.
func greetings(ctx context.Context, agent *softphone.Agent, s *server) error {
	var all []time.Duration
	for range delayCalls {
		d := dialOnce(ctx, agent, s)
		if d.failure != nil || d.heard < 0 {
			return fmt.Errorf("a call for the greeting: heard after %v: %w", d.heard, d.failure)
		}
		all = append(all, d.heard)
	}
	s.bench.add("prompt after answer", waits(all, 500)...)
	return nil
}

// dialIn puts a softphone with a real codec into the meeting.
func dialIn(ctx context.Context, s *bridge.Server, m bridge.Meeting) (*softphone.Call, error) {
	call, err := softphone.Dial(ctx, softphone.Config{
		NewCodec: voice.NewCodec, Codecs: []audio.Codec{audio.PCMA}, Listen: "127.0.0.1:0", Ports: phonePorts,
		From: "sip:+493012345678@127.0.0.1",
	}, "sip:conference@"+s.SIP.String())
	if err != nil {
		return nil, err
	}
	for _, keys := range []string{m.Number, ",,#"} {
		if err := call.Press(ctx, keys); err != nil {
			return nil, errors.Join(err, call.Hangup(context.WithoutCancel(ctx)))
		}
	}
	return call, nil
}

// confirmations measures from a key to the words that confirm it: muting and
// unmuting in an empty meeting. The key counts from when it goes down.
func confirmations(ctx context.Context, phone *softphone.Call, b *bench) error {
	if err := b.progress.wait(ctx, "until the meeting's own words are spoken", 10*time.Second); err != nil {
		return err
	}
	var all []time.Duration
	for range delayKeys {
		if err := phone.Press(ctx, "*6"); err != nil {
			return err
		}
		if err := b.progress.wait(ctx, "pressing keys", 3*time.Second); err != nil {
			return err
		}
		pressed := lastKey(phone.Transcript())
		heard := onset(softphone.Recording{Start: pressed, Sound: phone.Heard().Between(pressed, time.Now())})
		if heard.IsZero() {
			return errors.New("nothing was heard after *6")
		}
		all = append(all, heard.Sub(pressed))
	}
	b.add("words after a key", waits(all, 400)...)
	return nil
}

// lastKey is when a key went down last.
func lastKey(events []softphone.Event) (at time.Time) {
	for _, e := range events {
		if e.Kind == softphone.KeySent {
			at = e.At
		}
	}
	return at
}

// mouthToEar has a page and the phone speak in turns, and compares what the
// others hear with it.
//
// Two pages' recordings have the same clock and the same lateness, so that the
// delay between browsers is as measured. A page's and a phone's do not: what
// one direction seems to take too little, the other seems to take too much, and
// only their sum is true.
func mouthToEar(ctx context.Context, b *bench, link string, phone *softphone.Call) error {
	speaker, err := b.openPage(ctx, "Speaker", "rms")
	if err != nil {
		return err
	}
	defer speaker.Close()
	listener, err := b.openPage(ctx, "Listener", "slt")
	if err != nil {
		return err
	}
	defer listener.Close()
	for _, p := range []*page{speaker, listener} {
		if err := p.join(link); err != nil {
			return fmt.Errorf("%s: %w", p.name, err)
		}
	}
	if err := listener.setMuted(true); err != nil {
		return err
	}
	var browsers, andBack []time.Duration
	for range delayPieces {
		toBrowser, toPhone, err := fromBrowser(ctx, b, speaker, listener, phone)
		if err != nil {
			return err
		}
		back, err := fromPhone(ctx, b, phone, listener, speaker)
		if err != nil {
			return err
		}
		browsers = append(browsers, toBrowser...)
		if len(toPhone) > 0 && len(back) > 0 {
			andBack = append(andBack, toPhone[0]+back[0])
		}
	}
	b.add("browser to browser", waits(browsers, 0)...)
	b.add("browser to phone and back", waits(andBack, 0)...)
	return nil
}

// setMuted presses the button.
func (p *page) setMuted(muted bool) error {
	if err := p.Eval(fmt.Sprintf("document.querySelector('%s').click()", id("mute")), nil); err != nil {
		return fmt.Errorf("mute %s: %w", p.name, err)
	}
	return p.WaitFor(5*time.Second, fmt.Sprintf("document.querySelector('%s[data-muted=%v]')", id("room"), muted))
}

// fromBrowser compares what a page's microphone picked up with what another
// page and the phone played at the same time. It leaves the page muted.
func fromBrowser(ctx context.Context, b *bench, speaker, listener *page, phone *softphone.Call) (toBrowser, toPhone []time.Duration, err error) {
	if err := b.progress.wait(ctx, "warming up", 2*time.Second); err != nil {
		return nil, nil, err
	}
	from := time.Now()
	to := from.Add(delayPiece)
	if err := b.progress.wait(ctx, "a browser speaks", delayPiece+latest); err != nil {
		return nil, nil, err
	}
	said, err := speaker.spoken.between(from, to)
	if err != nil {
		return nil, nil, err
	}
	heard, err := listener.heard.between(from, to.Add(latest))
	if err != nil {
		return nil, nil, err
	}
	return delayOf(said, heard, 0), delayOf(said, phone.Heard().Between(from.Add(-latest), to.Add(latest)), -latest), speaker.setMuted(true)
}

// fromPhone compares what the phone says with what a page plays. The phone's
// mouth opens when its first packet goes out. The speaker's page speaks again
// afterwards.
func fromPhone(ctx context.Context, b *bench, phone *softphone.Call, listener, speaker *page) ([]time.Duration, error) {
	said, err := speech.Voice("lea")
	if err != nil {
		return nil, err
	}
	said = said[:int(delayPiece.Seconds()*audio.Rate)]
	if err := b.progress.wait(ctx, "until it is quiet", latest); err != nil {
		return nil, err
	}
	from := time.Now()
	phone.Say(softphone.Sound(said))
	if err := b.progress.wait(ctx, "a phone speaks", delayPiece+2*latest); err != nil {
		return nil, err
	}
	heard, err := listener.heard.between(from, from.Add(delayPiece+latest))
	if err != nil {
		return nil, err
	}
	return delayOf(said, heard, 0), speaker.setMuted(false)
}

// delayOf is by how much what was heard lags behind what was said, if they have
// enough in common to tell: speakers pause. The recording of what was heard
// begins at from the other's beginning.
func delayOf(said, heard []int16, from time.Duration) []time.Duration {
	report, err := speech.Score(said, heard, audio.Rate)
	if err != nil || report.STOI < 0.6 {
		return nil
	}
	return []time.Duration{report.Delay + from}
}

// waits are the figures of how long something takes.
func waits(all []time.Duration, aim float64) []figure {
	return []figure{
		{Name: "measured", Value: float64(len(all))},
		milliseconds("shortest", percentile(all, 0)),
		milliseconds("p50", percentile(all, 0.5)).aim(aim),
		milliseconds("longest", percentile(all, 1)).aim(aim),
	}
}
