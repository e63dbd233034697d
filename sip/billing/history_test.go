package billing_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"partyline/sip/billing"
	"partyline/sip/dialplan"
)

// shelf is an archive with a few records that notes who looks.
type shelf struct {
	billing.Archive
	records []billing.CDR
	looks   []string
	broken  error
}

func (s *shelf) Record(_ context.Context, id string) (billing.CDR, error) {
	for _, c := range s.records {
		if c.ID == id {
			return c, nil
		}
	}
	return billing.CDR{}, billing.ErrNoCall
}

func (s *shelf) Records(_ context.Context, q billing.Search, _ billing.Place, limit int) (found []billing.CDR, _ error) {
	for _, c := range s.records {
		if (q.Person == "" || c.Person == q.Person) && len(found) < limit {
			found = append(found, c)
		}
	}
	return found, nil
}

func (s *shelf) EachRecord(ctx context.Context, q billing.Search, fn func(*billing.CDR) error) error {
	found, _ := s.Records(ctx, q, billing.Place{}, 100)
	for i := range found {
		if err := fn(&found[i]); err != nil {
			return err
		}
	}
	return nil
}

func (s *shelf) Totals(context.Context, billing.Search, billing.Grouping, *time.Location) ([]billing.Total, error) {
	return nil, nil
}

func (s *shelf) AddLooks(_ context.Context, all []billing.Look) error {
	for _, l := range all {
		s.looks = append(s.looks, fmt.Sprint(l.By, " ", l.Act, " of ", l.Of, " ", l.Call))
	}
	return s.broken
}

// TestHistoryRules: employees see what they dialled, admins all, masked until
// they open a call; and looking somebody up leaves a line.
func TestHistoryRules(t *testing.T) {
	const number = "+8613800138000"
	of := func(id, person string) billing.CDR {
		return billing.CDR{ID: id, Person: person, From: "+861065529988", To: dialplan.Number(number)}
	}
	s := &shelf{records: []billing.CDR{of("a", "ann"), of("b", "bob"), of("n", "")}}
	h := billing.NewHistory(s, nil, nil)
	ann, root := billing.Viewer{Person: "ann", Name: "Ann"}, billing.Viewer{Person: "root", Admin: true}
	inClear := func(all ...billing.CDR) (ids []string) {
		for _, c := range all {
			if string(c.To) == number {
				ids = append(ids, c.ID)
			}
		}
		return ids
	}
	for _, test := range []struct {
		name  string
		do    func(ctx context.Context) (all []billing.CDR, err error)
		see   int
		clear []string
		looks []string
		fails error
	}{
		{"a stranger", func(ctx context.Context) ([]billing.CDR, error) {
			return h.List(ctx, billing.Viewer{}, billing.Search{}, billing.Place{}, 9)
		}, 0, nil, nil, billing.ErrNotShown},
		{"one's own", func(ctx context.Context) ([]billing.CDR, error) {
			return h.List(ctx, ann, billing.Search{Name: "x"}, billing.Place{}, 9)
		}, 1, []string{"a"}, nil, nil},
		{"a colleague's", func(ctx context.Context) ([]billing.CDR, error) {
			return h.List(ctx, ann, billing.Search{Person: "bob"}, billing.Place{}, 9)
		}, 0, nil, nil, billing.ErrNotShown},
		{"a colleague's call", func(ctx context.Context) ([]billing.CDR, error) {
			c, err := h.Call(ctx, ann, "b")
			return []billing.CDR{c}, err
		}, 1, nil, nil, billing.ErrNotShown},
		{"a list of all", func(ctx context.Context) ([]billing.CDR, error) {
			return h.List(ctx, root, billing.Search{}, billing.Place{}, 9)
		}, 3, nil, nil, nil},
		{"a person", func(ctx context.Context) ([]billing.CDR, error) {
			return h.List(ctx, root, billing.Search{Person: "bob"}, billing.Place{}, 9)
		}, 1, nil, []string{"root list of bob "}, nil},
		{"a person who made no calls", func(ctx context.Context) ([]billing.CDR, error) {
			return h.List(ctx, root, billing.Search{Person: "cyd"}, billing.Place{}, 9)
		}, 0, nil, []string{"root list of cyd "}, nil},
		{"a number", func(ctx context.Context) ([]billing.CDR, error) {
			return h.List(ctx, root, billing.Search{Number: number}, billing.Place{}, 9)
		}, 3, nil, []string{"root list of ann ", "root list of bob "}, nil},
		{"one call", func(ctx context.Context) ([]billing.CDR, error) {
			c, err := h.Call(ctx, root, "b")
			return []billing.CDR{c}, err
		}, 1, []string{"b"}, []string{"root call of bob b"}, nil},
		{"a call of nobody's", func(ctx context.Context) ([]billing.CDR, error) {
			c, err := h.Call(ctx, root, "n")
			return []billing.CDR{c}, err
		}, 1, []string{"n"}, nil, nil},
		{"costs", func(ctx context.Context) ([]billing.CDR, error) {
			_, err := h.Costs(ctx, root, billing.Search{Person: "ann"}, billing.ByDay)
			return nil, err
		}, 0, nil, []string{"root costs of ann "}, nil},
		{"masked export", func(ctx context.Context) ([]billing.CDR, error) { return taken(ctx, h, root, false) }, 3, nil, nil, nil},
		{"export in clear", func(ctx context.Context) ([]billing.CDR, error) { return taken(ctx, h, root, true) }, 3, []string{"a", "b", "n"}, []string{"root export of  "}, nil},
		{"one's own export", func(ctx context.Context) ([]billing.CDR, error) { return taken(ctx, h, ann, true) }, 1, []string{"a"}, nil, nil},
	} {
		s.looks = nil
		all, err := test.do(t.Context())
		if !errors.Is(err, test.fails) || len(all) != test.see || !slices.Equal(inClear(all...), test.clear) || !slices.Equal(s.looks, test.looks) {
			t.Errorf("%s: %d calls, in clear %v, looks %q, %v", test.name, len(all), inClear(all...), s.looks, err)
		}
	}
	s.broken = errors.New("away")
	if _, err := h.Call(t.Context(), root, "b"); err == nil {
		t.Error("a look that is not noted shows something")
	}
}

// taken is what an export gives.
func taken(ctx context.Context, h *billing.History, v billing.Viewer, clear bool) (all []billing.CDR, err error) {
	each, err := h.Export(ctx, v, billing.Search{}, clear)
	if err != nil {
		return nil, err
	}
	err = each(ctx, func(c *billing.CDR) error { all = append(all, *c); return nil })
	return all, err
}
