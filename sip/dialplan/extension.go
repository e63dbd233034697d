package dialplan

import (
	"fmt"
	"regexp"
	"strings"
)

// longestExtension is how many keys may follow a number.
const longestExtension = 32

// extensions is how people write the keys to press after a number: ",123",
// ";ext=123", "x123", "ext. 123", "转123", "分机123".
var extensions = regexp.MustCompile(`(?i)(?:;ext=|\s*(?:[,，]|;?\s*ext\.?|x|转|轉|分机|分機|#)\s*)([0-9０-９*#,，\s-]*)((?:;.*)?)$`)

// cutExtension separates a number from the keys to press once it answers.
func cutExtension(text string) (number, keys string, err error) {
	at := extensions.FindStringSubmatchIndex(text)
	if at == nil {
		return text, "", nil
	}
	var out strings.Builder
	for _, r := range text[at[2]:at[3]] {
		switch {
		case r >= '０' && r <= '９':
			out.WriteRune(r - '０' + '0')
		case r == '，':
			out.WriteByte(',')
		case r == ' ' || r == '-':
		default:
			out.WriteRune(r)
		}
	}
	keys = out.String()
	if len(keys) > longestExtension {
		return "", "", fmt.Errorf("%w: an extension has at most %d keys", ErrBadNumber, longestExtension)
	}
	return text[:at[0]], keys, nil
}
