package store

import (
	"context"
	"database/sql"

	"partyline/signaling/channel"
	"partyline/signaling/company"
)

const botQuery = `
	SELECT id, name, channel, host, allow_private, sealed, changed_at, changed_by_id, changed_by,
		(SELECT count(*) FROM bot_choice WHERE bot_id = bot.id)
	FROM bot `

func scanBot(row scanner) (channel.StoredBot, error) {
	var b channel.StoredBot
	var changed int64
	err := row.Scan(&b.ID, &b.Name, (*string)(&b.Channel), &b.Host, &b.AllowPrivate, &b.Sealed,
		&changed, &b.ChangedBy.ID, &b.ChangedBy.Name, &b.People)
	b.ChangedAt = fromMS(changed)
	return b, err
}

func botArgs(b channel.StoredBot) []any {
	return []any{
		b.ID, b.Name, string(b.Channel), b.Host, b.AllowPrivate, octets(b.Sealed), ms(b.ChangedAt), b.ChangedBy.ID, b.ChangedBy.Name,
	}
}

// Bots is channel.BotStore.
func (s *Store) Bots(ctx context.Context) ([]channel.StoredBot, error) {
	all, err := list(ctx, s.read, scanBot, botQuery+`ORDER BY name`)
	return all, s.fault(err)
}

// Bot is channel.BotStore.
func (s *Store) Bot(ctx context.Context, id string) (channel.StoredBot, error) {
	b, err := scanBot(s.read.QueryRowContext(ctx, botQuery+`WHERE id = $1`, id))
	if err != nil {
		return channel.StoredBot{}, s.fault(missing(err, company.ErrNotFound))
	}
	return b, nil
}

// AddBot is channel.BotStore.
func (s *Store) AddBot(ctx context.Context, b channel.StoredBot, limit int, entry company.Entry) error {
	return s.change(ctx, func(tx *sql.Tx) error {
		var there int
		if err := tx.QueryRowContext(ctx, `SELECT count(*) FROM bot`).Scan(&there); err != nil {
			return err
		}
		if there >= limit {
			return company.ErrTooMany
		}
		_, err := tx.ExecContext(ctx, `
			INSERT INTO bot (id, name, channel, host, allow_private, sealed, changed_at, changed_by_id, changed_by)
			VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)`, botArgs(b)...)
		return s.noted(ctx, tx, err, &entry)
	})
}

// ChangeBot is channel.BotStore.
func (s *Store) ChangeBot(ctx context.Context, id string, change func(*channel.StoredBot) (company.Entry, error)) error {
	return s.change(ctx, func(tx *sql.Tx) error {
		b, err := scanBot(tx.QueryRowContext(ctx, botQuery+`WHERE id = $1`+s.dialect.forUpdate, id))
		if err != nil {
			return missing(err, company.ErrNotFound)
		}
		entry, err := change(&b)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
			UPDATE bot SET name = $2, channel = $3, host = $4, allow_private = $5, sealed = $6,
				changed_at = $7, changed_by_id = $8, changed_by = $9
			WHERE id = $1`, botArgs(b)...)
		return s.noted(ctx, tx, err, &entry)
	})
}

// RemoveBot is channel.BotStore.
func (s *Store) RemoveBot(ctx context.Context, id string, entry func(channel.StoredBot) (company.Entry, error)) error {
	return s.change(ctx, func(tx *sql.Tx) error {
		b, err := scanBot(tx.QueryRowContext(ctx, botQuery+`WHERE id = $1`+s.dialect.forUpdate, id))
		if err != nil {
			return missing(err, company.ErrNotFound)
		}
		e, err := entry(b)
		if err != nil {
			return err
		}
		if err := removeOne(ctx, tx, `DELETE FROM bot WHERE id = $1`, id); err != nil {
			return err
		}
		return note(ctx, tx, e)
	})
}

// BotChoices is channel.ChoiceStore.
func (s *Store) BotChoices(ctx context.Context, person string) ([]channel.Choice, error) {
	all, err := list(ctx, s.read, func(row scanner) (c channel.Choice, err error) {
		return c, row.Scan(&c.Bot, &c.Mention)
	}, `SELECT bot_id, mention FROM bot_choice WHERE person_id = $1 ORDER BY bot_id`, person)
	return all, s.fault(err)
}

// SetBotChoices is channel.ChoiceStore.
func (s *Store) SetBotChoices(ctx context.Context, person string, all []channel.Choice) error {
	return s.change(ctx, func(tx *sql.Tx) error {
		if err := s.activePerson(ctx, tx, person); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM bot_choice WHERE person_id = $1`, person); err != nil {
			return err
		}
		for _, c := range all {
			r, err := tx.ExecContext(ctx, `
				INSERT INTO bot_choice (person_id, bot_id, mention) SELECT $1, id, $3 FROM bot WHERE id = $2
				ON CONFLICT (person_id, bot_id) DO UPDATE SET mention = excluded.mention`, person, c.Bot, c.Mention)
			if err != nil {
				return err
			}
			if n, err := r.RowsAffected(); err == nil && n == 0 {
				return company.ErrNotFound
			}
		}
		return nil
	})
}
