package reminder

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"net/url"
	"strings"
	"time"

	"partyline/signaling/notify"
)

// The kinds of our messages, as receivers may tell them apart.
const (
	KindReminder = "reminder"
	KindDigest   = "digest"
	KindMissing  = "missing"      // tells hosts who is
	KindTold     = "announcement" // to many
	KindSettled  = "settled"      // to pages only: answered elsewhere
)

// phrases are what messages are made of, in one language.
type phrases struct {
	soon, now, ago             string // of a meeting, with title and minutes
	dueSoon, dueNow, dueAgo    string // of a to-do
	by, at, from               string
	urgent, rested, several    string
	missing, missingText       string
	join, coming, late, cannot string
	snooze, done, heard        string
	today, other               string
}

var languages = map[string]phrases{
	"en": {
		soon: "%s starts in %d min", now: "%s starts now", ago: "%s started %d min ago – join",
		dueSoon: "To do in %d min: %s", dueNow: "To do now: %s", dueAgo: "Overdue since %d min: %s",
		by: "Invited by %s.", at: "%s, your time.", from: "From %s.",
		urgent: "Urgent, says %s: %s", rested: "While you were resting", several: "%d reminders",
		missing: "Not here yet: %s", missingText: "%s has begun, and they have not answered.",
		join: "Join", coming: "I'm coming", late: "5 min late", cannot: "Can't come", snooze: "In 5 min", done: "Got it", heard: "Got it",
		today: "15:04", other: "Mon 2 Jan 15:04",
	},
	"zh-CN": {
		soon: "%s 将在 %d 分钟后开始", now: "%s 现在开始", ago: "%s 已开始 %d 分钟，快加入吧",
		dueSoon: "%d 分钟后到期的待办：%s", dueNow: "待办到期：%s", dueAgo: "待办已过期 %d 分钟：%s",
		by: "组织者：%s。", at: "您的时间：%s。", from: "来自 %s。",
		urgent: "%s 说有急事：%s", rested: "休息期间的提醒", several: "%d 条提醒",
		missing: "还没到：%s", missingText: "%s 已经开始，他们还没有回应。",
		join: "加入", coming: "准时到", late: "晚到 5 分钟", cannot: "来不了", snooze: "5 分钟后再提醒", done: "知道了", heard: "知道了",
		today: "15:04", other: "1月2日 15:04",
	},
}

func words(language string) phrases {
	if p, ok := languages[language]; ok {
		return p
	}
	return languages["en"]
}

// compose makes the message of a job, with the words that are right now.
func (s *Service) compose(j *job) notify.Message {
	now := s.now()
	p := words(j.who.Language)
	m := notify.Message{
		Key: j.row.Key(), Kind: KindReminder, Person: j.who.Person, Address: j.route.Address, Bot: j.route.Bot, Mention: j.route.Mention,
		Language: j.who.Language, Start: j.subject.Start, End: j.subject.End, Link: j.subject.Link, Topic: j.subject.ID,
		TTL: min(24*time.Hour, max(time.Minute, j.row.End.Sub(now))), Urgent: true,
	}
	if m.Address == "" {
		m.Address = j.who.Email
	}
	if len(j.with) > 0 {
		s.composeDigest(&m, j, now)
		return m
	}
	m.Title, m.Text = s.title(p, j, now), s.text(p, j, now)
	switch {
	case j.row.Step == Host:
		m.Kind, m.Topic = KindMissing, j.subject.ID
		return m
	case j.subject.Kind == Broadcast:
		m.Kind = KindTold
	}
	if m.Link == "" {
		m.Link = s.link(j, "")
	}
	m.Actions, m.Acknowledge = s.actions(p, j), s.address("/api/v1/reminders/", j)
	return m
}

// title is the first line: what, and how soon.
func (s *Service) title(p phrases, j *job, now time.Time) string {
	subject := j.subject
	minutes := int(math.Round(subject.Start.Sub(now).Minutes()))
	switch {
	case j.row.Step == Host:
		return fmt.Sprintf(p.missing, strings.Join(j.missing, ", "))
	case subject.Kind == Broadcast:
		return subject.Title
	case subject.Kind == Todo && minutes > 0:
		return fmt.Sprintf(p.dueSoon, minutes, subject.Title)
	case subject.Kind == Todo && minutes == 0:
		return fmt.Sprintf(p.dueNow, subject.Title)
	case subject.Kind == Todo:
		return fmt.Sprintf(p.dueAgo, -minutes, subject.Title)
	case minutes > 0:
		return fmt.Sprintf(p.soon, subject.Title, minutes)
	case minutes == 0:
		return fmt.Sprintf(p.now, subject.Title)
	default:
		return fmt.Sprintf(p.ago, subject.Title, -minutes)
	}
}

