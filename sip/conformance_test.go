package sip

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
)

// TestConformance plays each transcript of testdata/dialogs against the real
// gateway over UDP: what stands after '>' is sent, what stands after '<' must
// come. testdata/dialogs/README tells how to write one.
func TestConformance(t *testing.T) {
	files, err := filepath.Glob("testdata/dialogs/*.txt")
	if err != nil || len(files) < 40 {
		t.Fatalf("%d transcripts, %v", len(files), err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			t.Parallel()
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			newPlay(t).run(string(text))
		})
	}
}

// play is a transcript being played.
type play struct {
	t     *testing.T
	h     *house
	roles map[string]*role
	names map[string]string // what {name} stands for

	dialling *dialling
	dialled  *dialled // the call that the gateway places
}

// role is one peer of the gateway.
type role struct {
	*play
	name     string
	conn     *net.UDPConn
	sequence int
	to       string            // tag of the gateway
	invite   map[string]string // branch and CSeq of the last INVITE
	last     string            // what was sent last
	received string            // the last request of the gateway
	called   string            // the INVITE of a call that it places
	seen     map[string]bool   // messages that came already
	newest   string
}

func newPlay(t *testing.T) *play {
	return &play{t: t, h: open(t, nil), roles: make(map[string]*role), names: make(map[string]string)}
}

// run plays a transcript and sees to it that nothing of it is left.
func (p *play) run(text string) {
	var block []string
	flush := func() {
		if len(block) > 0 {
			p.step(block)
		}
		block = nil
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		mark := markOf(line)
		if len(block) > 0 && (mark != markOf(block[0]) || mark == "" || beginning.MatchString(line)) {
			flush()
		}
		switch {
		case strings.HasPrefix(line, "% "):
			p.directs(line)
		case mark != "":
			block = append(block, line)
		}
	}
	flush()
	for begin := time.Now(); p.h.Standing().Dialogs > 0 || p.h.Standing().RTPPorts > 0 || p.h.Calls() > 0; time.Sleep(5 * time.Millisecond) {
		if time.Since(begin) > 30*time.Second {
			p.t.Fatalf("left over: %+v, %d calls", p.h.Standing(), p.h.Calls())
		}
	}
}

var (
	marks     = regexp.MustCompile(`^([a-z]*[<>])( |$)`)
	beginning = regexp.MustCompile(`^[a-z]*< (\d{3}( |$)|again$|nothing$|[A-Z]+( sip:|$))`) // of a message that must come
)

// markOf is who says a line, and in which direction: ">", "<", "second>" …
func markOf(line string) string {
	if found := marks.FindStringSubmatch(line); found != nil {
		return found[1]
	}
	return ""
}

// step plays one message.
func (p *play) step(block []string) {
	p.t.Helper()
	mark := markOf(block[0])
	for i := range block {
		block[i] = strings.TrimPrefix(strings.TrimPrefix(block[i], mark), " ")
	}
	r := p.role(strings.TrimRight(mark, "<>"))
	head, body, _ := strings.Cut(strings.Join(block, "\n")+"\n", "\n\n")
	lines := strings.Split(strings.TrimRight(head, "\n"), "\n")
	if strings.HasSuffix(mark, ">") {
		r.say(lines[0], lines[1:], p.fill(body))
		return
	}
	r.hear(lines[0], lines[1:], strings.Split(strings.TrimSpace(body), "\n"))
}

// role finds or opens a peer.
func (p *play) role(name string) *role {
	if r := p.roles[name]; r != nil {
		return r
	}
	conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(p.h.UDP()))
	if err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = conn.Close() })
	r := &role{play: p, name: name, conn: conn, seen: make(map[string]bool)}
	p.roles[name] = r
	p.names[name+"peer"], p.names["gateway"] = conn.LocalAddr().String(), p.h.UDP().String()
	p.names[name+"call"] = fmt.Sprintf("%scall-%d", name, time.Now().UnixNano())
	for key, attributes := range map[string]string{"offer": "", "hold": "a=sendonly\r\n", "silence": "a=inactive\r\n"} {
		p.names[key] = offerOf(4000, attributes)
	}
	p.names["g729"] = strings.NewReplacer("8 PCMA", "18 G729", "AVP 8", "AVP 18").Replace(offerOf(4000, ""))
	return r
}

