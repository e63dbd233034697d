package meeting

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"partyline/signaling/auth"
	"partyline/signaling/internal/ical"
)

// ScheduleStore keeps schedules. Each method is one transaction and may be
// called from any goroutine.
type ScheduleStore interface {
	// AddSchedule stores a new meeting with all that is in it, and posts its
	// letters. It returns ErrTaken or ErrNoPerson.
	AddSchedule(ctx context.Context, s Schedule) error
	// Schedule returns ErrNotFound.
	Schedule(ctx context.Context, meeting string) (Schedule, error)
	// MeetingOfSeries returns ErrNoOccurrence.
	MeetingOfSeries(ctx context.Context, series string) (string, error)
	// ChangeSchedule is for schedules what ChangeMeeting is for meetings. It
	// stores series, exceptions and replies too, and posts the letters, all or
	// nothing.
	ChangeSchedule(ctx context.Context, meeting string, change func(*Schedule) error) (Schedule, error)
}

// CalendarStore finds dates. Wall times are compared whatever their zones: ask
// for a day more on either side. It may be called from any goroutine.
type CalendarStore interface {
	// Engagements are the series with dates from one wall time to another of
	// meetings, not ended, that a person organises or is invited to.
	Engagements(ctx context.Context, person string, from, to ical.Wall) ([]Engagement, error)
	// SeriesBetween are all series with dates from one wall time to another, and
	// their exceptions, of meetings that have not ended. They come without their
	// agendas.
	SeriesBetween(ctx context.Context, from, to ical.Wall) ([]Series, []Exception, error)
	// Schedules are the meetings with these ids, by id.
	Schedules(ctx context.Context, meetings []string) (map[string]Schedule, error)
	// Colleagues are the active people with these ids, by id.
	Colleagues(ctx context.Context, ids []string) (map[string]Colleague, error)
}

// PlannerStore is all that a [Planner] needs of a database.
type PlannerStore interface {
	Store
	ScheduleStore
	CalendarStore
	TodoStore
	PromiseStore
}

// Engagement is a series and somebody's part in it.
type Engagement struct {
	Series        Series
	Exceptions    []Exception
	Organiser     string // person
	OrganiserName string
	Invitee       string  // the person's invitation; empty: organises without being invited
	Replies       []Reply // of the person
}

// Colleague is somebody with an account, as far as planning with them goes.
type Colleague struct {
	ID   string
	Name string
	auth.Reach
}

// Quiet knows when people want to be left alone.
type Quiet interface {
	// Quiet tells whether any part of a time is among the person's quiet hours.
	Quiet(ctx context.Context, person string, from, to time.Time) (bool, error)
}

// PlannerConfig is what a [Planner] has to know of the installation. Its zero
// value is good for tests.
type PlannerConfig struct {
	PublicURL string           // how people reach us, such as https://meet.example.com
	Clock     func() time.Time // nil: the real one
	// Zone finds a time zone by its name; nil: ical.Zone.
	Zone func(name string) (*time.Location, error)
	// Quiet may be nil: nobody has quiet hours.
	Quiet Quiet
	// Moved hears of dates that are at another instant because a zone's rules
	// have changed. It may be nil.
	Moved func(ctx context.Context, moved []Moved)
	// Changed hears that [Planner.Upcoming] gives something else now. It is called
	// by whoever changed it, and must not block. It may be nil.
	Changed func()
	Log     *slog.Logger // may be nil
}

// Planner applies the rules to the dates of meetings and to to-dos. Its methods
// may be called from any goroutine.
type Planner struct {
	cfg   PlannerConfig
	store PlannerStore
	zones ical.Zones
	now   func() time.Time
	log   *slog.Logger
}

// NewPlanner makes a planner over the store.
func NewPlanner(cfg PlannerConfig, store PlannerStore) *Planner {
	if cfg.Clock == nil {
		cfg.Clock = time.Now
	}
	if cfg.Log == nil {
		cfg.Log = slog.New(slog.DiscardHandler)
	}
	if cfg.Changed == nil {
		cfg.Changed = func() {}
	}
	p := &Planner{cfg: cfg, store: store, now: cfg.Clock, log: cfg.Log}
	p.zones.Load = cfg.Zone
	return p
}

