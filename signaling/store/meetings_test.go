package store_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/signaling/auth"
	"partyline/signaling/meeting"
	"partyline/signaling/store"
	"partyline/signaling/store/storetest"
)

func aMeeting(id, organiser string) meeting.Meeting {
	return meeting.Meeting{
		ID: id, Name: "周会 " + id, Occasion: meeting.Named, Organiser: organiser,
		Link: meeting.Code("link " + id), Number: meeting.Code("number " + id), HostCode: "111111",
		Settings:  meeting.Settings{MuteOnEntry: true, OpensAt: start.Add(time.Hour), RecordNames: true, MaxParticipants: 40, HostsDial: true},
		CreatedAt: start, LastActive: start.Add(time.Minute),
	}
}

func addMeeting(t *testing.T, s *store.Store, m meeting.Meeting) {
	t.Helper()
	if err := s.AddMeeting(t.Context(), m); err != nil {
		t.Fatal(err)
	}
}

func TestMeetings(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		add(t, s, account("ann", "ann@example.com", true), account("bob", "bob@example.com", false))
		m := aMeeting("m1", "ann")
		addMeeting(t, s, m)
		m.OrganiserName = "Name ann"

		for name, get := range map[string]func() (meeting.Meeting, error){
			"Meeting":         func() (meeting.Meeting, error) { return s.Meeting(ctx, "m1") },
			"MeetingByLink":   func() (meeting.Meeting, error) { return s.MeetingByLink(ctx, "link m1") },
			"MeetingByNumber": func() (meeting.Meeting, error) { return s.MeetingByNumber(ctx, "number m1") },
		} {
			got, err := get()
			if diff := cmp.Diff(m, got); err != nil || diff != "" {
				t.Errorf("%s: %v\n%s", name, err, diff)
			}
		}
		if _, err := s.MeetingByLink(ctx, "number m1"); !errors.Is(err, meeting.ErrNotFound) {
			t.Errorf("unknown link: %v", err)
		}
		taken := aMeeting("m2", "ann")
		taken.Number = m.Number
		if err := s.AddMeeting(ctx, taken); !errors.Is(err, meeting.ErrTaken) {
			t.Errorf("taken number: %v", err)
		}
		taken.Number, taken.Link = "number m2", m.Link
		if err := s.AddMeeting(ctx, taken); !errors.Is(err, meeting.ErrTaken) {
			t.Errorf("taken link: %v", err)
		}
	})
}

func TestChangeMeeting(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		inactive := account("cyd", "cyd@example.com", false)
		inactive.Active = false
		add(t, s, account("ann", "ann@example.com", true), account("bob", "bob@example.com", false), inactive)
		addMeeting(t, s, aMeeting("m1", "ann"))
		addMeeting(t, s, aMeeting("m2", "ann"))

		change := func(fn func(m *meeting.Meeting)) (meeting.Meeting, error) {
			return s.ChangeMeeting(ctx, "m1", func(m *meeting.Meeting) error { fn(m); return nil })
		}
		got, err := change(func(m *meeting.Meeting) {
			m.Name, m.HostCode = "Renamed", "222222"
			m.Settings = meeting.Settings{WaitForHost: true, Tones: true}
			m.EndedAt = start.Add(time.Hour)
			m.Invitees = []meeting.Invitee{
				{ID: "i1", Person: "bob", Code: "333333"},
				{ID: "i2", Name: "Zoe", Code: "444444"},
			}
		})
		want := aMeeting("m1", "ann")
		want.Name, want.HostCode, want.OrganiserName = "Renamed", "222222", "Name ann"
		want.Settings = meeting.Settings{WaitForHost: true, Tones: true}
		want.EndedAt = start.Add(time.Hour)
		want.Invitees = []meeting.Invitee{
			{
				ID: "i1", Person: "bob", Name: "Name bob", Code: "333333",
				Reach: auth.Reach{Email: "bob@example.com", Phone: "+8613800138000", Language: "zh-CN", TimeZone: "Asia/Shanghai"},
			},
			{ID: "i2", Name: "Zoe", Code: "444444"},
		}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("returned: %v\n%s", err, diff)
		}
		got, err = change(func(m *meeting.Meeting) {
			m.Invitees = []meeting.Invitee{{ID: "i2", Name: "Zoe", Code: "555555"}, {ID: "i3", Name: "Yan", Code: "333333"}}
		})
		want.Invitees = []meeting.Invitee{{ID: "i2", Name: "Zoe", Code: "555555"}, {ID: "i3", Name: "Yan", Code: "333333"}}
		if diff := cmp.Diff(want, got); err != nil || diff != "" {
			t.Errorf("invitees replaced: %v\n%s", err, diff)
		}
		if stored, err := s.Meeting(ctx, "m1"); err != nil || !cmp.Equal(stored, want) {
			t.Errorf("stored: %v\n%s", err, cmp.Diff(want, stored))
		}

		for name, tt := range map[string]struct {
			change func(m *meeting.Meeting)
			want   error
		}{
			"number of another meeting": {func(m *meeting.Meeting) { m.Number = "number m2" }, meeting.ErrTaken},
			"one code twice": {func(m *meeting.Meeting) {
				m.Invitees = append(m.Invitees, meeting.Invitee{ID: "i4", Name: "X", Code: "555555"})
			}, meeting.ErrTaken},
			"unknown person": {func(m *meeting.Meeting) {
				m.Invitees = append(m.Invitees, meeting.Invitee{ID: "i4", Person: "nobody", Code: "666666"})
			}, meeting.ErrNoPerson},
			"deactivated person": {func(m *meeting.Meeting) {
				m.Invitees = append(m.Invitees, meeting.Invitee{ID: "i4", Person: "cyd", Code: "666666"})
			}, meeting.ErrNoPerson},
		} {
			if _, err := change(tt.change); !errors.Is(err, tt.want) {
				t.Errorf("%s: %v, want %v", name, err, tt.want)
			}
			if stored, _ := s.Meeting(ctx, "m1"); !cmp.Equal(stored, want) {
				t.Errorf("%s: half of it was stored", name)
			}
		}
		if _, err := s.ChangeMeeting(ctx, "m9", nil); !errors.Is(err, meeting.ErrNotFound) {
			t.Errorf("unknown meeting: %v", err)
		}
	})
}

