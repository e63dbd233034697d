package main

import (
	"context"
	"fmt"

	"partyline/signaling/api"
	"partyline/signaling/company"
	"partyline/sip"
)

// This file is where admins meet what they set.

var _ api.Lines = lines{}

// settings is what admins set, for the API.
func (h *house) settings() api.Company {
	o := &h.office
	c := api.Company{
		Home: h.cfg.money(), Log: company.NewLog(h.store), Trunks: o.trunks, Decks: o.decks, Brakes: o.brakes,
		Approvals: o.approvals, Contacts: o.contacts, Records: h.store,
	}
	if h.phones != nil {
		c.Lines = lines{h.phones}
	}
	return c
}

// lines is how the gateway's trunks fare in the API's words.
type lines struct{ phones *sip.Gateway }

// TrunkStates are those of the trunks that calls are placed over.
func (l lines) TrunkStates() []api.TrunkState {
	trunks := l.phones.Trunks()
	states := make([]api.TrunkState, len(trunks))
	for i, t := range trunks {
		states[i] = l.state(t)
	}
	return states
}

// AskTrunk asks a trunk now whether it is there.
func (l lines) AskTrunk(ctx context.Context, trunk string) (api.TrunkState, error) {
	t, err := l.phones.AskTrunk(ctx, trunk)
	if err != nil {
		return api.TrunkState{}, fmt.Errorf("%w: %w", api.ErrNoLine, err)
	}
	return l.state(t), nil
}

func (l lines) state(t sip.TrunkState) api.TrunkState {
	s := api.TrunkState{Trunk: t.Trunk, Health: string(t.Health), Since: t.Since, Error: t.LastError, Calls: l.phones.CallsOn(t.Trunk)}
	for _, a := range t.Accounts {
		s.Accounts = append(s.Accounts, api.AccountState{
			User: a.User, Registered: a.Registered, Refused: a.Refused, Expires: a.Expires, Error: a.Error,
		})
	}
	for _, x := range t.Targets {
		s.Targets = append(s.Targets, api.TargetState{Target: x.Target, Health: string(x.Health), Answer: x.Answer, Error: x.Error})
	}
	return s
}
