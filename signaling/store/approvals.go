package store

import (
	"context"
	"database/sql"

	"partyline/signaling/company"
)

const approvalQuery = `
	SELECT country, standing, asked_by_id, asked_by, number, asked_at, decided_by_id, decided_by, decided_at, reason
	FROM approval WHERE `

func scanApproval(row scanner) (company.Approval, error) {
	var a company.Approval
	var asked, decided int64
	err := row.Scan(&a.Country, (*string)(&a.Standing), &a.AskedBy.ID, &a.AskedBy.Name, &a.Number, &asked,
		&a.DecidedBy.ID, &a.DecidedBy.Name, &decided, &a.Reason)
	a.AskedAt, a.DecidedAt = fromMS(asked), fromMS(decided)
	return a, err
}

// AddApproval is company.ApprovalStore.
func (s *Store) AddApproval(ctx context.Context, a company.Approval) (bool, error) {
	n, err := s.exec(ctx, `
		INSERT INTO approval (country, standing, asked_by_id, asked_by, number, asked_at, decided_by_id, decided_by, decided_at, reason)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) ON CONFLICT (country) DO NOTHING`,
		a.Country, string(a.Standing), a.AskedBy.ID, a.AskedBy.Name, a.Number, ms(a.AskedAt),
		a.DecidedBy.ID, a.DecidedBy.Name, ms(a.DecidedAt), a.Reason)
	return n > 0, err
}

// Approval is company.ApprovalStore.
func (s *Store) Approval(ctx context.Context, country string) (company.Approval, error) {
	a, err := scanApproval(s.read.QueryRowContext(ctx, approvalQuery+`country = $1`, country))
	if err != nil {
		return company.Approval{}, s.fault(missing(err, company.ErrNotFound))
	}
	return a, nil
}

// Approvals is company.ApprovalStore.
func (s *Store) Approvals(ctx context.Context, standing company.Standing) ([]company.Approval, error) {
	all, err := list(ctx, s.read, scanApproval, approvalQuery+`$1 = '' OR standing = $1
		ORDER BY CASE WHEN standing = 'pending' THEN 0 ELSE 1 END, asked_at DESC, country`, string(standing))
	return all, s.fault(err)
}

// ChangeApproval is company.ApprovalStore.
func (s *Store) ChangeApproval(
	ctx context.Context, country string, change func(*company.Approval) (company.Entry, error),
) (company.Approval, error) {
	var a company.Approval
	err := s.change(ctx, func(tx *sql.Tx) (err error) {
		a, err = scanApproval(tx.QueryRowContext(ctx, approvalQuery+`country = $1`+s.dialect.forUpdate, country))
		if err != nil {
			return missing(err, company.ErrNotFound)
		}
		entry, err := change(&a)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `
			UPDATE approval SET standing = $2, decided_by_id = $3, decided_by = $4, decided_at = $5, reason = $6 WHERE country = $1`,
			country, string(a.Standing), a.DecidedBy.ID, a.DecidedBy.Name, ms(a.DecidedAt), a.Reason)
		if err != nil {
			return err
		}
		return note(ctx, tx, entry)
	})
	if err != nil {
		return company.Approval{}, err
	}
	return a, nil
}
