package main

import (
	"context"
	"fmt"
	"io"

	"partyline/signaling/auth"
	"partyline/signaling/meeting"
)

// demoPassword is everybody's in the demo, and secret to nobody.
const demoPassword auth.Password = "partyline-demo"

// demoPeople are the demo's employees; the first one is the admin.
var demoPeople = []auth.Profile{
	{Name: "Ada Bergmann", Email: "demo@example.com", Phone: "+493055550100", Language: "en", TimeZone: "Europe/Berlin"},
	{Name: "王小明", Email: "xiaoming@example.com", Phone: "+862155550101", Language: "zh-CN", TimeZone: "Asia/Shanghai"},
	{Name: "Grace Okafor", Email: "grace@example.com", Phone: "+442079460102", Language: "en", TimeZone: "Europe/London"},
}

// demoMeetings are the meetings that the admin has made.
var demoMeetings = []string{"Monday round", "产品评审"}

// seedDemo fills an empty installation with people and meetings, and prints
// how to get in. One that was set up already is left alone.
// The admin is returned; nil where nothing was done.
func seedDemo(ctx context.Context, accounts *auth.Accounts, book *meeting.Book, address string, out io.Writer) (*auth.Person, error) {
	needed, err := accounts.SetUpNeeded(ctx)
	if err != nil || !needed {
		return nil, err
	}
	client := auth.Client{Address: "127.0.0.1", UserAgent: "demo data"}
	token, err := accounts.NewSetUpToken(ctx)
	if err != nil {
		return nil, fmt.Errorf("setting the demo up: %w", err)
	}
	admin, _, err := accounts.SetUp(ctx, token, "Example Ltd", demoPeople[0], demoPassword, client)
	if err != nil {
		return nil, fmt.Errorf("setting the demo up: %w", err)
	}
	others, err := accounts.Add(ctx, admin.Person, demoPeople[1:]...)
	if err != nil {
		return nil, fmt.Errorf("adding the demo's people: %w", err)
	}
	for _, other := range others {
		if _, _, err := accounts.Accept(ctx, other.Invitation, demoPassword, client); err != nil {
			return nil, fmt.Errorf("adding %s: %w", other.Person.Email, err)
		}
	}
	fmt.Fprintf(out, "\nDemo data. Sign in at %s with the password %s as\n", address, string(demoPassword))
	for _, p := range demoPeople {
		fmt.Fprintf(out, "  %-22s %s\n", p.Email, p.Name)
	}
	return &admin.Person, seedMeetings(ctx, book, admin.Person, others, out)
}

// seedMeetings makes the admin's meetings, with everybody invited.
func seedMeetings(ctx context.Context, book *meeting.Book, admin auth.Person, others []auth.Newcomer, out io.Writer) error {
	fmt.Fprintln(out, "Meetings")
	for _, name := range demoMeetings {
		m, err := book.Create(ctx, admin.ID, name, meeting.Named)
		if err != nil {
			return fmt.Errorf("making the meeting %q: %w", name, err)
		}
		for _, other := range others {
			if m, err = book.Invite(ctx, admin.ID, m.ID, other.Person.ID, ""); err != nil {
				return fmt.Errorf("inviting to %q: %w", name, err)
			}
		}
		fmt.Fprintf(out, "  number %s  host code %s  %s\n", string(m.Number), string(m.HostCode), name)
	}
	fmt.Fprintln(out)
	return nil
}
