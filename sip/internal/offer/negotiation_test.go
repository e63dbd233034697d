package offer

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/sfu/audio"
)

// TestEveryDirection goes through all that an offer can say about direction, at
// either level, with an address and with the zero address of RFC 2543, while we
// wish for each ourselves; the truth is worked out from who may send.
func TestEveryDirection(t *testing.T) {
	every := []Direction{SendRecv, SendOnly, RecvOnly, Inactive}
	said := append([]Direction{0}, every...)
	count := 0
	for _, session := range said {
		for _, media := range said {
			for _, host := range []string{"192.0.2.1", "0.0.0.0", "::"} {
				for _, ours := range every {
					count++
					checkDirection(t, session, media, host, ours)
				}
			}
		}
	}
	if count != 5*5*3*4 {
		t.Errorf("%d combinations", count)
	}
}

func checkDirection(t *testing.T, session, media Direction, host string, ours Direction) {
	t.Helper()
	theirs := SendRecv
	lines := []string{"v=0", "o=- 1 1 IN IP4 192.0.2.1", "s=-"}
	switch host {
	case "::":
		lines = append(lines, "c=IN IP6 "+host)
	default:
		lines = append(lines, "c=IN IP4 "+host)
	}
	lines = append(lines, "t=0 0")
	if session != 0 {
		theirs = session
		lines = append(lines, "a="+session.String())
	}
	lines = append(lines, "m=audio 4000 RTP/AVP 0")
	if media != 0 {
		theirs = media
		lines = append(lines, "a="+media.String())
	}
	weSend := theirs.Receives() && ours.Sends() && host == "192.0.2.1"
	weReceive := theirs.Sends() && ours.Receives()
	want := map[[2]bool]Direction{
		{true, true}: SendRecv, {true, false}: SendOnly, {false, true}: RecvOnly, {false, false}: Inactive,
	}[[2]bool{weSend, weReceive}]

	s := New(local, g711)
	s.want = ours
	answer, got, err := s.Answer([]byte(strings.Join(lines, "\r\n") + "\r\n"))
	name := fmt.Sprintf("session %v, media %v, %s, ours %v", session, media, host, ours)
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	if got.Direction != want || got.Held() != !weSend || !strings.Contains(string(answer), "a="+want.String()+"\r\n") {
		t.Errorf("%s: %v and held %v, want %v\n%s", name, got.Direction, got.Held(), want, answer)
	}
	if held := host != "192.0.2.1"; held == got.RTP.IsValid() {
		t.Errorf("%s: sound goes to %v", name, got.RTP)
	}
}

func TestPtimeAndMaxptime(t *testing.T) {
	for _, c := range []struct {
		attributes []string
		want       int
	}{
		{nil, 20},
		{[]string{"a=ptime:10"}, 10},
		{[]string{"a=ptime:20", "a=maxptime:150"}, 20},
		{[]string{"a=ptime:30"}, 30},
		{[]string{"a=ptime:40"}, 40},
		{[]string{"a=ptime:60"}, 60},
		{[]string{"a=ptime:200"}, 60},
		{[]string{"a=ptime:1"}, 10},
		{[]string{"a=ptime:25"}, 20},
		{[]string{"a=maxptime:10"}, 10},
		{[]string{"a=ptime:60", "a=maxptime:40"}, 40},
		{[]string{"a=ptime:0"}, 20},
		{[]string{"a=ptime:NaN", "a=maxptime:-3"}, 20},
	} {
		text := description(append([]string{"m=audio 4000 RTP/AVP 0"}, c.attributes...)...)
		answer, media, err := New(local, g711).Answer(text)
		if err != nil || media.Ptime != time.Duration(c.want)*time.Millisecond {
			t.Errorf("%v: %v, %v; want %d", c.attributes, media.Ptime, err, c.want)
		}
		for _, want := range []string{fmt.Sprintf("a=ptime:%d\r\n", c.want), "a=maxptime:60\r\n"} {
			if !strings.Contains(string(answer), want) {
				t.Errorf("%v: no %q in\n%s", c.attributes, want, answer)
			}
		}
	}
}

