package main

import (
	"bytes"
	"net/netip"
	"strings"
	"testing"
	"time"

	"partyline/sip"
	"partyline/sip/dialplan"

	"github.com/google/go-cmp/cmp"
)

var compareConfigs = cmp.Options{
	cmp.Comparer(func(a, b netip.Addr) bool { return a == b }),
	cmp.Comparer(func(a, b netip.Prefix) bool { return a == b }),
}

// TestExampleIsTheDefault keeps the documented file and the program together.
func TestExampleIsTheDefault(t *testing.T) {
	want := defaultConfig()
	if err := want.Validate(); err != nil {
		t.Fatal(err)
	}
	var got Config
	if err := decodeConfig(&got, "partyline.example.toml", string(exampleConfig)); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, compareConfigs); diff != "" {
		t.Errorf("the example is not the default (-default +example):\n%s", diff)
	}
}

// TestExampleDocumentsEverySetting wants each setting, with a comment above it
// or above the one that it follows without a gap.
func TestExampleDocumentsEverySetting(t *testing.T) {
	documented := make(map[string]bool)
	section, comment := "", false
	for line := range strings.Lines(string(exampleConfig)) {
		line = strings.TrimSpace(line)
		key, _, isValue := strings.Cut(line, " = ")
		switch {
		case line == "":
			comment = false
		case strings.HasPrefix(line, "# ["): // the example of a table
			documented[strings.Trim(line, "# []")] = true
		case strings.HasPrefix(line, "#"):
			comment = true
		case strings.HasPrefix(line, "["):
			section = strings.Trim(line, "[]") + "."
		case isValue && comment:
			documented[section+key] = true
		}
	}
	var cfg Config
	for _, s := range settings(&cfg) {
		if !documented[s.key] {
			t.Errorf("partyline.example.toml says nothing of %s", s.key)
		}
	}
}

// TestCommentedTrunkIsRight uncomments the example of a trunk and loads it.
func TestCommentedTrunkIsRight(t *testing.T) {
	_, text, found := strings.Cut(string(exampleConfig), "#\n# [[sip.trunk]]")
	if !found {
		t.Fatal("the example shows no trunk")
	}
	text, _, _ = strings.Cut("# [[sip.trunk]]"+text, "\n\n")
	cfg := defaultConfig()
	if err := decodeConfig(&cfg, "example", strings.ReplaceAll("\n"+text, "\n# ", "\n")); err != nil {
		t.Fatal(err)
	}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	want := []trunkConfig{{
		Name: "carrier", Allow: []netip.Prefix{netip.MustParsePrefix("198.51.100.0/24")},
		Numbers: []string{"+4930901820"}, Label: "Berlin", Language: "en", MaxCalls: 30, Vouches: true, SRTP: dialplan.SRTPOffered, User: "carrier", Password: "secret",
		Outbound: outboundConfig{
			Targets: []target{{Target: dialplan.Target{Host: "sip.carrier.example", Transport: "tls"}}},
			Domain:  "carrier.example", Register: true, Expires: duration(10 * time.Minute),
			Accounts: []accountConfig{{User: "4930901820", Password: "secret"}},
			Owned:    []string{"+4930901820", "+49309018*"}, Default: "+4930901820", Header: dialplan.PAI,
			Channels: 30, Prefixes: []string{"+49", "+43"},
		},
	}}
	if diff := cmp.Diff(want, cfg.SIP.Trunks, compareConfigs); diff != "" {
		t.Error(diff)
	}
}

// TestCommentedKeysAreTheUsualOnes uncomments the example of the phone's keys.
func TestCommentedKeysAreTheUsualOnes(t *testing.T) {
	_, text, found := strings.Cut(string(exampleConfig), "#\n# [sip.keys]")
	if !found {
		t.Fatal("the example shows no keys")
	}
	text, _, _ = strings.Cut("# [sip.keys]"+text, "\n\n")
	cfg := defaultConfig()
	if err := decodeConfig(&cfg, "example", strings.ReplaceAll("\n"+text, "\n# ", "\n")); err != nil {
		t.Fatal(err)
	}
	if err := cfg.Validate(); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sip.DefaultKeys(), cfg.SIP.Keys); diff != "" {
		t.Error(diff)
	}
}

