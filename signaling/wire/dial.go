package wire

// DialKind is the way in which people are called.
type DialKind string

// The four ways.
const (
	DialMe       DialKind = "me"       // one's own phone, which goes on in one's place
	DialInto     DialKind = "into"     // others, into this meeting
	DialCallback DialKind = "callback" // one's own phone first; when it has joined, the others
	DialRingAll  DialKind = "ring-all" // others, with retries
)

// DialKinds lists every way.
func DialKinds() []DialKind { return []DialKind{DialMe, DialInto, DialCallback, DialRingAll} }

// Dial is whom an act calls, or asks the price of, and how.
type Dial struct {
	// Key is of the client's choice and new for each wish. Dialling with the
	// same key again answers with what is there already.
	Key  string   `json:"key,omitempty"`
	Kind DialKind `json:"kind"`
	To   []Callee `json:"to,omitempty" nullable:"false"` // whom to call; nobody for DialMe
	From *Callee  `json:"from,omitempty"`                // where one is called oneself, for DialMe and DialCallback; absent: the account's number
	// Payer is who pays; absent: who pays by rule.
	Payer      *Payer `json:"payer,omitempty"`
	Retries    int    `json:"retries,omitempty"`    // how often somebody who did not come is called again, 0..3
	RetryAfter int    `json:"retryAfter,omitempty"` // s between two tries, 15..90; 0: the server's
	Ring       int    `json:"ring,omitempty"`       // s that a phone rings; 0: the server's
	Limit      int    `json:"limit,omitempty"`      // s that a call may last; 0: the server's
	// MaxRate is the price per minute that was agreed to, in 10⁻⁶ of the
	// currency: a dearer call is refused; 0: any.
	MaxRate int64 `json:"maxRate,omitempty"`
	// Shown and ShownToMe are the company's numbers that those called, and in a
	// callback one's own phone, see; absent: the trunk's.
	Shown     string `json:"shown,omitempty"`
	ShownToMe string `json:"shownToMe,omitempty"`
}

// Callee is somebody to call: exactly one of Numbers, Person and Contact is
// set, or nothing in From.
type Callee struct {
	Numbers []string `json:"numbers,omitempty" nullable:"false"` // as people write them; the second is tried when the first fails
	Person  string   `json:"person,omitempty"`                   // id of a colleague
	Contact string   `json:"contact,omitempty"`                  // id of a saved contact
	Name    string   `json:"name,omitempty"`                     // of somebody who is known by number alone
}

// PayerKind is at which of the five levels a budget is.
type PayerKind string

// The levels.
const (
	PayerCompany    PayerKind = "company"
	PayerCostCentre PayerKind = "cost_centre"
	PayerDepartment PayerKind = "department"
	PayerPerson     PayerKind = "person"
	PayerMeeting    PayerKind = "meeting"
)

// Payer is whose budget a call is paid from.
type Payer struct {
	Kind PayerKind `json:"kind"`
	ID   string    `json:"id,omitempty"`   // nothing for the company
	Name string    `json:"name,omitempty"` // to be shown; not needed from clients
}

// Price is what a call would cost, or why it is not placed. All money is in
// 10⁻⁶ of the currency.
type Price struct {
	Name     string  `json:"name,omitempty"`
	Number   string  `json:"number"`            // masked
	Class    string  `json:"class,omitempty"`   // internal, domestic, mobile, international, premium …
	Country  string  `json:"country,omitempty"` // ISO 3166-1 alpha-2
	Rate     int64   `json:"rate"`              // per minute
	Connect  int64   `json:"connect,omitempty"` // for being answered at all
	Payer    Payer   `json:"payer"`
	Payers   []Payer `json:"payers,omitempty" nullable:"false"` // whom the caller may choose from
	Left     *int64  `json:"left,omitempty" nullable:"false"`   // of the payer's budgets, the least; absent: unlimited
	Lasts    int     `json:"lasts,omitempty"`                   // s that what is left lasts for this call; 0: unlimited
	Refusal  Refusal `json:"refusal,omitzero"`
	Approval bool    `json:"approval,omitempty"` // needs a second person's yes first
}

// Refusal is why a call was not placed, or did not come about.
type Refusal struct {
	Cause  string            `json:"cause,omitempty"`
	Rule   string            `json:"rule,omitempty"`   // with the cause "refused": which brake it was
	Detail map[string]string `json:"detail,omitempty"` // figures of the rule, such as "limit"
	Status int               `json:"status,omitempty"` // of SIP, for those who know
}

// CallState is how far a call is.
type CallState string

