-- +goose Up
-- How legs fared. Neither people nor meetings are references: all of this stays
-- when those go, and goes by its own age. Times are milliseconds since 1970,
-- hours are since 1970 as well. No column is ever NULL: '' is nothing.

-- One row per leg. It is written when the leg begins, every few minutes, and a
-- last time when it is over.
CREATE TABLE leg (
    id          TEXT     PRIMARY KEY,
    meeting_id  TEXT     NOT NULL,
    room_id     TEXT     NOT NULL,
    participant BIGINT   NOT NULL,
    kind        TEXT     NOT NULL, -- browser, phone
    person_id   TEXT     NOT NULL, -- '': no account
    name        TEXT     NOT NULL,
    name_key    TEXT     NOT NULL, -- the name in lower case: SQLite knows that of ASCII alone
    number      TEXT     NOT NULL, -- E.164
    call_id     TEXT     NOT NULL, -- of SIP
    outbound    BOOLEAN  NOT NULL,
    trunk       TEXT     NOT NULL,
    country     TEXT     NOT NULL,
    destination TEXT     NOT NULL,
    codec       TEXT     NOT NULL,
    wideband    BOOLEAN  NOT NULL,
    address     TEXT     NOT NULL,
    site        TEXT     NOT NULL,
    access      TEXT     NOT NULL,
    agent       TEXT     NOT NULL,
    system      TEXT     NOT NULL,
    device      TEXT     NOT NULL,
    transport   TEXT     NOT NULL,
    candidate   TEXT     NOT NULL,
    began       BIGINT   NOT NULL,
    ended       BIGINT   NOT NULL, -- 0: it lives
    kept        BIGINT   NOT NULL, -- when the row was written last
    cause       TEXT     NOT NULL,
    dropped     INTEGER  NOT NULL, -- 1: against everybody's will
    class       SMALLINT NOT NULL, -- 0 unclassified, 1 good, 2 degraded, 3 poor
    badness     BIGINT   NOT NULL, -- of two legs, the worse one has more
    because     SMALLINT NOT NULL, -- bits: 1 loss, 2 concealed, 4 jitter, 8 round trip, 16 MOS
    narrow_mos  SMALLINT NOT NULL, -- hundredths, of the worse direction; -1: unknown, as the next ones
    wide_mos    SMALLINT NOT NULL, -- the two scales are never mixed
    loss        INTEGER  NOT NULL, -- hundredths of a percent, of the worse direction
    jitter_us   INTEGER  NOT NULL, -- of the worse direction
    rtt_us      INTEGER  NOT NULL,
    stars       SMALLINT NOT NULL, -- 0: nobody rated it
    summary     BYTEA    NOT NULL  -- all that its samples come to, packed
);
-- What legs are told apart by, and what they are summed up from: both need not
-- read their rows.
CREATE INDEX leg_facets ON leg (
    began, id, ended, class, badness, dropped, kind, site, access, agent, system, device, codec, trunk, country, destination,
    transport, candidate, meeting_id, stars, because, narrow_mos, wide_mos, loss, jitter_us, rtt_us
);
CREATE INDEX leg_rated ON leg (began) WHERE stars > 0;
CREATE INDEX leg_alive ON leg (kept) WHERE ended = 0;
CREATE INDEX leg_bad ON leg (began, badness, id) WHERE badness > 0;
CREATE INDEX leg_class ON leg (class, began, id);
CREATE INDEX leg_meeting ON leg (meeting_id, began, id);
CREATE INDEX leg_person ON leg (person_id, began, id) WHERE person_id <> '';
CREATE INDEX leg_name ON leg (name_key, began, id) WHERE name_key <> '';
CREATE INDEX leg_number ON leg (number, began, id) WHERE number <> '';
CREATE INDEX leg_call ON leg (call_id) WHERE call_id <> '';

-- The names and numbers that legs have, for finding parts of them.
CREATE TABLE leg_word (
    sort TEXT   NOT NULL, -- name, number
    word TEXT   NOT NULL,
    last BIGINT NOT NULL, -- hour in which it was used last
    PRIMARY KEY (sort, word)
);

