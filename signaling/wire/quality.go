package wire

// Stats is how one leg fared in the last few seconds, as the browser at its end
// measured it. It is not answered, and figures that cannot be are no fault of
// the message: whoever reads them leaves them out.
type Stats struct {
	Leg   string    `json:"leg"`
	At    int64     `json:"at"`   // end of the interval, Unix ms by the browser's clock, which may be wrong
	Span  int64     `json:"span"` // its length, ms
	Said  Direction `json:"said"`
	Heard Direction `json:"heard"`
	RTT   float64   `json:"rtt,omitempty"` // ms
	Muted bool      `json:"muted,omitempty"`
	Facts *Facts    `json:"facts,omitempty"` // at first, and when one of them has changed
}

// Direction is one direction of Stats: what was said is what came to us, by our
// own reports and by the microphone. Zero means none, or not known.
type Direction struct {
	Packets   int64    `json:"packets,omitempty"`   // that the figures are about, lost ones included
	Loss      float64  `json:"loss,omitempty"`      // share of packets, 0..1
	Gap       int64    `json:"gap,omitempty"`       // packets in the longest run of lost ones
	Late      int64    `json:"late,omitempty"`      // packets that came after their turn
	Healed    int64    `json:"healed,omitempty"`    // lost packets that RED or FEC gave back
	Concealed float64  `json:"concealed,omitempty"` // share of the sound, 0..1, without Silent
	Silent    float64  `json:"silent,omitempty"`    // share that was concealed by silence, 0..1: pauses, for the most part
	Events    int64    `json:"events,omitempty"`    // times that sound was concealed, in streams without Silent
	Run       float64  `json:"run,omitempty"`       // how long these were in the mean, ms
	Jitter    float64  `json:"jitter,omitempty"`    // ms
	Spread    float64  `json:"spread,omitempty"`    // 95th percentile of lateness, ms
	Buffer    float64  `json:"buffer,omitempty"`    // wait in the jitter buffer, ms
	Bitrate   int64    `json:"bitrate,omitempty"`   // bit/s
	Level     *float64 `json:"level,omitempty"`     // dBov, at most 0
	Swing     float64  `json:"swing,omitempty"`     // standard deviation of the level, dB
	Clipped   float64  `json:"clipped,omitempty"`   // share of the sound, 0..1
	Talking   float64  `json:"talking,omitempty"`   // share of the interval, 0..1
}

// Facts are what a browser knows of its end of a leg; what it does not is
// empty.
type Facts struct {
	Codec     string `json:"codec,omitempty"`
	Access    string `json:"access,omitempty"`    // "wired", "wifi", "cellular" or "vpn"
	Device    string `json:"device,omitempty"`    // label of the microphone
	Agent     string `json:"agent,omitempty"`     // browser and major version
	System    string `json:"system,omitempty"`    // operating system
	Transport string `json:"transport,omitempty"` // "udp", "tcp" or "tls"
	Candidate string `json:"candidate,omitempty"` // "host", "srflx", "prflx" or "relay"
}

// Joins tells how somebody came in, or did not: once for each time that they
// wanted to. It is not answered.
type Joins struct {
	Leg    string `json:"leg,omitempty"`    // that came about
	Ago    int64  `json:"ago"`              // ms since the join began
	Steps  []Step `json:"steps"`            // in the order in which they were reached
	Failed string `json:"failed,omitempty"` // stage that was not reached
	Cause  string `json:"cause,omitempty"`  // why, in one word
}

// Step is a stage of a join that was reached.
type Step struct {
	Stage string `json:"stage"`
	MS    int64  `json:"ms"` // since the join began
}

// Rating is what somebody thought of the meeting's sound. It is about the
// session's last seat; another one replaces it.
type Rating struct {
	ID      uint32   `json:"id"`
	Stars   int      `json:"stars"`             // 1 to 5
	Reasons []string `json:"reasons,omitempty"` // of RatingReasons
}

// RatingReasons are why a rating can be low.
func RatingReasons() []string {
	return []string{"dropped-call", "audio-latency", "one-way-audio", "choppy-audio", "noisy-call", "echo"}
}

// Watch asks for Now, or for no more of it. Only admins may.
type Watch struct {
	ID  uint32 `json:"id"`
	Now bool   `json:"now"`
}

// Fare tells the owner how one of its legs fares, as the server sees it.
type Fare struct {
	Leg       string   `json:"leg"`
	Class     Class    `json:"class"`
	Because   []string `json:"because"`             // "loss", "jitter", "round-trip", "concealed", "mos"
	Side      string   `json:"side,omitempty"`      // the worse direction: "said" or "heard"
	Loss      float64  `json:"loss,omitempty"`      // of that, 0..1
	Jitter    float64  `json:"jitter,omitempty"`    // ms
	RTT       float64  `json:"rtt,omitempty"`       // ms
	Concealed float64  `json:"concealed,omitempty"` // 0..1
	MOS       float64  `json:"mos,omitempty"`
	Band      string   `json:"band,omitempty"` // "nb" or "wb"
}

// Hint tells somebody what others may hear of their microphone.
type Hint struct {
	About HintAbout `json:"about"`
	With  uint32    `json:"with,omitempty"` // whose loudspeaker or microphone is in the same room
	Over  bool      `json:"over,omitempty"` // no longer
}

// HintAbout is what a hint is about.
type HintAbout string

// The hints.
const (
	HintDead  HintAbout = "dead-microphone"
	HintNoise HintAbout = "noise"
	HintEcho  HintAbout = "echo"
)

// Now is how everything fares at this moment, to admins who watch.
type Now struct {
	Now Present `json:"now"`
}

// Kind returns the message's type.
func (*Stats) Kind() string { return "stats" }

// Kind returns the message's type.
func (*Joins) Kind() string { return "joins" }

// Kind returns the message's type.
func (*Rating) Kind() string { return "rating" }

// Kind returns the message's type.
func (*Watch) Kind() string { return "watch" }

// Kind returns the message's type.
func (*Fare) Kind() string { return "fare" }

// Kind returns the message's type.
func (*Hint) Kind() string { return "hint" }

// Kind returns the message's type.
func (*Now) Kind() string { return "now" }

// RequestID returns the request's number.
func (m *Rating) RequestID() uint32 { return m.ID }

// RequestID returns the request's number.
func (m *Watch) RequestID() uint32 { return m.ID }
