package ivr

import "time"

// whisper is what a caller is told on entering: how many are there and for
// how long the meeting has run.
func whisper(language string, arrival Arrival) []string {
	if arrival.Others <= 0 {
		return []string{"first-here"}
	}
	return append(others(language, arrival.Others), running(language, arrival.Running)...)
}

func others(language string, others int) []string {
	switch {
	case language == Mandarin:
		return joined([]string{"others-here"}, measureMandarin(others), []string{"people"})
	case others == 1:
		return []string{"there-is", "numbers/1", "other-person"}
	default:
		return joined([]string{"there-are"}, countEnglish(others), []string{"other-people"})
	}
}

// running says for how long a meeting has run.
func running(language string, running time.Duration) []string {
	if running < time.Minute {
		return []string{"just-begun"}
	}
	return append([]string{"running-for"}, span(language, running)...)
}

// headcount says how many people are in the meeting, the caller included.
func headcount(language string, people int) []string {
	switch {
	case people <= 1:
		return []string{"only-you"}
	case language == Mandarin:
		return joined([]string{"altogether"}, measureMandarin(people), []string{"people"})
	default:
		return joined([]string{"there-are"}, countEnglish(people), []string{"people-here"})
	}
}

// opening says in how long a meeting will be open; nothing where it is.
func opening(language string, in time.Duration) []string {
	switch {
	case in <= 0:
		return nil
	case in <= time.Minute:
		return []string{"starts-soon"}
	default:
		return append([]string{"starts-in"}, span(language, in+time.Minute-1)...)
	}
}

// ended says that a meeting has ended, and when, if that was today.
func ended(language string, at, now time.Time) []string {
	if now = now.In(at.Location()); at.IsZero() || at.YearDay() != now.YearDay() || at.Year() != now.Year() {
		return []string{"meeting-ended"}
	}
	return append([]string{"meeting-ended-at"}, hour(language, at.Hour(), at.Minute())...)
}

// position says where in the queue a caller is; nothing where that is unknown.
func position(language string, place int) []string {
	switch {
	case place <= 0:
		return nil
	case language == Mandarin:
		return joined([]string{"you-are-number"}, countMandarin(place), []string{"in-line"})
	default:
		return append([]string{"you-are-number"}, countEnglish(place)...)
	}
}

// moving says where the caller goes: to break-out room n, or for 0 to another
// meeting.
func moving(language string, n int) []string {
	if n <= 0 {
		return []string{"moving"}
	}
	return append([]string{"moving-to-breakout"}, count(language, n)...)
}

// callerClips names caller n.
func callerClips(language string, n int) []string {
	return append([]string{"caller"}, count(language, n)...)
}

// asksForHost says that caller n asks for a host, or for 0 that somebody does.
func asksForHost(language string, n int) []string {
	if n <= 0 {
		return []string{"somebody-asks-for-you"}
	}
	return append(callerClips(language, n), "asks-for-you")
}

// somebodyWaits says how many are at the door.
func somebodyWaits(language string, n int) []string {
	switch {
	case n <= 1:
		return []string{"somebody-waits"}
	case language == Mandarin:
		return append(measureMandarin(n), "people-wait")
	default:
		return append(countEnglish(n), "people-wait")
	}
}

// colleaguesHere says how many take part in a browser.
func colleaguesHere(language string, n int) []string {
	switch {
	case n == 1:
		return []string{"a-colleague"}
	case language == Mandarin:
		return append(measureMandarin(n), "colleagues")
	default:
		return append(countEnglish(n), "colleagues")
	}
}

// span speaks a length of time in hours and minutes, at least a minute.
func span(language string, d time.Duration) []string {
	hours, minutes := clock(d)
	if language == Mandarin {
		var clips []string
		if hours > 0 {
			clips = append(measureMandarin(hours), "hours")
		}
		if minutes > 0 {
			clips = joined(clips, measureMandarin(minutes), []string{"minutes"})
		}
		return clips
	}
	var clips []string
	if hours > 0 {
		clips = append(countEnglish(hours), plural(hours, "hour", "hours"))
	}
	if hours > 0 && minutes > 0 {
		clips = append(clips, "and")
	}
	if minutes > 0 {
		clips = joined(clips, countEnglish(minutes), []string{plural(minutes, "minute", "minutes")})
	}
	return clips
}

// hour speaks a time of day: 14:05 is two oh five p.m., 十四点零五分.
func hour(language string, hour, minute int) []string {
	if language == Mandarin {
		clips := append(measureMandarin(hour), "o-clock")
		if minute > 0 && minute < 10 {
			clips = append(clips, numberClip(0))
		}
		if minute > 0 {
			clips = joined(clips, countMandarin(minute), []string{"minutes-past"})
		}
		return clips
	}
	half := "a-m"
	if hour >= 12 {
		half = "p-m"
	}
	clips := countEnglish((hour+11)%12 + 1)
	if minute > 0 && minute < 10 {
		clips = append(clips, "oh")
	}
	if minute > 0 {
		clips = joined(clips, countEnglish(minute))
	}
	return append(clips, half)
}

// clock splits a duration into whole hours and minutes.
func clock(d time.Duration) (hours, minutes int) {
	return int(d / time.Hour), int(d % time.Hour / time.Minute)
}
