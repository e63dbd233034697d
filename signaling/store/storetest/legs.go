package storetest

import (
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"partyline/metrics/quality"
	"partyline/signaling/store"
)

// Volume is how much of call quality Fill makes up.
type Volume struct {
	Legs       int
	Days       int       // in which they were
	SampleDays int       // of them, the last ones, with samples and events
	Until      time.Time // end of the last day
}

// Filled is what Fill has made up.
type Filled struct {
	Samples int
	Bytes   int // of packed samples
}

// fillBatch is how many legs are kept at once.
const fillBatch = 2000

// Fill stores legs of a company of 500 people with five offices and three
// carriers, at the hours at which people work. The same volume is always the
// same.
func Fill(t testing.TB, s *store.Store, v Volume) Filled {
	t.Helper()
	f := filling{volume: v, random: rand.New(rand.NewPCG(7, 11)), tracks: newTracks()}
	for f.legs < v.Legs {
		var b quality.Batch
		for len(b.Legs) < fillBatch && f.legs < v.Legs {
			f.meeting(&b)
		}
		if err := s.Keep(t.Context(), b); err != nil {
			t.Fatal(err)
		}
	}
	return f.Filled
}

// filling is where Fill is.
type filling struct {
	Filled
	volume   Volume
	random   *rand.Rand
	tracks   [][]quality.Sample
	legs     int
	meetings int
}

// began is when the leg with a number begins: they are spread evenly over the
// working hours, each day's over ten of them.
func (f *filling) began() time.Time {
	day := f.legs * f.volume.Days / f.volume.Legs
	within := float64(f.legs*f.volume.Days%f.volume.Legs) / float64(f.volume.Legs)
	begin := f.volume.Until.AddDate(0, 0, day-f.volume.Days)
	return begin.Add(8*time.Hour + time.Duration(within*float64(10*time.Hour))).Truncate(time.Millisecond)
}

// meeting adds one meeting of two to ten people.
func (f *filling) meeting(b *quality.Batch) {
	f.meetings++
	began := f.began()
	detailed := f.volume.Until.Sub(began) < time.Duration(f.volume.SampleDays)*24*time.Hour
	for range min(2+f.random.IntN(9), f.volume.Legs-f.legs) {
		l := f.leg(began)
		b.Legs = append(b.Legs, quality.Record{Leg: l, Summary: f.summary(&l)})
		if detailed {
			f.detail(b, &l)
		}
		if detailed || f.legs%10 == 0 {
			b.Joins = append(b.Joins, f.join(&l))
		}
		f.legs++
	}
}

func (f *filling) leg(began time.Time) quality.Leg {
	r := f.random
	person := r.IntN(500)
	l := quality.Leg{
		ID: fmt.Sprintf("0198a3c2-6c5e-7d8f-%04x-%012x", f.legs%7919, f.legs), Meeting: fmt.Sprintf("0198a3c2-6c5e-7d8f-8a0b-%012x", f.meetings%4000),
		Participant: uint32(f.legs), Kind: quality.Browser,
		Person: fmt.Sprintf("0198a3c2-6c5e-7d8f-9a0b-%012x", person), Name: fmt.Sprintf("Person %d", person),
		Codec: "opus", Wideband: true, Address: fmt.Sprintf("10.%d.%d.%d", r.IntN(5), person%250, 1+person/250),
		Site: []string{"Berlin", "Paris", "上海", "London", ""}[r.IntN(5)], Access: []quality.Access{quality.Wired, quality.WiFi, quality.WiFi, quality.VPN}[r.IntN(4)],
		Agent: fmt.Sprintf("%s %d", []string{"Chrome", "Firefox", "Edge"}[r.IntN(3)], 140+r.IntN(4)), System: []string{"Windows", "macOS", "Linux"}[r.IntN(3)],
		Device: fmt.Sprintf("Headset %d", person%60), Transport: "udp", Candidate: []string{"host", "srflx", "relay"}[r.IntN(3)],
		Began: began.Add(time.Duration(r.IntN(300)) * time.Second), Cause: "left", Dropped: r.IntN(70) == 0,
	}
	l.Room = l.Meeting
	if r.IntN(4) == 0 {
		l.Kind, l.Person, l.Name, l.Site, l.Access, l.Agent, l.System, l.Device, l.Candidate = quality.Phone, "", "", "", "", "", "", "", ""
		l.Number, l.CallID = fmt.Sprintf("+49%09d", r.IntN(30_000)*31), fmt.Sprintf("%016x@pbx", r.Uint64())
		l.Trunk, l.Country, l.Codec, l.Wideband = fmt.Sprint("carrier-", r.IntN(3)), []string{"DE", "CN", "FR", "US"}[r.IntN(4)], "PCMA", false
		l.Destination = l.Country + " mobile"
	}
	l.Ended = l.Began.Add(time.Duration(2+r.IntN(25)) * time.Minute)
	return l
}

