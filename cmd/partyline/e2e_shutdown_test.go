//go:build e2e

package main

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"partyline/cmd/internal/bridge"
	"partyline/cmd/internal/speech"
	"partyline/cmd/internal/voice"
	"partyline/sfu/audio"
	"partyline/sip/softphone"
)

// TestE2EShutdown stops servers in each way that an operator or a power cut
// has (DESIGN section 9).
func TestE2EShutdown(t *testing.T) {
	t.Run("drain", testDrain)
	t.Run("second signal", testSecondSignal)
	t.Run("kill and restart", testKillAndRestart)
}

// testDrain has a call outlast the drain: newcomers are refused meanwhile, the
// call goes on, and it is hung up in the end.
func testDrain(t *testing.T) {
	const drain = 8 * time.Second
	s := startServer(t, "drain="+drain.String())
	m := s.meeting("Weekly")
	if status := s.ready(); status != http.StatusOK {
		t.Errorf("/readyz of a running server: %d", status)
	}
	lea := s.entersByPhone(m)
	began := time.Now()
	ended, limit := s.end(syscall.SIGTERM), patient(time.Second)
	for s.ready() == http.StatusOK {
		if limit.over() {
			t.Fatalf("after SIGTERM /readyz still says 200: %v", limit)
		}
		time.Sleep(10 * time.Millisecond)
	}
	if status := s.ready(); status != http.StatusServiceUnavailable {
		t.Errorf("/readyz while draining: %d, want 503", status)
	}
	if status := s.inviteAgain(); status != http.StatusServiceUnavailable {
		t.Errorf("a new call while draining: %d, want 503", status)
	}
	before := lea.Statistics().Received
	s.waitFor(2*time.Second, "a second's packets of a running call", func() bool { return lea.Statistics().Received >= before+50 })
	select {
	case <-lea.Done():
		t.Error("the running call did not outlast these packets")
	default:
	}
	lea.ended(drain + 5*time.Second)
	if took := time.Since(began); took < drain-time.Second {
		t.Errorf("the call was hung up after %v of a drain of %v", took, drain)
	}
	byBridge := false
	for _, event := range lea.Transcript() {
		byBridge = byBridge || event.Kind == softphone.Received && strings.HasPrefix(event.Text, "BYE")
	}
	if !byBridge {
		t.Errorf("no BYE came: %v", lea.Transcript())
	}
	if err := within(t, 10*time.Second, ended); err != nil {
		t.Errorf("the server ended with %v\n%s", err, s.Log())
	}
	s.restart()
}

// testSecondSignal does not wait for a call.
func testSecondSignal(t *testing.T) {
	s := startServer(t, "drain=1m")
	s.entersByPhone(s.meeting("Weekly"))
	ended := s.end(syscall.SIGTERM)
	for limit := patient(5 * time.Second); s.ready() == http.StatusOK; time.Sleep(10 * time.Millisecond) {
		if limit.over() {
			t.Fatal("the server does not stop taking newcomers")
		}
	}
	if err := s.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	_ = within(t, 20*time.Second, ended) // a third of the drain; with an error: it was ended by the signal
	s.restart()
}

// testKillAndRestart ends a server as a power cut does. Nothing that it said it
// had done may be lost.
func testKillAndRestart(t *testing.T) {
	s := startServer(t)
	was := s.meeting("Weekly", "Lea")
	s.entersByPhone(was)
	if err := within(t, 5*time.Second, s.end(syscall.SIGKILL)); err == nil {
		t.Error("a killed server ended well")
	}
	s.restart()
	if err := s.LogIn(t.Context()); err != nil {
		t.Fatal(err)
	}
	var is bridge.Meeting
	s.call("GET", "/meetings/"+was.ID, nil, &is)
	if is.Number != was.Number || is.HostCode != was.HostCode || is.Link != was.Link ||
		len(is.Invitees) != 1 || is.Invitees[0] != was.Invitees[0] {
		t.Errorf("the meeting was %+v and is %+v", was, is)
	}
	s.entersByPhone(is) // into the same meeting, by the same number and code
}

// entersByPhone calls with the host's code and waits until the room has one
// more.
func (s *server) entersByPhone(m bridge.Meeting) *caller {
	s.t.Helper()
	before := s.participants(m)
	c := s.dialIn(m.Number, m.HostCode, audio.PCMU)
	s.waitFor(15*time.Second, "the caller in the room", func() bool { return s.participants(m) == before+1 })
	return c
}

