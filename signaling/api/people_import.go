package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"

	"partyline/signaling/auth"
)

// maxImport is room for 5,000 lines of JSON-escaped Chinese.
const maxImport = 4 << 20

type importInput struct {
	Body struct {
		CSV    string `json:"csv" doc:"with a header line: name, email, phone, language, timeZone, admin, or their Chinese names" example:"name,email\nBob,bob@example.com\n"`
		Commit bool   `json:"commit" doc:"false: check only"`
	}
}

type importOutput struct {
	Body struct {
		Rows    []importRow `json:"rows" nullable:"false"`
		Ignored []string    `json:"ignored" nullable:"false" doc:"columns that mean nothing to us"`
		Created int         `json:"created" doc:"0 if anything is wrong: all are made or none" example:"12"`
	}
}

// importRow is one line of the file, as it would be stored.
type importRow struct {
	Line           int            `json:"line" example:"2"`
	Name           string         `json:"name" example:"Bob"`
	Email          string         `json:"email" example:"bob@example.com"`
	Phone          string         `json:"phone" example:"+8613800138000"`
	Language       string         `json:"language" example:"zh-CN"`
	TimeZone       string         `json:"timeZone" example:"Asia/Shanghai"`
	Admin          bool           `json:"admin"`
	Errors         []FieldProblem `json:"errors" nullable:"false"`
	InvitationLink string         `json:"invitationLink,omitempty" doc:"after the commit"`
}

func (a *API) importPeople() {
	register(a, operation{
		id: "import-people", method: http.MethodPost, path: "/people/import", access: adminOnly, maxBody: maxImport,
		summary: "Check a CSV file of people, or make their accounts in one transaction", errors: []Code{EmailTaken},
	}, a.importCSV)
}

func (a *API) importCSV(ctx context.Context, v auth.Visitor, in *importInput) (*importOutput, error) {
	sheet, err := readSheet(in.Body.CSV)
	if err != nil {
		return nil, invalid("csv", err.Error())
	}
	taken, err := a.accounts.EmailsInUse(ctx, v.Person)
	if err != nil {
		return nil, err
	}
	rows, profiles := a.check(sheet, v.Person, taken)
	var out importOutput
	out.Body.Rows, out.Body.Ignored = rows, sheet.ignored
	if !in.Body.Commit || len(profiles) < len(rows) || len(rows) == 0 {
		return &out, nil
	}
	added, err := a.accounts.Add(ctx, v.Person, profiles...)
	if err != nil {
		return nil, err
	}
	for i, n := range added {
		rows[i].InvitationLink = welcomeLink(ctx, n.Invitation)
	}
	out.Body.Created = len(added)
	return &out, nil
}

// check turns the lines into profiles; the lines with errors are missing from
// them. Language and time zone default to those of the admin.
func (a *API) check(s sheet, admin auth.Person, taken map[string]bool) ([]importRow, []auth.Profile) {
	rows := make([]importRow, 0, len(s.lines))
	profiles := make([]auth.Profile, 0, len(s.lines))
	lineOf := map[string]int{} // where an e-mail was seen first
	for _, l := range s.lines {
		row := importRow{
			Line: l.number, Name: l.text["name"], Email: l.text["email"], Phone: l.text["phone"],
			Language: cmp.Or(l.text["language"], admin.Language), TimeZone: cmp.Or(l.text["timeZone"], admin.TimeZone),
			Errors: l.errors,
		}
		if l.broken {
			rows = append(rows, row)
			continue
		}
		p := a.profile(&row, l.text["admin"])
		switch first := lineOf[p.Email]; {
		case p.Email == "":
		case first != 0:
			row.Errors = append(row.Errors, FieldProblem{"email", sameEmail(first)})
		case taken[p.Email]:
			row.Errors = append(row.Errors, FieldProblem{"email", "This e-mail address belongs to another account."})
			lineOf[p.Email] = l.number
		default:
			lineOf[p.Email] = l.number
		}
		if len(row.Errors) == 0 {
			profiles = append(profiles, p)
		}
		rows = append(rows, row)
	}
	return rows, profiles
}

// profile cleans a row in place and notes what is wrong with it. Of a row with
// errors it still gives the e-mail, if that is right.
func (a *API) profile(row *importRow, admin string) auth.Profile {
	p := auth.Profile{Name: row.Name, Email: row.Email, Language: row.Language, TimeZone: row.TimeZone}
	note := func(err error) map[string]bool {
		var bad *auth.Invalid
		wrong := map[string]bool{}
		if errors.As(err, &bad) {
			for _, f := range bad.Fields {
				wrong[f.Field] = true
				row.Errors = append(row.Errors, FieldProblem(f))
			}
		}
		return wrong
	}
	var err error
	if p.Phone, err = a.phone(row.Phone); err != nil {
		note(err)
	}
	if p.Admin, err = yesNo(admin); err != nil {
		row.Errors = append(row.Errors, FieldProblem{"admin", err.Error()})
	}
	clean, err := p.Clean()
	wrong := note(err)
	if err == nil {
		p = clean
		row.Name, row.Email, row.Phone = p.Name, p.Email, string(p.Phone)
		row.Language, row.TimeZone, row.Admin = p.Language, p.TimeZone, p.Admin
		return p
	}
	if wrong["email"] {
		return auth.Profile{}
	}
	return auth.Profile{Email: lower(p.Email)}
}
