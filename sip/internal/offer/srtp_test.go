package offer

import (
	"errors"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"partyline/sfu/audio"
	"partyline/sip/dialplan"
	"partyline/sip/internal/sdes"
)

// with is PCMU and PCMA under a policy.
func with(policy dialplan.SRTP) Capabilities {
	c := g711
	c.SRTP = policy
	return c
}

// protected is a description with an audio line and the suites under the tags
// 1, 2, …; the keys are theirs to keep.
func protected(proto string, suites ...sdes.Suite) (text []byte, keys []sdes.Crypto) {
	lines := []string{"m=audio 4000 " + proto + " 0"}
	for i, suite := range suites {
		keys = append(keys, sdes.New(i+1, suite))
		lines = append(lines, "a=crypto:"+keys[i].Attribute())
	}
	return description(lines...), keys
}

func TestSRTPByPolicy(t *testing.T) {
	const none sdes.Suite = 0
	several := []sdes.Suite{sdes.AES128SHA132, sdes.AES128SHA180, sdes.AEAD256, sdes.AES256SHA180}
	cases := []struct {
		name   string
		policy dialplan.SRTP
		proto  string
		suites []sdes.Suite
		want   sdes.Suite
		err    error
	}{
		{"off, plain", dialplan.SRTPOff, "RTP/AVP", nil, none, nil},
		{"off, keys beside", dialplan.SRTPOff, "RTP/AVP", several, none, nil},
		{"off, SRTP", dialplan.SRTPOff, "RTP/SAVP", several, none, ErrNoAudio},
		{"offered, plain", dialplan.SRTPOffered, "RTP/AVP", nil, none, nil},
		{"offered, keys beside", dialplan.SRTPOffered, "RTP/AVP", several, sdes.AEAD256, nil},
		{"offered, keys beside with feedback", dialplan.SRTPOffered, "RTP/AVPF", several, sdes.AEAD256, nil},
		{"offered, SRTP", dialplan.SRTPOffered, "RTP/SAVP", several[:2], sdes.AES128SHA180, nil},
		{"offered, SRTP with feedback", dialplan.SRTPOffered, "RTP/SAVPF", several[:1], sdes.AES128SHA132, nil},
		{"offered, SRTP without a key", dialplan.SRTPOffered, "RTP/SAVP", nil, none, ErrNoSRTP},
		{"required, plain", dialplan.SRTPRequired, "RTP/AVP", nil, none, ErrNoSRTP},
		{"required, keys beside", dialplan.SRTPRequired, "RTP/AVP", several, sdes.AEAD256, nil},
		{"required, SRTP", dialplan.SRTPRequired, "RTP/SAVP", several, sdes.AEAD256, nil},
		{"required, SRTP without a key", dialplan.SRTPRequired, "RTP/SAVPF", nil, none, ErrNoSRTP},
		{"keys by DTLS", dialplan.SRTPRequired, "UDP/TLS/RTP/SAVPF", several, none, ErrNoAudio},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			text, keys := protected(c.proto, c.suites...)
			answer, media, err := New(local, with(c.policy)).Answer(text)
			if !errors.Is(err, c.err) || (err == nil) != (c.err == nil) {
				t.Fatalf("error %v, want %v", err, c.err)
			}
			if err != nil {
				if Status(err) != 488 || !strings.HasPrefix(Warning(err), "30") {
					t.Errorf("refused with %d and %q", Status(err), Warning(err))
				}
				return
			}
			if !strings.Contains(string(answer), "m=audio 30000 "+c.proto+" 0\r\n") {
				t.Errorf("another transport is answered:\n%s", answer)
			}
			if c.want == none {
				if media.SRTP != nil || strings.Contains(string(answer), "a=crypto") {
					t.Errorf("plain RTP has keys: %v", media.SRTP)
				}
				return
			}
			offered := keys[slices.Index(c.suites, c.want)]
			p := media.SRTP
			if p == nil || p.Send.Suite != c.want || p.Send.Tag != offered.Tag || !p.Receive.Equal(offered) || p.Send.Equal(offered) {
				t.Fatalf("protection %v, offered %v", p, offered)
			}
			if strings.Count(string(answer), "a=crypto:") != 1 || !strings.Contains(string(answer), "a=crypto:"+p.Send.Attribute()+"\r\n") {
				t.Errorf("the answer has not the one key:\n%s", answer)
			}
		})
	}
}

