package api

import (
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

	fine, unknown, alone string
	unclear              string // not good, and no cause of it stands out
	when                 string
	others               string // {n}
	rest                 string // {n}
	said, heard          map[quality.Fault]string
	symptoms             map[quality.Symptom]string
	advice               map[quality.Fault]string
	wired                string // the advice to whoever has a cable already, and loses packets
	access               map[quality.Access]string
	relayed, tcp, space  string
}

var english = verdictWords{
	fine: "Nothing was wrong.", unknown: "Too little was measured to tell.",
	unclear: "It was not good all the time, but no single cause stands out.", alone: "Nobody else was affected.",
	when: "from {from} to {to}", others: "{n} others had the same.", rest: "There is more: {n}.", space: " ",
	said: map[quality.Fault]string{
		quality.UplinkLoss:     "{who} lost {what} of what they said, {when}.",
		quality.HighJitter:     "What {who} said came unevenly (jitter {what}), {when}.",
		quality.HighDelay:      "The way to {who} and back took {what}, {when}.",
		quality.Detour:         "{who} was connected by a detour, and had {what}, {when}.",
		quality.DeadMicrophone: "The microphone of {who} gave nothing but silence, {when}.",
		quality.Clipping:       "The microphone of {who} was set too loud, {when}.",
		quality.OneWay:         "Nothing at all came from {who}, {when}.",
		quality.CarrierFault:   "The telephone network behind {trunk} had {what}, {when}.",
		quality.ServerOverload: "This server was too busy and late with the sound of everybody, {when}.",
		quality.ServerNetwork:  "Everybody had {what} at once, so the network of this server was at fault, {when}.",
	},
	heard: map[quality.Fault]string{
		quality.DownlinkLoss: "{who} lost {what} of what others said, {when}.",
		quality.HighJitter:   "{who} heard others unevenly (jitter {what}), {when}.",
		quality.OneWay:       "Nothing of what others said arrived at {who}, {when}.",
	},
	symptoms: map[quality.Symptom]string{
		quality.SymptomLoss: "a loss of {what}", quality.SymptomJitter: "a jitter of {what}", quality.SymptomDelay: "a delay of {what}",
		quality.SymptomSilence: "silence", quality.SymptomClipped: "harsh sound", quality.SymptomLate: "late sound",
	},
	advice: map[quality.Fault]string{
		quality.UplinkLoss:     "A cable instead of Wi-Fi, or going nearer to the access point, helps.",
		quality.DownlinkLoss:   "A cable instead of Wi-Fi, or stopping downloads, helps.",
		quality.HighJitter:     "Something else fills the line: stop downloads and synchronisation, or use a cable.",
		quality.HighDelay:      "A VPN or a distant relay makes the way long: leave it out for this server.",
		quality.Detour:         "Let the firewall pass UDP to this server.",
		quality.DeadMicrophone: "Choose another microphone, or switch it on at the device.",
		quality.Clipping:       "Turn the microphone down in the system's settings.",
		quality.OneWay:         "A firewall or the router lets sound pass one way only: ask whoever runs it.",
		quality.CarrierFault:   "Send the carrier the evidence file of one of these calls.",
		quality.ServerOverload: "Give the server more CPU, or run fewer meetings on it at once.",
		quality.ServerNetwork:  "Look at the connection of the server, and ask its provider.",
	},
	wired: "Something else fills the line, or the cable or the router is at fault: stop downloads, and try another cable.",
	access: map[quality.Access]string{
		quality.Wired: "cable", quality.WiFi: "Wi-Fi", quality.Cellular: "mobile network", quality.VPN: "VPN",
	},
	relayed: "relayed", tcp: "TCP",
}

var chineseVerdicts = verdictWords{
	chinese: true,
	fine:    "一切正常。", unknown: "测量数据太少，无法判断。", unclear: "音质并非一直良好，但没有哪个原因特别突出。", alone: "其他人未受影响。",
	when: "{from} 至 {to}", others: "另有 {n} 人情况相同。", rest: "另外还有 {n} 个问题。",
	said: map[quality.Fault]string{
		quality.UplinkLoss:     "{when}，{who} 说的话丢失了 {what}。",
		quality.HighJitter:     "{when}，{who} 的声音到达不均匀（抖动 {what}）。",
		quality.HighDelay:      "{when}，到 {who} 的往返时间达 {what}。",
		quality.Detour:         "{when}，{who} 经由迂回线路连接，出现{what}。",
		quality.DeadMicrophone: "{when}，{who} 的麦克风没有任何声音。",
		quality.Clipping:       "{when}，{who} 的麦克风音量过大，声音失真。",
		quality.OneWay:         "{when}，完全收不到 {who} 的声音。",
		quality.CarrierFault:   "{when}，线路 {trunk} 背后的电话网络出现{what}。",
		quality.ServerOverload: "{when}，服务器过于繁忙，所有人的声音都有延迟。",
		quality.ServerNetwork:  "{when}，所有人同时出现{what}，问题在服务器的网络。",
	},
	heard: map[quality.Fault]string{
		quality.DownlinkLoss: "{when}，{who} 听到的声音丢失了 {what}。",
		quality.HighJitter:   "{when}，{who} 听到的声音不均匀（抖动 {what}）。",
		quality.OneWay:       "{when}，{who} 完全听不到别人的声音。",
	},
	symptoms: map[quality.Symptom]string{
		quality.SymptomLoss: " {what} 的丢包", quality.SymptomJitter: " {what} 的抖动", quality.SymptomDelay: " {what} 的延迟",
		quality.SymptomSilence: "无声", quality.SymptomClipped: "失真", quality.SymptomLate: "声音滞后",
	},
	advice: map[quality.Fault]string{
		quality.UplinkLoss:     "请改用网线，或靠近无线接入点。",
		quality.DownlinkLoss:   "请改用网线，或暂停下载。",
		quality.HighJitter:     "线路被其他流量占用：请暂停下载和同步，或改用网线。",
		quality.HighDelay:      "VPN 或远处的中继使路径变长：访问本服务器时请绕过它。",
		quality.Detour:         "请让防火墙放行到本服务器的 UDP。",
		quality.DeadMicrophone: "请换一个麦克风，或打开设备上的开关。",
		quality.Clipping:       "请在系统设置中调低麦克风音量。",
		quality.OneWay:         "防火墙或路由器只允许单向声音通过：请联系网络管理员。",
		quality.CarrierFault:   "请把其中一通电话的证据文件发给运营商。",
		quality.ServerOverload: "请为服务器增加 CPU，或减少同时进行的会议。",
		quality.ServerNetwork:  "请检查服务器的网络连接，并询问其服务商。",
	},
	wired: "线路被其他流量占用，或网线、路由器有故障：请暂停下载，并换一根网线试试。",
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

// who is a participant's name, and how they are connected.
func (w *verdictWords) who(leg *quality.Leg) string {
	name := leg.Name
	if name == "" {
		name = leg.Number
	}
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
