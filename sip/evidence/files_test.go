package evidence

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"html"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// call is a call of a few seconds: INVITE sent twice, 100, 200, sound with a gap, BYE.
func call(t *testing.T) *Capture {
	t.Helper()
	tape := NewTape(64 << 10)
	both(tape, epoch.Add(2*time.Second), 3*time.Second, nil)
	sender := binary.BigEndian.AppendUint64([]byte{0x80, 200, 0, 6, 0, 0, 0, 7}, 1<<40)
	sender = append(sender, make([]byte, 12)...)
	tape.RTCP(epoch.Add(3*time.Second), true, false, there, append(sender, 0x81, 202, 0, 2, 0, 0, 0, 7, 1, 2, 'm', 'e'))
	says := func(after time.Duration, outward, again bool, lines ...string) Message {
		lines = append(lines, "Via: SIP/2.0/UDP 203.0.113.5:5060;branch=z9hG4bK"+lines[0][:3], `From: "Anna" <sip:+8613812345678@203.0.113.5>;tag=1`, "To: <sip:+4930901820123@198.51.100.7>;tag=2", "Call-ID: 77@203.0.113.5")
		m := Message{At: epoch.Add(after), Out: outward, Again: again, Network: "udp", Local: at(here, 5060), Peer: at(there, 5060)}
		data := wire(append(lines, "CSeq: 1 INVITE", "Content-Type: application/sdp", "", offer)...)
		m.Data = Mask(data, Everything)
		return m
	}
	messages := []Message{
		says(0, true, false, "INVITE sip:+4930901820123@198.51.100.7 SIP/2.0"),
		says(500*time.Millisecond, true, true, "INVITE sip:+4930901820123@198.51.100.7 SIP/2.0"),
		says(600*time.Millisecond, false, false, "SIP/2.0 100 Trying"),
		says(2*time.Second, false, false, "SIP/2.0 200 OK"),
		says(6*time.Second, true, false, "BYE sip:+4930901820123@198.51.100.7 SIP/2.0"),
		says(6100*time.Millisecond, false, false, "SIP/2.0 481 Call/Transaction <b>Does Not Exist"),
	}
	messages[5].Network, messages[5].Local, messages[5].Peer = "tls", at(six, 5061), at(six, 33000)
	c, err := Unpack(Pack(messages, 4, Leg{here, tape}))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// tool finds a program that reads what we write, or skips.
func tool(t *testing.T, name, debian string) {
	t.Helper()
	switch _, err := exec.LookPath(name); {
	case err != nil && os.Getenv("PARTYLINE_REQUIRE_TOOLS") != "":
		t.Fatal(err)
	case err != nil:
		t.Skipf("%s is not installed (Debian package %s)", name, debian)
	}
}

// TestTcpdumpReadsTheCapture: each message and packet is there, with its time and
// whole, and tcpdump finds SIP, RTP and RTCP in them and every checksum right.
func TestTcpdumpReadsTheCapture(t *testing.T) {
	tool(t, "tcpdump", "tcpdump")
	c := call(t)
	file := filepath.Join(t.TempDir(), "call.pcapng")
	var out bytes.Buffer
	if err := c.WritePCAPNG(&out); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, out.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	dump := func(args ...string) string {
		command := exec.CommandContext(t.Context(), "tcpdump", append([]string{"-r", file, "-nn", "-vv", "-tttt"}, args...)...)
		command.Env = append(os.Environ(), "TZ=UTC")
		text, err := command.Output()
		if err != nil {
			t.Fatalf("tcpdump: %v", err)
		}
		return string(text)
	}
	all := dump()
	for _, want := range []string{
		"2026-12-01 10:00:00.000000 IP", "203.0.113.5.5060 > 198.51.100.7.5060: ", "SIP, length", "INVITE sip:+xxxxxxxxxx123@198.51.100.7 SIP/2.0",
		"SIP/2.0 100 Trying", "2001:db8::7.33000 > 2001:db8::7.5061: [udp sum ok]",
	} {
		if !strings.Contains(all, want) {
			t.Errorf("%q is not in what tcpdump says", want)
		}
	}
	for _, bad := range []string{"bad", "truncated", "invalid", "|sip", "13812345678"} {
		if strings.Contains(all, bad) {
			t.Errorf("tcpdump says %q", bad)
		}
	}
	media := dump("-T", "rtp", "udp port 4000")
	if n := strings.Count(media, "udp/rtp 160 c8"); n != 298 { // two directions of 3 s, less two that were lost
		t.Errorf("tcpdump sees %d RTP packets", n)
	}
	if reports := dump("-T", "rtcp", "udp port 4001"); !strings.Contains(reports, " sr ") {
		t.Errorf("tcpdump sees no sender report: %s", reports)
	}
	data := out.Bytes()
	if bytes.Contains(data, bytes.Repeat([]byte{0xD5}, 8)) {
		t.Error("there is sound in the capture")
	}
}

func TestPagesTellTheCall(t *testing.T) {
	c := call(t)
	for language, want := range map[string][]string{
		"en":    {`<html lang="en">`, "Signalling of a call", "sent again", "Messages left out in the middle: 4"},
		"zh-CN": {`<html lang="zh-CN">`, "通话信令", "重发", "中间略去的消息数： 4"},
		"xx":    {"Signalling of a call"},
	} {
		var out strings.Builder
		if err := c.WriteHTML(&out, language); err != nil {
			t.Fatal(err)
		}
		page := out.String()
		for _, w := range append(want, "77@203.0.113.5", "INVITE sip:+xxxxxxxxxx123@198.51.100.7", "PCMA,PCMU 203.0.113.5:4000 sendrecv", "+0.500 s", "RTP ← 148", "(2 ", "udp 198.51.100.7:5060") {
			if !strings.Contains(html.UnescapeString(page), w) {
				t.Errorf("%s: %q is not on the page", language, w)
			}
		}
		if strings.Contains(page, "<script") || strings.Contains(page, "<b>") || strings.Contains(page, "http://") || strings.Contains(page, "13812345678") {
			t.Errorf("%s: the page has what it must not", language)
		}
	}
}

func TestZipHasEveryFile(t *testing.T) {
	var out bytes.Buffer
	if err := call(t).WriteZip(&out); err != nil {
		t.Fatal(err)
	}
	archive, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		n, err := io.Copy(io.Discard, r)
		if err != nil || n < 500 {
			t.Errorf("%s: %d bytes, %v", f.Name, n, err)
		}
		names = append(names, f.Name)
	}
	if got := fmt.Sprint(names); got != "[call.pcapng ladder.en.html ladder.zh-CN.html]" {
		t.Error(got)
	}
}
