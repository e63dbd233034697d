package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"partyline/cmd/internal/voice"
	"partyline/sfu/audio"
	"partyline/sip/softphone"
)

type phoneCommand struct {
	Target string        `arg:"" optional:"" placeholder:"sip:NUMBER@HOST" help:"Whom to call, such as sip:meet@localhost or \"sip:meet@localhost:5060;transport=tcp\"."`
	Answer bool          `help:"Wait for a call and answer it, instead of calling."`
	Keys   string        `placeholder:"KEYS" help:"Keys to press once answered, such as 1,123456789#. A comma waits a second."`
	Info   bool          `help:"Send keys by SIP INFO instead of RTP."`
	Say    string        `placeholder:"WAV" type:"path" help:"Speak this file after the keys (mono, 16 bit, 16 or 8 kHz)."`
	Repeat bool          `help:"Speak it over and over."`
	Hold   time.Duration `placeholder:"5s" help:"Put the other side on hold for so long after that."`
	For    time.Duration `placeholder:"30s" help:"Hang up after so long. Without it, the call lasts until the other side hangs up or you press Ctrl-C."`
	Hangup bool          `help:"Hang up once everything was pressed, said and held."`
	Record string        `placeholder:"WAV" type:"path" help:"Record what is heard into this file."`
	Codec  []string      `default:"PCMU,PCMA,opus" help:"Codecs to offer, the preferred one first."`
	Listen string        `default:":0" help:"Address for SIP."`
	From   string        `placeholder:"sip:NAME@HOST" help:"Who we say we are."`
	Name   string        `default:"Partyline phone" help:"Name shown to the other side."`
}

// Validate refuses what does not fit together; kong calls it.
func (c phoneCommand) Validate() error {
	switch {
	case c.Answer == (c.Target != ""):
		return errors.New("name whom to call, or wait for a call with --answer")
	case c.Repeat && c.Say == "":
		return errors.New("--repeat needs something to --say")
	case c.Repeat && c.Hangup && c.For == 0:
		return errors.New("--repeat never comes to an end: use --for instead of --hangup")
	}
	return nil
}

// Run makes one call. What happens is written to standard error as it happens.
func (c phoneCommand) Run(t *terminal) error {
	codecs, err := parseCodecs(c.Codec)
	if err != nil {
		return err
	}
	speech, err := readSpeech(c.Say)
	if err != nil {
		return err
	}
	agent, err := softphone.New(softphone.Config{
		NewCodec: voice.NewCodec, Codecs: codecs, Listen: c.Listen,
		From: c.From, Display: c.Name, Transcript: t.err,
	})
	if err != nil {
		return err
	}
	call, err := c.connect(t, agent)
	if err != nil {
		return errors.Join(err, agent.Close())
	}
	err = c.talk(t.ctx, call, speech)
	return errors.Join(err, c.finish(t, call), agent.Close())
}

// connect places the call or waits for one.
func (c phoneCommand) connect(t *terminal, agent *softphone.Agent) (*softphone.Call, error) {
	if c.Answer {
		fmt.Fprintf(t.err, "waiting for a call at %v (UDP) and %v (TCP)\n", agent.UDP(), agent.TCP())
		return agent.Accept(t.ctx)
	}
	target := c.Target
	if !strings.HasPrefix(target, "sip:") {
		target = "sip:" + target
	}
	return agent.Dial(t.ctx, target)
}

// talk does what was asked for, in order, and returns when the call is to end
// or has ended. An interruption is a way to end it and no error.
func (c phoneCommand) talk(ctx context.Context, call *softphone.Call, speech softphone.Sound) error {
	if c.For > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeout(ctx, c.For)
		defer cancel()
	}
	if err := c.perform(ctx, call, speech); err != nil {
		if isOver(ctx, call) {
			return nil
		}
		return err
	}
	if c.Hangup {
		return nil
	}
	select {
	case <-ctx.Done():
	case <-call.Done():
	}
	return nil
}

// isOver tells whether the call ended or was to end meanwhile, so that what
// could not be done any more is no failure.
func isOver(ctx context.Context, call *softphone.Call) bool {
	select {
	case <-call.Done():
		return true
	default:
		return ctx.Err() != nil
	}
}

// perform presses, speaks and holds.
func (c phoneCommand) perform(ctx context.Context, call *softphone.Call, speech softphone.Sound) error {
	press := call.Press
	if c.Info {
		press = call.PressINFO
	}
	if err := press(ctx, c.Keys); err != nil {
		return err
	}
	switch {
	case c.Repeat:
		call.Repeat(speech)
	case len(speech) > 0:
		if err := wait(ctx, call.Say(speech)); err != nil {
			return err
		}
	}
	if c.Hold == 0 {
		return nil
	}
	if err := call.Hold(ctx); err != nil {
		return fmt.Errorf("putting the other side on hold: %w", err)
	}
	timer := time.NewTimer(c.Hold)
	defer timer.Stop()
	if err := wait(ctx, call.Done(), timer.C); err != nil {
		return err
	}
	if err := call.Resume(ctx); err != nil {
		return fmt.Errorf("taking the other side off hold: %w", err)
	}
	return nil
}

// wait waits until ctx ends, which is an error, something is done, or any time
// has come.
func wait(ctx context.Context, done <-chan struct{}, times ...<-chan time.Time) error {
	var elapsed <-chan time.Time
	if len(times) > 0 {
		elapsed = times[0]
	}
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-done:
	case <-elapsed:
	}
	return nil
}

// finish hangs up, keeps the recording and says how the sound fared.
func (c phoneCommand) finish(t *terminal, call *softphone.Call) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.ctx), 5*time.Second)
	defer cancel()
	select {
	case <-call.Done():
	default:
		if err := call.Hangup(ctx); err != nil {
			return fmt.Errorf("hanging up: %w", err)
		}
	}
	s := call.Statistics()
	fmt.Fprintf(t.err, "%d packets received, %d lost, jitter %.1f ms; %d sent\n",
		s.Received, s.Lost, float64(s.Jitter)/float64(time.Millisecond), s.Sent)
	if c.Record == "" {
		return nil
	}
	return writeRecording(c.Record, call.Heard().Sound)
}

func writeRecording(name string, sound softphone.Sound) error {
	file, err := os.Create(name)
	if err != nil {
		return fmt.Errorf("keeping the recording: %w", err)
	}
	if err := errors.Join(sound.WriteWAV(file), file.Close()); err != nil {
		return fmt.Errorf("keeping the recording: %w", err)
	}
	return nil
}

func readSpeech(name string) (softphone.Sound, error) {
	if name == "" {
		return nil, nil
	}
	file, err := os.Open(name)
	if err != nil {
		return nil, fmt.Errorf("what to say: %w", err)
	}
	defer file.Close()
	speech, err := softphone.ReadWAV(file)
	if err != nil {
		return nil, fmt.Errorf("what to say: %s: %w", name, err)
	}
	return speech, nil
}

// parseCodecs reads names as they stand in SDP, in any case.
func parseCodecs(names []string) ([]audio.Codec, error) {
	var codecs []audio.Codec
	for _, name := range names {
		codec := audio.Codec(0)
		for _, known := range []audio.Codec{audio.PCMU, audio.PCMA, audio.Opus} {
			if strings.EqualFold(name, known.String()) {
				codec = known
			}
		}
		if codec == 0 {
			return nil, fmt.Errorf("--codec %s: the codecs are PCMU, PCMA and opus", name)
		}
		codecs = append(codecs, codec)
	}
	return codecs, nil
}
