package api_test

import (
	"strings"
	"testing"
	"time"

	"partyline/signaling/api"
	"partyline/sip/billing"
)

type budgetBody struct {
	ID, Period               string
	Payer                    struct{ Kind, ID, Name string }
	Limit, Spent, Held, Left int64
	Percent, Notice          int
	Hard                     bool
}

func TestBudgets(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		bob := w.bob(ann)
		var b budgetBody
		ann.call("POST", "/budgets", m{"payer": m{"kind": "company"}, "period": "month", "limit": 1_000_000, "hard": true}).want(201).into(&b)
		var bobs budgetBody
		ann.call("POST", "/budgets", m{"payer": m{"kind": "person", "id": bob.me().ID}, "period": "day", "limit": 10, "hard": false}).want(201).into(&bobs)
		if bobs.Payer.Name != "Bob" {
			t.Errorf("%+v", bobs)
		}
		hold := billing.Hold{Payers: []billing.Payer{{}}, Dates: billing.DatesAt(time.Now(), time.UTC), Amount: 900_000}
		if _, err := w.store.Open(t.Context(), billing.CDR{ID: "c1", Setup: began}, hold); err != nil {
			t.Fatal(err)
		}
		var all []budgetBody
		ann.call("GET", "/budgets", nil).want(200).into(&all)
		if len(all) != 2 || all[0].Held != 900_000 || all[0].Left != 100_000 || all[0].Percent != 90 || all[0].Notice != 80 {
			t.Errorf("%+v", all)
		}
		bob.call("GET", "/budgets", nil).want(200).into(&all)
		if len(all) != 2 {
			t.Errorf("bob sees %+v", all)
		}
		eve := w.colleague(ann, "eve")
		eve.call("GET", "/budgets", nil).want(200).into(&all)
		if len(all) != 1 || all[0].Payer.Kind != "company" {
			t.Errorf("eve sees %+v", all)
		}

		ann.call("POST", "/budgets", m{"payer": m{"kind": "company"}, "period": "month", "limit": 5, "hard": true}).problem(api.BudgetTaken)
		p := ann.call("PATCH", "/budgets/"+b.ID, m{"limit": 800_000}).problem(api.BudgetBelow)
		if !strings.Contains(p.Detail, "0.9 held") || !strings.Contains(p.Detail, "0.8") {
			t.Errorf("the sentence is %q", p.Detail)
		}
		ann.call("PATCH", "/budgets/"+b.ID, m{"limit": 800_000, "acceptOverspent": true}).want(200).into(&b)
		if b.Left != -100_000 || b.Notice != 100 {
			t.Errorf("%+v", b)
		}
		ann.call("PATCH", "/budgets/"+b.ID, m{"hard": false}).want(200).into(&b)
		if b.Hard || b.Limit != 800_000 {
			t.Errorf("%+v", b)
		}
		for _, bad := range []m{
			{"payer": m{"kind": "company", "id": "x"}, "period": "month", "limit": 1, "hard": true},
			{"payer": m{"kind": "person", "id": "nobody"}, "period": "month", "limit": 1, "hard": true},
			{"payer": m{"kind": "meeting", "id": "nothing"}, "period": "month", "limit": 1, "hard": true},
			{"payer": m{"kind": "department"}, "period": "month", "limit": 1, "hard": true},
			{"payer": m{"kind": "company"}, "period": "day", "limit": -1, "hard": true},
			{"payer": m{"kind": "company"}, "period": "day", "limit": int64(2e15), "hard": true},
			{"payer": m{"kind": "company"}, "period": "year", "limit": 1, "hard": true},
		} {
			ann.call("POST", "/budgets", bad).problem(api.Invalid)
		}
		meeting := m{"kind": "meeting", "id": ann.meeting("Weekly").ID}
		ann.call("POST", "/budgets", m{"payer": meeting, "period": "once", "limit": 1, "hard": true}).want(201)
		bob.call("POST", "/budgets", m{"payer": m{"kind": "company"}, "period": "day", "limit": 1, "hard": true}).problem(api.NotAllowed)
		bob.call("PATCH", "/budgets/"+b.ID, m{"limit": 1}).problem(api.NotAllowed)
		bob.call("DELETE", "/budgets/"+b.ID, nil).problem(api.NotAllowed)
		ann.call("PATCH", "/budgets/none", m{"limit": 1}).problem(api.NotFound)
		ann.call("DELETE", "/budgets/none", nil).problem(api.NotFound)
		ann.call("DELETE", "/budgets/"+b.ID, nil).want(204)
		if _, err := w.store.Settle(t.Context(), billing.CDR{ID: "c1", Setup: began}, billing.Charge{Micro: 5}); err != nil {
			t.Errorf("a call outlives its budget: %v", err)
		}
		if err := w.store.ProveLedger(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
