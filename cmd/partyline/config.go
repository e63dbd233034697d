package main

import (
	"cmp"
	_ "embed"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"net/url"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"partyline/sfu"
	"partyline/signaling"
	"partyline/signaling/store"
	"partyline/sip"
	"partyline/sip/dialplan"
)

// exampleConfig documents every setting; a test holds it against the defaults.
//
//go:embed partyline.example.toml
var exampleConfig []byte

// Config is everything that can be set about one running Partyline: from the
// file, then the environment, then flags. partyline.example.toml says what
// each setting means.
type Config struct {
	DataDir   string   `toml:"data_dir"`
	PublicURL string   `toml:"public_url"`
	Drain     duration `toml:"drain"`

	HTTP       httpConfig       `toml:"http"`
	Media      mediaConfig      `toml:"media"`
	SIP        sipConfig        `toml:"sip"`
	Store      storeConfig      `toml:"store"`
	Calls      callsConfig      `toml:"calls"`
	Mail       mailConfig       `toml:"mail"`
	Reminders  remindersConfig  `toml:"reminders"`
	Recordings recordingsConfig `toml:"recordings"`
	Traces     tracesConfig     `toml:"traces"`
	Quality    qualityConfig    `toml:"quality"`
	Log        logConfig        `toml:"log"`

	// DemoData fills an empty data directory with people and meetings to try
	// things with. It is a flag and no setting: nobody wants it to last.
	DemoData bool `toml:"-"`
	// DemoCarrier is where the simulated telephone company takes calls; empty:
	// there is none.
	DemoCarrier string `toml:"-"`
}

type httpConfig struct {
	Listen      string   `toml:"listen"`
	Certificate string   `toml:"certificate"`
	Key         string   `toml:"key"`
	SelfSigned  bool     `toml:"self_signed"`
	Origins     []string `toml:"origins"`
}

type mediaConfig struct {
	UDP             string       `toml:"udp"`
	TCP             string       `toml:"tcp"`
	PublicAddresses []netip.Addr `toml:"public_addresses"`
	Loopback        bool         `toml:"loopback"`
	Slots           int          `toml:"slots"`
	MaxParticipants int          `toml:"max_participants"`
	LevelPhones     bool         `toml:"level_phones"`
	Prompts         string       `toml:"prompts"`
}

type sipConfig struct {
	UDP            string         `toml:"udp"`
	TCP            string         `toml:"tcp"`
	TLS            string         `toml:"tls"`
	Certificate    string         `toml:"certificate"`
	Key            string         `toml:"key"`
	PublicAddress  netip.Addr     `toml:"public_address"`
	STUN           string         `toml:"stun"`
	Ports          portRange      `toml:"rtp_ports"`
	MaxCalls       int            `toml:"max_calls"`
	Rate           int            `toml:"rate"`
	MaxSetups      int            `toml:"max_setups"`
	MediaTimeout   duration       `toml:"media_timeout"`
	HoldTimeout    duration       `toml:"hold_timeout"`
	SessionExpires duration       `toml:"session_expires"`
	Languages      []string       `toml:"languages"`
	HomeCountry    string         `toml:"home_country"`
	OwnNumbers     []string       `toml:"own_numbers"`
	Phones         []netip.Prefix `toml:"phones"`
	Digest         []string       `toml:"digest"`
	Probe          duration       `toml:"probe"`
	Failover       duration       `toml:"failover"`
	Evidence       int            `toml:"evidence"`
	DemoTrunk      bool           `toml:"demo_trunk"`
	HEP            hepConfig      `toml:"hep"`
	Keys           sip.Keys       `toml:"keys"`
	Trunks         []trunkConfig  `toml:"trunk"`
}

// hepConfig says what collector SIP messages are shown to.
type hepConfig struct {
	Collector string            `toml:"collector"`
	Transport string            `toml:"transport"`
	CA        string            `toml:"ca"`
	Agent     uint32            `toml:"agent"`
	Password  dialplan.Password `toml:"password"`
	Numbers   bool              `toml:"numbers"`
}

// recordingsConfig says where recordings of meetings lie.
type recordingsConfig struct {
	Enabled bool   `toml:"enabled"`
	Dir     string `toml:"dir"`
	KeyFile string `toml:"key_file"`
	Days    int    `toml:"keep_days"`
}

// keep is how long recordings are kept; zero: for ever.
func (c recordingsConfig) keep() time.Duration { return time.Duration(c.Days) * 24 * time.Hour }

type storeConfig struct {
	DSN dsn `toml:"dsn"`
}

type logConfig struct {
	Level  slog.Level `toml:"level"`
	Format string     `toml:"format"`
}

