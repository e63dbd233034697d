package dialplan

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	cases := []struct {
		home, text, want string // want is empty where it is refused
	}{
		{"CN", "+86 10 6552 9988", "+861065529988"},
		{"CN", "010-6552 9988", "+861065529988"},
		{"CN", "0086 10 6552 9988", "+861065529988"},
		{"CN", "13800138000", "+8613800138000"},
		{"CN", "8613800138000", "+8613800138000"},
		{"CN", "＋８６ 138 0013 8000", "+8613800138000"},
		{"CN", "00 1 212 555 0100", "+12125550100"},
		{"CN", "tel:+86-138-0013-8000;phone-context=example.com", "+8613800138000"},
		{"US", "(212) 555-0100", "+12125550100"},
		{"US", "1 212 555 0100", "+12125550100"},
		{"US", "011 86 10 6552 9988", "+861065529988"},
		{"HK", "2345 6789", "+85223456789"},
		{"GB", "020 7946 0000", "+442079460000"},
		{"", "+49 30 901820", "+4930901820"},
		{"", "030 901820", ""},
		{"CN", "110", ""},
		{"CN", "", ""},
		{"CN", "+", ""},
		{"CN", "+0 12345678", ""},
		{"CN", "+1234567890123456", ""},
		{"CN", "anonymous", ""},
		{"CN", "12+34567890", ""},
		{"CN", "+86 138'--0013", ""},
	}
	for _, c := range cases {
		home, err := Home(c.home)
		if err != nil {
			t.Fatal(err)
		}
		got, err := Parse(c.text, home)
		if string(got) != c.want || (err == nil) != (c.want != "") || err != nil && !errors.Is(err, ErrBadNumber) {
			t.Errorf("%s %q: %q, %v; want %q", c.home, c.text, string(got), err, c.want)
		}
	}
	if _, err := Home("XX"); err == nil || !strings.Contains(err.Error(), `"XX" is not known, only in AE, AT, AU, BE`) {
		t.Errorf("XX: %v", err)
	}
}

func TestNumbersAreMasked(t *testing.T) {
	n := Number("+8613800138000")
	for _, text := range []string{fmt.Sprint(n), fmt.Sprintf("%v %s %q %#v %x", n, n, n, n, n), n.LogValue().String(), fmt.Sprintf("%v", struct{ N Number }{n})} {
		if strings.Contains(text, "138") || !strings.Contains(text, "•••") {
			t.Errorf("printed as %s", text)
		}
	}
	if text, err := json.Marshal(n); err != nil || string(text) != `"•••000"` {
		t.Errorf("JSON: %s, %v", text, err)
	}
	for number, want := range map[Number]string{
		"+8613800138000": "•••000",
		"013800138000":   "•••000", // of no known country
		"1234":           "•••",    // an extension
		"phone":          "•••",    // a name, whose end must not show
		"alice.smith99":  "•••",
		"86+13800138000": "•••",
		"八六一三八〇〇":        "•••",
		"+":              "•••",
		"":               "•••",
	} {
		if got := number.Masked(); got != want {
			t.Errorf("%q is masked as %s, want %s", string(number), got, want)
		}
		if number.Telephone() != (want != "•••") {
			t.Errorf("%q: Telephone() = %v", string(number), number.Telephone())
		}
	}
}

func prefixes(texts ...string) (all []netip.Prefix) {
	for _, s := range texts {
		all = append(all, netip.MustParsePrefix(s))
	}
	return all
}

// TestRoute has two numbers of a carrier, one with a language of its own, and
// an exchange within the carrier's network.
func TestRoute(t *testing.T) {
	carrier := prefixes("203.0.113.0/24", "2001:db8::/32")
	plan, err := NewPlan([]Trunk{
		{Name: "chinese", Allow: carrier, Numbers: []string{"+86 21 1234-5678"}},
		{Name: "carrier", Allow: carrier, Numbers: []string{"+86 10 6552 9988", "conference"}},
		{Name: "exchange", Allow: prefixes("203.0.113.7/32")},
	})
	if err != nil {
		t.Fatal(err)
	}
	cases := []struct {
		source, number, want string
		err                  error
	}{
		{"203.0.113.6", "862112345678", "chinese", nil},
		{"203.0.113.6", "+862112345678", "chinese", nil},
		{"203.0.113.6", "(86) 10-6552.9988", "carrier", nil},
		{"2001:db8::1", "Conference", "carrier", nil},
		{"::ffff:203.0.113.6", "conference", "carrier", nil},
		{"203.0.113.6", "2112345678", "", ErrNoNumber},
		{"203.0.113.6", "", "", ErrNoNumber},
		{"203.0.113.7", "2112345678", "exchange", nil},
		{"203.0.113.7", "+862112345678", "chinese", nil},
		{"203.0.114.6", "862112345678", "", ErrNoTrunk},
		{"127.0.0.1", "862112345678", "", ErrNoTrunk},
		{"::1", "862112345678", "", ErrNoTrunk},
	}
	for _, c := range cases {
		source := netip.MustParseAddr(c.source)
		trunk, err := plan.Route(source, c.number)
		if trunk.Name != c.want || !errors.Is(err, c.err) || plan.Allows(source) == errors.Is(err, ErrNoTrunk) {
			t.Errorf("%s from %s: %q, %v", c.number, c.source, trunk.Name, err)
		}
	}
}

