package api

import (
	"math"
	"time"

	"partyline/metrics/quality"
	"partyline/signaling/health"
)

// legBody is one connection of a participant.
type legBody struct {
	ID          string `json:"id" doc:"that of the record of the call, too" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Meeting     string `json:"meeting" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	MeetingName string `json:"meetingName,omitempty" doc:"of a meeting that the viewer is invited to" example:"Weekly"`
	Room        string `json:"room" doc:"that of a break-out room differs from the meeting's" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Participant uint32 `json:"participant" example:"2"`
	Kind        string `json:"kind" enum:"browser,phone" example:"browser"`
	Person      string `json:"person,omitempty" doc:"who has an account" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Name        string `json:"name" example:"Bob"`
	Number      string `json:"number,omitempty" doc:"of a phone: its last digits, but for one's own" example:"•••567"`
	Outbound    bool   `json:"outbound" doc:"we called"`
	Trunk       string `json:"trunk,omitempty" example:"carrier-a"`
	Country     string `json:"country,omitempty" doc:"ISO 3166" example:"CN"`
	Destination string `json:"destination,omitempty" doc:"as the deck calls it" example:"China mobile"`
	Codec       string `json:"codec,omitempty" example:"opus"`
	Wideband    bool   `json:"wideband"`
	Site        string `json:"site,omitempty" doc:"of the company's subnets" example:"Shanghai"`
	Access      string `json:"access,omitempty" example:"wifi"`
	Agent       string `json:"agent,omitempty" doc:"browser or phone" example:"Chrome 143"`
	System      string `json:"system,omitempty" example:"Windows 11"`
	Device      string `json:"device,omitempty" doc:"microphone" example:"Headset"`
	Transport   string `json:"transport,omitempty" example:"udp"`
	Candidate   string `json:"candidate,omitempty" example:"srflx"`

	Began   time.Time  `json:"began"`
	Ended   *time.Time `json:"ended,omitempty" nullable:"false" doc:"absent: it lives"`
	Seconds int64      `json:"seconds" example:"1800"`
	Cause   string     `json:"cause,omitempty" doc:"what ended it" example:"hung-up"`
	Dropped bool       `json:"dropped" doc:"it ended against everybody's will"`

	Class     string     `json:"class" enum:"unclassified,good,degraded,poor" example:"poor"`
	Because   []string   `json:"because" nullable:"false" doc:"loss, concealed, jitter, round-trip, mos"`
	Said      courseBody `json:"said" doc:"from the participant to us"`
	Heard     courseBody `json:"heard" doc:"from us to the participant"`
	RoundTrip *float64   `json:"roundTripMs,omitempty" nullable:"false" doc:"mean" example:"42"`
	Worst     *worstBody `json:"worst,omitempty" nullable:"false" doc:"the worst time of it"`
	Rating    int        `json:"rating,omitempty" doc:"stars that the participant gave" example:"4"`
	Missing   bool       `json:"missing" doc:"some of its samples could not be kept"`
}

// courseBody is how one direction fared in the mean. What nobody knows is
// absent.
type courseBody struct {
	Loss      *float64 `json:"loss,omitempty" nullable:"false" doc:"share, 0 to 1" example:"0.012"`
	Burst     *float64 `json:"burst,omitempty" nullable:"false" doc:"burst ratio of ITU-T G.107" example:"1.4"`
	Jitter    *float64 `json:"jitterMs,omitempty" nullable:"false" example:"5.5"`
	Spread    *float64 `json:"spreadMs,omitempty" nullable:"false" doc:"95th percentile of lateness" example:"18"`
	Concealed *float64 `json:"concealed,omitempty" nullable:"false" doc:"share of the sound, 0 to 1" example:"0.004"`
	Buffer    *float64 `json:"bufferMs,omitempty" nullable:"false" example:"60"`
	MOS       *float64 `json:"mos,omitempty" nullable:"false" doc:"of the E-model, on the scale of band" example:"4.1"`
	Band      string   `json:"band,omitempty" enum:"nb,wb" example:"wb"`
	Estimate  bool     `json:"estimate" doc:"the codec's constants are no standard's"`
	Level     *float64 `json:"level,omitempty" nullable:"false" doc:"dBov" example:"-31"`
	Talking   *float64 `json:"talking,omitempty" nullable:"false" doc:"share of the time, 0 to 1" example:"0.4"`
}

type worstBody struct {
	From  time.Time `json:"from"`
	To    time.Time `json:"to"`
	Class string    `json:"class" enum:"degraded,poor" example:"poor"`
}