// fill puts in what names stand for.
func (p *play) fill(text string) string {
	for name, value := range p.names {
		text = strings.ReplaceAll(text, "{"+name+"}", value)
	}
	return strings.ReplaceAll(strings.TrimSuffix(text, "\n"), "\r\n\n", "\r\n")
}

// say sends a request, a response to the last request, or what was sent last.
func (r *role) say(first string, headers []string, body string) {
	r.t.Helper()
	if first == "again" {
		r.write(r.last)
		return
	}
	what, rest, _ := strings.Cut(first, " ")
	status, err := strconv.Atoi(what)
	var line string
	var fields [][2]string
	if err == nil {
		line = fmt.Sprintf("SIP/2.0 %d %s", status, rest)
		fields = r.answering()
	} else {
		uri := "sip:100@127.0.0.1"
		if rest != "" {
			uri = rest
		}
		line = what + " " + uri + " SIP/2.0"
		fields = r.asking(what)
	}
	message := line + "\r\n"
	for _, f := range fields {
		if !overridden(headers, f[0]) {
			message += f[0] + ": " + f[1] + "\r\n"
		}
	}
	for _, h := range headers {
		if name, value, _ := strings.Cut(h, ":"); strings.TrimSpace(value) != "" {
			message += name + ":" + r.fill(value) + "\r\n"
		}
	}
	r.last = message + fmt.Sprintf("Content-Length: %d\r\n\r\n%s", len(body), body)
	r.write(r.last)
}

func (r *role) write(message string) {
	if _, err := r.conn.Write([]byte(message)); err != nil {
		r.t.Fatal(err)
	}
}

func overridden(headers []string, name string) bool {
	for _, h := range headers {
		if n, _, _ := strings.Cut(h, ":"); strings.EqualFold(n, name) {
			return true
		}
	}
	return false
}

// asking are the headers of a request that the transcript does not give.
func (r *role) asking(method string) [][2]string {
	branch, sequence := fmt.Sprintf("z9hG4bK%d", time.Now().UnixNano()), 0
	switch method {
	case "ACK", "CANCEL":
		sequence, _ = strconv.Atoi(r.invite["sequence"])
		if method == "CANCEL" {
			branch = r.invite["branch"]
		}
	default:
		r.sequence++
		sequence = r.sequence
	}
	if method == "INVITE" {
		r.invite = map[string]string{"branch": branch, "sequence": strconv.Itoa(sequence)}
	}
	to := "<sip:100@127.0.0.1>"
	if r.to != "" && method != "CANCEL" {
		to += ";tag=" + r.to
	}
	from, call := "<sip:+8613800138000@127.0.0.1>;tag="+r.name+"tag", r.names[r.name+"call"]
	if r.called != "" {
		from, to, call = r.toGateway()
	}
	return [][2]string{
		{"Via", "SIP/2.0/UDP " + r.names[r.name+"peer"] + ";branch=" + branch + ";rport"},
		{"From", from},
		{"To", to},
		{"Call-ID", call},
		{"CSeq", fmt.Sprintf("%d %s", sequence, method)},
		{"Contact", "<sip:peer@" + r.names[r.name+"peer"] + ">"},
		{"Max-Forwards", "70"},
	}
}

