-- +goose Up
-- Who is reminded of what. Subjects are occurrences, to-dos and announcements,
-- people are accounts and invitations; neither is a reference: what was sent
-- stays known when they are gone.

CREATE TABLE reminder (
    id          TEXT    PRIMARY KEY, -- made of subject, who, step and channel
    subject     TEXT    NOT NULL,
    kind        TEXT    NOT NULL,
    meeting_id  TEXT    NOT NULL, -- '': none
    who         TEXT    NOT NULL,
    person_id   TEXT    NOT NULL, -- '': somebody without an account
    step        TEXT    NOT NULL,
    channel     TEXT    NOT NULL,
    once        BOOLEAN NOT NULL, -- never tried twice
    revision    BIGINT  NOT NULL,
    start_at    BIGINT  NOT NULL,
    end_at      BIGINT  NOT NULL,
    due_at      BIGINT  NOT NULL,
    try_at      BIGINT  NOT NULL, -- when it is taken next
    state       TEXT    NOT NULL
        CHECK (state IN ('pending', 'claimed', 'sent', 'delivered', 'acknowledged', 'failed', 'expired', 'suppressed')),
    reason      TEXT    NOT NULL,
    attempt     BIGINT  NOT NULL,
    owner       TEXT    NOT NULL, -- the process that claimed it last
    lease_until BIGINT  NOT NULL, -- by the database's clock
    sent_at     BIGINT  NOT NULL, -- 0: not
    provider    TEXT    NOT NULL,
    UNIQUE (subject, who, step, channel)
);
CREATE INDEX reminder_try ON reminder (channel, try_at) WHERE state IN ('pending', 'claimed');
CREATE INDEX reminder_end ON reminder (end_at) WHERE state IN ('pending', 'claimed');
CREATE INDEX reminder_person ON reminder (person_id, end_at);

-- What people pressed. Rows are only ever added.
CREATE TABLE reminder_answer (
    id         TEXT   PRIMARY KEY, -- UUIDv7: in the order of time
    subject    TEXT   NOT NULL,
    meeting_id TEXT   NOT NULL,
    who        TEXT   NOT NULL,
    person_id  TEXT   NOT NULL,
    name       TEXT   NOT NULL,
    start_at   BIGINT NOT NULL, -- the date that was answered to
    act        TEXT   NOT NULL CHECK (act IN ('join', 'coming', 'late', 'cannot', 'snooze', 'heard')),
    minutes    BIGINT NOT NULL,
    place      TEXT   NOT NULL,
    at         BIGINT NOT NULL
);
CREATE INDEX reminder_answer_subject ON reminder_answer (subject, id);

CREATE TABLE reminder_quiet (
    person_id  TEXT   PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
    zone       TEXT   NOT NULL,
    week       TEXT   NOT NULL, -- JSON
    rest_until BIGINT NOT NULL  -- 0: not
);

CREATE TABLE reminder_choice (
    person_id TEXT PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
    body      TEXT NOT NULL -- JSON
);

CREATE TABLE reminder_ladder (
    meeting_id TEXT PRIMARY KEY,
    body       TEXT NOT NULL -- JSON
);

-- What was more urgent than quiet hours, and what those who were disturbed
-- said to it.
CREATE TABLE reminder_override (
    id        TEXT   PRIMARY KEY,
    subject   TEXT   NOT NULL UNIQUE,
    title     TEXT   NOT NULL,
    sender_id TEXT   NOT NULL,
    sender    TEXT   NOT NULL,
    reason    TEXT   NOT NULL,
    at        BIGINT NOT NULL
);
CREATE INDEX reminder_override_sender ON reminder_override (sender_id, at);

CREATE TABLE reminder_disturbance (
    override_id TEXT    NOT NULL REFERENCES reminder_override (id) ON DELETE CASCADE,
    person_id   TEXT    NOT NULL,
    at          BIGINT  NOT NULL,
    judged      BOOLEAN NOT NULL,
    urgent      BOOLEAN NOT NULL,
    PRIMARY KEY (override_id, person_id)
);
CREATE INDEX reminder_disturbance_person ON reminder_disturbance (person_id, at);

CREATE TABLE announcement (
    id          TEXT    PRIMARY KEY,
    title       TEXT    NOT NULL,
    body        TEXT    NOT NULL,
    by_id       TEXT    NOT NULL,
    by_name     TEXT    NOT NULL,
    at          BIGINT  NOT NULL,
    phone       BOOLEAN NOT NULL,
    override_id TEXT    NOT NULL, -- '': none
    people      TEXT    NOT NULL  -- JSON
);
CREATE INDEX announcement_at ON announcement (at);

-- How often each bot may still speak.
CREATE TABLE reminder_bucket (
    bot    TEXT PRIMARY KEY,
    levels TEXT NOT NULL -- JSON
);

-- What there is one of: 'mark', until when everything was planned, in ms;
-- 'link-key', in hexadecimal.
CREATE TABLE reminder_shared (
    name  TEXT PRIMARY KEY,
    value TEXT NOT NULL
);
