package api

import (
	"context"
	"encoding/csv"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"partyline/metrics/quality"
	"partyline/signaling/auth"
	"partyline/signaling/health"
)

// samplesBody is what was measured of a leg, in columns: each list is as long as
// at.
type samplesBody struct {
	Every     int64                 `json:"everyMs" doc:"how far they are apart" example:"5000"`
	At        []float64             `json:"at" nullable:"false" doc:"Unix time, s: the end of each interval"`
	Said      map[string][]*float64 `json:"said" doc:"columns packets, loss, burst, gap, late, reordered, duplicated, healed, concealed, jitterMs, spreadMs, bufferMs, bitrate, level, swing, clipped, talking and mos; null: not known"`
	Heard     map[string][]*float64 `json:"heard" doc:"likewise"`
	RoundTrip []*float64            `json:"roundTripMs" nullable:"false"`
	Class     []int                 `json:"class" nullable:"false" doc:"0 unclassified, 1 good, 2 degraded, 3 poor"`
	Marks     [][]string            `json:"marks" nullable:"false" doc:"muted, held, missing, relayed, tcp, reconnecting, overloaded, unheard"`
	Band      string                `json:"band" enum:"nb,wb" doc:"of the scale of mos" example:"wb"`
	Estimate  bool                  `json:"estimate" doc:"the codec's constants are no standard's"`
}

// figures are what is known of one direction of a sample, by column.
var figures = []struct {
	name string
	of   func(s *quality.Stream) *float64
}{
	{"packets", func(s *quality.Stream) *float64 { return whole(s.Packets) }},
	{"loss", func(s *quality.Stream) *float64 { return rounded(s.Loss) }},
	{"burst", func(s *quality.Stream) *float64 { return known(s.Burst) }},
	{"gap", func(s *quality.Stream) *float64 { return rounded(float64(s.Gap)) }},
	{"late", func(s *quality.Stream) *float64 { return whole(s.Late) }},
	{"reordered", func(s *quality.Stream) *float64 { return whole(s.Reordered) }},
	{"duplicated", func(s *quality.Stream) *float64 { return whole(s.Duplicated) }},
	{"healed", func(s *quality.Stream) *float64 { return whole(s.Healed) }},
	{"concealed", func(s *quality.Stream) *float64 { return rounded(s.Concealed) }},
	{"jitterMs", func(s *quality.Stream) *float64 { return rounded(health.Milliseconds(s.Jitter)) }},
	{"spreadMs", func(s *quality.Stream) *float64 { return rounded(health.Milliseconds(s.Spread)) }},
	{"bufferMs", func(s *quality.Stream) *float64 { return knownTime(s.Buffer) }},
	{"bitrate", func(s *quality.Stream) *float64 { return known(float64(s.Bitrate)) }},
	{"level", func(s *quality.Stream) *float64 {
		if s.Level == quality.Unknown {
			return nil
		}
		return rounded(s.Level)
	}},
	{"swing", func(s *quality.Stream) *float64 { return known(s.Swing) }},
	{"clipped", func(s *quality.Stream) *float64 { return rounded(s.Clipped) }},
	{"talking", func(s *quality.Stream) *float64 { return rounded(s.Talking) }},
}

func whole(n uint64) *float64 { return rounded(float64(n)) }

// marks are their names.
var marks = []struct {
	mark quality.Marks
	name string
}{
	{quality.Muted, "muted"},
	{quality.Held, "held"},
	{quality.Missing, "missing"},
	{quality.Relayed, "relayed"},
	{quality.OverTCP, "tcp"},
	{quality.Reconnecting, "reconnecting"},
	{quality.Overloaded, "overloaded"},
	{quality.Unheard, "unheard"},
}

func marksOf(m quality.Marks) []string {
	names := []string{}
	for _, one := range marks {
		if m.Has(one.mark) {
			names = append(names, one.name)
		}
	}
	return names
}