// Draft is a meeting as somebody wants to schedule it.
type Draft struct {
	Title    string
	Agenda   string
	Zone     string // IANA name
	Start    ical.Wall
	Minutes  int
	Rule     string // of RFC 5545; empty: once
	Settings Change // of the meeting; its name is the title
	Invitees []Invitation
}

// Invitation is whom to invite: a colleague by Person, or somebody else by name.
type Invitation struct {
	Person   string
	Name     string     // of somebody without an account
	Reach    auth.Reach // of somebody without an account; may be empty
	Required bool
	CoHost   bool // only colleagues can be
	Ring     bool
}

// series is the draft's, not settled yet.
func (d *Draft) series() Series {
	return Series{Title: d.Title, Agenda: d.Agenda, Zone: d.Zone, Start: d.Start, Minutes: d.Minutes, Rule: d.Rule}
}

func (p *Planner) zone(name string) (*time.Location, error) {
	zone, err := p.zones.Zone(name)
	if err != nil {
		return nil, wrong("timeZone", "The time zone is an IANA name, such as Asia/Shanghai.")
	}
	return zone, nil
}

// Schedule makes a meeting with dates, with fresh codes, and has everybody
// invited. It returns ErrNoPerson, ErrInvited, ErrBadSettings, an
// *ical.RuleError, or what is wrong with a field.
func (p *Planner) Schedule(ctx context.Context, organiser string, d Draft) (Schedule, error) {
	zone, err := p.zone(d.Zone)
	if err != nil {
		return Schedule{}, err
	}
	s, err := p.draft(ctx, organiser, d, zone)
	if err != nil {
		return Schedule{}, err
	}
	err = redraw(func() error {
		if err := s.drawAddress(); err != nil {
			return err
		}
		return p.store.AddSchedule(ctx, s)
	})
	if err != nil {
		return Schedule{}, fmt.Errorf("schedule a meeting: %w", err)
	}
	p.cfg.Changed()
	p.promise(ctx, &s)
	return p.store.Schedule(ctx, s.ID)
}

// draft is the schedule as it will be stored, without an address yet.
func (p *Planner) draft(ctx context.Context, organiser string, d Draft, zone *time.Location) (Schedule, error) {
	if len(d.Invitees) > maxInvitees {
		return Schedule{}, wrong("invitees", "A meeting has at most 1,000 invitees.")
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Schedule{}, fmt.Errorf("make a meeting id: %w", err)
	}
	now := p.now()
	s := Schedule{Meeting: Meeting{
		ID: id.String(), Occasion: Scheduled, Organiser: organiser,
		Settings: DefaultSettings(), CreatedAt: now, LastActive: now, Revision: 1,
	}, ChangedAt: now}
	if s.HostCode, err = newCode(nil); err != nil {
		return Schedule{}, err
	}
	if err := d.Settings.settings(&s.Settings); err != nil {
		return Schedule{}, err
	}
	if err := p.inviteAll(ctx, &s, d.Invitees); err != nil {
		return Schedule{}, err
	}
	series := d.series()
	if err := s.add(series, zone); err != nil {
		return Schedule{}, err
	}
	s.Name = s.Series[0].Title
	return s, p.ahead(&s.Series[0], zone)
}

// ahead refuses a series that is over.
func (p *Planner) ahead(s *Series, zone *time.Location) error {
	if s.Ends.IsZero() {
		return nil
	}
	last, _ := ical.Resolve(s.Ends, zone)
	if !last.Add(time.Duration(s.Minutes) * time.Minute).After(p.now()) {
		return wrong("start", "This time has passed.")
	}
	return nil
}

// inviteAll puts people on the list. Whoever organises the meeting need not be
// on it.
func (p *Planner) inviteAll(ctx context.Context, s *Schedule, all []Invitation) error {
	ids := []string{s.Organiser}
	for _, v := range all {
		if v.Person != "" {
			ids = append(ids, v.Person)
		}
	}
	people, err := p.store.Colleagues(ctx, ids)
	if err != nil {
		return fmt.Errorf("look for those who are invited: %w", err)
	}
	taken := s.codes()
	for n, v := range all {
		if v.Person != "" && v.Person == s.Organiser {
			continue
		}
		if err := s.invite(v, people, taken); err != nil {
			return about(fmt.Sprintf("invitees[%d]", n), err)
		}
	}
	return nil
}

