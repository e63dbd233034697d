package invite

import (
	"fmt"
	"strings"
	"time"

	"partyline/signaling/internal/ical"
)

// chinese is the one language besides English that letters are written in.
const chinese = "zh-CN"

// nextDates is how many dates of a series a letter lists.
const nextDates = 5

// subjects say in a line why a letter comes, with title and time.
var subjects = map[Reason][2]string{
	Invited:   {"Invitation: %s (%s)", "会议邀请：%s（%s）"},
	Changed:   {"Changed: %s (%s)", "会议变更：%s（%s）"},
	Cancelled: {"Cancelled: %s (%s)", "会议取消：%s（%s）"},
	Removed:   {"No longer invited: %s (%s)", "不再邀请您参加：%s（%s）"},
	Clocks:    {"New time for you: %s (%s)", "对您来说时间有变：%s（%s）"},
}

// openings are the first sentences: who, and which meeting.
var openings = map[Reason][2]string{
	Invited:   {"%s invites you to “%s”.", "%s邀请您参加“%s”。"},
	Changed:   {"%s has changed “%s”. This is how it is now:", "%s更改了“%s”，现在的安排如下："},
	Cancelled: {"%s has cancelled “%s”. It does not take place.", "%s取消了“%s”，会议不再举行。"},
	Removed:   {"%s takes you off the list of “%s”. You need not come.", "%s不再邀请您参加“%s”，您无需出席。"},
	Clocks: {
		"Clocks are set differently in the country of %s's meeting “%s”. It is at the same local time there; for you it may be at another:",
		"%s的会议“%s”所在国家调整了时钟规则：当地时间不变，但您那里的时间可能不同：",
	},
}

// in picks the language.
func in(language string, texts [2]string) string {
	if language == chinese {
		return texts[1]
	}
	return texts[0]
}

// zoneFor is where a recipient's clocks are; those of the meeting, if that is
// not known.
func zoneFor(m Mailing, to Recipient) (name string, loc *time.Location, err error) {
	if to.Zone != "" {
		if loc, err = ical.Zone(to.Zone); err == nil {
			return to.Zone, loc, nil
		}
	}
	loc, err = ical.Zone(m.Zone)
	return m.Zone, loc, err
}

// subject is the line of a letter.
func subject(m Mailing, to Recipient) (string, error) {
	_, loc, err := zoneFor(m, to)
	if err != nil {
		return "", err
	}
	home, err := ical.Zone(m.Zone)
	if err != nil {
		return "", err
	}
	at, _ := ical.Resolve(m.Start, home)
	layout := in(to.Language, [2]string{"2 Jan 15:04", "1月2日 15:04"})
	return fmt.Sprintf(in(to.Language, subjects[m.Reason]), m.Title, at.In(loc).Format(layout)), nil
}

// taps are the answers of a letter's links, each with its words.
var taps = []struct {
	status string
	words  [2]string
}{
	{"accepted", [2]string{"I will come", "参加"}},
	{"tentative", [2]string{"Maybe", "待定"}},
	{"declined", [2]string{"I cannot come", "不参加"}},
}

// asking is how a letter asks for an answer: by links, by the buttons of
// calendars, or not at all.
func asking(to Recipient, p Place, link string) string {
	var b strings.Builder
	if link != "" {
		b.WriteString("\n" + in(to.Language, [2]string{"Will you come? Answer here, without logging in:", "您能参加吗？请点链接答复，无需登录："}) + "\n")
		for _, t := range taps {
			b.WriteString(in(to.Language, t.words) + in(to.Language, [2]string{": ", "："}) + link + "?answer=" + t.status + "\n")
		}
	}
	switch {
	case p.ReplyDomain == "":
	case link != "":
		b.WriteString("\n" + in(to.Language, [2]string{
			"The buttons that your mail program or calendar shows answer as well.",
			"也可以用邮件程序或日历中的按钮答复。",
		}) + "\n")
	default:
		b.WriteString("\n" + in(to.Language, [2]string{
			"Please answer with the buttons that your mail program or calendar shows.",
			"请用邮件程序或日历中的按钮答复。",
		}) + "\n")
	}
	return b.String()
}

// text is what the letter says to a person, who answers by a link unless that is
// empty.
func text(m Mailing, to Recipient, p Place, link string) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, in(to.Language, openings[m.Reason])+"\n\n", m.Organiser, m.Title)
	when, err := times(m, to)
	if err != nil {
		return "", err
	}
	b.WriteString(when)
	if m.Method == Cancel {
		return b.String(), nil
	}
	if words := description(m, to, p); words != "" {
		b.WriteString("\n" + words + "\n")
	}
	b.WriteString(asking(to, p, link))
	return b.String(), nil
}