// defaultConfig needs no file: it serves on the well-known ports and keeps
// everything in ./partyline-data.
func defaultConfig() Config {
	media, gateway := sfu.DefaultConfig(), sip.DefaultConfig()
	return Config{
		DataDir: "./partyline-data",
		Drain:   duration(5 * time.Minute),
		HTTP:    httpConfig{Listen: ":8080", Origins: []string{}},
		Media: mediaConfig{
			UDP: media.UDP, TCP: media.TCP, PublicAddresses: []netip.Addr{}, Loopback: media.Loopback,
			Slots: media.Slots, MaxParticipants: media.MaxParticipants, LevelPhones: media.LevelPhones,
		},
		SIP: sipConfig{
			UDP: gateway.UDP, TCP: gateway.TCP, PublicAddress: gateway.PublicAddress,
			Ports:    portRange{gateway.FirstPort, gateway.LastPort},
			MaxCalls: gateway.MaxCalls, Rate: gateway.Rate, MaxSetups: gateway.MaxSetups,
			MediaTimeout: duration(gateway.MediaTimeout), HoldTimeout: duration(gateway.HoldTimeout), SessionExpires: duration(gateway.SessionExpires),
			Probe: duration(gateway.Probe), Failover: duration(gateway.Failover), OwnNumbers: []string{},
			Languages: gateway.Languages, Phones: gateway.Phones, Digest: gateway.Digest,
			Evidence: gateway.Evidence, DemoTrunk: true, HEP: hepConfig{Transport: "udp"},
		},
		Calls:      defaultCalls(),
		Mail:       defaultMail(),
		Reminders:  defaultReminders(),
		Recordings: recordingsConfig{Enabled: true, Days: 90},
		Quality:    defaultQuality(),
		Traces:     defaultTraces(),
		Log:        logConfig{Level: slog.LevelInfo, Format: "auto"},
	}
}

// hub is the browsers' part of the configuration as its engine takes it.
func (c Config) hub() sfu.Config {
	return sfu.Config{
		UDP: c.Media.UDP, TCP: c.Media.TCP, PublicAddresses: c.Media.PublicAddresses, Loopback: c.Media.Loopback,
		Slots: c.Media.Slots, MaxParticipants: c.Media.MaxParticipants, LevelPhones: c.Media.LevelPhones,
	}
}

// gateway is the phones' part of the configuration as its engine takes it.
func (c Config) gateway() sip.Config {
	cfg := sip.Config{
		UDP: c.SIP.UDP, TCP: c.SIP.TCP, TLS: c.SIP.TLS, Certificate: c.SIP.Certificate, Key: c.SIP.Key,
		PublicAddress: c.SIP.PublicAddress, STUN: c.SIP.STUN,
		FirstPort: c.SIP.Ports.First, LastPort: c.SIP.Ports.Last,
		MaxCalls: c.SIP.MaxCalls, Rate: c.SIP.Rate, MaxSetups: c.SIP.MaxSetups,
		MediaTimeout: time.Duration(c.SIP.MediaTimeout), HoldTimeout: time.Duration(c.SIP.HoldTimeout), SessionExpires: time.Duration(c.SIP.SessionExpires),
		Languages: c.SIP.Languages, Home: c.SIP.home(), Phones: c.SIP.Phones, Digest: c.SIP.Digest, Keys: c.SIP.Keys,
		Probe: time.Duration(c.SIP.Probe), Failover: time.Duration(c.SIP.Failover),
		Evidence: c.SIP.Evidence, HEP: sip.HEP(c.SIP.HEP),
	}
	if c.SIP.Certificate == "" { // one certificate will do for both
		cfg.Certificate, cfg.Key = c.HTTP.Certificate, c.HTTP.Key
	}
	for _, t := range c.SIP.Trunks {
		cfg.Trunks = append(cfg.Trunks, t.trunk())
	}
	if c.SIP.DemoTrunk { // last, so that a trunk on this machine comes first
		cfg.Trunks = append(cfg.Trunks, sip.DefaultConfig().Trunks...)
	}
	return cfg
}

// home is the country whose people write national numbers. Validate has seen to
// it that it is one we know.
func (c sipConfig) home() dialplan.Country {
	home, err := dialplan.Home(c.HomeCountry)
	if err != nil {
		return dialplan.Country{}
	}
	return home
}

// sessions is the part of the configuration that the WebSocket server takes.
func (c Config) sessions() signaling.Config {
	cfg := signaling.DefaultConfig()
	cfg.Version = version()
	cfg.Origins = append([]string{}, c.HTTP.Origins...)
	if c.PublicURL != "" {
		cfg.Origins = append(cfg.Origins, c.address())
	}
	cfg.DialOut, cfg.EmployeeGrace = c.dialing(), time.Duration(c.Calls.EmployeeGrace)
	cfg.Slots, cfg.MaxParticipants = c.Media.Slots, c.Media.MaxParticipants
	if len(c.SIP.Languages) > 0 {
		cfg.Language = c.SIP.Languages[0]
	}
	return cfg
}

