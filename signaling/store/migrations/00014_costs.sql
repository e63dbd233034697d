-- +goose Up
-- What sums of costs are made of, by the time of the call: they need not look at
-- the records. A call comes in once, when it is over.
CREATE INDEX cdr_costs ON cdr (
    setup_at, cost_centre, department, person_id, person_name, destination, country, class, trunk, kind,
    meeting_id, payer_kind, payer_id, answer_at, duration_ms, billed_s, cost
) WHERE state = 'closed';
