package offer

import (
	"errors"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/pion/sdp/v3"

	"partyline/sfu/audio"
	"partyline/sip/dialplan"
	"partyline/sip/internal/sdes"
)

var (
	local = netip.MustParseAddrPort("198.51.100.7:30000")
	all   = Capabilities{Codecs: []audio.Codec{audio.Opus, audio.PCMA, audio.PCMU}}
	g711  = Capabilities{Codecs: []audio.Codec{audio.PCMA, audio.PCMU}}
)

// description builds an SDP of the lines after "t=0 0".
func description(lines ...string) []byte {
	head := []string{"v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-", "c=IN IP4 192.0.2.1", "t=0 0"}
	return []byte(strings.Join(append(head, lines...), "\r\n") + "\r\n")
}

// answerLines are the lines of an answer that matter.
func answerLines(text []byte) string {
	var lines []string
	for l := range strings.Lines(string(text)) {
		l = strings.TrimSpace(l)
		if strings.HasPrefix(l, "m=") || strings.HasPrefix(l, "a=") && !strings.HasPrefix(l, "a=fmtp") && l != "a=ptime:20" &&
			l != "a=maxptime:60" {
			lines = append(lines, l)
		}
	}
	return strings.Join(lines, "\n")
}

func TestAnswer(t *testing.T) {
	peer := netip.MustParseAddrPort("192.0.2.1:4000")
	rtcp := netip.MustParseAddrPort("192.0.2.1:4001")
	cases := []struct {
		name   string
		can    Capabilities
		offer  []string
		answer string
		media  Media
	}{{
		name:   "a plain trunk",
		can:    all,
		offer:  []string{"m=audio 4000 RTP/AVP 8 0 101", "a=rtpmap:8 PCMA/8000", "a=rtpmap:101 telephone-event/8000", "a=ptime:20", "a=sendrecv"},
		answer: "m=audio 30000 RTP/AVP 8 101\na=rtpmap:8 PCMA/8000\na=rtpmap:101 telephone-event/8000\na=rtcp:30001\na=sendrecv",
		media: Media{
			RTP: peer, RTCP: rtcp, Codec: audio.PCMA, Payload: 8, Formats: []Format{{8, audio.PCMA}, {0, audio.PCMU}},
			Events: []Events{{101, 8000}}, Direction: SendRecv, Ptime: 20 * time.Millisecond,
		},
	}, {
		name: "odd payload types, Opus with both event clocks",
		can:  all,
		offer: []string{
			"m=audio 4000 RTP/AVP 0 107 96 127", "a=rtpmap:107 OPUS/48000/2", "a=rtpmap:96 telephone-event/8000",
			"a=rtpmap:127 telephone-event/48000",
		},
		answer: "m=audio 30000 RTP/AVP 107 127\na=rtpmap:107 opus/48000/2\na=rtpmap:127 telephone-event/48000\na=rtcp:30001\na=sendrecv",
		media: Media{
			RTP: peer, RTCP: rtcp, Codec: audio.Opus, Payload: 107, Formats: []Format{{0, audio.PCMU}, {107, audio.Opus}},
			Events: []Events{{96, 8000}, {127, 48000}}, Direction: SendRecv, Ptime: 20 * time.Millisecond,
		},
	}, {
		name: "G.711 under dynamic types, and a type remapped away from its static meaning",
		can:  g711,
		offer: []string{
			"m=audio 4000 RTP/AVP 8 97 98", "a=rtpmap:8 G729/8000", "a=rtpmap:97 pcmu/8000/1",
			"a=rtpmap:98 PCMA/16000",
		},
		answer: "m=audio 30000 RTP/AVP 97\na=rtpmap:97 PCMU/8000\na=rtcp:30001\na=sendrecv",
		media: Media{
			RTP: peer, RTCP: rtcp, Codec: audio.PCMU, Payload: 97, Formats: []Format{{97, audio.PCMU}},
			Direction: SendRecv, Ptime: 20 * time.Millisecond,
		},
	}, {
		name: "video first, then encrypted audio, then ours: order kept, the others refused",
		can:  g711,
		offer: []string{
			"m=video 5000 RTP/AVP 96", "a=rtpmap:96 H264/90000", "m=audio 6000 RTP/SAVP 0",
			"m=audio 4000 RTP/AVP 0", "a=ptime:30", "m=application 7000 UDP/BFCP *",
		},
		answer: "m=video 0 RTP/AVP 96\nm=audio 0 RTP/SAVP 0\nm=audio 30000 RTP/AVP 0\na=rtpmap:0 PCMU/8000\na=ptime:30\na=rtcp:30001\na=sendrecv\nm=application 0 UDP/BFCP *",
		media: Media{
			RTP: peer, RTCP: rtcp, Codec: audio.PCMU, Formats: []Format{{0, audio.PCMU}},
			Direction: SendRecv, Ptime: 30 * time.Millisecond,
		},
	}, {
		name:   "rtcp-mux and an address of its own",
		can:    g711,
		offer:  []string{"m=audio 4000 RTP/AVPF 0", "c=IN IP4 203.0.113.9", "a=rtcp-mux", "a=ptime:200"},
		answer: "m=audio 30000 RTP/AVPF 0\na=rtpmap:0 PCMU/8000\na=ptime:60\na=rtcp-mux\na=sendrecv",
		media: Media{
			RTP: netip.MustParseAddrPort("203.0.113.9:4000"), RTCP: netip.MustParseAddrPort("203.0.113.9:4000"), Mux: true,
			Codec: audio.PCMU, Formats: []Format{{0, audio.PCMU}}, Direction: SendRecv, Ptime: 60 * time.Millisecond,
		},
	}, {
		name:   "RTCP elsewhere",
		can:    g711,
		offer:  []string{"m=audio 4000 RTP/AVP 0", "a=rtcp:5555 IN IP4 203.0.113.9", "a=ptime:5"},
		answer: "m=audio 30000 RTP/AVP 0\na=rtpmap:0 PCMU/8000\na=ptime:10\na=rtcp:30001\na=sendrecv",
		media: Media{
			RTP: peer, RTCP: netip.MustParseAddrPort("203.0.113.9:5555"), Codec: audio.PCMU,
			Formats: []Format{{0, audio.PCMU}}, Direction: SendRecv, Ptime: 10 * time.Millisecond,
		},
	}, {
		name:   "a host name for an address: wait for packets",
		can:    g711,
		offer:  []string{"m=audio 4000 RTP/AVP 0", "c=IN IP4 media.example.com"},
		answer: "m=audio 30000 RTP/AVP 0\na=rtpmap:0 PCMU/8000\na=rtcp:30001\na=sendrecv",
		media: Media{
			RTP: netip.AddrPortFrom(netip.Addr{}, 4000), RTCP: netip.AddrPortFrom(netip.Addr{}, 4001), Codec: audio.PCMU,
			Formats: []Format{{0, audio.PCMU}}, Direction: SendRecv, Ptime: 20 * time.Millisecond,
		},
	}}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			answer, media, err := New(local, c.can).Answer(description(c.offer...))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c.answer, answerLines(answer)); diff != "" {
				t.Errorf("answer (-want +got):\n%s", diff)
			}
			if diff := cmp.Diff(c.media, media, cmpopts.EquateEmpty(), cmp.Comparer(func(a, b netip.AddrPort) bool { return a == b })); diff != "" {
				t.Errorf("media (-want +got):\n%s", diff)
			}
		})
	}
}