// TestCodecs takes each codec, with the events and the noise that go with it.
func TestCodecs(t *testing.T) {
	can := Capabilities{Codecs: []audio.Codec{audio.Opus, audio.G722, audio.PCMA, audio.PCMU}}
	for _, c := range []struct{ name, offer, answer string }{{
		"G.722 by its static type, noise and keys",
		"m=audio 4000 RTP/AVP 8 9 13 101|a=rtpmap:101 telephone-event/8000",
		"m=audio 30000 RTP/AVP 9 13 101|a=rtpmap:9 G722/8000|a=rtpmap:13 CN/8000|a=rtpmap:101 telephone-event/8000|a=rtcp:30001|a=sendrecv",
	}, {
		"G.722 by another", "m=audio 4000 RTP/AVP 97|a=rtpmap:97 g722/8000/1",
		"m=audio 30000 RTP/AVP 97|a=rtpmap:97 G722/8000|a=rtcp:30001|a=sendrecv",
	}, {
		"no G.722 at 16 kHz", "m=audio 4000 RTP/AVP 97 0|a=rtpmap:97 G722/16000",
		"m=audio 30000 RTP/AVP 0|a=rtpmap:0 PCMU/8000|a=rtcp:30001|a=sendrecv",
	}, {
		"events at 16 kHz alone", "m=audio 4000 RTP/AVP 8 96|a=rtpmap:96 telephone-event/16000",
		"m=audio 30000 RTP/AVP 8 96|a=rtpmap:8 PCMA/8000|a=rtpmap:96 telephone-event/16000|a=rtcp:30001|a=sendrecv",
	}, {
		"events at three clocks", "m=audio 4000 RTP/AVP 8 96 97 98|a=rtpmap:96 telephone-event/16000|a=rtpmap:97 telephone-event/48000|a=rtpmap:98 telephone-event/8000",
		"m=audio 30000 RTP/AVP 8 98|a=rtpmap:8 PCMA/8000|a=rtpmap:98 telephone-event/8000|a=rtcp:30001|a=sendrecv",
	}, {
		"Opus has no comfort noise of 8 kHz", "m=audio 4000 RTP/AVP 111 13|a=rtpmap:111 opus/48000/2|a=fmtp:111 stereo=1;maxplaybackrate=48000;useinbandfec=0|a=ptime:60",
		"m=audio 30000 RTP/AVP 111|a=rtpmap:111 opus/48000/2|a=rtcp:30001|a=sendrecv",
	}} {
		answer, _, err := New(local, can).Answer(description(strings.Split(c.offer, "|")...))
		if diff := cmp.Diff(strings.ReplaceAll(c.answer, "|", "\n"), answerLines(answer)); err != nil || diff != "" {
			t.Errorf("%s: %v\n%s", c.name, err, diff)
		}
	}
}

func TestOpusParameters(t *testing.T) {
	offer := string(New(local, all).Offer(SendRecv))
	for _, want := range []string{"a=fmtp:111 ", "maxplaybackrate=16000", ";stereo=0", "useinbandfec=1", "minptime=10"} {
		if !strings.Contains(offer, want) {
			t.Errorf("no %s in\n%s", want, offer)
		}
	}
}

// TestFirstUsableLine has several audio lines, of which one will do.
func TestFirstUsableLine(t *testing.T) {
	s := New(local, g711)
	answer, media, err := s.Answer(description(
		"m=audio 0 RTP/AVP 0", "m=audio 4000 RTP/AVP 18", "m=audio 4002 UDP/TLS/RTP/SAVPF 0", "m=audio 4004 RTP/AVP 8", "m=audio 4006 RTP/AVP 0"))
	want := "m=audio 0 RTP/AVP 0\nm=audio 0 RTP/AVP 18\nm=audio 0 UDP/TLS/RTP/SAVPF 0\nm=audio 30000 RTP/AVP 8\n" +
		"a=rtpmap:8 PCMA/8000\na=rtcp:30001\na=sendrecv\nm=audio 0 RTP/AVP 0"
	if diff := cmp.Diff(want, answerLines(answer)); err != nil || diff != "" || media.RTP.Port() != 4004 {
		t.Errorf("%v, %v\n%s", media.RTP, err, diff)
	}
	// A later offer that makes an earlier line usable does not move the call.
	_, media, err = s.Answer(description(
		"m=audio 3998 RTP/AVP 0", "m=audio 0 RTP/AVP 18", "m=audio 0 UDP/TLS/RTP/SAVPF 0", "m=audio 4004 RTP/AVP 8", "m=audio 0 RTP/AVP 0"))
	if err != nil || media.RTP.Port() != 4004 {
		t.Errorf("the call moved to %v, %v", media.RTP, err)
	}
}