// times says when the meeting is, on the recipient's clocks, and on those of the
// meeting if they are others.
func times(m Mailing, to Recipient) (string, error) {
	name, loc, err := zoneFor(m, to)
	if err != nil {
		return "", err
	}
	home, err := ical.Zone(m.Zone)
	if err != nil {
		return "", err
	}
	dates, more, err := ahead(m, home)
	if err != nil {
		return "", err
	}
	var b strings.Builder
	for _, d := range dates {
		end := d.Start.Add(time.Duration(d.Minutes) * time.Minute)
		b.WriteString(span(to.Language, d.Start.In(loc), end.In(loc)) + " (" + name + ")")
		if _, here := d.Start.In(loc).Zone(); here != offsetAt(d.Start, home) {
			b.WriteString(in(to.Language, [2]string{", in ", "，"}) + m.Zone + " " + d.Start.In(home).Format("15:04"))
		}
		b.WriteString("\n")
	}
	if more {
		b.WriteString(in(to.Language, [2]string{"… and so on; your calendar has all dates.\n", "……以此类推，全部日期见日历。\n"}))
	}
	return b.String(), nil
}

func offsetAt(at time.Time, loc *time.Location) int {
	_, offset := at.In(loc).Zone()
	return offset
}

// dated is one date that a letter lists.
type dated struct {
	Start   time.Time
	Minutes int
}

// ahead are the first dates of a mailing from when it was written on, and
// whether there are more.
func ahead(m Mailing, home *time.Location) ([]dated, bool, error) {
	at, _ := ical.Resolve(m.Start, home)
	if m.Rule == "" || !m.Recurrence.IsZero() {
		return []dated{{at, m.Minutes}}, false, nil
	}
	rule, err := ical.ParseRule(m.Rule)
	if err != nil {
		return nil, false, err
	}
	s := ical.Series{Start: m.Start, Rule: rule}
	minutes := map[ical.Wall]int{}
	for _, x := range m.Exceptions {
		s.Exceptions = append(s.Exceptions, ical.Exception{Recurrence: x.Recurrence, Start: x.Start, Cancelled: x.Cancelled})
		if x.Minutes != 0 {
			minutes[x.Recurrence] = x.Minutes
		}
	}
	from := at
	if m.At.After(from) {
		from = m.At
	}
	var dates []dated
	for _, d := range s.Between(home, from, from.AddDate(aheadYears, 0, 0)) {
		if len(dates) == nextDates {
			return dates, true, nil
		}
		lasts := m.Minutes
		if n, ok := minutes[d.Recurrence]; ok {
			lasts = n
		}
		dates = append(dates, dated{d.Start, lasts})
	}
	return dates, false, nil
}

// aheadYears is how far ahead dates are listed: yearly meetings have five.
const aheadYears = 5

var weekdays = [...]string{"日", "一", "二", "三", "四", "五", "六"}

// span writes a time from begin to end.
func span(language string, begin, end time.Time) string {
	until := end.Format("15:04")
	if language == chinese {
		if begin.Format(time.DateOnly) != end.Format(time.DateOnly) {
			until = end.Format("1月2日 15:04")
		}
		return begin.Format("2006年1月2日") + "星期" + weekdays[begin.Weekday()] + " " + begin.Format("15:04") + "–" + until
	}
	if begin.Format(time.DateOnly) != end.Format(time.DateOnly) {
		until = end.Format("2 January 15:04")
	}
	return begin.Format("Monday, 2 January 2006, 15:04") + "–" + until
}

// description is what the meeting is about and how to come to it.
func description(m Mailing, to Recipient, p Place) string {
	var parts []string
	if m.Agenda != "" {
		parts = append(parts, m.Agenda)
	}
	var ways []string
	if link := p.link(m.Link); link != "" {
		ways = append(ways, in(to.Language, [2]string{"Join in the browser: ", "用浏览器参加："})+link)
	}
	for _, dial := range p.Numbers {
		way := fmt.Sprintf(in(to.Language, [2]string{"By phone: %s, meeting number %s#", "电话参加：%s，会议号码 %s#"}), dial, m.Number)
		if to.Code != "" {
			way += fmt.Sprintf(in(to.Language, [2]string{", your code %s#", "，您的密码 %s#"}), to.Code)
		}
		ways = append(ways, way, in(to.Language, [2]string{"Dial with one tap: ", "一键拨号："})+tel(dial, m.Number, to.Code))
	}
	if len(ways) > 0 {
		parts = append(parts, strings.Join(ways, "\n"))
	}
	return strings.Join(parts, "\n\n")
}
