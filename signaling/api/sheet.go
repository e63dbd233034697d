package api

import (
	"encoding/csv"
	"errors"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"partyline/signaling/auth"
)

// maxLines is how many people one file may bring.
const maxLines = 5000

// sheet is a CSV file of people, read but not yet judged.
type sheet struct {
	lines   []line
	ignored []string // names of columns that are not ours
}

type line struct {
	number int // in the file, the header is 1
	text   map[string]string
	errors []auth.FieldError
	broken bool // could not be read at all
}

// sentence is an error that is shown as it is.
type sentence string

// Error gives the sentence.
func (s sentence) Error() string { return string(s) }

// columns maps what people write above a column to the field it holds.
var columns = map[string]string{
	"name": "name", "full name": "name", "display name": "name", "姓名": "name", "名字": "name", "员工姓名": "name",
	"email": "email", "e-mail": "email", "mail": "email", "email address": "email", "e-mail address": "email",
	"邮箱": "email", "电子邮箱": "email", "电子邮件": "email", "邮件": "email",
	"phone": "phone", "telephone": "phone", "tel": "phone", "mobile": "phone", "phone number": "phone",
	"电话": "phone", "手机": "phone", "手机号": "phone", "手机号码": "phone", "电话号码": "phone",
	"language": "language", "lang": "language", "语言": "language",
	"timezone": "timeZone", "time zone": "timeZone", "time_zone": "timeZone", "tz": "timeZone", "时区": "timeZone",
	"admin": "admin", "administrator": "admin", "管理员": "admin",
	"department": "department", "dept": "department", "部门": "department",
	"costcentre": "costCentre", "cost centre": "costCentre", "cost center": "costCentre", "cost_centre": "costCentre",
	"cost_center": "costCentre", "成本中心": "costCentre",
	"maycall": "mayCall", "may call": "mayCall", "may_call": "mayCall", "可拨打": "mayCall",
}

// readSheet reads a CSV file (RFC 4180) as spreadsheets write it: with or
// without a byte order mark, parted by comma, semicolon or tab. Its error is a
// sentence about the whole file; what is wrong with a line stands there.
func readSheet(text string) (sheet, error) {
	text = strings.TrimPrefix(text, "\ufeff")
	if !utf8.ValidString(text) {
		return sheet{}, sentence("The file is not UTF-8 text. Save it as “CSV UTF-8”.")
	}
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = -1
	r.Comma = separator(text)
	header, err := r.Read()
	if err != nil {
		return sheet{}, sentence("The file has no header line.")
	}
	fields, ignored, err := readHeader(header)
	if err != nil {
		return sheet{}, err
	}
	s := sheet{ignored: ignored}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return s, nil
		}
		if len(s.lines) == maxLines {
			return sheet{}, sentence("The file has more than 5,000 lines. Split it.")
		}
		if l, ok := readLine(r, fields, record, err); ok {
			s.lines = append(s.lines, l)
		}
	}
}

// separator is the one that occurs most often in the first line.
func separator(text string) rune {
	first, _, _ := strings.Cut(text, "\n")
	best, most := ',', 0
	for _, c := range []rune{',', ';', '\t'} {
		if n := strings.Count(first, string(c)); n > most {
			best, most = c, n
		}
	}
	return best
}

// readHeader gives the field of each column, empty for those to be ignored.
func readHeader(header []string) (fields, ignored []string, err error) {
	fields, ignored = make([]string, len(header)), []string{}
	for i, h := range header {
		name := strings.TrimSpace(h)
		field := columns[lower(name)]
		switch {
		case field == "" && name != "":
			ignored = append(ignored, name)
		case field != "" && slices.Contains(fields, field):
			return nil, nil, sentence("Two columns of the header line mean the same.")
		}
		fields[i] = field
	}
	for _, needed := range []string{"name", "email"} {
		if !slices.Contains(fields, needed) {
			return nil, nil, sentence("The header line has no column “" + needed + "”.")
		}
	}
	return fields, ignored, nil
}

// readLine makes a line of a record; ok is false for an empty one.
func readLine(r *csv.Reader, fields, record []string, err error) (l line, ok bool) {
	l = line{text: map[string]string{}}
	if err != nil {
		var parse *csv.ParseError
		if errors.As(err, &parse) {
			l.number = parse.StartLine
		}
		l.broken = true
		l.errors = append(l.errors, auth.FieldError{Message: "The quotes in this line do not match."})
		return l, true
	}
	l.number, _ = r.FieldPos(0)
	for i, value := range record {
		value = strings.TrimSpace(value)
		if i < len(fields) && fields[i] != "" {
			l.text[fields[i]] = value
		}
		ok = ok || value != ""
	}
	if len(record) > len(fields) {
		l.errors = append(l.errors, auth.FieldError{Message: "This line has more columns than the header."})
	}
	return l, ok
}

// yesNo reads the column admin.
func yesNo(s string) (bool, error) {
	switch lower(s) {
	case "", "no", "n", "false", "0", "否":
		return false, nil
	case "yes", "y", "true", "1", "x", "是":
		return true, nil
	}
	return false, invalid("admin", "Write yes or no in the column admin.")
}

// mayCall reads the column of the same name; what it does not know, cleaning
// the profile finds.
func mayCall(s string) auth.MayCall {
	switch s = lower(s); s {
	case "任何人":
		return auth.MayCallEveryone
	case "已知":
		return auth.MayCallKnown
	case "禁止":
		return auth.MayCallNobody
	}
	return auth.MayCall(s)
}

func lower(s string) string { return strings.ToLower(strings.TrimSpace(s)) }
