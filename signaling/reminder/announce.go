package reminder

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/google/uuid"
)

// Announcement is something that many are told at once.
type Announcement struct {
	ID       string // of one that may be made twice, for the same reason: a UUID; else empty
	Title    string
	Text     string
	By       string // person
	ByName   string
	At       time.Time
	People   []Who
	Phone    bool   // phones ring too; pressing 1 says that it was heard
	Override string // id; empty: quiet hours hold it
}

// announcementFor is how long an announcement is worth hearing.
const announcementFor = 72 * time.Hour

// Limits of an announcement.
const (
	maxAnnouncement = 1000 // characters of the text, and twelve seconds of speech at most
	maxTitle        = 80
	// MostPeople is how many an announcement is for at most.
	MostPeople = 5000
)

// ErrBadAnnouncement is one that cannot be made.
var ErrBadAnnouncement = errors.New("an announcement has a title of at most 80 characters, a text of at most 1000, and 1 to 5000 people")

// check trims the words.
func (a *Announcement) check() error {
	a.Title, a.Text = strings.TrimSpace(a.Title), strings.TrimSpace(a.Text)
	switch {
	case a.Title == "" || utf8.RuneCountInString(a.Title) > maxTitle || strings.ContainsAny(a.Title, "\r\n\x00"),
		utf8.RuneCountInString(a.Text) > maxAnnouncement || !utf8.ValidString(a.Title+a.Text),
		len(a.People) == 0 || len(a.People) > MostPeople:
		return ErrBadAnnouncement
	}
	return nil
}

// subject is the announcement as something to be reminded of.
func (a Announcement) subject() Subject {
	people := make([]Who, len(a.People))
	for i, w := range a.People {
		w.Required = a.Phone
		people[i] = w
	}
	return Subject{
		Kind: Broadcast, ID: a.ID, Title: a.Title, Text: a.Text, Start: a.At, End: a.At.Add(announcementFor),
		Organiser: a.By, OrganiserName: a.ByName, Revision: 1, People: people,
	}
}

// Announce tells many something. With a reason it gets through their quiet
// hours, as Urge does. With the id of one that was made it does nothing more. It
// returns ErrBadAnnouncement, ErrNoReason or ErrQuota.
func (s *Service) Announce(ctx context.Context, sender Who, a Announcement, urgent string) (Announcement, error) {
	if err := a.check(); err != nil {
		return Announcement{}, err
	}
	if a.ID == "" {
		id, err := uuid.NewV7()
		if err != nil {
			return Announcement{}, fmt.Errorf("make an id: %w", err)
		}
		a.ID = id.String()
	}
	a.By, a.ByName, a.At = sender.Person, sender.Name, s.now().Truncate(time.Millisecond)
	if urgent = strings.TrimSpace(urgent); urgent != "" {
		o, err := s.override(ctx, sender, a.ID, a.Title, urgent)
		if err != nil {
			return Announcement{}, err
		}
		a.Override = o.ID
	}
	if err := s.store.AddAnnouncement(ctx, a); err != nil {
		return Announcement{}, fmt.Errorf("keep an announcement: %w", err)
	}
	s.Changed()
	return a, nil
}

// Announced are the announcements of the last time, the newest first.
func (s *Service) Announced(ctx context.Context, since time.Time) ([]Announcement, error) {
	return s.store.Announcements(ctx, since, s.now().Add(time.Second))
}
