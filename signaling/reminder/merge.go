package reminder

import (
	"context"
	"slices"
	"strings"
)

// merge is the third stage: after quiet hours, or after the program stood
// still, several reminders become one. Of several of the same subject only the
// last step is told of.
func (l *lane) merge(_ context.Context, jobs []*job) []*job {
	if !isMessage(l.channel) {
		return l.latest(jobs)
	}
	var going []*job
	first := make(map[string]*job) // by who it is for
	for _, j := range l.latest(jobs) {
		if !j.late && j.held == "" {
			going = append(going, j)
			continue
		}
		to := j.row.Who + "\x00" + j.route.Bot
		if into := first[to]; into != nil && len(into.with) < mostMerged {
			into.with = append(into.with, j)
			continue
		}
		first[to] = j
		going = append(going, j)
	}
	return going
}

// mostMerged is how many reminders one message has at most beside its first:
// bots take two kilobytes.
const mostMerged = 9

// latest leaves out a step where a later one of the same subject goes to the
// same person now.
func (l *lane) latest(jobs []*job) []*job {
	last := make(map[string]*job)
	for _, j := range jobs {
		key := strings.Join([]string{j.row.Subject, j.row.Who}, "\x00")
		if other := last[key]; other == nil || !j.row.Due.Before(other.row.Due) {
			if other != nil && other.row.Step != Host && j.row.Step != Host {
				other.suppress(ByMerging)
			}
			last[key] = j
		} else if j.row.Step != Host && other.row.Step != Host {
			j.suppress(ByMerging)
		}
	}
	return slices.DeleteFunc(slices.Clone(jobs), func(j *job) bool { return j.out != nil })
}
