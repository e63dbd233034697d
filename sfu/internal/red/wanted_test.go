package red

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestWanted(t *testing.T) {
	var (
		h     Healer
		w     Wanted
		start = time.Unix(1000, 0)
		due   = func(ms int) []uint16 { return w.Due(nil, &h, start.Add(time.Duration(ms)*time.Millisecond)) }
	)
	h.Accept(65533)
	h.Accept(2)
	h.Accept(1) // by RED
	w.Miss(&h, 65533, 2, start)
	for _, tt := range []struct {
		ms   int
		want []uint16
	}{
		{0, []uint16{65534, 65535, 0}},
		{40, nil},
		{80, []uint16{65534, 65535, 0}},
	} {
		if d := cmp.Diff(tt.want, due(tt.ms)); d != "" {
			t.Errorf("after %d ms: %s", tt.ms, d)
		}
	}
	h.Accept(65535)
	if d := cmp.Diff([]uint16{65534, 0}, due(160)); d != "" {
		t.Error("one came:", d)
	}
	if got := due(300); got != nil || w.n != 0 {
		t.Error("still wanted:", got)
	}
	h.Accept(60)
	w.Miss(&h, 2, 60, start)
	if n := len(due(0)); n != wishes {
		t.Errorf("%d asked for at once", n)
	}
}
