-- +goose Up
-- What calls are searched by most, and what sums of costs are made of, by the
-- time of the call: to find a few among all, or none, the records are not read.
-- PostgreSQL allows 32 columns.
DROP INDEX cdr_costs;
CREATE INDEX cdr_facets ON cdr (
    setup_at, id, state, answer_at, class, country, kind, direction, cause, trunk, cost_centre, department, status, q850, side, rule, codec,
    quality, known, notice_at, join_method, payer_kind, payer_id, person_id, person_name, meeting_id, destination, cost, billed_s, duration_ms,
    mos_in, mos_out
);

-- The names that calls have are found first, then their calls.
UPDATE cdr SET search = substr(search, 1, 400) WHERE length(search) > 400;
CREATE INDEX cdr_search ON cdr (search, setup_at, id);
