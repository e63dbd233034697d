-- +goose Up
-- All legs of a day of UTC that is over, a column in each row: what was not
-- summed up is counted from these, and legs that have several things in common
-- are found by them. They can be made anew from the table leg at any time.
CREATE TABLE leg_pack (
    day    BIGINT NOT NULL, -- since 1970
    part   TEXT   NOT NULL, -- a dimension, or marks, or sums
    packed BYTEA  NOT NULL,
    PRIMARY KEY (day, part)
);

-- Legs are counted by meeting from those: no sums of their own are needed.
DELETE FROM leg_hour WHERE dimension = 'meeting';
DELETE FROM leg_day WHERE dimension = 'meeting';

-- A phone's leg of which nothing was measured, which is what a summary of this
-- length says, was heard by nobody: a bit says so, and it no longer counts.
UPDATE leg SET because = 32 WHERE kind = 'phone' AND length(summary) = 57;
CREATE TABLE leg_unheard AS
SELECT dimension, hour, legs, dropped,
    CASE dimension WHEN 'kind' THEN kind WHEN 'site' THEN site WHEN 'access' THEN access WHEN 'agent' THEN agent
        WHEN 'system' THEN system WHEN 'device' THEN device WHEN 'codec' THEN codec WHEN 'trunk' THEN trunk
        WHEN 'country' THEN country WHEN 'destination' THEN destination WHEN 'transport' THEN transport
        WHEN 'candidate' THEN candidate ELSE '' END AS value
FROM (
    SELECT began / 3600000 AS hour, kind, site, access, agent, system, device, codec, trunk, country, destination, transport,
        candidate, count(*) AS legs, sum(dropped) AS dropped
    FROM leg WHERE because = 32 AND ended > 0
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13
) AS unheard CROSS JOIN (
    SELECT '' AS dimension UNION ALL SELECT 'kind' UNION ALL SELECT 'site' UNION ALL SELECT 'access' UNION ALL SELECT 'agent'
    UNION ALL SELECT 'system' UNION ALL SELECT 'device' UNION ALL SELECT 'codec' UNION ALL SELECT 'trunk' UNION ALL SELECT 'country'
    UNION ALL SELECT 'destination' UNION ALL SELECT 'transport' UNION ALL SELECT 'candidate'
) AS every;
UPDATE leg_hour SET legs = leg_hour.legs - less.legs, dropped = leg_hour.dropped - less.dropped
FROM (SELECT dimension, value, hour, sum(legs) AS legs, sum(dropped) AS dropped FROM leg_unheard GROUP BY 1, 2, 3) AS less
WHERE leg_hour.dimension = less.dimension AND leg_hour.value = less.value AND leg_hour.hour = less.hour;
UPDATE leg_day SET legs = leg_day.legs - less.legs, dropped = leg_day.dropped - less.dropped
FROM (SELECT dimension, value, hour / 24 AS day, sum(legs) AS legs, sum(dropped) AS dropped FROM leg_unheard GROUP BY 1, 2, 3) AS less
WHERE leg_day.dimension = less.dimension AND leg_day.value = less.value AND leg_day.day = less.day;
DROP TABLE leg_unheard;
