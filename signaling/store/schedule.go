package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"

	"partyline/signaling/internal/ical"
	"partyline/signaling/meeting"
)

// AddSchedule is meeting.ScheduleStore.
func (s *Store) AddSchedule(ctx context.Context, n meeting.Schedule) error {
	return s.change(ctx, func(tx *sql.Tx) error {
		if err := insertMeeting(ctx, tx, n.Meeting); err != nil {
			return s.taken(err)
		}
		return s.updateSchedule(ctx, tx, &meeting.Schedule{}, &n)
	})
}

// updateSchedule stores what is beside the meeting itself, and posts the
// letters.
func (s *Store) updateSchedule(ctx context.Context, tx *sql.Tx, before, after *meeting.Schedule) error {
	if err := s.updateInvitees(ctx, tx, before.Meeting, after.Meeting); err != nil {
		return s.taken(err)
	}
	if err := updateSeries(ctx, tx, before, after); err != nil {
		return err
	}
	if err := updateReplies(ctx, tx, before.Replies, after.Replies); err != nil {
		return err
	}
	return s.post(ctx, tx, after)
}

// Schedule is meeting.ScheduleStore.
func (s *Store) Schedule(ctx context.Context, id string) (meeting.Schedule, error) {
	return s.scheduleOf(ctx, s.read, id)
}

func (s *Store) scheduleOf(ctx context.Context, q querier, id string) (meeting.Schedule, error) {
	all, err := s.schedules(ctx, q, []string{id})
	if err != nil {
		return meeting.Schedule{}, s.fault(err)
	}
	found, ok := all[id]
	if !ok {
		return meeting.Schedule{}, meeting.ErrNotFound
	}
	return found, nil
}

// Schedules is meeting.CalendarStore.
func (s *Store) Schedules(ctx context.Context, ids []string) (map[string]meeting.Schedule, error) {
	all, err := s.schedules(ctx, s.read, ids)
	return all, s.fault(err)
}

func (s *Store) schedules(ctx context.Context, q querier, ids []string) (map[string]meeting.Schedule, error) {
	meetings, err := listOf(ctx, q, scanMeeting, meetingQuery+`meeting.id IN`, ids, `meeting.id`)
	if err != nil {
		return nil, err
	}
	invitees, err := listOf(ctx, q, scanInvitee, inviteeQuery+`meeting_id IN`, ids, `invitee.id`)
	if err != nil {
		return nil, err
	}
	series, err := listOf(ctx, q, scanSeries, `SELECT `+seriesColumns+` FROM series WHERE meeting_id IN`, ids, `series.id`)
	if err != nil {
		return nil, err
	}
	of := make(map[string]string, len(series)) // meeting of each series
	for _, v := range series {
		of[v.ID] = v.Meeting
	}
	exceptions, err := exceptionsOf(ctx, q, series)
	if err != nil {
		return nil, err
	}
	replies, err := listOf(ctx, q, scanReply, replyQuery+`reply.meeting_id IN`, ids, `invitee_id, occurrence`)
	if err != nil {
		return nil, err
	}
	all := make(map[string]*meeting.Schedule, len(meetings))
	for _, m := range meetings {
		all[m.ID] = &meeting.Schedule{Meeting: m}
	}
	for _, i := range invitees {
		all[i.meeting].Invitees = append(all[i.meeting].Invitees, i.Invitee)
	}
	for _, v := range series {
		all[v.Meeting].Series = append(all[v.Meeting].Series, v)
	}
	for _, x := range exceptions {
		all[of[x.Series]].Exceptions = append(all[of[x.Series]].Exceptions, x)
	}
	for _, r := range replies {
		all[r.Meeting].Replies = append(all[r.Meeting].Replies, r)
	}
	found := make(map[string]meeting.Schedule, len(all))
	for id, v := range all {
		found[id] = *v
	}
	return found, nil
}

func exceptionsOf(ctx context.Context, q querier, series []meeting.Series) ([]meeting.Exception, error) {
	ids := make([]string, len(series))
	for i, v := range series {
		ids[i] = v.ID
	}
	return listOf(ctx, q, scanException, exceptionQuery+`series_id IN`, ids, `series_id, recurrence`)
}

// MeetingOfSeries is meeting.ScheduleStore.
func (s *Store) MeetingOfSeries(ctx context.Context, series string) (string, error) {
	var id string
	err := s.read.QueryRowContext(ctx, `SELECT meeting_id FROM series WHERE id = $1`, series).Scan(&id)
	return id, s.fault(missing(err, meeting.ErrNoOccurrence))
}