// TestProtectedLineIsPreferred has both kinds of line offered, as phones do that
// cannot tell what the other side does.
func TestProtectedLineIsPreferred(t *testing.T) {
	key := sdes.New(1, sdes.AES128SHA180)
	both := description("m=audio 4000 RTP/AVP 0", "m=audio 5000 RTP/SAVP 0", "a=crypto:"+key.Attribute())
	for policy, want := range map[dialplan.SRTP]string{
		dialplan.SRTPOff:      "m=audio 30000 RTP/AVP 0\nm=audio 0 RTP/SAVP 0",
		dialplan.SRTPOffered:  "m=audio 0 RTP/AVP 0\nm=audio 30000 RTP/SAVP 0",
		dialplan.SRTPRequired: "m=audio 0 RTP/AVP 0\nm=audio 30000 RTP/SAVP 0",
	} {
		answer, _, err := New(local, with(policy)).Answer(both)
		var lines []string
		for l := range strings.Lines(string(answer)) {
			if strings.HasPrefix(l, "m=") {
				lines = append(lines, strings.TrimSpace(l))
			}
		}
		if got := strings.Join(lines, "\n"); err != nil || got != want {
			t.Errorf("%v: %v\n%s", policy, err, got)
		}
	}
}

// TestKeysLastUntilThePeerChangesThem follows a call over its re-INVITEs.
func TestKeysLastUntilThePeerChangesThem(t *testing.T) {
	s := New(local, with(dialplan.SRTPOffered))
	text, _ := protected("RTP/SAVP", sdes.AES128SHA180, sdes.AES128SHA132)
	_, first, err := s.Answer(text)
	if err != nil {
		t.Fatal(err)
	}
	_, refreshed, err := s.Answer(text)
	if err != nil || !refreshed.SRTP.Send.Equal(first.SRTP.Send) || !refreshed.SRTP.Receive.Equal(first.SRTP.Receive) {
		t.Errorf("a refresh changed the keys: %v", err)
	}
	if offer := string(s.Offer(SendOnly)); !strings.Contains(offer, "RTP/SAVP") || strings.Count(offer, "a=crypto:") != 1 ||
		!strings.Contains(offer, first.SRTP.Send.Attribute()) {
		t.Errorf("a hold of ours does not keep the key:\n%s", offer)
	}
	other, _ := protected("RTP/SAVP", sdes.AES128SHA180)
	_, rekeyed, err := s.Answer(other)
	if err != nil || rekeyed.SRTP.Receive.Equal(first.SRTP.Receive) || rekeyed.SRTP.Send.Equal(first.SRTP.Send) {
		t.Errorf("another key of the peer leaves ours as it was: %v", err)
	}
	s.Rekey()
	if offer := string(s.Offer(SendRecv)); strings.Contains(offer, rekeyed.SRTP.Send.Attribute()) || strings.Count(offer, "a=crypto:") < 4 {
		t.Errorf("an offer with new keys:\n%s", offer)
	}
}

