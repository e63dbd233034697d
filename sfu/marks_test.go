package sfu

import (
	"net"
	"testing"
	"testing/synctest"
	"time"

	relaying "github.com/pion/turn/v5"
	"github.com/pion/webrtc/v4"

	"partyline/metrics/quality"
	"partyline/sfu/audio"
)

// relay is a TURN server on loopback, as a company's is.
func relay(t *testing.T) webrtc.ICEServer {
	t.Helper()
	const name, secret = "ann", "correct horse"
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	must(t, err)
	server, err := relaying.NewServer(relaying.ServerConfig{
		Realm: "example.com",
		AuthHandler: func(r *relaying.RequestAttributes) (string, []byte, bool) {
			return r.Username, relaying.GenerateAuthKey(name, r.Realm, secret), r.Username == name
		},
		PacketConnConfigs: []relaying.PacketConnConfig{{PacketConn: conn, RelayAddressGenerator: &relaying.RelayAddressGeneratorStatic{
			RelayAddress: net.IPv4(127, 0, 0, 1), Address: "127.0.0.1",
		}}},
	})
	must(t, err)
	t.Cleanup(func() { _ = server.Close() })
	return webrtc.ICEServer{URLs: []string{"turn:" + conn.LocalAddr().String()}, Username: name, Credential: secret}
}

// measured has the room measure the participant's newest leg now, as after five
// seconds, and gives its sample.
func (m *measurements) measured(t *testing.T, h *Hub, at quality.Key) (s quality.Sample) {
	t.Helper()
	must(t, h.ask(t.Context(), at.Room, false, func(r *room) {
		legs := r.members[at.Participant].legs
		l := legs[len(legs)-1]
		r.measure(l, l.interval.began.Add(measureInterval))
	}))
	m.update(func() { s = m.samples[at][len(m.samples[at])-1] })
	return s
}

// judged is the verdict on a leg that had such samples for half a minute.
func judged(s quality.Sample) quality.Verdict {
	lane := quality.Lane{Leg: quality.Leg{ID: "leg", Kind: quality.Browser}}
	for range 6 {
		s.At, s.Span = s.At.Add(measureInterval), measureInterval
		lane.Samples = append(lane.Samples, s)
	}
	return quality.Judge([]quality.Lane{lane})
}

func faults(v quality.Verdict) (found []quality.Fault) {
	for _, f := range v.Findings {
		found = append(found, f.Fault)
	}
	return found
}

// TestTheWayIsMarked has a browser come directly, by TCP, and through a TURN
// server, of which only the browser itself can tell: what it finds in its
// statistics is a relay's candidate. A delay is then the fault of the detour.
func TestTheWayIsMarked(t *testing.T) {
	for name, c := range map[string]struct {
		option func(t *testing.T) peerOption
		want   quality.Marks
		told   quality.Marks
		fault  quality.Fault
	}{
		"direct": {func(*testing.T) peerOption { return func(*webrtc.SettingEngine, *peer) {} }, 0, 0, quality.HighDelay},
		"relayed": {func(t *testing.T) peerOption {
			server := relay(t)
			return func(_ *webrtc.SettingEngine, p *peer) {
				p.cfg = webrtc.Configuration{ICEServers: []webrtc.ICEServer{server}, ICETransportPolicy: webrtc.ICETransportPolicyRelay}
			}
		}, 0, quality.Relayed, quality.Detour},
		"TCP": {func(*testing.T) peerOption {
			return func(s *webrtc.SettingEngine, _ *peer) {
				s.SetNetworkTypes([]webrtc.NetworkType{webrtc.NetworkTypeTCP4})
			}
		}, quality.OverTCP, 0, quality.Detour},
	} {
		t.Run(name, func(t *testing.T) {
			h, w := newTestHub(t, func(c *Config) { c.TCP = "127.0.0.1:0" })
			m := measuring(h, w)
			p := newPeer(t, 1, false, c.option(t))
			p.join(h, w, "room", 1, "a")
			p.talk(0, 60, 2*time.Millisecond)
			s := m.measured(t, h, quality.Key{Room: "room", Participant: 1, Leg: "a"})
			if s.Marks != c.want || s.Said.Packets == 0 {
				t.Errorf("marked %b, want %b: %+v", s.Marks, c.want, s)
			}
			if p.relayed() {
				s.Marks |= quality.Relayed
			}
			if s.Marks != c.want|c.told {
				t.Errorf("with what the browser tells marked %b", s.Marks)
			}
			s.RoundTrip, s.Said = 450*time.Millisecond, quality.Stream{Packets: 250, Level: -30}
			if got := faults(judged(s)); len(got) != 1 || got[0] != c.fault {
				t.Errorf("judged to be %v, want %s", got, c.fault)
			}
		})
	}
}

