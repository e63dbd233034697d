-- +goose Up
-- Ids are UUIDv7 text made by the program, times are milliseconds UTC.

CREATE TABLE company (
    id         BIGINT PRIMARY KEY CHECK (id = 1),
    name       TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);

-- The link for the first admin, while there is none.
CREATE TABLE set_up_token (
    id     BIGINT PRIMARY KEY CHECK (id = 1),
    digest TEXT   NOT NULL
);

CREATE TABLE person (
    id            TEXT    PRIMARY KEY,
    name          TEXT    NOT NULL,
    email         TEXT    NOT NULL UNIQUE,
    phone         TEXT    NOT NULL,
    language      TEXT    NOT NULL,
    time_zone     TEXT    NOT NULL,
    admin         BOOLEAN NOT NULL,
    active        BOOLEAN NOT NULL,
    password_hash TEXT    NOT NULL,
    -- name and e-mail in lower case: SQLite's lower() knows ASCII only
    search        TEXT    NOT NULL,
    created_at    BIGINT  NOT NULL
);

CREATE TABLE session (
    id           TEXT   PRIMARY KEY,
    digest       TEXT   NOT NULL UNIQUE,
    person_id    TEXT   NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    created_at   BIGINT NOT NULL,
    last_seen_at BIGINT NOT NULL,
    user_agent   TEXT   NOT NULL,
    address      TEXT   NOT NULL
);
CREATE INDEX session_person ON session (person_id);
CREATE INDEX session_last_seen ON session (last_seen_at);

CREATE TABLE invitation (
    person_id  TEXT   PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
    digest     TEXT   NOT NULL UNIQUE,
    expires_at BIGINT NOT NULL
);

CREATE TABLE meeting (
    id             TEXT    PRIMARY KEY,
    name           TEXT    NOT NULL,
    occasion       TEXT    NOT NULL CHECK (occasion IN ('now', 'named')),
    organiser_id   TEXT    NOT NULL REFERENCES person (id),
    link           TEXT    NOT NULL UNIQUE,
    number         TEXT    NOT NULL UNIQUE,
    host_code      TEXT    NOT NULL,
    mute_on_entry  BOOLEAN NOT NULL,
    created_at     BIGINT  NOT NULL,
    last_active_at BIGINT  NOT NULL,
    ended_at       BIGINT
);
CREATE INDEX meeting_organiser ON meeting (organiser_id);

CREATE TABLE invitee (
    id         TEXT PRIMARY KEY,
    meeting_id TEXT NOT NULL REFERENCES meeting (id) ON DELETE CASCADE,
    person_id  TEXT REFERENCES person (id),
    name       TEXT NOT NULL,
    code       TEXT NOT NULL,
    UNIQUE (meeting_id, code),
    UNIQUE (meeting_id, person_id)
);
CREATE INDEX invitee_person ON invitee (person_id);
