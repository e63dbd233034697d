package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"time"

	"partyline/signaling/channel"
	"partyline/signaling/invite"
	"partyline/signaling/meeting"
	"partyline/signaling/notify"
	"partyline/signaling/reminder"
	"partyline/signaling/seal"
)

// diary is where meetings are planned and people are reminded of them.
type diary struct {
	planner   *meeting.Planner
	channels  *channel.Desk
	reminders *reminder.Service // nil: nobody is reminded
	feeds     *invite.Feeds
	links     *invite.Links
	answers   *invite.Answers
	presence  presence
}

// plan makes the planner. It opens lobbies, and so stands before there are rooms.
func (h *house) plan() {
	d := &h.diary
	d.planner = meeting.NewPlanner(meeting.PlannerConfig{
		PublicURL: h.cfg.address(), Quiet: quiet{d}, Moved: h.tellMoved, Changed: d.replan, Log: h.log.With("part", "planner"),
	}, h.store)
	h.book.OpenBy(d.planner)
}

// replan has who reminds people read the planner now.
func (d *diary) replan() {
	if d.reminders != nil {
		d.reminders.Changed()
	}
}

// openDiary opens the ways to people, and begins to remind them.
func (h *house) openDiary(ctx context.Context) error {
	key, err := h.secrets()
	if err != nil {
		return fmt.Errorf("calls.key_file: %w", err)
	}
	d := &h.diary
	d.channels, err = channel.NewDesk(ctx, h.cfg.channels(), h.store, key, nil, h.log.With("part", "channels"))
	if err != nil {
		return fmt.Errorf("mail and reminders: %w", err)
	}
	h.onClose(d.channels.Close)
	if d.feeds, err = invite.NewFeeds(h.place(), key, h.store, h.store, h.log.With("part", "feeds")); err != nil {
		return err
	}
	if d.links, err = invite.NewLinks(key); err != nil {
		return err
	}
	d.answers = invite.NewAnswers(d.links, h.store, d.planner, h.log.With("part", "answers"))
	if err := h.openLetters(key); err != nil {
		return fmt.Errorf("mail: %w", err)
	}
	if h.cfg.Reminders.Enabled {
		d.reminders, err = reminder.New(ctx, h.cfg.reminding(), h.store, d.planner, h.reach(), h.metrics.Reminders, nil, h.log.With("part", "reminders"))
		if err != nil {
			return fmt.Errorf("reminders: %w", err)
		}
		h.keepDiary()
	}
	h.runs(h.alerts.Run)
	h.runs(d.recheck(h.log)) // last: it announces by the reminders
	return nil
}

// secrets is the key of what the database keeps sealed.
func (h *house) secrets() (seal.Key, error) {
	key, err := seal.ReadKey(h.cfg.secretsKey())
	if errors.Is(err, fs.ErrNotExist) {
		return seal.NewKey(h.cfg.secretsKey(), "The key of the passwords that Partyline's database keeps.\nKeep a copy elsewhere: without it they have to be entered again")
	}
	return key, err
}

// reach is how people are reached from here.
func (h *house) reach() reminder.Reach {
	d := &h.diary
	r := reminder.Reach{
		Directory: d.channels, Senders: map[notify.Channel]notify.Sender{notify.WebSocket: h.people.Feed().Cards()},
		Hosts: &hosts{h.people, h.book, h.accounts, h.office.dialer.records},
	}
	for _, c := range notify.Channels() {
		if sender, ok := d.channels.On(c); ok {
			r.Senders[c] = toldSender{sender, c, h.stories}
		}
	}
	if h.phones != nil {
		r.Phone = &reminderCalls{h.people.Calls()}
	}
	return r
}

// keepDiary reminds people until the house is closed, before the phones and the
// rooms are.
func (h *house) keepDiary() {
	h.runs(h.diary.reminders.Run)
	h.runs(func(ctx context.Context) { h.diary.presence.greet(ctx, h.diary.reminders, h.log) })
}

// recheckEvery is how often it is looked whether countries have changed their
// clocks.
const recheckEvery = 24 * time.Hour

// recheck tells those whose dates are at another time because the rules of a
// zone are others than those they were promised by.
func (d *diary) recheck(log *slog.Logger) func(context.Context) {
	return func(ctx context.Context) {
		ticker := time.NewTicker(recheckEvery)
		defer ticker.Stop()
		for {
			if err := d.planner.Recheck(ctx); err != nil && ctx.Err() == nil {
				log.Error("dates could not be looked through for changed clocks", "error", err)
			}
			select {
			case <-ticker.C:
			case <-ctx.Done():
				return
			}
		}
	}
}

// tellMoved tells people that meetings are at another time for them.
func (h *house) tellMoved(ctx context.Context, all []meeting.Moved) {
	if h.diary.reminders == nil {
		return // they have letters
	}
	for _, m := range all {
		for _, notice := range m.Notices() {
			sender := reminder.Who{Key: m.Organiser, Person: m.Organiser, Name: m.OrganiserName}
			if _, err := h.diary.reminders.Announce(ctx, sender, notice, ""); err != nil {
				h.log.Error("people could not be told that a meeting moves", "meeting", m.Meeting, "error", err)
			}
		}
	}
}

// quiet asks the reminders for quiet hours; nobody has any without them.
type quiet struct{ *diary }

// Quiet implements meeting.Quiet.
func (q quiet) Quiet(ctx context.Context, person string, from, to time.Time) (bool, error) {
	if q.reminders == nil {
		return false, nil
	}
	return q.reminders.Quiet(ctx, person, from, to)
}
