package company

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"partyline/signaling/auth"
	"partyline/sip/billing"
)

// ErrOwnRequest is an admin who would agree to their own call.
var ErrOwnRequest = errors.New("a second person has to agree")

// Standing of a question to the admins.
type Standing string

// The standings.
const (
	IsPending  Standing = "pending"
	IsApproved Standing = "approved"
	IsDenied   Standing = "denied"
)

// Approval is the answer to the first call to a country, or still the
// question. There is one for each country.
type Approval struct {
	Country   string // ISO 3166
	Standing  Standing
	AskedBy   Who
	Number    string // masked
	AskedAt   time.Time
	DecidedBy Who
	DecidedAt time.Time
	Reason    string // of a denial
}

// ApprovalStore keeps approvals. Each method is one transaction and may be
// called from any goroutine.
type ApprovalStore interface {
	// AddApproval adds the question unless there is one for the country, and
	// tells whether it did.
	AddApproval(ctx context.Context, a Approval) (bool, error)
	// Approval returns ErrNotFound.
	Approval(ctx context.Context, country string) (Approval, error)
	// Approvals lists those that are pending first, then the latest; all where
	// the standing is empty.
	Approvals(ctx context.Context, standing Standing) ([]Approval, error)
	// ChangeApproval lets change work on an approval and stores what it made of
	// it, with the entry. It returns ErrNotFound.
	ChangeApproval(ctx context.Context, country string, change func(*Approval) (Entry, error)) (Approval, error)
}

// Approvals are the admins' answers to first calls to a country. They are
// billing.Approvals. The methods may be called from any goroutine.
type Approvals struct {
	store ApprovalStore
	tell  func(Approval)
	now   func() time.Time
}

var _ billing.Approvals = (*Approvals)(nil)

// NewApprovals makes the approvals over their store. Tell is told each new
// question and each answer, for the admins, on the caller's goroutine, and must
// not wait; nil: nobody is told. The clock may be nil for the real one.
func NewApprovals(store ApprovalStore, tell func(Approval), clock func() time.Time) *Approvals {
	if clock == nil {
		clock = time.Now
	}
	return &Approvals{store, tell, clock}
}

// Approved tells whether calls to a country were agreed to.
func (a *Approvals) Approved(ctx context.Context, country string) (bool, error) {
	found, err := a.store.Approval(ctx, country)
	if errors.Is(err, ErrNotFound) {
		return false, nil
	}
	return found.Standing == IsApproved, err
}

// Ask puts the question to the admins, once for each country however often it
// is asked. What was denied stays so until an admin turns it round.
func (a *Approvals) Ask(ctx context.Context, r billing.Request) error {
	question := Approval{
		Country: r.To.Country, Standing: IsPending, AskedBy: Who{r.Person, r.PersonName},
		Number: r.To.Number.Masked(), AskedAt: a.now().UTC().Truncate(time.Millisecond),
	}
	added, err := a.store.AddApproval(ctx, question)
	if err != nil {
		return fmt.Errorf("ask for calls to %s: %w", question.Country, err)
	}
	if added && a.tell != nil {
		a.tell(question)
	}
	return nil
}

// Decision is the answer for a country, so that a caller can be told who denied
// it and why. It returns ErrNotFound where nobody has asked.
func (a *Approvals) Decision(ctx context.Context, country string) (Approval, error) {
	return a.store.Approval(ctx, country)
}

// All lists questions and answers. It returns auth.ErrNotAllowed.
func (a *Approvals) All(ctx context.Context, actor auth.Person, standing Standing) ([]Approval, error) {
	if !actor.Admin {
		return nil, auth.ErrNotAllowed
	}
	all, err := a.store.Approvals(ctx, standing)
	if err != nil {
		return nil, fmt.Errorf("list approvals: %w", err)
	}
	return all, nil
}

// Approve agrees to calls to a country. It returns auth.ErrNotAllowed,
// ErrNotFound, or ErrOwnRequest to whoever asked.
func (a *Approvals) Approve(ctx context.Context, actor auth.Person, country string) (Approval, error) {
	return a.decide(ctx, actor, country, IsApproved, Approved, "")
}

// Deny refuses calls to a country; callers are told the reason, if any. It takes
// an earlier yes back, too. It returns auth.ErrNotAllowed, ErrNotFound or an
// *auth.Invalid.
func (a *Approvals) Deny(ctx context.Context, actor auth.Person, country, reason string) (Approval, error) {
	reason = strings.TrimSpace(reason)
	if !line(reason, 200) {
		return Approval{}, &auth.Invalid{Fields: []auth.FieldError{{
			Field: "reason", Message: "A reason has at most 200 printable characters: callers are told.",
		}}}
	}
	return a.decide(ctx, actor, country, IsDenied, Denied, reason)
}

func (a *Approvals) decide(ctx context.Context, actor auth.Person, country string, to Standing, act Act, reason string) (Approval, error) {
	if !actor.Admin {
		return Approval{}, auth.ErrNotAllowed
	}
	decided, err := a.store.ChangeApproval(ctx, country, func(found *Approval) (Entry, error) {
		if to == IsApproved && found.AskedBy.ID == actor.ID {
			return Entry{}, ErrOwnRequest
		}
		before := map[string]any{"standing": found.Standing, "reason": found.Reason}
		found.Standing, found.Reason, found.DecidedBy, found.DecidedAt = to, reason, whoOf(actor), a.now().UTC().Truncate(time.Millisecond)
		return NewEntry(actor, found.DecidedAt, ThingApproval, country, act, before, map[string]any{"standing": to, "reason": reason})
	})
	if err != nil {
		return Approval{}, fmt.Errorf("decide on calls to %s: %w", country, err)
	}
	if a.tell != nil {
		a.tell(decided)
	}
	return decided, nil
}
