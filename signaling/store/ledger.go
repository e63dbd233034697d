package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"partyline/sip/billing"
)

// errOpened is for a record that is there already.
var errOpened = errors.New("the call is recorded already")

// Open is billing.Ledger.
func (s *Store) Open(ctx context.Context, record billing.CDR, hold billing.Hold) ([]billing.Notice, error) {
	var notices []billing.Notice
	var refused error
	err := s.together(ctx, func(ctx context.Context, tx *sql.Tx) error {
		b := booking{tx: tx, call: record.ID, expires: hold.Expires}
		purses, err := b.pursesOf(ctx, hold.Payers, hold.Dates)
		if err != nil {
			return err
		}
		if refused = take(purses, hold.Amount); refused != nil {
			return nil
		}
		if _, err := tx.ExecContext(ctx, s.cdr.insert, values(&record, s.cdr.columns)...); err != nil {
			if s.dialect.isTaken(err) {
				return errOpened
			}
			return fmt.Errorf("write a record: %w", err)
		}
		for _, p := range purses {
			if err := b.move(ctx, p, movement{free, held, hold.Amount}); err != nil {
				return err
			}
		}
		notices = b.notices
		return nil
	})
	return told(notices, err, refused)
}

// take asks of each purse whether it has so much more.
func take(purses []*purse, amount billing.Micro) error {
	for _, p := range purses {
		if err := p.Take(amount); err != nil {
			return err
		}
	}
	return nil
}

// told is what a write answers: what the storage said comes before the refusal.
func told(notices []billing.Notice, err, refused error) ([]billing.Notice, error) {
	if err == nil {
		err = refused
	}
	if err != nil {
		return nil, err
	}
	return notices, nil
}

// Extend is billing.Ledger.
func (s *Store) Extend(ctx context.Context, call string, more billing.Micro, expires time.Time) ([]billing.Notice, error) {
	var notices []billing.Notice
	var refused error
	err := s.together(ctx, func(ctx context.Context, tx *sql.Tx) error {
		if refused = s.notSettled(ctx, tx, call); refused != nil {
			return unlessSaid(refused)
		}
		b := booking{tx: tx, call: call, expires: expires}
		purses, err := b.held(ctx)
		if err != nil {
			return err
		}
		if refused = take(purses, more); refused != nil {
			return nil
		}
		for _, p := range purses {
			if err := b.move(ctx, p, movement{free, held, more}); err != nil {
				return err
			}
		}
		notices = b.notices
		return nil
	})
	return told(notices, err, refused)
}

// notSettled is nil for a record that is open; otherwise ErrNoCall, ErrSettled
// or what the database says.
func (s *Store) notSettled(ctx context.Context, tx *sql.Tx, call string) error {
	var state string
	err := tx.QueryRowContext(ctx, `SELECT state FROM cdr WHERE id = $1`, call).Scan(&state)
	if err == nil && state == billing.Closed.String() {
		return billing.ErrSettled
	}
	return missing(err, billing.ErrNoCall)
}

// unlessSaid leaves only what is the database's fault, by which a transaction
// fails; the rest is an answer.
func unlessSaid(err error) error {
	if errors.Is(err, billing.ErrSettled) || errors.Is(err, billing.ErrNoCall) {
		return nil
	}
	return err
}

// Update is billing.Ledger.
func (s *Store) Update(ctx context.Context, record billing.CDR) error {
	var refused error
	err := s.together(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		refused, err = s.writeOpen(ctx, tx, s.cdr.update, &record, toldColumns)
		return err
	})
	_, err = told(nil, err, refused)
	return err
}

// writeOpen writes columns of a record that is not closed. The answer is
// ErrNoCall or ErrSettled where there is none.
func (s *Store) writeOpen(ctx context.Context, tx *sql.Tx, update string, record *billing.CDR, columns []column) (answer, err error) {
	r, err := tx.ExecContext(ctx, update, append([]any{record.ID}, values(record, columns)...)...)
	if err != nil {
		return nil, fmt.Errorf("write a record: %w", err)
	}
	if n, err := r.RowsAffected(); err != nil || n > 0 {
		return nil, err
	}
	answer = s.notSettled(ctx, tx, record.ID)
	return answer, unlessSaid(answer)
}

// Beat is billing.Ledger.
func (s *Store) Beat(ctx context.Context, beats []billing.Beat) error {
	if len(beats) == 0 {
		return nil
	}
	return s.together(ctx, func(ctx context.Context, tx *sql.Tx) error {
		for _, b := range beats {
			_, err := tx.ExecContext(ctx, `UPDATE cdr SET beat_at = $2 WHERE id = $1 AND state <> 'closed' AND beat_at < $2`, b.Call, ms(b.At))
			if err != nil {
				return fmt.Errorf("note a heartbeat: %w", err)
			}
		}
		return nil
	})
}

// Settle is billing.Ledger.
func (s *Store) Settle(ctx context.Context, record billing.CDR, charge billing.Charge) ([]billing.Notice, error) {
	record.State, record.Cost, record.BilledSeconds = billing.Closed, charge.Micro, charge.Seconds
	var notices []billing.Notice
	var refused error
	err := s.together(ctx, func(ctx context.Context, tx *sql.Tx) (err error) {
		refused, err = s.writeOpen(ctx, tx, s.cdr.settle, &record, settledColumns())
		if err != nil || refused != nil {
			return err
		}
		b := booking{tx: tx, call: record.ID}
		purses, err := b.held(ctx)
		if err != nil {
			return err
		}
		for _, p := range purses {
			covered := min(p.amount, charge.Micro)
			err := b.move(ctx, p,
				movement{held, spent, covered}, movement{held, free, p.amount - covered}, movement{free, spent, charge.Micro - covered})
			if err != nil {
				return err
			}
		}
		notices = b.notices
		if err := addTraffic(ctx, s.bulk(tx), record); err != nil {
			return err
		}
		return b.release(ctx)
	})
	return told(notices, err, refused)
}

// Unsettled is billing.Ledger.
func (s *Store) Unsettled(ctx context.Context) ([]billing.CDR, error) {
	all, err := list(ctx, s.read, s.cdr.scan, `SELECT `+s.cdr.packed+` FROM cdr WHERE state <> 'closed' ORDER BY setup_at, id`)
	return all, s.fault(err)
}
