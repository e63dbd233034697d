package notify

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

const ellipsis = "…"

// cut shortens a text to a number of bytes, between two characters, with an
// ellipsis where something is missing.
func cut(text string, bytes int) string {
	if len(text) <= bytes {
		return text
	}
	end := bytes - len(ellipsis)
	if end < 0 {
		return ""
	}
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return strings.TrimRightFunc(text[:end], unicode.IsSpace) + ellipsis
}

// cutRunes shortens a text to a number of characters.
func cutRunes(text string, n int) string {
	if utf8.RuneCountInString(text) <= n {
		return text
	}
	count := 0
	for i := range text {
		if count++; count == n {
			return strings.TrimRightFunc(text[:i], unicode.IsSpace) + ellipsis
		}
	}
	return text
}

// clean makes valid text without control characters other than line ends.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == utf8.RuneError || unicode.IsPrint(r) || unicode.Is(unicode.Cf, r) && !isOverride(r) {
			return r
		}
		if r == '\r' || isOverride(r) {
			return -1
		}
		return ' '
	}, strings.ToValidUTF8(text, "\uFFFD"))
}

// isOverride tells whether a character changes the direction of those after
// it, by which a link can be made to look like another.
func isOverride(r rune) bool { return r >= 0x202A && r <= 0x202E || r >= 0x2066 && r <= 0x2069 }

// line makes one line of a text.
func line(text string) string {
	return strings.Join(strings.Fields(clean(text)), " ")
}

// plain takes from a text what chats would read as markup: people choose the
// titles of meetings.
func plain(text string) string {
	return markup.Replace(clean(text))
}

// markup are the characters of Markdown that make links, mentions, images and
// headings, and what stands for them in the same look.
var markup = strings.NewReplacer(
	"[", "［", "]", "］", "<", "＜", ">", "＞", "`", "ˋ", "*", "＊", "#", "＃", "@", "＠", "\\", "＼",
)
