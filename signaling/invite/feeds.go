package invite

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"

	"partyline/signaling/internal/ical"
	"partyline/signaling/meeting"
	"partyline/signaling/seal"
)

// ErrNoFeed is for a person without a feed, and for a link that is none or was
// taken back.
var ErrNoFeed = errors.New("no such calendar feed")

// Feed is a person's calendar for programs that fetch it.
type Feed struct {
	Person    string
	ID        string // drawn anew with each link
	CreatedAt time.Time
	Language  string // of the person, read only
	Zone      string // of the person, read only
}

// FeedStore keeps feeds, one for each person who wants one.
type FeedStore interface {
	PutFeed(ctx context.Context, f Feed) error
	// FeedOf and FeedByID return ErrNoFeed.
	FeedOf(ctx context.Context, person string) (Feed, error)
	FeedByID(ctx context.Context, id string) (Feed, error)
	RemoveFeed(ctx context.Context, person string) error
}

// Engagements knows what people take part in.
type Engagements interface {
	// Engagements are the series of a person with dates between two wall times.
	Engagements(ctx context.Context, person string, from, to ical.Wall) ([]meeting.Engagement, error)
	// Schedules are meetings with their dates.
	Schedules(ctx context.Context, meetings []string) (map[string]meeting.Schedule, error)
}

// FeedPath is where feeds are served.
const FeedPath = "/calendar/"

const (
	feedSuffix = ".ics"
	feedID     = 16 // octets
	feedBack   = 60 // days
	feedAhead  = 800
	feedWithin = 20 * time.Second
	// feedFresh is how often programs are told to look again.
	feedFresh = 15 * time.Minute
)

// Feeds serves calendars under [FeedPath]. The link of each is a secret that
// its person can take back; nothing else protects it, so that any calendar
// program can fetch it. It is an http.Handler.
type Feeds struct {
	place       Place
	key         []byte
	store       FeedStore
	engagements Engagements
	log         *slog.Logger
	now         func() time.Time
}

// NewFeeds serves the feeds of a store.
func NewFeeds(place Place, k seal.Key, store FeedStore, engagements Engagements, log *slog.Logger) (*Feeds, error) {
	key, err := k.Derive(nil, "partyline calendar feeds", sha256.Size)
	if err != nil {
		return nil, fmt.Errorf("derive the key of calendar feeds: %w", err)
	}
	return &Feeds{place, key, store, engagements, log, time.Now}, nil
}

// Of is a person's feed with the path of its link. It returns ErrNoFeed.
func (f *Feeds) Of(ctx context.Context, person string) (Feed, string, error) {
	feed, err := f.store.FeedOf(ctx, person)
	if err != nil {
		return Feed{}, "", err
	}
	return feed, f.path(feed.ID), nil
}

// Renew gives a person a feed with a new link. The one before stops working.
func (f *Feeds) Renew(ctx context.Context, person string) (Feed, string, error) {
	var id [feedID]byte
	if _, err := rand.Read(id[:]); err != nil {
		return Feed{}, "", fmt.Errorf("draw the link of a feed: %w", err)
	}
	feed := Feed{Person: person, ID: hex.EncodeToString(id[:]), CreatedAt: f.now().UTC().Truncate(time.Millisecond)}
	if err := f.store.PutFeed(ctx, feed); err != nil {
		return Feed{}, "", fmt.Errorf("store a feed: %w", err)
	}
	return feed, f.path(feed.ID), nil
}

// Remove takes a person's feed back.
func (f *Feeds) Remove(ctx context.Context, person string) error {
	return f.store.RemoveFeed(ctx, person)
}

// path signs the id of a feed.
func (f *Feeds) path(id string) string {
	raw, err := hex.DecodeString(id)
	if err != nil {
		return ""
	}
	return FeedPath + base64.RawURLEncoding.EncodeToString(append(raw, f.tag(raw)...)) + feedSuffix
}

func (f *Feeds) tag(id []byte) []byte {
	mac := hmac.New(sha256.New, f.key)
	mac.Write(id)
	return mac.Sum(nil)[:feedID]
}

// read is the id of the feed that a path is of, or ErrNoFeed.
func (f *Feeds) read(path string) (string, error) {
	token, ok := strings.CutPrefix(path, FeedPath)
	token, suffixed := strings.CutSuffix(token, feedSuffix)
	raw, err := base64.RawURLEncoding.Strict().DecodeString(token)
	if !ok || !suffixed || err != nil || len(raw) != 2*feedID || !hmac.Equal(raw[feedID:], f.tag(raw[:feedID])) {
		return "", ErrNoFeed
	}
	return hex.EncodeToString(raw[:feedID]), nil
}

