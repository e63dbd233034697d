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
	for _, role := range []Role{Guest, Participant, Host} {
		allow(Self, role, Mute, Unmute, RaiseHand, LowerHand)
		allow(Self, role, CallHost, HandOver, Heard, Object)
	}
	allow(Other, Host, Mute, LowerHand, AskUnmute, Remove, MakeHost, Admit, Refuse, Unguard)
	allow(Room, Host, MuteAll, Lock, Unlock, End, Record)
	allow(Room, Host, Move, UndoMove, Breakouts, CloseBreakouts)
	allow(Room, Host, Quote, DialOut, DialCancel)
	allow(Room, Participant, Quote, DialOut, DialCancel)

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
	if want := 26 * 3 * 2 * 3; cells != want {
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
		{"promote", Host, Browser, Room},
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
		credentials string
	}
	for _, want := range []rule{
		{Host, true, "[organiser co-host host-code]"},
		{Participant, true, "[account personal-code]"},
		{Guest, false, "[number link]"},
	} {
		var by []Credential
		for _, c := range Credentials() {
			if RoleFor(c) == want.role {
				by = append(by, c)
			}
		}
		got := rule{want.role, MayBecomeHost(want.role), fmt.Sprint(by)}
		if got != want {
			t.Errorf("got %+v, want %+v", got, want)
		}
	}
	if RoleFor("password") != Guest {
		t.Error("an unknown credential must make a guest")
	}
}

// TestWaitAt walks every state of the door with every role.
func TestWaitAt(t *testing.T) {
	for state := range 16 {
		d := Door{Early: state&1 != 0, WaitForHost: state&2 != 0, HostCame: state&4 != 0, Locked: state&8 != 0}
		want := NoWait
		switch {
		case d.Early:
			want = TooEarly
		case d.WaitForHost && !d.HostCame:
			want = ForHost
		case d.Locked:
			want = ForUnlock
		}
		for role, want := range map[Role]Wait{Host: NoWait, Participant: want, Guest: want} {
			if got := WaitAt(d, role); got != want {
				t.Errorf("%+v, %s: waits for %q, want %q", d, role, got, want)
			}
		}
	}
}

func TestMayLead(t *testing.T) {
	m := Meeting{Organiser: "ann"}
	for _, c := range []struct {
		person string
		leads  bool
		want   bool
	}{
		{"ann", false, true},
		{"bob", true, true},
		{"bob", false, false},
		{"", false, false},
	} {
		if got := m.MayLead(c.person, c.leads); got != c.want {
			t.Errorf("%q, leads now %v: %v", c.person, c.leads, got)
		}
	}
	if nobody := (&Meeting{}); nobody.MayLead("", false) {
		t.Error("whoever has no account leads a meeting without an organiser")
	}
}

func TestNamedByNumber(t *testing.T) {
	for _, c := range Credentials() {
		for _, vouched := range []bool{false, true} {
			want := c == ByHostCode || c == ByInvitation || c == ByOrganising || c == ByCoHosting || c == ByNumber && vouched
			if got := NamedByNumber(c, vouched); got != want {
				t.Errorf("%s, vouched %v: %v, want %v", c, vouched, got, want)
			}
		}
	}
}

func TestWhoMayDial(t *testing.T) {
	for _, c := range []struct {
		role      Role
		person    string
		hostsDial bool
		want      bool
	}{
		{Host, "ann", false, true},
		{Host, "ann", true, true},
		{Participant, "bob", false, true},
		{Participant, "bob", true, false},
		{Guest, "", false, false},
		{Guest, "bob", false, false},
		{Host, "", false, false},        // came by the host code, from a phone that nobody knows
		{Participant, "", false, false}, // came by a personal code, from outside
	} {
		if got := (Settings{HostsDial: c.hostsDial}).MayDial(c.role, c.person); got != c.want {
			t.Errorf("%s %q may dial where only hosts do (%v): %v", c.role, c.person, c.hostsDial, got)
		}
	}
}
