package reminder

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"

	"partyline/signaling/notify"
)

// State is how far a reminder has come. The list is closed.
type State string

// The states. From Failed on nothing follows but an acknowledgement.
const (
	Pending      State = "pending"
	Claimed      State = "claimed" // by a node, for as long as its lease
	Sent         State = "sent"
	Delivered    State = "delivered" // the channel knows that it arrived
	Acknowledged State = "acknowledged"
	Failed       State = "failed"
	Expired      State = "expired"
	Suppressed   State = "suppressed"
)

// States lists every state.
func States() []State {
	return []State{Pending, Claimed, Sent, Delivered, Acknowledged, Failed, Expired, Suppressed}
}

// Reason is why a reminder is in its state. The list is closed.
type Reason string

// The reasons.
const (
	ByQuiet       Reason = "quiet"       // quiet hours: held until they end, or not sent
	ByRate        Reason = "rate"        // held because the bot has said enough
	ByChoice      Reason = "choice"      // the person wants none by this channel
	ByAnswer      Reason = "answered"    // the person has answered already
	ByGone        Reason = "gone"        // cancelled, or no longer invited
	ByMerging     Reason = "merged"      // said together with a later one
	ByNobody      Reason = "nobody"      // nobody is missing
	ByTime        Reason = "late"        // its time was past
	ByAddress     Reason = "address"     // there is no such address any more
	ByRefusal     Reason = "refused"     // the channel does not take it
	ByFault       Reason = "fault"       // the channel did not work
	ByAbort       Reason = "interrupted" // a call that the program did not see the end of
	ByNotAnswered Reason = "no-answer"   // the phone rang, or was busy
)

// Row is one reminder: of one subject, to one person, by one step and one
// channel.
type Row struct {
	ID       string // made of the four
	Subject  string
	Kind     Kind
	Meeting  string
	Who      string // key
	Person   string // empty without an account
	Step     Step
	Channel  notify.Channel
	Revision int64
	Start    time.Time // of the subject
	End      time.Time
	Due      time.Time // when it should come
	Try      time.Time // when it is taken next
	State    State
	Reason   Reason
	Attempt  int // how many times it was claimed
	SentAt   time.Time
	Provider string // the channel's name for it
	Fixed    bool   // its time was past when it became known: one that is there keeps its own
}

// rowID names a row by what it is unique by.
func rowID(subject, who string, step Step, channel notify.Channel) string {
	sum := sha256.Sum256([]byte(subject + "\x00" + who + "\x00" + string(step) + "\x00" + string(channel)))
	return hex.EncodeToString(sum[:16])
}

// Key is what the channel may know a repetition by: the same for the same
// reminder of the same date.
func (r Row) Key() string { return r.ID + "-" + strconv.FormatInt(r.Start.Unix(), 36) }

// Once tells whether the row must not be tried twice: nobody's phone rings
// twice for the same.
func (r Row) Once() bool { return r.Channel == notify.Phone }

// Outcome is what became of a claimed row.
type Outcome struct {
	ID       string
	State    State  // Pending: it is tried again at Try
	Reason   Reason // empty where there is nothing to say
	Try      time.Time
	At       time.Time // when it was sent
	Provider string
}