// The states. Retrying waits for the next try; Approval for an admin's yes.
const (
	CallQueued    CallState = "queued"
	CallApproval  CallState = "approval"
	CallTrying    CallState = "trying"
	CallRinging   CallState = "ringing"
	CallAnswered  CallState = "answered"  // somebody or something; asked to press 1
	CallConfirmed CallState = "confirmed" // 1 was pressed
	CallJoined    CallState = "joined"
	CallRetrying  CallState = "retrying"
	CallEnded     CallState = "ended"
)

// CallStates lists every state.
func CallStates() []CallState {
	return []CallState{
		CallQueued, CallApproval, CallTrying, CallRinging, CallAnswered, CallConfirmed, CallJoined, CallRetrying, CallEnded,
	}
}

// Call is somebody who is being called, as it stands: to whoever dialled and
// to hosts.
type Call struct {
	Call    string    `json:"call"`
	Batch   string    `json:"batch"`
	Meeting string    `json:"meeting"`
	By      string    `json:"by"`     // id of the person who dialled
	ByName  string    `json:"byName"` //
	Name    string    `json:"name"`
	Person  string    `json:"person,omitempty"` // id of the colleague who is called
	Number  string    `json:"number"`           // masked
	State   CallState `json:"state"`
	Since   int64     `json:"since"`             // Unix time in ms at which the state began
	Early   bool      `json:"early,omitempty"`   // ringing, and whoever dialled hears what the network plays
	Attempt int       `json:"attempt"`           // from 1; 0 while queued
	Of      int       `json:"of"`                // most attempts
	RetryAt int64     `json:"retryAt,omitempty"` // Unix time in ms
	// Refusal tells why it ended, or why the last attempt did.
	Refusal
	Approval    string `json:"approval,omitempty"`    // country that an admin has to say yes to, in the state approval
	Participant uint32 `json:"participant,omitempty"` // in the roster, once joined
	Reply       Reply  `json:"reply,omitempty"`       // to a reminder, by a key
	Class       string `json:"class,omitempty"`
	Country     string `json:"country,omitempty"`
	Rate        int64  `json:"rate,omitempty"` // 10⁻⁶ of the currency per minute
	Payer       *Payer `json:"payer,omitempty"`
	AnsweredAt  int64  `json:"answeredAt,omitempty"` // Unix time in ms
	EndedAt     int64  `json:"endedAt,omitempty"`    // Unix time in ms
	Spent       int64  `json:"spent,omitempty"`      // 10⁻⁶ of the currency, of all attempts so far
}

// Reply is what somebody who was called answered to a reminder. Whoever joined
// has the state confirmed instead.
type Reply string

// The replies.
const (
	ReplyAgain  Reply = "again"  // in five minutes
	ReplyLate   Reply = "late"   // will be
	ReplyCannot Reply = "cannot" // come
	ReplyHeard  Reply = "heard"  // a to-do, or news
)

// Batch sums up what becomes of the calls that were asked for at once.
type Batch struct {
	Batch   string         `json:"batch"`
	Kind    DialKind       `json:"kind"`
	Meeting string         `json:"meeting"`
	By      string         `json:"by"`
	ByName  string         `json:"byName"`
	Total   int            `json:"total"`
	States  map[string]int `json:"states"` // how many calls are in each state
	Causes  map[string]int `json:"causes"` // how many have ended, and of those that wait for another try how many failed, by cause
	RetryAt int64          `json:"retryAt,omitempty"`
	BeganAt int64          `json:"beganAt"`
	EndedAt int64          `json:"endedAt,omitempty"` // when the last call ended; absent while one goes on
	Spent   int64          `json:"spent"`             // 10⁻⁶ of the currency
}

// Quoted answers Quote.
type Quoted struct {
	Re       uint32  `json:"re"`
	Currency string  `json:"currency"` // ISO 4217
	Prices   []Price `json:"prices"`   // in the order of Dial.To, that of From first
	Rate     int64   `json:"rate"`     // of all that can be called together, per minute
}

// Dialling answers DialOut: the calls are under way.
type Dialling struct {
	Re    uint32 `json:"re"`
	Batch Batch  `json:"batch"`
	Calls []Call `json:"calls"`
}

// CallChanged carries a call as it is now, whole: to whoever dialled and to
// the hosts of the meeting.
type CallChanged struct {
	Call Call `json:"call"`
}

// BatchChanged carries a batch as it is now, whole, at most four times a
// second: to whoever dialled.
type BatchChanged struct {
	Batch Batch `json:"batch"`
}

