package transport

import (
	"fmt"
	"log/slog"
	"net/netip"
	"strings"
	"testing"
	"time"
	"unsafe"

	"github.com/emiago/sipgo/sip"
)

// nth is one of ever new addresses.
func nth(i int) netip.Addr {
	return netip.AddrFrom4([4]byte{byte(11 + i>>24), byte(i >> 16), byte(i >> 8), byte(i)})
}

// TestAHundredThousandSources has each of 100,000 addresses send junk, and
// then something that looks like SIP: what is kept of them does not grow.
func TestAHundredThousandSources(t *testing.T) {
	var log lockedBuffer
	g := newGate(Config{Rate: 20}, slog.New(slog.NewTextHandler(&log, nil)))
	junk := []byte("GET /secret HTTP/1.1\r\nHost: example.com\r\nUser-Agent: scanner\r\n\r\n")
	good := []byte(request("OPTIONS", "a", 1, "udp"))
	now := time.Unix(1000, 0)
	before := heap()
	for i := range 100_000 {
		from := netip.AddrPortFrom(nth(i), 5060)
		if v := g.datagram(from.Addr(), junk, now); v == admitted {
			t.Fatal("junk was admitted")
		} else {
			g.refused(v, "udp", from, now)
		}
		if v := g.datagram(from.Addr(), good, now); v != admitted {
			t.Fatalf("source %d is %v for what others sent", i, v)
		}
	}
	if grown := int64(heap()) - int64(before); grown > 1<<20 {
		t.Errorf("the heap grew by %d bytes", grown)
	}
	if size := unsafe.Sizeof(*g.sources); size > 2<<20 {
		t.Errorf("the tables take %d bytes", size)
	}
	if said := log.String(); strings.Count(said, "\n") > 2 || strings.Contains(said, "secret") {
		t.Errorf("log: %s", said)
	}
	if _, known := g.sources.count(now); known > paceSets*ways {
		t.Errorf("%d sources are remembered", known)
	}
}

// TestBansComeAndGo follows one address through being blamed.
func TestBansComeAndGo(t *testing.T) {
	carrier := netip.MustParseAddr("192.0.2.1")
	g := newGate(Config{Rate: 1000, Trust: func(a netip.Addr) bool { return a == carrier }}, slog.New(slog.DiscardHandler))
	now := time.Unix(1000, 0)
	for range 1000 {
		g.blame(carrier, 1, now)
	}
	if g.source(carrier, now) != admitted {
		t.Error("a trusted address was banned")
	}
	phone := netip.MustParseAddr("192.0.2.2")
	for range 60 { // a wrong password, two answers each half minute
		g.blame(phone, 2, now)
		now = now.Add(30 * time.Second)
	}
	if g.source(phone, now) != admitted {
		t.Error("a telephone with a wrong password was banned")
	}
	scanner := netip.MustParseAddr("2001:db8:1:2::1")
	neighbour := netip.MustParseAddr("2001:db8:1:2:ffff::7")
	for ban := range 3 {
		for range banAt {
			g.blame(scanner, 1, now)
		}
		if g.source(scanner, now) != banned || g.source(neighbour, now) != banned {
			t.Fatalf("ban %d did not come for the whole /64", ban)
		}
		if g.source(netip.MustParseAddr("2001:db8:1:3::1"), now) != admitted {
			t.Error("the next /64 is banned too")
		}
		length := banFor << ban
		if g.source(scanner, now.Add(length-time.Second)) != banned {
			t.Errorf("ban %d is over too soon", ban)
		}
		now = now.Add(length)
		if g.source(scanner, now) != admitted {
			t.Errorf("ban %d does not end", ban)
		}
	}
	now = now.Add(2 * banMost)
	for range banAt {
		g.blame(scanner, 1, now)
	}
	if g.source(scanner, now.Add(banFor)) != admitted {
		t.Error("after a good while a ban is as long as ever")
	}
}