func TestAnswerRefuses(t *testing.T) {
	cases := []struct {
		name   string
		offer  []byte
		want   error
		status int
	}{
		{"no SDP", []byte("hello"), ErrMalformed, 400},
		{"no media", description(), ErrNoAudio, 488},
		{"video alone", description("m=video 4000 RTP/AVP 96"), ErrNoAudio, 488},
		{"audio with port 0", description("m=audio 0 RTP/AVP 0"), ErrNoAudio, 488},
		{"encrypted only", description("m=audio 4000 RTP/SAVP 0"), ErrNoAudio, 488},
		{"G.729 alone", description("m=audio 4000 RTP/AVP 18 101", "a=rtpmap:101 telephone-event/8000"), ErrNoCommonCodec, 488},
		{"keys alone", description("m=audio 4000 RTP/AVP 101", "a=rtpmap:101 telephone-event/8000"), ErrNoCommonCodec, 488},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			_, _, err := New(local, all).Answer(c.offer)
			if !errors.Is(err, c.want) {
				t.Errorf("error %v, want %v", err, c.want)
			}
			if got := Status(err); got != c.status {
				t.Errorf("status %d, want %d", got, c.status)
			}
		})
	}
}

// TestSloppyDescriptions are such as phones send.
func TestSloppyDescriptions(t *testing.T) {
	const whole = "v=0|o=- 1 1 IN IP4 192.0.2.1|s=-|c=IN IP4 192.0.2.1|t=0 0|m=audio 4000 RTP/AVP 0|a=sendonly|"
	for name, edit := range map[string][2]string{
		"as it should be": {"", ""}, "no t=": {"t=0 0|", ""}, "no s=": {"s=-|", ""}, "empty s=": {"s=-", "s="},
		"blanks in the user name": {"o=- ", "o=a user "}, "another order": {"c=IN IP4 192.0.2.1|t=0 0|", "t=0 0|c=IN IP4 192.0.2.1|"},
		"no end": {"sendonly|", "sendonly"}, "a blank line at the end": {"sendonly|", "sendonly||"},
		"c= below": {"c=IN IP4 192.0.2.1|t=0 0|m=audio 4000 RTP/AVP 0|", "t=0 0|m=audio 4000 RTP/AVP 0|c=IN IP4 192.0.2.1|"},
	} {
		for _, end := range []string{"\r\n", "\n"} {
			text := strings.ReplaceAll(strings.Replace(whole, edit[0], edit[1], 1), "|", end)
			_, media, err := New(local, g711).Answer([]byte(text))
			if err != nil || media.RTP != netip.MustParseAddrPort("192.0.2.1:4000") || !media.Held() {
				t.Errorf("%s: %+v, %v", name, media, err)
			}
		}
	}
}

