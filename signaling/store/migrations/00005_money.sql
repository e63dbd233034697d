-- +goose Up
-- Money and the records of calls. Amounts are micro-units (10^-6) of the
-- company's currency. Neither people nor meetings are references: records stay
-- when those go.

-- One row per leg. No column is ever NULL: '' is nothing, and 0 is never.
CREATE TABLE cdr (
    id               TEXT    PRIMARY KEY,
    parent           TEXT    NOT NULL, -- the leg that this one was called for
    kind             TEXT    NOT NULL, -- web, pstn_in, pstn_out, sip
    direction        TEXT    NOT NULL, -- outbound, inbound
    state            TEXT    NOT NULL, -- opened, ringing, answered, closed
    meeting_id       TEXT    NOT NULL,
    occurrence       TEXT    NOT NULL,
    batch            TEXT    NOT NULL,
    attempt          BIGINT  NOT NULL,
    from_number      TEXT    NOT NULL, -- E.164
    to_number        TEXT    NOT NULL, -- E.164
    name             TEXT    NOT NULL, -- of the far end
    known            BIGINT  NOT NULL, -- 1: a colleague or a saved contact
    person_id        TEXT    NOT NULL, -- who dialled
    person_name      TEXT    NOT NULL,
    department       TEXT    NOT NULL,
    cost_centre      TEXT    NOT NULL,
    payer_kind       TEXT    NOT NULL,
    payer_id         TEXT    NOT NULL,
    class            TEXT    NOT NULL, -- of the number: domestic, mobile …
    country          TEXT    NOT NULL, -- ISO 3166
    trunk            TEXT    NOT NULL,
    why              TEXT    NOT NULL, -- how the trunk was chosen
    destination      TEXT    NOT NULL, -- as the deck calls it
    setup_at         BIGINT  NOT NULL,
    ring_at          BIGINT  NOT NULL,
    answer_at        BIGINT  NOT NULL,
    end_at           BIGINT  NOT NULL,
    beat_at          BIGINT  NOT NULL, -- known to be alive then
    duration_ms      BIGINT  NOT NULL, -- from answer to end
    pdd_ms           BIGINT  NOT NULL, -- post-dial delay
    deck             TEXT    NOT NULL, -- version
    prefix           TEXT    NOT NULL, -- of the rate, as all up to rate_weight
    rate_destination TEXT    NOT NULL,
    per_minute       BIGINT  NOT NULL,
    connect_fee      BIGINT  NOT NULL,
    initial_s        BIGINT  NOT NULL,
    increment_s      BIGINT  NOT NULL,
    minimum_s        BIGINT  NOT NULL,
    grace_s          BIGINT  NOT NULL,
    rate_from        BIGINT  NOT NULL,
    rate_to          BIGINT  NOT NULL,
    rate_trunk       TEXT    NOT NULL,
    rate_direction   TEXT    NOT NULL,
    rate_class       TEXT    NOT NULL,
    rate_weight      BIGINT  NOT NULL,
    currency         TEXT    NOT NULL,
    hold_id          TEXT    NOT NULL,
    cost             BIGINT  NOT NULL,
    billed_s         BIGINT  NOT NULL,
    sip_call_id      TEXT    NOT NULL,
    status           BIGINT  NOT NULL, -- the last of SIP
    q850             BIGINT  NOT NULL,
    cause            TEXT    NOT NULL,
    rule             TEXT    NOT NULL, -- by which it was refused or ended
    side             TEXT    NOT NULL, -- that hung up: us, them
    codec            TEXT    NOT NULL,
    mos_in           BIGINT  NOT NULL, -- hundredths; 0: unknown
    mos_out          BIGINT  NOT NULL,
    loss_in          BIGINT  NOT NULL, -- hundredths of a percent
    loss_out         BIGINT  NOT NULL,
    jitter_in_us     BIGINT  NOT NULL,
    jitter_out_us    BIGINT  NOT NULL,
    rtt_us           BIGINT  NOT NULL,
    quality          TEXT    NOT NULL, -- good, poor, unclassified
    notice_at        BIGINT  NOT NULL, -- the notice of a recording was heard
    join_method      TEXT    NOT NULL,
    keys_pressed     BIGINT  NOT NULL  -- how many
);
CREATE INDEX cdr_setup ON cdr (setup_at, id);
CREATE INDEX cdr_person ON cdr (person_id, setup_at, id);
CREATE INDEX cdr_meeting ON cdr (meeting_id, setup_at, id);
CREATE INDEX cdr_trunk ON cdr (trunk, setup_at, id);
CREATE INDEX cdr_to ON cdr (to_number, setup_at, id);
CREATE INDEX cdr_from ON cdr (from_number, setup_at, id);
CREATE INDEX cdr_open ON cdr (person_id) WHERE state <> 'closed';

CREATE TABLE budget (
    id           TEXT    PRIMARY KEY,
    payer_kind   TEXT    NOT NULL,
    payer_id     TEXT    NOT NULL,
    period       TEXT    NOT NULL, -- day, month, once
    limit_amount BIGINT  NOT NULL CHECK (limit_amount >= 0),
    hard         BOOLEAN NOT NULL,
    UNIQUE (payer_kind, payer_id, period)
);

-- How a budget stands in one period: the sums of its postings, changed in the
-- transaction that adds those. Like all below, it stays when the budget goes.
CREATE TABLE balance (
    budget_id TEXT   NOT NULL,
    period    TEXT   NOT NULL, -- "2026-11-23", "2026-11", "once"
    held      BIGINT NOT NULL CHECK (held >= 0),
    spent     BIGINT NOT NULL CHECK (spent >= 0),
    told      BIGINT NOT NULL, -- the highest share, in percent, told to the owner
    PRIMARY KEY (budget_id, period)
);

-- What a call holds of a budget. It goes when the call is settled.
CREATE TABLE hold (
    call_id    TEXT   NOT NULL,
    budget_id  TEXT   NOT NULL,
    period     TEXT   NOT NULL,
    amount     BIGINT NOT NULL CHECK (amount >= 0),
    expires_at BIGINT NOT NULL,
    postings   BIGINT NOT NULL, -- how many the call has made so far
    PRIMARY KEY (call_id, budget_id)
);

-- The ledger: money goes from one account of a budget's period to another
-- (free, held, spent). Rows are only ever added.
CREATE TABLE posting (
    call_id   TEXT   NOT NULL,
    budget_id TEXT   NOT NULL,
    number    BIGINT NOT NULL, -- 1, 2, 3 … of that call and budget
    period    TEXT   NOT NULL,
    origin    TEXT   NOT NULL CHECK (origin IN ('free', 'held')),
    target    TEXT   NOT NULL CHECK (target IN ('free', 'held', 'spent') AND target <> origin),
    amount    BIGINT NOT NULL CHECK (amount > 0),
    booked_at BIGINT NOT NULL,
    PRIMARY KEY (call_id, budget_id, number)
);
CREATE INDEX posting_budget ON posting (budget_id, period);

-- Who looked whose calls up: that person sees it. Looks of the same sort within
-- an hour are one.
CREATE TABLE look (
    person_id TEXT   NOT NULL, -- '' : everybody's calls
    by_id     TEXT   NOT NULL,
    by_name   TEXT   NOT NULL,
    act       TEXT   NOT NULL, -- list, call, export, costs
    call_id   TEXT   NOT NULL,
    hour      BIGINT NOT NULL, -- since 1970
    at        BIGINT NOT NULL, -- the first of them
    PRIMARY KEY (person_id, hour, by_id, act, call_id)
);