// invite puts one on the list. The codes that are taken are noted.
func (s *Schedule) invite(v Invitation, people map[string]Colleague, taken map[Code]bool) error {
	by := people[s.Organiser]
	i, err := v.invitee(people, auth.Profile{Language: by.Language, TimeZone: by.TimeZone})
	if err != nil {
		return err
	}
	if s.InviteeOf(i.Person) != nil || i.Email != "" && s.find(func(o Invitee) bool { return strings.EqualFold(o.Email, i.Email) }) != nil {
		return ErrInvited
	}
	if len(s.Invitees) >= maxInvitees {
		return ErrTooMany
	}
	if i.Code, err = newCode(taken); err != nil {
		return err
	}
	taken[i.Code] = true
	s.Invitees = append(s.Invitees, i)
	return nil
}

// about names the one of a list whose fields are wrong.
func about(which string, err error) error {
	var invalid *auth.Invalid
	if !errors.As(err, &invalid) {
		return err
	}
	named := &auth.Invalid{}
	for _, f := range invalid.Fields {
		named.Fields = append(named.Fields, auth.FieldError{Field: which + "." + f.Field, Message: f.Message})
	}
	return named
}

// invitee is who is invited, without a code yet.
func (v Invitation) invitee(people map[string]Colleague, by auth.Profile) (Invitee, error) {
	id, err := uuid.NewV7()
	if err != nil {
		return Invitee{}, fmt.Errorf("make an invitee id: %w", err)
	}
	i := Invitee{ID: id.String(), Person: v.Person, Required: v.Required, CoHost: v.CoHost, Ring: v.Ring}
	if v.Person != "" {
		c, known := people[v.Person]
		if !known {
			return Invitee{}, ErrNoPerson
		}
		i.Name, i.Reach = c.Name, c.Reach
		return i, nil
	}
	if i.Name, err = CleanName(v.Name); err != nil {
		return Invitee{}, wrong("name", "A name has 1 to 80 printable characters.")
	}
	if v.CoHost {
		return Invitee{}, wrong("coHost", "Only colleagues can be hosts.")
	}
	if i.Reach, err = v.Reach.Clean(by); err != nil {
		return Invitee{}, err
	}
	if v.Ring && i.Phone == "" {
		return Invitee{}, wrong("phone", "No telephone number of this person is known.")
	}
	return i, nil
}

// readable is a meeting, if the person organises it or is invited. It returns
// ErrNotFound.
func (p *Planner) readable(ctx context.Context, person, id string) (Meeting, error) {
	m, err := p.store.Meeting(ctx, id)
	if err != nil {
		return Meeting{}, fmt.Errorf("read meeting: %w", err)
	}
	if !m.MayRead(person) {
		return Meeting{}, ErrNotFound
	}
	return m, nil
}

// Led is a meeting, if the person leads it. It returns ErrNotAllowed to those
// who only take part, and ErrNotFound to others.
func (p *Planner) Led(ctx context.Context, person, id string) (Meeting, error) {
	m, err := p.readable(ctx, person, id)
	if err == nil && !m.Leads(person) {
		err = ErrNotAllowed
	}
	return m, err
}

// Read is the schedule of a meeting as the person may see it: everybody's
// replies are the organiser's and co-hosts' to see. It returns ErrNotFound.
func (p *Planner) Read(ctx context.Context, person, id string) (Schedule, error) {
	s, err := p.store.Schedule(ctx, id)
	if err != nil {
		return Schedule{}, fmt.Errorf("read schedule: %w", err)
	}
	if !s.MayRead(person) {
		return Schedule{}, ErrNotFound
	}
	return s.visibleTo(person), nil
}

func (s Schedule) visibleTo(person string) Schedule {
	if !s.Leads(person) {
		own := s.InviteeOf(person)
		s.Replies = slices.DeleteFunc(s.Replies, func(r Reply) bool { return own == nil || r.Invitee != own.ID })
	}
	s.Meeting = s.VisibleTo(person)
	return s
}