// MoneyLeg is what one call costs just now.
type MoneyLeg struct {
	Call  string `json:"call"`
	Rate  int64  `json:"rate"`            // per minute
	Since int64  `json:"since"`           // Unix time in ms at which it was answered
	Spent int64  `json:"spent"`           // so far
	Left  *int64 `json:"left,omitempty"`  // absent: unlimited
	Lasts int    `json:"lasts,omitempty"` // s that it lasts; 0: unlimited
}

// Money is the burn meter, every 5 s and when a call begins or ends to cost:
// of all company-paid calls to hosts, of one's own to whoever dialled.
type Money struct {
	Meeting  string     `json:"meeting"`
	Currency string     `json:"currency"`
	At       int64      `json:"at"` // Unix time in ms
	Rate     int64      `json:"rate"`
	Spent    int64      `json:"spent"` // by the calls of this meeting so far, ended ones included
	Legs     []MoneyLeg `json:"legs"`
}

// MoneyWarning tells hosts and whoever dialled that a call is about to end, or
// that it did.
type MoneyWarning struct {
	Call    string `json:"call"`
	Meeting string `json:"meeting"`
	Name    string `json:"name"`
	About   string `json:"about"`           // "money": the budget; "duration": the longest that a call may last
	Seconds int    `json:"seconds"`         // that remain; 0: the call ends now, unless Over
	Over    bool   `json:"over,omitempty"`  // what was told before is so no longer: the call goes on
	Payer   *Payer `json:"payer,omitempty"` // whose money it is
}

// Receipt tells whoever dialled, as they leave, what their calls cost so far.
type Receipt struct {
	Currency string        `json:"currency"`
	Meeting  string        `json:"meeting"`
	Seconds  int           `json:"seconds"` // of all calls together
	Spent    int64         `json:"spent"`
	Running  int           `json:"running"` // calls that go on and cost more
	Calls    []ReceiptLine `json:"calls"`
}

// ReceiptLine is one call of a receipt.
type ReceiptLine struct {
	Call    string `json:"call"`
	Name    string `json:"name"`
	Number  string `json:"number"`
	Seconds int    `json:"seconds"` // from the answer on; 0: not answered
	Spent   int64  `json:"spent"`
	Cause   string `json:"cause,omitempty"` // why it ended; absent while it goes on
}

// CallsEnding tells everybody that nobody of the company is there any more, so
// that the calls it pays for end at the given time; without a time, that
// somebody came back.
type CallsEnding struct {
	EndsAt int64 `json:"endsAt,omitempty"` // Unix time in ms
}

// Approval is a call that waits for a second person's yes, as it stands: to
// admins. GET /api/v1/approvals has it too.
type Approval struct {
	ID        string  `json:"id"`
	Country   string  `json:"country"` // ISO 3166-1 alpha-2, never called before
	State     string  `json:"state"`   // pending, approved or denied
	AskedBy   Person  `json:"askedBy"`
	Number    string  `json:"number"`            // masked
	AskedAt   int64   `json:"askedAt"`           // Unix time in ms
	Meeting   string  `json:"meeting,omitempty"` // id, into which somebody is to be called
	DecidedBy *Person `json:"decidedBy,omitempty"`
}

// Person is somebody with an account.
type Person struct {
	ID   string `json:"id"`
	Name string `json:"name"`
}

// ApprovalChanged tells admins of a call that waits for one of them.
type ApprovalChanged struct {
	Approval Approval `json:"approval"`
}

// BudgetNotice tells that a budget has reached 80 or 100 %: to admins and to
// whoever spends it.
type BudgetNotice struct {
	Budget  string `json:"budget"`
	Payer   Payer  `json:"payer"`
	Period  string `json:"period"` // day, month or once
	Percent int    `json:"percent"`
	Limit   int64  `json:"limit"`
	Spent   int64  `json:"spent"`
}

// Kind returns the message's type.
func (*Quoted) Kind() string { return "quote" }

// Kind returns the message's type.
func (*Dialling) Kind() string { return "dialling" }

// Kind returns the message's type.
func (*CallChanged) Kind() string { return "call" }

// Kind returns the message's type.
func (*BatchChanged) Kind() string { return "batch" }

// Kind returns the message's type.
func (*Money) Kind() string { return "money" }

// Kind returns the message's type.
func (*MoneyWarning) Kind() string { return "money-warning" }

// Kind returns the message's type.
func (*Receipt) Kind() string { return "receipt" }

// Kind returns the message's type.
func (*CallsEnding) Kind() string { return "calls-ending" }

// Kind returns the message's type.
func (*ApprovalChanged) Kind() string { return "approval" }

// Kind returns the message's type.
func (*BudgetNotice) Kind() string { return "budget-notice" }
