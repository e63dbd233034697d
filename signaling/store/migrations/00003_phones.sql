-- +goose Up
-- What phones need to know of people.

CREATE INDEX person_phone ON person (phone);

-- A person's right to use SIP phones. The hashes are those of RFC 7616 section
-- 3.4.2, of user, realm and password.
CREATE TABLE sip_account (
    person_id  TEXT   PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
    user_name  TEXT   NOT NULL UNIQUE,
    number     TEXT   NOT NULL UNIQUE, -- short: 3 to 5 digits
    ha1_md5    TEXT   NOT NULL,
    ha1_sha256 TEXT   NOT NULL,
    created_at BIGINT NOT NULL
);

-- A person's name in their own voice: 16 bit little-endian samples at 16 kHz.
-- SQLite takes BYTEA for a column that keeps what it is given.
CREATE TABLE spoken_name (
    person_id  TEXT   PRIMARY KEY REFERENCES person (id) ON DELETE CASCADE,
    pcm        BYTEA  NOT NULL,
    created_at BIGINT NOT NULL
);
