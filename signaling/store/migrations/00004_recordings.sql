-- +goose Up
-- Who recorded what, and when: rows stay when what was recorded is deleted.
-- Neither meeting nor person is a reference: this is a log.

CREATE TABLE recording (
    id          TEXT   PRIMARY KEY,
    meeting_id  TEXT   NOT NULL,
    room        TEXT   NOT NULL,
    person_id   TEXT   NOT NULL, -- '' for a host without account
    person_name TEXT   NOT NULL,
    started_at  BIGINT NOT NULL,
    ended_at    BIGINT NOT NULL, -- 0: not yet
    removed_at  BIGINT NOT NULL, -- 0: not
    removed_by  TEXT   NOT NULL  -- '': kept long enough
);
CREATE INDEX recording_meeting ON recording (meeting_id);
CREATE INDEX recording_started ON recording (removed_at, started_at);
