-- +goose Up
-- What admins set. Nothing of it is a reference to a person: records and the
-- log stay when somebody leaves.

ALTER TABLE person ADD COLUMN department TEXT NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN cost_centre TEXT NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN may_call TEXT NOT NULL DEFAULT 'everyone'
    CHECK (may_call IN ('everyone', 'known', 'nobody'));
