package ivr

import "time"

// The languages that the menu speaks.
const (
	English  = "en"
	Mandarin = "zh-CN"
)

// Folders of clips that numbers are spoken from.
const (
	digitClips  = "digits/"  // a digit as it is read out in a number
	numberClips = "numbers/" // a part of a count
)

// maxCount is the largest number that can be spoken. Larger ones are spoken
// as this one; no meeting has so many people.
const maxCount = 999

// Spell reads digits out one by one, in groups of three as meeting numbers
// are printed. Anything but 0-9 is left out.
func Spell(digits string) []string {
	var clips []string
	said := 0
	for _, d := range digits {
		if d < '0' || d > '9' {
			continue
		}
		if said > 0 && said%3 == 0 {
			clips = append(clips, "pause")
		}
		clips = append(clips, digitClips+string(d))
		said++
	}
	return clips
}

// whisper is what a caller is told on entering: how many are there and for
// how long the meeting has run.
func whisper(language string, arrival Arrival) []string {
	if arrival.Others <= 0 {
		return []string{"first-here"}
	}
	if language == Mandarin {
		return append(othersMandarin(arrival.Others), runningMandarin(arrival.Running)...)
	}
	return append(othersEnglish(arrival.Others), runningEnglish(arrival.Running)...)
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

func othersEnglish(others int) []string {
	if others == 1 {
		return []string{"there-is", "numbers/1", "other-person"}
	}
	return joined([]string{"there-are"}, countEnglish(others), []string{"other-people"})
}

func runningEnglish(running time.Duration) []string {
	hours, minutes := clock(running)
	if hours == 0 && minutes == 0 {
		return []string{"just-begun"}
	}
	clips := []string{"running-for"}
	if hours > 0 {
		clips = joined(clips, countEnglish(hours), []string{plural(hours, "hour", "hours")})
	}
	if hours > 0 && minutes > 0 {
		clips = append(clips, "and")
	}
	if minutes > 0 {
		clips = joined(clips, countEnglish(minutes), []string{plural(minutes, "minute", "minutes")})
	}
	return clips
}

func othersMandarin(others int) []string {
	return joined([]string{"others-here"}, measureMandarin(others), []string{"people"})
}

func runningMandarin(running time.Duration) []string {
	hours, minutes := clock(running)
	if hours == 0 && minutes == 0 {
		return []string{"just-begun"}
	}
	clips := []string{"running-for"}
	if hours > 0 {
		clips = joined(clips, measureMandarin(hours), []string{"hours"})
	}
	if minutes > 0 {
		clips = joined(clips, measureMandarin(minutes), []string{"minutes"})
	}
	return clips
}

// countEnglish speaks n from the numbers up to 19, the tens and "hundred".
func countEnglish(n int) []string {
	n = min(max(n, 0), maxCount)
	var clips []string
	if n >= 100 {
		clips = append(clips, numberClip(n/100), numberClips+"hundred")
		if n %= 100; n == 0 {
			return clips
		}
		clips = append(clips, "and")
	}
	if n < 20 {
		return append(clips, numberClip(n))
	}
	clips = append(clips, numberClip(n/10*10))
	if n%10 > 0 {
		clips = append(clips, numberClip(n%10))
	}
	return clips
}

// countMandarin speaks n from 零 to 十 and 百: twelve is 十二, twenty 二十, a
// hundred and two 一百零二, a hundred and twelve 一百一十二.
func countMandarin(n int) []string {
	n = min(max(n, 0), maxCount)
	if n <= 10 {
		return []string{numberClip(n)}
	}
	if n < 20 {
		return []string{numberClip(10), numberClip(n - 10)}
	}
	var clips []string
	if n >= 100 {
		clips = append(clips, numberClip(n/100), numberClips+"hundred")
		if n %= 100; n == 0 {
			return clips
		}
		if n < 10 {
			return append(clips, numberClip(0), numberClip(n))
		}
	}
	clips = append(clips, numberClip(n/10), numberClip(10))
	if n%10 > 0 {
		clips = append(clips, numberClip(n%10))
	}
	return clips
}

// measureMandarin speaks n before a measure word (个人, 分钟, 个小时), where
// two alone is 两 and not 二, as is the two of two hundred.
func measureMandarin(n int) []string {
	clips := countMandarin(n)
	if n == 2 || n >= 200 && n < 300 {
		clips[0] = numberClips + "liang"
	}
	return clips
}

func numberClip(n int) string {
	const digits = "0123456789"
	if n < 10 {
		return numberClips + digits[n:n+1]
	}
	return numberClips + digits[n/10:n/10+1] + digits[n%10:n%10+1]
}

// clock splits a duration into whole hours and minutes.
func clock(d time.Duration) (hours, minutes int) {
	return int(d / time.Hour), int(d % time.Hour / time.Minute)
}

func plural(n int, one, many string) string {
	if n == 1 {
		return one
	}
	return many
}

func joined(parts ...[]string) []string {
	var all []string
	for _, part := range parts {
		all = append(all, part...)
	}
	return all
}