// text is what stands below.
func (s *Service) text(p phrases, j *job, now time.Time) string {
	subject := j.subject
	var lines []string
	if j.urgent != nil {
		lines = append(lines, fmt.Sprintf(p.urgent, j.urgent.SenderName, j.urgent.Reason))
	}
	switch {
	case j.row.Step == Host:
		return fmt.Sprintf(p.missingText, subject.Title)
	case subject.Kind == Broadcast:
		lines = append(lines, subject.Text, fmt.Sprintf(p.from, subject.OrganiserName))
	default:
		lines = append(lines, fmt.Sprintf(p.at, s.clock(p, j.who, subject.Start, now)))
		if subject.OrganiserName != "" {
			lines = append(lines, fmt.Sprintf(p.by, subject.OrganiserName))
		}
	}
	return strings.Join(lines, "\n")
}

// clock is a time where the person is: the hour alone if it is today.
func (s *Service) clock(p phrases, w Who, t, now time.Time) string {
	zone := s.zone(w.Zone)
	t, now = t.In(zone), now.In(zone)
	if t.YearDay() == now.YearDay() && t.Year() == now.Year() {
		return t.Format(p.today)
	}
	return t.Format(p.other)
}

// composeDigest says several reminders in one message.
func (s *Service) composeDigest(m *notify.Message, j *job, now time.Time) {
	p := words(j.who.Language)
	m.Kind = KindDigest
	sum := sha256.New()
	var lines []string
	rested := true
	for _, part := range j.all() {
		sum.Write([]byte(part.row.Key()))
		line := s.title(p, part, now)
		if part.row.Who != j.row.Who {
			line = part.who.Name + ": " + line
			m.Person = "" // of several
		}
		if part.urgent != nil {
			line += " (" + fmt.Sprintf(p.urgent, part.urgent.SenderName, part.urgent.Reason) + ")"
		}
		lines = append(lines, "• "+line+"\n  "+s.link(part, ""))
		if part.row.ID != j.row.ID {
			m.Mention = append(m.Mention, part.route.Mention...)
		}
		rested = rested && part.held == ByQuiet
	}
	m.Key = hex.EncodeToString(sum.Sum(nil)[:16])
	m.Title, m.Text = fmt.Sprintf(p.several, len(lines)), strings.Join(lines, "\n")
	if rested {
		m.Title = p.rested
	}
	m.Topic, m.Link = "", s.cfg.PublicURL
	if m.Person == "" {
		m.Link = ""
	}
}

// actions are what a message can be answered with.
func (s *Service) actions(p phrases, j *job) []notify.Action {
	action := func(act Act, label string) notify.Action {
		return notify.Action{Act: string(act), Label: label, Link: s.link(j, act)}
	}
	switch j.subject.Kind {
	case Broadcast:
		return []notify.Action{action(Heard, p.heard)}
	case Todo:
		return []notify.Action{action(Heard, p.done), action(Later, p.snooze)}
	default:
		return []notify.Action{
			{Act: string(Join), Label: p.join, Link: j.subject.Link},
			action(Late, p.late), action(Cannot, p.cannot), action(Coming, p.coming), action(Later, p.snooze),
		}
	}
}

// link is where somebody answers without signing in; empty where nobody knows
// how we are reached.
func (s *Service) link(j *job, act Act) string {
	link := s.address("/r/", j)
	if act != "" && link != "" {
		link += "?" + url.Values{"act": {string(act)}}.Encode()
	}
	return link
}

// address is an address of ours with the token of a job.
func (s *Service) address(path string, j *job) string {
	if s.cfg.PublicURL == "" {
		return ""
	}
	return strings.TrimSuffix(s.cfg.PublicURL, "/") + path + s.links.Sign(j.row.Subject, j.row.Who, j.row.End)
}
