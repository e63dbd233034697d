package sip

import (
	"context"
	"errors"
	"net/netip"
	"strings"

	sipmsg "github.com/emiago/sipgo/sip"

	"partyline/sip/dialplan"
	"partyline/sip/internal/dialog"
	"partyline/sip/internal/digest"
	"partyline/sip/internal/registrar"
)

// The refusals of calls whose callers prove nothing, or something wrong.
var (
	refusedPassword = refusal{status: 403, q850: 21, rule: "wrong-password", text: "wrong name or password"}
	refusedName     = refusal{status: 403, q850: 21, rule: "wrong-name", text: "the caller is not the account's owner"}
	unreadableProof = refusal{status: 400, q850: 100, rule: "malformed-authorization", text: "the Authorization header cannot be read"}
)

// unproven asks the caller to prove who they are.
func (g *Gateway) unproven(stale bool) *refusal {
	return &refusal{
		status: sipmsg.StatusUnauthorized, q850: 21, rule: "unauthorized", text: "authenticate",
		headers: g.challenge(stale),
	}
}

// challenges tells whether a refusal is one only until the caller has proven
// something. Such calls are not recorded.
func (r *refusal) challenges() bool { return r != nil && r.status == sipmsg.StatusUnauthorized }

// proven checks the credentials of an INVITE, and gives whose they are.
func (g *Gateway) proven(d *dialog.Dialog, known func(string) (digest.Secret, bool)) (user string, refused *refusal) {
	invitation := d.Invitation()
	header := invitation.GetHeader("Authorization")
	if header == nil {
		return "", g.unproven(false)
	}
	user, err := g.guard.Check(header.Value(), digest.Request{
		Method: string(invitation.Method), URI: invitation.Recipient.String(), Body: invitation.Body(),
	}, known)
	switch {
	case err == nil:
		return user, nil
	case errors.Is(err, digest.ErrStale), errors.Is(err, digest.ErrReplayed):
		return "", g.unproven(true)
	case errors.Is(err, digest.ErrMalformed):
		return "", &unreadableProof
	default:
		g.blame(d.Peer().String(), blameWrongPassword)
		return "", &refusedPassword
	}
}

// secretOf knows the trunk's user alone.
func (g *Gateway) secretOf(trunk dialplan.Trunk) func(string) (digest.Secret, bool) {
	return func(user string) (digest.Secret, bool) {
		return digest.NewSecret(trunk.User, Realm, string(trunk.Password)), user == trunk.User
	}
}

// admitRoaming finds the trunk of a call from anywhere by its password.
func (g *Gateway) admitRoaming(d *dialog.Dialog) (trunk dialplan.Trunk, number string, refused *refusal) {
	user, refused := g.proven(d, func(user string) (digest.Secret, bool) {
		trunk, ok := g.plan.Load().Roamer(user)
		return digest.NewSecret(user, Realm, string(trunk.Password)), ok
	})
	if refused != nil {
		return dialplan.Trunk{}, d.Invitation().Recipient.User, refused
	}
	trunk, number, err := route(d.Invitation(), func(number string) (dialplan.Trunk, error) {
		return g.plan.Load().RouteRoaming(user, number)
	})
	if err != nil {
		return trunk, number, &refusedNumber
	}
	return trunk, number, g.take(trunk)
}

// isPhone tells whether a call comes from a phone of the company's own: from
// where one registered, or from where phones may and no trunk is known to. A
// trunk that calls from anywhere may call from there too, by its name.
func (g *Gateway) isPhone(d *dialog.Dialog) bool {
	peer := d.Peer()
	if !g.cfg.allowsPhones(peer.Addr()) || g.claimsTrunk(d) {
		return false
	}
	return g.registrar.Registered(registrar.Flow{Network: d.Network(), Source: peer}) || !g.plan.Load().Knows(peer.Addr())
}

// claimsTrunk tells whether a call says that it is of a trunk that calls from
// anywhere, which it has yet to prove.
func (g *Gateway) claimsTrunk(d *dialog.Dialog) bool {
	header := d.Invitation().GetHeader("Authorization")
	if header == nil {
		return false
	}
	_, claims := g.plan.Load().Roamer(digest.Claimed(header.Value()))
	return claims
}

// phoneOwner finds whose phone calls. From has to name them: others may trust
// in it.
func (g *Gateway) phoneOwner(ctx context.Context, d *dialog.Dialog) (Account, *refusal) {
	ctx, cancel := context.WithTimeout(ctx, lookupLimit)
	defer cancel()
	var account Account
	var fault error
	_, refused := g.proven(d, func(user string) (digest.Secret, bool) {
		account, fault = g.accounts.Account(ctx, user)
		return account.secret(), fault == nil
	})
	switch {
	case fault != nil && !errors.Is(fault, ErrNoAccount):
		g.log.Error("looking a SIP account up failed", "call", d.Call(), "error", fault)
		return Account{}, &refusedFault
	case refused != nil:
		return Account{}, refused
	case !strings.EqualFold(d.Invitation().From().Address.User, account.User):
		return Account{}, &refusedName
	}
	return account, nil
}

// allowsPhones tells whether phones may register from an address.
func (c Config) allowsPhones(source netip.Addr) bool {
	source = source.Unmap()
	for _, network := range c.Phones {
		if network.Contains(source) {
			return true
		}
	}
	return false
}
