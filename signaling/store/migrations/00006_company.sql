-- +goose Up
-- What admins set. Nothing of it is a reference to a person: records and the
-- log stay when somebody leaves.

ALTER TABLE person ADD COLUMN department TEXT NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN cost_centre TEXT NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN may_call TEXT NOT NULL DEFAULT 'everyone'
    CHECK (may_call IN ('everyone', 'known', 'nobody'));

CREATE TABLE trunk (
    name          TEXT   PRIMARY KEY,
    body          TEXT   NOT NULL, -- JSON, without secrets
    sealed        BYTEA  NOT NULL, -- the secrets, by the key file; empty: none
    changed_at    BIGINT NOT NULL,
    changed_by_id TEXT   NOT NULL,
    changed_by    TEXT   NOT NULL
);

-- Versions of rate decks, kept for ever: records name theirs.
CREATE TABLE deck (
    version        TEXT    PRIMARY KEY, -- "0001", "0002" …
    name           TEXT    NOT NULL,
    trunk          TEXT    NOT NULL, -- whose prices these are; '': of all
    row_count      BIGINT  NOT NULL,
    currency       TEXT    NOT NULL,
    sha256         TEXT    NOT NULL, -- of the file that was uploaded
    csv            BYTEA   NOT NULL, -- in our columns, by gzip
    uploaded_at    BIGINT  NOT NULL,
    uploaded_by_id TEXT    NOT NULL,
    uploaded_by    TEXT    NOT NULL,
    active_from    BIGINT  NOT NULL, -- 0: a draft
    activated_by   TEXT    NOT NULL,
    removed        BOOLEAN NOT NULL  -- a draft that nobody wanted; its number is not given again
);

-- What there is one of, such as the brakes.
CREATE TABLE setting (
    name          TEXT   PRIMARY KEY,
    body          TEXT   NOT NULL, -- JSON
    changed_at    BIGINT NOT NULL,
    changed_by_id TEXT   NOT NULL,
    changed_by    TEXT   NOT NULL
);

-- Answers to the first call to a country.
CREATE TABLE approval (
    country       TEXT   PRIMARY KEY, -- ISO 3166
    standing      TEXT   NOT NULL CHECK (standing IN ('pending', 'approved', 'denied')),
    asked_by_id   TEXT   NOT NULL,
    asked_by      TEXT   NOT NULL,
    number        TEXT   NOT NULL, -- masked
    asked_at      BIGINT NOT NULL,
    decided_by_id TEXT   NOT NULL,
    decided_by    TEXT   NOT NULL,
    decided_at    BIGINT NOT NULL, -- 0: not yet
    reason        TEXT   NOT NULL
);

-- People outside of the company whom somebody has saved.
CREATE TABLE contact (
    id         TEXT   PRIMARY KEY,
    person_id  TEXT   NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    name       TEXT   NOT NULL,
    number     TEXT   NOT NULL, -- E.164
    search     TEXT   NOT NULL, -- name in lower case, and number
    created_at BIGINT NOT NULL,
    UNIQUE (person_id, number)
);

-- Who changed what. Rows are only ever added.
CREATE TABLE audit (
    id        TEXT   PRIMARY KEY, -- UUIDv7: in the order of time
    at        BIGINT NOT NULL,
    person_id TEXT   NOT NULL,
    person    TEXT   NOT NULL,
    thing     TEXT   NOT NULL,
    name      TEXT   NOT NULL,
    act       TEXT   NOT NULL,
    changes   TEXT   NOT NULL -- JSON
);
CREATE INDEX audit_thing ON audit (thing, id);
CREATE INDEX audit_person ON audit (person_id, id);
