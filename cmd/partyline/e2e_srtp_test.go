//go:build e2e

package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"partyline/cmd/internal/baresip"
	"partyline/cmd/internal/bridge"
	"partyline/sfu/audio"
	"partyline/signaling/wire"
)

// TestE2EEncryptedCallThroughNAT has a phone not of our making call over a trunk
// that requires SRTP, from behind a router that gives every stream another
// address than the phone knows of. Its keys arrive, and it is heard and hears.
func TestE2EEncryptedCallThroughNAT(t *testing.T) {
	path := filepath.Join(t.TempDir(), "trunks.toml")
	text := "[[sip.trunk]]\nname = \"namespace\"\nallow = [\"10.231.0.0/16\"]\nlanguage = \"en\"\nsrtp = \"required\"\n" +
		"[[sip.trunk]]\nname = \"here\"\nallow = [\"127.0.0.0/8\"]\n"
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	s := startServer(t, "config="+path)
	m := s.meeting("Weekly", "Lea")
	host := s.host(m)
	lea := s.dialIn(m.Number, m.Invitees[0].Code, audio.PCMA)
	stranger := s.dialInBaresip("kal", m.Number, baresip.Options{SRTP: true, NAT: true})
	is := func(p wire.Participant) bool { return p.Via == wire.Phone && p.Role == wire.RoleGuest }
	host.sees("a phone without a code", func(r *bridge.Roster) bool { return r.Count(is) == 1 })
	speaks := stranger.speaks(func() bool { return host.Count(func(p wire.Participant) bool { return is(p) && p.Muted }) == 1 })
	speaks(false)
	everybody := []talker{
		{"lea", lea.heard, lea.speak("lea")},
		{"kal", stranger.heard, speaks},
	}
	for _, one := range everybody {
		eachIsHeard(t, everybody, one.voice)
	}
	if strings.Contains(s.Log(), "inline:") {
		t.Error("a key is in the log")
	}
	// The trunk requires keys, so an answered call has them; and this tells that
	// the router did its work.
	if !strings.Contains(s.Log(), "media comes from another address than was signalled") {
		t.Errorf("the phone's address was true:\n%s", s.Log())
	}
}
