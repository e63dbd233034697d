package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"partyline/signaling/reminder"
)

const overrideQuery = `
	SELECT o.id, o.subject, o.title, o.sender_id, o.sender, o.reason, o.at,
		(SELECT COUNT(*) FROM reminder_disturbance d WHERE d.override_id = o.id AND d.judged AND d.urgent),
		(SELECT COUNT(*) FROM reminder_disturbance d WHERE d.override_id = o.id AND d.judged AND NOT d.urgent)
	FROM reminder_override o WHERE `

func scanOverride(row scanner) (o reminder.Override, err error) {
	var at int64
	err = row.Scan(&o.ID, &o.Subject, &o.Title, &o.Sender, &o.SenderName, &o.Reason, &at, &o.Yes, &o.No)
	o.At = fromMS(at)
	return o, err
}

// AddOverride is reminder.Overrides. Those of one sender are counted one after
// the other.
func (s *Store) AddOverride(ctx context.Context, o reminder.Override, since time.Time, allow func([]reminder.Override) error) error {
	return s.change(ctx, func(tx *sql.Tx) error {
		// The sender's own row is the lock.
		if _, err := tx.ExecContext(ctx, `UPDATE person SET name = name WHERE id = $1`, o.Sender); err != nil {
			return err
		}
		month, err := list(ctx, tx, scanOverride, overrideQuery+`o.sender_id = $1 AND o.at >= $2 ORDER BY o.at`, o.Sender, ms(since))
		if err != nil {
			return err
		}
		if err := allow(month); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO reminder_override (id, subject, title, sender_id, sender, reason, at) VALUES ($1, $2, $3, $4, $5, $6, $7)`,
			o.ID, o.Subject, o.Title, o.Sender, o.SenderName, o.Reason, ms(o.At))
		if err != nil && s.dialect.isTaken(err) {
			return reminder.ErrUrged
		}
		return err
	})
}

// OverridesOf is reminder.Overrides.
func (s *Store) OverridesOf(ctx context.Context, subjects []string) (map[string]reminder.Override, error) {
	all := make(map[string]reminder.Override)
	for part := range slices.Chunk(subjects, rowsAtOnce) {
		var args []any
		query := overrideQuery + `o.subject IN (` + inList(&args, part) + `)`
		rows, err := list(ctx, s.read, scanOverride, query, args...)
		if err != nil {
			return nil, s.fault(err)
		}
		for _, o := range rows {
			all[o.Subject] = o
		}
	}
	return all, nil
}

// OverridesBy is reminder.Overrides.
func (s *Store) OverridesBy(ctx context.Context, sender string, since time.Time) ([]reminder.Override, error) {
	all, err := list(ctx, s.read, scanOverride, overrideQuery+`o.sender_id = $1 AND o.at >= $2 ORDER BY o.at`, sender, ms(since))
	return all, s.fault(err)
}

// Disturbed is reminder.Overrides.
func (s *Store) Disturbed(ctx context.Context, override string, people []string, at time.Time) error {
	return s.change(ctx, func(tx *sql.Tx) error {
		for _, person := range people {
			_, err := tx.ExecContext(ctx, `
				INSERT INTO reminder_disturbance (override_id, person_id, at, judged, urgent) VALUES ($1, $2, $3, $4, $4)
				ON CONFLICT (override_id, person_id) DO NOTHING`, override, person, ms(at), false)
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// DisturbancesOf is reminder.Overrides.
func (s *Store) DisturbancesOf(ctx context.Context, person string, since time.Time) ([]reminder.Disturbance, error) {
	all, err := list(ctx, s.read, func(row scanner) (d reminder.Disturbance, err error) {
		var at, when int64
		err = row.Scan(&d.ID, &d.Subject, &d.Title, &d.Sender, &d.SenderName, &d.Reason, &at, &when, &d.Judged, &d.Urgent)
		d.At, d.When = fromMS(at), fromMS(when)
		return d, err
	}, `
		SELECT o.id, o.subject, o.title, o.sender_id, o.sender, o.reason, o.at, d.at, d.judged, d.urgent
		FROM reminder_disturbance d JOIN reminder_override o ON o.id = d.override_id
		WHERE d.person_id = $1 AND d.at >= $2 ORDER BY d.at DESC`, person, ms(since))
	return all, s.fault(err)
}

// Judge is reminder.Overrides.
func (s *Store) Judge(ctx context.Context, override, person string, urgent bool) error {
	n, err := s.exec(ctx, `UPDATE reminder_disturbance SET judged = $3, urgent = $4 WHERE override_id = $1 AND person_id = $2`,
		override, person, true, urgent)
	if err == nil && n == 0 {
		return reminder.ErrNoSubject
	}
	return err
}

// AddAnnouncement is reminder.Announcements.
func (s *Store) AddAnnouncement(ctx context.Context, a reminder.Announcement) error {
	people, err := json.Marshal(a.People)
	if err != nil {
		return fmt.Errorf("write the people of an announcement: %w", err)
	}
	_, err = s.exec(ctx, `
		INSERT INTO announcement (id, title, body, by_id, by_name, at, phone, override_id, people) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
		ON CONFLICT (id) DO NOTHING`,
		a.ID, a.Title, a.Text, a.By, a.ByName, ms(a.At), a.Phone, a.Override, string(people))
	return err
}

const announcementQuery = `SELECT id, title, body, by_id, by_name, at, phone, override_id, people FROM announcement WHERE `

func scanAnnouncement(row scanner) (a reminder.Announcement, err error) {
	var at int64
	var people string
	if err := row.Scan(&a.ID, &a.Title, &a.Text, &a.By, &a.ByName, &at, &a.Phone, &a.Override, &people); err != nil {
		return a, err
	}
	a.At = fromMS(at)
	if err := json.Unmarshal([]byte(people), &a.People); err != nil {
		return a, fmt.Errorf("read the people of an announcement: %w", err)
	}
	return a, nil
}

// Announcement is reminder.Announcements.
func (s *Store) Announcement(ctx context.Context, id string) (reminder.Announcement, error) {
	a, err := scanAnnouncement(s.read.QueryRowContext(ctx, announcementQuery+`id = $1`, id))
	if err != nil {
		return reminder.Announcement{}, s.fault(missing(err, reminder.ErrNoSubject))
	}
	return a, nil
}

// Announcements is reminder.Announcements.
func (s *Store) Announcements(ctx context.Context, from, to time.Time) ([]reminder.Announcement, error) {
	all, err := list(ctx, s.read, scanAnnouncement, announcementQuery+`at >= $1 AND at < $2 ORDER BY at DESC, id`, ms(from), ms(to))
	return all, s.fault(err)
}
