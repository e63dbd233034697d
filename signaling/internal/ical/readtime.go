package ical

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

// moment is a time as a property has it.
type moment struct {
	wall    Wall
	zone    string
	allDay  bool
	guessed bool
}

// misread says why a time cannot be read.
type misread struct {
	kind   FaultKind
	detail string
}

// plausible tells whether there can be meetings at a time; others come of
// numbers that overflowed, and are at the edge of what can be written.
func plausible(w Wall) bool {
	year, _, _ := w.Date()
	return year >= 1900 && year < 9900
}

// moment reads a date or a date-time, and shows it on the wall of a zone if one
// is given.
func (d *reader) moment(p property, in string) (moment, *misread) {
	text := strings.ToUpper(strings.TrimSpace(p.value))
	if len(text) == len("20060102") {
		w, err := ParseWall(text + "T000000")
		if err != nil || !plausible(w) {
			return moment{}, &misread{BadStart, text}
		}
		return moment{wall: w, zone: in, allDay: true}, nil
	}
	text, utc := strings.CutSuffix(text, "Z")
	w, err := ParseWall(text)
	if err != nil || len(text) != len(basicLayout) || !plausible(w) {
		return moment{}, &misread{BadStart, text}
	}
	m := moment{wall: w}
	switch id := p.param["TZID"]; {
	case utc:
		m.zone = UTC
	case id != "":
		var ok bool
		if m.zone, m.guessed, ok = d.zoneOf(id, w); !ok {
			return moment{}, &misread{UnknownZone, id}
		}
	}
	if in == "" || m.zone == "" || m.zone == in {
		return m, nil
	}
	from, err := d.zones.Zone(m.zone)
	if err != nil {
		return moment{}, &misread{UnknownZone, m.zone}
	}
	to, err := d.zones.Zone(in)
	if err != nil {
		return moment{}, &misread{UnknownZone, in}
	}
	at, _ := Resolve(m.wall, from)
	return moment{wall: WallOf(at.In(to)), zone: in}, nil
}

// length reads how long an event lasts; false with a line and what stands there.
func (d *reader) length(e *Event, text *eventText) (line int, detail string, ok bool) {
	if e.AllDay {
		e.Minutes = 24 * 60
	}
	if p, ok := get(text.properties, "DTEND"); ok {
		at, err := d.moment(p, e.Zone)
		if err != nil {
			return p.line, p.value, false
		}
		lasts := at.wall.Sub(e.Start)
		if e.Zone != "" && !e.AllDay {
			loc, err := d.zones.Zone(e.Zone)
			if err != nil {
				return p.line, e.Zone, false
			}
			from, _ := Resolve(e.Start, loc)
			to, _ := Resolve(at.wall, loc)
			lasts = to.Sub(from)
		}
		if lasts < 0 || lasts > maxDays*24*time.Hour {
			return p.line, p.value, false
		}
		if lasts > 0 || !e.AllDay {
			e.Minutes = int(lasts / time.Minute)
		}
		return 0, "", true
	}
	if p, ok := get(text.properties, "DURATION"); ok {
		lasts, ok := parseDuration(p.value)
		if !ok {
			return p.line, p.value, false
		}
		e.Minutes = int(lasts / time.Minute)
	}
	return 0, "", true
}

// maxDays is the longest that an event may say it lasts.
const maxDays = 3660

// parseDuration reads RFC 5545 §3.3.6 and refuses what is negative or endless.
func parseDuration(text string) (time.Duration, bool) {
	text, ok := strings.CutPrefix(strings.TrimPrefix(strings.TrimSpace(text), "+"), "P")
	if !ok || text == "" {
		return 0, false
	}
	units := map[byte]time.Duration{'W': 7 * 24 * time.Hour, 'D': 24 * time.Hour}
	clock := map[byte]time.Duration{'H': time.Hour, 'M': time.Minute, 'S': time.Second}
	total := time.Duration(0)
	for text != "" {
		if text[0] == 'T' {
			units, text = clock, text[1:]
			continue
		}
		end := strings.IndexFunc(text, func(r rune) bool { return r < '0' || r > '9' })
		if end <= 0 || end > 7 {
			return 0, false
		}
		n, err := strconv.Atoi(text[:end])
		unit, known := units[text[end]]
		if err != nil || !known || time.Duration(n) > maxDays*24*time.Hour/unit {
			return 0, false
		}
		total += time.Duration(n) * unit
		text = text[end+1:]
	}
	return total, total <= maxDays*24*time.Hour
}