// ServeHTTP serves the calendar of a link, unless the program that asks has it
// already.
func (f *Feeds) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		w.Header().Set("Allow", "GET, HEAD")
		http.Error(w, http.StatusText(http.StatusMethodNotAllowed), http.StatusMethodNotAllowed)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), feedWithin)
	defer cancel()
	body, err := f.body(ctx, r.URL.Path)
	switch {
	case errors.Is(err, ErrNoFeed):
		http.Error(w, http.StatusText(http.StatusNotFound), http.StatusNotFound)
		return
	case err != nil:
		f.log.ErrorContext(ctx, "calendar feed cannot be made", "err", err)
		w.Header().Set("Retry-After", "300")
		http.Error(w, http.StatusText(http.StatusServiceUnavailable), http.StatusServiceUnavailable)
		return
	}
	sum := sha256.Sum256(body)
	w.Header().Set("Content-Type", "text/calendar; charset=utf-8")
	w.Header().Set("Content-Disposition", `inline; filename="partyline.ics"`)
	w.Header().Set("Cache-Control", fmt.Sprintf("private, max-age=%d", int(feedFresh.Seconds())))
	w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:16])+`"`)
	http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(body))
}

func (f *Feeds) body(ctx context.Context, path string) ([]byte, error) {
	id, err := f.read(path)
	if err != nil {
		return nil, err
	}
	feed, err := f.store.FeedByID(ctx, id)
	if err != nil {
		return nil, err
	}
	now := ical.WallOf(f.now().UTC())
	engagements, err := f.engagements.Engagements(ctx, feed.Person, now.AddDays(-feedBack), now.AddDays(feedAhead))
	if err != nil {
		return nil, fmt.Errorf("list engagements: %w", err)
	}
	var meetings []string
	for _, e := range engagements {
		meetings = append(meetings, e.Series.Meeting)
	}
	slices.Sort(meetings)
	schedules, err := f.engagements.Schedules(ctx, slices.Compact(meetings))
	if err != nil {
		return nil, fmt.Errorf("list meetings: %w", err)
	}
	c := ical.Calendar{Name: "Partyline", Zone: feed.Zone}
	for _, e := range engagements {
		s, ok := schedules[e.Series.Meeting]
		if !ok {
			continue // deleted meanwhile
		}
		all, err := f.events(e, &s.Meeting, feed)
		if err != nil {
			return nil, fmt.Errorf("series %s: %w", e.Series.ID, err)
		}
		c.Events = append(c.Events, all...)
	}
	var body bytes.Buffer
	if err := ical.Write(&body, c); err != nil {
		return nil, err
	}
	return body.Bytes(), nil
}

// events are a person's dates of one series: those that they have declined are
// left out.
func (f *Feeds) events(e meeting.Engagement, m *meeting.Meeting, feed Feed) ([]ical.Event, error) {
	mailing := Mailing{
		Meeting: m.ID, Method: Request, UID: e.Series.UID, Sequence: e.Series.Sequence, Title: e.Series.Title, Agenda: e.Series.Agenda,
		Zone: e.Series.Zone, Start: e.Series.Start, Minutes: e.Series.Minutes, Rule: e.Series.Rule,
		Link: string(m.Link), Number: string(m.Number), At: m.CreatedAt,
	}
	to := Recipient{Person: feed.Person, Language: feed.Language}
	if i := m.InviteeOf(feed.Person); i != nil {
		to.Code = string(i.Code)
	} else if feed.Person == m.Organiser {
		to.Code = string(m.HostCode)
	}
	for _, x := range e.Exceptions {
		mailing.Exceptions = append(mailing.Exceptions, Exception{
			x.Recurrence, x.Start, x.Minutes, x.Title, x.Agenda,
			x.Cancelled || declined(e, x.Recurrence),
		})
	}
	if declinedAll(e) {
		return nil, nil
	}
	for _, r := range e.Replies {
		series, recurrence, err := meeting.ParseOccurrenceID(r.Occurrence)
		if err != nil || series != e.Series.ID || r.Status != meeting.Declined || slices.ContainsFunc(mailing.Exceptions, func(x Exception) bool {
			return x.Recurrence == recurrence
		}) {
			continue
		}
		mailing.Exceptions = append(mailing.Exceptions, Exception{Recurrence: recurrence, Cancelled: true})
	}
	all, err := events(mailing, to, f.place, "")
	for i := range all {
		all[i].Attendees = nil // nobody is asked, so nobody answers
	}
	return all, err
}

func declined(e meeting.Engagement, recurrence ical.Wall) bool {
	return e.Invitee != "" && meeting.StatusOf(e.Replies, e.Invitee, meeting.OccurrenceID(e.Series.ID, recurrence)) == meeting.Declined
}

// declinedAll tells whether a person has declined a series and no date of it
// has another answer.
func declinedAll(e meeting.Engagement) bool {
	return e.Invitee != "" && meeting.StatusOf(e.Replies, e.Invitee, "") == meeting.Declined &&
		!slices.ContainsFunc(e.Replies, func(r meeting.Reply) bool { return r.Occurrence != "" && r.Status != meeting.Declined })
}
