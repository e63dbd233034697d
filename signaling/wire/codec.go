package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"unicode/utf8"
)

// fromClient makes an empty message for each type that a client may send.
var fromClient = map[string]func() Message{
	"hello":    func() Message { return new(Hello) },
	"join":     func() Message { return new(Join) },
	"leave":    func() Message { return new(Leave) },
	"offer":    func() Message { return new(Offer) },
	"drop-leg": func() Message { return new(DropLeg) },
	"act":      func() Message { return new(Act) },
	"stats":    func() Message { return new(Stats) },
	"joins":    func() Message { return new(Joins) },
	"rating":   func() Message { return new(Rating) },
	"watch":    func() Message { return new(Watch) },
	"pong":     func() Message { return new(Pong) },
}

// fromServer is the other direction. Sequenced messages are replayed to a
// session that resumes; the others are not.
var fromServer = map[string]struct {
	make      func() Message
	sequenced bool
}{
	"welcome":             {make: func() Message { return new(Welcome) }},
	"refused":             {make: func() Message { return new(Refused) }},
	"joined":              {make: func() Message { return new(Joined) }},
	"waiting":             {make: func() Message { return new(Waiting) }},
	"answer":              {make: func() Message { return new(Answer) }},
	"done":                {make: func() Message { return new(Done) }},
	"quote":               {make: func() Message { return new(Quoted) }},
	"dialling":            {make: func() Message { return new(Dialling) }},
	"phone-code":          {make: func() Message { return new(PhoneCode) }},
	"error":               {make: func() Message { return new(Error) }},
	"speakers":            {make: func() Message { return new(Speakers) }},
	"quality":             {make: func() Message { return new(Quality) }},
	"fare":                {make: func() Message { return new(Fare) }},
	"hint":                {make: func() Message { return new(Hint) }},
	"now":                 {make: func() Message { return new(Now) }},
	"ping":                {make: func() Message { return new(Ping) }},
	"shutting-down":       {make: func() Message { return new(ShuttingDown) }},
	"admitted":            {make: func() Message { return new(Admitted) }, sequenced: true},
	"refused-entry":       {make: func() Message { return new(RefusedEntry) }, sequenced: true},
	"participant-joined":  {make: func() Message { return new(ParticipantJoined) }, sequenced: true},
	"participant-changed": {make: func() Message { return new(ParticipantChanged) }, sequenced: true},
	"participant-left":    {make: func() Message { return new(ParticipantLeft) }, sequenced: true},
	"room-changed":        {make: func() Message { return new(RoomChanged) }, sequenced: true},
	"knock":               {make: func() Message { return new(Knock) }, sequenced: true},
	"knock-gone":          {make: func() Message { return new(KnockGone) }, sequenced: true},
	"unmute-asked":        {make: func() Message { return new(UnmuteAsked) }, sequenced: true},
	"muted-by-host":       {make: func() Message { return new(MutedByHost) }, sequenced: true},
	"removed":             {make: func() Message { return new(Removed) }, sequenced: true},
	"ended":               {make: func() Message { return new(Ended) }, sequenced: true},
	"still-waiting":       {make: func() Message { return new(StillWaiting) }, sequenced: true},
	"moved":               {make: func() Message { return new(MovedTo) }, sequenced: true},
	"handed-over":         {make: func() Message { return new(HandedOver) }, sequenced: true},
	"host-called":         {make: func() Message { return new(HostCalled) }, sequenced: true},
	"notice":              {make: func() Message { return new(Notice) }, sequenced: true},
	"recording":           {make: func() Message { return new(RecordingChanged) }, sequenced: true},
	"not-recorded":        {make: func() Message { return new(NotRecorded) }, sequenced: true},
	"objection":           {make: func() Message { return new(Objection) }, sequenced: true},
	"leg":                 {make: func() Message { return new(Leg) }, sequenced: true},
	"money":               {make: func() Message { return new(Money) }},
	"call":                {make: func() Message { return new(CallChanged) }, sequenced: true},
	"batch":               {make: func() Message { return new(BatchChanged) }, sequenced: true},
	"money-warning":       {make: func() Message { return new(MoneyWarning) }, sequenced: true},
	"receipt":             {make: func() Message { return new(Receipt) }, sequenced: true},
	"calls-ending":        {make: func() Message { return new(CallsEnding) }, sequenced: true},
	"approval":            {make: func() Message { return new(ApprovalChanged) }, sequenced: true},
	"budget-notice":       {make: func() Message { return new(BudgetNotice) }, sequenced: true},
	"reminder":            {make: func() Message { return new(Reminded) }, sequenced: true},
	"reminder-settled":    {make: func() Message { return new(ReminderSettled) }, sequenced: true},
}

