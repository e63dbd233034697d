package meeting

import (
	"errors"
	"testing"
)

func TestParseNumber(t *testing.T) {
	for _, tt := range []struct {
		in   string
		want Code
	}{
		{"123456789", "123456789"},
		{" 123 456 789 ", "123456789"},
		{"123-456-789", "123456789"},
		{"123.456.789", "123456789"},
		{"１２３４５６７８９", "123456789"},
		{"123\u00a0456\u2011789", "123456789"},
		{"023456789", ""},
		{"12345678", ""},
		{"1234567890", ""},
		{"12345678x", ""},
		{"+123456789", ""},
		{"", ""},
		{"1 2 3 4 5 6 7 8 9 " + string(make([]byte, 64)), ""},
	} {
		got, err := ParseNumber(tt.in)
		if got != tt.want || (err != nil) != (tt.want == "") || err != nil && !errors.Is(err, ErrBadNumber) {
			t.Errorf("ParseNumber(%q) = %q, %v; want %q", tt.in, string(got), err, string(tt.want))
		}
	}
}

func FuzzParseNumber(f *testing.F) {
	for _, s := range []string{"123456789", "123 456-789", "１２３４５６７８９", "0", "", "+49 30 1", "99999999\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		c, err := ParseNumber(s)
		if err != nil {
			if c != "" {
				t.Fatalf("an error and a number")
			}
			return
		}
		if len(c) != NumberDigits || c[0] < '1' || c[0] > '9' {
			t.Fatalf("%q parsed as %q", s, string(c))
		}
		if again, err := ParseNumber(string(c)); err != nil || again != c {
			t.Fatalf("%q does not parse as itself: %v", string(c), err)
		}
	})
}

func FuzzCleanName(f *testing.F) {
	for _, s := range []string{"Ann", " 周会 ", "a\nb", "\u202e", "👩\u200d💻", "\xff", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		name, err := CleanName(s)
		if err != nil {
			return
		}
		if again, err := CleanName(name); err != nil || again != name {
			t.Fatalf("%q is not clean after cleaning: %q, %v", s, again, err)
		}
	})
}
