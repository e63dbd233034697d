package resolve

import (
	"context"
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"net"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/miekg/dns"
	"go.uber.org/goleak"
	"pgregory.net/rapid"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// zone is a name server on loopback that knows some records, by UDP and TCP.
type zone struct {
	address string

	mu      sync.Mutex // guards what follows
	records map[string][]dns.RR
	fails   bool // answers SERVFAIL
	asked   map[string]int
}

func newZone(t *testing.T, records ...string) *zone {
	t.Helper()
	udp, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	tcp, err := net.Listen("tcp", udp.LocalAddr().String())
	if err != nil {
		t.Fatal(err)
	}
	z := &zone{address: udp.LocalAddr().String(), records: make(map[string][]dns.RR), asked: make(map[string]int)}
	for _, text := range records {
		rr, err := dns.NewRR(text)
		if err != nil {
			t.Fatal(err)
		}
		key := dns.TypeToString[rr.Header().Rrtype] + " " + rr.Header().Name
		z.records[key] = append(z.records[key], rr)
	}
	for _, server := range []*dns.Server{{PacketConn: udp, Handler: z}, {Listener: tcp, Handler: z}} {
		ready, done := make(chan struct{}), make(chan struct{})
		server.NotifyStartedFunc = func() { close(ready) }
		go func() {
			_ = server.ActivateAndServe()
			close(done)
		}()
		<-ready
		t.Cleanup(func() {
			_ = server.Shutdown()
			<-done
		})
	}
	return z
}

// ServeDNS answers. What does not fit into a datagram is cut short.
func (z *zone) ServeDNS(w dns.ResponseWriter, req *dns.Msg) {
	z.mu.Lock()
	q := req.Question[0]
	name := dns.TypeToString[q.Qtype] + " " + strings.ToLower(q.Name)
	z.asked[name]++
	res := new(dns.Msg).SetReply(req)
	switch {
	case z.fails:
		res.Rcode = dns.RcodeServerFailure
	case z.records[name] != nil:
		res.Answer = z.records[name]
	default:
		res.Rcode = dns.RcodeNameError
	}
	z.mu.Unlock()
	if _, datagram := w.RemoteAddr().(*net.UDPAddr); datagram {
		res.Truncate(dns.MinMsgSize)
	}
	_ = w.WriteMsg(res)
}

func (z *zone) fail(fails bool) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.fails = fails
}

func (z *zone) times(question string) int {
	z.mu.Lock()
	defer z.mu.Unlock()
	return z.asked[question]
}

// resolver asks the zone for everything, addresses too.
func (z *zone) resolver() *Resolver {
	system := &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, network, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, network, z.address)
	}}
	draws := rand.New(rand.NewPCG(1, 2))
	return New(Config{
		Servers: []string{z.address}, Random: draws.IntN,
		Hosts: func(ctx context.Context, name string) ([]netip.Addr, error) {
			return system.LookupNetIP(ctx, "ip", name+".")
		},
	})
}

// carrier is a zone with everything that RFC 3263 knows.
var carrier = []string{
	`carrier.example. 60 NAPTR 50 50 "s" "SIPS+D2T" "" _sips._tcp.carrier.example.`,
	`carrier.example. 60 NAPTR 90 50 "s" "SIP+D2T" "" _sip._tcp.carrier.example.`,
	`carrier.example. 60 NAPTR 100 50 "S" "sip+d2u" "" _sip._udp.carrier.example.`,
	`carrier.example. 60 NAPTR 10 50 "s" "SIP+D2S" "" _sip._sctp.carrier.example.`,
	`carrier.example. 60 NAPTR 10 50 "u" "E2U+sip" "!^.*$!sip:x@y!" .`,
	`_sips._tcp.carrier.example. 60 SRV 0 0 5061 secure.carrier.example.`,
	`_sip._tcp.carrier.example. 60 SRV 0 0 5060 plain.carrier.example.`,
	`_sip._udp.carrier.example. 60 SRV 20 0 5070 second.carrier.example.`,
	`_sip._udp.carrier.example. 60 SRV 10 0 5060 both.carrier.example.`,
	`_sip._udp.plain.example. 60 SRV 0 0 5062 both.carrier.example.`,
	`_sips._tcp.gone.example. 60 SRV 0 0 0 .`,
	`gone.example. 60 A 192.0.2.9`,
	`secure.carrier.example. 60 A 192.0.2.1`,
	`plain.carrier.example. 60 A 192.0.2.2`,
	`both.carrier.example. 60 A 192.0.2.3`,
	`both.carrier.example. 60 AAAA 2001:db8::3`,
	`second.carrier.example. 60 A 192.0.2.4`,
	`lonely.example. 60 A 192.0.2.5`,
	`alias.example. 60 NAPTR 10 10 "s" "SIP+D2T" "" _sip._tcp.nowhere.example.`,
}

