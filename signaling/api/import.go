package api

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"time"

	"partyline/signaling/auth"
	"partyline/signaling/internal/ical"
	"partyline/signaling/invite"
)

// maxCalendar is room for the largest file that is read, with every line break
// escaped.
const maxCalendar = ical.MaxBytes + ical.MaxBytes/4

type previewImportInput struct {
	Body CalendarFile
}

// CalendarFile is what is imported.
type CalendarFile struct {
	Calendar string `json:"calendar" doc:"the text of an .ics file" example:"BEGIN:VCALENDAR…"`
	TimeZone string `json:"timeZone,omitempty" maxLength:"64" doc:"of times without a zone; absent: one's own" example:"Europe/Berlin"`
}

type previewImportOutput struct {
	Body struct {
		Events []foundBody       `json:"events" nullable:"false"`
		Faults []importFaultBody `json:"faults" nullable:"false"`
	}
}

// foundBody is an event of the file as the meeting that it would be.
type foundBody struct {
	N          int        `json:"n" doc:"by which to import it" example:"0"`
	Title      string     `json:"title" example:"Weekly"`
	Start      string     `json:"start" doc:"wall time" example:"2026-03-02T09:00"`
	TimeZone   string     `json:"timeZone" example:"Europe/Berlin"`
	Minutes    int        `json:"minutes" example:"45"`
	Rule       string     `json:"rule,omitempty" example:"FREQ=WEEKLY;BYDAY=MO"`
	Next       *time.Time `json:"next,omitempty" doc:"absent: all its dates have passed"`
	Exceptions int        `json:"exceptions" doc:"dates that are different or do not take place"`
	Invitees   int        `json:"invitees" doc:"whom the file has; nobody is invited"`
	Known      bool       `json:"known" doc:"it was imported before"`
	Past       bool       `json:"past"`
}

// importFaultBody is something that is not as in the file.
type importFaultBody struct {
	Line    int    `json:"line,omitempty" doc:"of the file" example:"12"`
	Title   string `json:"title,omitempty" doc:"of the event" example:"Weekly"`
	Text    string `json:"text" doc:"a sentence that may be shown"`
	Dropped bool   `json:"dropped" doc:"the event is not among those found"`
}

type importCalendarInput struct {
	Body struct {
		CalendarFile
		Events []int `json:"events" nullable:"false" maxItems:"200" doc:"those to import, by their n"`
	}
}

type importCalendarOutput struct {
	Body struct {
		Made   []madeBody     `json:"made" nullable:"false"`
		Faults []notMadeFault `json:"faults" nullable:"false"`
	}
}

type madeBody struct {
	N       int    `json:"n" example:"0"`
	Meeting string `json:"meeting" example:"0198a3c2-6c5e-7d8f-9a0b-1c2d3e4f5a6b"`
}

type notMadeFault struct {
	N    int    `json:"n" example:"0"`
	Text string `json:"text" doc:"a sentence that may be shown"`
}

// importCalendar makes meetings of what other calendars have.
func (a *API) importCalendar() {
	register(a, operation{
		id: "preview-import", method: http.MethodPost, path: "/schedule/import/preview", access: signedIn, maxBody: maxCalendar,
		summary: "Check an .ics file for meetings",
	}, a.previewImport)
	register(a, operation{
		id: "import-calendar", method: http.MethodPost, path: "/schedule/import", access: signedIn, maxBody: maxCalendar,
		summary: "Make meetings of events of an .ics file; those that are some already stay as they are",
	}, a.importEvents)
}

func (f CalendarFile) zone(p auth.Person) string {
	if f.TimeZone != "" {
		return f.TimeZone
	}
	return p.TimeZone
}

func (f CalendarFile) check(p auth.Person) error {
	if _, err := ical.Zone(f.zone(p)); err != nil {
		return invalid("timeZone", "The time zone is an IANA name, such as Asia/Shanghai.")
	}
	return nil
}

