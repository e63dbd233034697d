-- +goose Up
-- By which ways people are reached.

CREATE TABLE bot (
    id            TEXT    PRIMARY KEY,
    name          TEXT    NOT NULL UNIQUE,
    channel       TEXT    NOT NULL CHECK (channel IN ('wecom', 'dingtalk', 'feishu', 'slack', 'webhook')),
    host          TEXT    NOT NULL, -- of its address, which is sealed
    allow_private BOOLEAN NOT NULL,
    sealed        BYTEA   NOT NULL, -- address and secret, by the key file
    changed_at    BIGINT  NOT NULL,
    changed_by_id TEXT    NOT NULL,
    changed_by    TEXT    NOT NULL
);

-- Who wants to be told by which bot.
CREATE TABLE bot_choice (
    person_id TEXT NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    bot_id    TEXT NOT NULL REFERENCES bot (id) ON DELETE CASCADE,
    mention   TEXT NOT NULL, -- the person at the bot's service
    PRIMARY KEY (person_id, bot_id)
);
CREATE INDEX bot_choice_bot ON bot_choice (bot_id);

-- Browsers that take push messages.
CREATE TABLE browser (
    id         TEXT   PRIMARY KEY, -- digest of its endpoint
    person_id  TEXT   NOT NULL REFERENCES person (id) ON DELETE CASCADE,
    session_id TEXT   NOT NULL, -- that ends it; it may be forgotten before, when it is too old
    sealed     BYTEA  NOT NULL, -- endpoint and keys, by the key file
    user_agent TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);
CREATE INDEX browser_person ON browser (person_id);

-- The key that browsers know us by.
CREATE TABLE push_key (
    id     INTEGER PRIMARY KEY CHECK (id = 1),
    sealed BYTEA   NOT NULL
);
