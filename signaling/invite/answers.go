package invite

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/google/uuid"

	"partyline/signaling/internal/guess"
	"partyline/signaling/internal/ical"
	"partyline/signaling/meeting"
	"partyline/signaling/seal"
)

// What following a link of a letter may end with, beside a [guess.Locked].
var (
	ErrNoLink  = errors.New("no such link of an invitation")
	ErrOldLink = errors.New("the invitation is over, cancelled or taken back")
)

// AnswerPath is where the page is that answers by a link.
const AnswerPath = "/rsvp/"

// Links signs what lets an invitee answer without signing in: each letter has its
// own, which says whose invitation and what dates it is about. It may be used from
// any goroutine.
type Links struct{ key []byte }

// NewLinks makes links.
func NewLinks(k seal.Key) (*Links, error) {
	key, err := k.Derive(nil, "partyline answers by link", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("derive the key of links in letters: %w", err)
	}
	return &Links{key}, nil
}

// passage is what a link lets somebody answer to.
type passage struct {
	invitee    uuid.UUID
	series     [seriesSum]byte
	recurrence ical.Wall // zero: the whole series
}

const (
	seriesSum = 8 // octets that tell the series of one meeting apart
	linkTag   = 12
	linkHead  = len(uuid.UUID{}) + seriesSum
	// maxLink is longer than any token of ours.
	maxLink = 100
)

func sumOf(uid string) (sum [seriesSum]byte) {
	all := sha256.Sum256([]byte(uid))
	copy(sum[:], all[:])
	return sum
}

// Sign makes the token of a link: whose invitation, to which dates.
func (l *Links) Sign(invitee, uid string, recurrence ical.Wall) (string, error) {
	id, err := uuid.Parse(invitee)
	if err != nil {
		return "", fmt.Errorf("sign a link: %w", err)
	}
	sum := sumOf(uid)
	text := append(id[:], sum[:]...)
	if !recurrence.IsZero() {
		text = append(text, recurrence.String()...)
	}
	return base64.RawURLEncoding.EncodeToString(append(text, l.tag(text)...)), nil
}

// tag is HMAC-SHA-256 (RFC 2104), cut to 96 bits.
func (l *Links) tag(text []byte) []byte {
	mac := hmac.New(sha256.New, l.key)
	mac.Write(text)
	return mac.Sum(nil)[:linkTag]
}

// read tells what a token is good for. It returns ErrNoLink.
func (l *Links) read(token string) (passage, error) {
	if len(token) > maxLink {
		return passage{}, ErrNoLink
	}
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if err != nil || len(raw) < linkHead+linkTag {
		return passage{}, ErrNoLink
	}
	text, tag := raw[:len(raw)-linkTag], raw[len(raw)-linkTag:]
	if !hmac.Equal(tag, l.tag(text)) {
		return passage{}, ErrNoLink
	}
	var p passage
	copy(p.invitee[:], text)
	copy(p.series[:], text[len(p.invitee):])
	if when := string(text[linkHead:]); when != "" {
		if p.recurrence, err = ical.ParseWall(when); err != nil {
			return passage{}, ErrNoLink
		}
	}
	return p, nil
}

// Answers takes what people answer by the links of their letters. Opening one
// answers nothing: programs open them too. Its methods may be called from any
// goroutine.
type Answers struct {
	links     *Links
	schedules Schedules
	planner   Planner
	wrong     *guess.Limiter // links that are none, by source
	often     *guess.Limiter // answers, by invitee
	log       *slog.Logger
	now       func() time.Time
}

// NewAnswers takes answers by links.
func NewAnswers(links *Links, schedules Schedules, planner Planner, log *slog.Logger) *Answers {
	patience := guess.Policy{Free: 20, First: time.Second, Max: 15 * time.Minute, Forget: time.Hour}
	return &Answers{links, schedules, planner, guess.New(patience), guess.New(patience), log, time.Now}
}

// Question is what a link asks.
type Question struct {
	Invitee   meeting.Invitee
	Organiser string             // name
	Date      meeting.Occurrence // the one, or the next of all
	All       bool               // it is about all dates of several
	Status    meeting.Status     // so far, to what it is about
	Next      meeting.Status     // so far, to Date
	Link      meeting.Code       // token of the meeting
	Number    meeting.Code

	reply meeting.Reply // without a status
}

