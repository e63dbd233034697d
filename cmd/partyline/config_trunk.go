package main

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"time"

	"partyline/sip/dialplan"
)

// trunkConfig is a carrier: what it may send us, and how we call through it.
type trunkConfig struct {
	Name     string            `toml:"name"`
	Allow    []netip.Prefix    `toml:"allow"`
	Numbers  []string          `toml:"numbers"`
	Label    string            `toml:"label"`
	Language string            `toml:"language"`
	MaxCalls int               `toml:"max_calls"`
	SRTP     dialplan.SRTP     `toml:"srtp"`
	Vouches  bool              `toml:"vouches_for_caller"`
	User     string            `toml:"user"`
	Password dialplan.Password `toml:"password"`
	Outbound outboundConfig    `toml:"outbound"`
}

// outboundConfig is how calls are placed over a carrier.
type outboundConfig struct {
	Targets    []target                `toml:"targets"`
	Domain     string                  `toml:"domain"`
	Proxy      string                  `toml:"proxy"`
	Register   bool                    `toml:"register"`
	Registrar  string                  `toml:"registrar"`
	Expires    duration                `toml:"expires"`
	Accounts   []accountConfig         `toml:"account"`
	Owned      []string                `toml:"own_numbers"`
	Default    string                  `toml:"shown_number"`
	Header     dialplan.IdentityHeader `toml:"number_in"`
	Privacy    bool                    `toml:"hide_number"`
	Diversion  bool                    `toml:"diversion"`
	Channels   int                     `toml:"channels"`
	ServerName string                  `toml:"server_name"`
	ClientCert string                  `toml:"client_certificate"`
	ClientKey  string                  `toml:"client_key"`
	CA         string                  `toml:"ca"`
	Prefixes   []string                `toml:"prefixes"`
	Off        bool                    `toml:"off"`
}

// accountConfig is a user of a carrier.
type accountConfig struct {
	User     string            `toml:"user"`
	AuthUser string            `toml:"auth_user"`
	Password dialplan.Password `toml:"password"`
}

// trunk is the carrier as the dial plan takes it.
func (t trunkConfig) trunk() dialplan.Trunk {
	return dialplan.Trunk{
		Name: t.Name, Allow: t.Allow, Numbers: t.Numbers, Label: t.Label, Language: t.Language, MaxCalls: t.MaxCalls,
		SRTP: t.SRTP, Vouches: t.Vouches, User: t.User, Password: t.Password, Outbound: t.Outbound.outbound(),
	}
}

func (o outboundConfig) outbound() dialplan.Outbound {
	out := dialplan.Outbound{
		Domain: o.Domain, Proxy: o.Proxy, Register: o.Register, Registrar: o.Registrar, Expires: time.Duration(o.Expires),
		Caller:   dialplan.CallerID{Default: dialplan.Number(o.Default), Header: o.Header, Privacy: o.Privacy, Diversion: o.Diversion},
		Channels: o.Channels, ServerName: o.ServerName, ClientCert: o.ClientCert, ClientKey: o.ClientKey, CA: o.CA, Prefixes: o.Prefixes, Off: o.Off,
	}
	for _, number := range o.Owned {
		out.Caller.Owned = append(out.Caller.Owned, dialplan.Number(number))
	}
	for _, a := range o.Accounts {
		out.Accounts = append(out.Accounts, dialplan.Account(a))
	}
	for i, t := range o.Targets { // in this order, unless they say otherwise
		if !t.Ranked {
			t.Priority = uint16(i)
		}
		out.Targets = append(out.Targets, t.Target)
	}
	return out
}

// target is where a carrier takes calls, written as a SIP URI:
// "sip:sip.example.com:5061;transport=tls", with ;priority= and ;weight= as an
// SRV record has them (RFC 2782).
type target struct {
	dialplan.Target
	Ranked bool // a priority was given
}

// errTarget says how a target is written.
var errTarget = errors.New(`write it like "sip:sip.example.com:5061;transport=tls"`)

// UnmarshalText reads a target.
func (t *target) UnmarshalText(text []byte) error {
	scheme, rest, _ := strings.Cut(string(text), ":")
	server, parameters, _ := strings.Cut(rest, ";")
	place, err := url.Parse("//" + server)
	if err != nil || scheme != "sip" && scheme != "sips" || place.Hostname() == "" || place.Host != server {
		return fmt.Errorf("%q is not a carrier's server: %w", text, errTarget)
	}
	*t = target{Target: dialplan.Target{Host: place.Hostname()}}
	if scheme == "sips" {
		t.Transport = "tls"
	}
	if port := place.Port(); port != "" {
		number, err := strconv.ParseUint(port, 10, 16)
		if err != nil {
			return fmt.Errorf("%q: %s is no port", text, port)
		}
		t.Port = int(number)
	}
	for parameter := range strings.SplitSeq(parameters, ";") {
		if err := t.take(parameter); err != nil {
			return fmt.Errorf("%q: %w", text, err)
		}
	}
	return nil
}

// take reads one parameter.
func (t *target) take(parameter string) error {
	name, value, _ := strings.Cut(parameter, "=")
	number, err := strconv.ParseUint(value, 10, 16)
	switch name {
	case "":
		return nil
	case "transport":
		t.Transport = value // NewPlan knows which there are
		return nil
	case "priority":
		t.Priority, t.Ranked = uint16(number), true
	case "weight":
		t.Weight = uint16(number)
	default:
		return fmt.Errorf("%s is no parameter of a target: transport, priority and weight are", name)
	}
	if err != nil {
		return fmt.Errorf("%s is from 0 to 65535, not %q", name, value)
	}
	return nil
}

// MarshalText writes the target as it is read.
func (t target) MarshalText() ([]byte, error) {
	host := t.Host
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	text := "sip:" + host
	if t.Port != 0 {
		text += ":" + strconv.Itoa(t.Port)
	}
	if t.Transport != "" {
		text += ";transport=" + t.Transport
	}
	if t.Ranked {
		text += fmt.Sprintf(";priority=%d", t.Priority)
	}
	if t.Weight != 0 {
		text += fmt.Sprintf(";weight=%d", t.Weight)
	}
	return []byte(text), nil
}
