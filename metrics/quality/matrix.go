package quality

import "time"

// What every leg adds besides its network, one way.
const (
	capturing = 30 * time.Millisecond // a browser fills a frame, encodes it and looks ahead
	playing   = 20 * time.Millisecond // a browser's sound card
	phoning   = 20 * time.Millisecond // a phone's frame, and its sound card
	mixing    = 20 * time.Millisecond // the room's tick
)

// Pair is what one participant hears of another, mouth to ear.
type Pair struct {
	Speaker, Listener string // ids of legs
	Delay             time.Duration
	Loss              float64 // share of packets, both ways together, before concealment
	Burst             float64 // burst ratio of the worse of the two ways
	Wideband          bool    // whether all of the way carries 7 kHz
	Codecs            []string
	MOS               float64 // estimate of the E-model; 0: too little is known
	Estimate          bool    // a codec without published constants is on the way
	Samples           int     // that it is made of
}

// Between composes what each listener hears of each speaker from their legs,
// over the samples in which both were there. Speakers who never said anything
// are left out. The order is that of the lanes.
func Between(lanes []Lane) []Pair {
	said, heard := make([]side, len(lanes)), make([]side, len(lanes))
	for i := range lanes {
		said[i], heard[i] = sidesOf(&lanes[i])
	}
	var pairs []Pair
	for i := range lanes {
		for j := range lanes {
			if i == j || said[i].n == 0 || heard[j].n == 0 || !meet(&lanes[i].Leg, &lanes[j].Leg) {
				continue
			}
			pairs = append(pairs, compose(&lanes[i].Leg, &lanes[j].Leg, said[i], heard[j]))
		}
	}
	return pairs
}

// meet tells whether two legs were in the same room at the same time.
func meet(a, b *Leg) bool {
	before := func(end, begin time.Time) bool { return !end.IsZero() && end.Before(begin) }
	return !before(a.Ended, b.Began) && !before(b.Ended, a.Began)
}

// side is the mean of one direction of a leg.
type side struct {
	n           int
	loss, burst float64
	way, buffer time.Duration // one way, and waiting in the jitter buffer
}

func sidesOf(lane *Lane) (said, heard side) {
	for i := range lane.Samples {
		s := &lane.Samples[i]
		if s.Said.Packets > 0 {
			said.add(&s.Said, s.RoundTrip/2)
		}
		if s.Heard.Packets > 0 && !s.Marks.Has(Missing) {
			heard.add(&s.Heard, s.RoundTrip/2)
		}
	}
	return said.mean(), heard.mean()
}

func (d *side) add(s *Stream, way time.Duration) {
	d.n++
	d.loss += s.Loss
	d.burst = max(d.burst, s.Burst)
	d.way += way
	d.buffer += s.Buffer
}

func (d side) mean() side {
	if d.n > 0 {
		d.loss /= float64(d.n)
		d.way /= time.Duration(d.n)
		d.buffer /= time.Duration(d.n)
	}
	d.burst = max(d.burst, 1)
	return d
}

// compose puts the two ways one behind the other. Losses on them are
// independent, so that what arrives is the product of what passes each.
func compose(speaker, listener *Leg, said, heard side) Pair {
	down := heard.loss
	if speaker.Kind == Browser && listener.Kind == Browser {
		down = beyond(heard.loss, said.loss) // what never reached us is in both reports
	}
	p := Pair{
		Speaker: speaker.ID, Listener: listener.ID,
		Loss:     1 - (1-said.loss)*(1-down),
		Burst:    max(said.burst, heard.burst),
		Delay:    ends(speaker, listener) + said.way + said.buffer + heard.way + heard.buffer,
		Wideband: speaker.Wideband && listener.Wideband,
		Codecs:   []string{speaker.Codec},
		Samples:  min(said.n, heard.n),
	}
	if listener.Codec != speaker.Codec {
		p.Codecs = append(p.Codecs, listener.Codec)
	}
	codec := chain(speaker, listener, p.Wideband)
	p.MOS, p.Estimate = codec.MOS(p.Loss, p.Burst, p.Delay), codec.Estimate
	return p
}

// chain is one codec that stands for those of both ways. Two browsers share one
// coding; else the room decodes and encodes anew, and impairments add up (ITU-T
// G.107 §7.5, note). What is wideband adds nothing on the narrowband scale.
func chain(speaker, listener *Leg, wideband bool) Codec {
	a, b := CodecOf(speaker.Codec), CodecOf(listener.Codec)
	c := Codec{
		Name: a.Name, Bpl: min(a.Bpl, b.Bpl), Wideband: wideband,
		Estimate: a.Estimate || b.Estimate, Source: "of both ways together",
	}
	codings := []Codec{a, b}
	if speaker.Kind == Browser && listener.Kind == Browser {
		codings = codings[:1]
	}
	for _, coding := range codings {
		if coding.Wideband == wideband {
			c.Ie += coding.Ie
		}
	}
	return c
}

// ends is what lies outside of the two networks.
func ends(speaker, listener *Leg) time.Duration {
	delay := time.Duration(0)
	if speaker.Kind == Browser {
		delay += capturing
	} else {
		delay += phoning
	}
	if listener.Kind == Browser {
		delay += playing
	} else {
		delay += phoning
	}
	if speaker.Kind == Phone || listener.Kind == Phone {
		delay += mixing
	}
	return delay
}