-- Samples, some minutes of a leg in each row.
CREATE TABLE leg_chunk (
    leg_id  TEXT    NOT NULL,
    began   BIGINT  NOT NULL,
    ended   BIGINT  NOT NULL,
    samples INTEGER NOT NULL,
    packed  BYTEA   NOT NULL,
    PRIMARY KEY (leg_id, began)
);
CREATE INDEX leg_chunk_began ON leg_chunk (began);

-- What happened on legs.
CREATE TABLE leg_event (
    leg_id TEXT    NOT NULL,
    number INTEGER NOT NULL, -- 1, 2, 3 … of that leg
    at     BIGINT  NOT NULL,
    what   TEXT    NOT NULL,
    note   TEXT    NOT NULL,
    PRIMARY KEY (leg_id, number)
);
CREATE INDEX leg_event_at ON leg_event (at);

-- How the signalling of a phone's leg went, and the messages themselves.
CREATE TABLE leg_signalling (
    leg_id          TEXT    PRIMARY KEY,
    at              BIGINT  NOT NULL,
    pdd_ms          INTEGER NOT NULL,
    answer_ms       INTEGER NOT NULL,
    status          INTEGER NOT NULL,
    q850            INTEGER NOT NULL,
    retransmissions INTEGER NOT NULL,
    challenges      INTEGER NOT NULL,
    holds           INTEGER NOT NULL,
    held_ms         BIGINT  NOT NULL,
    bye             TEXT    NOT NULL
);
CREATE INDEX leg_signalling_at ON leg_signalling (at);
CREATE TABLE leg_ladder (
    leg_id   TEXT   PRIMARY KEY,
    at       BIGINT NOT NULL,
    messages BYTEA  NOT NULL -- JSON by deflate
);
CREATE INDEX leg_ladder_at ON leg_ladder (at);

-- Headers of RTP and RTCP, for who has to prove something to a carrier.
CREATE TABLE leg_evidence (
    leg_id TEXT   PRIMARY KEY,
    at     BIGINT NOT NULL,
    packed BYTEA  NOT NULL
);
CREATE INDEX leg_evidence_at ON leg_evidence (at);

-- What legs come to by the hour in which they began, in each dimension; '' has
-- all of them. It is written in the transaction that
-- ends a leg.
CREATE TABLE leg_hour (
    dimension      TEXT    NOT NULL,
    value          TEXT    NOT NULL,
    hour           BIGINT  NOT NULL,
    legs           INTEGER NOT NULL,
    good           INTEGER NOT NULL,
    degraded       INTEGER NOT NULL,
    poor           INTEGER NOT NULL,
    dropped        INTEGER NOT NULL,
    poor_loss      INTEGER NOT NULL, -- of the poor ones, as the next four
    poor_concealed INTEGER NOT NULL,
    poor_jitter    INTEGER NOT NULL,
    poor_rtt       INTEGER NOT NULL,
    poor_mos       INTEGER NOT NULL,
    rated          INTEGER NOT NULL,
    stars          INTEGER NOT NULL,
    narrow         INTEGER NOT NULL, -- legs whose MOS is of the narrowband scale
    narrow_mos     BIGINT  NOT NULL, -- their hundredths
    wide           INTEGER NOT NULL,
    wide_mos       BIGINT  NOT NULL,
    with_loss      INTEGER NOT NULL,
    loss           BIGINT  NOT NULL, -- hundredths of a percent
    with_jitter    INTEGER NOT NULL,
    jitter_us      BIGINT  NOT NULL,
    with_rtt       INTEGER NOT NULL,
    rtt_us         BIGINT  NOT NULL,
    PRIMARY KEY (dimension, hour, value)
);
CREATE INDEX leg_hour_value ON leg_hour (dimension, value, hour);

