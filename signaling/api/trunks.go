package api

import (
	"context"
	"errors"
	"net/http"
	"slices"
	"strings"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/company"
	"partyline/signaling/seal"
)

// trunkBody is a trunk as admins see it.
type trunkBody struct {
	company.Trunk
	Outbound    *outboundBody   `json:"outbound,omitempty" nullable:"false" doc:"how calls are placed over it; absent: none are"`
	HasPassword bool            `json:"hasPassword"`
	Source      string          `json:"source" enum:"stored,config" doc:"trunks of the configuration file are changed there"`
	ChangedAt   *time.Time      `json:"changedAt,omitempty" nullable:"false"`
	ChangedBy   string          `json:"changedBy,omitempty" example:"Ann"`
	Fault       string          `json:"fault,omitempty" doc:"why it is out of service, in a sentence" example:""`
	State       *trunkStateBody `json:"state,omitempty" nullable:"false" doc:"absent where nothing is known"`
}

// outboundBody tells of secrets whether they are there.
type outboundBody struct {
	company.Outbound
	Accounts     []accountBody `json:"accounts" nullable:"false" doc:"users of the carrier; the first answers challenges to calls"`
	HasClientKey bool          `json:"hasClientKey"`
}

type accountBody struct {
	company.Account
	HasPassword bool `json:"hasPassword"`
}

type trunkStateBody struct {
	Registered *bool              `json:"registered,omitempty" nullable:"false" doc:"absent where it does not register"`
	Healthy    bool               `json:"healthy" doc:"health is not down"`
	Health     string             `json:"health" enum:"up,down,unknown"`
	Since      *time.Time         `json:"since,omitempty" nullable:"false"`
	Error      string             `json:"error,omitempty" example:"the registrar does not accept name and password"`
	Calls      int                `json:"calls" doc:"that run over it" example:"3"`
	Accounts   []trunkAccountBody `json:"accounts" nullable:"false"`
	Targets    []trunkTargetBody  `json:"targets" nullable:"false"`
}

type trunkAccountBody struct {
	User       string     `json:"user" example:"4711"`
	Registered bool       `json:"registered"`
	Refused    bool       `json:"refused" doc:"name and password are not accepted; trying again will not help"`
	ExpiresAt  *time.Time `json:"expiresAt,omitempty" nullable:"false"`
	Error      string     `json:"error,omitempty" example:""`
}

type trunkTargetBody struct {
	Address  string `json:"address" example:"udp 203.0.113.1:5060 (sbc.example.com)"`
	Healthy  bool   `json:"healthy" doc:"health is not down"`
	Health   string `json:"health" enum:"up,down,unknown"`
	AnswerMS int64  `json:"answerMs" doc:"of the last OPTIONS" example:"31"`
	Error    string `json:"error,omitempty" example:""`
}

type trunkOutput struct {
	Body trunkBody
}

type trunksOutput struct {
	Body []trunkBody `nullable:"false"`
}

// ByName names a trunk in the path.
type ByName struct {
	Name string `path:"name" maxLength:"100" example:"carrier-a"`
}

// describedTrunk is a trunk as an admin sends it, with what cannot be read
// again. Of secrets, what is absent stays, and empty text takes one away.
type describedTrunk struct {
	company.Trunk
	Outbound *describedOutbound `json:"outbound,omitempty" nullable:"false" doc:"how calls are placed over it; absent: none are"`
	Password *string            `json:"password,omitempty" nullable:"false" maxLength:"200" doc:"of the user; absent: as it is" example:"sesame"`
}

type describedOutbound struct {
	company.Outbound
	Accounts  *[]describedAccount `json:"accounts,omitempty" nullable:"false" maxItems:"20" doc:"users of the carrier; absent: as they are"`
	ClientKey *string             `json:"clientKey,omitempty" nullable:"false" maxLength:"60000" doc:"PEM; absent: as it is" example:""`
}

type describedAccount struct {
	company.Account
	Password *string `json:"password,omitempty" nullable:"false" maxLength:"200" doc:"absent: as it is" example:"sesame"`
}

