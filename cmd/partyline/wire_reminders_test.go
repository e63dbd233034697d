package main

import (
	"context"
	"errors"
	"testing"
	"time"

	"partyline/signaling/meeting"
	"partyline/signaling/reminder"
)

// TestPeopleAreRungToBeReminded calls people over the simulated telephone
// company, each once: what they press is their answer, and 1 seats them.
func TestPeopleAreRungToBeReminded(t *testing.T) {
	h, network, person, _ := payingHouse(t)
	m, err := h.book.Create(t.Context(), person.ID, "Round", meeting.Named)
	if err != nil {
		t.Fatal(err)
	}
	calls := &reminderCalls{h.people.Calls()}
	remind := func(number string) reminder.PhoneCall {
		return reminder.PhoneCall{
			ID: "reminder of " + number, Kind: reminder.Meeting, Meeting: m.ID, Step: reminder.Call, Title: "Round",
			Who: reminder.Who{Name: "Sam", Language: "en", Zone: "Europe/Berlin"}, Number: number, Start: time.Now(),
			Organiser: person.ID, OrganiserName: person.Name,
		}
	}
	for number, want := range map[string]reminder.Act{
		"+493055550001": reminder.Join, "+493055550014": reminder.Cannot, "+493055550002": reminder.NoReply, "+493055550019": reminder.NoReply,
	} {
		if act, err := calls.Call(t.Context(), remind(number)); err != nil || act != want {
			t.Errorf("%s answers %q, %v; want %q", number, act, err, want)
		}
	}
	if _, err := calls.Call(t.Context(), remind("110")); err == nil || errors.Is(err, reminder.ErrNotPlaced) {
		t.Errorf("an emergency number is called: %v", err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 500*time.Millisecond)
	defer cancel()
	if act, err := calls.Call(ctx, remind("+493055550003")); err != nil || act != reminder.NoReply {
		t.Errorf("who answered elsewhere while it rang: %q, %v", act, err)
	}
	if again, err := calls.Call(t.Context(), remind("+493055550014")); err != nil || again != reminder.Cannot {
		t.Errorf("the same reminder again: %q, %v", again, err)
	}
	if seen := len(network.Records()); seen > 5 {
		t.Errorf("%d calls for five reminders", seen)
	}
}