// toSamples writes at most so many samples.
func toSamples(leg *quality.Leg, all []quality.Sample, points int) samplesBody {
	codec := quality.CodecOf(leg.Codec)
	kept, every := thinned(all, codec, points)
	b := samplesBody{
		Every: every.Milliseconds(), At: make([]float64, len(kept)), Said: map[string][]*float64{}, Heard: map[string][]*float64{},
		RoundTrip: make([]*float64, len(kept)), Class: make([]int, len(kept)), Marks: make([][]string, len(kept)),
		Band: health.Band(codec.Wideband), Estimate: codec.Estimate,
	}
	for _, f := range figures {
		b.Said[f.name], b.Heard[f.name] = make([]*float64, len(kept)), make([]*float64, len(kept))
	}
	b.Said["mos"], b.Heard["mos"] = make([]*float64, len(kept)), make([]*float64, len(kept))
	for i := range kept {
		s := &kept[i]
		score := s.Score(codec)
		b.At[i], b.RoundTrip[i] = float64(s.At.UnixMilli())/1000, knownTime(s.RoundTrip)
		b.Class[i], b.Marks[i] = int(score.Class), marksOf(s.Marks)
		fill(b.Said, i, &s.Said, score.Said, false)
		fill(b.Heard, i, &s.Heard, score.Heard, s.Marks.Has(quality.Missing))
	}
	return b
}

// fill writes one direction of one sample. Figures about no packets mean
// nothing, but for those of a microphone.
func fill(columns map[string][]*float64, i int, s *quality.Stream, mos float64, missing bool) {
	for _, f := range figures {
		switch f.name {
		case "level", "swing", "clipped", "talking":
			if s.Packets == 0 && s.Level == quality.Unknown {
				continue
			}
		default:
			if missing || s.Packets == 0 {
				continue
			}
		}
		columns[f.name][i] = f.of(s)
	}
	if !missing {
		columns["mos"][i] = known(mos)
	}
}

// thinned leaves the worst of each stretch of samples, so that there are no more
// than points, and tells how far apart they are.
func thinned(all []quality.Sample, codec quality.Codec, points int) ([]quality.Sample, time.Duration) {
	every := 5 * time.Second
	if len(all) > 1 {
		every = all[len(all)-1].At.Sub(all[0].At) / time.Duration(len(all)-1)
	}
	if len(all) <= points {
		return all, every
	}
	stretch := (len(all) + points - 1) / points
	kept := make([]quality.Sample, 0, points)
	for begin := 0; begin < len(all); begin += stretch {
		worst := begin
		for i := begin + 1; i < min(begin+stretch, len(all)); i++ {
			if worse(&all[i], &all[worst], codec) {
				worst = i
			}
		}
		kept = append(kept, all[worst])
	}
	return kept, every * time.Duration(stretch)
}

// worse tells whether the first sample fared worse.
func worse(a, b *quality.Sample, codec quality.Codec) bool {
	x, y := a.Score(codec).Class, b.Score(codec).Class
	if x != y {
		return x > y
	}
	return health.Badly(a) > health.Badly(b)
}

// exportSamples gives all samples of a leg, each direction's columns behind its
// name.
func (a *API) exportSamples(ctx context.Context, v auth.Visitor, in *ByID) (*huma.StreamResponse, error) {
	d, err := a.cfg.Health.Leg(ctx, v.Person, in.ID)
	if err != nil {
		return nil, err
	}
	b := toSamples(&d.Leg, d.Samples, len(d.Samples))
	return a.attachment(csvType, "samples.csv", func(w io.Writer) error { return b.write(w) }), nil
}

// exportMySamples gives one's own alone, also to admins.
func (a *API) exportMySamples(ctx context.Context, v auth.Visitor, in *ByID) (*huma.StreamResponse, error) {
	v.Person.Admin = false
	return a.exportSamples(ctx, v, in)
}

func (b *samplesBody) write(w io.Writer) error {
	out := csv.NewWriter(w)
	header := []string{"at", "class", "marks", "roundTripMs"}
	var columns [][]*float64
	for _, side := range []struct {
		name    string
		columns map[string][]*float64
	}{{"said", b.Said}, {"heard", b.Heard}} {
		for _, f := range figures {
			header = append(header, side.name+"."+f.name)
			columns = append(columns, side.columns[f.name])
		}
		header = append(header, side.name+".mos")
		columns = append(columns, side.columns["mos"])
	}
	if err := out.Write(header); err != nil {
		return err
	}
	for i := range b.At {
		row := []string{
			time.UnixMilli(int64(b.At[i] * 1000)).UTC().Format(time.RFC3339Nano), quality.Class(b.Class[i]).String(),
			strings.Join(b.Marks[i], " "), figure(b.RoundTrip[i]),
		}
		for _, c := range columns {
			row = append(row, figure(c[i]))
		}
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

func figure(f *float64) string {
	if f == nil {
		return ""
	}
	return strconv.FormatFloat(*f, 'f', -1, 64)
}
