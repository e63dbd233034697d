package api

import (
	"cmp"
	"context"
	"errors"
	"net/http"
	"slices"

	"partyline/signaling/auth"
)

// maxImport is room for 5,000 lines of JSON-escaped Chinese.
const maxImport = 4 << 20

type importInput struct {
	Body struct {
		CSV    string `json:"csv" doc:"with a header line: name, email, phone, language, timeZone, admin, department, costCentre, mayCall, or their Chinese names" example:"name,email\nBob,bob@example.com\n"`
		Commit bool   `json:"commit" doc:"false: check only"`
	}
}

type importOutput struct {
	Body struct {
		Rows    []importRow `json:"rows" nullable:"false"`
		Ignored []string    `json:"ignored" nullable:"false" doc:"columns that mean nothing to us"`
		Created int         `json:"created" doc:"accounts made: one for each line without errors, all or none" example:"12"`
	}
}

// importRow is one line of the file, as it would be stored.
type importRow struct {
	Line     int    `json:"line" example:"2"`
	Name     string `json:"name" example:"Bob"`
	Email    string `json:"email" example:"bob@example.com"`
	Phone    string `json:"phone" example:"+8613800138000"`
	Language string `json:"language" example:"zh-CN"`
	TimeZone string `json:"timeZone" example:"Asia/Shanghai"`
	Admin    bool   `json:"admin"`

	Department string       `json:"department" example:"Sales"`
	CostCentre string       `json:"costCentre" example:"4711"`
	MayCall    auth.MayCall `json:"mayCall" example:"everyone"`

	Errors []string `json:"errors" nullable:"false" doc:"sentences that may be shown; a line with any is left out"`
	Link   string   `json:"link,omitempty" doc:"invitation, after the commit"`
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
	if !in.Body.Commit || len(profiles) == 0 {
		return &out, nil
	}
	added, err := a.accounts.Add(ctx, v.Person, profiles...)
	if err != nil {
		return nil, err
	}
	out.Body.Created = len(added)
	for i := range rows {
		if len(rows[i].Errors) == 0 {
			rows[i].Link = welcomeLink(ctx, added[0].Invitation)
			added = added[1:]
		}
	}
	return &out, nil
}

// check turns the lines into rows, and those without errors into profiles, in
// the same order. Language and time zone default to those of the admin, in
// whose language the errors are.
func (a *API) check(s sheet, admin auth.Person, taken map[string]bool) ([]importRow, []auth.Profile) {
	rows := make([]importRow, 0, len(s.lines))
	profiles := make([]auth.Profile, 0, len(s.lines))
	lineOf := map[string]int{} // where an e-mail was seen first
	for _, l := range s.lines {
		row := importRow{
			Line: l.number, Name: l.text["name"], Email: l.text["email"], Phone: l.text["phone"],
			Language: cmp.Or(l.text["language"], admin.Language), TimeZone: cmp.Or(l.text["timeZone"], admin.TimeZone),
			Department: l.text["department"], CostCentre: l.text["costCentre"], MayCall: mayCall(l.text["mayCall"]),
		}
		p, errs := a.judge(&row, l)
		row.Errors = make([]string, 0, len(errs))
		for _, e := range errs {
			row.Errors = append(row.Errors, say(admin.Language, e.Message))
		}
		email := lower(row.Email)
		if first := lineOf[email]; first != 0 {
			row.Errors = append(row.Errors, sameEmail(admin.Language, first))
		} else if email != "" {
			lineOf[email] = l.number
		}
		if taken[email] {
			row.Errors = append(row.Errors, say(admin.Language, newProblem(EmailTaken).Detail))
		}
		if len(row.Errors) == 0 {
			profiles = append(profiles, p)
		}
		rows = append(rows, row)
	}
	return rows, profiles
}

// judge makes a profile of a line, and puts the row into the form that is
// stored if nothing is wrong with it.
func (a *API) judge(row *importRow, l line) (auth.Profile, []auth.FieldError) {
	errs := slices.Clone(l.errors)
	if l.broken {
		return auth.Profile{}, errs
	}
	note := func(err error) {
		var bad *auth.Invalid
		if errors.As(err, &bad) {
			errs = append(errs, bad.Fields...)
		}
	}
	p := auth.Profile{
		Name: row.Name, Email: row.Email, Phone: a.phone(row.Phone), Language: row.Language, TimeZone: row.TimeZone,
		Standing: auth.Standing{Department: row.Department, CostCentre: row.CostCentre, MayCall: row.MayCall},
	}
	var err error
	p.Admin, err = yesNo(l.text["admin"])
	note(err)
	clean, err := p.Clean()
	note(err)
	if len(errs) > 0 {
		return auth.Profile{}, errs
	}
	row.Name, row.Email, row.Phone = clean.Name, clean.Email, string(clean.Phone)
	row.Language, row.TimeZone, row.Admin = clean.Language, clean.TimeZone, clean.Admin
	row.Department, row.CostCentre, row.MayCall = clean.Department, clean.CostCentre, clean.MayCall
	return clean, nil
}
