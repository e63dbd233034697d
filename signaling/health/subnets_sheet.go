package health

import (
	"cmp"
	"encoding/csv"
	"errors"
	"io"
	"net/netip"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"partyline/metrics/quality"
)

const (
	mostSubnets = 5000
	longestSite = 80 // characters
)

// Sheet is a file of subnets as it was read.
type Sheet struct {
	Subnets []Subnet // by prefix
	Ignored []string // names of columns that are not ours
	Faults  []Fault
}

// Fault is what is wrong in a file of subnets, or in one line of it.
type Fault struct {
	Line    int    // the header is 1; 0: all of the file
	Field   string // empty: all of the line
	Message string // a sentence in English
}

// columns maps what people write above a column to the field it holds.
var columns = map[string]string{
	"prefix": "prefix", "subnet": "prefix", "network": "prefix", "cidr": "prefix", "网段": "prefix", "子网": "prefix",
	"site": "site", "building": "site", "office": "site", "name": "site", "地点": "site", "办公室": "site", "楼宇": "site",
	"access": "access", "接入": "access", "接入方式": "access",
	"city": "city", "城市": "city",
	"country": "country", "国家": "country",
}

// accesses are what people write for how one is connected there.
var accesses = map[string]quality.Access{
	"": "", "wired": quality.Wired, "lan": quality.Wired, "有线": quality.Wired,
	"wifi": quality.WiFi, "wi-fi": quality.WiFi, "wlan": quality.WiFi, "无线": quality.WiFi,
	"vpn": quality.VPN, "cellular": quality.Cellular, "移动": quality.Cellular,
}

// ReadSubnets reads a CSV file (RFC 4180) as spreadsheets write it: with or
// without a byte order mark, parted by comma, semicolon or tab.
func ReadSubnets(text string) Sheet {
	text = strings.TrimPrefix(text, "\ufeff")
	if !utf8.ValidString(text) {
		return Sheet{Faults: []Fault{{Message: "The file is not UTF-8 text. Save it as “CSV UTF-8”."}}}
	}
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = -1
	r.TrimLeadingSpace = true
	r.Comma = separator(text)
	header, err := r.Read()
	if err != nil {
		return Sheet{Faults: []Fault{{Message: "The file has no header line."}}}
	}
	var s Sheet
	fields := s.readHeader(header)
	if s.Faults != nil {
		return s
	}
	s.readLines(r, fields)
	slices.SortFunc(s.Subnets, func(a, b Subnet) int {
		return cmp.Or(a.Prefix.Addr().Compare(b.Prefix.Addr()), cmp.Compare(a.Prefix.Bits(), b.Prefix.Bits()))
	})
	return s
}

// separator is the one that occurs most often in the first line.
func separator(text string) rune {
	first, _, _ := strings.Cut(text, "\n")
	best, most := ',', 0
	for _, c := range []rune{',', ';', '\t'} {
		if n := strings.Count(first, string(c)); n > most {
			best, most = c, n
		}
	}
	return best
}

// readHeader gives the field of each column, empty for those to be ignored.
func (s *Sheet) readHeader(header []string) []string {
	fields := make([]string, len(header))
	for i, h := range header {
		name := strings.TrimSpace(h)
		field := columns[strings.ToLower(name)]
		switch {
		case field == "" && name != "":
			s.Ignored = append(s.Ignored, name)
		case field != "" && slices.Contains(fields, field):
			s.Faults = append(s.Faults, Fault{1, field, "Two columns of the header line mean the same."})
		}
		fields[i] = field
	}
	if !slices.Contains(fields, "prefix") {
		s.Faults = append(s.Faults, Fault{1, "prefix", "The header line has no column “prefix”."})
	}
	if !slices.Contains(fields, "site") {
		s.Faults = append(s.Faults, Fault{1, "site", "The header line has no column “site”."})
	}
	return fields
}

func (s *Sheet) readLines(r *csv.Reader, fields []string) {
	seen := map[netip.Prefix]bool{}
	for {
		record, err := r.Read()
		if errors.Is(err, io.EOF) {
			return
		}
		if len(s.Subnets)+len(s.Faults) >= mostSubnets {
			s.Faults = append(s.Faults, Fault{0, "", "The file has more than 5,000 lines. Split it."})
			return
		}
		if err != nil {
			var parse *csv.ParseError
			line := 0
			if errors.As(err, &parse) {
				line = parse.StartLine
			}
			s.Faults = append(s.Faults, Fault{line, "", "The quotes in this line do not match."})
			continue
		}
		line, _ := r.FieldPos(0)
		text := map[string]string{}
		for i, value := range record {
			if i < len(fields) && fields[i] != "" {
				text[fields[i]] = strings.TrimSpace(value)
			}
		}
		if strings.TrimSpace(strings.Join(record, "")) == "" {
			continue
		}
		n, faults := readSubnet(text)
		if faults == nil && seen[n.Prefix] {
			faults = []Fault{{Field: "prefix", Message: "This network stands in the file twice."}}
		}
		for _, f := range faults {
			f.Line = line
			s.Faults = append(s.Faults, f)
		}
		if faults == nil {
			seen[n.Prefix] = true
			s.Subnets = append(s.Subnets, n)
		}
	}
}

// readSubnet makes a subnet of a line.
func readSubnet(text map[string]string) (n Subnet, faults []Fault) {
	fault := func(field, message string) { faults = append(faults, Fault{Field: field, Message: message}) }
	var ok bool
	if n.Prefix, ok = readPrefix(text["prefix"]); !ok {
		fault("prefix", "This is not a network. Write it as 10.1.0.0/16 or 2001:db8::/48.")
	}
	if n.Site = text["site"]; n.Site == "" || !short(n.Site) {
		fault("site", "A site has 1 to 80 printable characters.")
	}
	if n.Access, ok = accesses[strings.ToLower(text["access"])]; !ok {
		fault("access", "Write wired, wifi, vpn or cellular in the column access.")
	}
	if n.City = text["city"]; !short(n.City) {
		fault("city", "A city has at most 80 printable characters.")
	}
	if n.Country = strings.ToUpper(text["country"]); n.Country != "" && !isCountry(n.Country) {
		fault("country", "A country has two letters, such as CN or DE.")
	}
	return n, faults
}

// readPrefix reads a network, or a single address. All of the internet is none.
func readPrefix(text string) (netip.Prefix, bool) {
	p, err := netip.ParsePrefix(text)
	if err != nil {
		a, err := netip.ParseAddr(text)
		if err != nil || a.Zone() != "" {
			return p, false
		}
		p = netip.PrefixFrom(a, a.BitLen())
	}
	if p.Addr().Is4In6() {
		if p.Bits() < 96 {
			return p, false
		}
		p = netip.PrefixFrom(p.Addr().Unmap(), p.Bits()-96)
	}
	return p.Masked(), p.Bits() > 0
}

func short(text string) bool {
	return utf8.RuneCountInString(text) <= longestSite && !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) })
}

func isCountry(text string) bool {
	return len(text) == 2 && text[0] >= 'A' && text[0] <= 'Z' && text[1] >= 'A' && text[1] <= 'Z'
}
