-- +goose Up
-- Names by which calls are searched, both in lower case, on a line each: SQLite
-- knows the lower case of ASCII alone.
ALTER TABLE cdr ADD COLUMN search TEXT NOT NULL DEFAULT '';
UPDATE cdr SET search = lower(person_name || '
' || name);
