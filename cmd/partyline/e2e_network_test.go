//go:build e2e

package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"partyline/cmd/internal/browser"
	"partyline/cmd/internal/impair"
	"partyline/cmd/internal/speech"
	"partyline/sfu/audio"
)

// TestE2ELossIsHealed measures how much Chromium has to conceal of what comes
// to it over a network that loses packets at random, both ways.
func TestE2ELossIsHealed(t *testing.T) {
	for _, test := range []struct{ loss, concealed float64 }{{0.1, 0.01}, {0.3, 0.025}} {
		// Without a percent sign: Chromium cuts its microphone's path there.
		t.Run(fmt.Sprintf("%.0f percent", test.loss*100), func(t *testing.T) {
			s := startServer(t)
			relay, err := impair.Start(s.Media, impair.Network{Loss: test.loss, Seed: 7})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { _ = relay.Close() })
			m := s.meeting("Weekly")
			speaker := openGuest(t, "Ann", browser.Options{Microphone: microphone(t, "rms")})
			listener := openGuest(t, "Bob", browser.Options{Microphone: microphone(t, "slt"), MediaPort: relay.Port()})
			speaker.joins(m.Link)
			listener.joins(m.Link)
			listener.setMuted(true)
			listener.sees(5*time.Second, "Ann", "[data-talking=true]")
			time.Sleep(8 * time.Second) // until the reports have told the server
			// What comes late is concealed, too: a machine that stalls adds to a
			// stretch, and a bridge that heals nothing to every one. One of five must
			// do.
			for range 5 {
				if concealed := listener.conceals(25*time.Second, relay); concealed <= test.concealed {
					return
				}
			}
			t.Errorf("however often it is measured, more than %.1f %% are concealed at %.0f %% loss", 100*test.concealed, 100*test.loss)
		})
	}
}

// conceals is the share of what the page plays that it makes up, within a span
// of time, silence aside.
func (g *guest) conceals(span time.Duration, relay *impair.Relay) float64 {
	g.t.Helper()
	before, err := g.Stats()
	if err != nil {
		g.t.Fatal(err)
	}
	passed, lost := relay.Counts()
	time.Sleep(span)
	after, err := g.Stats()
	if err != nil {
		g.t.Fatal(err)
	}
	nowPassed, nowLost := relay.Counts()
	passed, lost = nowPassed-passed, nowLost-lost
	if after.Received == before.Received || lost == 0 {
		g.t.Fatal("nothing was received or lost: nothing was measured")
	}
	concealed := (after.Concealed - after.SilentConcealed - before.Concealed + before.SilentConcealed) / (after.Received - before.Received)
	delay := (after.Delay - before.Delay) / (after.Emitted - before.Emitted)
	g.t.Logf("lost %.1f %% of %d packets: concealed %.2f %%, jitter buffer %.0f ms",
		100*float64(lost)/float64(passed+lost), passed+lost, 100*concealed, 1000*delay)
	return concealed
}

// TestE2EBlockedUDPGoesByTCP lets none of a page's UDP through: it hears the
// meeting all the same, over ICE-TCP.
func TestE2EBlockedUDPGoesByTCP(t *testing.T) {
	s := startServer(t)
	relay, err := impair.Start(s.Media, impair.Network{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = relay.Close() })
	relay.Cut(true)
	m := s.meeting("Weekly")
	ann := openGuest(t, "Ann", browser.Options{Microphone: microphone(t, "rms")})
	bob := openGuest(t, "Bob", browser.Options{Microphone: microphone(t, "slt"), MediaPort: relay.Port()})
	ann.joins(m.Link)
	bob.joins(m.Link)
	if stats, err := bob.Stats(); err != nil || stats.Protocol != "tcp" {
		t.Errorf("media goes over %q (%v), want tcp", stats.Protocol, err)
	}
	bob.setMuted(true)
	hearsOnly(t, "Bob", bob.heardBetween, "rms")
}