// TestBansOutliveAFlood bans an address and then floods from others.
func TestBansOutliveAFlood(t *testing.T) {
	g := newGate(Config{Rate: 1000}, slog.New(slog.DiscardHandler))
	now := time.Unix(1000, 0)
	bad := netip.MustParseAddr("198.51.100.7")
	for range banAt {
		g.blame(bad, 1, now)
	}
	for i := range 100_000 {
		g.pace(nth(i), now)
		g.blame(nth(i), 1, now)
	}
	if g.source(bad, now) != banned {
		t.Error("a flood from elsewhere lifted a ban")
	}
}

// guarded lets in whoever's Call-ID begins with "in".
type guarded struct{ registrar }

func (g *guarded) ServeSIP(in Incoming) {
	status := 404
	if strings.HasPrefix(in.CallID().Value(), "in") {
		status = 200
	}
	_ = in.Tx.Respond(sip.NewResponseFromRequest(in.Request, status, "", nil))
}

// TestRefusedAgainAndAgain is a scanner that guesses numbers and passwords: the
// answers it gets are what bans it, and getting in is what clears a telephone.
func TestRefusedAgainAndAgain(t *testing.T) {
	h := &guarded{}
	s := start(t, Config{Rate: 1e6}, h, nil)
	conn := dial(t, "udp", s.Local("udp"))
	try := func(call string) {
		if _, err := conn.Write([]byte(request("REGISTER", call, 1, "udp"))); err != nil {
			t.Fatal(err)
		}
		readUntil(t, conn, "SIP/2.0")
	}
	for i := range 5 * banAt { // ten wrong numbers, then a right one, again and again
		if i%10 == 9 {
			try(fmt.Sprint("in", i))
		} else {
			try(fmt.Sprint("out", i))
		}
	}
	if n := s.Counters().Banned; n != 0 {
		t.Fatal("somebody who does get in was banned")
	}
	await(t, "the ban", func() bool {
		for i := range banAt {
			_, _ = conn.Write([]byte(request("REGISTER", fmt.Sprint("scan", i), int(time.Now().UnixMilli()%1e9), "udp")))
		}
		return s.Counters().Banned == 1 && s.screen.gate.drops(banned) > 0
	})
	before := s.Counters().Banned
	s.Blame(netip.MustParseAddr("203.0.113.1"), banAt)
	if got := s.Counters().Banned; got != before+1 {
		t.Errorf("blame from above banned %d", got-before)
	}
}

// BenchmarkFilter is what a datagram costs before anything is allocated for it.
func BenchmarkFilter(b *testing.B) {
	g := newGate(Config{Rate: 1 << 40}, slog.New(slog.DiscardHandler))
	s := newScreen(g, Config{Abilities: abilities, Rate: 1, Pending: 1 << 40})
	d := newDatagrams(nil, s, newReflexive("", nil), 1, nil)
	from := netip.MustParseAddrPort("192.0.2.1:5060")
	cases := map[string][]byte{
		"junk":    []byte("GET / HTTP/1.1\r\nHost: example.com\r\nUser-Agent: scanner\r\n\r\n"),
		"request": []byte(request("OPTIONS", "a", 1, "udp")),
		"refused": []byte(strings.Replace(request("OPTIONS", "a", 1, "udp"), "Max-Forwards: 70", "Max-Forwards: 900", 1)),
	}
	g.trust = func(netip.Addr) bool { return true }
	for name, data := range cases {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			now := time.Now()
			for range b.N {
				if v := g.datagram(from.Addr(), data, now); v != admitted {
					continue
				}
				d.message.parse(data)
				_, d.out = s.examine(&d.message, from, "udp", d.out[:0], now)
			}
		})
	}
}

// TestTheFilterAllocatesNothing holds the benchmark's figure.
func TestTheFilterAllocatesNothing(t *testing.T) {
	s := newScreen(newGate(Config{Rate: 1 << 40}, slog.New(slog.DiscardHandler)), Config{Abilities: abilities, Pending: 100})
	d := newDatagrams(nil, s, newReflexive("", nil), 1, nil)
	from := netip.MustParseAddrPort("192.0.2.1:5060")
	data := []byte(request("OPTIONS", "a", 1, "udp"))
	now := time.Now()
	if n := testing.AllocsPerRun(1000, func() {
		if !d.judge(data, from, now) {
			t.Fatal("refused")
		}
	}); n != 0 {
		t.Errorf("%v allocations a datagram", n)
	}
}