func TestBadPlansSayAllThatIsWrong(t *testing.T) {
	_, err := NewPlan([]Trunk{
		{Name: "a", Allow: prefixes("10.0.0.0/8"), Numbers: []string{" "}},
		{MaxCalls: -1},
		{Name: "a", Allow: prefixes("10.1.2.3/8")},
	})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{
		"trunk 2 has no name", `trunk "" allows no network`, `two trunks are called "a"`, `trunk "a" has an empty number`,
		"negative number of calls",
	} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
	}
	if plan, err := NewPlan(nil); err != nil || plan.Allows(netip.MustParseAddr("192.0.2.1")) {
		t.Errorf("no trunk at all: %v", err) // a company may have phones of its own alone
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"+86 10 6552 9988", "010-6552 9988", "tel:+1;x", "０", "00", "+"} {
		f.Add(s)
	}
	home, err := Home("CN")
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, text string) {
		n, err := Parse(text, home)
		if err != nil {
			if !errors.Is(err, ErrBadNumber) {
				t.Fatal(err)
			}
			return
		}
		again, err := Parse(string(n), home)
		if err != nil || again != n || len(n) < shortest+1 || len(n) > longest+1 || strings.Contains(fmt.Sprint(n), string(n)) {
			t.Fatalf("%q gave %q and then %q, %v", text, string(n), string(again), err)
		}
	})
}

func TestSRTPPolicyNames(t *testing.T) {
	for _, policy := range []SRTP{SRTPOff, SRTPOffered, SRTPRequired} {
		text, err := policy.MarshalText()
		var back SRTP
		if err != nil || back.UnmarshalText(text) != nil || back != policy {
			t.Errorf("%v comes back as %v", policy, back)
		}
	}
	var s SRTP
	if err := s.UnmarshalText([]byte("always")); err == nil || !strings.Contains(err.Error(), `"required"`) {
		t.Errorf("an unknown policy: %v", err)
	}
}

// TestRoamingTrunks call from anywhere, and are told apart by their user.
func TestRoamingTrunks(t *testing.T) {
	plan, err := NewPlan([]Trunk{
		{Name: "fixed", Allow: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, Numbers: []string{"+493012345"}},
		{Name: "one", User: "u1", Password: "p1", Numbers: []string{"+493012345"}},
		{Name: "two", User: "u2", Password: "p2"},
	})
	if err != nil {
		t.Fatal(err)
	}
	anywhere := netip.MustParseAddr("203.0.113.9")
	if _, err := plan.Route(anywhere, "+493012345"); !errors.Is(err, ErrNoTrunk) || !plan.Roaming() || !plan.Allows(anywhere) {
		t.Errorf("without a password: %v", err)
	}
	for _, test := range []struct {
		user, number, want string
		err                error
	}{
		{"u1", "+493012345", "one", nil},
		{"u1", "+4930999", "", ErrNoNumber},
		{"u2", "+4930999", "two", nil},
		{"", "+4930999", "", ErrNoTrunk},
		{"fixed", "+493012345", "", ErrNoTrunk},
	} {
		trunk, err := plan.RouteRoaming(test.user, test.number)
		if trunk.Name != test.want || !errors.Is(err, test.err) {
			t.Errorf("%s to %s: %q, %v", test.user, test.number, trunk.Name, err)
		}
	}
	if trunk, ok := plan.Roamer("u2"); !ok || trunk.Name != "two" {
		t.Errorf("u2 is %q", trunk.Name)
	}
	if _, ok := plan.Roamer(""); ok {
		t.Error("a trunk with an address is taken for one without")
	}
	if _, err := NewPlan([]Trunk{{Name: "half", User: "u"}}); err == nil {
		t.Error("a user without a password passed")
	}
	if text := fmt.Sprintf("%v %+v %#v", plan.trunks[1], plan.trunks[1], plan.trunks[1]); strings.Contains(text, "p1") {
		t.Errorf("a password is printed: %s", text)
	}
}
