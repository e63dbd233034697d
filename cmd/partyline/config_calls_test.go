package main

import (
	"testing"
	"time"

	"partyline/sip/dialplan"
)

// TestOwnNumbers: a number that the company owns is internal, and one that only
// begins like it is not.
func TestOwnNumbers(t *testing.T) {
	cfg, err := loadConfig("", nil, []string{"sip.home_country=DE", "sip.own_numbers=+4930901820,+493055*"})
	if err != nil {
		t.Fatal(err)
	}
	for number, want := range map[string]dialplan.Class{
		"030 901820": dialplan.Internal, "030 9018201": dialplan.Domestic, "030 5550199": dialplan.Internal,
	} {
		if got, err := cfg.numbering().Classify(number); err != nil || got.Class != want {
			t.Errorf("%s is %v, %v", number, got.Class, err)
		}
	}
}

func TestLocalZone(t *testing.T) {
	for env, want := range map[string]string{"Asia/Shanghai": "Asia/Shanghai", ":Europe/Berlin": "Europe/Berlin", "Mars/Olympus": time.Local.String()} {
		t.Setenv("TZ", env)
		if got := localZone().String(); got != want {
			t.Errorf("TZ=%s is %s, want %s", env, got, want)
		}
	}
}
