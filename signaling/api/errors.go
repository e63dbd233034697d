package api

import (
	"errors"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"partyline/signaling/auth"
	"partyline/signaling/company"
	"partyline/signaling/dialout"
	"partyline/signaling/health"
	"partyline/signaling/internal/guess"
	"partyline/signaling/internal/ical"
	"partyline/signaling/invite"
	"partyline/signaling/meeting"
	"partyline/signaling/notify"
	"partyline/signaling/reminder"
	"partyline/sip/billing"
)

// Code tells a program what went wrong. The list is closed: see Codes.
type Code string

// The codes.
const (
	BadRequest       Code = "bad-request"
	Invalid          Code = "invalid"
	TooLarge         Code = "too-large"
	TooSlow          Code = "too-slow"
	UnsupportedType  Code = "unsupported-type"
	NotFound         Code = "not-found"
	MethodNotAllowed Code = "method-not-allowed"
	CrossOrigin      Code = "cross-origin"
	SignedOut        Code = "signed-out"
	WrongPassword    Code = "wrong-password"
	WeakPassword     Code = "weak-password"
	TooManyTries     Code = "too-many-tries"
	WrongToken       Code = "token"
	Expired          Code = "expired"
	SetUpDone        Code = "set-up-done"
	NotAllowed       Code = "not-allowed"
	EmailTaken       Code = "email-taken"
	LastAdmin        Code = "last-admin"
	NoPerson         Code = "no-person"
	Invited          Code = "invited"
	TooMany          Code = "too-many"
	Ended            Code = "ended"
	StillRecording   Code = "still-recording"
	NoPhones         Code = "no-phones"
	BadNumber        Code = "bad-number"
	NoNumber         Code = "no-number"
	NoCalls          Code = "no-calls"
	KeyReused        Code = "key-reused"
	ShuttingDown     Code = "shutting-down"
	Busy             Code = "busy"
	BudgetTaken      Code = "budget-taken"
	BudgetBelow      Code = "budget-below-spent"
	ReadOnly         Code = "read-only"
	Confirm          Code = "confirm"
	DeckInUse        Code = "deck-in-use"
	OwnRequest       Code = "own-request"
	ContactTaken     Code = "contact-taken"
	Over             Code = "over"
	TooOften         Code = "too-often"
	Quota            Code = "quota"
	Urged            Code = "urged"
	Stale            Code = "stale"
	Storage          Code = "storage"
	Internal         Code = "internal"
)

