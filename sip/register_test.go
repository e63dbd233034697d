package sip

import (
	"context"
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"time"

	"partyline/sfu/audio"
	"partyline/sip/dialplan"
	"partyline/sip/softphone"
)

// fakeAccounts are alice (201) and bob (202), whose passwords are their names
// twice.
type fakeAccounts struct{}

func (fakeAccounts) Account(_ context.Context, user string) (Account, error) {
	extension, ok := map[string]string{"alice": "201", "bob": "202"}[user]
	if !ok {
		return Account{}, ErrNoAccount
	}
	a := Account{User: user, Extension: extension, Person: "p-" + user, Name: "The " + user, Language: "en"}
	a.SHA256, a.MD5 = NewHA1(user, user+user)
	return a, nil
}

func (f fakeAccounts) Extension(ctx context.Context, number string) (Account, error) {
	return f.Account(ctx, map[string]string{"201": "alice", "202": "bob"}[number])
}

// office is a gateway that only phones may call, from this machine.
func office(t *testing.T) *house {
	t.Helper()
	return open(t, func(c *Config) {
		c.Trunks = []dialplan.Trunk{{Name: "far", Allow: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}}}
		c.Phones = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
}

// deskPhone is a softphone with an account.
func deskPhone(t *testing.T, user, password string) *softphone.Agent {
	t.Helper()
	agent, err := softphone.New(softphone.Config{
		NewCodec: func(audio.Codec) (softphone.Codec, error) { return mute{}, nil },
		Codecs:   []audio.Codec{audio.PCMA}, Listen: "127.0.0.1:0", Ports: [2]uint16{27400, 27599},
		From: "sip:" + user + "@127.0.0.1", User: user, Password: password,
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := agent.Close(); err != nil {
			t.Error(err)
		}
	})
	return agent
}

// mute is a codec of silence.
type mute struct{}

func (mute) Encode(*audio.Frame) []byte        { return make([]byte, 160) }
func (mute) Decode([]byte, *audio.Frame) error { return nil }

func (h *house) server() string { return "sip:" + h.UDP().String() }

func registered(t *testing.T, h *house, user string) *softphone.Agent {
	t.Helper()
	agent := deskPhone(t, user, user+user)
	if lasts, err := agent.Register(t.Context(), h.server(), 5*time.Minute); err != nil || lasts < 4*time.Minute {
		t.Fatalf("%s could not register: %v, %v", user, lasts, err)
	}
	return agent
}

func wantRefusal(t *testing.T, what string, err error, status int) {
	t.Helper()
	var refused *softphone.Refused
	if !errors.As(err, &refused) || refused.Status != status {
		t.Errorf("%s: %v, want %d", what, err, status)
	}
}

// emptied waits until calls hold nothing any more.
func (h *house) emptied(t *testing.T) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); h.Calls() > 0 || h.Standing().Dialogs > 0 || h.Standing().RTPPorts > 0; time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d calls and %+v are left", h.Calls(), h.Standing())
		}
	}
}

func TestPhonesRegister(t *testing.T) {
	t.Parallel()
	h := office(t)
	agent := registered(t, h, "alice")
	if n := h.registrar.Phones(); n != 1 {
		t.Fatalf("%d phones are registered", n)
	}
	_, err := agent.Register(t.Context(), h.server(), 20*time.Second)
	wantRefusal(t, "twenty seconds", err, 423)
	if _, err := agent.Register(t.Context(), h.server(), 0); err != nil || h.registrar.Phones() != 0 {
		t.Errorf("after going: %d phones, %v", h.registrar.Phones(), err)
	}
}

