//go:build e2e

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"partyline/cmd/internal/baresip"
	"partyline/cmd/internal/browser"
	"partyline/cmd/internal/speech"
	"partyline/cmd/internal/voice"
	"partyline/sfu/audio"
	"partyline/sip/softphone"
)

// TestE2EEveryPairIsHeard puts three browsers and two phones into one meeting:
// our own softphone and baresip, which is not of our making. Each speaks in
// turn, then three speak at once, and everybody must hear exactly the others.
// Who is heard is told by what is said.
func TestE2EEveryPairIsHeard(t *testing.T) {
	s := startServer(t, outsideTrunk(t))
	m := s.meeting("Weekly", "Lea")
	ada := openGuest(t, "Ada Lovelace", browser.Options{Microphone: microphone(t, "rms")})
	bob := openGuest(t, "Bob", browser.Options{Microphone: microphone(t, "slt")})
	eve := openGuest(t, "Eve", browser.Options{Microphone: microphone(t, "awb")})
	ada.logIn(s)
	for _, g := range []*guest{ada, bob, eve} {
		g.joins(m.Link)
		g.setMuted(true)
	}
	lea := s.dialIn(m.Number, m.Invitees[0].Code, audio.PCMA)
	ada.sees(10*time.Second, "Lea", "[data-kind=phone][data-role=participant]")
	stranger := s.dialInBaresip("kal", m.Number, baresip.Options{})
	stranger.name = ada.findsGuestCaller()
	speaks := stranger.speaks(func() bool { return ada.seesMuted(stranger.name) })
	speaks(false)

	everybody := []talker{
		{"rms", ada.heardBetween, func(on bool) { ada.setMuted(!on) }},
		{"slt", bob.heardBetween, func(on bool) { bob.setMuted(!on) }},
		{"awb", eve.heardBetween, func(on bool) { eve.setMuted(!on) }},
		{"lea", lea.heard, lea.speak("lea")},
		{"kal", stranger.heard, speaks},
	}
	for _, one := range everybody {
		eachIsHeard(t, everybody, one.voice)
	}
	bob.setMuted(false)
	everybody[3].speak(true)
	ada.sees(5*time.Second, "Lea", "[data-talking=true]")
	ada.sees(5*time.Second, "Bob", "[data-talking=true]")
	ada.picture("room.png")
	everybody[3].speak(false)
	bob.setMuted(true)
	for _, three := range [][]string{{"rms", "slt", "lea"}, {"awb", "lea", "kal"}} {
		eachIsHeard(t, everybody, three...)
	}
}

// talker is somebody in the meeting as the test needs them.
type talker struct {
	voice string
	heard func(from, to time.Time) []int16 // at 16 kHz
	speak func(on bool)
}

// span is a stretch of the meeting in which some of them spoke.
type span struct {
	voices   []string
	from, to time.Time
}

// eachIsHeard checks that everybody hears those of the given voices who are not
// their own, and nobody else. A machine that stalls for a moment loses sound for
// somebody, and a bridge that is broken always: of five spans one must pass.
func eachIsHeard(t *testing.T, everybody []talker, voices ...string) {
	t.Helper()
	var wrong []string
	for range 5 {
		sp := speakFor(everybody, voices...)
		if wrong = sp.check(t, everybody); len(wrong) == 0 {
			return
		}
		t.Log(strings.Join(wrong, "\n"))
	}
	t.Errorf("while %v spoke, not everybody heard them, however often they did", voices)
}

// speakFor lets the given voices speak for a while, and nobody else.
func speakFor(everybody []talker, voices ...string) span {
	for _, one := range everybody {
		if slices.Contains(voices, one.voice) {
			one.speak(true)
		}
	}
	time.Sleep(time.Second) // until everybody hears it
	sp := span{voices: voices, from: time.Now()}
	time.Sleep(8 * time.Second)
	sp.to = time.Now()
	for _, one := range everybody {
		if slices.Contains(voices, one.voice) {
			one.speak(false)
		}
	}
	time.Sleep(time.Second) // until it has died away
	return sp
}

// check tells who did not hear those who spoke, but for themselves, and nobody
// else.
func (sp span) check(t *testing.T, everybody []talker) (wrong []string) {
	t.Helper()
	var known []speech.Known
	for _, one := range everybody {
		known = append(known, speech.Known{Name: one.voice, Samples: testVoice(t, one.voice)})
	}
	for _, listener := range everybody {
		var want, got []string
		for _, v := range sp.voices {
			if v != listener.voice {
				want = append(want, v)
			}
		}
		recording := listener.heard(sp.from, sp.to)
		presence := speech.Identify(recording, speech.VoiceRate, known)
		for _, p := range presence {
			if p.Heard {
				got = append(got, p.Name)
			}
		}
		slices.Sort(want)
		slices.Sort(got)
		if !slices.Equal(want, got) {
			kept := keep(t, fmt.Sprintf("%s-hears-%s.wav", listener.voice, strings.Join(sp.voices, "-")), recording)
			wrong = append(wrong, fmt.Sprintf("while %v spoke, %s heard %v, want %v (%s)\n%+v", sp.voices, listener.voice, got, want, kept, presence))
		}
	}
	return wrong
}

