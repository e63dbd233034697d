package auth

import "strings"

// Reach is how somebody without an account can be reached.
type Reach struct {
	Email    string // empty: not by mail
	Phone    Phone  // empty: not by telephone
	Language string
	TimeZone string
}

// Clean returns the reach trimmed and in the form that is stored, or an
// *Invalid with everything that is wrong with it. What is not said of language
// and zone is taken from those of the person who says it.
func (r Reach) Clean(by Profile) (Reach, error) {
	var bad []FieldError
	check := func(field, value, otherwise string, clean func(string) (string, string)) string {
		value = strings.TrimSpace(value)
		if value == "" {
			return otherwise
		}
		v, message := clean(value)
		if message != "" {
			bad = append(bad, FieldError{field, message})
		}
		return v
	}
	r = Reach{
		Email:    check("email", r.Email, "", cleanEmail),
		Phone:    Phone(check("phone", string(r.Phone), "", cleanPhone)),
		Language: check("language", r.Language, by.Language, cleanLanguage),
		TimeZone: check("timeZone", r.TimeZone, by.TimeZone, cleanZone),
	}
	if bad != nil {
		return Reach{}, &Invalid{bad}
	}
	return r, nil
}