// TestTargets reads carriers' servers as people may write them.
func TestTargets(t *testing.T) {
	for text, want := range map[string]string{
		"sip:a.example":                        "sip:a.example",
		"sips:a.example:5071":                  "sip:a.example:5071;transport=tls",
		"sip:[2001:db8::1]:5060;transport=tcp": "sip:[2001:db8::1]:5060;transport=tcp",
		"sip:192.0.2.1;weight=5;priority=10":   "sip:192.0.2.1;priority=10;weight=5",
		"a.example":                            "",
		"https://a.example":                    "",
		"sip:":                                 "",
		"sip:user@a.example":                   "",
		"sip:a.example:99999":                  "",
		"sip:a.example;weight=many":            "",
		"sip:a.example;maddr=192.0.2.1":        "",
	} {
		var read target
		err := read.UnmarshalText([]byte(text))
		if want == "" {
			if err == nil {
				t.Errorf("%s is read as %+v", text, read)
			}
			continue
		}
		if got, _ := read.MarshalText(); err != nil || string(got) != want {
			t.Errorf("%s is read as %s, %v", text, got, err)
		}
	}
}

// TestCurrencyIsTheCountrys chooses the money that people pay with.
func TestCurrencyIsTheCountrys(t *testing.T) {
	cfg := defaultConfig()
	for home, want := range map[string]string{"": "USD", "CN": "CNY", "DE": "EUR", "JP": "JPY"} {
		cfg.SIP.HomeCountry = home
		if got := cfg.money(); got.Currency.Code != want || got.Country != home {
			t.Errorf("in %q money is %s", home, got.Currency.Code)
		}
	}
	cfg.Calls.Currency, cfg.Calls.TimeZone = "GBP", "Europe/London"
	if got := cfg.money(); got.Currency.Code != "GBP" || got.Zone.String() != "Europe/London" {
		t.Errorf("configured money is %+v", got)
	}
	cfg.Calls.Currency, cfg.Calls.TimeZone = "SHELLS", "Mars/Olympus"
	if err := cfg.Validate(); err == nil || !strings.Contains(err.Error(), "calls.currency") || !strings.Contains(err.Error(), "calls.time_zone") {
		t.Errorf("wrong money: %v", err)
	}
}

func TestPrecedence(t *testing.T) {
	file := t.TempDir() + "/partyline.toml"
	writeFile(t, file, "drain = \"1m\"\n[media]\nslots = 4\nmax_participants = 10\nudp = \":1111\"\n")
	cfg, err := loadConfig(file,
		[]string{"HOME=/", "PARTYLINE_MEDIA_SLOTS=5", "PARTYLINE_MEDIA_UDP=:2222", "PARTYLINE_MEDIA_PUBLIC_ADDRESSES=192.0.2.1, 2001:db8::1"},
		[]string{"media.slots=6", "sip.rtp_ports=30000-30999", "http.self_signed=true", "sip.public_address=192.0.2.9"})
	if err != nil {
		t.Fatal(err)
	}
	want := defaultConfig()
	want.Drain = duration(time.Minute)
	want.Media.Slots, want.Media.MaxParticipants, want.Media.UDP = 6, 10, ":2222"
	want.Media.PublicAddresses = []netip.Addr{netip.MustParseAddr("192.0.2.1"), netip.MustParseAddr("2001:db8::1")}
	want.SIP.Ports, want.HTTP.SelfSigned = portRange{30000, 30999}, true
	want.SIP.PublicAddress = netip.MustParseAddr("192.0.2.9")
	if diff := cmp.Diff(want, cfg, compareConfigs); diff != "" {
		t.Error(diff)
	}
}

