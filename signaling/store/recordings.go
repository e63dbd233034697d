package store

import (
	"context"
	"time"

	"partyline/signaling/meeting"
)

const recordingQuery = `
	SELECT id, meeting_id, room, person_id, person_name, started_at, ended_at, removed_at, removed_by
	FROM recording WHERE `

func scanRecording(row scanner) (meeting.Recording, error) {
	var r meeting.Recording
	var started, ended, removed int64
	err := row.Scan(&r.ID, &r.Meeting, &r.Room, &r.Person, &r.Name, &started, &ended, &removed, &r.RemovedBy)
	r.StartedAt, r.EndedAt, r.RemovedAt = fromMS(started), fromMS(ended), fromMS(removed)
	return r, err
}

// AddRecording is meeting.RecordingStore.
func (s *Store) AddRecording(ctx context.Context, r meeting.Recording) error {
	_, err := s.exec(ctx, `
		INSERT INTO recording (id, meeting_id, room, person_id, person_name, started_at, ended_at, removed_at, removed_by)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`,
		r.ID, r.Meeting, r.Room, r.Person, r.Name, ms(r.StartedAt), ms(r.EndedAt), ms(r.RemovedAt), r.RemovedBy)
	return err
}

// EndRecording is meeting.RecordingStore.
func (s *Store) EndRecording(ctx context.Context, id string, at time.Time) error {
	return s.noteRecording(ctx, id, `UPDATE recording SET ended_at = $2 WHERE id = $1 AND ended_at = 0`, id, ms(at))
}

// RemoveRecording is meeting.RecordingStore.
func (s *Store) RemoveRecording(ctx context.Context, id, person string, at time.Time) error {
	return s.noteRecording(ctx, id,
		`UPDATE recording SET removed_at = $2, removed_by = $3 WHERE id = $1 AND removed_at = 0`, id, ms(at), person)
}

// noteRecording changes a row. One that has been changed already is left as
// it is.
func (s *Store) noteRecording(ctx context.Context, id, query string, args ...any) error {
	n, err := s.exec(ctx, query, args...)
	if err == nil && n == 0 {
		_, err = s.Recording(ctx, id)
	}
	return err
}

// Recording is meeting.RecordingStore.
func (s *Store) Recording(ctx context.Context, id string) (meeting.Recording, error) {
	r, err := scanRecording(s.read.QueryRowContext(ctx, recordingQuery+`id = $1`, id))
	if err != nil {
		return meeting.Recording{}, s.fault(missing(err, meeting.ErrNoRecording))
	}
	return r, nil
}

// RecordingsOf is meeting.RecordingStore.
func (s *Store) RecordingsOf(ctx context.Context, meetingID string) ([]meeting.Recording, error) {
	all, err := list(ctx, s.read, scanRecording,
		recordingQuery+`meeting_id = $1 AND removed_at = 0 ORDER BY started_at DESC, id DESC`, meetingID)
	return all, s.fault(err)
}

// RecordingsBefore is meeting.RecordingStore.
func (s *Store) RecordingsBefore(ctx context.Context, began time.Time) ([]meeting.Recording, error) {
	all, err := list(ctx, s.read, scanRecording,
		recordingQuery+`removed_at = 0 AND started_at < $1 ORDER BY started_at, id`, ms(began))
	return all, s.fault(err)
}
