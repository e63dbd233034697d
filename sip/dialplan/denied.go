package dialplan

import "strings"

// services are the ranges that nobody calls by purpose from a conference, and
// that fraud lives on: satellites, networks of no country, and the worldwide
// premium range (ITU-T E.164, assigned country codes). The tables of countries
// pass some of them as mobile numbers.
var services = []struct {
	prefix Number
	what   string
}{
	{"+870", "Inmarsat satellite telephones"},
	{"+871", "Inmarsat satellite telephones"},
	{"+872", "Inmarsat satellite telephones"},
	{"+873", "Inmarsat satellite telephones"},
	{"+874", "Inmarsat satellite telephones"},
	{"+875", "maritime telephones"},
	{"+876", "maritime telephones"},
	{"+877", "maritime telephones"},
	{"+878", "universal personal numbers"},
	{"+8816", "Iridium satellite telephones"},
	{"+8817", "Iridium satellite telephones"},
	{"+8818", "Globalstar satellite telephones"},
	{"+8819", "Globalstar satellite telephones"},
	{"+881", "satellite telephones"},
	{"+882", "networks of no country, ships and satellites among them"},
	{"+883", "networks of no country"},
	{"+888", "disaster relief"},
	{"+979", "worldwide premium services"},
	{"+861349", "satellite telephones in China"},
	{"+861740", "Tiantong satellite telephones in China"},
	{"+861749", "satellite telephones in China"},
	{"+61147", "satellite telephones in Australia"},
	{"+7954", "satellite telephones in Russia"},
}

// denied names the service that a number belongs to; empty: none that is
// denied.
func denied(number Number) string {
	for _, s := range services {
		if strings.HasPrefix(string(number), string(s.prefix)) {
			return s.what
		}
	}
	return ""
}
