package dialplan

import (
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
		var home Country
		if c.home != "" {
			var err error
			if home, err = Home(c.home); err != nil {
				t.Fatal(err)
			}
		}
		got, err := Parse(c.text, home)
		if string(got) != c.want || (err == nil) != (c.want != "") || err != nil && !errors.Is(err, ErrBadNumber) {
			t.Errorf("%s %q: %q, %v; want %q", c.home, c.text, string(got), err, c.want)
		}
	}
	if _, err := Home("XX"); err == nil {
		t.Error("XX is a country")
	}
}

func TestNumbersAreMasked(t *testing.T) {
	n := Number("+8613800138000")
	for _, text := range []string{fmt.Sprint(n), fmt.Sprintf("%v %s", n, n), n.LogValue().String(), fmt.Sprintf("%v", struct{ N Number }{n})} {
		if strings.Contains(text, "138") || !strings.Contains(text, "•••") {
			t.Errorf("printed as %s", text)
		}
	}
	if got := n.Masked(); got != "+86•••00" {
		t.Errorf("masked as %s", got)
	}
	if got := Number("").Masked(); got != "•••" {
		t.Errorf("nothing is masked as %s", got)
	}
}

func prefixes(texts ...string) (all []netip.Prefix) {
	for _, s := range texts {
		all = append(all, netip.MustParsePrefix(s))
	}
	return all
}

func TestTrunkByLongestPrefix(t *testing.T) {
	plan, err := NewPlan([]Trunk{
		{Name: "carrier", Prefixes: prefixes("203.0.113.0/24", "2001:db8::/32")},
		{Name: "exchange", Prefixes: prefixes("203.0.113.7/32"), Language: "zh-CN"},
	})
	if err != nil {
		t.Fatal(err)
	}
	for from, want := range map[string]string{
		"203.0.113.6": "carrier", "203.0.113.7": "exchange", "::ffff:203.0.113.7": "exchange", "2001:db8::1": "carrier",
		"192.0.2.1": "", "::1": "",
	} {
		trunk, ok := plan.Trunk(netip.MustParseAddr(from))
		if trunk.Name != want || ok != (want != "") || plan.Allows(netip.MustParseAddr(from)) != ok {
			t.Errorf("%s: %q, want %q", from, trunk.Name, want)
		}
	}
}

func TestCalledNumber(t *testing.T) {
	trunk := Trunk{Language: "en", Numbers: []DID{{Number: "+86 10 6552 9988", Language: "zh-CN"}, {Number: "conference"}}}
	for user, want := range map[string]string{"861065529988": "zh-CN", "+861065529988": "zh-CN", "Conference": "en"} {
		if did, ok := trunk.Called(user); !ok || did.Language != want {
			t.Errorf("%s: %+v %v", user, did, ok)
		}
	}
	if _, ok := trunk.Called("110"); ok {
		t.Error("a number of somebody else's leads here")
	}
	if did, ok := (Trunk{Language: "en"}).Called("anything"); !ok || did.Language != "en" {
		t.Error("a trunk without numbers refuses")
	}
}

func TestBadPlansSayAllThatIsWrong(t *testing.T) {
	_, err := NewPlan([]Trunk{{Name: "a", Prefixes: prefixes("10.0.0.0/8")}, {}, {Name: "a", Prefixes: prefixes("10.1.2.3/8")}})
	if err == nil {
		t.Fatal("accepted")
	}
	for _, want := range []string{"trunk 2 has no name", `trunk "" lists no address`, `two trunks are named "a"`, "both list"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("no %q in %v", want, err)
		}
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
