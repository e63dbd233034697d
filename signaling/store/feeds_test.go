package store_test

import (
	"errors"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/signaling/invite"
	"partyline/signaling/meeting"
	"partyline/signaling/store"
	"partyline/signaling/store/storetest"
)

func TestFeeds(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		gone := account("bob", "bob@example.com", false)
		gone.Active = false
		add(t, s, account("ann", "ann@example.com", true), gone)
		for _, f := range []invite.Feed{
			{Person: "ann", ID: "f1", CreatedAt: start}, {Person: "ann", ID: "f2", CreatedAt: start.Add(time.Hour)}, {Person: "bob", ID: "f3", CreatedAt: start},
		} {
			if err := s.PutFeed(ctx, f); err != nil {
				t.Fatal(err)
			}
		}
		want := invite.Feed{Person: "ann", ID: "f2", CreatedAt: start.Add(time.Hour), Language: "zh-CN", Zone: "Asia/Shanghai"}
		for what, get := range map[string]func() (invite.Feed, error){
			"of ann":    func() (invite.Feed, error) { return s.FeedOf(ctx, "ann") },
			"by its id": func() (invite.Feed, error) { return s.FeedByID(ctx, "f2") },
		} {
			got, err := get()
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%s: %v\n%s", what, err, diff)
			}
		}
		if err := s.RemoveFeed(ctx, "ann"); err != nil {
			t.Fatal(err)
		}
		for _, id := range []string{"f1", "f2", "f3", ""} { // renewed, removed, of somebody who has left, none
			if _, err := s.FeedByID(ctx, id); !errors.Is(err, invite.ErrNoFeed) {
				t.Errorf("feed %q: %v", id, err)
			}
		}
	})
}

func TestImports(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		add(t, s, account("ann", "ann@example.com", true), account("bob", "bob@example.com", false))
		addMeeting(t, s, aMeeting("m1", "ann"))
		ended := aMeeting("m2", "ann")
		ended.EndedAt = start
		addMeeting(t, s, ended)
		for uid, id := range map[string]string{"a": "m1", "b": "m2"} {
			for range 2 {
				if err := s.NoteImport(ctx, "ann", uid, id); err != nil {
					t.Fatal(err)
				}
			}
		}
		for person, want := range map[string]map[string]string{"ann": {"a": "m1"}, "bob": {}} {
			got, err := s.ImportsOf(ctx, person)
			if diff := cmp.Diff(want, got); err != nil || diff != "" {
				t.Errorf("%s: %v\n%s", person, err, diff)
			}
		}
	})
}

func TestMeetingOfInvitee(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *store.Store) {
		ctx := t.Context()
		add(t, s, account("ann", "ann@example.com", true))
		addMeeting(t, s, aMeeting("m1", "ann"))
		_, err := s.ChangeMeeting(ctx, "m1", func(m *meeting.Meeting) error {
			m.Invitees = []meeting.Invitee{{ID: "i1", Name: "Zoe", Code: "444444"}}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		if id, err := s.MeetingOfInvitee(ctx, "i1"); err != nil || id != "m1" {
			t.Errorf("i1 is invited to %q (%v)", id, err)
		}
		if _, err := s.MeetingOfInvitee(ctx, "i2"); !errors.Is(err, invite.ErrNoInvitee) {
			t.Errorf("i2: %v", err)
		}
	})
}
