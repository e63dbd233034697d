package feed_test

import (
	"slices"
	"testing"

	"partyline/signaling/feed"
	"partyline/signaling/wire"
)

// TestWhoIsTold: a message reaches all pages of those whom it is for, once
// each, and no others.
func TestWhoIsTold(t *testing.T) {
	var f feed.Feed
	var heard []string
	listen := func(page, person string, admin bool) func() {
		return f.Listen(person, admin, func(m wire.Message) { heard = append(heard, page+" "+m.Kind()) })
	}
	listen("ann's first", "ann", false)
	gone := listen("ann's second", "ann", false)
	listen("bob's", "bob", true)
	listen("cat's", "cat", false)

	tests := []struct {
		name string
		tell func()
		want []string
	}{
		{"a person", func() { f.Tell(&wire.BudgetNotice{}, "ann") }, []string{"ann's first budget-notice", "ann's second budget-notice"}},
		{"nobody", func() { f.Tell(&wire.BudgetNotice{}, "dan") }, nil},
		{"admins", func() { f.TellAdmins(&wire.ApprovalChanged{}) }, []string{"bob's approval"}},
		{"an admin in both ways", func() { f.TellAdmins(&wire.BudgetNotice{}, "bob") }, []string{"bob's budget-notice"}},
		{"admins and another", func() { f.TellAdmins(&wire.BudgetNotice{}, "cat") }, []string{"bob's budget-notice", "cat's budget-notice"}},
		{"several people", func() { f.Tell(&wire.BudgetNotice{}, "bob", "cat", "bob") }, []string{"bob's budget-notice", "cat's budget-notice"}},
		{"a page that was closed", func() { gone(); gone(); f.Tell(&wire.Ping{}, "ann") }, []string{"ann's first ping"}},
	}
	for _, test := range tests {
		heard = nil
		test.tell()
		slices.Sort(heard)
		if !slices.Equal(heard, test.want) {
			t.Errorf("%s: %q, want %q", test.name, heard, test.want)
		}
	}
}