// Kinds lists the types of the messages of both directions, sorted.
func Kinds() (client, server []string) {
	return slices.Sorted(maps.Keys(fromClient)), slices.Sorted(maps.Keys(fromServer))
}

// Sequenced reports whether messages of this type carry a sequence number.
func Sequenced(kind string) bool { return fromServer[kind].sequenced }

// ErrMalformed is wrapped by every error of Decode and DecodeServer.
var ErrMalformed = errors.New("malformed message")

// DecodeError is why a message was not understood.
type DecodeError struct {
	Re     uint32 // the request's number where it could be read, else 0
	Reason string // safe to send back: never repeats what came in
}

// Error returns the reason.
func (e *DecodeError) Error() string { return ErrMalformed.Error() + ": " + e.Reason }

// Unwrap makes the error an ErrMalformed.
func (*DecodeError) Unwrap() error { return ErrMalformed }

// Decode reads one message of a client. Fields that it does not know are
// ignored, so that a newer client can be served; types that it does not know,
// and impossible values, are a *DecodeError.
func Decode(data []byte) (Message, error) {
	if !utf8.Valid(data) {
		return nil, &DecodeError{Reason: "not UTF-8"}
	}
	var head struct {
		Type string          `json:"type"`
		ID   json.RawMessage `json:"id"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, &DecodeError{Reason: "not a JSON object with a type"}
	}
	// Whatever else is wrong with it, a request whose number can be read is
	// answered under that number.
	id := readID(head.ID)
	create, ok := fromClient[head.Type]
	if !ok {
		return nil, &DecodeError{Re: id, Reason: "unknown type"}
	}
	m := create()
	if err := json.Unmarshal(data, m); err != nil {
		return nil, &DecodeError{Re: id, Reason: "wrong field in " + head.Type}
	}
	if err := check(m); err != nil {
		return nil, &DecodeError{Re: id, Reason: err.Error() + " in " + head.Type}
	}
	return m, nil
}

// readID reads a request's number, or 0 where there is none.
func readID(raw json.RawMessage) uint32 {
	id, err := strconv.ParseUint(string(raw), 10, 32)
	if err != nil {
		return 0
	}
	return uint32(id)
}

// DecodeServer reads one message of a server, with its sequence number or 0.
// Tests and synthetic clients use it.
func DecodeServer(data []byte) (m Message, seq uint64, err error) {
	var head struct {
		Type string `json:"type"`
		Seq  uint64 `json:"seq"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, 0, fmt.Errorf("%w: %w", ErrMalformed, err)
	}
	entry, ok := fromServer[head.Type]
	if !ok {
		return nil, 0, fmt.Errorf("%w: unknown type %q", ErrMalformed, head.Type)
	}
	m = entry.make()
	if err := json.Unmarshal(data, m); err != nil {
		return nil, 0, fmt.Errorf("%w: %s: %w", ErrMalformed, head.Type, err)
	}
	if !entry.sequenced {
		head.Seq = 0
	}
	return m, head.Seq, nil
}

// Encode writes a message of either direction that has no sequence number.
func Encode(m Message) []byte { return Marshal(m).Frame(0) }

// Body is a message whose JSON is made once and sent to many, each with its
// own sequence number.
type Body struct {
	kind   string
	fields []byte // the message's own JSON object
}

// Marshal makes the message's JSON.
func Marshal(m Message) Body {
	fields, err := json.Marshal(m)
	if err != nil {
		// Messages are structs of strings and numbers: only a float that is
		// no number could come here, and Stats is never sent by a server.
		panic(fmt.Sprintf("wire: cannot encode %s: %v", m.Kind(), err))
	}
	return Body{kind: m.Kind(), fields: fields}
}

// Kind returns the type of the message.
func (b Body) Kind() string { return b.kind }

// Frame is the text frame: type first, then the sequence number unless it is
// 0, then the message's fields.
func (b Body) Frame(seq uint64) []byte {
	frame := make([]byte, 0, len(b.fields)+len(b.kind)+40)
	frame = append(frame, `{"type":"`...)
	frame = append(frame, b.kind...)
	frame = append(frame, '"')
	if seq != 0 {
		frame = append(frame, `,"seq":`...)
		frame = strconv.AppendUint(frame, seq, 10)
	}
	if rest := bytes.TrimPrefix(b.fields, []byte("{")); len(rest) > 1 {
		frame = append(frame, ',')
		return append(frame, rest...)
	}
	return append(frame, '}')
}