// TestOfferSRTP has a session of ours offer, under each policy, to one of each.
func TestOfferSRTP(t *testing.T) {
	far := netip.MustParseAddrPort("192.0.2.1:4000")
	off, offered, required := dialplan.SRTPOff, dialplan.SRTPOffered, dialplan.SRTPRequired
	for _, c := range []struct {
		ours, theirs dialplan.SRTP
		proto        string
		secure       bool
		refused      bool // by the peer
	}{
		{off, off, "RTP/AVP", false, false},
		{off, offered, "RTP/AVP", false, false},
		{off, required, "RTP/AVP", false, true},
		{offered, off, "RTP/AVP", false, false},
		{offered, offered, "RTP/AVP", true, false},
		{offered, required, "RTP/AVP", true, false},
		{required, off, "RTP/SAVP", false, true},
		{required, offered, "RTP/SAVP", true, false},
		{required, required, "RTP/SAVP", true, false},
	} {
		ours, theirs := New(local, with(c.ours)), New(far, with(c.theirs))
		text := ours.Offer(SendRecv)
		if !strings.Contains(string(text), "m=audio 30000 "+c.proto+" ") {
			t.Errorf("%v offers\n%s", c.ours, text)
		}
		answer, atPeer, err := theirs.Answer(text)
		if c.refused {
			if err == nil {
				t.Errorf("%v took what %v offers", c.theirs, c.ours)
			}
			continue
		}
		if err != nil {
			t.Errorf("%v to %v: %v", c.ours, c.theirs, err)
			continue
		}
		media, err := ours.Accept(answer)
		if err != nil || (media.SRTP != nil) != c.secure || (atPeer.SRTP != nil) != c.secure {
			t.Errorf("%v to %v: %v and %v, %v", c.ours, c.theirs, media.SRTP, atPeer.SRTP, err)
			continue
		}
		if c.secure && (!media.SRTP.Send.Equal(atPeer.SRTP.Receive) || !media.SRTP.Receive.Equal(atPeer.SRTP.Send)) {
			t.Errorf("%v to %v: the keys do not fit", c.ours, c.theirs)
		}
		if again := ours.Offer(SendRecv); c.secure && !strings.Contains(string(again), media.SRTP.Send.Attribute()) {
			t.Errorf("%v to %v: the next offer has another key", c.ours, c.theirs)
		}
	}
}

// TestAnswersThatBreakThePolicy are such as would send sound in the clear that
// was to be protected, or with a key that nobody offered.
func TestAnswersThatBreakThePolicy(t *testing.T) {
	plain := description("m=audio 4000 RTP/AVP 0")
	bare := description("m=audio 4000 RTP/SAVP 0")
	other := description("m=audio 4000 RTP/SAVP 0", "a=crypto:"+sdes.New(77, sdes.AES128SHA180).Attribute())
	for name, c := range map[string]struct {
		policy dialplan.SRTP
		answer []byte
		err    error
	}{
		"required and plain":         {dialplan.SRTPRequired, plain, ErrNoSRTP},
		"required and no key":        {dialplan.SRTPRequired, bare, ErrNoSRTP},
		"required and another's tag": {dialplan.SRTPRequired, other, ErrNoSRTP},
		"offered and another's tag":  {dialplan.SRTPOffered, other, ErrNoSRTP},
		"offered and plain":          {dialplan.SRTPOffered, plain, nil},
		"off and SRTP":               {dialplan.SRTPOff, other, ErrNoSRTP},
	} {
		s := New(local, with(c.policy))
		s.Offer(SendRecv)
		if _, err := s.Accept(c.answer); !errors.Is(err, c.err) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// FuzzAccept feeds answers to an offer of ours, with and without keys.
func FuzzAccept(f *testing.F) {
	f.Add([]byte("hello"))
	f.Add(description("m=audio 4000 RTP/AVP 8 101", "a=rtpmap:101 telephone-event/8000", "a=recvonly"))
	text, _ := protected("RTP/SAVP", sdes.AES128SHA180, sdes.AEAD128)
	f.Add(text)
	f.Add(description("m=audio 4000 RTP/AVPF 9 13", "a=rtcp-mux", "a=maxptime:10", "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:x|2^31"))
	f.Fuzz(func(t *testing.T, text []byte) {
		for _, policy := range []dialplan.SRTP{dialplan.SRTPOff, dialplan.SRTPOffered, dialplan.SRTPRequired} {
			can := all
			can.SRTP = policy
			s := New(local, can)
			s.Offer(SendRecv)
			media, err := s.Accept(text)
			switch {
			case errors.Is(err, ErrMalformed), errors.Is(err, ErrNoAudio), errors.Is(err, ErrNoCommonCodec), errors.Is(err, ErrNoSRTP):
			case err != nil:
				t.Fatalf("error %v", err)
			case !slices.Contains(can.Codecs, media.Codec), media.Direction == 0, media.Codec == audio.CN:
				t.Fatalf("media %+v", media)
			case policy == dialplan.SRTPRequired && media.SRTP == nil, policy == dialplan.SRTPOff && media.SRTP != nil:
				t.Fatalf("%v, and protection %v", policy, media.SRTP)
			}
		}
	})
}
