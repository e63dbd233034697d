package main

import (
	"testing"
	"time"
)

func TestLocalZone(t *testing.T) {
	for env, want := range map[string]string{"Asia/Shanghai": "Asia/Shanghai", ":Europe/Berlin": "Europe/Berlin", "Mars/Olympus": time.Local.String()} {
		t.Setenv("TZ", env)
		if got := localZone().String(); got != want {
			t.Errorf("TZ=%s is %s, want %s", env, got, want)
		}
	}
}
