package meeting

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"partyline/signaling/reminder"
)

// Moved is that dates of a meeting are at another instant, because the rules of
// its zone have changed.
type Moved struct {
	Meeting       string
	Title         string
	Zone          string
	Organiser     string // person
	OrganiserName string
	First         Occurrence // the first date that is
	Was           time.Time  // when it would have begun
	Dates         int        // how many of those that were promised
	People        []reminder.Who
}

// Notices tell the colleagues whom it concerns, in their language and by their
// clock. For those who live in the zone of the meeting it stays as it was.
func (m Moved) Notices() []reminder.Announcement {
	people := slices.DeleteFunc(slices.Clone(m.People), func(w reminder.Who) bool { return w.Zone == m.Zone })
	slices.SortStableFunc(people, func(a, b reminder.Who) int {
		return cmp.Or(cmp.Compare(a.Language, b.Language), cmp.Compare(a.Zone, b.Zone))
	})
	var all []reminder.Announcement
	for i, w := range people {
		if i > 0 && people[i-1].Language == w.Language && people[i-1].Zone == w.Zone {
			last := &all[len(all)-1]
			last.People = append(last.People, w)
			continue
		}
		all = append(all, m.notice(w))
	}
	return all
}

func (m Moved) notice(w reminder.Who) reminder.Announcement {
	zone, err := time.LoadLocation(w.Zone)
	if err != nil {
		zone = time.UTC
	}
	at := m.First.Start.In(zone)
	n := reminder.Announcement{People: []reminder.Who{w}}
	if w.Language == "zh-CN" {
		n.Title = "会议时间有变"
		n.Text = fmt.Sprintf("%s 的时区规则已变更：自 %s起，“%s”按您当地时间 %s 开始。",
			m.Zone, at.Format("2006 年 1 月 2 日"), m.Title, at.Format("15:04"))
		return n
	}
	n.Title = "A meeting moves"
	n.Text = fmt.Sprintf("%s has other rules for its clocks now: from %s on, “%s” begins at %s by your clock.",
		m.Zone, at.Format("2 January 2006"), m.Title, at.Format("15:04"))
	return n
}
