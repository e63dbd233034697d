package wire

// Present is the picture of Now. The API serves it as well.
type Present struct {
	At             int64            `json:"at" doc:"Unix ms" example:"1790000000000"`
	Meetings       []PresentMeeting `json:"meetings" nullable:"false" doc:"the worst first, at most 100"`
	MeetingsAll    int              `json:"meetingsAll" doc:"that run" example:"12"`
	Legs           PresentLegs      `json:"legs"`
	Classes        PresentClasses   `json:"classes"`
	JoinsPerMinute int              `json:"joinsPerMinute" doc:"in the last minute"`
	CallsPerMinute int              `json:"callsPerMinute" doc:"likewise: calls begun"`
	FailedJoins    int              `json:"failedJoins" doc:"in the last quarter of an hour"`
	Worst          []PresentLeg     `json:"worst" nullable:"false" doc:"poor and degraded legs, the worst first, at most 100"`
	Trunks         []PresentTrunk   `json:"trunks" nullable:"false"`
	Spend          *PresentSpend    `json:"spend,omitempty" nullable:"false" doc:"absent: calls cost nothing here"`
	Reminders      *PresentDue      `json:"reminders,omitempty" nullable:"false" doc:"absent: nobody is reminded here"`
	Refused        int              `json:"refused" doc:"reports of browsers that made no sense, in the last minute"`
	Missing        bool             `json:"missing" doc:"figures could not be kept: pictures of this time have gaps"`
}

// PresentMeeting is a meeting that runs.
type PresentMeeting struct {
	Meeting string `json:"meeting" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	// Organiser and not the meeting's name: what it is about is not for all admins.
	Organiser string `json:"organiser,omitempty" doc:"who organises it" example:"Ann"`
	Since     int64  `json:"since" doc:"Unix ms" example:"1790000000000"`
	People    int    `json:"people" doc:"phones included"`
	Phones    int    `json:"phones"`
	Poor      int    `json:"poor"`
	Degraded  int    `json:"degraded"`
}

// PresentLegs is how many legs live.
type PresentLegs struct {
	Browser int `json:"browser"`
	Phone   int `json:"phone"`
}

// PresentClasses is how many of them fare how.
type PresentClasses struct {
	Good         int `json:"good"`
	Degraded     int `json:"degraded"`
	Poor         int `json:"poor"`
	Unclassified int `json:"unclassified"`
}

// PresentLeg is a leg that fares badly. Figures are those of the worse
// direction.
type PresentLeg struct {
	Leg         string   `json:"leg" doc:"its id" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Meeting     string   `json:"meeting" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Participant uint32   `json:"participant" example:"2"`
	Name        string   `json:"name" example:"Bob"`
	Via         Via      `json:"kind" enum:"browser,phone" example:"browser"`
	Number      string   `json:"number,omitempty" doc:"of a phone, masked" example:"•••567"`
	Class       Class    `json:"class" enum:"unclassified,good,degraded,poor" example:"poor"`
	Because     []string `json:"because" nullable:"false" doc:"loss, jitter, round-trip, concealed, mos"`
	Side        string   `json:"side,omitempty" enum:"said,heard" doc:"the worse direction" example:"said"`
	Since       int64    `json:"since" doc:"Unix ms, of the class" example:"1790000000000"`
	Loss        float64  `json:"loss,omitempty" doc:"0 to 1" example:"0.12"`
	Jitter      float64  `json:"jitterMs,omitempty" example:"35"`
	RoundTrip   float64  `json:"roundTripMs,omitempty" example:"80"`
	Concealed   float64  `json:"concealed,omitempty" doc:"0 to 1" example:"0.08"`
	MOS         float64  `json:"mos,omitempty" doc:"estimate" example:"3.1"`
	Band        string   `json:"band,omitempty" enum:"nb,wb" doc:"of the scale of mos" example:"wb"`
	Site        string   `json:"site,omitempty" example:"Shanghai"`
	Access      string   `json:"access,omitempty" example:"wifi"`
	Agent       string   `json:"agent,omitempty" example:"Chrome 143"`
	Codec       string   `json:"codec,omitempty" example:"opus"`
	Trunk       string   `json:"trunk,omitempty" example:"carrier-a"`
	Relayed     bool     `json:"relayed"`
	TCP         bool     `json:"tcp"`
	At          int64    `json:"at" doc:"Unix ms, of the figures" example:"1790000000000"`
}

// PresentTrunk is a trunk's light.
type PresentTrunk struct {
	Trunk string `json:"trunk" example:"carrier-a"`
	State string `json:"state" enum:"up,down,unknown" example:"up"`
	Calls int    `json:"calls" doc:"that go on"`
}

// PresentSpend is what calls cost.
type PresentSpend struct {
	Currency  string `json:"currency" doc:"ISO 4217" example:"CNY"`
	PerMinute int64  `json:"perMinute" doc:"millionths of its unit" example:"180000"`
}

// PresentDue is how reminders fare.
type PresentDue struct {
	Due  int `json:"due" doc:"in the next minutes"`
	Late int `json:"late" doc:"that should have been sent by now"`
}
