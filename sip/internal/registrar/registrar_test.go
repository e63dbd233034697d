package registrar

import (
	"errors"
	"net/netip"
	"slices"
	"testing"
	"time"
)

var (
	start = time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)
	flow  = Flow{"udp", netip.MustParseAddrPort("192.0.2.7:31337")}
)

func ask(contacts ...Contact) Request {
	return Request{AOR: "alice", Contacts: contacts, Expires: Unset, CallID: "a", CSeq: 1, Flow: flow}
}

func at(uri string, seconds int) Contact { return Contact{URI: uri, Expires: seconds} }

func uris(all []Binding) (list []string) {
	for _, b := range all {
		list = append(list, b.URI)
	}
	return list
}

// TestRegistrations tells a story step by step.
func TestRegistrations(t *testing.T) {
	r := New(DefaultConfig())
	second := ask(at("sip:two", 600))
	second.CallID = "b"
	header := ask(at("sip:one", Unset))
	header.Expires, header.CSeq = 120, 2
	everything := Request{AOR: "alice", Wildcard: true, Expires: 0, CallID: "c", CSeq: 1}
	keeps := everything
	keeps.Expires = 60
	old := header
	old.CSeq = 1
	gone := ask(at("sip:two", 0))
	gone.CallID, gone.CSeq = "b", 2
	brief := ask(at("sip:one", 30))
	brief.CSeq = 9
	mixed := ask(at("sip:three", 60), at("sip:four", 10))
	mixed.CSeq = 9
	for _, step := range []struct {
		name    string
		after   time.Duration
		request Request
		err     error
		want    []string
	}{
		{"nobody is there", 0, ask(), nil, nil},
		{"the first phone", 0, ask(at("sip:one", Unset)), nil, []string{"sip:one"}},
		{"asking changes nothing", 0, ask(), nil, []string{"sip:one"}},
		{"the same again is old", 0, ask(at("sip:one", Unset)), ErrOutOfOrder, []string{"sip:one"}},
		{"a second phone", time.Second, second, nil, []string{"sip:two", "sip:one"}},
		{"the first one refreshes", 2 * time.Second, header, nil, []string{"sip:one", "sip:two"}},
		{"and is not undone by an old request", 2 * time.Second, old, ErrOutOfOrder, []string{"sip:one", "sip:two"}},
		{"30 seconds are too few", 2 * time.Second, brief, ErrTooBrief, []string{"sip:one", "sip:two"}},
		{"one of two that cannot be: neither is", 2 * time.Second, mixed, ErrTooBrief, []string{"sip:one", "sip:two"}},
		{"it expires", 123 * time.Second, ask(), nil, []string{"sip:two"}},
		{"the second phone goes", 124 * time.Second, gone, nil, nil},
		{"a wildcard that keeps", 125 * time.Second, keeps, ErrWildcard, nil},
	} {
		got, err := r.Register(step.request, start.Add(step.after))
		if !errors.Is(err, step.err) {
			t.Fatalf("%s: %v, want %v", step.name, err, step.err)
		}
		if err != nil {
			got = r.Find("alice", start.Add(step.after))
		}
		if !slices.Equal(uris(got), step.want) {
			t.Fatalf("%s: %v, want %v", step.name, uris(got), step.want)
		}
	}
	if _, err := r.Register(second, start); err != nil {
		t.Fatal(err)
	}
	if got, err := r.Register(everything, start); err != nil || len(got) != 0 || r.Phones() != 0 {
		t.Errorf("after a wildcard: %v, %v", uris(got), err)
	}
}

func TestOneAccountHasFewPhones(t *testing.T) {
	r := New(DefaultConfig())
	for i, uri := range []string{"sip:1", "sip:2", "sip:3", "sip:4", "sip:5", "sip:6"} {
		request := ask(at(uri, 60))
		request.CallID = uri
		_, err := r.Register(request, start)
		if wrong := i == 5; errors.Is(err, ErrTooMany) != wrong {
			t.Errorf("phone %d: %v", i+1, err)
		}
	}
	if got := r.Find("bob", start); len(got) != 0 {
		t.Errorf("bob has alice's phones: %v", uris(got))
	}
}

func TestABindingKeepsTheWayBack(t *testing.T) {
	r := New(DefaultConfig())
	request := ask(at("sip:alice@10.0.0.3", 100_000))
	request.Path = []string{"<sip:edge.example.com;lr>"}
	if _, err := r.Register(request, start); err != nil {
		t.Fatal(err)
	}
	got := r.Find("alice", start)
	if len(got) != 1 || got[0].Flow != flow || !slices.Equal(got[0].Path, request.Path) || got[0].Expires != start.Add(time.Hour) {
		t.Errorf("the binding is %+v", got)
	}
	if flows := r.Flows(start); len(flows) != 1 || flows[0] != flow {
		t.Errorf("flows: %v", flows)
	}
	if flows := r.Flows(start.Add(time.Hour)); len(flows) != 0 || r.Phones() != 0 {
		t.Errorf("what has expired is still there: %v, %d", flows, r.Phones())
	}
	_, _ = r.Register(request, start)
	if r.Remove("alice"); r.Phones() != 0 {
		t.Error("an account that is gone still has phones")
	}
}

func TestConfigIsChecked(t *testing.T) {
	if err := DefaultConfig().Validate(); err != nil {
		t.Error(err)
	}
	if err := (Config{Min: time.Hour, Max: time.Minute, Default: time.Minute, Contacts: 1}).Validate(); err == nil {
		t.Error("an impossible configuration passed")
	}
}
