package api

import (
	"context"
	"encoding/csv"
	"io"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"partyline/signaling/auth"
)

const csvType = "text/csv"

// attachment answers with a file that is written as it goes. When that fails
// the connection is cut, so that nobody takes a part for the whole.
func (a *API) attachment(kind, name string, write func(io.Writer) error) *huma.StreamResponse {
	return &huma.StreamResponse{Body: func(c huma.Context) {
		c.SetHeader("Content-Type", kind+"; charset=utf-8")
		c.SetHeader("Content-Disposition", `attachment; filename="`+name+`"`)
		c.SetStatus(http.StatusOK)
		if err := write(c.BodyWriter()); err != nil {
			if c.Context().Err() == nil {
				a.log.ErrorContext(c.Context(), "file cannot be sent", "file", name, "err", err)
			}
			panic(http.ErrAbortHandler)
		}
	}}
}

// formula is what a cell begins with that a spreadsheet would compute (OWASP,
// CSV Injection).
const formula = "=+-@\t\r"

// inert is text that a spreadsheet shows and does not compute.
func inert(text string) string {
	if text != "" && strings.ContainsRune(formula, rune(text[0])) {
		return "'" + text
	}
	return text
}

func (a *API) exportPeople() {
	register(a, operation{
		id: "export-people", method: http.MethodGet, path: "/people/export", access: adminOnly, content: []string{csvType},
		summary: "Everybody as a CSV file that the import takes",
	}, func(ctx context.Context, v auth.Visitor, _ *empty) (*huma.StreamResponse, error) {
		people, err := a.accounts.Everybody(ctx, v.Person)
		if err != nil {
			return nil, err
		}
		return a.attachment(csvType, "people.csv", func(w io.Writer) error { return writePeople(w, people) }), nil
	})
}

// writePeople writes the columns that the import takes, and whether somebody
// is active. Telephone numbers stay as they are: a plus and digits do no harm.
func writePeople(w io.Writer, people []auth.Person) error {
	out := csv.NewWriter(w)
	rows := [][]string{{"name", "email", "phone", "language", "timeZone", "admin", "department", "costCentre", "mayCall", "active"}}
	for _, p := range people {
		rows = append(rows, []string{
			inert(p.Name), inert(p.Email), string(p.Phone), p.Language, p.TimeZone, yesOrNo(p.Admin),
			inert(p.Department), inert(p.CostCentre), string(p.MayCall), yesOrNo(p.Active),
		})
	}
	return out.WriteAll(rows)
}

func yesOrNo(b bool) string {
	if b {
		return "yes"
	}
	return "no"
}
