package api

import (
	"context"
	"net/http"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/company"
	"partyline/sip/billing"
)

// brakesBody is billing.Brakes as admins see them.
type brakesBody struct {
	Countries    []string      `json:"countries" nullable:"false" maxItems:"300" doc:"that may be called beside the home country, ISO 3166; * is all" example:"DE"`
	Internal     bool          `json:"internal" doc:"the company's own numbers may be called"`
	Domestic     bool          `json:"domestic" doc:"the home country may"`
	Mobile       bool          `json:"mobile" doc:"mobiles of the home country may"`
	Premium      bool          `json:"premium" doc:"premium numbers may, in the countries that may be called"`
	Ceiling      billing.Micro `json:"ceiling" doc:"the most per minute, in millionths; 0: no limit" example:"2000000"`
	Window       int           `json:"window" doc:"seconds in which calls are counted" example:"600"`
	PerPerson    int           `json:"perPerson" doc:"calls in that time; 0: no limit" example:"60"`
	PerPrefix    int           `json:"perPrefix" doc:"calls in that time; 0: no limit" example:"30"`
	PerTrunk     int           `json:"perTrunk" doc:"calls in that time; 0: no limit" example:"1000"`
	AtOncePerson int           `json:"atOncePerson" doc:"calls that run; 0: no limit" example:"50"`
	AtOnce       int           `json:"atOnce" doc:"calls that run, of everybody; 0: no limit" example:"500"`
	FirstCountry bool          `json:"firstCountry" doc:"an admin agrees to the first call to each country"`
	Night        bool          `json:"night" doc:"only known numbers abroad at night"`
	NightFrom    int           `json:"nightFrom" doc:"seconds since midnight, in the company's time zone" example:"79200"`
	NightTo      int           `json:"nightTo" doc:"seconds since midnight" example:"21600"`
	Longest      int           `json:"longest" doc:"seconds that a call may last; 0: no limit" example:"14400"`
	Invitees     bool          `json:"invitees" doc:"into a meeting only where its invitees are"`
	LastLeave    bool          `json:"lastLeave" doc:"calls out end when the last employee leaves a room"`
}

func brakesOf(b billing.Brakes) brakesBody {
	countries := b.Countries
	if countries == nil {
		countries = []string{}
	}
	return brakesBody{
		countries, b.Internal, b.Domestic, b.Mobile, b.Premium, b.Ceiling,
		seconds(b.Window), b.PerPerson, b.PerPrefix, b.PerTrunk, b.AtOncePerson, b.AtOnce,
		b.FirstCountry, b.Night, seconds(b.NightFrom), seconds(b.NightTo), seconds(b.Longest), b.Invitees, b.LastLeave,
	}
}

// brakes gives the rules that a body stands for.
func (b brakesBody) brakes() billing.Brakes {
	return billing.Brakes{
		Countries: b.Countries, Internal: b.Internal, Domestic: b.Domestic, Mobile: b.Mobile, Premium: b.Premium, Ceiling: b.Ceiling,
		Window: duration(b.Window), PerPerson: b.PerPerson, PerPrefix: b.PerPrefix, PerTrunk: b.PerTrunk,
		AtOncePerson: b.AtOncePerson, AtOnce: b.AtOnce, FirstCountry: b.FirstCountry,
		Night: b.Night, NightFrom: duration(b.NightFrom), NightTo: duration(b.NightTo),
		Longest: duration(b.Longest), Invitees: b.Invitees, LastLeave: b.LastLeave,
	}
}

func seconds(d time.Duration) int { return int(d / time.Second) }

// duration makes one of seconds. What is beyond a month is cut, so that it does
// not overflow; the rules refuse it.
func duration(n int) time.Duration {
	const month = 31 * 24 * 3600
	return time.Duration(max(-1, min(n, month))) * time.Second
}

type brakesOutput struct {
	Body struct {
		Brakes    brakesBody `json:"brakes"`
		Defaults  brakesBody `json:"defaults" doc:"as they are before anybody sets them"`
		ChangedAt *time.Time `json:"changedAt,omitempty" nullable:"false"`
		ChangedBy string     `json:"changedBy,omitempty" example:"Ann"`
	}
}

type setBrakesInput struct {
	Body struct {
		Password auth.Password `json:"password" maxLength:"1000" doc:"the admin's own, again" example:"correct horse battery"`
		Brakes   brakesBody    `json:"brakes"`
	}
}

func (a *API) brakes() {
	brakes := a.cfg.Company.Brakes
	register(a, operation{
		id: "get-brakes", method: http.MethodGet, path: "/brakes", access: adminOnly, summary: "The brakes against fraud and mistakes",
	}, func(ctx context.Context, v auth.Visitor, _ *empty) (*brakesOutput, error) {
		set, err := brakes.Look(ctx, v.Person)
		return setBrakesOf(set), err
	})
	register(a, operation{
		id: "set-brakes", method: http.MethodPut, path: "/brakes", access: adminOnly, errors: []Code{WrongPassword, TooManyTries, Busy},
		summary: "Set the brakes, for calls from now on; the password is asked for again",
	}, func(ctx context.Context, v auth.Visitor, in *setBrakesInput) (*brakesOutput, error) {
		set, err := brakes.Set(ctx, v, in.Body.Password, in.Body.Brakes.brakes())
		return setBrakesOf(set), err
	})
}

func setBrakesOf(s company.SetBrakes) *brakesOutput {
	out := &brakesOutput{}
	out.Body.Brakes, out.Body.Defaults = brakesOf(s.Brakes), brakesOf(billing.DefaultBrakes())
	out.Body.ChangedAt, out.Body.ChangedBy = orAbsent(s.ChangedAt), s.ChangedBy.Name
	return out
}