// TestReofferChangesTheCodec only to what is offered then; and a refusal leaves
// what was agreed on.
func TestReofferChangesTheCodec(t *testing.T) {
	s := New(local, all)
	for _, step := range []struct {
		offer []string
		codec audio.Codec
		err   error
	}{
		{[]string{"m=audio 4000 RTP/AVP 107 8", "a=rtpmap:107 opus/48000/2"}, audio.Opus, nil},
		{[]string{"m=audio 4000 RTP/AVP 0"}, audio.PCMU, nil},
		{[]string{"m=audio 4000 RTP/AVP 18"}, 0, ErrNoCommonCodec},
		{[]string{"m=audio 4000 RTP/AVP 8"}, audio.PCMA, nil},
	} {
		answer, media, err := s.Answer(description(step.offer...))
		if !errors.Is(err, step.err) || media.Codec != step.codec {
			t.Errorf("%v: %v, %v", step.offer, media.Codec, err)
		}
		if strings.Contains(string(answer), "opus") && step.codec != audio.Opus {
			t.Errorf("%v is answered with Opus:\n%s", step.offer, answer)
		}
	}
}

// TestMuxOffered is accepted by one peer and refused by another.
func TestMuxOffered(t *testing.T) {
	far := netip.MustParseAddrPort("192.0.2.1:4000")
	for _, c := range []struct {
		answer []string
		rtcp   uint16
		mux    bool
	}{
		{[]string{"a=rtcp-mux"}, 4000, true},
		{nil, 4001, false},
		{[]string{"a=rtcp:4567"}, 4567, false},
	} {
		s := New(local, g711)
		if offer := string(s.Offer(SendRecv)); !strings.Contains(offer, "a=rtcp-mux\r\n") || !strings.Contains(offer, "a=rtcp:30001\r\n") {
			t.Errorf("the offer has not both:\n%s", offer)
		}
		answer := description(append([]string{"m=audio 4000 RTP/AVP 8"}, c.answer...)...)
		media, err := s.Accept(answer)
		if err != nil || media.Mux != c.mux || media.RTCP != netip.AddrPortFrom(far.Addr(), c.rtcp) {
			t.Errorf("%v: mux %v, RTCP at %v, %v", c.answer, media.Mux, media.RTCP, err)
		}
		again := string(s.Offer(SendOnly))
		if strings.Contains(again, "a=rtcp-mux") != c.mux || strings.Contains(again, "a=rtcp:") == c.mux {
			t.Errorf("%v: offered again:\n%s", c.answer, again)
		}
		if media, err = s.Accept(description("m=audio 4000 RTP/AVP 8", "a=rtcp-mux")); err != nil || media.Mux != c.mux {
			t.Errorf("%v: then mux %v, %v", c.answer, media.Mux, err)
		}
	}
}

func TestIPv6(t *testing.T) {
	six := netip.MustParseAddrPort("[2001:db8::7]:30000")
	offer := strings.ReplaceAll(string(description("m=audio 4000 RTP/AVP 8", "a=rtcp:4567 IN IP6 2001:db8::2")), "IP4 192.0.2.1", "IP6 2001:db8::1")
	answer, media, err := New(six, g711).Answer([]byte(offer))
	if err != nil || media.RTP != netip.MustParseAddrPort("[2001:db8::1]:4000") || media.RTCP != netip.MustParseAddrPort("[2001:db8::2]:4567") {
		t.Errorf("sound goes to %v, RTCP to %v, %v", media.RTP, media.RTCP, err)
	}
	if !strings.Contains(string(answer), "c=IN IP6 2001:db8::7\r\n") || !strings.Contains(string(answer), " IN IP6 2001:db8::7\r\n") {
		t.Errorf("answer\n%s", answer)
	}
}
