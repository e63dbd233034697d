package dialout

import (
	"context"
	"errors"
	"log/slog"
	"time"

	"partyline/sfu/audio"
	"partyline/signaling/wire"
)

// Dialer places calls, knows what they cost and whom they reach; cmd/partyline
// makes one of the telephone gateway and the rules about money. Its methods
// are called from any goroutine.
type Dialer interface {
	// Find tells whom somebody means, and by which numbers they are reached. It
	// returns ErrBadNumber or ErrNobody.
	Find(ctx context.Context, by Caller, who wire.Callee) (Callee, error)
	// Quote tells what an order would cost, within 100 ms. What speaks against
	// it is in the price; an error is a fault of ours, or ErrBadNumber.
	Quote(ctx context.Context, o Order) (wire.Price, error)
	// Dial places one call and returns when it is over, having told how it goes
	// on from the same goroutine or others, but not after it returned. When ctx
	// is done a call that rings is cancelled and one that was answered is ended;
	// context.Cause then is a *Because.
	Dial(ctx context.Context, o Order, tell func(Progress)) Outcome
	// Meter tells what an answered call has cost so far, by the order's id. It
	// returns at once.
	Meter(id string) (Meter, bool)
}

// Queue keeps the calls that wait for their turn. Those that it still has when
// the program starts were never placed. Its methods are called from any goroutine.
type Queue interface {
	// Keep is given an order for each of them, by which nothing is placed yet.
	Keep(ctx context.Context, waiting []Order) error
	// Drop passes over calls that are not kept.
	Drop(ctx context.Context, calls ...string) error
}

// What a Dialer may answer.
var (
	ErrBadNumber = errors.New("not a number that can be called")
	ErrNobody    = errors.New("no such person or contact, or no number of theirs is known")
	// ErrPayer is somebody's wish to have others pay.
	ErrPayer = errors.New("this payer is not for the caller to choose")
)

// Number is a telephone number as it was written or E.164. Logs show its last
// three characters.
type Number string

// String masks the number.
func (n Number) String() string {
	if len(n) <= 3 {
		return "•••"
	}
	return "•••" + string(n[len(n)-3:])
}

// LogValue masks the number.
func (n Number) LogValue() slog.Value { return slog.StringValue(n.String()) }

// Caller is who dials, and pays or has somebody pay.
type Caller struct {
	Person   string // id
	Name     string
	Language string
}

// Callee is somebody who can be called.
type Callee struct {
	Person   string // id of a colleague; empty for others
	Name     string
	Language string
	Numbers  []Number // E.164, the best first; at least one
	Known    bool     // a colleague, or a contact that the caller saved
}

// Order is one call to be placed: one attempt to reach one number.
type Order struct {
	ID          string // UUIDv7; the Directory is told it when the call enters the room
	Call        string // the same for all attempts to reach somebody
	Batch       string
	Attempt     int // from 1
	Kind        wire.DialKind
	By          Caller
	To          Callee
	Number      Number // the one of To.Numbers that is called
	Meeting     string // id
	MeetingName string
	Payer       *wire.Payer // nil: by rule
	Shown       Number      // of ours, that the phone shows; empty: the trunk's
	Self        bool        // the phone is the caller's own
	Back        bool        // they were in the meeting, and the network dropped them
	Parent      string      // of a callback: the order of the caller's own call
	MaxRate     int64       // per minute, that the caller agreed to; 0: any
	Ring, Limit time.Duration
	Reminder    *Reminder // of what the callee is reminded; nil: of nothing
}

// Reminder is what people are called for who are reminded of something: they
// are asked by a key what they will do. Without a meeting it seats nobody.
type Reminder struct {
	Occasion Occasion
	At       time.Time     // it begins or is due, in the callee's zone; zero: is not told
	Spoken   []audio.Frame // its title, or the news, in somebody's voice; nil: none
}

// Occasion is what kind of thing somebody is reminded of.
type Occasion string

// The occasions.
const (
	OfMeeting Occasion = "meeting"
	OfTodo    Occasion = "todo"
	OfNews    Occasion = "news"
)

// Progress is a step of a call.
type Progress struct {
	State   wire.CallState // trying, ringing, answered, confirmed or joined; empty: as before
	Early   bool           // whoever dialled hears what the network plays meanwhile
	At      time.Time
	Price   *wire.Price // once it is known by which trunk it goes
	Warning Warning     // the call is about to end
	Reply   wire.Reply  // to a reminder
}

// Warning is why a call is about to end, and when.
type Warning struct {
	About  string        // "money" or "duration"; empty: no warning
	Within time.Duration // 0: now
	Over   bool          // it does not end after all
}

// Outcome is how a call ended.
type Outcome struct {
	Cause    Cause
	Rule     string // with Refused
	Detail   map[string]string
	Status   int       // of SIP; 0: none
	Approval string    // with Refused: country that an admin has to say yes to before
	Answered time.Time // zero: not answered
	Ended    time.Time
	Spent    int64 // 10⁻⁶ of the currency
}

// Meter is what a call costs. All money is 10⁻⁶ of Config.Currency.
type Meter struct {
	Rate  int64 // per minute
	Since time.Time
	Spent int64
	Left  *int64        // nil: unlimited
	Lasts time.Duration // 0: unlimited
}

// Cause is why a call ended. Its text stands in messages to clients.
type Cause string

// The causes.
const (
	Busy         Cause = "busy"
	NoAnswer     Cause = "no-answer"
	Declined     Cause = "declined"
	WrongNumber  Cause = "wrong-number"
	Unreachable  Cause = "unreachable"
	Voicemail    Cause = "voicemail"
	Fax          Cause = "fax"
	Cancelled    Cause = "cancelled"
	NoMoney      Cause = "no-money"
	Refused      Cause = "refused" // by a rule
	TrunkDown    Cause = "trunk-down"
	NotJoined    Cause = "not-joined" // answered, and nobody pressed 1
	HungUp       Cause = "hung-up"    // by the one who was called
	Dropped      Cause = "dropped"    // the network failed
	MaxDuration  Cause = "max-duration"
	LastEmployee Cause = "last-employee" // nobody of the company was in the meeting any more
	NotApproved  Cause = "not-approved"  // an admin said no, or nobody said yes in time
	CallerAway   Cause = "caller-away"   // in a callback: the one who wanted it was not reached
	Removed      Cause = "removed"       // by a host
	MeetingEnded Cause = "meeting-ended"
	Replaced     Cause = "replaced" // the same person goes on in their browser
	ShuttingDown Cause = "shutting-down"
	Fault        Cause = "fault" // ours
)

// Because is why we end a call: the cause of the end of its context.
type Because struct{ Cause Cause }

// Error names the cause.
func (b *Because) Error() string { return "call ended: " + string(b.Cause) }

// Causes lists every cause.
func Causes() []Cause {
	return []Cause{
		Busy, NoAnswer, Declined, WrongNumber, Unreachable, Voicemail, Fax, Cancelled, NoMoney, Refused, TrunkDown, NotJoined,
		HungUp, Dropped, MaxDuration, LastEmployee, NotApproved, CallerAway, Removed, MeetingEnded, Replaced, ShuttingDown, Fault,
	}
}
