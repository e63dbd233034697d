package red

import (
	"testing"
	"time"
)

func TestProtection(t *testing.T) {
	start := time.Unix(0, 0)
	for _, tt := range []struct {
		name string
		do   func(p *Protection) Depth
		want Depth
	}{
		{"unknown", func(p *Protection) Depth { return p.Depth() }, Two},
		{"one good report is not enough", func(p *Protection) Depth { return p.Downlink(0, start) }, Two},
		{"good reports step down", func(p *Protection) Depth {
			p.Downlink(0, start)
			p.Downlink(0, start)
			return p.Depth()
		}, One},
		{"good for long", func(p *Protection) Depth {
			for range 5 {
				p.Downlink(0, start)
			}
			return p.Depth()
		}, None},
		{"heavy loss at once", func(p *Protection) Depth { return p.Downlink(0.3, start) }, Three},
		{"the uplink warns", func(p *Protection) Depth { return p.Uplink(0.3, 1.2, start) }, Three},
		{"the uplink's loss is forgotten", func(p *Protection) Depth {
			p.Uplink(0.3, 1.2, start)
			for range 5 {
				p.Downlink(0, start.Add(time.Minute))
			}
			return p.Depth()
		}, None},
		{"bursts", func(p *Protection) Depth { return p.Uplink(0.1, 4, start) }, Spaced},
		{"falls slowly", func(p *Protection) Depth {
			p.Downlink(0.3, start)
			return p.Downlink(0.02, start)
		}, Three},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.do(new(Protection)); got != tt.want {
				t.Errorf("depth %d, want %d", got, tt.want)
			}
		})
	}
}