// toLeg writes a leg for whoever may see it.
func (n *namesBook) leg(r *health.Row) legBody {
	l, s := &r.Leg, &r.Summary
	estimate := quality.CodecOf(l.Codec).Estimate
	end := l.Ended
	if end.IsZero() {
		end = time.Now()
	}
	class, because := s.Class()
	b := legBody{
		ID: l.ID, Meeting: l.Meeting, MeetingName: n.meeting(l.Meeting), Room: l.Room, Participant: l.Participant, Kind: string(l.Kind),
		Person: l.Person, Name: l.Name, Number: l.Number, Outbound: l.Outbound, Trunk: l.Trunk, Country: l.Country, Destination: l.Destination,
		Codec: l.Codec, Wideband: l.Wideband, Site: l.Site, Access: string(l.Access), Agent: l.Agent, System: l.System, Device: l.Device,
		Transport: l.Transport, Candidate: l.Candidate, Began: l.Began, Ended: orAbsent(l.Ended),
		Seconds: max(0, int64(end.Sub(l.Began)/time.Second)), Cause: l.Cause, Dropped: l.Dropped,
		Class: class.String(), Because: health.Reasons(because), Said: toCourse(&s.Said, estimate), Heard: toCourse(&s.Heard, estimate),
		RoundTrip: inMilliseconds(s.RoundTrip), Rating: r.Stars, Missing: s.Missing > 0,
	}
	if !s.Worst.From.IsZero() {
		b.Worst = &worstBody{s.Worst.From, s.Worst.To, s.Worst.Class.String()}
	}
	return b
}

func toCourse(c *quality.Course, estimate bool) courseBody {
	b := courseBody{
		Burst: mean(c.Burst), Jitter: inMilliseconds(c.Jitter), Spread: inMilliseconds(c.Spread), Concealed: mean(c.Concealed),
		Buffer: inMilliseconds(c.Buffer), Estimate: estimate, Level: mean(c.Level), Talking: mean(c.Talking),
	}
	if c.Packets > 0 {
		b.Loss = rounded(float64(c.Lost) / float64(c.Packets))
	}
	b.MOS, b.Band = mean(c.Narrow), "nb"
	if b.MOS == nil {
		b.MOS, b.Band = mean(c.Wide), "wb"
	}
	if b.MOS == nil {
		b.Band = ""
	}
	return b
}

// rounded is a figure as pages show it.
func rounded(f float64) *float64 {
	const digits = 10_000
	f = math.Round(f*digits) / digits
	return &f
}

// mean is a mean, nil where there is none.
func mean(m quality.Mean) *float64 {
	if m.Over == 0 {
		return nil
	}
	return rounded(m.Value)
}

// inMilliseconds is a mean of seconds in ms.
func inMilliseconds(m quality.Mean) *float64 {
	if m.Over == 0 {
		return nil
	}
	return rounded(math.Round(m.Value*10_000) / 10)
}

// known is a figure, nil where it is zero for not being known.
func known(f float64) *float64 {
	if f == 0 {
		return nil
	}
	return rounded(f)
}

// knownTime is a time in ms, nil where it is zero for not being known.
func knownTime(d time.Duration) *float64 { return known(health.Milliseconds(d)) }

// countBody is what some legs came to.
type countBody struct {
	Legs         int      `json:"legs" example:"120"`
	Good         int      `json:"good" example:"100"`
	Degraded     int      `json:"degraded" example:"10"`
	Poor         int      `json:"poor" doc:"as Microsoft Teams counts; its share is of those that are not unclassified" example:"4"`
	Unclassified int      `json:"unclassified" doc:"too short, or muted" example:"6"`
	Dropped      int      `json:"dropped" example:"1"`
	Ratings      int      `json:"ratings" example:"12"`
	Stars        *float64 `json:"stars,omitempty" nullable:"false" doc:"mean" example:"4.2"`
	MOSNarrow    *float64 `json:"mosNb,omitempty" nullable:"false" doc:"mean of the worse direction, on the narrowband scale" example:"3.9"`
	MOSWide      *float64 `json:"mosWb,omitempty" nullable:"false" doc:"on the wideband scale" example:"4.1"`
	Loss         *float64 `json:"loss,omitempty" nullable:"false" doc:"share, 0 to 1" example:"0.006"`
	Jitter       *float64 `json:"jitterMs,omitempty" nullable:"false" example:"5"`
	RoundTrip    *float64 `json:"roundTripMs,omitempty" nullable:"false" example:"40"`
}

func toCount(c *health.Count) countBody {
	b := countBody{
		Legs: c.Legs, Good: c.Good, Degraded: c.Degraded, Poor: c.Poor, Unclassified: c.Unclassified, Dropped: c.Dropped, Ratings: c.Ratings,
		Stars: known(c.Stars), MOSNarrow: known(c.MOSNarrow), MOSWide: known(c.MOSWide),
		Jitter: knownTime(c.Jitter), RoundTrip: knownTime(c.RoundTrip),
	}
	if c.Good+c.Degraded+c.Poor > 0 {
		b.Loss = rounded(c.Loss)
	}
	return b
}

type eventBody struct {
	At   time.Time `json:"at"`
	What string    `json:"what" doc:"joined, left, muted, unmuted, held, resumed, broken, reconnected, handed-over, moved, codec, device, recording, source" example:"muted"`
	Note string    `json:"note,omitempty" example:"by a host"`
}

func toEvents(all []quality.Event) []eventBody {
	bodies := make([]eventBody, len(all))
	for i, e := range all {
		bodies[i] = eventBody{e.At, string(e.What), e.Note}
	}
	return bodies
}