// keep stores a recording that explains a failure, where PARTYLINE_E2E_KEEP says.
func keep(t *testing.T, name string, samples []int16) string {
	t.Helper()
	dir := os.Getenv("PARTYLINE_E2E_KEEP")
	if dir == "" {
		return "set PARTYLINE_E2E_KEEP to a directory to keep the recording"
	}
	path := filepath.Join(dir, name)
	if err := speech.WriteWAV(path, speech.VoiceRate, samples); err != nil {
		t.Error(err)
	}
	return path
}

// picture keeps what the page looks like, where PARTYLINE_E2E_KEEP says. The
// README's picture is made so.
func (g *guest) picture(name string) {
	g.t.Helper()
	dir := os.Getenv("PARTYLINE_E2E_KEEP")
	if dir == "" {
		return
	}
	if err := g.Screenshot(filepath.Join(dir, name)); err != nil {
		g.t.Error(err)
	}
}

// testVoice is one of the test voices at 16 kHz.
func testVoice(t *testing.T, name string) []int16 {
	t.Helper()
	samples, err := speech.Voice(name)
	if err != nil {
		t.Fatal(err)
	}
	return samples
}

// microphone is a voice as the file that Chromium takes for a microphone.
func microphone(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name+".wav")
	if err := speech.WriteWAV(path, 48000, speech.Resample(testVoice(t, name), speech.VoiceRate, 48000)); err != nil {
		t.Fatal(err)
	}
	return path
}

// heardBetween is what the page has played between two moments. It keeps all that
// was played. A page that stalls loses some of it, and what was played before
// seems to be later than it was: it should be asked soon.
func (g *guest) heardBetween(from, to time.Time) []int16 {
	g.t.Helper()
	sound, err := g.Heard()
	if err != nil {
		g.t.Fatal(err)
	}
	g.all.Start = sound.Start.Add(-lasting(len(g.all.Samples)))
	g.all.Samples = append(g.all.Samples, sound.Samples...)
	return cut(g.all.Start, g.all.Samples, from, to)
}

// cut cuts a stretch out of a 16 kHz recording that began at start.
func cut(start time.Time, samples []int16, from, to time.Time) []int16 {
	at := func(moment time.Time) int {
		return min(max(int(moment.Sub(start).Seconds()*16000), 0), len(samples))
	}
	return samples[at(from):at(to)]
}

// lasting is how long so many samples at 16 kHz last.
func lasting(samples int) time.Duration { return time.Duration(samples) * time.Second / 16000 }

// caller is a softphone in a call.
type caller struct {
	*softphone.Call
	t *testing.T
}

// call dials the bridge.
func (s *server) dial(codec audio.Codec, faults softphone.Faults) *caller {
	s.t.Helper()
	call, err := s.tryDial(softphone.Config{Codecs: []audio.Codec{codec}, Faults: faults})
	if err != nil {
		s.t.Fatalf("dial: %v\n%s", err, s.Log())
	}
	return call
}

// tryDial calls the bridge with a phone of some kind.
func (s *server) tryDial(kind softphone.Config) (*caller, error) {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), time.Minute)
	defer cancel()
	s.calls++ // each from a number of its own: whoever was removed is known by it
	kind.NewCodec, kind.Listen, kind.From = voice.NewCodec, "127.0.0.1:0", fmt.Sprintf("sip:+4930%08d@127.0.0.1", s.calls)
	call, err := softphone.Dial(ctx, kind, "sip:conference@"+s.SIP.String())
	if err != nil {
		return nil, err
	}
	s.t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		_ = call.Hangup(ctx)
	})
	return &caller{call, s.t}, nil
}

// dialIn calls, chooses English, and types a meeting number and a code.
func (s *server) dialIn(number, code string, codec audio.Codec) *caller {
	s.t.Helper()
	c := s.dial(codec, softphone.Faults{})
	c.press("1" + number)
	c.press(",," + code + "#") // a pound key right behind the number would belong to it
	return c
}

// press types keys.
func (c *caller) press(keys string) {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), time.Minute)
	defer cancel()
	if err := c.Press(ctx, keys); err != nil {
		c.t.Fatalf("press: %v", err)
	}
}

// speak talks with a voice, or stops.
func (c *caller) speak(name string) func(bool) {
	sound := softphone.Sound(testVoice(c.t, name))
	return func(on bool) {
		if on {
			c.Repeat(sound)
		} else {
			c.Quiet()
		}
	}
}

// heard is what the phone played between two moments.
func (c *caller) heard(from, to time.Time) []int16 { return c.Heard().Between(from, to) }

