package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"partyline/signaling/notify"
	"partyline/signaling/reminder"
)

// What there is one of.
const (
	markName    = "mark"
	linkKeyName = "link-key"
)

// shared reads what all nodes have in common; empty where it was never set.
func (s *Store) shared(ctx context.Context, q querier, name, end string) (value string, err error) {
	err = q.QueryRowContext(ctx, `SELECT value FROM reminder_shared WHERE name = $1`+end, name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, err
}

// changeShared lets change make another value of what is there.
func (s *Store) changeShared(ctx context.Context, name string, change func(string) (string, error)) error {
	return s.change(ctx, func(tx *sql.Tx) error {
		// There is a row to lock before it was ever set.
		_, err := tx.ExecContext(ctx, `INSERT INTO reminder_shared (name, value) VALUES ($1, '') ON CONFLICT (name) DO NOTHING`, name)
		if err != nil {
			return err
		}
		value, err := s.shared(ctx, tx, name, s.dialect.forUpdate)
		if err != nil {
			return err
		}
		if value, err = change(value); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE reminder_shared SET value = $2 WHERE name = $1`, name, value)
		return err
	})
}

// Mark is reminder.Shared.
func (s *Store) Mark(ctx context.Context) (time.Time, error) {
	value, err := s.shared(ctx, s.read, markName, "")
	if err != nil {
		return time.Time{}, s.fault(err)
	}
	return parseMark(value)
}

func parseMark(value string) (time.Time, error) {
	if value == "" {
		return time.Time{}, nil
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		return time.Time{}, fmt.Errorf("read the mark of reminders: %w", err)
	}
	return fromMS(n), nil
}

// SetMark is reminder.Shared.
func (s *Store) SetMark(ctx context.Context, t time.Time) error {
	return s.changeShared(ctx, markName, func(value string) (string, error) {
		before, err := parseMark(value)
		if err != nil || !t.After(before) {
			return value, err
		}
		return strconv.FormatInt(ms(t), 10), nil
	})
}

// linkKeySize is that of a key of HMAC-SHA-256, in bytes.
const linkKeySize = 32

// LinkKey is reminder.Shared.
func (s *Store) LinkKey(ctx context.Context) ([]byte, error) {
	var key []byte
	err := s.changeShared(ctx, linkKeyName, func(value string) (string, error) {
		if value == "" {
			fresh := make([]byte, linkKeySize)
			_, _ = rand.Read(fresh) // never fails
			value = hex.EncodeToString(fresh)
		}
		var err error
		key, err = hex.DecodeString(value)
		return value, err
	})
	return key, err
}

// TakeTokens is reminder.Shared.
func (s *Store) TakeTokens(
	ctx context.Context, bot string, limits []notify.Limit, now time.Time, want int,
) (got int, next time.Time, err error) {
	err = s.change(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO reminder_bucket (bot, levels) VALUES ($1, '[]') ON CONFLICT (bot) DO NOTHING`, bot)
		if err != nil {
			return err
		}
		var text string
		if err := tx.QueryRowContext(ctx, `SELECT levels FROM reminder_bucket WHERE bot = $1`+s.dialect.forUpdate, bot).Scan(&text); err != nil {
			return err
		}
		var levels []reminder.Level
		if err := json.Unmarshal([]byte(text), &levels); err != nil {
			return fmt.Errorf("read a bot's bucket: %w", err)
		}
		levels, got, next = reminder.Take(limits, levels, now, want)
		after, err := json.Marshal(levels)
		if err != nil {
			return fmt.Errorf("write a bot's bucket: %w", err)
		}
		_, err = tx.ExecContext(ctx, `UPDATE reminder_bucket SET levels = $2 WHERE bot = $1`, bot, string(after))
		return err
	})
	return got, next, err
}