// TestE2EKilledNetworkComesBack takes all network from a page for some
// seconds, signalling and media, and gives it back: the page says so, keeps
// its seat and hears the meeting again without a click.
func TestE2EKilledNetworkComesBack(t *testing.T) {
	s := startServer(t)
	relay, err := impair.Start(s.Media, impair.Network{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = relay.Close() })
	wire, err := impair.Lay(strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = wire.Close() })
	m := s.meeting("Weekly")
	ann := openGuest(t, "Ann", browser.Options{Microphone: microphone(t, "rms")})
	bob := openGuest(t, "Bob", browser.Options{Microphone: microphone(t, "slt"), MediaPort: relay.Port()})
	ann.joins(m.Link)
	bob.joins(strings.Replace(m.Link, s.URL, "http://"+wire.Address(), 1))
	bob.setMuted(true)
	hearsOnly(t, "before the cut Bob", bob.heardBetween, "rms")

	relay.Cut(true)
	wire.Cut(true)
	bob.must(10*time.Second, fmt.Sprintf("document.querySelector('%s[data-socket=reconnecting]')", id("room")))
	ann.sees(10*time.Second, "Bob", "[data-reconnecting=true]")
	time.Sleep(5 * time.Second)
	relay.Cut(false)
	wire.Cut(false)

	back := time.Now()
	bob.must(20*time.Second, fmt.Sprintf("document.querySelector('%s[data-socket=open][data-audio=connected]')", id("room")))
	t.Logf("connected again %v after the network was", time.Since(back).Round(10*time.Millisecond))
	ann.sees(5*time.Second, "Bob", "[data-reconnecting=false]")
	bob.must(5*time.Second, fmt.Sprintf("document.querySelector('%s[data-muted=true]')", id("room")))
	hearsOnly(t, "after the cut Bob", bob.heardBetween, "rms")
}

// TestE2ESpeechComesThrough scores what is heard at the other end against what
// was said: browser to phone and phone to browser, each codec.
func TestE2ESpeechComesThrough(t *testing.T) {
	for _, codec := range []audio.Codec{audio.PCMA, audio.PCMU, audio.Opus} {
		t.Run(codec.String(), func(t *testing.T) {
			s := startServer(t)
			m := s.meeting("Weekly", "Lea")
			ann := openGuest(t, "Ann", browser.Options{Microphone: microphone(t, "awb")})
			ann.joins(m.Link)
			lea := s.dialIn(m.Number, m.Invitees[0].Code, codec)
			ann.sees(10*time.Second, "Lea", "")
			time.Sleep(4 * time.Second) // until the whisper is over and the levels are known

			judge(t, "browser to phone", codec, func() (said, heard []int16) {
				from, to := stretch(9 * time.Second)
				return ann.spokenBetween(from, to), lea.heard(from, to)
			})
			ann.setMuted(true)
			time.Sleep(time.Second)
			voice := testVoice(t, "awb")
			judge(t, "phone to browser", codec, func() (said, heard []int16) {
				began := time.Now() // each time anew: a phone that stalls speaks on where it was
				lea.Repeat(voice)
				time.Sleep(2 * time.Second)
				from, to := stretch(9 * time.Second)
				said = cut(began, slices.Repeat(voice, 5), from, to)
				if echo := speech.OwnVoice(said, lea.heard(from, to), speech.VoiceRate); echo > -45 {
					t.Errorf("the phone hears itself at %.0f dB, want at most -45", echo)
				}
				return said, ann.heardBetween(from, to)
			})
		})
	}
}

// stretch waits for a span of time to pass.
func stretch(span time.Duration) (from, to time.Time) {
	from = time.Now()
	time.Sleep(span)
	return from, time.Now()
}

// spokenBetween is what the page's microphone picked up.
func (g *guest) spokenBetween(from, to time.Time) []int16 {
	g.t.Helper()
	sound, err := g.Spoken()
	if err != nil {
		g.t.Fatal(err)
	}
	return cut(sound.Start, sound.Samples, from, to)
}

// judge holds what is heard against what is said, in the band that the codec
// carries. A machine that stalls for a moment tears holes into a stretch, and
// a bridge that is broken into every one: of eight stretches one must pass.
func judge(t *testing.T, path string, codec audio.Codec, listen func() (said, heard []int16)) {
	t.Helper()
	var bad error
	var heard []int16
	for range 8 {
		var said []int16
		said, heard = listen()
		report, err := score(said, heard, codec)
		t.Logf("%s: %v", path, report)
		if err == nil {
			return
		}
		bad = err
	}
	t.Errorf("%s: %v (%s)", path, bad, keep(t, strings.ReplaceAll(path, " ", "-")+"-"+codec.String()+".wav", heard))
}

func score(said, heard []int16, codec audio.Codec) (speech.Report, error) {
	gates := speech.CleanNarrowband()
	if codec == audio.Opus {
		// Opus is decoded and coded once more on the way, at 24 kbit/s each.
		gates = speech.CleanWideband()
		gates.ESTOI, gates.NSIM = 0.93, 0.84
	} else {
		said = speech.Narrowband(said)
	}
	// Both recordings begin at the same moment, so the delay is from mouth to
	// ear, and the page's own recorder. It is gated against growing without
	// end; how short it is, is for the load test.
	gates.Delay = 500 * time.Millisecond
	report, err := speech.Score(said, heard, speech.VoiceRate)
	if err != nil {
		return report, err
	}
	return report, gates.Check(report)
}