// relayed is what a browser tells: the sort of its candidate that is in use.
func (p *peer) relayed() bool {
	pair, err := p.pc.GetSenders()[0].Transport().ICETransport().GetSelectedCandidatePair()
	must(p.t, err)
	return pair.Local.Typ == webrtc.ICECandidateTypeRelay
}

// TestReconnectingIsMarked breaks a talker's connection and brings up another:
// nobody is then blamed for saying nothing.
func TestReconnectingIsMarked(t *testing.T) {
	h, w := newTestHub(t, nil)
	m := measuring(h, w)
	p := newPeer(t, 1, false)
	p.join(h, w, "room", 1, "a")
	at := quality.Key{Room: "room", Participant: 1, Leg: "a"}
	p.talk(0, 60, 2*time.Millisecond)
	if s := m.measured(t, h, at); s.Marks != 0 {
		t.Errorf("marked %b before anything happened", s.Marks)
	}
	p.talk(60, 60, 2*time.Millisecond)
	w.awaitLeg(t, "room", 1, "a", LegBroken)
	s := m.measured(t, h, at)
	if !s.Marks.Has(quality.Reconnecting) {
		t.Errorf("broken: marked %b", s.Marks)
	}
	s.Said, s.Marks = quality.Stream{Level: quality.Unknown}, s.Marks&^quality.Missing
	if got := faults(judged(s)); len(got) != 0 {
		t.Errorf("reconnecting is judged to be %v", got)
	}
	s.Marks = 0
	if got := faults(judged(s)); len(got) != 1 || got[0] != quality.OneWay {
		t.Errorf("without the mark it is judged to be %v", got)
	}
	newPeer(t, 1, false).join(h, w, "room", 1, "b")
	at.Leg = "b"
	must(t, h.ask(t.Context(), "room", false, func(r *room) { r.tick(time.Now()) }))
	if s := m.measured(t, h, at); !s.Marks.Has(quality.Reconnecting) {
		t.Errorf("another leg beside: marked %b", s.Marks)
	}
}

// TestOverloadIsMarked has the room be too slow for its packets, and a phone's
// tick come too late: the server is to blame.
func TestOverloadIsMarked(t *testing.T) {
	h, w := newTestHub(t, nil)
	m := measuring(h, w)
	p := newPeer(t, 1, false)
	p.join(h, w, "room", 1, "a")
	at := quality.Key{Room: "room", Participant: 1, Leg: "a"}
	m.measured(t, h, at)
	h.traffic.DroppedBehind.Add(1)
	s := m.measured(t, h, at)
	if s.Marks != quality.Overloaded {
		t.Errorf("marked %b", s.Marks)
	}
	s.Said.Packets = 250
	if got := faults(judged(s)); len(got) != 1 || got[0] != quality.ServerOverload {
		t.Errorf("judged to be %v", got)
	}
	if s = m.measured(t, h, at); s.Marks != 0 {
		t.Errorf("marked %b when it was over", s.Marks)
	}
}

// sleepy is a phone whose payload takes too long, once.
type sleepy struct {
	*handset
	nap time.Duration
}

func (s *sleepy) Hear(m *audio.Mix) {
	time.Sleep(s.nap)
	s.nap = 0
	s.handset.Hear(m)
}

func TestALateTickIsMarked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := phoneHub(t, nil)
		p := newHandset(t, h, audio.PCMU, hum(400))
		_ = p.line.Close()
		lazy := &sleepy{handset: p}
		var err error
		p.line, err = h.Answer(t.Context(), lazy)
		must(t, err)
		other := newHandset(t, h, audio.PCMU, nil)
		join(t, h, "room", p, other)
		talk(time.Second, p, other)
		if _, marks := h.Sound(p.line, time.Second); marks != 0 {
			t.Errorf("marked %b", marks)
		}
		lazy.nap = time.Second
		talk(2*time.Second, p, other)
		if _, marks := h.Sound(other.line, 2*time.Second); marks != quality.Overloaded {
			t.Errorf("a tick was a second late, and that is marked %b", marks)
		}
		talk(time.Second, p, other)
		if _, marks := h.Sound(other.line, time.Second); marks != 0 {
			t.Errorf("marked %b when it was over", marks)
		}
		hangUp(t, p, other)
	})
}
