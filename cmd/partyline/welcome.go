package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"net/url"
	"strings"
	"text/tabwriter"

	"partyline/signaling/api"
	"partyline/signaling/auth"
	"partyline/signaling/invite"
)

// welcome says where to go. It is for people and goes to standard output; the
// log has no link with a token in it.
func (h *house) welcome(ctx context.Context, out io.Writer) error {
	if h.cfg.DemoData {
		if err := h.seed(ctx, out); err != nil {
			return err
		}
	}
	fmt.Fprintf(out, "Partyline %s is running.\n\n", version())
	table := tabwriter.NewWriter(out, 0, 0, 3, ' ', 0)
	row := func(what, where string) { fmt.Fprintf(table, "  %s\t%s\n", what, where) }
	row("Open in a browser", h.cfg.address())
	token, err := h.accounts.NewSetUpToken(ctx)
	switch {
	case err == nil:
		row("Set it up", h.cfg.address()+"/setup?token="+url.QueryEscape(string(token))+"   (for the first admin, works once)")
	case !errors.Is(err, auth.ErrSetUpDone):
		return err
	}
	if address := h.sipAddress(); address != "" {
		row("Dial with a softphone", address+h.whoMayDial())
	}
	if h.cfg.DemoCarrier != "" {
		row("Call somebody", "any number; "+demoNumbers(h.cfg.numbering()))
	}
	row("Ports", h.ports())
	row("Data", h.cfg.DataDir)
	if err := table.Flush(); err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, "\nPress Ctrl-C to stop.")
	return err
}

// whoMayDial says it when nobody but this machine can call.
func (h *house) whoMayDial() string {
	if len(h.cfg.SIP.Trunks) > 0 {
		return ""
	}
	return "   (from this machine; others need a [[sip.trunk]])"
}

// ports lists what a firewall must let through.
func (h *house) ports() string {
	port := func(address string) string { return address[strings.LastIndex(address, ":")+1:] }
	list := []string{"web TCP " + port(h.cfg.HTTP.Listen), "browsers' audio UDP " + port(h.cfg.Media.UDP)}
	if h.cfg.Media.TCP != "" {
		list[1] += " and TCP " + port(h.cfg.Media.TCP)
	}
	if h.cfg.SIP.UDP != "" {
		list = append(list, "SIP UDP "+port(h.cfg.SIP.UDP))
	}
	if h.cfg.SIP.TCP != "" {
		list = append(list, "SIP TCP "+port(h.cfg.SIP.TCP))
	}
	if h.cfg.SIP.TLS != "" {
		list = append(list, "SIP TLS "+port(h.cfg.SIP.TLS))
	}
	if h.phones != nil {
		list = append(list, fmt.Sprintf("phones' audio UDP %d-%d", h.cfg.SIP.Ports.First, h.cfg.SIP.Ports.Last))
	}
	return strings.Join(list, ", ")
}

// resources is what the API has to know of the installation.
func (h *house) resources() api.Config {
	cfg := api.Config{
		Version: version(), PublicURL: strings.TrimSuffix(h.cfg.PublicURL, "/"),
		DialIn: api.DialIn{SIPAddress: h.sipAddress()}, Home: h.cfg.SIP.home(),
		KeepRecordings: h.cfg.Recordings.keep(),
		Money:          api.Money{History: h.office.history, Budgets: h.office.budgets, Currency: h.cfg.money().Currency},
		Company:        h.settings(),
		Health:         h.soundings.desk,
		Channels:       h.diary.channels, Reminders: h.diary.reminders,
		Calendar: api.Calendar{Feeds: h.diary.feeds, Importer: invite.NewImporter(h.diary.planner, h.store), Answers: h.diary.answers},
		Schedule: api.Schedule{Planner: h.diary.planner, Records: h.store},
	}
	if h.phones != nil && len(h.cfg.SIP.Phones) > 0 {
		cfg.Phones = h.phoneService()
	}
	for _, trunk := range h.cfg.SIP.Trunks {
		for _, number := range trunk.Numbers {
			cfg.DialIn.Numbers = append(cfg.DialIn.Numbers, api.DialInNumber{Number: number, Label: trunk.Label})
		}
	}
	return cfg
}

// phoneService is where the company's own phones register.
func (h *house) phoneService() api.PhoneService {
	_, domain, _ := strings.Cut(h.sipAddress(), ":")
	domain, _, _ = strings.Cut(domain, ";")
	s := api.PhoneService{Domain: domain}
	for _, t := range []struct {
		name    string
		address netip.AddrPort
	}{{"tls", h.phones.TLS()}, {"tcp", h.phones.TCP()}, {"udp", h.phones.UDP()}} {
		if t.address.IsValid() {
			s.Transports = append(s.Transports, t.name)
		}
	}
	return s
}

// sipAddress is the URI that a softphone dials; empty when phones are off.
func (h *house) sipAddress() string {
	if h.phones == nil {
		return ""
	}
	address := h.phones.UDP()
	transport := ""
	if !address.IsValid() {
		address, transport = h.phones.TCP(), ";transport=tcp"
	}
	host := h.sipHost(address.Addr())
	if address.Port() == 5060 {
		return "sip:" + host + transport
	}
	return "sip:" + net.JoinHostPort(host, fmt.Sprint(address.Port())) + transport
}

// sipHost is the best name for the gateway: the public one, the address it
// listens on, or this machine.
func (h *house) sipHost(listening netip.Addr) string {
	if h.cfg.SIP.PublicAddress.IsValid() {
		return h.cfg.SIP.PublicAddress.String()
	}
	if u, err := url.Parse(h.cfg.PublicURL); err == nil && u.Hostname() != "" {
		return u.Hostname()
	}
	if listening.IsValid() && !listening.IsUnspecified() {
		return listening.String()
	}
	return "127.0.0.1"
}
