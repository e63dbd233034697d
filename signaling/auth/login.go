package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"

	"partyline/signaling/internal/guess"
)

// touchEvery is how exactly LastSeenAt is kept: a write per request would
// cost more than the knowledge is worth.
const touchEvery = time.Minute

// Visitor is somebody who is signed in, by which session.
type Visitor struct {
	Person  Person
	Session Session
}

// LogIn opens a session with a password. It returns ErrWrongPassword, whatever
// was wrong, ErrTooManyTries or ErrBusy.
func (a *Accounts) LogIn(ctx context.Context, email string, p Password, c Client) (Visitor, Token, error) {
	email = strings.ToLower(strings.TrimSpace(email))
	account, err := a.prove(ctx, email, p, c)
	if err != nil {
		return Visitor{}, "", err
	}
	if a.hasher.outdated(account.PasswordHash) {
		if err := a.setPassword(ctx, account.ID, p); err != nil {
			a.log.WarnContext(ctx, "password hash not renewed", "person", account.ID, "err", err)
		}
	}
	return a.open(ctx, account.Person, c)
}

// prove finds the account that e-mail and password belong to. The try counts
// against account and address unless it was right.
func (a *Accounts) prove(ctx context.Context, email string, p Password, c Client) (Account, error) {
	byAccount, byAddress := accountKey(email), addressKey(c)
	if err := a.byAddress.Try(a.now(), byAddress); err != nil {
		return Account{}, err
	}
	if err := a.byAccount.Try(a.now(), byAccount); err != nil {
		a.byAddress.Right(byAddress)
		return Account{}, err
	}
	account, err := a.store.AccountByEmail(ctx, email)
	if err == nil && !account.Active {
		account, err = Account{}, ErrNoPerson
	}
	right := false
	if err == nil || errors.Is(err, ErrNoPerson) {
		right, err = a.hasher.matches(ctx, p, account.PasswordHash)
	}
	switch {
	case err != nil: // ours, not theirs
		a.right(byAccount, byAddress)
		return Account{}, fmt.Errorf("log in: %w", err)
	case !right:
		a.log.InfoContext(ctx, "log-in refused", "person", account.ID, "address", c.Address, "reason", "wrong e-mail or password")
		return Account{}, ErrWrongPassword
	}
	a.right(byAccount, byAddress)
	return account, nil
}

func (a *Accounts) right(byAccount, byAddress string) {
	a.byAccount.Right(byAccount)
	a.byAddress.Right(byAddress)
}

func accountKey(email string) string {
	if len(email) > maxEmail {
		email = email[:maxEmail]
	}
	return "account " + email
}

func addressKey(c Client) string { return "address " + guess.Source(c.Address) }

// open makes a session row and its token.
func (a *Accounts) open(ctx context.Context, p Person, c Client) (Visitor, Token, error) {
	token, err := newToken()
	if err != nil {
		return Visitor{}, "", err
	}
	id, err := uuid.NewV7()
	if err != nil {
		return Visitor{}, "", fmt.Errorf("make a session id: %w", err)
	}
	now := a.now()
	c.UserAgent = shorten(c.UserAgent, 256)
	s := Session{ID: id.String(), Digest: token.Digest(), Person: p.ID, CreatedAt: now, LastSeenAt: now, Client: c}
	if err := a.store.AddSession(ctx, s); err != nil {
		return Visitor{}, "", fmt.Errorf("open session: %w", err)
	}
	if err := a.store.ForgetSessions(ctx, now.Add(-a.cfg.SessionIdle), now.Add(-a.cfg.SessionMax)); err != nil {
		a.log.WarnContext(ctx, "old sessions not deleted", "err", err)
	}
	a.log.InfoContext(ctx, "signed in", "person", p.ID, "session", s.ID, "address", c.Address)
	return Visitor{p, s}, token, nil
}

