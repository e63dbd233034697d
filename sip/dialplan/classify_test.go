package dialplan

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nyaruka/phonenumbers"
)

func homeOf(t testing.TB, iso string) Country {
	t.Helper()
	home, err := Home(iso)
	if err != nil {
		t.Fatal(err)
	}
	return home
}

func TestClassify(t *testing.T) {
	cases := []struct {
		home, text, number string
		class              Class
		country, extension string
	}{
		{"CN", "010-6552 9988", "+861065529988", Domestic, "CN", ""},
		{"CN", "138 0013 8000", "+8613800138000", Mobile, "CN", ""},
		{"CN", "400-810-8888", "+864008108888", Domestic, "CN", ""},
		{"CN", "+86 21 5555 0001", "+862155550001", Internal, "CN", ""},
		{"CN", "021-5555 0199", "+862155550199", Internal, "CN", ""},
		{"CN", "00 44 20 7946 0000", "+442079460000", International, "GB", ""},
		{"CN", "+44 7400 123456", "+447400123456", International, "GB", ""},
		{"CN", "+852 2345 6789", "+85223456789", International, "HK", ""},
		{"CN", "+44 909 879 0000", "+449098790000", Premium, "GB", ""},
		{"CN", "+1 876 922 1234", "+18769221234", International, "JM", ""},
		{"US", "+1 876 922 1234", "+18769221234", International, "JM", ""},
		{"US", "011 44 20 7946 0000", "+442079460000", International, "GB", ""},
		{"US", "(212) 555-0100", "+12125550100", Domestic, "US", ""},
		{"US", "1-900-410-0000", "+19004100000", Premium, "US", ""},
		{"US", "800-222-1222", "+18002221222", Domestic, "US", ""},
		{"GB", "0844 412 0000", "+448444120000", Premium, "GB", ""},
		{"GB", "07400 123456", "+447400123456", Mobile, "GB", ""},
		{"GB", "070 1234 5678", "+447012345678", Premium, "GB", ""},
		{"GB", "01534 456789", "+441534456789", International, "JE", ""},
		{"DE", "0900 1 123456", "+499001123456", Premium, "DE", ""},
		{"DE", "01512 3456789", "+4915123456789", Mobile, "DE", ""},
		{"DE", "030 901820", "+4930901820", Domestic, "DE", ""},
		{"IT", "02 1234 5678", "+390212345678", Domestic, "IT", ""},
		{"", "+49 30 901820", "+4930901820", International, "DE", ""},
		{"", "+800 1234 5678", "+80012345678", International, "", ""},
		// Extensions.
		{"CN", "010-6552 9988,123", "+861065529988", Domestic, "CN", "123"},
		{"CN", "010-6552 9988，，123#", "+861065529988", Domestic, "CN", ",123#"},
		{"CN", "010-65529988转8001", "+861065529988", Domestic, "CN", "8001"},
		{"CN", "010-65529988 分机 ８００１", "+861065529988", Domestic, "CN", "8001"},
		{"US", "212-555-0100 x42", "+12125550100", Domestic, "US", "42"},
		{"US", "212-555-0100 ext. 42", "+12125550100", Domestic, "US", "42"},
		{"US", "tel:+1-212-555-0100;ext=42;phone-context=example.com", "+12125550100", Domestic, "US", "42"},
		{"US", "tel:+1-212-555-0100;phone-context=example.com;ext=42", "+12125550100", Domestic, "US", "42"},
	}
	for _, c := range cases {
		n := Numbering{Home: homeOf(t, c.home), Own: []Number{"+862155550*"}}
		d, err := n.Classify(c.text)
		if err != nil {
			t.Errorf("%s %q: %v", c.home, c.text, err)
			continue
		}
		if string(d.Number) != c.number || d.Class != c.class || d.Country != c.country || d.Extension != c.extension {
			t.Errorf("%s %q: %s, %v, %q, extension %q", c.home, c.text, string(d.Number), d.Class, d.Country, d.Extension)
		}
		if !strings.HasPrefix(c.number, "+"+d.Code) {
			t.Errorf("%q: calling code %q", c.text, d.Code)
		}
	}
}

func TestNoNumbers(t *testing.T) {
	n := Numbering{Home: homeOf(t, "CN")}
	for _, text := range []string{
		"", "anonymous", "+", "95588", "+999 1234567", "+86 10 6552", "+1 012 345 6789", "12,,,",
		"+44 20 7946 0000," + strings.Repeat("1", 40), "+1 212 155 0100",
	} {
		if d, err := n.Classify(text); !errors.Is(err, ErrBadNumber) {
			t.Errorf("%q: %v %v, %v", text, string(d.Number), d.Class, err)
		}
	}
}

// TestSatellites pass as mobile numbers in the tables.
func TestSatellites(t *testing.T) {
	n := Numbering{Home: homeOf(t, "CN"), Own: []Number{"+8*"}} // however careless the company's own blocks are
	for _, text := range []string{
		"+870 773 111 632", "+881 6 2345 6789", "+881 7 6345 6789", "+882 16 5555 5555", "+883 5100 1234 5678",
		"+979 1 2345 6789", "1740 123 4567", "00 881 631 234 567", "+61 147 123 456", "+7 954 123 4567", "+888 123 456 789 01",
	} {
		if d, err := n.Classify(text); err != nil || d.Class != Denied || d.Service == "" {
			t.Errorf("%q: %v %q, %v", text, d.Class, d.Service, err)
		}
	}
}

