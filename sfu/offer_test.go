package sfu

import (
	"context"
	"errors"
	"fmt"
	"net/netip"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pion/dtls/v3"
	"github.com/pion/sdp/v3"
	"github.com/pion/webrtc/v4"
)

// chromiumOffer is what Chromium 156 offers for three slots.
func chromiumOffer(t testing.TB) string {
	t.Helper()
	b, err := os.ReadFile("testdata/chromium.sdp")
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(strings.ReplaceAll(string(b), "\r", ""), "\n", "\r\n")
}

func TestReadOffer(t *testing.T) {
	o, err := readOffer(chromiumOffer(t))
	if err != nil {
		t.Fatal(err)
	}
	if o.sections != 3 || o.opus != 111 || o.red != 63 || o.levelExtension != 1 {
		t.Errorf("%d sections, opus %d, red %d, level %d", o.sections, o.opus, o.red, o.levelExtension)
	}
	if strings.Contains(o.sdp, "a=candidate") {
		t.Error("the browser's candidates are still there")
	}
}

func TestBadOffers(t *testing.T) {
	good := chromiumOffer(t)
	replace := func(old, with string) string {
		if !strings.Contains(good, old) {
			t.Fatalf("the offer has no %q", old)
		}
		return strings.ReplaceAll(good, old, with)
	}
	h, _ := newTestHub(t, nil)
	for _, tt := range []struct {
		name, offer string
		want        error
		says        string
	}{
		{"empty", "", ErrBadOffer, ""},
		{"not SDP", "hello\r\n", ErrBadOffer, ""},
		{"JSON", `{"type":"offer"}`, ErrBadOffer, ""},
		{"no sections", good[:strings.Index(good, "m=")], ErrNoAudio, "audio"},
		{"too long", good + strings.Repeat("a=x\r\n", 20000), ErrBadOffer, "too long"},
		{"video", replace("m=audio", "m=video"), ErrBadOffer, "video"},
		{"data channel", good + "m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\nc=IN IP4 0.0.0.0\r\na=mid:3\r\n", ErrBadOffer, "application"},
		{"no Opus", replace("opus/48000/2", "speex/8000"), ErrNoAudio, "Opus"},
		{"reserved payload type", strings.ReplaceAll(replace(":111 ", ":72 "), " 63 111\r\n", " 63 72\r\n"), ErrNoAudio, "Opus"},
		{"no ufrag", replace("a=ice-ufrag:", "a=x-ufrag:"), ErrBadOffer, "ice-ufrag"},
		{"no fingerprint", replace("a=fingerprint:", "a=x-fingerprint:"), ErrBadOffer, "fingerprint"},
		{"nonsense fingerprint", replace("a=fingerprint:sha-256 ", "a=fingerprint:rot-13 "), ErrBadOffer, ""},
		{"passive", replace("actpass", "passive"), ErrBadOffer, "setup"},
		{"no mid", replace("a=mid:", "a=x-mid:"), ErrBadOffer, "mid"},
		{"does not receive", replace("a=recvonly", "a=sendonly"), ErrBadOffer, "sendonly"},
		{"rejected section", replace("m=audio 9 ", "m=audio 0 "), ErrBadOffer, "rejected"},
		{"ten sections", good + strings.Repeat(good[strings.LastIndex(good, "m=audio"):], 7), ErrBadOffer, "at most 9"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
			defer cancel()
			answer, err := h.Connect(ctx, "room", 1, "a", tt.offer)
			if !errors.Is(err, tt.want) || !errors.Is(err, ErrBadOffer) || answer != "" {
				t.Fatalf("error %v", err)
			}
			if !strings.Contains(err.Error(), tt.says) {
				t.Errorf("%q does not say %q", err, tt.says)
			}
		})
	}
	if n := h.Traffic(); n.Rooms != 0 || n.Legs != 0 || n.Joins != 0 || n.JoinsRefused == 0 {
		t.Errorf("left: %+v", n)
	}
}