-- The same by days of UTC: a break-down of a year need not look at all hours.
CREATE TABLE leg_day (
    dimension      TEXT    NOT NULL,
    value          TEXT    NOT NULL,
    day            BIGINT  NOT NULL, -- since 1970
    legs           INTEGER NOT NULL,
    good           INTEGER NOT NULL,
    degraded       INTEGER NOT NULL,
    poor           INTEGER NOT NULL,
    dropped        INTEGER NOT NULL,
    poor_loss      INTEGER NOT NULL,
    poor_concealed INTEGER NOT NULL,
    poor_jitter    INTEGER NOT NULL,
    poor_rtt       INTEGER NOT NULL,
    poor_mos       INTEGER NOT NULL,
    rated          INTEGER NOT NULL,
    stars          INTEGER NOT NULL,
    narrow         INTEGER NOT NULL,
    narrow_mos     BIGINT  NOT NULL,
    wide           INTEGER NOT NULL,
    wide_mos       BIGINT  NOT NULL,
    with_loss      INTEGER NOT NULL,
    loss           BIGINT  NOT NULL,
    with_jitter    INTEGER NOT NULL,
    jitter_us      BIGINT  NOT NULL,
    with_rtt       INTEGER NOT NULL,
    rtt_us         BIGINT  NOT NULL,
    PRIMARY KEY (dimension, day, value)
);

-- A meeting from the first one's coming to the last one's going.
CREATE TABLE sitting (
    meeting_id TEXT    NOT NULL,
    began      BIGINT  NOT NULL,
    ended      BIGINT  NOT NULL,
    badness    BIGINT  NOT NULL, -- a million for each poor leg, and one for each degraded one
    PRIMARY KEY (meeting_id, began)
);
CREATE INDEX sitting_began ON sitting (began, meeting_id);
CREATE INDEX sitting_bad ON sitting (badness, began, meeting_id);

-- Ways in. The id is made of all the rest.
CREATE TABLE join_try (
    id     TEXT   PRIMARY KEY,
    leg_id TEXT   NOT NULL, -- '': none came about
    kind   TEXT   NOT NULL,
    began  BIGINT NOT NULL,
    failed TEXT   NOT NULL, -- stage
    cause  TEXT   NOT NULL,
    steps  TEXT   NOT NULL  -- "click:0 microphone:310", in milliseconds
);
CREATE INDEX join_try_leg ON join_try (leg_id) WHERE leg_id <> '';
CREATE INDEX join_try_began ON join_try (began);
CREATE INDEX join_try_failed ON join_try (began) WHERE failed <> '';

-- Of the ways in that were begun in an hour: how many came to a stage (cause ''),
-- or not (any other), and after how long. The stage '' has all.
CREATE TABLE join_hour (
    hour    BIGINT  NOT NULL,
    kind    TEXT    NOT NULL,
    stage   TEXT    NOT NULL,
    cause   TEXT    NOT NULL,
    joins   INTEGER NOT NULL,
    b0      INTEGER NOT NULL, -- how many took up to 0.1 s, then up to 0.2, 0.3, 0.5, 0.75, 1, 1.5, 2, 3, 5, 10 s, longer
    b1      INTEGER NOT NULL,
    b2      INTEGER NOT NULL,
    b3      INTEGER NOT NULL,
    b4      INTEGER NOT NULL,
    b5      INTEGER NOT NULL,
    b6      INTEGER NOT NULL,
    b7      INTEGER NOT NULL,
    b8      INTEGER NOT NULL,
    b9      INTEGER NOT NULL,
    b10     INTEGER NOT NULL,
    b11     INTEGER NOT NULL,
    PRIMARY KEY (hour, kind, stage, cause)
);

CREATE TABLE rating (
    leg_id  TEXT     PRIMARY KEY,
    at      BIGINT   NOT NULL,
    stars   SMALLINT NOT NULL CHECK (stars BETWEEN 1 AND 5),
    reasons TEXT     NOT NULL -- words with blanks between
);
CREATE INDEX rating_at ON rating (at);

-- The company's network, as admins describe it.
CREATE TABLE subnet (
    prefix  TEXT PRIMARY KEY,
    site    TEXT NOT NULL,
    access  TEXT NOT NULL,
    city    TEXT NOT NULL,
    country TEXT NOT NULL
);