// known finds the IANA name that a zone's name stands for: the name itself, one
// with the path of the program that wrote it before it, or one of Windows'.
func (d *reader) known(id string) (name string, ok bool) {
	if name, ok := d.names[id]; ok {
		return name, name != ""
	}
	name = d.look(strings.TrimSpace(strings.Trim(id, `"`)))
	if len(d.names) < maxZones {
		d.names[id] = name
	}
	return name, name != ""
}

func (d *reader) look(id string) string {
	if len(id) > 4*maxZoneName {
		return ""
	}
	switch id {
	case "UTC", "GMT", "Z", "Etc/UTC":
		return UTC
	}
	if name, ok := windowsZones[id]; ok {
		return name
	}
	for name := id; ; {
		if _, err := d.zones.Zone(name); err == nil {
			return name
		}
		_, after, ok := strings.Cut(name, "/")
		if !ok {
			break
		}
		name = after
	}
	return windowsZones[id+" Standard Time"] // as Lotus Notes has them
}

// zoneOf finds the zone that a file calls id, if need be by the rules that the
// file has for it around a time.
func (d *reader) zoneOf(id string, around Wall) (name string, guessed, ok bool) {
	if name, ok := d.known(id); ok {
		return name, false, true
	}
	z, ok := d.own[id]
	if !ok {
		return "", false, false
	}
	if name, ok := d.known(z.location); ok {
		return name, false, true
	}
	if !z.guessed {
		z.guessed, z.found = true, d.guess(z, around)
	}
	return z.found, true, z.found != ""
}

// guess finds a zone whose clocks show the same as those of the file's own in
// January and in July; the one that is preferred if it does.
func (d *reader) guess(z *zoneText, around Wall) string {
	year := around.UTC().Year()
	winter, ok := z.offset(NewWall(year, time.January, 15, 12, 0, 0))
	if !ok {
		return ""
	}
	summer, _ := z.offset(NewWall(year, time.July, 15, 12, 0, 0))
	candidates := []string{d.calendar.Zone}
	for _, name := range windowsZones {
		candidates = append(candidates, name)
	}
	slices.Sort(candidates[1:])
	candidates = slices.Insert(candidates, 1, commonZones...)
	for _, name := range candidates {
		loc, err := d.zones.Zone(name)
		if err != nil {
			continue
		}
		_, january := time.Date(year, time.January, 15, 12, 0, 0, 0, loc).Zone()
		_, july := time.Date(year, time.July, 15, 12, 0, 0, 0, loc).Zone()
		if january == winter && july == summer {
			return name
		}
	}
	return ""
}

// commonZones are guessed before others with the same clocks.
var commonZones = []string{
	"Europe/Berlin", "Europe/London", "America/New_York", "America/Chicago", "America/Denver", "America/Los_Angeles",
	"Asia/Shanghai", "Asia/Tokyo", "Asia/Singapore", "Asia/Kolkata", "Australia/Sydney", "Europe/Moscow", UTC,
}

// offset is what the file's own zone says of a time: that of the observance
// that began last.
func (z *zoneText) offset(at Wall) (seconds int, ok bool) {
	var latest Wall
	for _, part := range z.parts {
		start, _ := get(part, "DTSTART")
		to, _ := get(part, "TZOFFSETTO")
		offset, known := parseOffset(to.value)
		begin, err := ParseWall(strings.TrimSpace(start.value))
		if err != nil || !known {
			continue
		}
		last := begin
		if p, repeats := get(part, "RRULE"); repeats {
			if rule, err := ParseRule(p.value); err == nil {
				for w := range rule.Expand(begin, at.AddDays(-366), at) {
					last = w
				}
			}
		}
		if !last.After(at) && (last.After(latest) || latest.IsZero()) {
			latest, seconds, ok = last, offset, true
		}
	}
	return seconds, ok
}

// parseOffset reads a UTC offset (RFC 5545 §3.3.14).
func parseOffset(text string) (seconds int, ok bool) {
	text = strings.TrimSpace(text)
	if len(text) != 5 && len(text) != 7 || text[0] != '+' && text[0] != '-' {
		return 0, false
	}
	n, err := strconv.Atoi(text[1:])
	if err != nil || n < 0 {
		return 0, false
	}
	if len(text) == 5 {
		n *= 100
	}
	seconds = n/10000*3600 + n/100%100*60 + n%100
	if text[0] == '-' {
		seconds = -seconds
	}
	return seconds, true
}
