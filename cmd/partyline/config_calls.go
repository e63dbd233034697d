package main

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/text/currency"
	"golang.org/x/text/language"

	"partyline/signaling"
	"partyline/signaling/dialout"
	"partyline/sip/billing"
	"partyline/sip/dialplan"
)

// callsConfig is how the company calls people, and pays for it.
type callsConfig struct {
	Currency      string   `toml:"currency"`
	TimeZone      string   `toml:"time_zone"`
	KeyFile       string   `toml:"key_file"`
	PerSecond     int      `toml:"per_second"`
	Ringing       int      `toml:"ringing"`
	Waiting       int      `toml:"waiting"`
	Ring          duration `toml:"ring"`
	RetryAfter    duration `toml:"retry_after"`
	RingBack      bool     `toml:"ring_back"`
	ApproveWithin duration `toml:"approve_within"`
	EmployeeGrace duration `toml:"employee_grace"`
}

func defaultCalls() callsConfig {
	d := dialout.DefaultConfig()
	return callsConfig{
		PerSecond: d.PerSecond, Ringing: d.Ringing, Waiting: d.Waiting, Ring: duration(d.Ring),
		RetryAfter: duration(d.RetryAfter), RingBack: d.RingBack, ApproveWithin: duration(d.ApproveWithin),
		EmployeeGrace: duration(signaling.DefaultConfig().EmployeeGrace),
	}
}

// dialing is the part of the configuration that lists of calls are placed by.
func (c Config) dialing() dialout.Config {
	d := dialout.DefaultConfig()
	d.Currency = c.money().Currency.Code
	d.PerSecond, d.Ringing, d.Waiting, d.RingBack = c.Calls.PerSecond, c.Calls.Ringing, c.Calls.Waiting, c.Calls.RingBack
	d.Ring, d.RetryAfter, d.ApproveWithin = time.Duration(c.Calls.Ring), time.Duration(c.Calls.RetryAfter), time.Duration(c.Calls.ApproveWithin)
	return d
}

// secretsKey is the file with the key that carriers' passwords are encrypted
// with.
func (c Config) secretsKey() string {
	return cmp.Or(c.Calls.KeyFile, filepath.Join(c.DataDir, "secrets.key"))
}

// numbering is how people write telephone numbers here.
func (c Config) numbering() dialplan.Numbering {
	plan := dialplan.Numbering{Home: c.SIP.home()}
	for _, own := range c.SIP.OwnNumbers {
		plan.Own = append(plan.Own, dialplan.Number(own))
	}
	return plan
}

// money is where and in which currency the company pays. Validate has seen to
// it that both are known.
func (c Config) money() billing.Home {
	home := billing.Home{Country: c.SIP.HomeCountry, Zone: localZone()}
	if c.Calls.TimeZone != "" {
		if zone, err := time.LoadLocation(c.Calls.TimeZone); err == nil {
			home.Zone = zone
		}
	}
	if currency, err := billing.ParseCurrency(c.currency()); err == nil {
		home.Currency = currency
	}
	return home
}

// localZone is the machine's time zone under its name in the IANA's list, since
// pages have to know it too; where nothing tells the name, the zone as it is.
func localZone() *time.Location {
	name := strings.TrimPrefix(os.Getenv("TZ"), ":")
	if name == "" {
		link, err := os.Readlink("/etc/localtime")
		if err != nil {
			return time.Local
		}
		_, name, _ = strings.Cut(link, "zoneinfo/")
	}
	if zone, err := time.LoadLocation(name); err == nil && name != "" {
		return zone
	}
	return time.Local
}

// currency is the configured one, or that of the home country.
func (c Config) currency() string {
	if c.Calls.Currency != "" {
		return c.Calls.Currency
	}
	if region, err := language.ParseRegion(c.SIP.HomeCountry); err == nil {
		if unit, ok := currency.FromRegion(region); ok {
			return unit.String()
		}
	}
	return "USD"
}

func (c Config) validateCalls(wrong func(key, format string, args ...any)) {
	if _, err := billing.ParseCurrency(c.currency()); err != nil {
		wrong("calls.currency", "%w", err)
	}
	if _, err := time.LoadLocation(c.Calls.TimeZone); err != nil {
		wrong("calls.time_zone", "%w", fmt.Errorf("%q is none: write one like \"Asia/Shanghai\"", c.Calls.TimeZone))
	}
	if err := dialplan.CheckOwned(c.numbering().Own); err != nil {
		wrong("sip.own_numbers", "%w", err)
	}
	if err := c.dialing().Validate(); err != nil {
		wrong("calls", "%w", err)
	}
}
