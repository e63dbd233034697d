package api

import (
	"context"
	"net/http"
	"strings"

	"partyline/signaling/auth"
	"partyline/sip/dialplan"
)

// person is an account as clients see it.
type person struct {
	ID       string `json:"id" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
	Name     string `json:"name" example:"Bob"`
	Email    string `json:"email" example:"bob@example.com"`
	Phone    string `json:"phone" doc:"E.164; empty if none, or if it is none of yours" example:"+8613800138000"`
	Language string `json:"language" enum:"en,zh-CN" example:"zh-CN"`
	TimeZone string `json:"timeZone" doc:"IANA name" example:"Asia/Shanghai"`
	Admin    bool   `json:"admin"`
	Active   bool   `json:"active" doc:"may sign in"`
	Invited  bool   `json:"invited" doc:"has not chosen a password yet"`
	// Extension is known to all: colleagues dial it.
	Extension  string       `json:"extension,omitempty" doc:"short number of the SIP phone; absent without one" example:"2001"`
	Department string       `json:"department" example:"Sales"`
	CostCentre string       `json:"costCentre,omitempty" doc:"absent if none, or if it is none of yours" example:"4711"`
	MayCall    auth.MayCall `json:"mayCall,omitempty" enum:"everyone,known,nobody" doc:"whom at the company's cost; known: colleagues and saved contacts; absent if it is none of yours" example:"everyone"`
}

func toPerson(p auth.Person) person {
	return person{
		p.ID, p.Name, p.Email, string(p.Phone), p.Language, p.TimeZone, p.Admin, p.Active, p.Invited, p.Extension,
		p.Department, p.CostCentre, p.MayCall,
	}
}

type personOutput struct {
	Body person
}

type peopleOutput struct {
	Body []person `nullable:"false"`
}

// newcomer is an account with the link that begins it.
type newcomer struct {
	Person person `json:"person"`
	Link   string `json:"link" doc:"to be handed to the person; good once and for 7 days" example:"https://meet.example.com/welcome/Zk3v9Qm1Xr7Lw5Tn2Bp8Jc4Hd6Gf0Ys_A-uEiOqWxKc"`
}

type newcomerOutput struct {
	Body newcomer
}

func welcomeLink(ctx context.Context, t auth.Token) string {
	return requestOf(ctx).base + "/welcome/" + string(t)
}

func newcomerOf(ctx context.Context, n auth.Newcomer) *newcomerOutput {
	return &newcomerOutput{newcomer{toPerson(n.Person), welcomeLink(ctx, n.Invitation)}}
}

type listPeopleInput struct {
	Query string `query:"q" maxLength:"100" doc:"part of a name or e-mail" example:"bob"`
}

type addPersonInput struct {
	Body struct {
		Name     string `json:"name" maxLength:"200" example:"Bob"`
		Email    string `json:"email" maxLength:"300" example:"bob@example.com"`
		Phone    string `json:"phone,omitempty" maxLength:"40" example:"+8613800138000"`
		Language string `json:"language" maxLength:"20" example:"zh-CN"`
		TimeZone string `json:"timeZone" maxLength:"64" example:"Asia/Shanghai"`
		Admin    bool   `json:"admin,omitempty"`

		Department string       `json:"department,omitempty" maxLength:"200" example:"Sales"`
		CostCentre string       `json:"costCentre,omitempty" maxLength:"200" example:"4711"`
		MayCall    auth.MayCall `json:"mayCall,omitempty" enum:"everyone,known,nobody" example:"everyone"`
	}
}

type changePersonInput struct {
	ByID
	Body struct {
		Name     *string `json:"name,omitempty" nullable:"false" maxLength:"200" example:"Robert"`
		Email    *string `json:"email,omitempty" nullable:"false" maxLength:"300" example:"robert@example.com"`
		Phone    *string `json:"phone,omitempty" nullable:"false" maxLength:"40" example:"+8613800138000"`
		Language *string `json:"language,omitempty" nullable:"false" maxLength:"20" example:"en"`
		TimeZone *string `json:"timeZone,omitempty" nullable:"false" maxLength:"64" example:"Europe/Berlin"`
		Admin    *bool   `json:"admin,omitempty" nullable:"false"`
		Active   *bool   `json:"active,omitempty" nullable:"false"`

		Department *string       `json:"department,omitempty" nullable:"false" maxLength:"200" example:"Sales"`
		CostCentre *string       `json:"costCentre,omitempty" nullable:"false" maxLength:"200" example:"4711"`
		MayCall    *auth.MayCall `json:"mayCall,omitempty" nullable:"false" enum:"everyone,known,nobody" example:"known"`
	}
}

type changeMeInput struct {
	Body struct {
		Name     *string `json:"name,omitempty" nullable:"false" maxLength:"200" example:"Robert"`
		Phone    *string `json:"phone,omitempty" nullable:"false" maxLength:"40" example:"+8613800138000"`
		Language *string `json:"language,omitempty" nullable:"false" maxLength:"20" example:"en"`
		TimeZone *string `json:"timeZone,omitempty" nullable:"false" maxLength:"64" example:"Europe/Berlin"`
	}
}

func (a *API) people() {
	register(a, operation{
		id: "list-people", method: http.MethodGet, path: "/people", access: signedIn,
		summary: "Colleagues by name, at most 1,000; admins also see phone numbers and deactivated accounts",
	}, a.listPeople)
	register(a, operation{
		id: "add-person", method: http.MethodPost, path: "/people", summary: "Make an account",
		access: adminOnly, status: http.StatusCreated, errors: []Code{EmailTaken},
	}, a.addPerson)
	register(a, operation{
		id: "change-person", method: http.MethodPatch, path: "/people/{id}", summary: "Change an account",
		access: adminOnly, errors: []Code{NoPerson, EmailTaken, LastAdmin},
	}, a.changePerson)
	register(a, operation{
		id: "deactivate-person", method: http.MethodDelete, path: "/people/{id}",
		summary: "Deactivate an account; its records stay", access: adminOnly, errors: []Code{NoPerson, LastAdmin},
	}, func(ctx context.Context, v auth.Visitor, in *ByID) (*empty, error) {
		inactive := false
		_, err := a.accounts.Change(ctx, v.Person, in.ID, auth.Change{Active: &inactive})
		if err == nil {
			a.live.SignOut(in.ID)
		}
		return nil, err
	})
	register(a, operation{
		id: "invite-person", method: http.MethodPost, path: "/people/{id}/invitation",
		summary: "A new link to choose a password; the earlier one is void", access: adminOnly, errors: []Code{NoPerson},
	}, func(ctx context.Context, v auth.Visitor, in *ByID) (*newcomerOutput, error) {
		n, err := a.accounts.Invite(ctx, v.Person, in.ID)
		return newcomerOf(ctx, n), err
	})
	register(a, operation{
		id: "change-me", method: http.MethodPatch, path: "/me", summary: "Change my own account", access: signedIn,
	}, a.changeMe)
}

func (a *API) listPeople(ctx context.Context, v auth.Visitor, in *listPeopleInput) (*peopleOutput, error) {
	all, err := a.accounts.People(ctx, v.Person, strings.TrimSpace(in.Query))
	if err != nil {
		return nil, err
	}
	out := &peopleOutput{make([]person, len(all))}
	for i, p := range all {
		out.Body[i] = toPerson(p)
	}
	return out, nil
}

func (a *API) addPerson(ctx context.Context, v auth.Visitor, in *addPersonInput) (*newcomerOutput, error) {
	b := in.Body
	added, err := a.accounts.Add(ctx, v.Person, auth.Profile{
		Name: b.Name, Email: b.Email, Phone: a.phone(b.Phone), Language: b.Language, TimeZone: b.TimeZone, Admin: b.Admin,
		Standing: auth.Standing{Department: b.Department, CostCentre: b.CostCentre, MayCall: b.MayCall},
	})
	if err != nil {
		return nil, err
	}
	return newcomerOf(ctx, added[0]), nil
}

func (a *API) changePerson(ctx context.Context, v auth.Visitor, in *changePersonInput) (*personOutput, error) {
	b := in.Body
	p, err := a.accounts.Change(ctx, v.Person, in.ID, auth.Change{
		Name: b.Name, Email: b.Email, Phone: a.phoneChange(b.Phone), Language: b.Language, TimeZone: b.TimeZone,
		Admin: b.Admin, Active: b.Active, Department: b.Department, CostCentre: b.CostCentre, MayCall: b.MayCall,
	})
	if err == nil && !p.Active {
		a.live.SignOut(p.ID)
	}
	return &personOutput{toPerson(p)}, err
}

func (a *API) changeMe(ctx context.Context, v auth.Visitor, in *changeMeInput) (*personOutput, error) {
	b := in.Body
	p, err := a.accounts.Change(ctx, v.Person, v.Person.ID, auth.Change{
		Name: b.Name, Phone: a.phoneChange(b.Phone), Language: b.Language, TimeZone: b.TimeZone,
	})
	return &personOutput{toPerson(p)}, err
}

// phone reads a telephone number as people write it. What is none is left as
// it is: cleaning the profile finds it, together with what else is wrong.
func (a *API) phone(text string) auth.Phone {
	number, err := dialplan.Parse(text, a.cfg.Home)
	if err != nil {
		return auth.Phone(text)
	}
	return auth.Phone(number)
}

func (a *API) phoneChange(text *string) *auth.Phone {
	if text == nil {
		return nil
	}
	p := a.phone(*text)
	return &p
}
