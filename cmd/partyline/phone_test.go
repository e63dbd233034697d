package main

import (
	"bytes"
	"context"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"partyline/sfu/audio"
	"partyline/sip/softphone"
)

// screen is what a command prints, read while it runs.
type screen struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (s *screen) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.Write(p)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.text.String()
}

// find waits until the screen shows something.
func (s *screen) find(t *testing.T, pattern string) []string {
	t.Helper()
	re := regexp.MustCompile(pattern)
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		if found := re.FindStringSubmatch(s.String()); found != nil {
			return found
		}
	}
	t.Fatalf("%q never came:\n%s", pattern, s.String())
	return nil
}

// TestOnePhoneCallsAnother lets one command answer and another one call it,
// press keys, speak, hold and hang up, with each codec.
func TestOnePhoneCallsAnother(t *testing.T) {
	for _, codec := range []string{"PCMU", "PCMA", "opus"} {
		t.Run(codec, func(t *testing.T) {
			dir := t.TempDir()
			writeTone(t, filepath.Join(dir, "say.wav"))
			var answering, calling screen
			var statuses [2]int
			var both sync.WaitGroup
			both.Go(func() {
				statuses[0] = run(t.Context(), []string{"phone", "--answer", "--listen=127.0.0.1:0", "--record=" + filepath.Join(dir, "heard.wav")},
					nil, nil, &answering, &answering)
			})
			at := answering.find(t, `call at (\S+) \(UDP\)`)[1]
			both.Go(func() {
				statuses[1] = run(t.Context(), []string{
					"phone", "sip:100@" + at, "--listen=127.0.0.1:0", "--codec=" + codec,
					"--keys=1,2#", "--say=" + filepath.Join(dir, "say.wav"), "--hold=100ms", "--hangup",
				}, nil, nil, &calling, &calling)
			})
			both.Wait()
			if statuses != [2]int{} {
				t.Fatalf("exit statuses %v\nanswering:\n%s\ncalling:\n%s", statuses, answering.String(), calling.String())
			}
			for _, want := range []string{"key-heard   1\n", "key-heard   2\n", "key-heard   #\n", "first-sound", "held", "unheld", "packets received"} {
				if !strings.Contains(answering.String(), want) {
					t.Errorf("the answering phone does not tell of %q:\n%s", want, answering.String())
				}
			}
			for _, want := range []string{"answered", codec, "key-sent    1\n", "speaking    1.0 s", "spoken", "holding", "resumed", "ended"} {
				if !strings.Contains(calling.String(), want) {
					t.Errorf("the calling phone does not tell of %q:\n%s", want, calling.String())
				}
			}
			checkTone(t, filepath.Join(dir, "heard.wav"))
		})
	}
}

// writeTone writes a second of 440 Hz.
func writeTone(t *testing.T, name string) {
	t.Helper()
	tone := make(softphone.Sound, audio.Rate)
	for i := range tone {
		tone[i] = int16(8000 * math.Sin(2*math.Pi*440*float64(i)/audio.Rate))
	}
	if err := writeRecording(name, tone); err != nil {
		t.Fatal(err)
	}
}

// checkTone wants 440 Hz in a recording, by its zero crossings: a good part of
// the second that was said, for a busy machine sends some of it too late.
func checkTone(t *testing.T, name string) {
	t.Helper()
	heard, err := readSpeech(name)
	if err != nil {
		t.Fatal(err)
	}
	loud, crossings := 0, 0
	var before int16
	for _, s := range heard {
		if s > 2000 || s < -2000 {
			loud++
			if before != 0 && (s > 0) != (before > 0) {
				crossings++
			}
			before = s
		}
	}
	const above = 0.839 // part of a sine of 8000 that is beyond 2000
	seconds := float64(loud) / above / audio.Rate
	if pitch := float64(crossings) / 2 / seconds; seconds < 0.3 || seconds > 1.1 || pitch < 400 || pitch > 480 {
		t.Errorf("%.2f s of %.0f Hz were heard (%d of %d samples loud)", seconds, pitch, loud, len(heard))
	}
}

func TestPhoneEndsWhenInterrupted(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	var answering, calling screen
	var both sync.WaitGroup
	defer both.Wait()
	both.Go(func() {
		if status := run(t.Context(), []string{"phone", "--answer", "--listen=127.0.0.1:0"}, nil, nil, &answering, &answering); status != 0 {
			t.Errorf("the answering phone ended with %d:\n%s", status, answering.String())
		}
	})
	at := answering.find(t, `call at (\S+) \(UDP\)`)[1]
	both.Go(func() {
		if status := run(ctx, []string{"phone", "100@" + at, "--listen=127.0.0.1:0"}, nil, nil, &calling, &calling); status != 0 {
			t.Errorf("the calling phone ended with %d:\n%s", status, calling.String())
		}
	})
	answering.find(t, `first-rtp`)
	cancel()
	answering.find(t, `ended`)
}

func TestPhoneCommandLine(t *testing.T) {
	bad := filepath.Join(t.TempDir(), "bad.wav")
	if err := os.WriteFile(bad, []byte("RIFF"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args   []string
		status int
		says   string
	}{
		{nil, 2, "name whom to call"},
		{[]string{"sip:x@y", "--answer"}, 2, "name whom to call"},
		{[]string{"sip:x@y", "--repeat"}, 2, "needs something to --say"},
		{[]string{"sip:x@y", "--codec=G729"}, 1, "PCMU, PCMA and opus"},
		{[]string{"sip:x@y", "--say=missing.wav"}, 1, "missing.wav"},
		{[]string{"sip:x@y", "--say=" + bad}, 1, "not a usable WAV"},
	} {
		var out screen
		status := run(t.Context(), append([]string{"phone"}, test.args...), nil, nil, &out, &out)
		if status != test.status || !strings.Contains(out.String(), test.says) {
			t.Errorf("phone %v: status %d, said %q; want %d and %q", test.args, status, out.String(), test.status, test.says)
		}
	}
}