// summary makes one leg of thirty poor, and two degraded.
func (f *filling) summary(l *quality.Leg) quality.Summary {
	r, length := f.random, l.Ended.Sub(l.Began)
	about := func(value float64) quality.Mean {
		value *= 0.5 + r.Float64()
		return quality.Mean{Value: value, Least: value / 3, Most: value * 4, Over: length}
	}
	s := quality.Summary{Samples: int(length / (5 * time.Second)), RoundTrip: about(0.05)}
	loss, bad := 0.003, length.Truncate(5*time.Second)/4
	switch r.IntN(30) {
	case 0:
		loss, s.Poor, s.PoorBecause = 0.14, bad, quality.Causes{Loss: bad, Concealed: bad / 2}
	case 1, 2:
		loss, s.Degraded, s.DegradedBecause = 0.05, bad, quality.Causes{Loss: bad}
	}
	if s.Poor+s.Degraded > 0 {
		s.Worst = quality.Worst{From: l.Began, To: l.Began.Add(bad), Class: quality.Degraded, Weight: bad}
	}
	s.Good = length - s.Poor - s.Degraded
	for _, c := range []*quality.Course{&s.Said, &s.Heard} {
		c.Packets = uint64(s.Samples * 250)
		c.Lost = uint64(float64(c.Packets) * loss)
		c.Jitter, c.Spread, c.Concealed, c.Buffer = about(0.008), about(0.02), about(loss/2), about(0.05)
		c.Bitrate, c.Level, c.Talking = about(32000), about(-26), about(0.2)
		if mos := about(3.9); l.Wideband {
			c.Wide = mos
		} else {
			c.Narrow = mos
		}
	}
	return s
}

// detail adds what happened on a leg, and its samples.
func (f *filling) detail(b *quality.Batch, l *quality.Leg) {
	for i, what := range []quality.What{quality.EventJoined, quality.EventMuted, quality.EventLeft} {
		b.Events = append(b.Events, quality.Happening{Leg: l.ID, Number: i + 1, Event: quality.Event{At: l.Began.Add(time.Duration(i) * time.Minute), What: what}})
	}
	if l.Kind == quality.Phone {
		b.Calls = append(b.Calls, quality.Call{Leg: l.ID, Signalling: quality.Signalling{PDD: time.Second, Status: 200, Q850: 16, Bye: quality.Them}, Ladder: ladder(l)})
	}
	left := int(l.Ended.Sub(l.Began) / (5 * time.Second))
	for at := l.Began; left > 0; {
		track := f.tracks[f.random.IntN(len(f.tracks))]
		track = track[:min(left, len(track))]
		for i := range track {
			at = at.Add(5 * time.Second)
			track[i].At = at
		}
		c := quality.NewChunk(l.ID, track)
		b.Chunks = append(b.Chunks, c)
		f.Samples, f.Bytes, left = f.Samples+len(track), f.Bytes+len(c.Packed), left-len(track)
	}
}

// join comes as far as to the first sound, but for one in a hundred.
func (f *filling) join(l *quality.Leg) quality.Join {
	j := quality.Join{Leg: l.ID, Kind: l.Kind, Began: l.Began}
	after := time.Duration(0)
	for _, stage := range []quality.Stage{
		quality.StageClick, quality.StageMicrophone, quality.StageSignalled, quality.StageICE, quality.StageDTLS, quality.StageSent,
		quality.StageReceived, quality.StageHeard,
	} {
		if f.random.IntN(800) == 0 {
			j.Leg, j.Failed, j.Cause = "", stage, []string{"denied", "timeout", "network"}[f.random.IntN(3)]
			break
		}
		j.Steps = append(j.Steps, quality.Step{Stage: stage, After: after})
		after += time.Duration(20+f.random.IntN(300)) * time.Millisecond
	}
	return j
}

// ladder is a short call's.
func ladder(l *quality.Leg) []quality.Message {
	var all []quality.Message
	for i, line := range []string{"INVITE", "100 Trying", "180 Ringing", "200 OK", "ACK", "BYE", "200 OK"} {
		all = append(all, quality.Message{
			At: l.Began.Add(time.Duration(i) * time.Second), Out: i%2 == 0, Line: line, Sort: line, CSeq: "1 INVITE", Peer: "192.0.2.1:5060/UDP",
			Headers: "Via: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK" + l.CallID + "\r\nFrom: <sip:+49•••@pbx>\r\nCall-ID: " + l.CallID,
		})
	}
	return all
}

// newTracks are two minutes each of how connections fare.
func newTracks() [][]quality.Sample {
	r := rand.New(rand.NewPCG(3, 5))
	tracks := make([][]quality.Sample, 256)
	for i := range tracks {
		bad := r.IntN(20) == 0
		for range 24 {
			stream := func() quality.Stream {
				d := quality.Stream{
					Packets: 248 + uint64(r.IntN(4)), Jitter: time.Duration(3000+r.IntN(4000)) * time.Microsecond, Spread: time.Duration(10+r.IntN(15)) * time.Millisecond,
					Buffer: time.Duration(40+r.IntN(8)) * time.Millisecond, Bitrate: 31_000 + r.IntN(2000), Level: -30 + 6*r.Float64(), Swing: 8 + 2*r.Float64(), Talking: r.Float64(),
				}
				if bad || r.IntN(6) == 0 {
					d.Loss, d.Burst, d.Gap = 0.004*float64(1+r.IntN(30)), 1+r.Float64(), 1+r.IntN(4)
					d.Concealed = d.Loss / 2
				}
				return d
			}
			tracks[i] = append(tracks[i], quality.Sample{Span: 5 * time.Second, Said: stream(), Heard: stream(), RoundTrip: time.Duration(35+r.IntN(10)) * time.Millisecond})
		}
	}
	return tracks
}
