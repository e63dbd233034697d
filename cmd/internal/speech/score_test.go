//go:build !race

package speech

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

// This file is about figures alone: nothing in it goes on side by side, and the
// race detector would make it take many times as long.

func TestTheOrderingOfKnownChains(t *testing.T) {
	wide := voiceOf(t, "slt")
	narrow := Resample(wide, 16000, 8000)
	chains := []struct {
		name string
		Report
	}{
		{"Opus", score(t, wide, throughOpus(t, wide, 0, nothingLost), 16000)},
		{"Opus, 5 % lost, FEC", score(t, wide, throughOpus(t, wide, 0.05, fec), 16000)},
		{"Opus, 5 % lost, concealed", score(t, wide, throughOpus(t, wide, 0.05, conceal), 16000)},
		{"Opus, 5 % lost, silence", score(t, wide, throughOpus(t, wide, 0.05, silence), 16000)},
		{"clipped at +12 dB", score(t, narrow, amplified(narrow, 15, clipped), 8000)},
		{"wrapped at +9.5 dB", score(t, narrow, amplified(narrow, 12.5, wrapped), 8000)},
	}
	for i, c := range chains {
		t.Logf("%-26s %v", c.name, c.Report)
		if i == 0 {
			continue
		}
		better := chains[i-1]
		if c.NSIM >= better.NSIM || c.LSD <= better.LSD || c.ESTOI >= better.ESTOI {
			t.Errorf("%s scores better than %s", c.name, better.name)
		}
	}
}

func TestGoodChainsPassTheirGates(t *testing.T) {
	for _, name := range VoiceNames() {
		wide := voiceOf(t, name)
		narrow := Resample(wide, 16000, 8000)
		for _, c := range []struct {
			name     string
			ref, got []int16
			rate     int
			gates    Gates
		}{
			{"A-law", narrow, toALaw(narrow), 8000, CleanNarrowband()},
			{"A-law at 16 kHz", Narrowband(wide), Resample(toALaw(narrow), 8000, 16000), 16000, CleanNarrowband()},
			{"Opus", wide, throughOpus(t, wide, 0, nothingLost), 16000, CleanWideband()},
			{"Opus, 5 % lost, FEC", wide, throughOpus(t, wide, 0.05, fec), 16000, Lossy()},
		} {
			if err := c.gates.Check(score(t, c.ref, c.got, c.rate)); err != nil {
				t.Errorf("%s, %s: %v", name, c.name, err)
			}
		}
	}
}

// TestEachGateIsSeenToFail breaks the path in the ways that calls break.
func TestEachGateIsSeenToFail(t *testing.T) {
	wide := voiceOf(t, "slt")
	narrow := Resample(wide, 16000, 8000)
	late := CleanNarrowband()
	late.Delay = 150 * time.Millisecond
	jumpy := append(slices.Clone(narrow[:24000]), narrow[23520:]...) // 60 ms twice
	clicky := slices.Clone(narrow)
	for i := 8000; i < len(clicky); i += 8000 {
		clicky[i] += 12000
	}
	for _, c := range []struct {
		name     string
		ref, got []int16
		rate     int
		gates    Gates
		failing  string
	}{
		{"silence for losses", narrow, toALaw(holed(narrow, 8000, 0.05)), 8000, Lossy(), "ESTOI"},
		{"silence for losses", narrow, toALaw(holed(narrow, 8000, 0.05)), 8000, CleanNarrowband(), "drop-outs"},
		{"Opus losses not concealed", wide, throughOpus(t, wide, 0.05, silence), 16000, Lossy(), "ESTOI"},
		{"decimated without a filter", narrow, toALaw(decimated(wide)), 8000, CleanNarrowband(), "NSIM"},
		{"wrapped", narrow, amplified(narrow, 12.5, wrapped), 8000, CleanNarrowband(), "LSD"},
		{"clipped", narrow, amplified(narrow, 15, clipped), 8000, CleanNarrowband(), "ESTOI"},
		{"zeros stuffed", Narrowband(wide), zeroStuffed(narrow), 16000, CleanNarrowband(), "image"},
		{"too soft", narrow, amplified(narrow, -4, clipped), 8000, CleanNarrowband(), "level"},
		{"too loud", narrow, amplified(narrow, 3, clipped), 8000, CleanNarrowband(), "level"},
		{"late", narrow, delayed(narrow, 8000), 8000, late, "delay"},
		{"a jump in delay", narrow, jumpy, 8000, CleanNarrowband(), "drift"},
		{"clicks", narrow, clicky, 8000, CleanNarrowband(), "clicks"},
	} {
		t.Run(c.name+", "+c.failing, func(t *testing.T) {
			err := c.gates.Check(score(t, c.ref, c.got, c.rate))
			if !errors.Is(err, ErrBad) || !strings.Contains(err.Error(), c.failing) {
				t.Errorf("want %s to fail, got %v", c.failing, err)
			}
		})
	}
}

