package offer

import (
	"net/netip"
	"strings"
	"testing"

	"partyline/sfu/audio"
)

// TestExtendedReportsAreAskedForWhereTheyAreKnown is RFC 3611 section 5.1: each
// side says which reports it wants.
func TestExtendedReportsAreAskedForWhereTheyAreKnown(t *testing.T) {
	const session = "v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\n"
	const media = "m=audio 4000 RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n"
	for name, c := range map[string]struct {
		offer  string
		want   Extended
		answer bool
	}{
		"nothing said":       {session + media, Extended{}, false},
		"both":               {session + media + "a=rtcp-xr:pkt-loss-rle voip-metrics stat-summary=loss,jitt\r\n", Extended{true, true}, true},
		"for the session":    {session + "a=rtcp-xr:voip-metrics\r\n" + media, Extended{Metrics: true}, true},
		"another summary":    {session + media + "a=rtcp-xr:stat-summary=TTL\r\n", Extended{}, true},
		"none is wanted":     {session + media + "a=rtcp-xr:\r\n", Extended{}, true},
		"what nobody writes": {session + media + "a=rtcp-xr:====,,  =voip-metrics\r\n", Extended{}, true},
	} {
		s := New(netip.MustParseAddrPort("192.0.2.9:21000"), Capabilities{Codecs: []audio.Codec{audio.PCMA}})
		answer, agreed, err := s.Answer([]byte(c.offer))
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if agreed.Extended != c.want || strings.Contains(string(answer), "a=rtcp-xr:voip-metrics stat-summary=loss,dup\r\n") != c.answer {
			t.Errorf("%s: %+v\n%s", name, agreed.Extended, answer)
		}
	}
	s := New(netip.MustParseAddrPort("192.0.2.9:21000"), Capabilities{Codecs: []audio.Codec{audio.PCMA}})
	if offer := string(s.Offer(SendRecv)); !strings.Contains(offer, "a=rtcp-xr:") {
		t.Errorf("our offer has none:\n%s", offer)
	}
}
