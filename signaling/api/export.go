package api

import (
	"context"
	"io"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"partyline/signaling/auth"
	"partyline/sip/billing"
)

type exportCallsInput struct {
	CallFilter
	Mine    bool   `query:"mine" doc:"my own calls alone, also for admins"`
	Sort    string `query:"sort" enum:"newest,oldest" default:"oldest"`
	Format  string `query:"format" enum:"csv,jsonl" default:"csv"`
	BOM     bool   `query:"bom" doc:"begin CSV with a byte order mark, by which Excel knows UTF-8"`
	Numbers string `query:"numbers" enum:"masked,full" default:"masked" doc:"full: also those that others dialled, for admins; everybody sees that they were taken out"`
}

func (a *API) exports() {
	register(a, operation{
		id: "export-calls", method: http.MethodGet, path: "/calls/export", access: signedIn, errors: []Code{NotFound},
		summary: "All calls that fit all that is given, as one file",
		content: []string{csvType, "application/jsonl"},
	}, a.exportCalls)
}

func (a *API) exportCalls(ctx context.Context, v auth.Visitor, in *exportCallsInput) (*huma.StreamResponse, error) {
	search, err := a.search(in.CallFilter)
	if err != nil {
		return nil, err
	}
	search.Oldest = in.Sort == "oldest"
	if in.Mine {
		search.Person = v.Person.ID
	}
	format, err := billing.ParseFormat(in.Format)
	if err != nil {
		return nil, err
	}
	each, err := a.cfg.Money.History.Export(ctx, viewerOf(v), search, in.Numbers == "full")
	if err != nil {
		return nil, err
	}
	a.log.InfoContext(ctx, "calls exported", "person", v.Person.ID, "numbers", in.Numbers, "of", search.Person)
	kind, _, _ := strings.Cut(format.ContentType(), ";")
	name := "calls-" + time.Now().In(a.cfg.Money.History.Zone()).Format(time.DateOnly) + "." + in.Format
	return a.attachment(kind, name, func(w io.Writer) error {
		out := billing.NewRecordWriter(w, format, in.BOM)
		if err := each(ctx, out.Write); err != nil {
			return err
		}
		return out.Flush()
	}), nil
}