func TestDelayIsMeasuredToTheSample(t *testing.T) {
	narrow := Resample(voiceOf(t, "rms"), 16000, 8000)
	for _, samples := range []int{0, 1, 160, 1234, 8000} {
		r := score(t, narrow, delayed(toALaw(narrow), samples), 8000)
		if want := span(samples, 8000); r.Delay != want || r.Drift != 0 {
			t.Errorf("delay %v drift %v, want %v and none", r.Delay, r.Drift, want)
		}
	}
	if r := score(t, narrow, narrow[4000:], 8000); r.Delay != -500*time.Millisecond {
		t.Errorf("of a recording that begins late the delay is %v", r.Delay)
	}
}

func TestAJitterBufferThatMovesDoesNotSpoilTheScore(t *testing.T) {
	narrow := Resample(voiceOf(t, "rms"), 16000, 8000)
	moved := append(slices.Clone(narrow[:30000]), narrow[29840:]...) // 20 ms twice
	r := score(t, narrow, moved, 8000)
	if r.ESTOI < 0.95 || r.Drift != 20*time.Millisecond {
		t.Errorf("%v", r)
	}
}

func TestSilenceAndUnrelatedSoundScoreBadly(t *testing.T) {
	a, b := voiceOf(t, "rms"), voiceOf(t, "slt")
	if r := score(t, a, make([]int16, len(a)), 16000); CleanWideband().Check(r) == nil {
		t.Errorf("silence passes: %v", r)
	}
	if r := score(t, a, b, 16000); r.ESTOI > 0.5 {
		t.Errorf("another voice scores %v", r)
	}
	if _, err := Score(nil, a, 16000); !errors.Is(err, ErrShort) {
		t.Errorf("no reference gives %v", err)
	}
	if _, err := Score(a, a, 44100); !errors.Is(err, ErrRate) {
		t.Errorf("44.1 kHz gives %v", err)
	}
}

func known(t testing.TB) (all []Known) {
	for _, name := range VoiceNames() {
		all = append(all, Known{name, voiceOf(t, name)})
	}
	return all
}

func TestIdentifyTellsWhoIsHeard(t *testing.T) {
	voices := known(t)
	at := func(i int, db float64) []int16 { return amplified(voices[i].Samples, db, clipped) }
	three := added(at(0, -6), at(1, -6), at(2, -12))
	turns := append(slices.Clone(voices[3].Samples[:48000]), voices[1].Samples[16000:64000]...)
	looped := append(slices.Clone(voices[2].Samples[50000:]), voices[2].Samples...)
	narrow := func(x []int16) []int16 { return Resample(toALaw(Resample(x, 16000, 8000)), 8000, 16000) }
	for _, c := range []struct {
		name  string
		heard []int16
		who   []string
		level map[string]float64
	}{
		{"one by A-law", narrow(at(0, 0)), []string{"rms"}, map[string]float64{"rms": 0}},
		{"three at once by A-law", narrow(three), []string{"rms", "slt", "awb"}, map[string]float64{"rms": -6, "slt": -6, "awb": -12}},
		{"three at once by Opus", throughOpus(t, three, 0, nothingLost), []string{"rms", "slt", "awb"}, nil},
		{"three at once by Opus with losses", throughOpus(t, three, 0.1, fec), []string{"rms", "slt", "awb"}, nil},
		{"two in turns", narrow(turns), []string{"slt", "lea"}, map[string]float64{"slt": 0, "lea": 0}},
		{"a loop begun in the middle", narrow(looped), []string{"awb"}, map[string]float64{"awb": 0}},
		{"silence", make([]int16, 80000), nil, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, p := range Identify(c.heard, 16000, voices) {
				if want := slices.Contains(c.who, p.Name); p.Heard != want {
					t.Errorf("%s: heard %v, want %v (%+v)", p.Name, p.Heard, want, p)
				}
				if want, ok := c.level[p.Name]; ok && math.Abs(p.Level-want) > 1 {
					t.Errorf("%s at %+.1f dB, want %+.1f", p.Name, p.Level, want)
				}
			}
		})
	}
}

func TestOwnVoice(t *testing.T) {
	own, other := voiceOf(t, "rms"), voiceOf(t, "slt")
	echo := func(db float64) []int16 { return delayed(amplified(own, db, clipped), 3200) }
	for _, c := range []struct {
		name        string
		feed        []int16
		least, most float64
	}{
		{"silence", make([]int16, len(own)), -300, -100},
		{"somebody else", other, -100, -33},
		{"own voice in full", echo(0), -4, 1},
		{"own voice at -20 dB", echo(-20), -24, -19},
		{"own voice at -20 dB under somebody else", added(other, echo(-20)), -24, -18},
		{"own voice at -40 dB", echo(-40), -44, -38},
	} {
		if got := OwnVoice(own, c.feed, 16000); got < c.least || got > c.most {
			t.Errorf("%s: %.1f dB, want %.0f to %.0f", c.name, got, c.least, c.most)
		}
	}
}