// participants is how many the API counts in a meeting.
func (s *server) participants(m bridge.Meeting) int {
	s.t.Helper()
	var now struct {
		Participants int `json:"participants"`
	}
	s.call("GET", "/meetings/"+m.ID, nil, &now)
	return now.Participants
}

// inviteAgain is the status that a new call is refused with, 0 when it is not.
func (s *server) inviteAgain() int {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 30*time.Second)
	defer cancel()
	call, err := softphone.Dial(ctx, softphone.Config{
		NewCodec: voice.NewCodec, Listen: "127.0.0.1:0", From: "sip:+493087654321@127.0.0.1",
	}, "sip:conference@"+s.SIP.String())
	var refused *softphone.Refused
	switch {
	case err == nil:
		_ = call.Hangup(ctx)
		return 0
	case !errors.As(err, &refused):
		s.t.Errorf("a new call: %v", err)
		return 0
	}
	return refused.Status
}

// ready is the status of /readyz, 0 when nobody answers.
func (s *server) ready() int { return s.Ready(s.t.Context()) }

// end sends a signal and tells how the process ended. It is for tests that
// start the server over: the test's own clean-up ends the one that runs then.
func (s *server) end(signal syscall.Signal) <-chan error {
	s.t.Helper()
	ended := make(chan error, 1)
	if err := s.Signal(signal); err != nil {
		s.t.Fatal(err)
	}
	go func() { ended <- s.Wait(context.Background()) }()
	return ended
}

// restart runs the program on the same data and ports.
func (s *server) restart() {
	s.t.Helper()
	if err := s.Restart(s.t.Context()); err != nil {
		s.t.Fatal(err)
	}
}

// within receives the end of something that must not take longer.
func within(t *testing.T, limit time.Duration, ended <-chan error) error {
	t.Helper()
	for limit := patient(limit); !limit.over(); {
		select {
		case err := <-ended:
			return err
		case <-time.After(min(limit.left(), time.Second)):
		}
	}
	t.Fatalf("it did not end within %v", limit)
	return nil
}

// TestE2EPhoneCommand calls the bridge by the command line of the README. Who
// is in the meeting hears what it says; its recording has what the menu said.
func TestE2EPhoneCommand(t *testing.T) {
	path, err := program()
	if err != nil {
		t.Fatal(err)
	}
	s := startServer(t)
	m := s.meeting("Weekly")
	listener := s.entersByPhone(m)
	dir := t.TempDir()
	said, heard := filepath.Join(dir, "speech.wav"), filepath.Join(dir, "heard.wav")
	if err := speech.WriteWAV(said, speech.VoiceRate, testVoice(t, "rms")); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	phone := exec.CommandContext(ctx, path, "phone", "sip:meet@"+s.SIP.String(),
		"--keys", "1,,"+m.Number+",,#", "--say", said, "--record", heard, "--for", "25s", "--hangup")
	var transcript bytes.Buffer
	phone.Stderr = &transcript
	from := time.Now()
	if err := phone.Run(); err != nil {
		t.Fatalf("partyline phone: %v\n%s\n%s", err, &transcript, s.Log())
	}
	for _, want := range []string{"answered", "first-sound", "key-sent    1\n", "key-sent    #\n", "speaking", "spoken", "ended", "packets received, 0 lost"} {
		if !strings.Contains(transcript.String(), want) {
			t.Errorf("the transcript does not tell of %q:\n%s", want, &transcript)
		}
	}
	prompts, rate, err := speech.ReadWAV(heard)
	if err != nil {
		t.Fatal(err)
	}
	if loud := loudSeconds(prompts, rate); loud < 2 {
		t.Errorf("the recording has %.1f s of prompts in %d s", loud, len(prompts)/rate)
	}
	known := []speech.Known{{Name: "rms", Samples: testVoice(t, "rms")}, {Name: "slt", Samples: testVoice(t, "slt")}}
	for _, p := range speech.Identify(listener.heard(from, time.Now()), speech.VoiceRate, known) {
		if p.Heard != (p.Name == "rms") {
			t.Errorf("in the meeting, of rms alone who spoke: %+v\n%s", p, &transcript)
		}
	}
}

// loudSeconds is how much of a recording is sound, by tenths of a second.
func loudSeconds(samples []int16, rate int) float64 {
	loud := 0
	for part := range slices.Chunk(samples, rate/10) {
		if slices.ContainsFunc(part, func(s int16) bool { return s > 1000 || s < -1000 }) {
			loud++
		}
	}
	return float64(loud) / 10
}