func TestAnswer(t *testing.T) {
	h, _ := newTestHub(t, func(c *Config) { c.Slots = 1; c.TCP = "127.0.0.1:0" })
	answer, err := h.Connect(t.Context(), "room", 1, "a", chromiumOffer(t))
	if err != nil {
		t.Fatal(err)
	}
	var s sdp.SessionDescription
	if err := s.UnmarshalString(answer); err != nil {
		t.Fatal(err)
	}
	if _, ok := s.Attribute("ice-lite"); !ok {
		t.Error("not ICE-lite")
	}
	// The slot, what is heard alone, and one that nobody needs.
	for i, want := range []string{"sendrecv", "sendonly", "inactive"} {
		m := s.MediaDescriptions[i]
		if _, ok := m.Attribute(want); !ok {
			t.Errorf("section %d is not %s", i, want)
		}
	}
	first := s.MediaDescriptions[0]
	if got := strings.Join(first.MediaName.Formats, " "); got != "63 111" {
		t.Error("formats", got)
	}
	for _, line := range []string{
		"a=setup:passive\r\n", "a=fmtp:111 minptime=10;usedtx=1;useinbandfec=1\r\n", "a=fmtp:63 111/111\r\n", "127.0.0.1", " tcp ",
	} {
		if !strings.Contains(answer, line) {
			t.Errorf("no %q", line)
		}
	}
	for _, line := range []string{"transport-cc", "m=video", "m=application", ".local"} {
		if strings.Contains(answer, line) {
			t.Errorf("there is %q", line)
		}
	}
}

// TestProtection connects browsers that offer the profiles of RFC 7714 in an
// order of their own. The hub chooses, as the DTLS server does: were the roles
// the other way round, the first of theirs would be taken.
func TestProtection(t *testing.T) {
	h, w := newTestHub(t, nil)
	const gcm128, gcm256, sha1 = dtls.SRTP_AEAD_AES_128_GCM, dtls.SRTP_AEAD_AES_256_GCM, dtls.SRTP_AES128_CM_HMAC_SHA1_80
	for i, tt := range []struct {
		name    string
		offered []dtls.SRTPProtectionProfile
		want    string
	}{
		{"all, the dearest first", []dtls.SRTPProtectionProfile{sha1, gcm256, gcm128}, "SRTP_AEAD_AES_128_GCM"},
		{"long keys", []dtls.SRTPProtectionProfile{sha1, gcm256}, "SRTP_AEAD_AES_256_GCM"},
		{"nothing better", []dtls.SRTPProtectionProfile{sha1}, "SRTP_AES128_CM_HMAC_SHA1_80"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			p := newPeer(t, 3, true, func(s *webrtc.SettingEngine, _ *peer) { s.SetSRTPProtectionProfiles(tt.offered...) })
			p.join(h, w, "room", uint32(i+1), "a")
			answer := p.pc.RemoteDescription().SDP
			for _, line := range []string{"a=setup:passive\r\n", "a=fmtp:109 minptime=10;usedtx=1;useinbandfec=1\r\n", "a=fmtp:63 109/109\r\n", "UDP/TLS/RTP/SAVPF 63 109\r\n"} {
				if !strings.Contains(answer, line) {
					t.Errorf("the answer has no %q", line)
				}
			}
			if strings.Contains(answer, "transport-cc") || strings.Contains(answer, ":111 ") {
				t.Error("the answer has what was not offered:", answer)
			}
			transport, ok := p.pc.GetStats()["iceTransport"].(webrtc.TransportStats)
			if !ok || transport.SRTPCipher != tt.want {
				t.Errorf("protected by %q, want %q", transport.SRTPCipher, tt.want)
			}
		})
	}
}

func TestPublicAddresses(t *testing.T) {
	h, _ := newTestHub(t, func(c *Config) {
		c.PublicAddresses = []netip.Addr{netip.MustParseAddr("203.0.113.7")}
	})
	answer, err := h.Connect(t.Context(), "room", 1, "a", chromiumOffer(t))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(answer, " 203.0.113.7 ") || strings.Contains(answer, "udp 2130706431 127.0.0.1 ") {
		t.Error(answer)
	}
}

