-- +goose Up
-- What is amiss and told to admins, so that a restart neither tells it again nor
-- forgets it. Times are milliseconds since 1970.

CREATE TABLE trouble (
    kind    TEXT             NOT NULL,
    subject TEXT             NOT NULL, -- which of its kind; '': there is one
    figure  DOUBLE PRECISION NOT NULL,
    began   BIGINT           NOT NULL,
    told    BOOLEAN          NOT NULL,
    keeper  TEXT             NOT NULL, -- who tells of it; '': nobody yet
    until   BIGINT           NOT NULL, -- has it till then, on the database's clock
    PRIMARY KEY (kind, subject)
);
