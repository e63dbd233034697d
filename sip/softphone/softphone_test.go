package softphone

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"partyline/sfu/audio"
	"partyline/sip/dialplan"
	"partyline/sip/softphone/softphonetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newULaw(audio.Codec) (Codec, error) { return new(softphonetest.ULaw), nil }

func phone(t *testing.T, cfg Config) *Agent {
	t.Helper()
	cfg.NewCodec, cfg.Listen = newULaw, "127.0.0.1:0"
	cfg.Codecs = []audio.Codec{audio.PCMU}
	a, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := a.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return a
}

// connect has one softphone call another.
func connect(t *testing.T, ctx context.Context, from, to *Agent, network string) (out, in *Call) {
	t.Helper()
	target := "sip:100@" + to.UDP().String()
	if network == "tcp" {
		target = "sip:100@" + to.TCP().String() + ";transport=tcp"
	}
	answered := make(chan *Call, 1)
	go func() {
		in, err := to.Accept(ctx)
		if err != nil {
			t.Errorf("Accept: %v", err)
		}
		answered <- in
	}()
	out, err := from.Dial(ctx, target)
	if err != nil {
		t.Fatal(err)
	}
	in = <-answered
	if in == nil {
		t.FailNow()
	}
	return out, in
}

func limited(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func tone(hz float64, d time.Duration) Sound { return softphonetest.Tone(hz, d) }

func strength(s Sound, hz float64) float64 { return softphonetest.Strength(s, hz) }

func kinds(events []Event) string {
	var all []string
	for _, e := range events {
		all = append(all, string(e.Kind))
	}
	return strings.Join(all, " ")
}

func TestTwoPhonesTalk(t *testing.T) {
	for _, network := range []string{"udp", "tcp"} {
		t.Run(network, func(t *testing.T) {
			ctx := limited(t)
			var script bytes.Buffer
			caller, callee := phone(t, Config{Transcript: &script}), phone(t, Config{})
			out, in := connect(t, ctx, caller, callee, network)

			said := time.Now()
			a, b := out.Say(tone(440, 600*time.Millisecond)), in.Say(tone(1000, 600*time.Millisecond))
			<-a
			<-b
			for _, key := range "1#" {
				if err := out.Press(ctx, string(key)); err != nil {
					t.Fatal(err)
				}
				select {
				case got := <-in.Keys():
					if got != byte(key) {
						t.Errorf("heard key %c, want %c", got, key)
					}
				case <-ctx.Done():
					t.Fatal("no key was heard")
				}
			}
			if err := out.PressINFO(ctx, "*"); err != nil {
				t.Fatal(err)
			}
			if got := <-in.Keys(); got != '*' {
				t.Errorf("heard key %c by INFO", got)
			}
			if err := out.Hangup(ctx); err != nil {
				t.Fatal(err)
			}
			<-in.Done()
			middle := func(c *Call) Sound {
				return c.Heard().Between(said.Add(200*time.Millisecond), said.Add(500*time.Millisecond))
			}
			if s := strength(middle(in), 440); s < 0.9 {
				t.Errorf("the callee heard %.2f of 440 Hz", s)
			}
			if s := strength(middle(out), 1000); s < 0.9 {
				t.Errorf("the caller heard %.2f of 1000 Hz", s)
			}
			got := kinds(caller.Transcript())
			for _, want := range []Kind{Sent, Received, Answered, FirstRTP, FirstSound, Speaking, Spoken, KeySent, Ended} {
				if !strings.Contains(got, string(want)) {
					t.Errorf("no %s in the transcript: %s", want, got)
				}
			}
			if !strings.Contains(script.String(), "180 Ringing (INVITE)") {
				t.Errorf("written transcript:\n%s", &script)
			}
			if n := len(out.Heard().Sound); math.Abs(float64(n-samplesIn(out.over.Sub(out.tape.start)))) > 2*audio.FrameSamples {
				t.Errorf("the recording has %d samples", n)
			}
		})
	}
}

func await(t *testing.T, ctx context.Context, what string, done func() bool) {
	t.Helper()
	for !done() {
		select {
		case <-time.After(10 * time.Millisecond):
		case <-ctx.Done():
			t.Errorf("waited in vain for %s", what)
			return
		}
	}
}

func TestHoldAndResume(t *testing.T) {
	ctx := limited(t)
	caller, callee := phone(t, Config{}), phone(t, Config{})
	out, in := connect(t, ctx, caller, callee, "udp")
	in.Repeat(tone(1000, 100*time.Millisecond))
	await(t, ctx, "sound", func() bool { return out.Statistics().Received > 10 })
	if err := out.Hold(ctx); err != nil {
		t.Fatal(err)
	}
	if got := kinds(callee.Transcript()); !strings.Contains(got, string(Held)) {
		t.Errorf("the callee's transcript: %s", got)
	}
	await(t, ctx, "a fifth of a second in which the held phone sends nothing", func() bool {
		before := in.Statistics().Sent
		time.Sleep(200 * time.Millisecond)
		return in.Statistics().Sent == before
	})
	if err := out.Resume(ctx); err != nil {
		t.Fatal(err)
	}
	resumed := out.Statistics().Received
	await(t, ctx, "sound after the hold", func() bool { return out.Statistics().Received > resumed+10 })
	if got := kinds(callee.Transcript()); !strings.Contains(got, string(Unheld)) {
		t.Errorf("the callee's transcript: %s", got)
	}
	if err := in.Hangup(ctx); err != nil {
		t.Fatal(err)
	}
	<-out.Done()
}

func TestOddPayloadTypesAndPtime(t *testing.T) {
	ctx := limited(t)
	caller := phone(t, Config{Faults: Faults{
		Payloads: map[audio.Codec]uint8{audio.PCMU: 118}, Events: []TelephoneEvents{{97, 8000}}, Ptime: 30 * time.Millisecond,
	}})
	callee := phone(t, Config{})
	out, in := connect(t, ctx, caller, callee, "udp")
	said := time.Now()
	<-out.Say(tone(700, 500*time.Millisecond))
	if err := out.Press(ctx, "5"); err != nil {
		t.Fatal(err)
	}
	if key := <-in.Keys(); key != '5' {
		t.Errorf("heard key %c", key)
	}
	best := 0.0 // of any quarter of a second: a busy machine speaks late
	for after := time.Duration(0); after < 2*time.Second; after += 25 * time.Millisecond {
		best = max(best, strength(in.Heard().Between(said.Add(after), said.Add(after+250*time.Millisecond)), 700))
	}
	if best < 0.9 {
		t.Errorf("heard %.2f of the tone", best)
	}
	if err := out.Hangup(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestAStrangerIsNotAnswered(t *testing.T) {
	ctx := limited(t)
	caller, callee := phone(t, Config{}), phone(t, Config{})
	out, in := connect(t, ctx, caller, callee, "udp")
	<-out.Say(tone(440, 200*time.Millisecond))
	from := time.Now()
	answers, err := out.Stray(ctx, 15)
	if err != nil || answers != 0 {
		t.Errorf("the stranger got %d answers, %v", answers, err)
	}
	if s := strength(in.Heard().Between(from, time.Now()), 500); s > 0.1 {
		t.Errorf("the stranger was heard: %.2f", s)
	}
	if err := out.Hangup(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestDialFails(t *testing.T) {
	t.Run("refused", func(t *testing.T) {
		callee := phone(t, Config{})
		// Nobody accepts; closing the callee refuses what rings there.
		time.AfterFunc(200*time.Millisecond, func() { _ = callee.Close() })
		_, err := phone(t, Config{}).Dial(limited(t), "sip:100@"+callee.UDP().String())
		var refused *Refused
		if !errors.As(err, &refused) || refused.Status != 503 {
			t.Errorf("error %v", err)
		}
	})
	t.Run("given up", func(t *testing.T) {
		callee := phone(t, Config{})
		ctx, cancel := context.WithCancel(t.Context())
		go func() { // gives up once it rings
			defer cancel()
			await(t, limited(t), "ringing", func() bool { return strings.Contains(fmt.Sprint(callee.Transcript()), "INVITE") })
		}()
		caller := phone(t, Config{})
		_, err := caller.Dial(ctx, "sip:100@"+callee.UDP().String())
		if !errors.Is(err, context.Canceled) {
			t.Errorf("error %v", err)
		}
		if err := caller.Close(); err != nil { // which waits for the CANCEL to do its work
			t.Error(err)
		}
		if got := fmt.Sprint(callee.Transcript()); !strings.Contains(got, "CANCEL") {
			t.Errorf("the callee saw no CANCEL: %v", got)
		}
	})
	t.Run("no SIP address", func(t *testing.T) {
		for _, target := range []string{"", "tel:100", "sip:", "100@host", "sip:100@127.0.0.1;transport=sctp"} {
			if _, err := phone(t, Config{}).Dial(limited(t), target); err == nil {
				t.Errorf("%q was dialled", target)
			}
		}
	})
}

func TestMediaTimeoutHangsUp(t *testing.T) {
	ctx := limited(t)
	const patience = 3 * time.Second // for a machine that stalls
	caller, callee := phone(t, Config{Timeout: patience}), phone(t, Config{})
	out, in := connect(t, ctx, caller, callee, "udp")
	await(t, ctx, "sound", func() bool { return out.Statistics().Received > 0 })
	in.StopSending(true)
	select {
	case <-out.Done():
	case <-ctx.Done():
		t.Fatal("the silent call goes on")
	}
	<-in.Done()
	if got := kinds(caller.Transcript()); !strings.Contains(got, string(Silent)) {
		t.Errorf("transcript: %s", got)
	}
}

func TestDialAlone(t *testing.T) {
	ctx := limited(t)
	callee := phone(t, Config{})
	go func() { _, _ = callee.Accept(ctx) }()
	call, err := Dial(ctx, Config{NewCodec: newULaw, Listen: "127.0.0.1:0"}, "sip:100@"+callee.UDP().String())
	if err != nil {
		t.Fatal(err)
	}
	if err := call.Press(ctx, "12x"); err == nil {
		t.Error("an x was pressed")
	}
	if err := call.Hangup(ctx); err != nil {
		t.Fatal(err)
	}
}

// TestDialIsGivenUpAtOnce calls a port where nobody is, as somebody does who
// then presses Ctrl-C.
func TestDialIsGivenUpAtOnce(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	begin := time.Now()
	_, err := Dial(ctx, Config{NewCodec: newULaw, Codecs: []audio.Codec{audio.PCMU}, Listen: "127.0.0.1:0"}, "sip:100@127.0.0.1:9")
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("Dial: %v", err)
	}
	if took := time.Since(begin); took > 10*time.Second { // a transaction takes 32 s to fail
		t.Errorf("Dial returned after %v", took)
	}
}

// TestTonesAndProtection presses keys as tones on a call whose sound is
// encrypted, and which knows no telephone events.
func TestTonesAndProtection(t *testing.T) {
	ctx := limited(t)
	out, in := connect(t, ctx,
		phone(t, Config{Ports: [2]uint16{22000, 22099}, SRTP: dialplan.SRTPRequired, Faults: Faults{NoEvents: true}}),
		phone(t, Config{Ports: [2]uint16{22100, 22199}, SRTP: dialplan.SRTPOffered}), "udp")
	if out.Suite() == "" || out.Suite() != in.Suite() {
		t.Errorf("protected by %q and %q", out.Suite(), in.Suite())
	}
	if err := out.Press(ctx, "1"); err == nil {
		t.Error("a key was pressed as an event that was not agreed on")
	}
	if err := out.PressTones(ctx, "14*#"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []byte("14*#") {
		select {
		case got := <-in.Keys():
			if got != want {
				t.Errorf("heard %c, want %c", got, want)
			}
		case <-ctx.Done():
			t.Fatalf("%c was not heard", want)
		}
	}
	if err := out.Hangup(ctx); err != nil {
		t.Error(err)
	}
}
