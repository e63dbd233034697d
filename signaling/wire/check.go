package wire

import (
	"errors"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Limits of what a client may send in one field.
const (
	MaxName    = 80 // characters of a name
	maxClient  = 64 // bytes of a client's product and version
	maxSecret  = 128
	maxMeeting = 64
	maxLeg     = 32
)

// check refuses impossible values, so that nothing behind the decoder has to.
func check(m Message) error {
	if r, ok := m.(Request); ok && r.RequestID() == 0 {
		return errors.New("no id")
	}
	switch m := m.(type) {
	case *Hello:
		return m.check()
	case *Join:
		return m.check()
	case *Offer:
		if m.SDP == "" {
			return errors.New("no sdp")
		}
		return checkLeg(m.Leg)
	case *DropLeg:
		return checkLeg(m.Leg)
	case *Act:
		return m.check()
	case *Stats:
		return checkLeg(m.Leg)
	case *Joins:
		return m.check()
	case *Rating:
		return m.check()
	}
	return nil
}

func (m *Hello) check() error {
	switch {
	case len(m.Client) > maxClient || strings.ContainsFunc(m.Client, notPrintable):
		return errors.New("bad client")
	case len(m.Ticket) > maxSecret || len(m.Session) > maxSecret:
		return errors.New("ticket or session too long")
	case (m.Ticket == "") == (m.Session == ""):
		return errors.New("ticket or session expected, not both,")
	}
	return nil
}

func (m *Join) check() error {
	if m.Meeting == "" || len(m.Meeting) > maxMeeting {
		return errors.New("bad meeting")
	}
	name, err := CleanName(m.Name)
	m.Name = name
	return err
}

// CleanName trims a name and joins runs of spaces. It returns an error when
// the name has more than MaxName characters or any that cannot be printed,
// among them the controls that turn the direction of writing.
func CleanName(name string) (string, error) {
	name = strings.Join(strings.Fields(name), " ")
	if utf8.RuneCountInString(name) > MaxName {
		return "", errors.New("name too long")
	}
	if strings.ContainsFunc(name, notPrintable) {
		return "", errors.New("name with control characters")
	}
	return name, nil
}

// notPrintable lets the zero-width joiners pass: emoji and Persian names are
// made with them.
func notPrintable(r rune) bool { return r != '\u200c' && r != '\u200d' && !unicode.IsPrint(r) }

func checkLeg(leg string) error {
	if leg == "" || len(leg) > maxLeg {
		return errors.New("bad leg")
	}
	for _, c := range []byte(leg) {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return errors.New("bad leg")
		}
	}
	return nil
}
