package ivr

// The languages that the menu speaks.
const (
	English  = "en"
	Mandarin = "zh-CN"
)

// Folders of clips that numbers are spoken from.
const (
	digitClips  = "digits/"  // a digit as it is read out in a number
	numberClips = "numbers/" // a part of a count
	keyClips    = "keys/"    // star and pound
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
			clips = append(clips, pauseClip)
		}
		clips = append(clips, digitClips+string(d))
		said++
	}
	return clips
}

// count speaks n as it is counted without a measure word.
func count(language string, n int) []string {
	if language == Mandarin {
		return countMandarin(n)
	}
	return countEnglish(n)
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