func TestWhereAPlaceIs(t *testing.T) {
	r := newZone(t, carrier...).resolver()
	for _, c := range []struct {
		place Place
		want  string // hops; those of a host with both families in any order
	}{
		{Place{Host: "203.0.113.7"}, "udp 203.0.113.7:5060"},
		{Place{Host: "[2001:db8::7]", Network: "TLS"}, "tls [2001:db8::7]:5061"},
		{Place{Host: "203.0.113.7", Port: 99, Network: "tcp"}, "tcp 203.0.113.7:99"},
		{Place{Host: "Carrier.Example."}, "tls 192.0.2.1:5061 (carrier.example), tcp 192.0.2.2:5060, udp 192.0.2.3:5060, udp [2001:db8::3]:5060, udp 192.0.2.4:5070"},
		{Place{Host: "carrier.example", Network: "udp"}, "udp 192.0.2.3:5060, udp [2001:db8::3]:5060, udp 192.0.2.4:5070"},
		{Place{Host: "carrier.example", Network: "tls"}, "tls 192.0.2.1:5061 (carrier.example)"},
		{Place{Host: "plain.example"}, "udp 192.0.2.3:5062, udp [2001:db8::3]:5062"},
		{Place{Host: "lonely.example"}, "udp 192.0.2.5:5060"},
		{Place{Host: "lonely.example", Network: "tls"}, "tls 192.0.2.5:5061 (lonely.example)"},
		{Place{Host: "lonely.example", Port: 5088, Network: "tcp"}, "tcp 192.0.2.5:5088"},
		{Place{Host: "secure.carrier.example", Port: 5060}, "udp 192.0.2.1:5060"},
		{Place{Host: "gone.example", Network: "tls"}, "nowhere"},
		{Place{Host: "missing.example"}, "nowhere"},
		{Place{Host: "alias.example"}, "nowhere"},
	} {
		hops, err := r.Resolve(t.Context(), c.place)
		var got []string
		for _, hop := range hops {
			got = append(got, hop.String())
		}
		text := strings.Join(got, ", ")
		if errors.Is(err, ErrNowhere) {
			text = "nowhere"
		} else if err != nil {
			text = err.Error()
		}
		if swapped := strings.ReplaceAll(text, "udp [2001:db8::3]:5060, udp 192.0.2.3:5060", "udp 192.0.2.3:5060, udp [2001:db8::3]:5060"); text != c.want && swapped != c.want &&
			text != "udp [2001:db8::3]:5062, udp 192.0.2.3:5062" {
			t.Errorf("%s: %s, want %s", c.place, text, c.want)
		}
	}
}

// TestLongAnswer comes by TCP.
func TestLongAnswer(t *testing.T) {
	records := []string{"one.example. 60 A 192.0.2.1"}
	for i := range 30 {
		records = append(records, fmt.Sprintf("_sip._udp.large.example. 60 SRV %d 0 %d one.example.", i, 6000+i))
	}
	z := newZone(t, records...)
	hops, err := z.resolver().Resolve(t.Context(), Place{Host: "large.example", Network: "udp"})
	if err != nil || len(hops) != 30 || hops[0].Addr.Port() != 6000 || hops[29].Addr.Port() != 6029 {
		t.Errorf("%d hops, %v", len(hops), err)
	}
}

// TestAnswersAreKept for their time to live, that there is nothing as well; and
// beyond it where the DNS fails.
func TestAnswersAreKept(t *testing.T) {
	z := newZone(t, carrier...)
	r := z.resolver()
	for range 5 {
		if _, err := r.Resolve(t.Context(), Place{Host: "lonely.example"}); err != nil {
			t.Fatal(err)
		}
	}
	for _, question := range []string{"NAPTR lonely.example.", "SRV _sip._udp.lonely.example.", "A lonely.example."} {
		if n := z.times(question); n != 1 {
			t.Errorf("%s was asked for %d times", question, n)
		}
	}
	z.fail(true)
	r.records.age(time.Hour)
	r.hosts.age(time.Hour)
	hops, err := r.Resolve(t.Context(), Place{Host: "lonely.example"})
	if err != nil || len(hops) != 1 {
		t.Errorf("with a DNS that fails: %v, %v", hops, err)
	}
	if _, err := r.Resolve(t.Context(), Place{Host: "carrier.example"}); err == nil || errors.Is(err, ErrNowhere) {
		t.Errorf("what was never known: %v", err)
	}
	r.records.age(2 * serves)
	r.hosts.age(2 * serves)
	if _, err := r.Resolve(t.Context(), Place{Host: "lonely.example"}); err == nil {
		t.Error("an answer of the day before yesterday serves")
	}
}

