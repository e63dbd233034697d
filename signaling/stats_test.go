package signaling

import (
	"testing"
	"time"

	"partyline/metrics/quality"
	"partyline/signaling/wire"
)

// FuzzStats: whatever a browser reports is refused with a reason, or makes
// figures that can be shown.
func FuzzStats(f *testing.F) {
	for _, heard := range []string{
		`"concealed":0.1,"silent":0.1,"events":3,"run":60`, `"concealed":1,"events":1,"run":5000`, `"concealed":1e-300,"events":5999,"run":6`,
		`"events":-1`, `"run":1e300`, `"silent":2`, `"concealed":0.1,"events":1,"run":-0.0`, `"packets":9223372036854775807`,
	} {
		f.Add([]byte(`{"type":"stats","leg":"a","at":1790000005000,"span":5000,"heard":{"packets":250,` + heard + `}}`))
	}
	now := time.UnixMilli(1_790_000_005_000)
	f.Fuzz(func(t *testing.T, data []byte) {
		decoded, err := wire.Decode(data)
		if err != nil {
			return
		}
		m, ok := decoded.(*wire.Stats)
		if !ok {
			return
		}
		r := newReports()
		sample, why := r.sample(m, now)
		most := quality.ConcealedBurst(mostStreams*longestSpan, 0)
		for _, one := range []quality.Stream{sample.Said, sample.Heard} {
			if burst := one.Burst; burst != 0 && !(burst >= 1 && burst <= most) {
				t.Errorf("a burst ratio of %g", burst)
			}
			if mos := one.MOS(quality.CodecOf("opus"), sample.RoundTrip); why == "" && mos != 0 && !(mos >= 1 && mos <= 4.5) {
				t.Errorf("believed, and of MOS %g", mos)
			}
		}
	})
}