func TestRoomFull(t *testing.T) {
	h, w := newTestHub(t, func(c *Config) { c.MaxParticipants = 2 })
	for id := uint32(1); id <= 2; id++ {
		newPeer(t, 1, false).join(h, w, "room", id, "a")
	}
	if _, err := h.Connect(t.Context(), "room", 3, "a", newPeer(t, 1, false).offer()); !errors.Is(err, ErrRoomFull) {
		t.Error(err)
	}
	if _, err := h.Connect(t.Context(), "room", 2, "b", newPeer(t, 1, false).offer()); err != nil {
		t.Error("a second leg is no newcomer:", err)
	}
	if err := h.Close(); err != nil {
		t.Error(err)
	}
	if _, err := h.Connect(t.Context(), "room", 1, "a", newPeer(t, 1, false).offer()); !errors.Is(err, ErrClosed) {
		t.Error(err)
	}
}

func TestPortInUse(t *testing.T) {
	h, _ := newTestHub(t, nil)
	cfg := DefaultConfig()
	cfg.UDP, cfg.TCP = h.network.udp.LocalAddr().String(), ""
	if _, err := New(cfg, silentPrompts{}, newWatcher(), h.log); err == nil || !strings.Contains(err.Error(), cfg.UDP) {
		t.Error(err)
	}
}

func TestConfigValidate(t *testing.T) {
	if err := DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
	bad := Config{UDP: "nowhere", TCP: "x:y", Slots: 9, MaxParticipants: 1}
	err := bad.Validate()
	for _, word := range []string{"udp", "tcp", "slots", "participants"} {
		if err == nil || !strings.Contains(err.Error(), word) {
			t.Errorf("%v does not name %s", err, word)
		}
	}
}

func FuzzReadOffer(f *testing.F) {
	good := chromiumOffer(f)
	f.Add(good)
	f.Add("v=0\r\n")
	f.Add(strings.ReplaceAll(good, "63 111", "111 63"))
	f.Add(strings.ReplaceAll(good, "extmap:1 ", "extmap:1/sendrecv "))
	f.Add(strings.ReplaceAll(good, "minptime=10;useinbandfec=1", "usedtx=0 ; useinbandfec;;=;stereo"))
	f.Fuzz(func(t *testing.T, text string) {
		o, err := readOffer(text)
		if err != nil {
			if !errors.Is(err, ErrBadOffer) {
				t.Fatal(err)
			}
			return
		}
		if o.opus == 0 || o.opus == o.red || o.sections < 1 || o.sections > MaxSlots || o.levelExtension > maxExtension {
			t.Fatalf("%+v", o)
		}
		if _, err := readOffer(o.sdp); err != nil && len(o.sdp) <= maxOffer {
			t.Fatalf("what was read cannot be read: %v", err)
		}
		checkFinished(t, o, text)
	})
}

// checkFinished finishes whatever was offered as if it were Pion's answer:
// lines stay lines, the parameters of Opus get ours, nothing else changes.
func checkFinished(t *testing.T, o *offer, text string) {
	t.Helper()
	finished := o.finishAnswer(text)
	if again := o.finishAnswer(finished); again != finished {
		t.Fatalf("finished twice it is another:\n%q\n%q", finished, again)
	}
	opus := fmt.Sprintf("a=fmtp:%d ", o.opus)
	before, after := strings.Split(text, "\r\n"), strings.Split(finished, "\r\n")
	if len(before) != len(after) {
		t.Fatalf("%d lines became %d", len(before), len(after))
	}
	for i, line := range after {
		switch {
		case !strings.HasPrefix(before[i], opus):
			if line != before[i] {
				t.Fatalf("%q became %q", before[i], line)
			}
		case !strings.HasPrefix(line, opus) || !strings.HasSuffix(line, opusParameter):
			t.Fatalf("%q became %q", before[i], line)
		}
	}
}