// TestWrittenConfigReadsBack wants `partyline config` to print a usable file.
func TestWrittenConfigReadsBack(t *testing.T) {
	want := defaultConfig()
	want.SIP.PublicAddress = netip.MustParseAddr("192.0.2.9")
	want.SIP.Trunks = []trunkConfig{{Name: "a", Allow: []netip.Prefix{netip.MustParsePrefix("192.0.2.0/24")}, Numbers: []string{"+1"}, Label: "b"}}
	var out bytes.Buffer
	if err := writeConfig(&out, want); err != nil {
		t.Fatal(err)
	}
	var got Config
	if err := decodeConfig(&got, "written", out.String()); err != nil {
		t.Fatalf("%v in:\n%s", err, out.String())
	}
	if diff := cmp.Diff(want, got, compareConfigs); diff != "" {
		t.Error(diff)
	}
}

func TestWrongConfig(t *testing.T) {
	for _, test := range []struct {
		name, file   string
		environ, set []string
		want         []string // each must be in the error
	}{
		{name: "unknown key", file: "\n[media]\nslotz = 3\n", want: []string{"partyline.toml:3: media.slotz is no setting: did you mean media.slots?"}},
		{name: "forgotten section", file: "slots = 3\n", want: []string{"partyline.toml:1: slots is no setting: did you mean media.slots?"}},
		{name: "unknown section", file: "# x\n[medai]\nudp = \":1\"\n", want: []string{"partyline.toml:2: medai is no setting", "partyline.toml:3: medai.udp is no setting: did you mean media.udp?"}},
		{name: "nothing like it", file: "zzzzzzzzzzzzzzzzzz = 3\n", want: []string{"config --example"}},
		{name: "trunk key", file: "[[sip.trunk]]\nname = \"a\"\nalow = []\n", want: []string{"partyline.toml:3: sip.trunk.alow", "sip.trunk.allow"}},
		{name: "wrong type", file: "[media]\nslots = \"three\"\n", want: []string{"partyline.toml", "line 2", "slots"}},
		{name: "bad value", file: "\n\ndrain = \"soon\"\n", want: []string{"partyline.toml:3: ", "drain", "\"30s\""}},
		{name: "no TOML", file: "drain == 3\n", want: []string{"partyline.toml:1: "}},
		{name: "values", file: "public_url = \"meet\"\n[media]\nslots = 12\n[log]\nformat = \"xml\"\n", want: []string{"public_url: ", "slots is 12", "log.format: "}},
		{name: "half a certificate", file: "[http]\nkey = \"k.pem\"\n", want: []string{"http.certificate: and http.key belong together"}},
		{name: "both certificates", file: "[http]\nkey = \"k\"\ncertificate = \"c\"\nself_signed = true\n", want: []string{"http.self_signed: "}},
		{name: "listen on a name", set: []string{"sip.udp=example.com:5060"}, want: []string{"sip.udp: ", "not on a name"}},
		{name: "ports", set: []string{"sip.rtp_ports=5-1"}, want: []string{"sip.rtp_ports: "}},
		{name: "few ports", set: []string{"sip.rtp_ports=2000-2000"}, want: []string{"sip: ", "are no range"}},
		{name: "trunk without addresses", file: "[[sip.trunk]]\nname = \"a\"\n[[sip.trunk]]\nname = \"a\"\n", want: []string{"sip: ", "\"a\" allows no network", "two trunks are called"}},
		{name: "language", set: []string{"sip.languages=en,fr"}, want: []string{"sip: ", "\"fr\""}},
		{name: "home country", set: []string{"sip.home_country=XX"}, want: []string{"sip.home_country: ", "\"XX\"", "CN, CY, CZ, DE"}},
		{name: "own numbers", set: []string{"sip.own_numbers=+4930901820,030*"}, want: []string{"sip.own_numbers: ", "at place 2"}},
		{name: "collector", set: []string{"sip.hep.collector=homer", "sip.evidence=-1"}, want: []string{"sip: ", "\"homer\" is not like", "cannot keep -1 bytes"}},
		{name: "collector over what", set: []string{"sip.hep.collector=homer:9060", "sip.hep.transport=sctp"}, want: []string{"sip: ", "not by \"sctp\""}},
		{name: "impatience", set: []string{"sip.failover=10ms", "sip.probe=1s"}, want: []string{"sip: ", "have 10ms", "every 1s"}},
		{name: "variable", environ: []string{"PARTYLINE_SIP_UPD=:1"}, want: []string{"PARTYLINE_SIP_UPD", "did you mean PARTYLINE_SIP_UDP?"}},
		{name: "variable's value", environ: []string{"PARTYLINE_MEDIA_SLOTS=many"}, want: []string{"PARTYLINE_MEDIA_SLOTS", "not a whole number"}},
		{name: "database", set: []string{"store.dsn=mysql://x"}, want: []string{"store: ", "postgres://"}},
		{name: "origin", set: []string{"http.origins=intranet"}, want: []string{"http: ", "intranet"}},
		{name: "flag without value", set: []string{"media.slots"}, want: []string{"key=value"}},
		{name: "flag for a table", set: []string{"sip.trunk=x"}, want: []string{"sip.trunk can only be set in a file"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Chdir(t.TempDir())
			writeFile(t, "partyline.toml", test.file)
			_, err := loadConfig("", test.environ, test.set)
			if err == nil {
				t.Fatal("no error")
			}
			for _, want := range test.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("error does not say %q:\n%v", want, err)
				}
			}
		})
	}
}