// apart gives the trunk and its secrets apart.
func (d describedTrunk) apart() (company.Trunk, company.NewSecrets) {
	trunk, secrets := d.Trunk, company.NewSecrets{Password: d.Password, Accounts: map[string]string{}}
	if d.Outbound == nil {
		return trunk, secrets
	}
	out := d.Outbound.Outbound
	secrets.ClientKey = d.Outbound.ClientKey
	if d.Outbound.Accounts != nil {
		out.Accounts = []company.Account{}
		for _, a := range *d.Outbound.Accounts {
			out.Accounts = append(out.Accounts, a.Account)
			if a.Password != nil {
				secrets.Accounts[a.User] = *a.Password
			}
		}
	}
	trunk.Outbound = &out
	return trunk, secrets
}

type addTrunkInput struct {
	Body describedTrunk
}

type changeTrunkInput struct {
	ByName
	Body describedTrunk
}

func (a *API) trunks() {
	trunks := a.cfg.Company.Trunks
	if trunks == nil {
		return
	}
	const maxTrunk = 512 << 10 // certificates are long
	register(a, operation{
		id: "list-trunks", method: http.MethodGet, path: "/trunks", access: adminOnly, summary: "The trunks, and how they fare",
	}, func(ctx context.Context, v auth.Visitor, _ *empty) (*trunksOutput, error) {
		all, err := trunks.All(ctx, v.Person)
		out := &trunksOutput{make([]trunkBody, len(all))}
		for i, t := range all {
			out.Body[i] = a.trunkOf(v, t)
		}
		return out, err
	})
	register(a, operation{
		id: "get-trunk", method: http.MethodGet, path: "/trunks/{name}", access: adminOnly, errors: []Code{NotFound},
		summary: "One trunk",
	}, func(ctx context.Context, v auth.Visitor, in *ByName) (*trunkOutput, error) {
		t, err := trunks.One(ctx, v.Person, in.Name)
		return &trunkOutput{a.trunkOf(v, t)}, err
	})
	register(a, operation{
		id: "add-trunk", method: http.MethodPost, path: "/trunks", access: adminOnly, status: http.StatusCreated, maxBody: maxTrunk,
		summary: "Add a trunk; it is in service at once",
	}, func(ctx context.Context, v auth.Visitor, in *addTrunkInput) (*trunkOutput, error) {
		trunk, secrets := in.Body.apart()
		t, err := trunks.Add(ctx, v.Person, trunk, secrets)
		return &trunkOutput{a.trunkOf(v, t)}, err
	})
	register(a, operation{
		id: "change-trunk", method: http.MethodPut, path: "/trunks/{name}", access: adminOnly, errors: []Code{NotFound, ReadOnly}, maxBody: maxTrunk,
		summary: "Describe a trunk anew; calls that run go on",
	}, func(ctx context.Context, v auth.Visitor, in *changeTrunkInput) (*trunkOutput, error) {
		trunk, secrets := in.Body.apart()
		t, err := trunks.Change(ctx, v.Person, in.Name, trunk, secrets)
		return &trunkOutput{a.trunkOf(v, t)}, err
	})
	register(a, operation{
		id: "remove-trunk", method: http.MethodDelete, path: "/trunks/{name}", access: adminOnly, errors: []Code{NotFound, ReadOnly},
		summary: "Remove a trunk; calls that run go on",
	}, func(ctx context.Context, v auth.Visitor, in *ByName) (*empty, error) {
		return nil, trunks.Remove(ctx, v.Person, in.Name)
	})
	register(a, operation{
		id: "check-trunk", method: http.MethodPost, path: "/trunks/{name}/check", access: adminOnly, errors: []Code{NotFound},
		summary: "Ask a trunk now, by OPTIONS, whether it is there",
	}, a.checkTrunk)
}

