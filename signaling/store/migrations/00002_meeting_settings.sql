-- +goose Up
-- What an organiser decides about a meeting, beside mute_on_entry. Meetings
-- from before get what new ones get.

ALTER TABLE meeting ADD COLUMN opens_at BIGINT; -- NULL: always open
ALTER TABLE meeting ADD COLUMN wait_for_host BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE meeting ADD COLUMN tones BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE meeting ADD COLUMN record_names BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE meeting ADD COLUMN max_participants BIGINT NOT NULL DEFAULT 0; -- 0: as many as the server takes