-- The calls that were placed over trunks, by the hour of their setup. It is
-- written in the transaction that closes the record of a call.
CREATE TABLE trunk_hour (
    trunk       TEXT    NOT NULL,
    hour        BIGINT  NOT NULL,
    calls       INTEGER NOT NULL,
    answered    INTEGER NOT NULL,
    duration_ms BIGINT  NOT NULL,
    cost        BIGINT  NOT NULL,
    b0          INTEGER NOT NULL, -- post-dial delays, in the buckets of join_hour
    b1          INTEGER NOT NULL,
    b2          INTEGER NOT NULL,
    b3          INTEGER NOT NULL,
    b4          INTEGER NOT NULL,
    b5          INTEGER NOT NULL,
    b6          INTEGER NOT NULL,
    b7          INTEGER NOT NULL,
    b8          INTEGER NOT NULL,
    b9          INTEGER NOT NULL,
    b10         INTEGER NOT NULL,
    b11         INTEGER NOT NULL,
    PRIMARY KEY (trunk, hour)
);

-- How they ended: all ratios of trunks are made of this.
CREATE TABLE trunk_outcome (
    trunk  TEXT    NOT NULL,
    hour   BIGINT  NOT NULL,
    status INTEGER NOT NULL, -- 200 where it was answered, or the last of SIP
    q850   INTEGER NOT NULL,
    rang   INTEGER NOT NULL, -- 1: it rang before
    calls  INTEGER NOT NULL,
    PRIMARY KEY (trunk, hour, status, q850, rang)
);

INSERT INTO trunk_hour
SELECT trunk, setup_at / 3600000, count(*), sum(CASE WHEN answer_at > 0 THEN 1 ELSE 0 END), sum(duration_ms), sum(cost),
    sum(CASE WHEN ring_at + answer_at > 0 AND pdd_ms <= 100 THEN 1 ELSE 0 END),
    sum(CASE WHEN ring_at + answer_at > 0 AND pdd_ms > 100 AND pdd_ms <= 200 THEN 1 ELSE 0 END),
    sum(CASE WHEN ring_at + answer_at > 0 AND pdd_ms > 200 AND pdd_ms <= 300 THEN 1 ELSE 0 END),
    sum(CASE WHEN ring_at + answer_at > 0 AND pdd_ms > 300 AND pdd_ms <= 500 THEN 1 ELSE 0 END),
    sum(CASE WHEN ring_at + answer_at > 0 AND pdd_ms > 500 AND pdd_ms <= 750 THEN 1 ELSE 0 END),
    sum(CASE WHEN ring_at + answer_at > 0 AND pdd_ms > 750 AND pdd_ms <= 1000 THEN 1 ELSE 0 END),
    sum(CASE WHEN ring_at + answer_at > 0 AND pdd_ms > 1000 AND pdd_ms <= 1500 THEN 1 ELSE 0 END),
    sum(CASE WHEN ring_at + answer_at > 0 AND pdd_ms > 1500 AND pdd_ms <= 2000 THEN 1 ELSE 0 END),
    sum(CASE WHEN ring_at + answer_at > 0 AND pdd_ms > 2000 AND pdd_ms <= 3000 THEN 1 ELSE 0 END),
    sum(CASE WHEN ring_at + answer_at > 0 AND pdd_ms > 3000 AND pdd_ms <= 5000 THEN 1 ELSE 0 END),
    sum(CASE WHEN ring_at + answer_at > 0 AND pdd_ms > 5000 AND pdd_ms <= 10000 THEN 1 ELSE 0 END),
    sum(CASE WHEN ring_at + answer_at > 0 AND pdd_ms > 10000 THEN 1 ELSE 0 END)
FROM cdr WHERE state = 'closed' AND direction = 'outbound' AND trunk <> '' AND (answer_at > 0 OR cause NOT IN ('refused', 'no-money', 'not-called'))
GROUP BY trunk, setup_at / 3600000;

INSERT INTO trunk_outcome
SELECT trunk, setup_at / 3600000, CASE WHEN answer_at > 0 THEN 200 ELSE status END, q850, CASE WHEN ring_at > 0 THEN 1 ELSE 0 END, count(*)
FROM cdr WHERE state = 'closed' AND direction = 'outbound' AND trunk <> '' AND (answer_at > 0 OR cause NOT IN ('refused', 'no-money', 'not-called'))
GROUP BY 1, 2, 3, 4, 5;
