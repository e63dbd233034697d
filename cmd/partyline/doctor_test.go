package main

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// freePort finds a port that nothing listens on at this moment.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, err := net.SplitHostPort(listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func TestGrades(t *testing.T) {
	now := time.Date(2026, time.December, 1, 0, 0, 0, 0, time.UTC)
	private := []netip.Addr{netip.MustParseAddr("10.0.0.5")}
	public := []netip.Addr{netip.MustParseAddr("203.0.113.5")}
	withURL := func(url string, announced ...netip.Addr) Config {
		cfg := defaultConfig()
		cfg.PublicURL, cfg.Media.PublicAddresses = url, announced
		return cfg
	}
	mailing := defaultConfig()
	mailing.Mail.Host = "mail.example.com"
	inUse := &os.SyscallError{Syscall: "bind", Err: errAddressInUse}
	for _, test := range []struct {
		name string
		got  finding
		want grade
		says string
	}{
		{"disk", gradeDisk(5 << 30), fine, "5.0 GB"},
		{"little disk", gradeDisk(500 << 20), doubtful, "make room"},
		{"no disk", gradeDisk(50 << 20), bad, "make room now"},
		{"clock", gradeClock(now, true, true), fine, "2026-12-01"},
		{"clock unknown", gradeClock(now, false, false), fine, ""},
		{"clock adrift", gradeClock(now, true, false), doubtful, "NTP"},
		{"clock of 1970", gradeClock(time.Unix(0, 0), true, true), bad, "in the past"},
		{"port free", gradePort("udp :1", "media.udp", "audio", nil, false), fine, "free"},
		{"port ours", gradePort("udp :1", "media.udp", "audio", inUse, true), fine, "Partyline"},
		{"port taken", gradePort("udp :1", "media.udp", "audio", inUse, false), bad, "media.udp"},
		{"port too low", gradePort("tcp :80", "http.listen", "web", errNotPermitted, false), bad, "cap_net_bind_service"},
		{"port elsewhere", gradePort("tcp 192.0.2.1:80", "http.listen", "web", errNoSuchAddress, false), bad, "ip addr"},
		{"port odd", gradePort("tcp x", "http.listen", "web", errors.New("odd"), false), bad, "odd"},
		{"candidates", gradeCandidates(private, withURL("")), fine, "10.0.0.5"},
		{"no candidates", gradeCandidates(nil, withURL("")), bad, "media.public_addresses"},
		{"candidates behind NAT", gradeCandidates(private, withURL("https://meet.example.com")), doubtful, "media.public_addresses"},
		{"candidates announced", gradeCandidates(private, withURL("https://meet.example.com", public...)), fine, "203.0.113.5"},
		{"candidates in a private network", gradeCandidates(private, withURL("https://10.0.0.5")), fine, "10.0.0.5"},
		{"name", gradeName("meet", public, public, nil), fine, "203.0.113.5"},
		{"name elsewhere", gradeName("meet", public, private, nil), doubtful, "proxy or NAT"},
		{"name unknown", gradeName("meet", nil, private, errors.New("no such host")), bad, "DNS"},
		{"microphone", examineMicrophone(t.Context(), withURL("https://meet.example.com"))[0], fine, "https"},
		{"microphone on this machine", examineMicrophone(t.Context(), withURL(""))[0], doubtful, "self_signed"},
		{"alerts", examineAlerts(t.Context(), mailing)[0], fine, "by mail"},
		{"alerts without mail", examineAlerts(t.Context(), withURL(""))[0], doubtful, "[mail]"},
		{"microphone refused", examineMicrophone(t.Context(), withURL("http://meet.example.com"))[0], bad, "use https"},
	} {
		t.Run(test.name, func(t *testing.T) {
			if test.got.grade != test.want {
				t.Errorf("graded %v, want %v: %+v", test.got.grade, test.want, test.got)
			}
			if text := test.got.found + test.got.advice; !strings.Contains(text, test.says) {
				t.Errorf("%q does not say %q", text, test.says)
			}
			if (test.got.grade == fine) != (test.got.advice == "") {
				t.Errorf("what is not fine, and only that, needs advice: %+v", test.got)
			}
		})
	}
}

