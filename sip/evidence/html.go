package evidence

import (
	_ "embed"
	"encoding/binary"
	"fmt"
	"html/template"
	"io"
	"slices"
	"time"
)

//go:embed ladder.html
var ladderPage string

// pages is the one page that there is.
var pages = template.Must(template.New("ladder").Parse(ladderPage))

// words are what the page says, by language.
var words = map[string]map[string]string{
	"en": {
		"lang": "en", "title": "Signalling of a call", "call": "Call-ID", "began": "Began", "lasted": "Lasted", "us": "We", "them": "Other side",
		"again": "sent again", "masked": "Numbers are masked to their last three digits. Names, passwords, keys and keys pressed are not in this file. Times are UTC.",
		"missing": "Messages left out in the middle:", "skipped": "Packets of sound left out in the middle:", "packets": "packets", "lost": "missing", "none": "Nothing was kept of this call.", "whole": "whole message",
	},
	"zh-CN": {
		"lang": "zh-CN", "title": "通话信令", "call": "Call-ID", "began": "开始", "lasted": "时长", "us": "我方", "them": "对方",
		"again": "重发", "masked": "号码只显示最后三位。本文件不含姓名、密码、密钥和按键内容。时间为 UTC。",
		"missing": "中间略去的消息数：", "skipped": "中间略去的语音包数：", "packets": "个包", "lost": "缺失", "none": "这通电话没有留下记录。", "whole": "完整消息",
	},
}

// page is what the template shows.
type page struct {
	W       map[string]string
	Calls   []string
	Began   string
	Lasted  string
	Missing int
	Skipped uint64
	Rows    []row
}

// row is a message, or the sound between two messages.
type row struct {
	After   string // since the beginning
	Sound   *sound // nil for a message
	Out     bool
	Again   bool
	Failed  bool
	Line    string
	CSeq    string
	Media   string
	Peer    string
	Headers string
}

// sound is the packets between two messages.
type sound struct{ In, Out span }

// span is those of one direction.
type span struct{ Packets, Lost int }

// WriteHTML writes the ladder of the call as a page of one file without a script,
// in "en" or "zh-CN"; any other language is English. The errors are those of w.
func (c *Capture) WriteHTML(w io.Writer, language string) error {
	p := page{W: words[language], Missing: c.Missing, Skipped: c.Skipped}
	if p.W == nil {
		p.W = words["en"]
	}
	if len(c.Messages) > 0 {
		began, ended := c.Messages[0].At, c.Messages[len(c.Messages)-1].At
		p.Began, p.Lasted = began.UTC().Format(time.RFC3339), ended.Sub(began).Round(time.Millisecond).String()
	}
	p.rows(c)
	if err := pages.Execute(w, p); err != nil {
		return fmt.Errorf("write a ladder: %w", err)
	}
	return nil
}

// rows puts messages and the sound between them in the order of time.
func (p *page) rows(c *Capture) {
	packets := c.Packets
	for _, m := range c.Messages {
		n := 0
		for n < len(packets) && packets[n].At.Before(m.At) {
			n++
		}
		p.sound(packets[:n], c.Messages[0].At)
		packets = packets[n:]
		p.message(m, c.Messages[0].At)
	}
	if len(c.Messages) > 0 {
		p.sound(packets, c.Messages[0].At)
	}
}

func (p *page) message(m Message, began time.Time) {
	rung := m.Rung()
	head, _ := Read(m.Data)
	if !slices.Contains(p.Calls, head.Call) {
		p.Calls = append(p.Calls, head.Call)
	}
	p.Rows = append(p.Rows, row{
		After: after(began, m.At), Out: m.Out, Again: m.Again, Failed: head.Status >= 400, Line: rung.Line, CSeq: rung.CSeq, Media: rung.Media,
		Peer: rung.Peer, Headers: rung.Headers,
	})
}

// sound adds up packets of RTP, if there are any.
func (p *page) sound(packets []Packet, began time.Time) {
	var s sound
	var before [2][]byte
	for _, packet := range packets {
		if packet.Control || len(packet.Header) < headerSize {
			continue
		}
		of := &s.In
		if packet.Out {
			of = &s.Out
		}
		of.Packets++
		last := &before[direction(packet.Out)]
		if *last != nil && string((*last)[8:12]) == string(packet.Header[8:12]) {
			of.Lost += gap(binary.BigEndian.Uint16((*last)[2:]), binary.BigEndian.Uint16(packet.Header[2:]))
		}
		*last = packet.Header
	}
	if s.In.Packets+s.Out.Packets > 0 {
		p.Rows = append(p.Rows, row{After: after(began, packets[0].At), Sound: &s})
	}
}

// gap is how many packets are missing between two: what was left out of the capture
// is not.
func gap(before, next uint16) int {
	const largest = 1000
	if n := int(int16(next - before - 1)); n > 0 && n < largest {
		return n
	}
	return 0
}

func after(began, at time.Time) string { return fmt.Sprintf("%+.3f s", at.Sub(began).Seconds()) }
