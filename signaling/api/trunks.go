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
	Trunk     company.Trunk   `json:"trunk"`
	Source    string          `json:"source" enum:"stored,config" doc:"trunks of the configuration file are changed there"`
	Secrets   trunkSecrets    `json:"secrets"`
	ChangedAt *time.Time      `json:"changedAt,omitempty" nullable:"false"`
	ChangedBy string          `json:"changedBy,omitempty" example:"Ann"`
	Fault     string          `json:"fault,omitempty" doc:"why it is out of service, in a sentence" example:""`
	State     *trunkStateBody `json:"state,omitempty" nullable:"false" doc:"absent where nothing is known"`
}

// trunkSecrets tells which secrets are there.
type trunkSecrets struct {
	Password  bool     `json:"password"`
	ClientKey bool     `json:"clientKey"`
	Accounts  []string `json:"accounts" nullable:"false" doc:"users that have a password" example:"4711"`
}

type trunkStateBody struct {
	Health   string             `json:"health" enum:"up,down,unknown"`
	Since    *time.Time         `json:"since,omitempty" nullable:"false"`
	Error    string             `json:"error,omitempty" example:"the registrar does not accept name and password"`
	Calls    int                `json:"calls" doc:"that run over it" example:"3"`
	Accounts []trunkAccountBody `json:"accounts" nullable:"false"`
	Targets  []trunkTargetBody  `json:"targets" nullable:"false"`
}

type trunkAccountBody struct {
	User       string     `json:"user" example:"4711"`
	Registered bool       `json:"registered"`
	Refused    bool       `json:"refused" doc:"name and password are not accepted; trying again will not help"`
	ExpiresAt  *time.Time `json:"expiresAt,omitempty" nullable:"false"`
	Error      string     `json:"error,omitempty" example:""`
}

type trunkTargetBody struct {
	Target   string `json:"target" example:"udp 203.0.113.1:5060 (sbc.example.com)"`
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

// NewSecrets changes secrets: what is absent stays, empty text takes one away.
type NewSecrets struct {
	Password  *string           `json:"password,omitempty" nullable:"false" maxLength:"200" doc:"of the user; absent: as it is" example:"sesame"`
	ClientKey *string           `json:"clientKey,omitempty" nullable:"false" maxLength:"60000" doc:"PEM; absent: as it is" example:""`
	Accounts  map[string]string `json:"accounts,omitempty" doc:"passwords by user; absent ones stay as they are"`
}

// describedTrunk is a trunk as an admin sends it.
type describedTrunk struct {
	company.Trunk
	Secrets *NewSecrets `json:"secrets,omitempty" nullable:"false" doc:"they cannot be read again"`
}

func (d describedTrunk) secrets() company.NewSecrets {
	if d.Secrets == nil {
		return company.NewSecrets{}
	}
	return company.NewSecrets(*d.Secrets)
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
		t, err := trunks.Add(ctx, v.Person, in.Body.Trunk, in.Body.secrets())
		return &trunkOutput{a.trunkOf(v, t)}, err
	})
	register(a, operation{
		id: "change-trunk", method: http.MethodPut, path: "/trunks/{name}", access: adminOnly, errors: []Code{NotFound, ReadOnly}, maxBody: maxTrunk,
		summary: "Describe a trunk anew; calls that run go on",
	}, func(ctx context.Context, v auth.Visitor, in *changeTrunkInput) (*trunkOutput, error) {
		t, err := trunks.Change(ctx, v.Person, in.Name, in.Body.Trunk, in.Body.secrets())
		return &trunkOutput{a.trunkOf(v, t)}, err
	})
	register(a, operation{
		id: "remove-trunk", method: http.MethodDelete, path: "/trunks/{name}", access: adminOnly, errors: []Code{NotFound, ReadOnly},
		summary: "Remove a trunk; calls that run go on",
	}, func(ctx context.Context, v auth.Visitor, in *ByName) (*empty, error) {
		return nil, trunks.Remove(ctx, v.Person, in.Name)
	})
}

func (a *API) trunkOf(v auth.Visitor, t company.ListedTrunk) trunkBody {
	b := trunkBody{
		Trunk: t.Trunk, Source: "stored", Secrets: trunkSecrets{t.Password, t.ClientKey, t.Accounts},
		ChangedAt: orAbsent(t.ChangedAt), ChangedBy: t.ChangedBy.Name, Fault: trunkFault(v.Person.Language, t.Fault),
	}
	if t.Fixed {
		b.Source = "config"
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
		Health: s.Health, Since: orAbsent(s.Since), Error: s.Error, Calls: s.Calls,
		Accounts: make([]trunkAccountBody, len(s.Accounts)), Targets: make([]trunkTargetBody, len(s.Targets)),
	}
	for i, x := range s.Accounts {
		b.Accounts[i] = trunkAccountBody{x.User, x.Registered, x.Refused, orAbsent(x.Expires), x.Error}
	}
	for i, x := range s.Targets {
		b.Targets[i] = trunkTargetBody{x.Target, x.Health, x.Answer.Milliseconds(), x.Error}
	}
	return b
}