// ChangeSchedule is meeting.ScheduleStore.
func (s *Store) ChangeSchedule(ctx context.Context, id string, change func(*meeting.Schedule) error) (meeting.Schedule, error) {
	var changed meeting.Schedule
	err := s.change(ctx, func(tx *sql.Tx) error {
		if err := s.lockMeeting(ctx, tx, id); err != nil {
			return err
		}
		before, err := s.scheduleOf(ctx, tx, id)
		if err != nil {
			return err
		}
		after := before
		after.Invitees = slices.Clone(before.Invitees)
		after.Series, after.Exceptions = slices.Clone(before.Series), slices.Clone(before.Exceptions)
		after.Replies = slices.Clone(before.Replies)
		if err := change(&after); err != nil {
			return err
		}
		if err := updateMeeting(ctx, tx, after.Meeting); err != nil {
			return s.taken(err)
		}
		if err := s.updateSchedule(ctx, tx, &before, &after); err != nil {
			return err
		}
		changed, err = s.scheduleOf(ctx, tx, id)
		return err
	})
	if err != nil {
		return meeting.Schedule{}, err
	}
	return changed, nil
}

// within is the condition of a series with dates between two wall times, $1
// and $2, of a meeting that has not ended.
const within = ` ended_at IS NULL AND NOT series.cancelled AND first_wall < $2 AND (last_wall = '' OR last_wall > $1) `

// Engagements is meeting.CalendarStore.
func (s *Store) Engagements(ctx context.Context, person string, from, to ical.Wall) ([]meeting.Engagement, error) {
	all, err := list(ctx, s.read, func(row scanner) (meeting.Engagement, error) {
		var e meeting.Engagement
		err := row.Scan(append(seriesFields(&e.Series), &e.Organiser, &e.OrganiserName, &e.Invitee)...)
		return e, err
	}, `
		SELECT `+seriesColumns+`, organiser_id, person.name, coalesce(invitee.id, '')
		FROM series JOIN meeting ON meeting.id = series.meeting_id JOIN person ON person.id = organiser_id
			LEFT JOIN invitee ON invitee.meeting_id = meeting.id AND invitee.person_id = $3
		WHERE `+within+` AND meeting.id IN (
			SELECT id FROM meeting WHERE organiser_id = $3 UNION SELECT meeting_id FROM invitee WHERE person_id = $3)
		ORDER BY series.id`, from.String(), to.String(), person)
	if err != nil {
		return nil, s.fault(err)
	}
	return all, s.fault(s.complete(ctx, all))
}

// complete adds exceptions and replies to engagements.
func (s *Store) complete(ctx context.Context, all []meeting.Engagement) error {
	series := make([]meeting.Series, len(all))
	invitees := make([]string, 0, len(all))
	for i, e := range all {
		series[i] = e.Series
		if e.Invitee != "" {
			invitees = append(invitees, e.Invitee)
		}
	}
	exceptions, err := exceptionsOf(ctx, s.read, series)
	if err != nil {
		return err
	}
	slices.Sort(invitees)
	replies, err := listOf(ctx, s.read, scanReply, replyQuery+`invitee_id IN`, slices.Compact(invitees), `invitee_id, occurrence`)
	if err != nil {
		return err
	}
	differ, said := map[string][]meeting.Exception{}, map[string][]meeting.Reply{}
	for _, x := range exceptions {
		differ[x.Series] = append(differ[x.Series], x)
	}
	for _, r := range replies {
		said[r.Invitee] = append(said[r.Invitee], r)
	}
	for i := range all {
		all[i].Exceptions, all[i].Replies = differ[all[i].Series.ID], said[all[i].Invitee]
	}
	return nil
}

// SeriesBetween is meeting.CalendarStore.
func (s *Store) SeriesBetween(ctx context.Context, from, to ical.Wall) ([]meeting.Series, []meeting.Exception, error) {
	const joined = ` FROM series JOIN meeting ON meeting.id = series.meeting_id WHERE ` + within
	brief := strings.Replace(seriesColumns, "series.agenda", "''", 1) // ten thousand agendas are nobody's question
	series, err := list(ctx, s.read, scanSeries, `SELECT `+brief+joined, from.String(), to.String())
	if err != nil {
		return nil, nil, s.fault(err)
	}
	exceptions, err := list(ctx, s.read, scanException,
		exceptionQuery+`series_id IN (SELECT series.id`+joined+`) ORDER BY series_id, recurrence`, from.String(), to.String())
	return series, exceptions, s.fault(err)
}

// Colleagues is meeting.CalendarStore.
func (s *Store) Colleagues(ctx context.Context, ids []string) (map[string]meeting.Colleague, error) {
	people, err := listOf(ctx, s.read, func(row scanner) (meeting.Colleague, error) {
		var c meeting.Colleague
		err := row.Scan(&c.ID, &c.Name, &c.Email, (*string)(&c.Phone), &c.Language, &c.TimeZone)
		return c, err
	}, `SELECT id, name, email, phone, language, time_zone FROM person WHERE active AND id IN`, ids, `id`)
	if err != nil {
		return nil, s.fault(fmt.Errorf("look for people: %w", err))
	}
	all := make(map[string]meeting.Colleague, len(people))
	for _, c := range people {
		all[c.ID] = c
	}
	return all, nil
}
