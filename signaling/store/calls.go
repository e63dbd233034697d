package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"partyline/sip/billing"
)

// Record is billing.Archive.
func (s *Store) Record(ctx context.Context, id string) (billing.CDR, error) {
	c, err := s.cdr.scan(s.read.QueryRowContext(ctx, `SELECT `+s.cdr.packed+` FROM cdr WHERE id = $1`, id))
	if err != nil {
		return billing.CDR{}, s.fault(missing(err, billing.ErrNoCall))
	}
	return c, nil
}

// Records is billing.Archive.
func (s *Store) Records(ctx context.Context, q billing.Search, after billing.Place, limit int) ([]billing.CDR, error) {
	texts, err := s.packedRecords(ctx, q, after, limit)
	if err != nil {
		return nil, s.fault(err)
	}
	found := make([]billing.CDR, len(texts))
	for i, text := range texts {
		if err := s.cdr.unpack(&found[i], text); err != nil {
			return nil, err
		}
	}
	return found, nil
}

// packedRecords are rows as one text each.
func (s *Store) packedRecords(ctx context.Context, q billing.Search, after billing.Place, limit int) ([]string, error) {
	number := q.Number
	if !q.Prefix {
		q.Number = "" // see ofNumber
	}
	w, err := s.callConditions(ctx, q)
	if err != nil {
		return nil, err
	}
	order, beyond := ` ORDER BY setup_at DESC, id DESC`, ` < `
	if q.Oldest {
		order, beyond = ` ORDER BY setup_at, id`, ` > `
	}
	if after != (billing.Place{}) {
		w.add(`(setup_at, id)`+beyond+`(?, ?)`, ms(after.Setup), after.ID)
	}
	most := ` LIMIT ` + w.place(limit)
	if number != "" && !q.Prefix {
		w.ofNumber(string(number), order+most)
	}
	rest := w.sql() + order + most
	if limit < exportPage {
		// An index has all that this asks for; of other calls nothing is read.
		rest = ` WHERE id IN (SELECT id FROM (SELECT id FROM cdr` + rest + `) AS page)` + order
	}
	return list(ctx, s.read, func(row scanner) (text string, err error) {
		return text, row.Scan(&text)
	}, `SELECT `+s.cdr.packed+` FROM cdr`+rest, w.args...)
}

// exportPage is how many records are read at once when all are wanted: the
// database is not kept from its housekeeping while a slow client takes them.
const exportPage = 4000

// page is what was read of a long list.
type page struct {
	texts []string
	err   error
}

// EachRecord is billing.Archive. A goroutine reads the next page while fn gets
// the records of the one before; it has ended when EachRecord returns.
func (s *Store) EachRecord(ctx context.Context, q billing.Search, fn func(*billing.CDR) error) error {
	ctx, cancel := context.WithCancel(ctx)
	pages := make(chan page)
	go func() {
		defer close(pages)
		s.readPages(ctx, q, pages)
	}()
	defer func() {
		cancel()
		for range pages { // until the reader has ended
		}
	}()
	var c billing.CDR
	for p := range pages {
		if p.err != nil {
			return s.fault(fmt.Errorf("read records: %w", p.err))
		}
		for _, text := range p.texts {
			if err := s.cdr.unpack(&c, text); err != nil {
				return err
			}
			if err := fn(&c); err != nil {
				return err
			}
		}
	}
	return ctx.Err()
}

// readPages sends page after page, until the last or an error.
func (s *Store) readPages(ctx context.Context, q billing.Search, pages chan<- page) {
	var after billing.Place
	for {
		texts, err := s.packedRecords(ctx, q, after, exportPage)
		select {
		case pages <- page{texts, err}:
		case <-ctx.Done():
			return
		}
		if err != nil || len(texts) < exportPage {
			return
		}
		var last billing.CDR
		if err := s.cdr.unpack(&last, texts[len(texts)-1]); err != nil {
			return // fn's side finds the same
		}
		after = billing.PlaceOf(&last)
	}
}

// AddLooks is billing.Archive.
func (s *Store) AddLooks(ctx context.Context, all []billing.Look) error {
	return s.change(ctx, func(tx *sql.Tx) error {
		for _, l := range all {
			_, err := tx.ExecContext(ctx, `
				INSERT INTO look (person_id, by_id, by_name, act, call_id, hour, at) VALUES ($1, $2, $3, $4, $5, $6, $7)
				ON CONFLICT DO NOTHING`,
				l.Of, l.By, l.ByName, string(l.Act), l.Call, l.At.Unix()/int64(time.Hour/time.Second), ms(l.At))
			if err != nil {
				return fmt.Errorf("note a look: %w", err)
			}
		}
		return nil
	})
}

// Looks is billing.Archive.
func (s *Store) Looks(ctx context.Context, person string, limit int) ([]billing.Look, error) {
	all, err := list(ctx, s.read, func(row scanner) (billing.Look, error) {
		var l billing.Look
		var at int64
		err := row.Scan(&l.Of, &l.By, &l.ByName, (*string)(&l.Act), &l.Call, &at)
		l.At = fromMS(at)
		return l, err
	}, `SELECT person_id, by_id, by_name, act, call_id, at FROM look
		WHERE person_id IN ($1, '') AND by_id <> $1 ORDER BY at DESC, by_id LIMIT $2`, person, limit)
	return all, s.fault(err)
}

// AddRecords adds records of calls that are over, all or none, as they were
// when they were taken out elsewhere. Nothing is booked for them.
func (s *Store) AddRecords(ctx context.Context, records []billing.CDR) error {
	return s.change(ctx, func(tx *sql.Tx) error {
		insert, err := tx.PrepareContext(ctx, s.cdr.insert)
		if err != nil {
			return err
		}
		defer insert.Close()
		for i := range records {
			records[i].State = billing.Closed
			if _, err := insert.ExecContext(ctx, values(&records[i], s.cdr.columns)...); err != nil {
				if s.dialect.isTaken(err) {
					return errOpened
				}
				return fmt.Errorf("add a record: %w", err)
			}
		}
		return addTraffic(ctx, s.bulk(tx), records...)
	})
}
