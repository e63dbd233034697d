package transport

import (
	"bytes"
	"fmt"
	"net"
	"net/netip"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

const torture = "../../testdata/torture/"

// abilities are like those of the real layers above, with REGISTER.
var abilities = Abilities{
	Methods:    []string{"INVITE", "ACK", "CANCEL", "BYE", "OPTIONS", "INFO", "UPDATE", "REGISTER"},
	Extensions: []string{"100rel", "timer", "replaces"},
	Bodies:     []string{"application/sdp"},
}

// TestTorture sends every message of RFC 4475 and RFC 5118 over real sockets.
func TestTorture(t *testing.T) {
	table, err := os.ReadFile(torture + "expected.txt")
	if err != nil {
		t.Fatal(err)
	}
	h := &handler{}
	s := start(t, Config{Abilities: abilities, Trust: func(netip.Addr) bool { return true }, MessageTime: 300 * time.Millisecond, Rate: 1e6}, h, nil)
	listed := 0
	t.Run("each", func(t *testing.T) {
		for line := range strings.Lines(string(table)) {
			fields := strings.Fields(line)
			if len(fields) < 3 || fields[0] == "#" {
				continue
			}
			data, err := os.ReadFile(torture + fields[0] + ".dat")
			if err != nil {
				t.Fatal(err)
			}
			over := func(network, want string, try func(*testing.T, *Stack, []byte, string)) {
				data := distinct(data, fmt.Sprintf("%s%d.", network[:1], listed))
				t.Run(fields[0]+" "+network, func(t *testing.T) {
					t.Parallel()
					try(t, s, data, want)
				})
			}
			over("udp", fields[1], tortureUDP)
			over("tcp", fields[2], tortureTCP)
			listed++
		}
	})
	files := 0
	for _, dir := range []string{"rfc4475", "rfc5118"} {
		entries, err := os.ReadDir(torture + dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, e := range entries {
			if strings.HasSuffix(e.Name(), ".dat") {
				files++
			}
		}
	}
	if files != listed || listed != 49+11 {
		t.Errorf("%d messages, %d of them listed", files, listed)
	}
	await(t, "nothing left behind", func() bool {
		s.order.mu.Lock()
		defer s.order.mu.Unlock()
		return len(s.order.waiting) == 0 && len(s.order.queues) == 0
	})
	if c := s.Counters(); c.Pending != 0 {
		t.Errorf("%d INVITEs are thought to wait", c.Pending)
	}
}

// distinct makes a message a transaction of its own: many of the RFC's share
// their branch.
func distinct(data []byte, suffix string) []byte {
	return regexp.MustCompile(`z9hG4bK\w`).ReplaceAllFunc(data, func(m []byte) []byte { return slices.Concat(m, []byte(suffix)) })
}

// tortureUDP sends a message in a datagram. Its Via asks for the answer at the
// port it is sent from, which these messages otherwise do not.
func tortureUDP(t *testing.T, s *Stack, data []byte, want string) {
	if via := regexp.MustCompile(`(?im)^(via|v)\s*:[^;,\r]*(\r\n\s[^;,\r]*)*`).FindIndex(data); via != nil {
		data = append(append(bytes.Clone(data[:via[1]]), ";rport"...), data[via[1]:]...)
	}
	conn := dial(t, "udp", s.Local("udp"))
	if _, err := conn.Write(data); err != nil {
		t.Fatal(err)
	}
	var got []string
	buf := make([]byte, 65536)
	for {
		wait := 5 * time.Second
		if want == "drop" || len(got) > 0 { // another must not come
			wait = 50 * time.Millisecond
		}
		_ = conn.SetReadDeadline(time.Now().Add(wait))
		n, err := conn.Read(buf)
		if err != nil {
			break
		}
		got = append(got, string(buf[8:11]))
		checkResponse(t, buf[:n])
	}
	if said := strings.Join(got, ","); said != want && (said != "" || want != "drop") {
		t.Errorf("answered %q, want %s", said, want)
	}
}

// tortureTCP sends a message, as it is, down a stream.
func tortureTCP(t *testing.T, s *Stack, data []byte, want string) {
	conn := dial(t, "tcp", s.Local("tcp"))
	if _, err := conn.Write(data); err != nil {
		t.Fatal(err)
	}
	expected := strings.Split(want, ",")
	var all []byte
	buf := make([]byte, 65536)
	answers := func() [][][]byte { return regexp.MustCompile(`(?m)^SIP/2\.0 (\d+)`).FindAllSubmatch(all, -1) }
	for want == "end" || want != "drop" && len(answers()) < len(expected) {
		_ = conn.SetReadDeadline(time.Now().Add(5 * time.Second))
		n, err := conn.Read(buf)
		all = append(all, buf[:n]...)
		if err != nil {
			if timeout, ok := err.(net.Error); ok && timeout.Timeout() {
				t.Fatalf("still open after %q", all)
			}
			break
		}
	}
	_ = conn.SetReadDeadline(time.Now().Add(50 * time.Millisecond))
	n, _ := conn.Read(buf)
	all = append(all, buf[:n]...)
	var got []string
	for _, a := range answers() {
		got = append(got, string(a[1]))
	}
	if said := strings.Join(got, ","); said != want && (said != "" || want != "drop" && want != "end") {
		t.Errorf("answered %q, want %s\n%s", said, want, all)
	}
}

// checkResponse looks whether a response is one that its receiver can use.
func checkResponse(t *testing.T, data []byte) {
	t.Helper()
	var m message
	if !m.parse(bytes.Clone(data[:max(0, headLength(data))])) || m.count(via) == 0 {
		t.Errorf("this is no response:\n%s", data)
	}
	if tag, _ := parameter(m.first(to), "tag"); len(tag) == 0 && m.first(to) != nil && !bytes.HasPrefix(data, []byte("SIP/2.0 400")) {
		t.Errorf("the response tags no dialog:\n%s", data)
	}
}
