-- +goose Up
-- Calls that somebody asked for and whose turn has not come. A row goes as soon
-- as its call has a record; what the next start finds was never called.
CREATE TABLE waiting_call (
    call_id    TEXT    PRIMARY KEY,
    batch      TEXT    NOT NULL,
    meeting_id TEXT    NOT NULL,
    person_id  TEXT    NOT NULL, -- who dials
    number     TEXT    NOT NULL, -- E.164, perhaps with an extension behind a comma
    name       TEXT    NOT NULL, -- of whom is to be called
    known      BOOLEAN NOT NULL, -- a colleague or a saved contact
    asked_at   BIGINT  NOT NULL
);
