package sip

import (
	"bytes"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestTorture sends the messages of RFC 4475 and RFC 5118 to the whole gateway:
// whatever each of them gets, nothing of it stays, and calls go on. Which status
// each gets is tested beside the sockets.
func TestTorture(t *testing.T) {
	t.Parallel()
	h := open(t, nil)
	files, err := filepath.Glob("testdata/torture/*/*.dat")
	if err != nil || len(files) != 60 {
		t.Fatalf("%d messages, %v", len(files), err)
	}
	top := regexp.MustCompile(`(?im)^(via|v)\s*:[^;,\r]*(\r\n\s[^;,\r]*)*`)
	branch := regexp.MustCompile(`z9hG4bK\w`)
	var senders []*sender
	for i, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		data = branch.ReplaceAll(data, []byte("${0}n"+string(rune('a'+i%26))+string(rune('a'+i/26))))
		if via := top.FindIndex(data); via != nil { // answers are to come back to this socket
			data = append(append(bytes.Clone(data[:via[1]]), ";rport"...), data[via[1]:]...)
		}
		conn, err := net.DialUDP("udp", nil, net.UDPAddrFromAddrPort(h.UDP()))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := conn.Write(data); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = conn.Close() })
		s := &sender{name: name, conn: conn}
		if slices.Contains(unanswered, strings.TrimSuffix(filepath.Base(name), ".dat")) {
			s.listen(60 * time.Millisecond)
		} else if s.listen(10 * time.Second); len(s.finals) == 0 {
			t.Errorf("%s got no answer", name)
		}
		senders = append(senders, s)
	}
	for _, s := range senders {
		for s.listen(5 * time.Millisecond) {
		}
		if len(s.finals) > 1 {
			t.Errorf("%s got %v", s.name, s.finals)
		}
	}
	for deadline := time.Now().Add(30 * time.Second); h.Calls() > 0; time.Sleep(20 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%d calls are left", h.Calls())
		}
	}
	p := joined(t, h)
	p.hangUp()
}

// unanswered are the messages that get no answer: they are responses.
var unanswered = []string{"bcast", "bigcode", "noreason", "scalarlg", "unreason"}

// sender sent a message and keeps the different final statuses that came; a
// 2xx is repeated until its ACK.
type sender struct {
	name   string
	conn   net.Conn
	finals []string
}

// listen reads until a final answer has come, or for no longer than a limit.
func (s *sender) listen(limit time.Duration) bool {
	buf := make([]byte, 65536)
	_ = s.conn.SetReadDeadline(time.Now().Add(limit))
	for {
		n, err := s.conn.Read(buf)
		if err != nil {
			return false
		}
		line, _, _ := strings.Cut(string(buf[:n]), "\r\n")
		if !strings.HasPrefix(line, "SIP/2.0 ") || strings.HasPrefix(line, "SIP/2.0 1") {
			continue
		}
		if !slices.Contains(s.finals, line) {
			s.finals = append(s.finals, line)
		}
		return true
	}
}