type checkOutput struct {
	Body struct {
		Reachable bool   `json:"reachable"`
		Target    string `json:"target,omitempty" doc:"that answered" example:"udp 203.0.113.1:5060 (sbc.example.com)"`
		TookMS    int64  `json:"tookMs" example:"31"`
		Error     string `json:"error,omitempty" example:"the peer says nothing"`
	}
}

func (a *API) checkTrunk(ctx context.Context, v auth.Visitor, in *ByName) (*checkOutput, error) {
	if _, err := a.cfg.Company.Trunks.One(ctx, v.Person, in.Name); err != nil {
		return nil, err
	}
	if a.cfg.Company.Lines == nil {
		return nil, errNotFound
	}
	state, err := a.cfg.Company.Lines.AskTrunk(ctx, in.Name)
	if err != nil {
		return nil, err
	}
	out := &checkOutput{}
	out.Body.Error = state.Error
	for _, t := range state.Targets {
		if t.Health == "up" && !out.Body.Reachable {
			out.Body.Reachable, out.Body.Target, out.Body.TookMS = true, t.Target, t.Answer.Milliseconds()
		}
	}
	return out, nil
}

func (a *API) trunkOf(v auth.Visitor, t company.ListedTrunk) trunkBody {
	b := trunkBody{
		Trunk: t.Trunk, HasPassword: t.Password, Source: "stored",
		ChangedAt: orAbsent(t.ChangedAt), ChangedBy: t.ChangedBy.Name, Fault: trunkFault(v.Person.Language, t.Fault),
	}
	if t.Fixed {
		b.Source = "config"
	}
	if o := t.Trunk.Outbound; o != nil {
		b.Outbound = &outboundBody{Outbound: *o, Accounts: make([]accountBody, len(o.Accounts)), HasClientKey: t.ClientKey}
		for i, account := range o.Accounts {
			b.Outbound.Accounts[i] = accountBody{account, slices.Contains(t.Accounts, account.User)}
		}
	}
	if a.cfg.Company.Lines == nil {
		return b
	}
	states := a.cfg.Company.Lines.TrunkStates()
	if i := slices.IndexFunc(states, func(s TrunkState) bool { return s.Trunk == t.Name }); i >= 0 {
		b.State = trunkStateOf(states[i])
	}
	return b
}

// trunkFault says in a sentence why a trunk is out of service.
func trunkFault(language string, err error) string {
	var invalid *auth.Invalid
	switch {
	case err == nil:
		return ""
	case errors.Is(err, seal.ErrWrongKey):
		return say(language, "The passwords of this trunk were stored with another key file. Put that back, or enter them again.")
	case errors.Is(err, seal.ErrTampered):
		return say(language, "The passwords of this trunk are damaged. Enter them again.")
	case errors.Is(err, company.ErrTaken):
		return say(language, "The configuration file has a trunk of the same name.")
	case errors.As(err, &invalid):
		sentences := make([]string, len(invalid.Fields))
		for i, f := range invalid.Fields {
			sentences[i] = say(language, f.Message)
		}
		return strings.Join(sentences, " ")
	}
	return say(language, "Something went wrong on the server. Try again.")
}

func trunkStateOf(s TrunkState) *trunkStateBody {
	b := &trunkStateBody{
		Healthy: s.Health != "down", Health: s.Health, Since: orAbsent(s.Since), Error: s.Error, Calls: s.Calls,
		Accounts: make([]trunkAccountBody, len(s.Accounts)), Targets: make([]trunkTargetBody, len(s.Targets)),
	}
	if len(s.Accounts) > 0 {
		registered := slices.ContainsFunc(s.Accounts, func(a AccountState) bool { return a.Registered })
		b.Registered = &registered
	}
	for i, x := range s.Accounts {
		b.Accounts[i] = trunkAccountBody{x.User, x.Registered, x.Refused, orAbsent(x.Expires), x.Error}
	}
	for i, x := range s.Targets {
		b.Targets[i] = trunkTargetBody{x.Target, x.Health != "down", x.Health, x.Answer.Milliseconds(), x.Error}
	}
	return b
}