// kinds says, for each code, with which status it comes and what a person is
// told, in English; phrases.go has it in Chinese.
var kinds = []struct {
	code   Code
	status int
	detail string
}{
	{BadRequest, http.StatusBadRequest, "The request was not understood."},
	{Invalid, http.StatusUnprocessableEntity, "Something in the request is not valid; see the fields."},
	{TooLarge, http.StatusRequestEntityTooLarge, "The request is too large."},
	{TooSlow, http.StatusRequestTimeout, "The request came in too slowly. Try again."},
	{UnsupportedType, http.StatusUnsupportedMediaType, "Requests are JSON: send Content-Type application/json."},
	{NotFound, http.StatusNotFound, "There is nothing here. Check the link or the number."},
	{MethodNotAllowed, http.StatusMethodNotAllowed, "This cannot be done here."},
	{CrossOrigin, http.StatusForbidden, "The request came from another website and was refused."},
	{SignedOut, http.StatusUnauthorized, "Please sign in."},
	{WrongPassword, http.StatusForbidden, "E-mail or password is wrong."},
	{WeakPassword, http.StatusUnprocessableEntity, "Choose a password of at least 10 characters that is neither your name nor your e-mail."},
	{TooManyTries, http.StatusTooManyRequests, "Too many wrong tries. Wait a little and try again."},
	{WrongToken, http.StatusNotFound, "This link is wrong or was used already. Ask for a new one."},
	{Expired, http.StatusGone, "This link is too old. Ask for a new one."},
	{SetUpDone, http.StatusConflict, "This installation is set up already. Please sign in."},
	{NotAllowed, http.StatusForbidden, "You are not allowed to do this."},
	{EmailTaken, http.StatusConflict, "This e-mail address belongs to another account."},
	{LastAdmin, http.StatusConflict, "Somebody has to be admin. Make another person admin first."},
	{NoPerson, http.StatusNotFound, "There is no such person, or the account is not active."},
	{Invited, http.StatusConflict, "This person is invited already."},
	{TooMany, http.StatusConflict, "There are too many of these already."},
	{Ended, http.StatusGone, "This meeting has ended."},
	{StillRecording, http.StatusConflict, "This is still being recorded. Stop the recording first."},
	{NoPhones, http.StatusNotFound, "No SIP phones can register here. The administrator can set that up."},
	{BadNumber, http.StatusUnprocessableEntity, "This is not a number that can be called."},
	{NoNumber, http.StatusNotFound, "No telephone number of this person is known."},
	{NoCalls, http.StatusNotFound, "Nobody can be called from here. The administrator can set up a trunk."},
	{KeyReused, http.StatusConflict, "This key was used for other calls. Give each wish a key of its own."},
	{ShuttingDown, http.StatusServiceUnavailable, "The server is stopping. Try again in a few seconds."},
	{Busy, http.StatusServiceUnavailable, "Many people are signing in at once. Try again in a few seconds."},
	{BudgetTaken, http.StatusConflict, "There is a budget for this payer and period already. Change that one."},
	{BudgetBelow, http.StatusConflict, "More than this limit is spent or held already. Agree to that if no more calls shall be paid from it."},
	{ReadOnly, http.StatusConflict, "This stands in the configuration file. Change it there."},
	{Confirm, http.StatusConflict, "A price rises a hundredfold, or something that was free gets a price. Look at it and confirm it."},
	{DeckInUse, http.StatusConflict, "This deck is or was in force and stays as it is. Upload a new one."},
	{OwnRequest, http.StatusConflict, "You asked for this yourself. Another admin has to agree."},
	{ContactTaken, http.StatusConflict, "You have saved this number already."},
	{Over, http.StatusGone, "This is over."},
	{TooOften, http.StatusConflict, "At most three times, five minutes apart."},
	{Quota, http.StatusConflict, "No override is left this month. Those that people found not urgent count twice."},
	{Urged, http.StatusConflict, "Quiet hours are overridden for this already."},
	{Stale, http.StatusConflict, "A newer answer is known already."},
	{Storage, http.StatusServiceUnavailable, "The storage does not work at the moment. The administrator finds the reason in the log."},
	{Internal, http.StatusInternalServerError, "Something went wrong on the server. Try again."},
}

// Codes lists every code.
func Codes() []Code {
	all := make([]Code, len(kinds))
	for i, k := range kinds {
		all[i] = k.code
	}
	return all
}

var (
	errNotFound = errors.New("not found")
	errNoPhones = errors.New("no phones register here")

	errContactTaken = errors.New("number is saved already")
	errTooLarge     = errors.New("file is too large")
)

// ErrNoLine is for [Lines] that no calls go out by.
var ErrNoLine = errors.New("no calls go out by this trunk")

// ErrBusy is for a [Live] that cannot make another ticket now.
var ErrBusy = errors.New("too many requests at once")

