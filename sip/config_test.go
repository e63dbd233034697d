package sip

import (
	"log/slog"
	"net/netip"
	"strings"
	"testing"
)

func TestDefaultConfigIsValid(t *testing.T) {
	if err := DefaultConfig().Validate(); err != nil {
		t.Fatal(err)
	}
}

func TestPhonesMayBeOff(t *testing.T) {
	gateway, err := New(Config{}, nil, nil, nil, slog.New(slog.DiscardHandler))
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
		"privileged ports":  {func(c *Config) { c.FirstPort = 80 }, "80 to 17383 are no range"},
		"negative limit":    {func(c *Config) { c.MaxCalls = -1 }, "cannot be negative"},
		"negative timeout":  {func(c *Config) { c.MediaTimeout = -1 }, "media timeout cannot be negative"},
		"no language":       {func(c *Config) { c.Languages = nil }, "the phone menu has no language"},
		"unknown language":  {func(c *Config) { c.Languages = []string{"fr"} }, `does not speak "fr"`},
		"no trunk":          {func(c *Config) { c.Trunks = nil }, "no phone can call"},
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

func TestTrunkFits(t *testing.T) {
	trunk := Trunk{
		Allow:   []netip.Prefix{netip.MustParsePrefix("203.0.113.0/24"), netip.MustParsePrefix("2001:db8::/32")},
		Numbers: []string{"+86 21 1234-5678"},
	}
	for address, want := range map[string]bool{
		"203.0.113.9": true, "::ffff:203.0.113.9": true, "2001:db8::1": true,
		"203.0.114.9": false, "127.0.0.1": false, "::1": false,
	} {
		if got := trunk.allows(netip.MustParseAddr(address)); got != want {
			t.Errorf("allows(%s) = %v", address, got)
		}
	}
	for number, want := range map[string]bool{"862112345678": true, "+862112345678": true, "2112345678": false, "": false} {
		if got := trunk.serves(number); got != want {
			t.Errorf("serves(%q) = %v", number, got)
		}
	}
	if !(Trunk{}).serves("anything") {
		t.Error("a trunk without numbers must serve all of them")
	}
}

// TestSecretsDoNotPrint formats what admits people, in every way a log might.
func TestSecretsDoNotPrint(t *testing.T) {
	printed := formatted(Secret("123456"), Number("+8613800138000"), struct{ S Secret }{"123456"}, Caller{From: "+8613800138000"})
	if strings.Contains(printed, "123456") || strings.Contains(printed, "13800138") {
		t.Errorf("digits in %s", printed)
	}
}
