package api

import (
	"context"
	"fmt"
	"net/http"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/company"
	"partyline/sip/billing"
)

// brakesBody is billing.Brakes as admins see them.
type brakesBody struct {
	Countries      []string      `json:"countries" nullable:"false" maxItems:"300" doc:"that may be called beside the home country, ISO 3166; * is all" example:"DE"`
	Internal       bool          `json:"internal" doc:"the company's own numbers may be called"`
	Domestic       bool          `json:"domestic" doc:"the home country may"`
	Mobile         bool          `json:"mobile" doc:"mobiles of the home country may"`
	Premium        bool          `json:"premium" doc:"premium numbers may, in the countries that may be called"`
	Ceiling        billing.Micro `json:"ceiling" doc:"the most per minute, in millionths; 0: no limit" example:"2000000"`
	WindowMinutes  int           `json:"windowMinutes" doc:"in which calls are counted" example:"10"`
	PerPerson      int           `json:"perPerson" doc:"calls in that time; 0: no limit" example:"60"`
	PerPrefix      int           `json:"perPrefix" doc:"calls in that time; 0: no limit" example:"30"`
	PerTrunk       int           `json:"perTrunk" doc:"calls in that time; 0: no limit" example:"1000"`
	AtOncePerson   int           `json:"atOncePerson" doc:"calls that run; 0: no limit" example:"50"`
	AtOnce         int           `json:"atOnce" doc:"calls that run, of everybody; 0: no limit" example:"500"`
	FirstCountry   bool          `json:"firstCountry" doc:"an admin agrees to the first call to each country"`
	Night          bool          `json:"night" doc:"only known numbers abroad at night"`
	NightFrom      string        `json:"nightFrom" maxLength:"5" doc:"in the company's time zone" example:"22:00"`
	NightTo        string        `json:"nightTo" maxLength:"5" example:"06:00"`
	LongestMinutes int           `json:"longestMinutes" doc:"that a call may last; 0: no limit" example:"240"`
	Invitees       bool          `json:"invitees" doc:"into a meeting only where its invitees are"`
	LastLeave      bool          `json:"lastLeave" doc:"calls out end when the last employee leaves a room"`
}

func brakesOf(b billing.Brakes) brakesBody {
	countries := b.Countries
	if countries == nil {
		countries = []string{}
	}
	return brakesBody{
		countries, b.Internal, b.Domestic, b.Mobile, b.Premium, b.Ceiling,
		int(b.Window / time.Minute), b.PerPerson, b.PerPrefix, b.PerTrunk, b.AtOncePerson, b.AtOnce,
		b.FirstCountry, b.Night, clockOf(b.NightFrom), clockOf(b.NightTo), int(b.Longest / time.Minute), b.Invitees, b.LastLeave,
	}
}

// brakes gives the rules that a body stands for. Counts are bounded, so that
// no duration overflows; the rules look at the rest.
func (b brakesBody) brakes() (billing.Brakes, error) {
	from, err := readClock("nightFrom", b.NightFrom)
	if err != nil {
		return billing.Brakes{}, err
	}
	to, err := readClock("nightTo", b.NightTo)
	if err != nil {
		return billing.Brakes{}, err
	}
	return billing.Brakes{
		Countries: b.Countries, Internal: b.Internal, Domestic: b.Domestic, Mobile: b.Mobile, Premium: b.Premium, Ceiling: b.Ceiling,
		Window: minutes(b.WindowMinutes), PerPerson: b.PerPerson, PerPrefix: b.PerPrefix, PerTrunk: b.PerTrunk,
		AtOncePerson: b.AtOncePerson, AtOnce: b.AtOnce, FirstCountry: b.FirstCountry,
		Night: b.Night, NightFrom: from, NightTo: to, Longest: minutes(b.LongestMinutes), Invitees: b.Invitees, LastLeave: b.LastLeave,
	}, nil
}

// minutes makes a duration; more than a month is a month.
func minutes(n int) time.Duration { return time.Duration(max(-1, min(n, 31*24*60))) * time.Minute }

// clockOf writes a time of day.
func clockOf(d time.Duration) string {
	return fmt.Sprintf("%02d:%02d", int(d/time.Hour), int(d/time.Minute)%60)
}

// readClock reads a time of day.
func readClock(field, text string) (time.Duration, error) {
	t, err := time.Parse("15:04", text)
	if err != nil {
		return 0, invalid(field, "Times of day are like 22:00.")
	}
	return time.Duration(t.Hour())*time.Hour + time.Duration(t.Minute())*time.Minute, nil
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
		next, err := in.Body.Brakes.brakes()
		if err != nil {
			return nil, err
		}
		set, err := brakes.Set(ctx, v, in.Body.Password, next)
		return setBrakesOf(set), err
	})
}

func setBrakesOf(s company.SetBrakes) *brakesOutput {
	out := &brakesOutput{}
	out.Body.Brakes, out.Body.Defaults = brakesOf(s.Brakes), brakesOf(billing.DefaultBrakes())
	out.Body.ChangedAt, out.Body.ChangedBy = orAbsent(s.ChangedAt), s.ChangedBy.Name
	return out
}