// shorten cuts to so many bytes of valid text.
func shorten(s string, n int) string {
	s = strings.ToValidUTF8(strings.ReplaceAll(s, "\x00", ""), "")
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// Visitor finds out who shows a session's token. It returns ErrNoSession for
// an unknown, ended or expired one.
func (a *Accounts) Visitor(ctx context.Context, t Token) (Visitor, error) {
	d := t.Digest()
	if d == "" {
		return Visitor{}, ErrNoSession
	}
	s, p, err := a.store.Session(ctx, d)
	if err != nil {
		return Visitor{}, fmt.Errorf("find session: %w", err)
	}
	now := a.now()
	if now.Sub(s.LastSeenAt) > a.cfg.SessionIdle || now.Sub(s.CreatedAt) > a.cfg.SessionMax {
		return Visitor{}, ErrNoSession
	}
	if now.Sub(s.LastSeenAt) >= touchEvery {
		if err := a.store.TouchSession(ctx, s.ID, now); err != nil {
			return Visitor{}, fmt.Errorf("touch session: %w", err)
		}
		s.LastSeenAt = now
	}
	return Visitor{p, s}, nil
}

// Sessions lists where a person is signed in, the last seen first.
func (a *Accounts) Sessions(ctx context.Context, person string) ([]Session, error) {
	all, err := a.store.ListSessions(ctx, person)
	if err != nil {
		return nil, fmt.Errorf("list sessions: %w", err)
	}
	now := a.now()
	live := make([]Session, 0, len(all))
	for _, s := range all {
		if now.Sub(s.LastSeenAt) <= a.cfg.SessionIdle && now.Sub(s.CreatedAt) <= a.cfg.SessionMax {
			live = append(live, s)
		}
	}
	return live, nil
}

// EndSession signs a person out of one session. It returns ErrNoSession if
// they have no such one.
func (a *Accounts) EndSession(ctx context.Context, person, id string) error {
	ended, err := a.store.EndSessions(ctx, person, Selection{ID: id})
	if err != nil {
		return fmt.Errorf("end session: %w", err)
	}
	if len(ended) == 0 {
		return ErrNoSession
	}
	return nil
}

// Confirm asks an admin for the password again, before something that costs
// money if somebody else sits at an open browser. It returns ErrNotAllowed,
// ErrWrongPassword, ErrTooManyTries or ErrBusy.
func (a *Accounts) Confirm(ctx context.Context, v Visitor, p Password) error {
	if !v.Person.Admin {
		return ErrNotAllowed
	}
	_, err := a.prove(ctx, v.Person.Email, p, v.Session.Client)
	return err
}

// ChangePassword replaces the visitor's password and signs them out of all
// other sessions, whose ids it returns. It returns ErrWrongPassword,
// ErrWeakPassword, ErrTooManyTries or ErrBusy.
func (a *Accounts) ChangePassword(ctx context.Context, v Visitor, current, next Password) ([]string, error) {
	if err := next.check(v.Person.Name, v.Person.Email); err != nil {
		return nil, err
	}
	if _, err := a.prove(ctx, v.Person.Email, current, v.Session.Client); err != nil {
		return nil, err
	}
	if err := a.setPassword(ctx, v.Person.ID, next); err != nil {
		return nil, err
	}
	ended, err := a.store.EndSessions(ctx, v.Person.ID, Selection{ID: v.Session.ID, Others: true})
	if err != nil {
		return nil, fmt.Errorf("end other sessions: %w", err)
	}
	a.log.InfoContext(ctx, "password changed", "person", v.Person.ID, "sessions ended", len(ended))
	return ended, nil
}

// SetPassword replaces a person's password without asking for the old one and
// signs them out everywhere: for the operator's command line.
func (a *Accounts) SetPassword(ctx context.Context, email string, next Password) error {
	account, err := a.store.AccountByEmail(ctx, strings.ToLower(strings.TrimSpace(email)))
	if err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	if err := next.check(account.Name, account.Email); err != nil {
		return err
	}
	if err := a.setPassword(ctx, account.ID, next); err != nil {
		return err
	}
	_, err = a.store.EndSessions(ctx, account.ID, Selection{Others: true})
	return err
}

func (a *Accounts) setPassword(ctx context.Context, person string, p Password) error {
	hash, err := a.hasher.hash(ctx, p)
	if err != nil {
		return err
	}
	if err := a.store.SetPassword(ctx, person, hash); err != nil {
		return fmt.Errorf("store password: %w", err)
	}
	return nil
}
