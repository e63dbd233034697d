package reminder

import (
	"context"
	"slices"
	"time"

	"partyline/signaling/notify"
)

// rate is the fourth stage: a bot that said too much is not listened to for
// minutes. What does not fit becomes one message, and what does not fit even
// so waits for its turn.
func (l *lane) rate(ctx context.Context, jobs []*job) []*job {
	limits := notify.LimitsOf(l.channel)
	if !l.channel.IsBot() || len(limits) == 0 {
		return jobs
	}
	var going []*job
	for _, group := range byBot(jobs) {
		going = append(going, l.take(ctx, group, limits)...)
	}
	return going
}

// byBot groups jobs, in the order in which they came.
func byBot(jobs []*job) [][]*job {
	var groups [][]*job
	at := make(map[string]int)
	for _, j := range jobs {
		i, ok := at[j.route.Bot]
		if !ok {
			i = len(groups)
			at[j.route.Bot] = i
			groups = append(groups, nil)
		}
		groups[i] = append(groups[i], j)
	}
	return groups
}

// take gives those of a bot's jobs that it may say now.
func (l *lane) take(ctx context.Context, group []*job, limits []notify.Limit) []*job {
	s := l.service
	now, bot := s.now(), group[0].route.Bot
	if until := l.pausedUntil(bot); until.After(now) {
		end(group, Outcome{State: Pending, Reason: ByRate, Try: until})
		return nil
	}
	got, next, err := s.store.TakeTokens(ctx, bot, limits, now, len(group))
	if err != nil {
		s.log.ErrorContext(ctx, "a bot's turn could not be read", "bot", bot, "err", err)
		end(group, Outcome{State: Pending, Reason: ByFault, Try: now.Add(faultPause)})
		return nil
	}
	if got == len(group) {
		return group
	}
	going, left := gather(group, got)
	for _, j := range left {
		end(append([]*job{j}, j.with...), Outcome{State: Pending, Reason: ByRate, Try: next})
		j.with = nil
	}
	return going
}

// gather makes at most n messages of jobs, as full as they may be; what is left
// waits.
func gather(group []*job, n int) (going, left []*job) {
	for _, j := range group {
		parts := append([]*job{j}, j.with...)
		i := slices.IndexFunc(going, func(g *job) bool { return len(g.with)+len(parts) <= mostMerged })
		switch {
		case i >= 0:
			j.with = nil
			going[i].with = append(going[i].with, parts...)
		case len(going) < n:
			going = append(going, j)
		default:
			left = append(left, j)
		}
	}
	return going, left
}

// hold leaves a bot alone until a time.
func (l *lane) hold(bot string, until time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.paused[bot] = until
}

func (l *lane) pausedUntil(bot string) time.Time {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.paused[bot]
}