// database is the store's part of the configuration.
func (c Config) database() store.Config {
	return store.Config{DSN: string(c.Store.DSN), Dir: c.DataDir}
}

// recordings is where recordings lie, and the key file that opens them.
func (c Config) recordings() (dir, keyFile string) {
	return cmp.Or(c.Recordings.Dir, filepath.Join(c.DataDir, "recordings")),
		cmp.Or(c.Recordings.KeyFile, filepath.Join(c.DataDir, "recordings.key"))
}

// secure tells whether browsers speak TLS to us.
func (c Config) secure() bool { return c.HTTP.SelfSigned || c.HTTP.Certificate != "" }

// address is the URL that people open, without a slash at its end: the public
// one, or this machine's own.
func (c Config) address() string {
	if c.PublicURL != "" {
		return strings.TrimSuffix(c.PublicURL, "/")
	}
	scheme, host := "http", "localhost"
	if c.secure() {
		scheme = "https"
	}
	listenHost, port, err := net.SplitHostPort(c.HTTP.Listen)
	if ip, ipErr := netip.ParseAddr(listenHost); err == nil && listenHost != "" && (ipErr != nil || !ip.IsUnspecified()) {
		host = listenHost
	}
	return scheme + "://" + net.JoinHostPort(host, port)
}

// Validate tells everything that is wrong, each with the name of the setting.
func (c Config) Validate() error {
	var errs []error
	wrong := func(key, format string, args ...any) {
		errs = append(errs, fmt.Errorf("%s: %w", key, fmt.Errorf(format, args...)))
	}
	if c.DataDir == "" {
		wrong("data_dir", "is empty: name a directory that Partyline may write to")
	}
	if c.Drain < 0 {
		wrong("drain", "is negative: it is how long to wait for calls to end, such as \"5m\"")
	}
	if u, err := url.Parse(c.PublicURL); c.PublicURL != "" && (err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || strings.Trim(u.Path, "/") != "") {
		wrong("public_url", "%q is not like https://meet.example.com", c.PublicURL)
	}
	c.HTTP.validate(wrong)
	checkAddress(wrong, "sip.udp", c.SIP.UDP, true)
	checkAddress(wrong, "sip.tcp", c.SIP.TCP, true)
	checkAddress(wrong, "sip.tls", c.SIP.TLS, true)
	if _, err := dialplan.Home(c.SIP.HomeCountry); err != nil {
		wrong("sip.home_country", "%w", err)
	}
	for _, engine := range []struct {
		section string
		err     error
	}{
		{"media", c.hub().Validate()},
		{"sip", c.gateway().Validate()},
		{"http", c.sessions().Validate()},
		{"store", c.database().Validate()},
		{"quality", c.Quality.retention().Validate()},
		{"traces", c.tracing().Validate()},
	} {
		if engine.err != nil {
			wrong(engine.section, "%w", engine.err)
		}
	}
	c.validateCalls(wrong)
	c.validateReminders(wrong)
	if c.Recordings.Days < 0 {
		wrong("recordings.keep_days", "is negative: it is after how many days recordings are deleted, 0 for never")
	}
	if c.Log.Format != "auto" && c.Log.Format != "text" && c.Log.Format != "json" {
		wrong("log.format", "%q is not one of auto, text, json", c.Log.Format)
	}
	return errors.Join(errs...)
}

func (c httpConfig) validate(wrong func(key, format string, args ...any)) {
	checkAddress(wrong, "http.listen", c.Listen, false)
	switch {
	case c.SelfSigned && c.Certificate != "":
		wrong("http.self_signed", "is on while http.certificate is set: keep one of them")
	case (c.Certificate == "") != (c.Key == ""):
		wrong("http.certificate", "and http.key belong together: set both or neither")
	}
}

func checkAddress(wrong func(key, format string, args ...any), key, address string, mayBeOff bool) {
	if address == "" && mayBeOff {
		return
	}
	host, port, err := net.SplitHostPort(address)
	if _, portErr := strconv.ParseUint(port, 10, 16); err != nil || portErr != nil {
		wrong(key, "%q is not like \":5060\" or \"192.0.2.1:5060\"", address)
		return
	}
	if _, err := netip.ParseAddr(host); host != "" && err != nil && host != "localhost" {
		wrong(key, "%q: listen on an address of this machine, not on a name", address)
	}
}