func TestPortInUseIsFound(t *testing.T) {
	for _, network := range []string{"tcp", "udp"} {
		cfg := defaultConfig()
		var busy string
		if network == "tcp" {
			listener, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer listener.Close()
			busy = listener.Addr().String()
		} else {
			conn, err := net.ListenPacket("udp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			busy = conn.LocalAddr().String()
		}
		cfg.SIP.UDP, cfg.SIP.TCP = "", ""
		cfg.HTTP.Listen = "127.0.0.1:" + freePort(t)
		cfg.Media.UDP, cfg.Media.TCP = "127.0.0.1:"+freePort(t), "127.0.0.1:"+freePort(t)
		if network == "tcp" {
			cfg.Media.TCP = busy
		} else {
			cfg.Media.UDP = busy
		}
		for _, f := range examinePorts(t.Context(), cfg) {
			if (f.grade == bad) != (f.what == network+" "+busy) {
				t.Errorf("with %s %s in use: %+v", network, busy, f)
			}
		}
	}
}

func TestDatabaseThatIsAway(t *testing.T) {
	cfg := defaultConfig()
	if f := examineDatabase(t.Context(), cfg)[0]; f.grade != fine {
		t.Errorf("SQLite: %+v", f)
	}
	cfg.Store.DSN = dsn("postgres://u:hunter2@127.0.0.1:" + freePort(t) + "/x")
	f := examineDatabase(t.Context(), cfg)[0]
	if f.grade != bad || f.advice == "" || strings.Contains(f.found, "hunter2") {
		t.Errorf("nobody there: %+v", f)
	}
}

func TestDataDirThatCannotBeWritten(t *testing.T) {
	cfg := defaultConfig()
	cfg.DataDir = filepath.Join(t.TempDir(), "to", "be", "made")
	if f := examineDataDir(t.Context(), cfg)[0]; f.grade != fine {
		t.Errorf("a directory that can be made: %+v", f)
	}
	if _, err := os.Stat(cfg.DataDir); err == nil {
		t.Error("the doctor made the data directory")
	}
	file := filepath.Join(t.TempDir(), "file")
	writeFile(t, file, "")
	cfg.DataDir = file // even root cannot write into a file
	if f := examineDataDir(t.Context(), cfg)[0]; f.grade != bad || f.advice == "" {
		t.Errorf("a file for a directory: %+v", f)
	}
}

func TestCertificateGrades(t *testing.T) {
	now := time.Now()
	dir := t.TempDir()
	certificate, key := filepath.Join(dir, "c.pem"), filepath.Join(dir, "k.pem")
	if err := makeCertificate(certificate, key, []string{"meet.example.com"}, now); err != nil {
		t.Fatal(err)
	}
	pair, err := tls.LoadX509KeyPair(certificate, key)
	if err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		url  string
		at   time.Time
		want grade
		says string
	}{
		{"https://meet.example.com", now, fine, "good until"},
		{"https://other.example.com", now, bad, "not for other.example.com"},
		{"", pair.Leaf.NotAfter.Add(-24 * time.Hour), doubtful, "expires"},
		{"", pair.Leaf.NotAfter.Add(time.Hour), bad, "expired"},
		{"", now.Add(-2 * time.Hour), bad, "not valid yet"},
	} {
		got := gradeCertificate("c.pem", pair.Leaf, test.url, test.at)
		if got.grade != test.want || !strings.Contains(got.found, test.says) {
			t.Errorf("at %v for %q: %+v, want %v and %q", test.at, test.url, got, test.want, test.says)
		}
	}
	cfg := defaultConfig()
	cfg.HTTP.Certificate, cfg.HTTP.Key = certificate, certificate
	if got := examineCertificate(t.Context(), cfg)[0]; got.grade != bad {
		t.Errorf("a key that is none: %+v", got)
	}
}

func TestDoctorFailsOnlyWhenSomethingIsBad(t *testing.T) {
	var out bytes.Buffer
	if err := conclude(&out, []finding{{grade: fine}, {grade: doubtful}}); err != nil {
		t.Error(err)
	}
	var told failure
	if err := conclude(&out, []finding{{grade: bad}}); !errors.As(err, &told) || told.status != 1 {
		t.Errorf("conclude: %v", err)
	}
	if want := "\n1 ok, 1 to consider, 0 to mend\n\n0 ok, 0 to consider, 1 to mend\n"; out.String() != want {
		t.Errorf("printed %q, want %q", out.String(), want)
	}
}

func TestPrintedFinding(t *testing.T) {
	var out bytes.Buffer
	printFinding(&out, finding{bad, "clock", "wrong", "set it"})
	if want := fmt.Sprintf("FAIL  %-16s wrong\n      %-16s → set it\n", "clock", ""); out.String() != want {
		t.Errorf("printed %q, want %q", out.String(), want)
	}
}
