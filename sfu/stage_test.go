package sfu

import "testing"

// TestAlike tells when levels alone are not worth telling everybody yet.
func TestAlike(t *testing.T) {
	told := []Speaker{{1, 30}, {2, 40}}
	for _, test := range []struct {
		name string
		now  []Speaker
		want bool
	}{
		{"the same", []Speaker{{1, 30}, {2, 40}}, true},
		{"in another order", []Speaker{{2, 34}, {1, 36}}, true},
		{"one much quieter", []Speaker{{1, 30}, {2, 50}}, false},
		{"one much louder", []Speaker{{1, 20}, {2, 40}}, false},
		{"somebody else", []Speaker{{1, 30}, {3, 40}}, false},
		{"one more", []Speaker{{1, 30}, {2, 40}, {3, 40}}, false},
		{"one less", []Speaker{{1, 30}}, false},
		{"nobody", nil, false},
	} {
		if got := alike(test.now, told); got != test.want {
			t.Errorf("%s: alike is %v", test.name, got)
		}
	}
}