// ended waits for the call to be hung up by the bridge.
func (c *caller) ended(within time.Duration) {
	c.t.Helper()
	for limit := patient(within); !limit.over(); {
		select {
		case <-c.Done():
			return
		case <-time.After(min(limit.left(), time.Second)):
		}
	}
	c.t.Errorf("the call still stands after %v", within)
}

// outsideTrunk is a setting that takes calls from the tests' network namespaces.
func outsideTrunk(t *testing.T) string {
	t.Helper()
	return trunks(t, `allow = ["10.231.0.0/16"]`, `language = "en"`)
}

// trunks is a setting with one trunk of the given lines, before the one of this
// machine.
func trunks(t *testing.T, lines ...string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "trunk.toml")
	text := "[[sip.trunk]]\nname = \"carrier\"\n" + strings.Join(lines, "\n") + "\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return "config=" + path
}

// stranger is a baresip in a call.
type stranger struct {
	*baresip.Phone
	t    *testing.T
	name string // that the room gave it
}

// dialInBaresip calls with baresip and enters as a guest.
func (s *server) dialInBaresip(voiceName, number string, o baresip.Options) *stranger {
	s.t.Helper()
	p := s.startBaresip(voiceName, o)
	p.dial(s, "conference")
	p.press(number)
	time.Sleep(2 * time.Second) // a pound key right behind the number belongs to it
	p.press("#")
	return p
}

// startBaresip starts a baresip that speaks with one of the test voices.
func (s *server) startBaresip(voiceName string, o baresip.Options) *stranger {
	s.t.Helper()
	o.Dir, o.Codec, o.Port = s.t.TempDir(), "PCMU/8000/1", s.SIP.Port()
	o.Speak = filepath.Join(o.Dir, "speak.wav")
	// baresip hangs up when its file ends, so it gets one that lasts.
	said := slices.Repeat(speech.Resample(testVoice(s.t, voiceName), speech.VoiceRate, 8000), 60)
	if err := speech.WriteWAV(o.Speak, 8000, said); err != nil {
		s.t.Fatal(err)
	}
	phone, err := baresip.Start(s.t.Context(), o)
	if err != nil {
		s.t.Fatal(err)
	}
	s.t.Cleanup(func() {
		if err := phone.Close(); err != nil {
			s.t.Error(err)
		}
	})
	return &stranger{Phone: phone, t: s.t}
}

// findsGuestCaller waits for a phone that gave no code, and tells the name that
// the room gave it.
func (g *guest) findsGuestCaller() string {
	g.t.Helper()
	guestCaller := fmt.Sprintf("document.querySelector('%s[data-kind=phone][data-role=guest]')", id("participant"))
	g.must(15*time.Second, guestCaller)
	var name string
	if err := g.Eval(guestCaller+".dataset.name", &name); err != nil {
		g.t.Fatal(err)
	}
	return name
}

// seesMuted tells whether the roster shows somebody as muted.
func (g *guest) seesMuted(name string) (muted bool) {
	g.t.Helper()
	if err := g.Eval(fmt.Sprintf("document.querySelector('%s').dataset.muted === 'true'", entry(name, "")), &muted); err != nil {
		g.t.Fatal(err)
	}
	return muted
}

// prints waits until baresip has said something so many times.
func (p *stranger) prints(text string, times int) {
	p.t.Helper()
	for limit := patient(20 * time.Second); strings.Count(p.Output(), text) < times; time.Sleep(20 * time.Millisecond) {
		if limit.over() {
			p.t.Fatalf("%v: baresip does not say %q:\n%s", limit, text, p.Output())
		}
	}
}

// speaks makes the phone heard or not, by the key that does so; muted is what
// the room says of it.
func (p *stranger) speaks(muted func() bool) func(on bool) {
	return func(on bool) {
		p.t.Helper()
		if muted() == on {
			p.press("*6")
		}
		for limit := patient(5 * time.Second); muted() == on; time.Sleep(20 * time.Millisecond) {
			if limit.over() {
				p.t.Fatalf("%v: after *6 %s is as muted as before\n%s", limit, p.name, p.Output())
			}
		}
	}
}

func (p *stranger) press(keys string) {
	p.t.Helper()
	if err := p.Press(keys); err != nil {
		p.t.Fatalf("baresip presses: %v\n%s", err, p.Output())
	}
}

func (p *stranger) hangUp() {
	p.t.Helper()
	if err := p.Hangup(); err != nil {
		p.t.Fatal(err)
	}
}

// heard is what baresip recorded between two moments. The call must stand: the
// recording ends now.
func (p *stranger) heard(from, to time.Time) []int16 {
	p.t.Helper()
	path, err := p.Recording()
	if err != nil {
		p.t.Fatalf("%v\n%s", err, p.Output())
	}
	now := time.Now()
	samples, rate, err := speech.ReadWAV(path)
	if err != nil {
		p.t.Fatal(err)
	}
	samples = speech.Resample(samples, rate, 16000)
	return cut(now.Add(-lasting(len(samples))), samples, from, to)
}
