package meeting

import (
	"fmt"
	"testing"
)

// TestAllowed states every permission anew, as sentences: a cell that is not
// listed is denied. The test walks action × role × kind × target.
func TestAllowed(t *testing.T) {
	type cell struct {
		action Action
		role   Role
		kind   Kind
		target Target
	}
	allowed := map[cell]bool{}
	allow := func(target Target, role Role, actions ...Action) {
		for _, a := range actions {
			allowed[cell{a, role, Browser, target}] = true
			allowed[cell{a, role, Phone, target}] = true
		}
	}
	allow(Self, Guest, Mute, Unmute, RaiseHand, LowerHand)
	allow(Self, Participant, Mute, Unmute, RaiseHand, LowerHand)
	allow(Self, Host, Mute, Unmute, RaiseHand, LowerHand)
	allow(Other, Host, Mute, LowerHand, AskUnmute, Remove, MakeHost, Admit, Refuse)
	allow(Room, Host, MuteAll, Lock, Unlock, End)

	cells := 0
	for _, action := range Actions() {
		for _, role := range Roles() {
			for _, kind := range Kinds() {
				for _, target := range Targets() {
					c := cell{action, role, kind, target}
					cells++
					if got := Allowed(action, role, kind, target); got != allowed[c] {
						t.Errorf("%s by a %s on a %s to %s: allowed %v, want %v",
							action, role, kind, target, got, allowed[c])
					}
				}
			}
		}
	}
	if want := 13 * 3 * 2 * 3; cells != want {
		t.Errorf("walked %d cells, want %d", cells, want)
	}
}

func TestAllowedRefusesWhatItDoesNotKnow(t *testing.T) {
	for _, c := range []struct {
		action Action
		role   Role
		kind   Kind
		target Target
	}{
		{"record", Host, Browser, Room},
		{"", Host, Browser, Self},
		{Mute, "admin", Browser, Self},
		{Mute, Host, "fax", Self},
		{Mute, Host, Browser, "everybody"},
	} {
		if Allowed(c.action, c.role, c.kind, c.target) {
			t.Errorf("%v was allowed", c)
		}
	}
}

func TestEveryActionHasARow(t *testing.T) {
	if len(rights) != len(Actions()) {
		t.Errorf("%d rows for %d actions", len(rights), len(Actions()))
	}
	for _, a := range Actions() {
		if _, ok := rights[a]; !ok {
			t.Errorf("no row for %s", a)
		}
	}
}

func TestRoles(t *testing.T) {
	type rule struct {
		role        Role
		mayBecome   bool
		passesLock  bool
		credentials string
	}
	for _, want := range []rule{
		{Host, true, true, "[organiser host-code]"},
		{Participant, true, false, "[account personal-code]"},
		{Guest, false, false, "[number link]"},
	} {
		var by []Credential
		for _, c := range Credentials() {
			if RoleFor(c) == want.role {
				by = append(by, c)
			}
		}
		got := rule{want.role, MayBecomeHost(want.role), PassesLock(want.role), fmt.Sprint(by)}
		if got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	if RoleFor("password") != Guest {
		t.Error("an unknown credential must make a guest")
	}
}
