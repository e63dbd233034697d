package store

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"partyline/signaling/notify"
	"partyline/signaling/reminder"
)

var _ reminder.Store = (*Store)(nil)

const reminderColumns = `id, subject, kind, meeting_id, who, person_id, step, channel, revision, start_at, end_at, due_at, try_at,
	state, reason, attempt, sent_at, provider`

func scanReminder(row scanner) (reminder.Row, error) {
	var r reminder.Row
	var start, end, due, try, sent int64
	err := row.Scan(&r.ID, &r.Subject, (*string)(&r.Kind), &r.Meeting, &r.Who, &r.Person, (*string)(&r.Step), (*string)(&r.Channel),
		&r.Revision, &start, &end, &due, &try, (*string)(&r.State), (*string)(&r.Reason), &r.Attempt, &sent, &r.Provider)
	r.Start, r.End, r.Due, r.Try, r.SentAt = fromMS(start), fromMS(end), fromMS(due), fromMS(try), fromMS(sent)
	return r, err
}

// rowsAtOnce is how many rows one INSERT has: SQLite takes 32,766 parameters,
// PostgreSQL 65,535.
const rowsAtOnce = 200

// AddRows is reminder.Rows.
func (s *Store) AddRows(ctx context.Context, rows []reminder.Row) (added int, err error) {
	if len(rows) == 0 {
		return 0, nil
	}
	err = s.change(ctx, func(tx *sql.Tx) error {
		added, err = addRows(ctx, tx, rows)
		return err
	})
	return added, err
}

func addRows(ctx context.Context, tx *sql.Tx, rows []reminder.Row) (added int, err error) {
	subjects := make(map[string]bool)
	for part := range slices.Chunk(rows, rowsAtOnce) {
		values, args := rowValues(part)
		r, err := tx.ExecContext(ctx, insertReminders+values+` ON CONFLICT (id) DO NOTHING`, args...)
		if err != nil {
			return 0, err
		}
		n, err := r.RowsAffected()
		if err != nil {
			return 0, err
		}
		added += int(n)
		if int(n) < len(part) {
			if err := moveRows(ctx, tx, part); err != nil {
				return 0, err
			}
		}
		for _, r := range part {
			subjects[r.Subject] = true
		}
	}
	for _, subject := range slices.Sorted(maps.Keys(subjects)) {
		if err := endAnswered(ctx, tx, subject); err != nil {
			return 0, err
		}
	}
	return added, nil
}

const insertReminders = `
	INSERT INTO reminder (id, subject, kind, meeting_id, who, person_id, step, channel, once, revision, start_at, end_at, due_at, try_at,
		state, reason, attempt, owner, lease_until, sent_at, provider) VALUES `

// rowValues writes rows as they begin.
func rowValues(rows []reminder.Row) (values string, args []any) {
	var b strings.Builder
	for i, r := range rows {
		if i > 0 {
			b.WriteString(", ")
		}
		b.WriteString("(")
		for range 14 {
			args = append(args, nil)
			fmt.Fprintf(&b, "$%d, ", len(args))
		}
		b.WriteString("'pending', '', 0, '', 0, 0, '')")
		copy(args[len(args)-14:], []any{
			r.ID, r.Subject, string(r.Kind), r.Meeting, r.Who, r.Person, string(r.Step), string(r.Channel), r.Once(),
			r.Revision, ms(r.Start), ms(r.End), ms(r.Due), ms(r.Try),
		})
	}
	return b.String(), args
}

