-- +goose Up
-- Whether only hosts have people called into a meeting.

ALTER TABLE meeting ADD COLUMN hosts_dial BOOLEAN NOT NULL DEFAULT FALSE;
