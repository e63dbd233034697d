package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/chromedp/chromedp"

	chromium "partyline/cmd/internal/browser"
	"partyline/cmd/internal/speech"
	"partyline/sip/softphone"
)

// page is a guest in a real Chromium.
type page struct {
	*chromium.Page
	name   string
	heard  tape
	spoken tape
}

// tape is what a page recorded so far.
type tape struct {
	softphone.Recording
	take func() (chromium.Sound, error)
}

// between takes what is new and cuts out a stretch. The times are the page's
// own: later than true by what its recorder takes, and Chromium's audio clock
// strays from the wall's by some milliseconds in a second.
func (t *tape) between(from, to time.Time) ([]int16, error) {
	sound, err := t.take()
	if err != nil {
		return nil, err
	}
	if t.Sound == nil {
		t.Start = sound.Start
	}
	t.Sound = append(t.Sound, sound.Samples...)
	return t.Between(from, to), nil
}

// openPage starts a Chromium with one of the test voices for a microphone, or
// with Chromium's own beeps if voice is empty.
func (b *bench) openPage(ctx context.Context, name, voice string) (*page, error) {
	var o chromium.Options
	if voice != "" {
		samples, err := speech.Voice(voice)
		if err != nil {
			return nil, err
		}
		o.Microphone = filepath.Join(b.dir, voice+".wav")
		if err := speech.WriteWAV(o.Microphone, 48000, speech.Resample(samples, speech.VoiceRate, 48000)); err != nil {
			return nil, err
		}
	}
	opened, err := chromium.Open(ctx, o)
	if err != nil {
		return nil, err
	}
	return &page{Page: opened, name: name, heard: tape{take: opened.Heard}, spoken: tape{take: opened.Spoken}}, nil
}

// id is the selector of something in the web client.
func id(name string) string { return fmt.Sprintf("[data-testid=%s]", name) }

// ready opens the page before the meeting, with the guest's name written.
func (p *page) ready(link string) error {
	if err := p.Run(30*time.Second, chromedp.Navigate(link)); err != nil {
		return fmt.Errorf("open the meeting's page: %w", err)
	}
	if err := p.WaitFor(20*time.Second, fmt.Sprintf("document.querySelector('%s')", id("join"))); err != nil {
		return err
	}
	if err := p.Run(10*time.Second, chromedp.SendKeys(chromedp.CSS("input[name=name]"), p.name)); err != nil {
		return fmt.Errorf("write the name: %w", err)
	}
	return p.WaitFor(10*time.Second, fmt.Sprintf("document.querySelector('%s:not(:disabled,[aria-disabled=true])')", id("join")))
}

// click joins, and gives the moment of the click.
func (p *page) click() (time.Time, error) {
	var at float64
	err := p.Eval(fmt.Sprintf("(() => { const at = Date.now(); document.querySelector('%s').click(); return at; })()", id("join")), &at)
	return time.UnixMilli(int64(at)), err
}

// join enters the meeting and waits until sound flows.
func (p *page) join(link string) error {
	if err := p.ready(link); err != nil {
		return err
	}
	if _, err := p.click(); err != nil {
		return fmt.Errorf("join: %w", err)
	}
	return p.connected()
}

func (p *page) connected() error {
	err := p.WaitFor(20*time.Second, fmt.Sprintf("document.querySelector('%s[data-audio=connected]')", id("room")))
	if err != nil {
		return fmt.Errorf("%w\n%s", err, strings.Join(p.Problems(), "\n"))
	}
	return nil
}

// joinTime joins a meeting in which somebody talks, and tells how long it
// took from the click to the first sound.
func (p *page) joinTime(link string) (time.Duration, error) {
	if err := p.ready(link); err != nil {
		return 0, err
	}
	clicked, err := p.click()
	if err != nil {
		return 0, fmt.Errorf("join: %w", err)
	}
	if err := p.connected(); err != nil {
		return 0, err
	}
	for range 20 {
		if _, err := p.heard.between(clicked, clicked); err != nil {
			return 0, err
		}
		if first := onset(p.heard.Recording); !first.IsZero() {
			return first.Sub(clicked), nil
		}
		if err := p.Run(5*time.Second, chromedp.Sleep(250*time.Millisecond)); err != nil {
			return 0, err
		}
	}
	return 0, errors.New("the page heard nothing")
}