// table maps what the rules return to codes; the first match counts. What is
// not in it is our fault.
var table = []struct {
	err  error
	code Code
}{
	{auth.ErrInvalid, Invalid},
	{guess.ErrTooMany, TooManyTries},
	{auth.ErrNoSession, SignedOut},
	{auth.ErrWrongPassword, WrongPassword},
	{auth.ErrWeakPassword, WeakPassword},
	{auth.ErrWrongToken, WrongToken},
	{auth.ErrExpired, Expired},
	{auth.ErrSetUpDone, SetUpDone},
	{auth.ErrNotAllowed, NotAllowed},
	{auth.ErrEmailTaken, EmailTaken},
	{auth.ErrLastAdmin, LastAdmin},
	{auth.ErrNoPerson, NoPerson},
	{auth.ErrBusy, Busy},
	{meeting.ErrNotFound, NotFound},
	{meeting.ErrNoInvitee, NotFound},
	{meeting.ErrNotAllowed, NotAllowed},
	{meeting.ErrEnded, Ended},
	{meeting.ErrInvited, Invited},
	{meeting.ErrTooMany, TooMany},
	{meeting.ErrNoPerson, NoPerson},
	{meeting.ErrNoRecording, NotFound},
	{meeting.ErrRecordingBusy, StillRecording},
	{meeting.ErrNoOccurrence, NotFound},
	{meeting.ErrNoTodo, NotFound},
	{meeting.ErrStale, Stale},
	{auth.ErrNoExtension, NotFound},
	{auth.ErrNoNumber, TooMany},
	{auth.ErrNoSpokenName, NotFound},
	{billing.ErrNotShown, NotFound},
	{company.ErrBudgetTaken, BudgetTaken},
	{company.ErrBudgetBelow, BudgetBelow},
	{company.ErrNotFound, NotFound},
	{reminder.ErrNoSubject, NotFound},
	{reminder.ErrNotYours, NotAllowed},
	{reminder.ErrOver, Over},
	{reminder.ErrTooOften, TooOften},
	{reminder.ErrQuota, Quota},
	{reminder.ErrUrged, Urged},
	{notify.ErrSignature, WrongToken},
	{notify.ErrNoPress, BadRequest},
	{invite.ErrNoLink, WrongToken},
	{invite.ErrOldLink, Expired},
	{reminder.ErrBadLink, WrongToken},
	{reminder.ErrOldLink, Expired},
	{health.ErrNoLeg, NotFound},
	{health.ErrNoSession, NotFound},
	{errNotFound, NotFound},
	{errNoPhones, NoPhones},
	{company.ErrReadOnly, ReadOnly},
	{company.ErrConfirm, Confirm},
	{company.ErrDeckInUse, DeckInUse},
	{company.ErrCurrency, Invalid},
	{company.ErrOwnRequest, OwnRequest},
	{company.ErrTooMany, TooMany},
	{errContactTaken, ContactTaken},
	{ErrNoLine, NotFound},
	{errTooLarge, TooLarge},
	{ErrBusy, Busy},
	{dialout.ErrBadNumber, BadNumber},
	{dialout.ErrNobody, NoNumber},
	{dialout.ErrUnavailable, NoCalls},
	{dialout.ErrKeyReused, KeyReused},
	{dialout.ErrTooMany, TooMany},
	{dialout.ErrNotFound, NotFound},
	{dialout.ErrShuttingDown, ShuttingDown},
}

// Problem is an error as RFC 9457 has it.
type Problem struct {
	Status int            `json:"status" doc:"HTTP status" example:"422"`
	Title  string         `json:"title" doc:"HTTP status in words" example:"Unprocessable Entity"`
	Detail string         `json:"detail" doc:"a sentence that may be shown" example:"Please sign in."`
	Code   Code           `json:"code" doc:"what went wrong, from a closed list" example:"invalid"`
	Fields []FieldProblem `json:"fields,omitempty" nullable:"false" doc:"what is wrong with which field"`
	At     *time.Time     `json:"at,omitempty" nullable:"false" doc:"when the meeting ended, with code ended"`

	headers http.Header
}

// FieldProblem says what is wrong with one field.
type FieldProblem struct {
	Field   string `json:"field" doc:"name of the field, or where in the request" example:"email"`
	Message string `json:"message" doc:"a sentence that may be shown" example:"This is not an e-mail address."`
}

// Schema lists the codes in the OpenAPI description.
func (Code) Schema(huma.Registry) *huma.Schema {
	s := &huma.Schema{Type: huma.TypeString}
	for _, c := range Codes() {
		s.Enum = append(s.Enum, string(c))
	}
	return s
}

// Error gives code and sentence.
func (p *Problem) Error() string { return fmt.Sprintf("%s: %s", p.Code, p.Detail) }