// TestPhonesAreKeptReachable by a request now and then, which passes their NAT.
func TestPhonesAreKeptReachable(t *testing.T) {
	t.Parallel()
	h := office(t)
	agent := registered(t, h, "alice")
	h.working.Go(func() { h.keepAlive(20 * time.Millisecond) })
	for deadline := time.Now().Add(10 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		for _, e := range agent.Transcript() {
			if e.Kind == softphone.Received && strings.HasPrefix(e.Text, "OPTIONS") {
				return
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("nothing came: %v", agent.Transcript())
		}
	}
}

// TestStrangersDoNotRegister: whether an account exists cannot be told.
func TestStrangersDoNotRegister(t *testing.T) {
	t.Parallel()
	h := office(t)
	for user, password := range map[string]string{"alice": "wrong", "mallory": "mallorymallory"} {
		_, err := deskPhone(t, user, password).Register(t.Context(), h.server(), time.Hour)
		wantRefusal(t, user, err, 403)
	}
	_, err := deskPhone(t, "alice", "").Register(t.Context(), h.server(), time.Hour)
	wantRefusal(t, "no password", err, 403)
	if n := h.registrar.Phones(); n != 0 {
		t.Errorf("%d phones are registered", n)
	}
}

func TestPhonesCallEachOther(t *testing.T) {
	t.Parallel()
	h := office(t)
	alice, bob := registered(t, h, "alice"), registered(t, h, "bob")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	taken := make(chan *softphone.Call, 1)
	go func() {
		call, err := bob.Accept(ctx)
		if err != nil {
			t.Errorf("bob's phone: %v", err)
		}
		taken <- call
	}()
	call, err := alice.Dial(ctx, "sip:202@"+h.UDP().String())
	if err != nil {
		t.Fatal(err)
	}
	expect(t, h.conference.events, "join pair ", "join pair ")
	other := <-taken
	if err := call.Hold(ctx); err != nil {
		t.Error(err)
	}
	expect(t, h.conference.events, "hold true")
	if err := call.Resume(ctx); err != nil {
		t.Error(err)
	}
	expect(t, h.conference.events, "hold false")
	if err := other.Hangup(ctx); err != nil {
		t.Error(err)
	}
	select {
	case <-call.Done():
	case <-ctx.Done():
		t.Fatal("alice's call goes on after bob hung up")
	}
	expect(t, h.conference.events, "line closed", "line closed")
	r := h.observer.record(t)
	if r.Trunk != phonesTrunk || r.Cause != "hung-up-by-callee" || r.Status != 200 || r.From != "201" || r.To != "202" || r.Codec != audio.PCMA {
		t.Errorf("record = %+v", r)
	}
	h.emptied(t)
}

func TestPhonesThatCannotBeReached(t *testing.T) {
	t.Parallel()
	h := office(t)
	alice := registered(t, h, "alice")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	for number, status := range map[string]int{"202": 480, "299": 404} {
		_, err := alice.Dial(ctx, "sip:"+number+"@"+h.UDP().String())
		wantRefusal(t, number, err, status)
	}
	_, err := deskPhone(t, "alice", "wrong").Dial(ctx, "sip:202@"+h.UDP().String())
	wantRefusal(t, "a wrong password", err, 403)
	_, err = deskPhone(t, "mallory", "mallorymallory").Dial(ctx, "sip:202@"+h.UDP().String())
	wantRefusal(t, "a stranger", err, 403)
}

// TestTheFirstPhoneToAnswerHasTheCall: the others stop ringing.
func TestTheFirstPhoneToAnswerHasTheCall(t *testing.T) {
	t.Parallel()
	h := office(t)
	alice, desk, mobile := registered(t, h, "alice"), registered(t, h, "bob"), registered(t, h, "bob")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	go func() { _, _ = mobile.Accept(ctx) }() // whoever of the two is first
	go func() { _, _ = desk.Accept(ctx) }()
	call, err := alice.Dial(ctx, "sip:202@"+h.UDP().String())
	if err != nil {
		t.Fatal(err)
	}
	expect(t, h.conference.events, "join pair ", "join pair ")
	if err := call.Hangup(ctx); err != nil {
		t.Error(err)
	}
	if r := h.observer.record(t); r.Cause != "hung-up" {
		t.Errorf("record = %+v", r)
	}
	h.emptied(t)
}

func TestGivingUpStopsTheRinging(t *testing.T) {
	t.Parallel()
	h := office(t)
	alice := registered(t, h, "alice")
	bob := registered(t, h, "bob") // who lets it ring
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() { // gives up once it rings
		defer cancel()
		rings := func(e softphone.Event) bool { return strings.Contains(e.Text, "INVITE") }
		for begin := time.Now(); time.Since(begin) < 20*time.Second; time.Sleep(20 * time.Millisecond) {
			if slices.ContainsFunc(bob.Transcript(), rings) {
				return
			}
		}
		t.Error("the other phone does not ring")
	}()
	if _, err := alice.Dial(ctx, "sip:202@"+h.UDP().String()); err == nil {
		t.Fatal("nobody answered, and the call stands")
	}
	if r := h.observer.record(t); r.Cause != "cancelled" || r.Status != 487 {
		t.Errorf("record = %+v", r)
	}
	h.emptied(t)
}

// TestAPhoneDialsAMeeting: whose phone it is stands for a code.
func TestAPhoneDialsAMeeting(t *testing.T) {
	t.Parallel()
	h := office(t)
	alice := registered(t, h, "alice")
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	call, err := alice.Dial(ctx, "sip:123456789@"+h.UDP().String())
	if err != nil {
		t.Fatal(err)
	}
	expect(t, h.conference.events, `enter m1 host=false name="The alice" language=en owner=true`, "join room1")
	if err := call.Hangup(ctx); err != nil {
		t.Error(err)
	}
	if r := h.observer.record(t); r.Trunk != phonesTrunk || r.Meeting != "m1" {
		t.Errorf("record = %+v", r)
	}
}

func TestTrunksProveThemselves(t *testing.T) {
	t.Parallel()
	local := []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	for name, trunk := range map[string]dialplan.Trunk{
		"by address and password": {Name: "carrier", Allow: local, User: "carrier", Password: "carriercarrier"},
		"from anywhere":           {Name: "carrier", User: "carrier", Password: "carriercarrier"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := open(t, func(c *Config) { c.Trunks = []dialplan.Trunk{trunk} })
			ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
			defer cancel()
			for user, password := range map[string]string{"carrier": "wrong", "other": "carriercarrier"} {
				_, err := deskPhone(t, user, password).Dial(ctx, "sip:100@"+h.UDP().String())
				wantRefusal(t, user+" "+password, err, 403)
			}
			call, err := deskPhone(t, "carrier", "carriercarrier").Dial(ctx, "sip:100@"+h.UDP().String())
			if err != nil {
				t.Fatal(err)
			}
			if err := call.Hangup(ctx); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestPhonesBesideATrunkFromAnywhere: both may call from the same networks, and
// each is who they prove to be.
func TestPhonesBesideATrunkFromAnywhere(t *testing.T) {
	t.Parallel()
	h := open(t, func(c *Config) {
		c.Trunks = []dialplan.Trunk{{Name: "carrier", User: "carrier", Password: "carriercarrier"}}
		c.Phones = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
	})
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	_, err := deskPhone(t, "alice", "alicealice").Dial(ctx, "sip:999@"+h.UDP().String())
	wantRefusal(t, "a phone that is not registered", err, 404)
	if r := h.observer.record(t); r.Trunk != phonesTrunk || r.Cause != refusedExtension.rule {
		t.Errorf("record of the phone = %+v", r)
	}
	_, err = deskPhone(t, "carrier", "wrong").Dial(ctx, "sip:100@"+h.UDP().String())
	wantRefusal(t, "the trunk with a wrong password", err, 403)
	h.observer.record(t)
	call, err := deskPhone(t, "carrier", "carriercarrier").Dial(ctx, "sip:100@"+h.UDP().String())
	if err != nil {
		t.Fatal(err)
	}
	if err := call.Hangup(ctx); err != nil {
		t.Error(err)
	}
	if r := h.observer.record(t); r.Trunk != "carrier" {
		t.Errorf("record of the trunk = %+v", r)
	}
}

// TestAnOldPasswordIsNotRung: a phone that registered with it is the account's
// no more once it has been changed.
func TestAnOldPasswordIsNotRung(t *testing.T) {
	t.Parallel()
	h := office(t)
	registered(t, h, "bob")
	bob, err := fakeAccounts{}.Account(t.Context(), "bob")
	if err != nil {
		t.Fatal(err)
	}
	if phones := h.phonesOf(bob); len(phones) != 1 {
		t.Fatalf("bob has the phones %v", phones)
	}
	bob.SHA256, bob.MD5 = NewHA1("bob", "another password")
	if phones := h.phonesOf(bob); len(phones) != 0 {
		t.Errorf("with a new password bob still has the phones %v", phones)
	}
}