func version(t *testing.T, text []byte) int {
	t.Helper()
	m := regexp.MustCompile(`o=partyline \d+ (\d+) IN IP4 198\.51\.100\.7`).FindSubmatch(text)
	if m == nil {
		t.Fatalf("no origin in\n%s", text)
	}
	n, _ := strconv.Atoi(string(m[1]))
	return n
}

func TestVersionRisesOnlyWithAChange(t *testing.T) {
	s := New(local, g711)
	active := description("m=audio 4000 RTP/AVP 0", "a=sendrecv")
	held := description("m=audio 4000 RTP/AVP 0", "a=sendonly")
	var got []int
	for _, o := range [][]byte{active, active, held, held, active} {
		answer, _, err := s.Answer(o)
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, version(t, answer))
	}
	if diff := cmp.Diff([]int{1, 1, 2, 2, 3}, got); diff != "" {
		t.Errorf("versions (-want +got):\n%s", diff)
	}
}

// TestOfferAndAccept has two sessions agree, each way round, and then hold.
func TestOfferAndAccept(t *testing.T) {
	ours, theirs := New(local, all), New(netip.MustParseAddrPort("192.0.2.1:4000"), Capabilities{
		Codecs: []audio.Codec{audio.PCMU}, Payloads: map[audio.Codec]uint8{audio.PCMU: 99},
	})
	answer, atPeer, err := theirs.Answer(ours.Offer(SendRecv))
	if err != nil {
		t.Fatal(err)
	}
	media, err := ours.Accept(answer)
	if err != nil {
		t.Fatal(err)
	}
	if media.Codec != audio.PCMU || media.Payload != 0 || atPeer.Payload != 0 || media.RTP != theirs.local || atPeer.RTP != ours.local {
		t.Errorf("agreed on %+v here and %+v there", media, atPeer)
	}
	if e, ok := media.EventsFor(media.Codec); !ok || e != (Events{101, 8000}) {
		t.Errorf("events %v %v", e, ok)
	}
	answer, atPeer, err = theirs.Answer(ours.Offer(SendOnly))
	if err != nil {
		t.Fatal(err)
	}
	if !atPeer.Held() || atPeer.Direction != RecvOnly {
		t.Errorf("the peer is not held: %+v", atPeer)
	}
	if media, err = ours.Accept(answer); err != nil || media.Direction != SendOnly || media.Held() {
		t.Errorf("holding: %+v, %v", media, err)
	}
}