// moveRows has rows begin anew whose subject was moved since. Those that nobody
// has taken yet follow their ladder, unless their time was past before it was
// known.
func moveRows(ctx context.Context, tx *sql.Tx, rows []reminder.Row) error {
	for _, fixed := range []bool{false, true} {
		these := slices.DeleteFunc(slices.Clone(rows), func(r reminder.Row) bool { return r.Fixed != fixed })
		if len(these) == 0 {
			continue
		}
		follow := `OR reminder.state = 'pending' AND reminder.attempt = 0 AND reminder.due_at <> excluded.due_at`
		if fixed {
			follow = ""
		}
		values, args := rowValues(these)
		_, err := tx.ExecContext(ctx, insertReminders+values+`
			ON CONFLICT (id) DO UPDATE SET revision = excluded.revision, start_at = excluded.start_at, end_at = excluded.end_at,
				due_at = excluded.due_at, try_at = excluded.try_at, state = 'pending', reason = '', attempt = 0, owner = '', sent_at = 0, provider = ''
			WHERE reminder.revision <= excluded.revision AND (reminder.start_at <> excluded.start_at `+follow+`)`, args...)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE reminder SET end_at = $2, revision = $3 WHERE subject = $1 AND start_at = $4 AND revision < $3`,
			these[0].Subject, ms(these[0].End), these[0].Revision, ms(these[0].Start))
		if err != nil {
			return err
		}
	}
	return nil
}

// endAnswered ends what people have answered before it was planned.
func endAnswered(ctx context.Context, tx *sql.Tx, subject string) error {
	_, err := tx.ExecContext(ctx, `
		UPDATE reminder SET state = 'suppressed', reason = 'answered'
		WHERE subject = $1 AND state = 'pending' AND step <> 'host' AND EXISTS (
			SELECT 1 FROM reminder_answer a WHERE a.subject = reminder.subject AND a.who = reminder.who AND a.start_at = reminder.start_at
			AND a.act <> 'snooze' AND (reminder.step <> 'dial' OR a.act IN ('join', 'cannot')))`, subject)
	return err
}

// ClaimRows is reminder.Rows.
func (s *Store) ClaimRows(
	ctx context.Context, owner string, channel notify.Channel, now time.Time, n int, lease time.Duration,
) ([]reminder.Row, error) {
	var rows []reminder.Row
	err := s.change(ctx, func(tx *sql.Tx) (err error) {
		rows, err = list(ctx, tx, scanReminder, `
			UPDATE reminder SET state = 'claimed', owner = $1, attempt = attempt + 1, lease_until = `+s.dialect.now+` + $2
			WHERE id IN (SELECT id FROM reminder
				WHERE channel = $3 AND state IN ('pending', 'claimed') AND try_at <= $4
				AND (state = 'pending' OR NOT once AND lease_until < `+s.dialect.now+`)
				ORDER BY try_at, who LIMIT $5`+s.dialect.forClaim+`)
			RETURNING `+reminderColumns, owner, lease.Milliseconds(), string(channel), ms(now), n)
		return err
	})
	if err != nil {
		return nil, err
	}
	slices.SortFunc(rows, func(a, b reminder.Row) int {
		return cmp.Or(a.Try.Compare(b.Try), cmp.Compare(a.Who, b.Who), a.Due.Compare(b.Due), cmp.Compare(a.ID, b.ID))
	})
	return rows, nil
}

// ClaimedRows is reminder.Rows.
func (s *Store) ClaimedRows(ctx context.Context, owner string, ids []string) (map[string]bool, error) {
	held := make(map[string]bool, len(ids))
	for part := range slices.Chunk(ids, rowsAtOnce) {
		args := []any{owner}
		rows, err := list(ctx, s.read, scanText, `SELECT id FROM reminder WHERE owner = $1 AND state = 'claimed' AND id IN (`+inList(&args, part)+`)`, args...)
		if err != nil {
			return nil, s.fault(err)
		}
		for _, id := range rows {
			held[id] = true
		}
	}
	return held, nil
}

func scanText(row scanner) (text string, err error) {
	err = row.Scan(&text)
	return text, err
}

// inList writes the placeholders of a list, and adds it to the arguments.
func inList(args *[]any, list []string) string {
	places := make([]string, len(list))
	for i, v := range list {
		*args = append(*args, v)
		places[i] = fmt.Sprintf("$%d", len(*args))
	}
	return strings.Join(places, ", ")
}

// RecordRows is reminder.Rows. A row that was answered between its claim and
// its record was sent all the same.
func (s *Store) RecordRows(ctx context.Context, owner string, outcomes []reminder.Outcome) error {
	if len(outcomes) == 0 {
		return nil
	}
	// All nodes lock rows in the same order.
	outcomes = slices.SortedFunc(slices.Values(outcomes), func(a, b reminder.Outcome) int { return cmp.Compare(a.ID, b.ID) })
	return s.change(ctx, func(tx *sql.Tx) error {
		update, err := tx.PrepareContext(ctx, `
			UPDATE reminder SET
				state = CASE WHEN state = 'suppressed' THEN 'acknowledged' ELSE $3 END,
				reason = CASE WHEN state = 'suppressed' THEN '' ELSE $4 END,
				try_at = CASE WHEN CAST($5 AS BIGINT) > 0 THEN CAST($5 AS BIGINT) ELSE try_at END, sent_at = $6, provider = $7
			WHERE id = $1 AND owner = $2
				AND (state = 'claimed' OR state = 'failed' AND reason = 'interrupted' OR state = 'suppressed' AND reason = 'answered' AND CAST($6 AS BIGINT) > 0)`)
		if err != nil {
			return err
		}
		defer update.Close()
		for _, o := range outcomes {
			if _, err := update.ExecContext(ctx, o.ID, owner, string(o.State), string(o.Reason), ms(o.Try), ms(o.At), o.Provider); err != nil {
				return err
			}
		}
		return nil
	})
}

// EndRows is reminder.Rows.
func (s *Store) EndRows(ctx context.Context, now time.Time) (expired, interrupted int, err error) {
	n, err := s.exec(ctx, `
		UPDATE reminder SET state = 'failed', reason = 'interrupted'
		WHERE state IN ('pending', 'claimed') AND state = 'claimed' AND once AND lease_until < `+s.dialect.now)
	if err != nil {
		return 0, 0, err
	}
	m, err := s.exec(ctx, `
		UPDATE reminder SET state = 'expired', reason = 'late'
		WHERE state IN ('pending', 'claimed') AND end_at <= $1 AND (state = 'pending' OR lease_until < `+s.dialect.now+`)`, ms(now))
	return int(m), int(n), err
}

// NextRow is reminder.Rows.
func (s *Store) NextRow(ctx context.Context, channel notify.Channel) (time.Time, error) {
	var next sql.NullInt64
	err := s.read.QueryRowContext(ctx, `
		SELECT MIN(try_at) FROM reminder WHERE channel = $1 AND state IN ('pending', 'claimed') AND state = 'pending'`, string(channel)).Scan(&next)
	return fromMS(next.Int64), s.fault(err)
}

// RowsOf is reminder.Rows.
func (s *Store) RowsOf(ctx context.Context, subject string) ([]reminder.Row, error) {
	all, err := list(ctx, s.read, scanReminder, `SELECT `+reminderColumns+` FROM reminder WHERE subject = $1 ORDER BY who, due_at, step, channel`, subject)
	return all, s.fault(err)
}

// RowsFor is reminder.Rows.
func (s *Store) RowsFor(ctx context.Context, person string, now time.Time) ([]reminder.Row, error) {
	all, err := list(ctx, s.read, scanReminder, `
		SELECT `+reminderColumns+` FROM reminder
		WHERE person_id = $1 AND end_at > $2 AND state IN ('sent', 'delivered', 'suppressed') ORDER BY due_at, id`, person, ms(now))
	return all, s.fault(err)
}

// RemindersDue counts the reminders that are sent until a time, and of those the
// ones that should have been by another.
func (s *Store) RemindersDue(ctx context.Context, until, late time.Time) (due, overdue int, err error) {
	err = s.read.QueryRowContext(ctx, `
		SELECT count(*), COALESCE(sum(CASE WHEN try_at < $2 THEN 1 ELSE 0 END), 0)
		FROM reminder WHERE state IN ('pending', 'claimed') AND try_at <= $1`, ms(until), ms(late)).Scan(&due, &overdue)
	return due, overdue, s.fault(err)
}
