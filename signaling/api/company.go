package api

import (
	"context"
	"net/http"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/company"
	"partyline/sip/billing"
)

// Company is what admins set, and whom to ask about it. Without a log there is
// nothing of it.
type Company struct {
	Home      billing.Home // the configuration's: currency, time zone and country
	Log       *company.Log
	Trunks    *company.Trunks
	Decks     *company.Decks
	Brakes    *company.Brakes
	Approvals *company.Approvals
	Contacts  *company.Contacts
	Records   company.Records // for charging calls again
	Lines     Lines           // nil: nothing is known of how trunks fare
}

// Lines is how the trunks fare. Calls come from any goroutine.
type Lines interface {
	// TrunkStates are those of the trunks that calls are placed over.
	TrunkStates() []TrunkState
	// AskTrunk asks a trunk now whether it is there. It returns an error in whose
	// chain is ErrNoLine for one that no calls go out by.
	AskTrunk(ctx context.Context, trunk string) (TrunkState, error)
}

// TrunkState is how a trunk fares.
type TrunkState struct {
	Trunk    string
	Health   string // up, down, unknown
	Since    time.Time
	Error    string // a sentence; empty while all is well
	Calls    int    // that run over it
	Accounts []AccountState
	Targets  []TargetState
}

// AccountState is how the registration of an account is.
type AccountState struct {
	User       string
	Registered bool
	Refused    bool // the registrar does not accept name and password
	Expires    time.Time
	Error      string
}

// TargetState is how one place that takes a trunk's calls is.
type TargetState struct {
	Target string
	Health string // up, down, unknown
	Answer time.Duration
	Error  string
}

// set registers what admins set.
func (a *API) set() {
	if a.cfg.Company.Log == nil {
		return
	}
	a.company()
	a.trunks()
	a.decks()
	a.activations()
	a.replays()
	a.brakes()
	a.approvals()
	a.contacts()
	a.audit()
}

// companyBody is what the configuration says of the company.
type companyBody struct {
	Name        string `json:"name" example:"Acme"`
	Currency    string `json:"currency" doc:"ISO 4217; all amounts are millionths of its unit" example:"CNY"`
	Exponent    int    `json:"exponent" doc:"decimals that people write" example:"2"`
	TimeZone    string `json:"timeZone" doc:"IANA name: of days, months and nights; empty: the server's own" example:"Asia/Shanghai"`
	HomeCountry string `json:"homeCountry" doc:"ISO 3166; empty: numbers are written with a plus" example:"CN"`
	// Shown are for those who choose what whom they call sees.
	Shown []string `json:"shownNumbers" nullable:"false" doc:"numbers of the company that a call may show, the usual first; a star at the end: all that begin so" example:"+861065529988"`
}

type companyOutput struct {
	Body companyBody
}

func (a *API) company() {
	register(a, operation{
		id: "get-company", method: http.MethodGet, path: "/company", access: signedIn, summary: "Whose bridge this is, and what it counts in",
	}, func(ctx context.Context, _ auth.Visitor, _ *empty) (*companyOutput, error) {
		c, err := a.accounts.Company(ctx)
		if err != nil {
			return nil, err
		}
		home := a.cfg.Company.Home
		body := companyBody{c.Name, home.Currency.Code, home.Currency.Exponent, a.zone().String(), home.Country, []string{}}
		if body.TimeZone == time.Local.String() {
			body.TimeZone = ""
		}
		if a.cfg.Company.Trunks == nil {
			return &companyOutput{body}, nil
		}
		body.Shown, err = a.cfg.Company.Trunks.Shown(ctx)
		return &companyOutput{body}, err
	})
}

// zone is the company's time zone.
func (a *API) zone() *time.Location {
	if z := a.cfg.Company.Home.Zone; z != nil {
		return z
	}
	return time.UTC
}

// who is somebody as records name them.
type who struct {
	ID   string `json:"id" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Name string `json:"name" example:"Ann"`
}