func (a *API) previewImport(ctx context.Context, v auth.Visitor, in *previewImportInput) (*previewImportOutput, error) {
	if err := in.Body.check(v.Person); err != nil {
		return nil, err
	}
	found, faults, err := a.cfg.Calendar.Importer.Preview(ctx, v.Person.ID, in.Body.zone(v.Person), strings.NewReader(in.Body.Calendar))
	if err != nil {
		return nil, err
	}
	var out previewImportOutput
	out.Body.Events, out.Body.Faults = []foundBody{}, []importFaultBody{}
	for n, f := range found {
		b := foundBody{
			N: n, Title: f.Draft.Title, Start: showWall(f.Draft.Start), TimeZone: f.Draft.Zone, Minutes: f.Draft.Minutes, Rule: f.Draft.Rule,
			Exceptions: len(f.Differ), Invitees: f.Invitees, Known: f.Known != "", Past: f.Next.IsZero(),
		}
		if !b.Past {
			next := f.Next.UTC()
			b.Next = &next
		}
		out.Body.Events = append(out.Body.Events, b)
	}
	for _, f := range faults {
		out.Body.Faults = append(out.Body.Faults, importFaultBody{f.Line, f.Title, faultText(v.Person.Language, f), f.Dropped})
	}
	return &out, nil
}

func (a *API) importEvents(ctx context.Context, v auth.Visitor, in *importCalendarInput) (*importCalendarOutput, error) {
	if err := in.Body.check(v.Person); err != nil {
		return nil, err
	}
	made, err := a.cfg.Calendar.Importer.Import(ctx, v.Person.ID, in.Body.zone(v.Person), strings.NewReader(in.Body.Calendar), in.Body.Events)
	if err != nil {
		return nil, err
	}
	var out importCalendarOutput
	out.Body.Made, out.Body.Faults = []madeBody{}, []notMadeFault{}
	for _, m := range made {
		if m.Meeting != "" {
			out.Body.Made = append(out.Body.Made, madeBody{m.N, m.Meeting})
		}
		if m.Err != nil {
			p := explain(m.Err, v.Person.Language)
			if p.Code == Internal {
				return nil, m.Err
			}
			out.Body.Faults = append(out.Body.Faults, notMadeFault{m.N, p.Detail})
		}
	}
	return &out, nil
}

// faultSentences say in a sentence what is not as in the file, in English and Chinese.
// Each has room for the detail.
var faultSentences = map[ical.FaultKind][2]string{
	ical.NotCalendar:  {"This is not a calendar file. Choose an .ics file.", "这不是日历文件，请选择 .ics 文件。"},
	ical.TooLarge:     {"The file is too large; the rest was not read (%s).", "文件过大，其余部分未读取（%s）。"},
	ical.Malformed:    {"This line makes no sense: %s", "此行无法理解：%s"},
	ical.BadStart:     {"The event has no start that can be read. %s", "事件没有可读取的开始时间。%s"},
	ical.BadEnd:       {"The end of the event cannot be: %s", "事件的结束时间无效：%s"},
	ical.BadRule:      {"Meetings cannot recur like this: %s. They come daily, weekly, monthly or yearly.", "会议不能这样重复：%s。可按天、周、月或年重复。"},
	ical.NoDates:      {"This recurrence has no date at all: %s", "该重复规则没有任何日期：%s"},
	ical.StartMoved:   {"The first date did not fit the recurrence; it begins on %s.", "首个日期与重复规则不符，改从 %s 开始。"},
	ical.UnknownZone:  {"Nobody knows the time zone %s.", "未知的时区：%s。"},
	ical.GuessedZone:  {"The file has a time zone of its own; its clocks are those of %s.", "文件使用自定义时区，其时钟与 %s 相同。"},
	ical.BadException: {"A date that is different cannot be read: %s", "例外日期无法读取：%s"},
	ical.FromHereOn:   {"A change of this and all following dates is taken for the one date only.", "“此日期及以后”的更改只应用于该日期。"},
	invite.AllDay:     {"It lasts whole days and is not a meeting.", "全天事件，不作为会议。"},
	invite.TooLong:    {"It lasts more than a day.", "时长超过一天。"},
	invite.CalledOff:  {"It was cancelled.", "已取消。"},
	invite.ExtraDates: {"It has dates beside its recurrence, which are left out.", "重复规则之外的日期未导入。"},
	invite.TooMany:    {"At most %s at once; the rest is left out.", "一次最多 %s 个，其余未导入。"},
}

func faultText(language string, f ical.Fault) string {
	sentence := faultSentences[f.Kind][0]
	if language == "zh-CN" {
		sentence = faultSentences[f.Kind][1]
	}
	if strings.Contains(sentence, "%s") {
		sentence = fmt.Sprintf(sentence, f.Detail)
	}
	return strings.TrimSpace(sentence)
}
