package api

import (
	"context"
	"net/http"
	"slices"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/health"
)

type subnetBody struct {
	Prefix  string `json:"prefix" example:"10.1.0.0/16"`
	Site    string `json:"site" example:"Shanghai"`
	Access  string `json:"access,omitempty" enum:"wired,wifi,cellular,vpn" example:"wired"`
	City    string `json:"city,omitempty" example:"Shanghai"`
	Country string `json:"country,omitempty" doc:"ISO 3166" example:"CN"`
}

type subnetsOutput struct {
	Body struct {
		Subnets   []subnetBody `json:"subnets" nullable:"false"`
		ChangedAt *time.Time   `json:"changedAt,omitempty" nullable:"false" doc:"absent: never"`
		ChangedBy *who         `json:"changedBy,omitempty" nullable:"false"`
	}
}

// maxSubnetFile is how large a file of subnets may be, in bytes.
const maxSubnetFile = 2 << 20

type subnetFileInput struct {
	Body struct {
		CSV string `json:"csv" doc:"columns prefix and site; access, city and country may be left out" example:"prefix,site"`
	}
}

type subnetFaultBody struct {
	Line    int    `json:"line" doc:"the header is 1; 0: all of the file" example:"3"`
	Field   string `json:"field,omitempty" example:"prefix"`
	Message string `json:"message" doc:"a sentence that may be shown" example:"This network stands in the file twice."`
}

type subnetFileOutput struct {
	Body struct {
		Subnets []subnetBody      `json:"subnets" nullable:"false" doc:"the first 50 as they would stand"`
		Count   int               `json:"count" example:"120"`
		Added   int               `json:"added" doc:"that do not stand now" example:"3"`
		Removed int               `json:"removed" doc:"that stand now and would not" example:"1"`
		Ignored []string          `json:"ignored" nullable:"false" doc:"columns that are not known"`
		Errors  []subnetFaultBody `json:"errors" nullable:"false" doc:"the first 100; with any, nothing is changed"`
	}
}

const (
	mostPreviewed = 50
	mostFaults    = 100
)

// subnets are where the company's networks are.
func (a *API) subnets() {
	tabulate(a, adminTable("list-subnets", "/quality/subnets", "The company's networks, and where they are"),
		func(o *subnetsOutput) any { return o.Body.Subnets }, a.listSubnets)
	register(a, operation{
		id: "preview-subnets", method: http.MethodPost, path: "/quality/subnets/preview", access: adminOnly, maxBody: maxSubnetFile,
		summary: "What a file of networks would change, and what is wrong with it",
	}, func(ctx context.Context, v auth.Visitor, in *subnetFileInput) (*subnetFileOutput, error) {
		return a.previewSubnets(ctx, v, health.ReadSubnets(in.Body.CSV))
	})
	register(a, operation{
		id: "set-subnets", method: http.MethodPut, path: "/quality/subnets", access: adminOnly, maxBody: maxSubnetFile,
		summary: "Replace all networks by those of a file without errors; connections go by them from then on",
	}, a.setSubnets)
}

func (a *API) listSubnets(ctx context.Context, v auth.Visitor, _ *empty) (*subnetsOutput, error) {
	m, err := a.cfg.Health.Subnets(ctx, v.Person)
	if err != nil {
		return nil, err
	}
	out := &subnetsOutput{}
	out.Body.Subnets, out.Body.ChangedAt = toSubnets(m.Subnets), orAbsent(m.ChangedAt)
	if !m.ChangedAt.IsZero() {
		by := who(m.ChangedBy)
		out.Body.ChangedBy = &by
	}
	return out, nil
}

func toSubnets(all []health.Subnet) []subnetBody {
	bodies := make([]subnetBody, len(all))
	for i, n := range all {
		bodies[i] = subnetBody{n.Prefix.String(), n.Site, string(n.Access), n.City, n.Country}
	}
	return bodies
}

func (a *API) previewSubnets(ctx context.Context, v auth.Visitor, sheet health.Sheet) (*subnetFileOutput, error) {
	before, err := a.cfg.Health.Subnets(ctx, v.Person)
	if err != nil {
		return nil, err
	}
	out := &subnetFileOutput{}
	b := &out.Body
	b.Subnets, b.Count = toSubnets(sheet.Subnets[:min(len(sheet.Subnets), mostPreviewed)]), len(sheet.Subnets)
	b.Added, b.Removed = missing(sheet.Subnets, before.Subnets), missing(before.Subnets, sheet.Subnets)
	b.Ignored, b.Errors = append([]string{}, sheet.Ignored...), []subnetFaultBody{}
	for _, f := range sheet.Faults[:min(len(sheet.Faults), mostFaults)] {
		b.Errors = append(b.Errors, subnetFaultBody{f.Line, f.Field, say(v.Person.Language, f.Message)})
	}
	return out, nil
}

// missing is how many of some subnets others do not have.
func missing(some, others []health.Subnet) (n int) {
	there := make(map[health.Subnet]bool, len(others))
	for _, o := range others {
		there[o] = true
	}
	for _, s := range some {
		if !there[s] {
			n++
		}
	}
	return n
}

func (a *API) setSubnets(ctx context.Context, v auth.Visitor, in *subnetFileInput) (*subnetFileOutput, error) {
	sheet := health.ReadSubnets(in.Body.CSV)
	if len(sheet.Faults) > 0 {
		return nil, invalid("csv", sheet.Faults[0].Message)
	}
	out, err := a.previewSubnets(ctx, v, sheet)
	if err != nil {
		return nil, err
	}
	if _, err := a.cfg.Health.SetSubnets(ctx, v.Person, slices.Clip(sheet.Subnets)); err != nil {
		return nil, err
	}
	a.log.InfoContext(ctx, "subnets replaced", "person", v.Person.ID, "subnets", len(sheet.Subnets))
	return out, nil
}
