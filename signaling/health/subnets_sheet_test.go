package health_test

import (
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"partyline/metrics/quality"
	"partyline/signaling/health"
)

var prefixes = cmpopts.EquateComparable(netip.Prefix{})

func TestReadSubnets(t *testing.T) {
	want := []health.Subnet{
		{Prefix: netip.MustParsePrefix("10.1.0.0/16"), Site: "上海", Access: quality.Wired, Country: "CN"},
		{Prefix: netip.MustParsePrefix("10.1.2.3/32"), Site: "Lobby"},
		{Prefix: netip.MustParsePrefix("2001:db8::/48"), Site: "Berlin", Access: quality.WiFi},
	}
	for name, text := range map[string]string{
		"commas":      "prefix,site,access,country\n10.1.0.0/16,上海,wired,cn\n2001:db8::1/48,Berlin,Wi-Fi,\n\n10.1.2.3,Lobby,,\n",
		"semicolons":  "\ufeffSite;Subnet;Access;Country\r\n\"上海\";10.1.9.9/16;有线;CN\r\nBerlin;2001:db8::/48;wlan;\r\nLobby;::ffff:10.1.2.3;;\r\n",
		"in Chinese":  "网段\t地点\t接入\t国家\n10.1.0.0/16\t上海\t有线\tCN\n2001:db8::/48\tBerlin\t无线\t\n10.1.2.3/32\tLobby\n",
		"more spaces": "  Prefix , site,access ,country\n 10.1.0.0/16 , 上海 , lan , CN \n2001:db8::/48, Berlin, WLAN,\n10.1.2.3, Lobby",
	} {
		t.Run(name, func(t *testing.T) {
			got := health.ReadSubnets(text)
			if diff := cmp.Diff(want, got.Subnets, prefixes); diff != "" || got.Faults != nil {
				t.Errorf("%s\n%+v", diff, got.Faults)
			}
		})
	}
}

func TestReadSubnetsWithFaults(t *testing.T) {
	for name, test := range map[string]struct {
		text string
		want []string
	}{
		"nothing":         {"", []string{"0 "}},
		"not UTF-8":       {"prefix,site\n\xff,x", []string{"0 "}},
		"no columns":      {"a,b\n1,2", []string{"1 prefix", "1 site"}},
		"twice a column":  {"prefix,subnet,site\n", []string{"1 prefix"}},
		"nonsense":        {"prefix,site\n10.1.0.0/33,A\nhello,B\n10.2.0.0/16,\n", []string{"2 prefix", "3 prefix", "4 site"}},
		"everything":      {"prefix,site\n0.0.0.0/0,A\n::/0,B\n", []string{"2 prefix", "3 prefix"}},
		"twice":           {"prefix,site\n10.1.0.0/16,A\n10.1.2.3/16,B\n", []string{"3 prefix"}},
		"wrong words":     {"prefix,site,access,country\n10.1.0.0/16,A,carrier pigeon,China\n", []string{"2 access", "2 country"}},
		"control letters": {"prefix,site\n10.1.0.0/16,a\u202eb\n", []string{"2 site"}},
		"a long name":     {"prefix,site\n10.1.0.0/16," + strings.Repeat("x", 81) + "\n", []string{"2 site"}},
		"open quotes":     {"prefix,site\n10.1.0.0/16,\"A\n", []string{"2 "}},
		"with a zone":     {"prefix,site\nfe80::1%eth0,A\n", []string{"2 prefix"}},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, f := range health.ReadSubnets(test.text).Faults {
				got = append(got, fmt.Sprint(f.Line, " ", f.Field))
				if !strings.HasSuffix(f.Message, ".") && !strings.HasSuffix(f.Message, "”.") {
					t.Errorf("no sentence: %q", f.Message)
				}
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
	if s := health.ReadSubnets("prefix,site\n" + strings.Repeat("nonsense\n", 6000)); len(s.Faults) > 10_001 {
		t.Errorf("%d faults", len(s.Faults))
	}
}

func FuzzReadSubnets(f *testing.F) {
	f.Add("prefix,site,access\n10.1.0.0/16,A,wired\n")
	f.Add("网段;地点\n::ffff:10.0.0.1/96;\"a\"\"b\"\n")
	f.Add("prefix,site\n10.1.0.0/16,\"\n\xef\xbb\xbf")
	f.Fuzz(func(t *testing.T, text string) {
		for _, n := range health.ReadSubnets(text).Subnets {
			if n.Prefix != n.Prefix.Masked() || n.Prefix.Bits() == 0 || n.Site == "" {
				t.Errorf("%+v", n)
			}
		}
	})
}
