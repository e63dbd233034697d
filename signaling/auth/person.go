package auth

import (
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"strings"
	"time"
	_ "time/tzdata" // a minimal container has no time zones of its own
	"unicode"
	"unicode/utf8"
)

// Phone is a telephone number in E.164, such as +8613800138000, or empty. Logs
// show its last three digits.
type Phone string

// String masks the number.
func (p Phone) String() string {
	if len(p) <= 3 {
		return strings.Repeat("•", len(p))
	}
	return "•••" + string(p[len(p)-3:])
}

// GoString masks the number.
func (p Phone) GoString() string { return p.String() }

// LogValue masks the number.
func (p Phone) LogValue() slog.Value { return slog.StringValue(p.String()) }

// Person is somebody with an account.
type Person struct {
	ID        string // UUIDv7
	Name      string
	Email     string // lower case, unique
	Phone     Phone
	Language  string // one of Languages
	TimeZone  string // IANA name
	Admin     bool
	Active    bool   // false: keeps their records, may not log in
	Invited   bool   // has not chosen a password yet
	Extension string // short number of their SIP phone, read only; empty without one
	CreatedAt time.Time
	Standing
}

// Standing is a person's place in the company, as far as paid calls ask for
// it.
type Standing struct {
	Department string
	CostCentre string  // whose money their calls are, where nothing else says so
	MayCall    MayCall // whom at the company's cost
}

// MayCall is whom a person may call at the company's cost.
type MayCall string

// The three.
const (
	MayCallEveryone MayCall = "everyone"
	MayCallKnown    MayCall = "known" // colleagues and the person's saved contacts
	MayCallNobody   MayCall = "nobody"
)

// Languages are those that Partyline speaks.
func Languages() []string { return []string{"en", "zh-CN"} }

// Profile is what is said about a person when an account is made.
type Profile struct {
	Name     string
	Email    string
	Phone    Phone
	Language string
	TimeZone string
	Admin    bool
	Standing
}

// Limits of a profile.
const (
	maxName  = 80
	maxEmail = 254 // RFC 5321 section 4.5.3.1.3 leaves this much for an address
	maxZone  = 64
	// maxUnit is the longest name of a department or cost centre.
	maxUnit = 60
)

// FieldError says what is wrong with one field, in a sentence that may be
// shown.
type FieldError struct {
	Field   string // name in JSON and CSV, such as "email"
	Message string
}

// Error gives field and sentence.
func (e FieldError) Error() string { return e.Field + ": " + e.Message }

// ErrInvalid is in the chain of errors about fields; errors.As finds an
// *Invalid with all of them.
var ErrInvalid = errors.New("not valid")

// Invalid lists what is wrong with the fields of one thing.
type Invalid struct {
	Fields []FieldError
}

// Error gives all fields.
func (i *Invalid) Error() string { return fmt.Sprintf("%v: %v", ErrInvalid, i.Fields) }

// Unwrap makes an Invalid an ErrInvalid.
func (*Invalid) Unwrap() error { return ErrInvalid }

// Clean returns the profile trimmed and in the form that is stored, or an
// *Invalid with everything that is wrong with it.
func (p Profile) Clean() (Profile, error) {
	var bad []FieldError
	check := func(field string, value *string, clean func(string) (string, string)) {
		v, message := clean(strings.TrimSpace(*value))
		if message != "" {
			bad = append(bad, FieldError{field, message})
			return
		}
		*value = v
	}
	phone := string(p.Phone)
	check("name", &p.Name, cleanName)
	check("email", &p.Email, cleanEmail)
	check("phone", &phone, cleanPhone)
	check("language", &p.Language, cleanLanguage)
	check("timeZone", &p.TimeZone, cleanZone)
	mayCall := string(p.MayCall)
	check("department", &p.Department, cleanUnit)
	check("costCentre", &p.CostCentre, cleanUnit)
	check("mayCall", &mayCall, cleanMayCall)
	p.Phone, p.MayCall = Phone(phone), MayCall(mayCall)
	if bad != nil {
		return Profile{}, &Invalid{bad}
	}
	return p, nil
}

func cleanName(s string) (string, string) {
	if s == "" || utf8.RuneCountInString(s) > maxName {
		return "", "A name has 1 to 80 characters."
	}
	if !printable(s) {
		return "", "The name contains characters that cannot be shown."
	}
	return s, ""
}

func printable(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, func(r rune) bool {
		return !unicode.IsPrint(r) && r != '\u200c' && r != '\u200d' && r != '\u3000' && r != '\u00a0'
	})
}

// cleanUnit accepts the name of a department or a cost centre, or none.
func cleanUnit(s string) (string, string) {
	if !printable(s) || utf8.RuneCountInString(s) > maxUnit {
		return "", "Departments and cost centres have at most 60 printable characters."
	}
	return s, ""
}

// cleanMayCall takes no answer for everyone: the brakes hold for all.
func cleanMayCall(s string) (string, string) {
	switch m := MayCall(strings.ToLower(s)); m {
	case "":
		return string(MayCallEveryone), ""
	case MayCallEveryone, MayCallKnown, MayCallNobody:
		return string(m), ""
	}
	return "", "Whom a person may call is everyone, known or nobody."
}

func cleanEmail(s string) (string, string) {
	const message = "This is not an e-mail address."
	if s == "" || len(s) > maxEmail {
		return "", message
	}
	a, err := mail.ParseAddress(s)
	if err != nil || a.Address != s || strings.ContainsAny(s, "\" \t\r\n") {
		return "", message
	}
	return strings.ToLower(s), ""
}

// cleanPhone accepts E.164 only: 7 to 15 digits, country code included. Who
// takes numbers as people write them translates them first.
func cleanPhone(s string) (string, string) {
	if s == "" {
		return "", ""
	}
	digits, plus := strings.CutPrefix(s, "+")
	if !plus || len(digits) < 7 || len(digits) > 15 || digits[0] == '0' || strings.Trim(digits, "0123456789") != "" {
		return "", "Write the phone number with its country code, such as +8613800138000."
	}
	return s, ""
}

func cleanLanguage(s string) (string, string) {
	for _, l := range Languages() {
		if strings.EqualFold(s, l) {
			return l, ""
		}
	}
	return "", "The language is one of " + strings.Join(Languages(), ", ") + "."
}

func cleanZone(s string) (string, string) {
	const message = "The time zone is an IANA name, such as Asia/Shanghai."
	// "" and "Local" would mean the server's own zone.
	if s == "" || s == "Local" || len(s) > maxZone {
		return "", message
	}
	if _, err := time.LoadLocation(s); err != nil {
		return "", message
	}
	return s, ""
}
