package quality

import "strings"

// Codec is what the E-model has to know of a codec.
type Codec struct {
	Name     string
	Ie       float64 // equipment impairment factor; for a wideband codec that of G.107.1, Ie,WB
	Bpl      float64 // packet-loss robustness factor
	Wideband bool    // which of the two models it is for
	Estimate bool    // the constants are not those of a standard
	Source   string  // where they come from
}

// codecs are those that legs can have.
var codecs = []Codec{
	{
		Name: "PCMU", Ie: 0, Bpl: 25.1,
		Source: "ITU-T G.113 Appendix I: G.711 with the concealment of its Appendix I, random loss",
	},
	{
		Name: "PCMA", Ie: 0, Bpl: 25.1,
		Source: "ITU-T G.113 Appendix I: G.711 with the concealment of its Appendix I, random loss",
	},
	{
		Name: "G722", Ie: 13, Bpl: 4.9, Wideband: true, Estimate: true,
		Source: "Ie,WB: ITU-T G.113 Appendix IV, 64 kbit/s. Bpl depends on the decoder's concealment, and is our estimate",
	},
	{
		Name: "opus", Ie: 10, Bpl: 15, Wideband: true, Estimate: true,
		Source: "Opus has no standard constants. Our estimate for 24 kbit/s and more, next to what listening models gave at lower rates",
	},
}

// Codecs are those with constants, for whoever shows them beside a MOS.
func Codecs() []Codec { return append([]Codec(nil), codecs...) }

// CodecOf gives the constants of a codec by its name in SDP, in any case. Of
// one that is not known it is assumed that it is as good as G.711.
func CodecOf(name string) Codec {
	for _, c := range codecs {
		if strings.EqualFold(c.Name, name) {
			return c
		}
	}
	c := codecs[0]
	c.Name, c.Estimate, c.Source = name, true, "not known: as G.711"
	return c
}
