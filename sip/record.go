package sip

import (
	"math"
	"net/netip"
	"time"

	"partyline/metrics/quality"
	"partyline/sfu/audio"
	"partyline/sip/billing"
)

// Observer hears how calls fare, for metrics and records. Its methods must not
// block; they are called from many goroutines.
type Observer interface {
	// CallStarted tells of an INVITE that a trunk sent, or that one was sent to
	// it, with what is known by then. CallChanged follows when it is answered, when
	// it has come into a meeting or another room and when its sound comes otherwise than before,
	// and CallEnded for each, refused ones included.
	CallStarted(Record)
	CallChanged(Record)
	CallEnded(Record)
	// Digit tells that a key was pressed, not which: method is "rtp" for an event
	// (RFC 4733), "info" for SIP INFO and "tone" for one heard in the sound itself.
	Digit(method string)
	// Prompted tells how long a caller waited for the first sound after a key
	// or the answer.
	Prompted(latency time.Duration)
	// Measured gives how the call of a participant fared, every 5 s, and once
	// more when it ends.
	Measured(at quality.Key, sample quality.Sample)
	// Glanced gives how it was in the last second, or in the last few when that
	// says little: for warnings, beside what Measured gives.
	Glanced(at quality.Key, sample quality.Sample)
	// Attempted tells how an INVITE for a new call ended, for the ratios of RFC
	// 6076. A call that several trunks or targets were tried for has several.
	Attempted(Attempt)
	// Happened tells what befell a call that was answered, as it happens: hold, and
	// a change of codec or of where its sound comes from.
	Happened(Record, quality.Event)
	// Traced gives what is kept of a call's signalling and packets, once after each
	// CallEnded with the same Record: a few seconds later, when nothing more of the
	// call is on its way.
	Traced(Record, Trace)
}

// Record is one call as it will be kept.
type Record struct {
	Call      string // Call-ID
	Order     string // by which we placed the call (Order.Bill.Call); empty: it came in
	Trunk     string // empty where no trunk took the call
	From, To  Number
	Person    string // id of the colleague who calls, or is called; empty: not known
	Name      string // of that colleague
	Source    netip.AddrPort
	Media     netip.AddrPort // where the peer's sound comes from; zero before it does
	Agent     string         // what the peer's phone or exchange calls itself; may be empty
	Codec     audio.Codec    // zero where none was agreed on
	Language  string         // that the menu spoke
	Meeting   string         // id, empty for a call that found none
	Status    int            // SIP status that the INVITE was answered with
	Cause     string         // what ended the call: "hung-up", "out-of-tries", "media-timeout" …
	Departure Departure      // zero where the call never had a seat
	Place     quality.Key    // of its participant; zero where the call never had a seat
	Keys      int            // pressed, by whichever method
	Moves     int            // to another room and back
	Returned  bool           // to the meeting that an earlier call was in
	Objected  bool           // to being recorded

	Began    time.Time // INVITE
	Answered time.Time // 200; zero where it was refused
	Entered  time.Time // into the meeting; zero where it never was
	Ended    time.Time

	Waited         time.Duration // to be let in
	Holds          int           // by the peer
	Held           time.Duration // by the peer
	RecordingHeard time.Time     // when the notice of the recording had been heard; zero: never

	Quality    Quality
	Signalling quality.Signalling // complete when the call has ended
}

// Quality is how a call's sound travelled, over its whole length.
type Quality struct {
	Received, Sent uint64          // RTP packets
	Lost           int64           // of those we should have received
	Jitter         time.Duration   // of what we received, at the end
	RemoteLoss     float64         // share of our packets lost, as the peer last reported
	RemoteJitter   time.Duration   // as the peer last reported
	RoundTrip      time.Duration   // zero when unknown
	Strangers      uint64          // packets dropped for their source address
	Malformed      uint64          // packets dropped because they were no RTP of ours
	Summary        quality.Summary // of what was measured in the meeting
}

// Heard is how the call sounded, as records of calls keep it.
func (r *Record) Heard() billing.Quality {
	q := r.Quality
	lost := 0.0
	if all := float64(q.Lost) + float64(q.Received); q.Lost > 0 && all > 0 {
		lost = float64(q.Lost) / all
	}
	class, _ := q.Summary.Class()
	return billing.Quality{
		Codec: r.Codec.String(), LossIn: hundredths(lost), LossOut: hundredths(q.RemoteLoss),
		JitterIn: q.Jitter, JitterOut: q.RemoteJitter, RTT: q.RoundTrip,
		MOSIn: score(&q.Summary.Said), MOSOut: score(&q.Summary.Heard), Class: class.String(),
	}
}

// score is a direction's MOS in hundredths, on the scale of its codec.
func score(c *quality.Course) int {
	return int(math.Round(100 * max(c.Narrow.Value, c.Wide.Value)))
}

// hundredths is a share in hundredths of a percent.
func hundredths(share float64) int { return int(math.Round(share * 10000)) }

// silent is an Observer that nobody listens to.
type silent struct{}

func (silent) CallStarted(Record)                   {}
func (silent) CallChanged(Record)                   {}
func (silent) CallEnded(Record)                     {}
func (silent) Digit(string)                         {}
func (silent) Prompted(time.Duration)               {}
func (silent) Measured(quality.Key, quality.Sample) {}
func (silent) Glanced(quality.Key, quality.Sample)  {}
func (silent) Attempted(Attempt)                    {}
func (silent) Happened(Record, quality.Event)       {}
func (silent) Traced(Record, Trace)                 {}