// age makes all that is kept older.
func (c *cache[K, V]) age(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for key, k := range c.kept {
		k.until, k.stale = k.until.Add(-by), k.stale.Add(-by)
		c.kept[key] = k
	}
}

// TestSecondServer is asked where the first is dead.
func TestSecondServer(t *testing.T) {
	dead, err := net.ListenPacket("udp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = dead.Close() }()
	z := newZone(t, carrier...)
	records, _, err := newClient([]string{dead.LocalAddr().String(), z.address}).ask(t.Context(), question{"carrier.example", typeNAPTR})
	if err != nil || len(records) != 3 {
		t.Errorf("%+v, %v", records, err)
	}
}

// TestWeights: each of the equals is first as often as its weight says.
func TestWeights(t *testing.T) {
	records := []record{{priority: 1, weight: 60, port: 1}, {priority: 1, weight: 30, port: 2}, {priority: 1, weight: 10, port: 3}, {priority: 0, weight: 0, port: 4}}
	draws := rand.New(rand.NewPCG(3, 4))
	first := make(map[uint16]int)
	const rounds = 20_000
	for range rounds {
		ordered := Weighed(records, record.rank, draws.IntN)
		if ordered[0].port != 4 {
			t.Fatal("the best priority is not first")
		}
		first[ordered[1].port]++
	}
	for _, r := range records[:3] {
		if got, want := float64(first[r.port])/rounds, float64(r.weight)/100; math.Abs(got-want) > 0.02 {
			t.Errorf("weight %d is first in %.3f of the cases", r.weight, got)
		}
	}
}

// TestWeighedOrder: whatever the records, none is lost or doubled, and no lower
// priority stands before a higher one.
func TestWeighedOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		records := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) record {
			return record{
				priority: rapid.Uint16Range(0, 4).Draw(t, "priority"), weight: rapid.Uint16().Draw(t, "weight"), port: rapid.Uint16().Draw(t, "port"),
			}
		}), 0, 20).Draw(t, "records")
		ordered := Weighed(records, record.rank, func(n int) int { return rapid.IntRange(0, n-1).Draw(t, "lot") })
		if !slices.IsSortedFunc(ordered, func(a, b record) int { return int(a.priority) - int(b.priority) }) {
			t.Fatalf("not by priority: %+v", ordered)
		}
		count := make(map[record]int)
		for _, r := range records {
			count[r]++
		}
		for _, r := range ordered {
			count[r]--
		}
		for r, n := range count {
			if n != 0 {
				t.Fatalf("%+v is there %d times too few", r, n)
			}
		}
	})
}

// FuzzRead reads whatever a name server may send.
func FuzzRead(f *testing.F) {
	for _, text := range carrier {
		rr, err := dns.NewRR(text)
		if err != nil {
			f.Fatal(err)
		}
		res := new(dns.Msg)
		res.SetQuestion(rr.Header().Name, rr.Header().Rrtype)
		res.Answer = []dns.RR{rr}
		packed, err := res.Pack()
		if err != nil {
			f.Fatal(err)
		}
		f.Add(packed)
	}
	f.Fuzz(func(t *testing.T, packet []byte) {
		var res dns.Msg
		if res.Unpack(packet) != nil {
			return
		}
		for _, kind := range []uint16{typeNAPTR, typeSRV} {
			records, lasts := read(&res, kind)
			if lasts < 0 || len(records) > mostHops {
				t.Fatalf("%d records for %v", len(records), lasts)
			}
			for _, r := range records {
				if kind == typeNAPTR && (r.network == "" || r.target == "") {
					t.Fatalf("a NAPTR record that leads nowhere: %+v", r)
				}
			}
			_ = Weighed(ranked(records), record.rank, func(n int) int { return n - 1 })
		}
	})
}

// FuzzPlace resolves whatever stands in a configuration or a Contact, without
// asking anybody.
func FuzzPlace(f *testing.F) {
	for _, host := range []string{"203.0.113.7", "[2001:db8::7]", "a.example.", "", "[", "::1%lo", "*."} {
		f.Add(host, uint16(0), "tls")
	}
	r := New(Config{Servers: []string{"127.0.0.1:1"}, Hosts: func(context.Context, string) ([]netip.Addr, error) { return nil, ErrNowhere }})
	f.Fuzz(func(t *testing.T, host string, port uint16, network string) {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		hops, err := r.Resolve(ctx, Place{host, port, network})
		if err == nil && (len(hops) == 0 || !hops[0].Addr.IsValid()) {
			t.Fatalf("%q leads to %v", host, hops)
		}
	})
}
