package auth

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// SetUpNeeded tells whether nobody has set this installation up yet.
func (a *Accounts) SetUpNeeded(ctx context.Context) (bool, error) {
	c, err := a.store.Company(ctx)
	if err != nil {
		return false, fmt.Errorf("look for a company: %w", err)
	}
	return c == Company{}, nil
}

// NewSetUpToken draws the token for the first admin's link; earlier ones are
// void. It returns ErrSetUpDone once there is an admin.
func (a *Accounts) NewSetUpToken(ctx context.Context) (Token, error) {
	token, err := newToken()
	if err != nil {
		return "", err
	}
	if err := a.store.PutSetUpToken(ctx, token.Digest()); err != nil {
		return "", fmt.Errorf("store set-up token: %w", err)
	}
	return token, nil
}

// SetUp names the company, makes the first admin and signs them in. It returns
// ErrWrongToken, ErrSetUpDone, ErrWeakPassword, ErrTooManyTries or an
// *Invalid.
func (a *Accounts) SetUp(ctx context.Context, t Token, company string, p Profile, password Password, c Client) (Visitor, Token, error) {
	p.Admin = true
	person, err := a.newPerson(p)
	if name, message := cleanName(strings.TrimSpace(company)); message != "" {
		var invalid *Invalid
		if !errors.As(err, &invalid) {
			invalid = &Invalid{}
		}
		invalid.Fields = append(invalid.Fields, FieldError{"company", message})
		err = invalid
	} else {
		company = name
	}
	if err != nil {
		return Visitor{}, "", err
	}
	if err := password.check(person.Name, person.Email); err != nil {
		return Visitor{}, "", err
	}
	hash, err := a.hasher.hash(ctx, password)
	if err != nil {
		return Visitor{}, "", err
	}
	person.Invited = false
	err = a.guarded(c, t, func(d Digest) error {
		return a.store.SetUp(ctx, d, Company{company}, Account{person, hash})
	})
	if err != nil {
		return Visitor{}, "", fmt.Errorf("set up: %w", err)
	}
	a.log.InfoContext(ctx, "installation set up", "admin", person.ID, "address", c.Address)
	return a.open(ctx, person, c)
}

// guarded runs use with the token's digest and counts a wrong token against
// the address.
func (a *Accounts) guarded(c Client, t Token, use func(Digest) error) error {
	key := addressKey(c)
	if err := a.byAddress.Try(a.now(), key); err != nil {
		return err
	}
	err := ErrWrongToken
	if d := t.Digest(); d != "" {
		err = use(d)
	}
	if !errors.Is(err, ErrWrongToken) {
		a.byAddress.Right(key)
	}
	return err
}

func (a *Accounts) newInvitation(person string) (Token, Invitation, error) {
	token, err := newToken()
	if err != nil {
		return "", Invitation{}, err
	}
	return token, Invitation{person, token.Digest(), a.now().Add(a.cfg.InvitationLife)}, nil
}

// Invite draws a new link by which a person chooses a password, the first one
// or one instead of a forgotten one; the person's earlier link is void. It
// returns ErrNotAllowed or ErrNoPerson.
func (a *Accounts) Invite(ctx context.Context, actor Person, id string) (Newcomer, error) {
	if !actor.Admin {
		return Newcomer{}, ErrNotAllowed
	}
	account, err := a.store.Account(ctx, id)
	if err == nil && !account.Active {
		err = ErrNoPerson
	}
	if err != nil {
		return Newcomer{}, fmt.Errorf("invite: %w", err)
	}
	token, invitation, err := a.newInvitation(id)
	if err != nil {
		return Newcomer{}, err
	}
	if err := a.store.PutInvitation(ctx, invitation); err != nil {
		return Newcomer{}, fmt.Errorf("invite: %w", err)
	}
	a.log.InfoContext(ctx, "invitation made", "by", actor.ID, "person", id)
	return Newcomer{account.Person, token}, nil
}

// Invitation tells whom a link invites. It returns ErrWrongToken, ErrExpired
// or ErrTooManyTries.
func (a *Accounts) Invitation(ctx context.Context, t Token, c Client) (Person, error) {
	var p Person
	err := a.guarded(c, t, func(d Digest) error {
		i, person, err := a.store.Invitation(ctx, d)
		if err == nil && a.now().After(i.ExpiresAt) {
			err = ErrExpired
		}
		p = person
		return err
	})
	if err != nil {
		return Person{}, fmt.Errorf("find invitation: %w", err)
	}
	return p, nil
}

// Accept stores the password chosen by an invitation, signs the person out
// wherever they were and in here. It returns what Invitation does,
// ErrWeakPassword or ErrBusy.
func (a *Accounts) Accept(ctx context.Context, t Token, password Password, c Client) (Visitor, Token, error) {
	p, err := a.Invitation(ctx, t, c)
	if err != nil {
		return Visitor{}, "", err
	}
	if err := password.check(p.Name, p.Email); err != nil {
		return Visitor{}, "", err
	}
	hash, err := a.hasher.hash(ctx, password)
	if err != nil {
		return Visitor{}, "", err
	}
	if err := a.store.TakeInvitation(ctx, t.Digest(), hash); err != nil {
		return Visitor{}, "", fmt.Errorf("accept invitation: %w", err)
	}
	p.Invited = false
	return a.open(ctx, p, c)
}