// answering are the headers of a response to the gateway's last request.
func (r *role) answering() [][2]string {
	var fields [][2]string
	for _, name := range []string{"Via", "From", "To", "Call-ID", "CSeq"} {
		value := header(r.received, name)
		if name == "To" && !strings.Contains(value, "tag=") {
			value += ";tag=" + r.name + "tag"
		}
		fields = append(fields, [2]string{name, value})
	}
	return append(fields, [2]string{"Contact", "<sip:peer@" + r.names[r.name+"peer"] + ">"})
}

// hear waits for a message and compares it. "again" wants the last one once
// more, "nothing" that none comes for a while.
func (r *role) hear(first string, headers, body []string) {
	r.t.Helper()
	switch first {
	case "nothing":
		if message, ok := r.next(300*time.Millisecond, false); ok {
			r.t.Fatalf("nothing should have come, but this did:\n%s", message)
		}
		return
	case "again":
		for {
			message, ok := r.read(20 * time.Second)
			if !ok {
				r.t.Fatalf("this did not come again:\n%s", r.newest)
			}
			if message == r.newest {
				return
			}
		}
	}
	message, ok := r.next(30*time.Second, strings.HasPrefix(first, "100"))
	if !ok {
		r.t.Fatalf("%s did not come; the last that did:\n%s", first, r.newest)
	}
	r.newest = message
	line, _, _ := strings.Cut(message, "\r\n")
	if strings.HasPrefix(line, "SIP/2.0 ") {
		line = strings.TrimPrefix(line, "SIP/2.0 ")
		if _, tag, tagged := strings.Cut(header(message, "To"), "tag="); tagged && strings.HasSuffix(header(message, "CSeq"), "INVITE") {
			r.to = tag
			r.names[r.name+"to"] = tag
		}
	} else {
		r.received = message
		if strings.HasPrefix(message, "INVITE") && !strings.Contains(header(message, "To"), "tag=") {
			r.called = message
			r.names[r.name+"invited"], r.names[r.name+"invitedvia"] = header(message, "To"), header(message, "Via")
		}
	}
	if !strings.HasPrefix(line, first) {
		r.t.Fatalf("this came in place of %s:\n%s", first, message)
	}
	r.compare(message, headers, body)
}

// compare checks headers, where * stands for anything and ! for a header that
// must not be there, and lines of the body.
func (r *role) compare(message string, headers, body []string) {
	r.t.Helper()
	for _, h := range headers {
		if name, absent := strings.CutPrefix(h, "!"); absent {
			if got := header(message, name); got != "" {
				r.t.Errorf("%s: %s should not be in\n%s", name, got, message)
			}
			continue
		}
		name, want, _ := strings.Cut(h, ":")
		want = r.fill(strings.TrimSpace(want))
		pattern := "^" + strings.ReplaceAll(regexp.QuoteMeta(want), `\*`, ".*") + "$"
		if got := header(message, name); !regexp.MustCompile(pattern).MatchString(got) {
			r.t.Errorf("%s: %s, want %s, in\n%s", name, got, want, message)
		}
	}
	_, content, _ := strings.Cut(message, "\r\n\r\n")
	for _, line := range body {
		if line == "none" && content != "" || line != "none" && !strings.Contains(content, r.fill(line)) {
			r.t.Errorf("body wants %q:\n%s", line, message)
		}
	}
}

// next reads the next message that was not there before; 100 Trying is none
// unless it is wanted.
func (r *role) next(limit time.Duration, trying bool) (string, bool) {
	for {
		message, ok := r.read(limit)
		if !ok {
			return "", false
		}
		if strings.HasPrefix(message, "OPTIONS") { // is there anybody?
			r.write(respond(message))
			continue
		}
		if !r.seen[message] && (trying || !strings.HasPrefix(message, "SIP/2.0 100")) {
			r.seen[message] = true
			return message, true
		}
	}
}

func (r *role) read(limit time.Duration) (string, bool) {
	_ = r.conn.SetReadDeadline(time.Now().Add(limit))
	buf := make([]byte, 65536)
	n, err := r.conn.Read(buf)
	return string(buf[:n]), err == nil
}