// Open tells what a link asks. source is the address that it is opened from. It
// returns ErrNoLink, ErrOldLink, or a *[guess.Locked] to who guesses.
func (a *Answers) Open(ctx context.Context, source, token string) (Question, error) {
	by := "source " + guess.Source(source)
	if err := a.wrong.Try(a.now(), by); err != nil {
		return Question{}, err
	}
	p, err := a.links.read(token)
	if err != nil {
		return Question{}, err
	}
	a.wrong.Right(by)
	return a.question(ctx, p)
}

func (a *Answers) question(ctx context.Context, p passage) (Question, error) {
	id, err := a.schedules.MeetingOfInvitee(ctx, p.invitee.String())
	if errors.Is(err, ErrNoInvitee) {
		return Question{}, ErrOldLink
	}
	if err != nil {
		return Question{}, fmt.Errorf("look for the meeting of an invitee: %w", err)
	}
	s, err := a.schedules.Schedule(ctx, id)
	if errors.Is(err, meeting.ErrNotFound) {
		return Question{}, ErrOldLink
	}
	if err != nil {
		return Question{}, fmt.Errorf("look for the meeting of an answer: %w", err)
	}
	i := slices.IndexFunc(s.Invitees, func(i meeting.Invitee) bool { return i.ID == p.invitee.String() })
	v := slices.IndexFunc(s.Series, func(v meeting.Series) bool { return sumOf(v.UID) == p.series })
	if i < 0 || v < 0 || s.Series[v].Cancelled || !s.EndedAt.IsZero() {
		return Question{}, ErrOldLink
	}
	series := &s.Series[v]
	date, err := a.dateOf(series, s.Exceptions, p.recurrence)
	if err != nil {
		return Question{}, err
	}
	reply := meeting.Reply{Meeting: s.ID, Invitee: s.Invitees[i].ID, Via: "link", Sequence: series.Sequence}
	if !p.recurrence.IsZero() {
		reply.Occurrence = date.ID
	}
	return Question{
		Invitee: s.Invitees[i], Organiser: s.OrganiserName, Date: date, All: p.recurrence.IsZero() && series.Rule != "",
		Status: meeting.StatusOf(s.Replies, reply.Invitee, reply.Occurrence), Next: meeting.StatusOf(s.Replies, reply.Invitee, date.ID),
		Link: s.Link, Number: s.Number, reply: reply,
	}, nil
}

// horizons are how far ahead is looked for the next date of a series: rarely it
// is further than the first.
var horizons = []int{1, 20} // years

// dateOf is the one date of a link, or the next of a series, that is not over. It
// returns ErrOldLink.
func (a *Answers) dateOf(v *meeting.Series, exceptions []meeting.Exception, recurrence ical.Wall) (meeting.Occurrence, error) {
	zone, err := ical.Zone(v.Zone)
	if err != nil {
		return meeting.Occurrence{}, fmt.Errorf("the zone of a series: %w", err)
	}
	now := a.now()
	if !recurrence.IsZero() {
		o, err := v.At(exceptions, zone, recurrence)
		if errors.Is(err, meeting.ErrNoOccurrence) || err == nil && (o.Cancelled || !now.Before(o.End)) {
			err = ErrOldLink
		}
		return o, err
	}
	for _, years := range horizons {
		ahead, err := v.Between(exceptions, zone, now, now.AddDate(years, 0, 0))
		if err != nil {
			return meeting.Occurrence{}, fmt.Errorf("the dates of a series: %w", err)
		}
		if len(ahead) > 0 {
			return ahead[0], nil
		}
	}
	return meeting.Occurrence{}, ErrOldLink
}

// Answer notes what an invitee answers by a link: to what it is about, or to the
// next date alone. It returns what Open does, afterwards, and its errors.
func (a *Answers) Answer(ctx context.Context, source, token string, status meeting.Status, next bool) (Question, error) {
	q, err := a.Open(ctx, source, token)
	if err != nil {
		return Question{}, err
	}
	now := a.now()
	if err := a.often.Try(now, q.Invitee.ID); err != nil {
		return Question{}, err
	}
	reply := q.reply
	reply.Status, reply.At = status, now
	if next {
		reply.Occurrence = q.Date.ID
	}
	var dropped *Dropped
	if err := told(a.planner.Reply(ctx, reply)); errors.As(err, &dropped) {
		return Question{}, ErrOldLink // it was taken back meanwhile
	} else if err != nil {
		return Question{}, err
	}
	a.log.InfoContext(ctx, "answer noted", "invitee", q.Invitee.ID)
	return a.Open(ctx, source, token)
}