// GetStatus is huma.StatusError.
func (p *Problem) GetStatus() int { return p.Status }

// GetHeaders is huma.HeadersError.
func (p *Problem) GetHeaders() http.Header { return p.headers }

// ContentType is huma.ContentTypeFilter.
func (*Problem) ContentType(string) string { return problemType }

const problemType = "application/problem+json"

func newProblem(code Code) *Problem {
	for _, k := range kinds {
		if k.code == code {
			return &Problem{Status: k.status, Title: http.StatusText(k.status), Detail: k.detail, Code: code}
		}
	}
	return newProblem(Internal)
}

func statusOf(code Code) int { return newProblem(code).Status }

// explain is the problem that an error of the rules is to the client, in the
// client's language.
func explain(err error, language string) *Problem {
	if errors.Is(err, dialout.ErrPayer) {
		err = invalid("payer", "Choose a payer that is yours: see those that a quote lists.")
	}
	var rule *ical.RuleError
	if errors.As(err, &rule) {
		err = invalid("rule", refusedRule(language, rule))
	}
	p := newProblem(codeOf(err))
	p.Detail = say(language, p.Detail)
	var invalid *auth.Invalid
	if errors.As(err, &invalid) {
		sentences := make([]string, len(invalid.Fields))
		for i, f := range invalid.Fields {
			f.Message = say(language, f.Message)
			p.Fields = append(p.Fields, FieldProblem(f))
			sentences[i] = f.Message
		}
		p.Detail = strings.Join(sentences, " ")
	}
	var below *company.BelowSpent
	if errors.As(err, &below) {
		p.Detail = belowSpent(language, below.Standing)
	}
	var over *meeting.Over
	if errors.As(err, &over) {
		at := over.At.UTC()
		p.At = &at
	}
	var locked *guess.Locked
	if errors.As(err, &locked) {
		seconds := int(math.Ceil(locked.Wait.Seconds()))
		p.headers = http.Header{"Retry-After": {strconv.Itoa(seconds)}}
	}
	return p
}

func codeOf(err error) Code {
	for _, row := range table {
		if errors.Is(err, row.err) {
			return row.code
		}
	}
	if unavailable(err) {
		return Storage
	}
	return Internal
}

// unavailable tells whether it is the storage's fault. The package store,
// which knows, marks its errors so.
func unavailable(err error) bool {
	var marked interface {
		error
		Unavailable() bool
	}
	return errors.As(err, &marked) && marked.Unavailable()
}

// invalid is an error about one field.
func invalid(field, message string) error {
	return &auth.Invalid{Fields: []auth.FieldError{{Field: field, Message: message}}}
}

// named turns the error about a name into one about the field that held it,
// and that about settings into one about the field that can be wrong.
func named(field string, err error) error {
	if errors.Is(err, meeting.ErrBadName) {
		return invalid(field, "A name has 1 to 80 printable characters.")
	}
	if errors.Is(err, meeting.ErrBadSettings) {
		return invalid("maxParticipants", "A meeting has room for 2 to 1,000 participants.")
	}
	if errors.Is(err, meeting.ErrBadSpan) {
		return invalid("to", "The end comes after the beginning, and not too long after it.")
	}
	return err
}

// translate turns the framework's errors, about requests that do not fit the
// description, into problems. It leaves out the offending values, since one of
// them may be a password.
func translate(m *huma.ErrorModel, language string) *Problem {
	code := Internal
	switch m.Status {
	case http.StatusBadRequest:
		code = BadRequest
	case http.StatusRequestTimeout:
		code = TooSlow
	case http.StatusRequestEntityTooLarge:
		code = TooLarge
	case http.StatusUnsupportedMediaType:
		code = UnsupportedType
	case http.StatusUnprocessableEntity:
		code = Invalid
	}
	p := newProblem(code)
	p.Detail = say(language, p.Detail)
	if code == Invalid {
		for _, e := range m.Errors {
			p.Fields = append(p.Fields, FieldProblem{e.Location, e.Message})
		}
	}
	return p
}