// TestChangesDoNotOverwriteEachOther invites from many goroutines at once.
func TestChangesDoNotOverwriteEachOther(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		add(t, s, account("ann", "ann@example.com", true))
		book := meeting.NewBook(meeting.DefaultConfig(), s, nil)
		m, err := book.Create(t.Context(), "ann", "Big", meeting.Named)
		if err != nil {
			t.Fatal(err)
		}
		const guests = 20
		results := make(chan error, guests)
		for i := range guests {
			go func() {
				_, err := book.Invite(t.Context(), "ann", m.ID, "", fmt.Sprint("Guest ", i))
				results <- err
			}()
		}
		for range guests {
			if err := <-results; err != nil {
				t.Error(err)
			}
		}
		got, err := book.Get(t.Context(), m.ID)
		if err != nil || len(got.Invitees) != guests {
			t.Errorf("%d of %d invitations were kept: %v", len(got.Invitees), guests, err)
		}
	})
}

func TestMeetingsOf(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		add(t, s, account("ann", "ann@example.com", true), account("bob", "bob@example.com", false), account("eve", "eve@example.com", false))
		for i, m := range []meeting.Meeting{aMeeting("m1", "ann"), aMeeting("m2", "bob"), aMeeting("m3", "ann"), aMeeting("m4", "ann"), aMeeting("m5", "ann")} {
			switch i {
			case 2:
				m.EndedAt = start
			case 3, 4:
				m.Occasion = meeting.Now
				m.LastActive = start.Add(time.Duration(i) * time.Hour)
			}
			addMeeting(t, s, m)
		}
		_, err := s.ChangeMeeting(ctx, "m1", func(m *meeting.Meeting) error {
			m.Invitees = []meeting.Invitee{{ID: "i1", Person: "bob", Code: "333333"}, {ID: "i2", Name: "Zoe", Code: "444444"}}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		for person, want := range map[string]string{
			"ann": "[m5/0 m1/2]", // m3 has ended, m4 was given up
			"bob": "[m2/0 m1/2]",
			"eve": "[]",
		} {
			list, err := s.MeetingsOf(ctx, person, start.Add(4*time.Hour))
			if err != nil {
				t.Fatal(err)
			}
			got := []string{}
			for _, m := range list {
				got = append(got, fmt.Sprintf("%s/%d", m.ID, len(m.Invitees)))
			}
			if fmt.Sprint(got) != want {
				t.Errorf("meetings of %s: %v, want %s", person, got, want)
			}
		}
	})
}