// TestEmergency has every country's numbers, as Google's tables know them, be
// refused in any way that somebody in need may dial them.
func TestEmergency(t *testing.T) {
	for _, iso := range slices.Sorted(maps.Keys(countries)) {
		home := homeOf(t, iso)
		if len(help[iso]) == 0 {
			t.Errorf("%s has no emergency numbers", iso)
			continue
		}
		n := Numbering{Home: home, Own: []Number{Number("+" + home.Code + "*")}}
		for i := range 1000 {
			for _, text := range []string{fmt.Sprintf("%02d", i), fmt.Sprintf("%03d", i)} {
				if !phonenumbers.IsEmergencyNumber(text, iso) {
					continue
				}
				if _, err := n.Classify(text); !errors.Is(err, ErrEmergency) {
					t.Errorf("%s %s: %v", iso, text, err)
				}
			}
		}
		first := help[iso][0]
		for _, text := range []string{first, "112", "911", "999", "9" + first, "9-" + first, "0" + first, "+" + home.Code + first, " 1 1 2 ", first + ",1", "tel:" + first} {
			d, err := n.Classify(text)
			var emergency *EmergencyError
			if !errors.As(err, &emergency) || d.Class != Emergency {
				t.Errorf("%s %q: %v, %v", iso, text, d.Class, err)
				continue
			}
			if emergency.Country != iso || emergency.Numbers[0] != first || !strings.Contains(err.Error(), "dial "+first) {
				t.Errorf("%s %q: says %v", iso, text, err)
			}
		}
	}
	for _, text := range []string{"110", "119", "120", "122", "+86110", "0086 119", "010 110", "0755-120", "9,110"[:1] + "110"} {
		if _, err := (Numbering{Home: homeOf(t, "CN")}).Classify(text); !errors.Is(err, ErrEmergency) {
			t.Errorf("CN %q: %v", text, err)
		}
	}
	if _, err := (Numbering{}).Classify("911"); !errors.Is(err, ErrEmergency) || !strings.Contains(err.Error(), "112 or 911") {
		t.Errorf("without a country: %v", err)
	}
}

// TestCountriesAgreeWithTheTables compares what was written by hand with what
// Google's tables say.
func TestCountriesAgreeWithTheTables(t *testing.T) {
	for iso, c := range countries {
		if c.ISO != iso || c.Code != strconv.Itoa(phonenumbers.GetCountryCodeForRegion(iso)) {
			t.Errorf("%s: ISO %s, code %s", iso, c.ISO, c.Code)
		}
		if ndd := phonenumbers.GetNddPrefixForRegion(iso, true); ndd != c.Trunk {
			t.Errorf("%s: trunk prefix %q, want %q", iso, c.Trunk, ndd)
		}
		for _, kind := range []phonenumbers.PhoneNumberType{phonenumbers.FIXED_LINE, phonenumbers.MOBILE} {
			example := phonenumbers.GetExampleNumberForType(iso, kind)
			want := phonenumbers.Format(example, phonenumbers.E164)
			national := phonenumbers.Format(example, phonenumbers.NATIONAL)
			d, err := Numbering{Home: c}.Classify(national)
			if err != nil || string(d.Number) != want || d.Country != iso || d.Class != Domestic && d.Class != Mobile {
				t.Errorf("%s %q: %s %v %v, %v; want %s", iso, national, string(d.Number), d.Class, d.Country, err, want)
			}
		}
	}
}

func FuzzClassify(f *testing.F) {
	for _, s := range []string{"+86 10 6552 9988,1", "010-6552 9988转1", "110", "tel:+1;ext=", "０", "9911", "+8816234", "x1", ",", "1,,#*,"} {
		f.Add("CN", s)
		f.Add("US", s)
		f.Add("", s)
	}
	f.Fuzz(func(t *testing.T, iso, text string) {
		home, err := Home(iso)
		if err != nil {
			return
		}
		n := Numbering{Home: home, Own: []Number{"+4930*"}}
		d, err := n.Classify(text)
		switch {
		case errors.Is(err, ErrEmergency):
			if d.Class != Emergency {
				t.Fatalf("%q is %v", text, d.Class)
			}
			return
		case errors.Is(err, ErrBadNumber):
			if d != (Dialled{}) {
				t.Fatalf("%q: something comes with an error", text)
			}
			return
		case err != nil:
			t.Fatal(err)
		}
		if strings.Trim(d.Extension, "0123456789*#,") != "" || len(d.Extension) > longestExtension {
			t.Fatalf("%q: extension %q", text, d.Extension)
		}
		again, err := n.Classify(string(d.Number))
		again.Extension = d.Extension
		if err != nil || again != d {
			t.Fatalf("%q gave %q %v and then %q %v, %v", text, string(d.Number), d.Class, string(again.Number), again.Class, err)
		}
	})
}

func BenchmarkClassify(b *testing.B) {
	n := Numbering{Home: homeOf(b, "CN"), Own: []Number{"+862155550*"}}
	for b.Loop() {
		if _, err := n.Classify("138 0013 8000"); err != nil {
			b.Fatal(err)
		}
	}
}

func TestClassNames(t *testing.T) {
	for c := Internal; c <= Denied; c++ {
		text, err := c.MarshalText()
		var back Class
		if err != nil || back.UnmarshalText(text) != nil || back != c {
			t.Errorf("%v comes back as %v", c, back)
		}
	}
	if err := new(Class).UnmarshalText([]byte("cheap")); err == nil {
		t.Error("an unknown class passed")
	}
}
