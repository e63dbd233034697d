-- +goose Up
-- Mail to invitees, written in the transaction of the change it tells of. It is
-- frozen: neither meeting nor invitee is a reference, for those may be gone when
-- a cancellation is sent.

CREATE TABLE mailing (
    id         TEXT   PRIMARY KEY,
    meeting_id TEXT   NOT NULL,
    uid        TEXT   NOT NULL, -- of the series
    recurrence TEXT   NOT NULL, -- the one date it is about; '': all
    body       TEXT   NOT NULL, -- JSON
    created_at BIGINT NOT NULL
);
CREATE INDEX mailing_meeting ON mailing (meeting_id);

CREATE TABLE letter (
    id          TEXT   PRIMARY KEY,
    mailing_id  TEXT   NOT NULL REFERENCES mailing (id) ON DELETE CASCADE,
    invitee_id  TEXT   NOT NULL,
    recipient   TEXT   NOT NULL, -- JSON
    state       TEXT   NOT NULL CHECK (state IN ('pending', 'sent', 'failed', 'superseded')),
    due_at      BIGINT NOT NULL, -- on the database's clock, while it is pending
    attempts    BIGINT NOT NULL,
    lease       TEXT   NOT NULL, -- '': nobody has claimed it
    ended_at    BIGINT NOT NULL, -- 0: not yet
    fault       TEXT   NOT NULL  -- of the last attempt
);
CREATE INDEX letter_mailing ON letter (mailing_id);
CREATE INDEX letter_due ON letter (due_at) WHERE state = 'pending';
CREATE INDEX letter_pending_invitee ON letter (invitee_id) WHERE state = 'pending';