func TestNamedFileMustExist(t *testing.T) {
	t.Chdir(t.TempDir())
	if _, err := loadConfig("missing.toml", nil, nil); err == nil || !strings.Contains(err.Error(), "missing.toml") {
		t.Errorf("loadConfig: %v", err)
	}
	if _, err := loadConfig("", nil, nil); err != nil {
		t.Errorf("without any file: %v", err)
	}
}

func TestPasswordOfDSNIsNotShown(t *testing.T) {
	for _, text := range []string{
		"postgres://partyline:hunter2@db.example.com/partyline",
		"postgres://partyline:hunter2%zz@db/partyline",
		"host=db user=partyline password=hunter2 dbname=x",
		"host=db password='hunter2 too' dbname=x",
	} {
		if shown := dsn(text).String(); strings.Contains(shown, "hunter2") || !strings.Contains(shown, "•••") {
			t.Errorf("%q is shown as %q", text, shown)
		}
	}
	if shown := dsn("postgres://db/x").String(); shown != "postgres://db/x" {
		t.Errorf("a DSN without a password is shown as %q", shown)
	}
}

func TestAddress(t *testing.T) {
	for _, test := range []struct {
		set  []string
		want string
	}{
		{nil, "http://localhost:8080"},
		{[]string{"http.self_signed=true", "http.listen=0.0.0.0:8443"}, "https://localhost:8443"},
		{[]string{"http.listen=192.0.2.1:80"}, "http://192.0.2.1:80"},
		{[]string{"public_url=https://meet.example.com/"}, "https://meet.example.com"},
	} {
		cfg, err := loadConfig("", nil, test.set)
		if err != nil {
			t.Fatal(err)
		}
		if got := cfg.address(); got != test.want {
			t.Errorf("with %v the address is %s, want %s", test.set, got, test.want)
		}
	}
}

func TestHomeCountry(t *testing.T) {
	for country, code := range map[string]string{"": "", "CN": "86", "de": "49"} {
		cfg, err := loadConfig("", []string{"PARTYLINE_SIP_HOME_COUNTRY=" + country}, nil)
		if err != nil {
			t.Fatal(err)
		}
		house := house{cfg: cfg}
		if gateway, resources := cfg.gateway().Home.Code, house.resources().Home.Code; gateway != code || resources != code {
			t.Errorf("%q is %q for callers and %q for people, want %q", country, gateway, resources, code)
		}
	}
}

func FuzzDecodeConfig(f *testing.F) {
	f.Add(string(exampleConfig))
	f.Add("[[sip.trunk]]\nname = \"a\"\nallow = [\"192.0.2.0/24\"]\n")
	f.Add("media.slots = 3\n[media]\n")
	f.Fuzz(func(t *testing.T, text string) {
		cfg := defaultConfig()
		if decodeConfig(&cfg, "fuzz", text) == nil {
			_ = cfg.Validate() // any verdict, but no panic
		}
	})
}
