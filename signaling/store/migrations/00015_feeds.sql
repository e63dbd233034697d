-- +goose Up
-- The calendar that a person has elsewhere fetches itself. Its link is signed
-- from the id here and is not stored: who reads the table cannot fetch it.

CREATE TABLE calendar_feed (
    person_id  TEXT   PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
    id         TEXT   NOT NULL UNIQUE,
    created_at BIGINT NOT NULL
);

-- Which event of somebody's files has become which meeting, so that a file that
-- is imported again makes nothing twice.
CREATE TABLE imported_event (
    person_id  TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    uid        TEXT NOT NULL,
    meeting_id TEXT NOT NULL REFERENCES meeting (id) ON DELETE CASCADE,
    PRIMARY KEY (person_id, uid)
);
CREATE INDEX imported_event_meeting ON imported_event (meeting_id);
