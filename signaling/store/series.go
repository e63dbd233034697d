package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"partyline/signaling/internal/ical"
	"partyline/signaling/meeting"
)

// wallText is a wall time as it is stored: as iCalendar writes it, so that text
// sorts as time does; empty for none.
type wallText struct{ wall *ical.Wall }

// Scan is sql.Scanner.
func (w wallText) Scan(src any) error {
	text, ok := src.(string)
	if !ok {
		return fmt.Errorf("a wall time is text, not %T", src)
	}
	if text == "" {
		*w.wall = ical.Wall{}
		return nil
	}
	var err error
	*w.wall, err = ical.ParseWall(text)
	return err
}

const seriesColumns = `series.id, series.meeting_id, series.uid, series.sequence, series.title, series.agenda,
	series.time_zone, series.start_wall, series.minutes, series.rule, series.ends_wall, series.cancelled`

func seriesFields(s *meeting.Series) []any {
	return []any{
		&s.ID, &s.Meeting, &s.UID, &s.Sequence, &s.Title, &s.Agenda,
		&s.Zone,
		wallText{&s.Start},
		&s.Minutes, &s.Rule,
		wallText{&s.Ends},
		&s.Cancelled,
	}
}

func scanSeries(row scanner) (meeting.Series, error) {
	var s meeting.Series
	err := row.Scan(seriesFields(&s)...)
	return s, err
}

const exceptionQuery = `
	SELECT series_id, recurrence, start_wall, minutes, title, agenda, cancelled FROM series_exception
	WHERE `

func scanException(row scanner) (meeting.Exception, error) {
	var x meeting.Exception
	err := row.Scan(&x.Series, wallText{&x.Recurrence}, wallText{&x.Start}, &x.Minutes, &x.Title, &x.Agenda, &x.Cancelled)
	return x, err
}

const replyQuery = `SELECT reply.meeting_id, invitee_id, occurrence, status, at, via, reply.sequence FROM reply WHERE `

func scanReply(row scanner) (meeting.Reply, error) {
	var r meeting.Reply
	var at int64
	err := row.Scan(&r.Meeting, &r.Invitee, &r.Occurrence, (*string)(&r.Status), &at, &r.Via, &r.Sequence)
	r.At = fromMS(at)
	return r, err
}

// inOrder is a list of values for a query: "$2, $3, $4" and what they stand
// for, which follow first.
func inOrder(first int, values []string) (string, []any) {
	var b strings.Builder
	args := make([]any, len(values))
	for i, v := range values {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("$" + strconv.Itoa(first+i))
		args[i] = v
	}
	return b.String(), args
}

// atOnce is how many values one query lists.
const atOnce = 500

// listOf collects the rows of a query that ends in a list of values, "… IN",
// however many those are.
func listOf[T any](ctx context.Context, q querier, scan func(scanner) (T, error), query string, values []string, order string) ([]T, error) {
	all := []T{}
	for some := range slices.Chunk(values, atOnce) {
		places, args := inOrder(1, some)
		rows, err := list(ctx, q, scan, query+` (`+places+`) ORDER BY `+order, args...)
		if err != nil {
			return nil, err
		}
		all = append(all, rows...)
	}
	return all, nil
}

// updateSeries stores what changed in the dates of a meeting.
func updateSeries(ctx context.Context, tx *sql.Tx, before, after *meeting.Schedule) error {
	old := map[string]meeting.Series{}
	for _, s := range before.Series {
		old[s.ID] = s
	}
	for _, s := range after.Series {
		if err := storeSeries(ctx, tx, s, after.Exceptions, old[s.ID].ID != ""); err != nil {
			return fmt.Errorf("store a series: %w", err)
		}
	}
	return updateExceptions(ctx, tx, before.Exceptions, after.Exceptions)
}

// storeSeries stores a series with the span that it has by its exceptions.
func storeSeries(ctx context.Context, tx *sql.Tx, s meeting.Series, exceptions []meeting.Exception, known bool) error {
	first, last := s.Span(exceptions)
	query := `
		INSERT INTO series (id, meeting_id, uid, sequence, title, agenda, time_zone, start_wall, minutes, rule,
			ends_wall, first_wall, last_wall, cancelled)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)`
	if known {
		query = `
			UPDATE series SET meeting_id = $2, uid = $3, sequence = $4, title = $5, agenda = $6, time_zone = $7,
				start_wall = $8, minutes = $9, rule = $10, ends_wall = $11, first_wall = $12, last_wall = $13, cancelled = $14
			WHERE id = $1`
	}
	_, err := tx.ExecContext(ctx, query, s.ID, s.Meeting, s.UID, s.Sequence, s.Title, s.Agenda, s.Zone, s.Start.String(),
		s.Minutes, s.Rule, s.Ends.String(), first.String(), last.String(), s.Cancelled)
	return err
}

func updateExceptions(ctx context.Context, tx *sql.Tx, before, after []meeting.Exception) error {
	for _, x := range before {
		if slices.Contains(after, x) {
			continue
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM series_exception WHERE series_id = $1 AND recurrence = $2`,
			x.Series, x.Recurrence.String())
		if err != nil {
			return fmt.Errorf("forget an exception: %w", err)
		}
	}
	for _, x := range after {
		if slices.Contains(before, x) {
			continue
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO series_exception (series_id, recurrence, start_wall, minutes, title, agenda, cancelled)
			VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			x.Series, x.Recurrence.String(), x.Start.String(), x.Minutes, x.Title, x.Agenda, x.Cancelled)
		if err != nil {
			return fmt.Errorf("store an exception: %w", err)
		}
	}
	return nil
}

func updateReplies(ctx context.Context, tx *sql.Tx, before, after []meeting.Reply) error {
	for _, r := range before {
		if slices.Contains(after, r) {
			continue
		}
		_, err := tx.ExecContext(ctx, `DELETE FROM reply WHERE invitee_id = $1 AND occurrence = $2`, r.Invitee, r.Occurrence)
		if err != nil {
			return fmt.Errorf("forget a reply: %w", err)
		}
	}
	for _, r := range after {
		if slices.Contains(before, r) {
			continue
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO reply (meeting_id, invitee_id, occurrence, status, at, via, sequence) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			r.Meeting, r.Invitee, r.Occurrence, string(r.Status), ms(r.At), r.Via, r.Sequence)
		if err != nil {
			return fmt.Errorf("store a reply: %w", err)
		}
	}
	return nil
}
