package main

import (
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

	HTTP  httpConfig  `toml:"http"`
	Media mediaConfig `toml:"media"`
	SIP   sipConfig   `toml:"sip"`
	Store storeConfig `toml:"store"`
	Log   logConfig   `toml:"log"`

	// DemoData fills an empty data directory with people and meetings to try
	// things with. It is a flag and no setting: nobody wants it to last.
	DemoData bool `toml:"-"`
}

type httpConfig struct {
	Listen      string `toml:"listen"`
	Certificate string `toml:"certificate"`
	Key         string `toml:"key"`
	SelfSigned  bool   `toml:"self_signed"`
}

type mediaConfig struct {
	UDP             string       `toml:"udp"`
	TCP             string       `toml:"tcp"`
	PublicAddresses []netip.Addr `toml:"public_addresses"`
	Loopback        bool         `toml:"loopback"`
	Slots           int          `toml:"slots"`
	MaxParticipants int          `toml:"max_participants"`
	Prompts         string       `toml:"prompts"`
}

type sipConfig struct {
	UDP           string        `toml:"udp"`
	TCP           string        `toml:"tcp"`
	PublicAddress netip.Addr    `toml:"public_address"`
	Ports         portRange     `toml:"rtp_ports"`
	MediaTimeout  duration      `toml:"media_timeout"`
	Languages     []string      `toml:"languages"`
	DemoTrunk     bool          `toml:"demo_trunk"`
	Trunks        []trunkConfig `toml:"trunk"`
}

// trunkConfig is a carrier that may send calls.
type trunkConfig struct {
	Name    string         `toml:"name"`
	Allow   []netip.Prefix `toml:"allow"`
	Numbers []numberConfig `toml:"number"`
}

// numberConfig is a number that reaches us over a trunk.
type numberConfig struct {
	Number   string `toml:"number"`
	Label    string `toml:"label"`
	Language string `toml:"language"`
}

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
	media := sfu.DefaultConfig()
	return Config{
		DataDir: "./partyline-data",
		Drain:   duration(5 * time.Minute),
		HTTP:    httpConfig{Listen: ":8080"},
		Media: mediaConfig{
			UDP: media.UDP, TCP: media.TCP, PublicAddresses: []netip.Addr{}, Loopback: media.Loopback,
			Slots: media.Slots, MaxParticipants: media.MaxParticipants,
		},
		SIP: sipConfig{
			UDP: ":5060", TCP: ":5060",
			Ports:        portRange{20000, 29999},
			MediaTimeout: duration(time.Minute),
			Languages:    []string{"en", "zh-CN"},
			DemoTrunk:    true,
		},
		Log: logConfig{Level: slog.LevelInfo, Format: "auto"},
	}
}

// hub is the browsers' part of the configuration as its engine takes it.
func (c Config) hub() sfu.Config {
	return sfu.Config{
		UDP: c.Media.UDP, TCP: c.Media.TCP, PublicAddresses: c.Media.PublicAddresses, Loopback: c.Media.Loopback,
		Slots: c.Media.Slots, MaxParticipants: c.Media.MaxParticipants,
	}
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

// databaseDSN is what the store opens: the one set, or a file in the data
// directory.
func (c Config) databaseDSN() string {
	if c.Store.DSN != "" {
		return string(c.Store.DSN)
	}
	return filepath.Join(c.DataDir, "partyline.db")
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
	if err := c.hub().Validate(); err != nil {
		wrong("media", "%w", err)
	}
	c.HTTP.validate(wrong)
	c.SIP.validate(wrong)
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

func (c sipConfig) validate(wrong func(key, format string, args ...any)) {
	checkAddress(wrong, "sip.udp", c.UDP, true)
	checkAddress(wrong, "sip.tcp", c.TCP, true)
	if c.Ports.Last < c.Ports.First+3 || c.Ports.First < 1024 {
		wrong("sip.rtp_ports", "%s is too small: each call takes two ports, above 1023", c.Ports)
	}
	if c.MediaTimeout < duration(5*time.Second) {
		wrong("sip.media_timeout", "%s is shorter than 5s, which a muted phone may well be silent for", c.MediaTimeout)
	}
	if len(c.Languages) == 0 {
		wrong("sip.languages", "is empty: name at least one of en, zh-CN")
	}
	for _, language := range c.Languages {
		checkLanguage(wrong, "sip.languages", language)
	}
	names := make(map[string]bool)
	for i, trunk := range c.Trunks {
		key := fmt.Sprintf("sip.trunk %d", i+1)
		if trunk.Name == "" || names[trunk.Name] {
			wrong(key, "needs a name of its own, not %q", trunk.Name)
		}
		names[trunk.Name] = true
		if len(trunk.Allow) == 0 {
			wrong(key, "allows no address: name the carrier's networks, such as allow = [\"198.51.100.0/24\"]")
		}
		for _, number := range trunk.Numbers {
			if number.Language != "" {
				checkLanguage(wrong, key, number.Language)
			}
		}
	}
}

func checkLanguage(wrong func(key, format string, args ...any), key, language string) {
	if language != "en" && language != "zh-CN" {
		wrong(key, "%q is not spoken: it is one of en, zh-CN", language)
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
