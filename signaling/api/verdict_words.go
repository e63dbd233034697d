package api

import (
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"partyline/metrics/quality"
	"partyline/signaling/auth"
)

// verdictWords are what verdicts are put into, in one language. The texts have
// names: {who}, {what} (the figure), {when}, {trunk}.
type verdictWords struct {
	zone    *time.Location
	chinese bool
	address

	fine, unknown, alone string
	unclear              string // not good, and no cause of it stands out
	when                 string
	others               string // {n}
	rest                 string // {n}
	symptoms             map[quality.Symptom]string
	access               map[quality.Access]string
	relayed, tcp, space  string
}

// address is how verdicts speak of whoever a finding is about, and what they
// advise to the reader.
type address struct {
	mine        string // {who} where that is the reader; empty for the participant's name
	said, heard map[quality.Fault]string
	advice      map[quality.Fault]string
	over        map[quality.Access]string // advice against loss and jitter that depends on how one is connected
}

var english = verdictWords{
	address: inEnglish,
	fine:    "Nothing was wrong.", unknown: "Too little was measured to tell.",
	unclear: "It was not good all the time, but no single cause stands out.", alone: "Nobody else was affected.",
	when: "from {from} to {to}", others: "{n} others had the same.", rest: "There is more: {n}.", space: " ",
	symptoms: map[quality.Symptom]string{
		quality.SymptomLoss: "a loss of {what}", quality.SymptomJitter: "a jitter of {what}", quality.SymptomDelay: "a delay of {what}",
		quality.SymptomSilence: "silence", quality.SymptomClipped: "harsh sound", quality.SymptomLate: "late sound",
	},
	access: map[quality.Access]string{
		quality.Wired: "cable", quality.WiFi: "Wi-Fi", quality.Cellular: "mobile network", quality.VPN: "VPN",
	},
	relayed: "relayed", tcp: "TCP",
}

var chineseVerdicts = verdictWords{
	chinese: true, address: inChinese,
	fine: "一切正常。", unknown: "测量数据太少，无法判断。", unclear: "音质并非一直良好，但没有哪个原因特别突出。", alone: "其他人未受影响。",
	when: "{from} 至 {to}", others: "另有 {n} 人情况相同。", rest: "另外还有 {n} 个问题。",
	symptoms: map[quality.Symptom]string{
		quality.SymptomLoss: " {what} 的丢包", quality.SymptomJitter: " {what} 的抖动", quality.SymptomDelay: " {what} 的延迟",
		quality.SymptomSilence: "无声", quality.SymptomClipped: "失真", quality.SymptomLate: "声音滞后",
	},
	access: map[quality.Access]string{
		quality.Wired: "网线", quality.WiFi: "Wi-Fi", quality.Cellular: "移动网络", quality.VPN: "VPN",
	},
	relayed: "经中继", tcp: "TCP",
}

// wordsFor are those of a reader, with times in the reader's zone.
func wordsFor(reader auth.Person) *verdictWords {
	w := english
	if reader.Language == "zh-CN" {
		w = chineseVerdicts
	}
	var err error
	if w.zone, err = time.LoadLocation(reader.TimeZone); err != nil {
		w.zone = time.UTC
	}
	return &w
}

// wordsToOwner are those of a reader about the reader's own.
func wordsToOwner(reader auth.Person) *verdictWords {
	w := wordsFor(reader)
	w.address = toYouInEnglish
	if w.chinese {
		w.address = toYouInChinese
	}
	return w
}

func (w *verdictWords) more(n int) string { return strings.ReplaceAll(w.rest, "{n}", strconv.Itoa(n)) }

func (w *verdictWords) join(sentences ...string) string { return strings.Join(sentences, w.space) }

// sentence tells a finding.
func (w *verdictWords) sentence(f *quality.Finding, leg *quality.Leg) string {
	text := w.said[f.Fault]
	if f.Way == quality.WayHeard && w.heard[f.Fault] != "" || text == "" {
		text = w.heard[f.Fault]
	}
	what := w.figure(f)
	switch f.Fault {
	case quality.Detour, quality.CarrierFault, quality.ServerNetwork:
		what = strings.ReplaceAll(w.symptoms[f.Symptom], "{what}", what)
	}
	sentences := []string{strings.NewReplacer(
		"{who}", w.who(leg), "{what}", what, "{trunk}", leg.Trunk, "{when}", w.time(f.From, f.To),
	).Replace(text)}
	sentences[0] = strings.ReplaceAll(sentences[0], "） ", "）") // which is wide enough by itself
	switch {
	case f.Alone:
		sentences = append(sentences, w.alone)
	case len(f.Others) > 0 && f.Fault != quality.ServerOverload && f.Fault != quality.ServerNetwork:
		sentences = append(sentences, strings.ReplaceAll(w.others, "{n}", strconv.Itoa(len(f.Others))))
	}
	return w.join(sentences...)
}

// who is a participant's name, or the reader's connection, and how that is made.
func (w *verdictWords) who(leg *quality.Leg) string {
	name := cmp.Or(w.mine, leg.Name, leg.Number)
	var facts []string
	if access := w.access[leg.Access]; access != "" {
		facts = append(facts, access)
	}
	if leg.Candidate == "relay" {
		facts = append(facts, w.relayed)
	}
	if leg.Transport == "tcp" || leg.Transport == "tls" {
		facts = append(facts, w.tcp)
	}
	switch {
	case facts == nil:
		return name
	case w.chinese:
		return name + "（" + strings.Join(facts, "，") + "）"
	default:
		return name + " (" + strings.Join(facts, ", ") + ")"
	}
}

// figure is what a finding measured, with its unit.
func (w *verdictWords) figure(f *quality.Finding) string {
	value := figureOf(f.Symptom, f.Mean)
	switch f.Symptom {
	case quality.SymptomJitter, quality.SymptomDelay:
		return fmt.Sprintf("%.0f ms", value)
	default:
		return fmt.Sprintf("%.0f %%", math.Max(1, value*100))
	}
}

// time is a span in the reader's zone, with seconds where it is short.
func (w *verdictWords) time(from, to time.Time) string {
	layout := "15:04"
	if to.Sub(from) < 2*time.Minute {
		layout = time.TimeOnly
	}
	return strings.NewReplacer("{from}", from.In(w.zone).Format(layout), "{to}", to.In(w.zone).Format(layout)).Replace(w.when)
}
