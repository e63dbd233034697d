package invite

import (
	"errors"
	"strings"
	"testing"

	"partyline/signaling/seal"
)

func TestAddresses(t *testing.T) {
	a := testAddresses(t)
	address, err := a.Sign(annsInvitation)
	if err != nil {
		t.Fatal(err)
	}
	local, _, _ := strings.Cut(address, "@")
	if len(local) > 64 {
		t.Errorf("%q is longer than mail servers take", local)
	}
	for _, same := range []string{address, strings.ToUpper(address), " " + address + " "} {
		if invitee, err := a.Read(same); err != nil || invitee != annsInvitation {
			t.Errorf("%q is for %q (%v)", same, invitee, err)
		}
	}
	other, err := NewAddresses(seal.Key{1}, "reply.example.com")
	if err != nil {
		t.Fatal(err)
	}
	strange, err := other.Sign(annsInvitation)
	if err != nil {
		t.Fatal(err)
	}
	flipped := []byte(address)
	flipped[len("reply+")+3] ^= 1
	for _, forged := range []string{
		"", "@", "reply+@reply.example.com", strange, string(flipped), strings.Replace(address, "reply.example", "evil.example", 1),
		strings.Replace(address, "reply+", "", 1), strings.Replace(address, "@", "aa@", 1),
	} {
		if invitee, err := a.Read(forged); !errors.Is(err, ErrForged) {
			t.Errorf("%q is for %q (%v)", forged, invitee, err)
		}
	}
	if _, err := a.Sign("nobody"); err == nil {
		t.Error("what is no id was signed")
	}
}

func FuzzReadAddress(f *testing.F) {
	a := testAddresses(f)
	address, err := a.Sign(annsInvitation)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(address)
	f.Add("reply+aaaa@reply.example.com")
	f.Fuzz(func(t *testing.T, text string) {
		invitee, err := a.Read(text)
		if err != nil {
			return
		}
		signed, err := a.Sign(invitee)
		if err != nil || signed != strings.ToLower(strings.TrimSpace(text)) {
			t.Errorf("%q is taken, but ours is %q", text, signed)
		}
	})
}
