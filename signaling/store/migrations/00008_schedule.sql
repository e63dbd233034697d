-- +goose Up
-- Meetings with dates, the replies to them, and to-dos. Times of the calendar
-- are wall times as text ("20260301T090000") with the name of a zone: they are
-- resolved to instants late, and compared with a day to spare on either side.

ALTER TABLE meeting ADD COLUMN made_for TEXT NOT NULL DEFAULT 'named'
    CHECK (made_for IN ('now', 'named', 'scheduled'));
UPDATE meeting SET made_for = occasion;
ALTER TABLE meeting DROP COLUMN occasion;
ALTER TABLE meeting RENAME COLUMN made_for TO occasion;
-- Others than hosts wait until a date of the meeting comes.
ALTER TABLE meeting ADD COLUMN lobby BOOLEAN NOT NULL DEFAULT FALSE;
-- Grows with each change of what people are told.
ALTER TABLE meeting ADD COLUMN revision BIGINT NOT NULL DEFAULT 0;

-- Of colleagues the account has mail, phone, language and zone.
ALTER TABLE invitee ADD COLUMN email TEXT NOT NULL DEFAULT '';
ALTER TABLE invitee ADD COLUMN phone TEXT NOT NULL DEFAULT '';
ALTER TABLE invitee ADD COLUMN language TEXT NOT NULL DEFAULT '';
ALTER TABLE invitee ADD COLUMN time_zone TEXT NOT NULL DEFAULT '';
ALTER TABLE invitee ADD COLUMN required BOOLEAN NOT NULL DEFAULT TRUE;
ALTER TABLE invitee ADD COLUMN co_host BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE invitee ADD COLUMN ring BOOLEAN NOT NULL DEFAULT FALSE;

CREATE TABLE series (
    id         TEXT    PRIMARY KEY,
    meeting_id TEXT    NOT NULL REFERENCES meeting (id) ON DELETE CASCADE,
    uid        TEXT    NOT NULL UNIQUE, -- of iCalendar
    sequence   BIGINT  NOT NULL,
    title      TEXT    NOT NULL,
    agenda     TEXT    NOT NULL,
    time_zone  TEXT    NOT NULL,
    start_wall TEXT    NOT NULL,
    minutes    BIGINT  NOT NULL CHECK (minutes > 0),
    rule       TEXT    NOT NULL, -- '': once
    ends_wall  TEXT    NOT NULL, -- when the last date begins; '': never
    first_wall TEXT    NOT NULL, -- nothing of the series, exceptions included, is before
    last_wall  TEXT    NOT NULL, -- nothing of it is later; '': it goes on
    cancelled  BOOLEAN NOT NULL
);
CREATE INDEX series_meeting ON series (meeting_id);
CREATE INDEX series_span ON series (first_wall, last_wall);

CREATE TABLE series_exception (
    series_id  TEXT    NOT NULL REFERENCES series (id) ON DELETE CASCADE,
    recurrence TEXT    NOT NULL, -- when the rule has it
    start_wall TEXT    NOT NULL, -- '': as the rule has it
    minutes    BIGINT  NOT NULL, -- 0: as the series
    title      TEXT    NOT NULL, -- '': as the series
    agenda     TEXT    NOT NULL, -- '': as the series
    cancelled  BOOLEAN NOT NULL,
    PRIMARY KEY (series_id, recurrence)
);

CREATE TABLE reply (
    meeting_id TEXT   NOT NULL REFERENCES meeting (id) ON DELETE CASCADE,
    invitee_id TEXT   NOT NULL REFERENCES invitee (id) ON DELETE CASCADE,
    occurrence TEXT   NOT NULL, -- '': all
    status     TEXT   NOT NULL CHECK (status IN ('needs-action', 'accepted', 'tentative', 'declined')),
    at         BIGINT NOT NULL,
    via        TEXT   NOT NULL,
    sequence   BIGINT NOT NULL,
    PRIMARY KEY (invitee_id, occurrence)
);
CREATE INDEX reply_meeting ON reply (meeting_id);

CREATE TABLE todo (
    id         TEXT   PRIMARY KEY,
    meeting_id TEXT   REFERENCES meeting (id) ON DELETE CASCADE, -- NULL: of no meeting
    occurrence TEXT   NOT NULL,
    text       TEXT   NOT NULL,
    owner_id   TEXT   NOT NULL REFERENCES person (id),
    due_wall   TEXT   NOT NULL, -- '': some time
    time_zone  TEXT   NOT NULL,
    done_at    BIGINT NOT NULL, -- 0: not yet
    by_id      TEXT   NOT NULL REFERENCES person (id),
    created_at BIGINT NOT NULL,
    revision   BIGINT NOT NULL
);
CREATE INDEX todo_owner ON todo (owner_id, done_at);
CREATE INDEX todo_meeting ON todo (meeting_id);
CREATE INDEX todo_due ON todo (done_at, due_wall);

-- The instants that people were told of, so that they can be told when a zone's
-- rules change. Never read as when something is.
CREATE TABLE promise (
    series_id TEXT   PRIMARY KEY REFERENCES series (id) ON DELETE CASCADE,
    sequence  BIGINT NOT NULL, -- of the series, as it was then
    until     TEXT   NOT NULL, -- wall: later dates are not among them
    dates     TEXT   NOT NULL  -- "20260301T090000 1772352000" a line
);

-- The rules of each zone as they were when its promises were made.
CREATE TABLE zone_rules (
    name        TEXT PRIMARY KEY,
    fingerprint TEXT NOT NULL
);
