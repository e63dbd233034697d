package store

import (
	"context"

	"partyline/signaling/invite"
)

var (
	_ invite.FeedStore = (*Store)(nil)
	_ invite.Imported  = (*Store)(nil)
)

// PutFeed is invite.FeedStore.
func (s *Store) PutFeed(ctx context.Context, f invite.Feed) error {
	_, err := s.exec(ctx, `
		INSERT INTO calendar_feed (person_id, id, created_at) VALUES ($1, $2, $3)
		ON CONFLICT (person_id) DO UPDATE SET id = excluded.id, created_at = excluded.created_at`,
		f.Person, f.ID, ms(f.CreatedAt))
	return err
}

// FeedOf is invite.FeedStore.
func (s *Store) FeedOf(ctx context.Context, person string) (invite.Feed, error) {
	return s.feed(ctx, `person_id = $1`, person)
}

// FeedByID is invite.FeedStore.
func (s *Store) FeedByID(ctx context.Context, id string) (invite.Feed, error) {
	return s.feed(ctx, `calendar_feed.id = $1`, id)
}

func (s *Store) feed(ctx context.Context, where, arg string) (invite.Feed, error) {
	var f invite.Feed
	var created int64
	err := s.read.QueryRowContext(ctx, `
		SELECT person_id, calendar_feed.id, calendar_feed.created_at, person.language, person.time_zone
		FROM calendar_feed JOIN person ON person.id = person_id WHERE active AND `+where, arg).
		Scan(&f.Person, &f.ID, &created, &f.Language, &f.Zone)
	f.CreatedAt = fromMS(created)
	return f, s.fault(missing(err, invite.ErrNoFeed))
}

// RemoveFeed is invite.FeedStore.
func (s *Store) RemoveFeed(ctx context.Context, person string) error {
	_, err := s.exec(ctx, `DELETE FROM calendar_feed WHERE person_id = $1`, person)
	return err
}

// NoteImport is invite.Imported.
func (s *Store) NoteImport(ctx context.Context, person, uid, meeting string) error {
	_, err := s.exec(ctx, `
		INSERT INTO imported_event (person_id, uid, meeting_id) VALUES ($1, $2, $3)
		ON CONFLICT (person_id, uid) DO UPDATE SET meeting_id = excluded.meeting_id`, person, uid, meeting)
	return err
}

// ImportsOf is invite.Imported.
func (s *Store) ImportsOf(ctx context.Context, person string) (map[string]string, error) {
	type made struct{ uid, meeting string }
	rows, err := list(ctx, s.read, func(row scanner) (made, error) {
		var m made
		err := row.Scan(&m.uid, &m.meeting)
		return m, err
	}, `
		SELECT uid, meeting_id FROM imported_event JOIN meeting ON meeting.id = meeting_id
		WHERE person_id = $1 AND ended_at IS NULL`, person)
	all := make(map[string]string, len(rows))
	for _, m := range rows {
		all[m.uid] = m.meeting
	}
	return all, s.fault(err)
}