func TestReofferKeepsLinesAndPayloads(t *testing.T) {
	s := New(local, all)
	_, _, err := s.Answer(description("m=video 5000 RTP/AVP 96", "m=audio 4000 RTP/AVP 107 96", "a=rtpmap:107 opus/48000/2",
		"a=rtpmap:96 telephone-event/48000"))
	if err != nil {
		t.Fatal(err)
	}
	want := "m=video 0 RTP/AVP 96\nm=audio 30000 RTP/AVP 107 8 0 96\na=rtpmap:107 opus/48000/2\na=rtpmap:8 PCMA/8000\n" +
		"a=rtpmap:0 PCMU/8000\na=rtpmap:96 telephone-event/48000\na=rtcp:30001\na=sendrecv"
	if diff := cmp.Diff(want, answerLines(s.Offer(SendRecv))); diff != "" {
		t.Errorf("offer (-want +got):\n%s", diff)
	}
}

// FuzzAnswer checks that whatever is offered, an answer is well formed and
// answers line by line, and a refusal is one that has its status.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte("hello"))
	f.Add(description("m=audio 4000 RTP/AVP 8 0 101", "a=rtpmap:101 telephone-event/8000", "a=sendonly"))
	f.Add(description("m=video 5000 RTP/AVP 96", "m=audio 4000 RTP/AVPF 0 97", "c=IN IP4 0.0.0.0", "a=rtpmap:97 opus/48000/2", "a=rtcp-mux", "a=ptime:60"))
	f.Add(description("m=audio 4000/2 RTP/AVP 0 0 0", "a=rtcp:1 IN IP6 ::1", "a=ptime:NaN", "a=rtpmap: x"))
	keyed, _ := protected("RTP/SAVP", sdes.AES128SHA180, sdes.AEAD256)
	f.Add(keyed)
	f.Fuzz(func(t *testing.T, text []byte) {
		can := all
		can.SRTP = dialplan.SRTPOffered
		s := New(local, can)
		answer, media, err := s.Answer(text)
		if err != nil {
			if Status(err) == 488 && Warning(err) == "" || Status(err) == 400 && !errors.Is(err, ErrMalformed) {
				t.Fatalf("error %v", err)
			}
			return
		}
		var answered sdp.SessionDescription
		offered, _, err := parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if err := answered.Unmarshal(answer); err != nil {
			t.Fatalf("own answer: %v\n%s", err, answer)
		}
		if len(offered.MediaDescriptions) != len(answered.MediaDescriptions) {
			t.Fatalf("%d lines answered with %d", len(offered.MediaDescriptions), len(answered.MediaDescriptions))
		}
		if media.Ptime < 10*time.Millisecond || media.Ptime > 60*time.Millisecond || media.Codec == 0 || media.Direction == 0 {
			t.Fatalf("media %+v", media)
		}
	})
}
