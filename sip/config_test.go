package sip

import (
	"log/slog"
	"strings"
	"testing"
	"time"

	"partyline/sip/dialplan"
)

func TestDefaultConfigIsValid(t *testing.T) {
	if err := DefaultConfig().Validate(); err != nil {
		t.Fatal(err)
	}
}

func TestPhonesMayBeOff(t *testing.T) {
	gateway, err := New(Config{}, nil, nil, nil, nil, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	if err := gateway.Drain(t.Context()); err != nil {
		t.Error(err)
	}
	if err := gateway.Start(); err != nil {
		t.Error(err)
	}
	if gateway.UDP().IsValid() || gateway.TCP().IsValid() {
		t.Error("a socket is open")
	}
	if err := gateway.Close(); err != nil {
		t.Error(err)
	}
}

func TestConfigValidate(t *testing.T) {
	tests := map[string]struct {
		change func(*Config)
		want   string
	}{
		"no port":           {func(c *Config) { c.UDP = "0.0.0.0" }, `cannot listen on "0.0.0.0"`},
		"backward range":    {func(c *Config) { c.FirstPort, c.LastPort = 20000, 10000 }, "20000 to 10000 are no range"},
		"no pair of ports":  {func(c *Config) { c.FirstPort, c.LastPort = 20001, 20002 }, "enough for 0 calls at once and not for 1"},
		"too few ports":     {func(c *Config) { c.FirstPort, c.LastPort, c.MaxCalls = 20000, 20199, 101 }, "enough for 100 calls at once and not for 101"},
		"privileged ports":  {func(c *Config) { c.FirstPort = 80 }, "80 to 17383 are no range"},
		"negative limit":    {func(c *Config) { c.MaxCalls = -1 }, "cannot be negative"},
		"negative timeout":  {func(c *Config) { c.MediaTimeout = -1 }, "media timeout cannot be negative"},
		"hasty refreshes":   {func(c *Config) { c.SessionExpires = 89 * time.Second }, "at least 1m30s"},
		"no language":       {func(c *Config) { c.Languages = nil }, "the phone menu has no language"},
		"unknown language":  {func(c *Config) { c.Languages = []string{"fr"} }, `does not speak "fr"`},
		"no trunk":          {func(c *Config) { c.Trunks, c.Phones = nil, nil }, "no phone can call"},
		"nameless trunk":    {func(c *Config) { c.Trunks[0].Name = "" }, "trunk 1 has no name"},
		"trunk without net": {func(c *Config) { c.Trunks[0].Allow = nil }, `trunk "demo" allows no network`},
		"trunk's language":  {func(c *Config) { c.Trunks[0].Language = "xx" }, `trunk "demo": the phone menu does not speak "xx"`},
		"trunk's limit":     {func(c *Config) { c.Trunks[0].MaxCalls = -1 }, "negative number of calls"},
		"empty number":      {func(c *Config) { c.Trunks[0].Numbers = []string{" "} }, "empty number"},
		"same name twice":   {func(c *Config) { c.Trunks = append(c.Trunks, c.Trunks[0]) }, `two trunks are called "demo"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			cfg := DefaultConfig()
			test.change(&cfg)
			if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("Validate = %v, want %q in it", err, test.want)
			}
		})
	}
}

func TestCallersNumber(t *testing.T) {
	china, err := dialplan.Home("CN")
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		home       dialplan.Country
		user, want string
	}{
		{china, "013800138000", "+8613800138000"},
		{china, "+8613800138000", "+8613800138000"},
		{china, "8613800138000", "+8613800138000"},
		{china, "1001", "1001"},
		{china, "anonymous", "anonymous"},
		{china, "", ""},
		{dialplan.Country{}, "013800138000", "013800138000"},
		{dialplan.Country{}, "+86 138-0013-8000", "+8613800138000"},
	} {
		if got := normal(test.user, test.home); string(got) != test.want {
			t.Errorf("%s at home in %q: %s, want %s", test.user, test.home.Code, string(got), test.want)
		}
	}
}

// TestSecretsDoNotPrint formats what admits people, in every way a log might.
func TestSecretsDoNotPrint(t *testing.T) {
	printed := formatted(Secret("123456"), Number("+8613800138000"), struct{ S Secret }{"123456"}, Caller{From: "+8613800138000"})
	if strings.Contains(printed, "123456") || strings.Contains(printed, "13800138") {
		t.Errorf("digits in %s", printed)
	}
}
