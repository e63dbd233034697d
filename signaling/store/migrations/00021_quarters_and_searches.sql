-- +goose Up
-- What else calls are searched by, likewise by their time: to find a few among
-- all, or none, the records are not read. Few calls have the last three at all.
CREATE INDEX cdr_measured ON cdr (
    setup_at, id, deck, prefix, attempt, pdd_ms, keys_pressed, loss_in, loss_out, jitter_in_us, jitter_out_us, rtt_us
);
CREATE INDEX cdr_occurrence ON cdr (occurrence, setup_at, id) WHERE occurrence <> '';
CREATE INDEX cdr_batch ON cdr (batch, setup_at, id) WHERE batch <> '';
CREATE INDEX cdr_parent ON cdr (parent, setup_at, id) WHERE parent <> '';

-- A Call-ID is as long as whoever chose it wants, and a row of an index is not.
CREATE INDEX cdr_sip_call ON cdr (substr(sip_call_id, 1, 64)) WHERE sip_call_id <> '';

-- How browsers came in ('browser') and calls over trunks were placed ('phone'),
-- by the quarter of an hour in which that began: the days of every time zone are
-- made of those.
CREATE TABLE setup_quarter (
    quarter BIGINT  NOT NULL, -- since 1970
    kind    TEXT    NOT NULL,
    setups  INTEGER NOT NULL,
    failed  INTEGER NOT NULL,
    PRIMARY KEY (quarter, kind)
);

-- Joins are kept one by one for a shorter time than their sums: of the others
-- only the hour is known, up to that of the oldest one.
INSERT INTO setup_quarter
SELECT hour * 4, 'browser', sum(CASE WHEN cause = '' THEN joins ELSE 0 END), sum(CASE WHEN cause <> '' THEN joins ELSE 0 END)
FROM join_hour
WHERE kind = 'browser' AND stage = '' AND (hour <= (SELECT min(began) / 3600000 FROM join_try) OR NOT EXISTS (SELECT 1 FROM join_try))
GROUP BY hour;
INSERT INTO setup_quarter
SELECT began / 900000, 'browser', count(*), sum(CASE WHEN failed <> '' THEN 1 ELSE 0 END)
FROM join_try WHERE kind = 'browser' AND began / 3600000 > (SELECT min(began) / 3600000 FROM join_try)
GROUP BY 1;

-- Failed are those that quality.SetupOf says are ineffective or refused.
INSERT INTO setup_quarter
SELECT setup_at / 900000, 'phone', count(*), sum(CASE
    WHEN answer_at > 0 OR status BETWEEN 200 AND 399 THEN 0
    WHEN status IN (404, 410, 480, 484, 485, 486, 487, 600, 603, 604, 607) THEN 0
    ELSE 1 END)
FROM cdr WHERE state = 'closed' AND direction = 'outbound' AND trunk <> '' AND (answer_at > 0 OR cause NOT IN ('refused', 'no-money', 'not-called'))
GROUP BY 1;
