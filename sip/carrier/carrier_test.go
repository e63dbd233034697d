package carrier

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"partyline/sfu/audio"
	"partyline/sip/softphone"
	"partyline/sip/softphone/softphonetest"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func newCodec(audio.Codec) (softphone.Codec, error) { return new(softphonetest.ULaw), nil }

// parsed reads a scenario that is right.
func parsed(t testing.TB, text string) Scenario {
	t.Helper()
	s, err := Parse(strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// behaviours is the scenario of testdata.
func behaviours(t testing.TB) Scenario {
	t.Helper()
	text, err := os.ReadFile("testdata/behaviours.scenario")
	if err != nil {
		t.Fatal(err)
	}
	return parsed(t, string(text))
}

// open starts a company, which is closed when the test ends.
func open(t *testing.T, cfg Config) *Carrier {
	t.Helper()
	cfg.NewCodec, cfg.Codecs = newCodec, []audio.Codec{audio.PCMU}
	c, err := New(cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := c.Close(); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return c
}

// phone is a softphone, which is closed when the test ends.
func phone(t *testing.T, cfg softphone.Config) *softphone.Agent {
	t.Helper()
	cfg.NewCodec, cfg.Codecs, cfg.Listen = newCodec, []audio.Codec{audio.PCMU}, "127.0.0.1:0"
	a, err := softphone.New(cfg)
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

func limited(t *testing.T) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func address(number string, at netip.AddrPort) string { return fmt.Sprintf("sip:%s@%s", number, at) }

// until waits for a record that fits, of all that the company has.
func until(t *testing.T, c *Carrier, what string, fits func(Record) bool) Record {
	t.Helper()
	for deadline := time.Now().Add(20 * time.Second); time.Now().Before(deadline); time.Sleep(5 * time.Millisecond) {
		for _, r := range c.Records() {
			if fits(r) {
				return r
			}
		}
	}
	t.Fatalf("no record of %s in %+v", what, c.Records())
	return Record{}
}

func over(number string) func(Record) bool {
	return func(r Record) bool { return string(r.To) == number && !r.Ended.IsZero() }
}

// heard waits until a share of what was heard lately is of a frequency.
func heard(t *testing.T, ctx context.Context, call *softphone.Call, hz, share float64) {
	t.Helper()
	for {
		r := call.Heard()
		last := r.Between(r.Start.Add(time.Duration(len(r.Sound))*time.Second/audio.Rate-300*time.Millisecond), time.Now())
		if softphonetest.Strength(last, hz) > share {
			return
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%.0f Hz was not heard", hz)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func hangUp(t *testing.T, ctx context.Context, call *softphone.Call) {
	t.Helper()
	if err := call.Hangup(ctx); err != nil {
		t.Errorf("Hangup: %v", err)
	}
}

func TestAnswersAndPressesOne(t *testing.T) {
	t.Parallel()
	ctx := limited(t)
	var out safe
	c := open(t, Config{Scenario: behaviours(t), Out: &out})
	call, err := phone(t, softphone.Config{}).Dial(ctx, address("+861055550001", c.UDP()))
	if err != nil {
		t.Fatal(err)
	}
	call.Say(softphonetest.Tone(440, time.Second))
	select {
	case key := <-call.Keys():
		if key != '1' {
			t.Errorf("%c was pressed", key)
		}
	case <-ctx.Done():
		t.Fatal("no key was pressed")
	}
	<-call.Sounded()
	hangUp(t, ctx, call)
	r := until(t, c, "the call", over("+861055550001"))
	if r.Status != 200 || !strings.HasPrefix(r.How, "peer hung up (Q.850;cause=16") || r.Ringing.Before(r.Invited) || r.Answered.Before(r.Ringing) ||
		r.Duration() <= 0 || r.Placed || r.Second || r.Call == "" {
		t.Errorf("record: %+v", r)
	}
	for _, want := range []string{"••• → •••001", "INVITE\n", "presses 1\n", "says hello\n", "ended: peer hung up"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if strings.Contains(out.String(), "5555") {
		t.Errorf("a number is shown:\n%s", out.String())
	}
}

func TestRefusals(t *testing.T) {
	t.Parallel()
	ctx := limited(t)
	c := open(t, Config{Scenario: behaviours(t)})
	a := phone(t, softphone.Config{})
	for number, want := range map[string]int{
		"100002": 486, "100404": 404, "100480": 480, "100486": 486, "100503": 503, "100500": 500, "100603": 603, "100699": 699,
		"100013": 404, // with early media before it
		"7":      404, // a number that nobody has
	} {
		_, err := a.Dial(ctx, address(number, c.UDP()))
		var refused *softphone.Refused
		if !errors.As(err, &refused) || refused.Status != want {
			t.Errorf("%s: %v, want %d", number, err, want)
		}
		if r := until(t, c, number, over(number)); r.Status != want || r.Duration() != 0 {
			t.Errorf("%s: record %+v", number, r)
		}
	}
}

func TestNobodyAnswers(t *testing.T) {
	t.Parallel()
	c := open(t, Config{Scenario: behaviours(t)})
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	if _, err := phone(t, softphone.Config{}).Dial(ctx, address("100003", c.TCP())+";transport=tcp"); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("answered: %v", err)
	}
	if r := until(t, c, "the call", over("100003")); r.Status != 487 || r.How != "cancelled" || r.Ringing.IsZero() {
		t.Errorf("record: %+v", r)
	}
}

// TestMachines are told by their tones.
func TestMachines(t *testing.T) {
	t.Parallel()
	c := open(t, Config{Scenario: behaviours(t)})
	a := phone(t, softphone.Config{})
	for number, hz := range map[string]float64{"100004": 1000, "100005": 2100, "100020": 2100} {
		t.Run(number, func(t *testing.T) {
			ctx := limited(t)
			call, err := a.Dial(ctx, address(number, c.UDP()))
			if err != nil {
				t.Fatal(err)
			}
			heard(t, ctx, call, hz, 0.5)
			if number != "100004" {
				hangUp(t, ctx, call)
			}
			<-call.Done()
			want := "peer hung up"
			if number == "100004" {
				want = "we hung up"
			}
			if r := until(t, c, number, over(number)); !strings.HasPrefix(r.How, want) {
				t.Errorf("record: %+v", r)
			}
		})
	}
}

func TestMusicPlaysOn(t *testing.T) {
	t.Parallel()
	ctx := limited(t)
	c := open(t, Config{Scenario: behaviours(t)})
	call, err := phone(t, softphone.Config{}).Dial(ctx, address("100006", c.UDP()))
	if err != nil {
		t.Fatal(err)
	}
	for _, note := range []float64{261.63, 329.63, 392} {
		heard(t, ctx, call, note, 0.1)
	}
	hangUp(t, ctx, call)
}

func TestHangsUpInMidCall(t *testing.T) {
	t.Parallel()
	ctx := limited(t)
	c := open(t, Config{Scenario: behaviours(t)})
	call, err := phone(t, softphone.Config{}).Dial(ctx, address("100007", c.UDP()))
	if err != nil {
		t.Fatal(err)
	}
	<-call.Done()
	if r := until(t, c, "the call", over("100007")); !strings.HasPrefix(r.How, "we hung up") || r.Duration() < 300*time.Millisecond {
		t.Errorf("record: %+v", r)
	}
}

// TestTwoTelephonesAnswer: the caller keeps one of them.
func TestTwoTelephonesAnswer(t *testing.T) {
	t.Parallel()
	ctx := limited(t)
	c := open(t, Config{Scenario: behaviours(t)})
	call, err := phone(t, softphone.Config{}).Dial(ctx, address("100009", c.UDP()))
	if err != nil {
		t.Fatal(err)
	}
	second := until(t, c, "the second telephone", func(r Record) bool { return r.Second && !r.Ended.IsZero() })
	if !strings.HasPrefix(second.How, "peer hung up") || second.Status != 200 {
		t.Errorf("second record: %+v", second)
	}
	select {
	case <-call.Done():
		t.Error("the first one was hung up on, too")
	default:
	}
	hangUp(t, ctx, call)
	if first := until(t, c, "the first telephone", func(r Record) bool { return !r.Second && !r.Ended.IsZero() }); first.Call != second.Call {
		t.Errorf("the calls are %q and %q", first.Call, second.Call)
	}
}

func TestBadNetwork(t *testing.T) {
	t.Parallel()
	ctx := limited(t)
	c := open(t, Config{Scenario: behaviours(t)})
	call, err := phone(t, softphone.Config{}).Dial(ctx, address("100010", c.UDP()))
	if err != nil {
		t.Fatal(err)
	}
	for call.Statistics().Received < 100 {
		select {
		case <-ctx.Done():
			t.Fatalf("%+v", call.Statistics())
		case <-time.After(20 * time.Millisecond):
		}
	}
	if s := call.Statistics(); s.Lost < 10 || s.Lost > 150 || s.Jitter < time.Millisecond {
		t.Errorf("of 100 packets and those lost: %+v", s)
	}
	hangUp(t, ctx, call)
}

func TestChallenge(t *testing.T) {
	t.Parallel()
	ctx := limited(t)
	c := open(t, Config{Scenario: behaviours(t)})
	target := address("100011", c.UDP())
	var refused *softphone.Refused
	if _, err := phone(t, softphone.Config{}).Dial(ctx, target); !errors.As(err, &refused) || refused.Status != 407 {
		t.Errorf("without a password: %v", err)
	}
	if _, err := phone(t, softphone.Config{User: "demo", Password: "wrong"}).Dial(ctx, target); !errors.As(err, &refused) {
		t.Errorf("with a wrong password: %v", err)
	}
	call, err := phone(t, softphone.Config{User: "demo", Password: "secret"}).Dial(ctx, target)
	if err != nil {
		t.Fatal(err)
	}
	hangUp(t, ctx, call)
	answered := 0
	until(t, c, "the call", func(r Record) bool { return r.Status == 200 && !r.Ended.IsZero() })
	for _, r := range c.Records() {
		if r.Status == 200 {
			answered++
		}
		if r.Status == 0 || r.Status == 407 {
			t.Errorf("a challenge is no call: %+v", r)
		}
	}
	if answered != 1 {
		t.Errorf("%d calls were answered", answered)
	}
}

func TestHoldAndVanish(t *testing.T) {
	t.Parallel()
	ctx := limited(t)
	c := open(t, Config{Scenario: behaviours(t)})
	held, err := phone(t, softphone.Config{}).Dial(ctx, address("100016", c.UDP()))
	if err != nil {
		t.Fatal(err)
	}
	held.Say(softphonetest.Tone(440, 100*time.Millisecond))
	<-held.Sounded() // what is said after the hold
	var kinds []string
	for _, e := range held.Transcript() {
		if e.Kind == softphone.Held || e.Kind == softphone.Unheld {
			kinds = append(kinds, string(e.Kind))
		}
	}
	if strings.Join(kinds, " ") != "held unheld" {
		t.Errorf("the caller was %v", kinds)
	}
	hangUp(t, ctx, held)

	lost, err := phone(t, softphone.Config{Timeout: time.Second}).Dial(ctx, address("100017", c.UDP()))
	if err != nil {
		t.Fatal(err)
	}
	<-lost.Done() // by the caller's media timeout
	if r := until(t, c, "the call", over("100017")); !strings.HasPrefix(r.How, "peer hung up") {
		t.Errorf("record: %+v", r)
	}
}

// TestCallersDialIn to a bridge that is known by its address, and to one that
// registers.
func TestCallersDialIn(t *testing.T) {
	t.Parallel()
	const callers = "account demo secret\nnumber *: refuse 404\ncaller +8613800138000: %sdial 4900, hear, press 123#, say beep, hangup\n"
	for _, known := range []bool{true, false} {
		t.Run(fmt.Sprint(known), func(t *testing.T) {
			ctx := limited(t)
			bridge := phone(t, softphone.Config{User: "demo", Password: "secret"})
			cfg := Config{Scenario: parsed(t, fmt.Sprintf(callers, ""))}
			if known {
				cfg.Bridge = bridge.UDP().String()
			} else {
				cfg.Scenario = parsed(t, fmt.Sprintf(callers, "wait 1s, "))
			}
			c := open(t, cfg)
			if !known {
				lasts, err := bridge.Register(ctx, "sip:"+c.UDP().String(), 10*time.Minute)
				if err != nil || lasts != 10*time.Minute || c.Registered("demo") != 1 {
					t.Fatalf("registered for %v, %v", lasts, err)
				}
				if _, err := phone(t, softphone.Config{User: "demo", Password: "guess"}).Register(ctx, "sip:"+c.UDP().String(), time.Minute); err == nil {
					t.Error("a wrong password registers")
				}
			}
			call, err := bridge.Accept(ctx)
			if err != nil {
				t.Fatal(err)
			}
			call.Say(softphonetest.Tone(440, time.Second))
			var keys []byte
			for len(keys) < 4 {
				select {
				case key := <-call.Keys():
					keys = append(keys, key)
				case <-ctx.Done():
					t.Fatalf("pressed was %q", keys)
				}
			}
			if string(keys) != "123#" {
				t.Errorf("pressed was %q", keys)
			}
			<-call.Done()
			r := until(t, c, "the caller", over("4900"))
			if !r.Placed || string(r.From) != "+8613800138000" || r.Status != 200 || !strings.HasPrefix(r.How, "we hung up") || r.Call == "" {
				t.Errorf("record: %+v", r)
			}
		})
	}
}

func TestNobodyToDialInTo(t *testing.T) {
	t.Parallel()
	c := open(t, Config{Scenario: behaviours(t)})
	who := parsed(t, "caller 123: dial 1").Callers[0]
	if err := c.Call(t.Context(), who); !errors.Is(err, ErrNoBridge) {
		t.Errorf("called: %v", err)
	}
}

// TestCloseEndsCalls that ring and that are answered.
func TestCloseEndsCalls(t *testing.T) {
	t.Parallel()
	ctx := limited(t)
	c, err := New(Config{NewCodec: newCodec, Codecs: []audio.Codec{audio.PCMU}, Scenario: behaviours(t)})
	if err != nil {
		t.Fatal(err)
	}
	a := phone(t, softphone.Config{})
	call, err := a.Dial(ctx, address("100006", c.UDP()))
	if err != nil {
		t.Fatal(err)
	}
	ringing := make(chan error, 1)
	go func() {
		_, err := a.Dial(ctx, address("100003", c.UDP()))
		ringing <- err
	}()
	until(t, c, "ringing", func(r Record) bool { return string(r.To) == "100003" && !r.Ringing.IsZero() })
	if err := c.Close(); err != nil {
		t.Error(err)
	}
	<-call.Done()
	if err := <-ringing; err == nil {
		t.Error("answered")
	}
	for _, r := range c.Records() {
		if r.Ended.IsZero() {
			t.Errorf("not ended: %+v", r)
		}
	}
}

// safe is a buffer that goroutines may share.
type safe struct {
	mu  sync.Mutex // guards buf
	buf bytes.Buffer
}

func (s *safe) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.Write(b)
}

func (s *safe) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.buf.String()
}
