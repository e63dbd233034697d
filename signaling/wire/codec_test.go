package wire_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"partyline/signaling/wire"
)

const goldenDir = "../testdata/protocol"

type golden struct {
	Name      string          `json:"name"`
	Direction string          `json:"direction"`
	Message   json.RawMessage `json:"message"`
}

func readGolden(t testing.TB) []golden {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(goldenDir, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all []golden
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var g golden
		if err := json.Unmarshal(data, &g); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if want := g.Direction + "-" + g.Name + ".json"; want != filepath.Base(path) {
			t.Errorf("%s holds %s", path, want)
		}
		all = append(all, g)
	}
	if len(all) == 0 {
		t.Fatal("no golden messages")
	}
	return all
}

// TestGolden decodes each golden message and encodes it again: the types know
// every field of it, and nothing else.
func TestGolden(t *testing.T) {
	seen := map[string]bool{}
	for _, g := range readGolden(t) {
		t.Run(g.Direction+"/"+g.Name, func(t *testing.T) {
			var m wire.Message
			var seq uint64
			var err error
			switch g.Direction {
			case "client":
				m, err = wire.Decode(g.Message)
			case "server":
				m, seq, err = wire.DecodeServer(g.Message)
			default:
				t.Fatalf("direction %q", g.Direction)
			}
			if err != nil {
				t.Fatal(err)
			}
			seen[g.Direction+" "+m.Kind()] = true
			if g.Direction == "server" && (seq != 0) != wire.Sequenced(m.Kind()) {
				t.Errorf("seq = %d, sequenced = %v", seq, wire.Sequenced(m.Kind()))
			}
			got, want := asMap(t, wire.Marshal(m).Frame(seq)), asMap(t, g.Message)
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("encoded again (-golden +ours):\n%s", diff)
			}
		})
	}
	client, server := wire.Kinds()
	for _, kind := range client {
		if !seen["client "+kind] {
			t.Errorf("no golden message of client's %s", kind)
		}
	}
	for _, kind := range server {
		if !seen["server "+kind] {
			t.Errorf("no golden message of server's %s", kind)
		}
	}
}

func asMap(t *testing.T, data []byte) map[string]any {
	t.Helper()
	var m map[string]any
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatalf("%s: %v", data, err)
	}
	return m
}

// TestDocumented compares PROTOCOL.md with the code: every type, code, action
// and field is told of.
func TestDocumented(t *testing.T) {
	data, err := os.ReadFile("../PROTOCOL.md")
	if err != nil {
		t.Fatal(err)
	}
	doc := string(data)
	client, server := wire.Kinds()
	for _, word := range append(client, server...) {
		if !strings.Contains(doc, "`"+word+" {") {
			t.Errorf("PROTOCOL.md has no entry `%s {…}`", word)
		}
	}
	for _, code := range wire.Codes() {
		if !strings.Contains(doc, "| `"+string(code)+"` |") {
			t.Errorf("PROTOCOL.md has no row for code %s", code)
		}
	}
	for _, action := range wire.Actions() {
		if !strings.Contains(doc, "| `"+string(action)+"` |") {
			t.Errorf("PROTOCOL.md has no row for action %s", action)
		}
	}
	for _, g := range readGolden(t) {
		for field := range asMap(t, g.Message) {
			if !strings.Contains(doc, field) {
				t.Errorf("PROTOCOL.md does not name field %s of %s", field, g.Name)
			}
		}
	}
}

// refusedMessages are what no client may send, by name, and to which request the
// error answers.
func refusedMessages() map[string]refusedMessage {
	long := strings.Repeat("x", 200)
	return map[string]refusedMessage{
		"empty":                  {"", 0},
		"not json":               {"GET / HTTP/1.1", 0},
		"truncated":              {`{"type":"leave","id":1`, 0},
		"two messages":           {`{"type":"pong"}{"type":"pong"}`, 0},
		"array":                  {`[{"type":"pong"}]`, 0},
		"null":                   {`null`, 0},
		"no type":                {`{"id":3}`, 3},
		"type not text":          {`{"type":7}`, 0},
		"unknown type":           {`{"type":"dance","id":4}`, 4},
		"server's type":          {`{"type":"joined","id":4}`, 4},
		"not utf-8":              {"{\"type\":\"join\",\"id\":1,\"meeting\":\"m\",\"name\":\"\xff\"}", 0},
		"no id":                  {`{"type":"leave"}`, 0},
		"id zero":                {`{"type":"leave","id":0}`, 0},
		"id negative":            {`{"type":"leave","id":-1}`, 0},
		"id too big":             {`{"type":"leave","id":4294967296}`, 0},
		"id text":                {`{"type":"leave","id":"1"}`, 0},
		"wrong field":            {`{"type":"join","id":5,"meeting":["m"]}`, 5},
		"join without meeting":   {`{"type":"join","id":5}`, 5},
		"join long meeting":      {`{"type":"join","id":5,"meeting":"` + long + `"}`, 5},
		"name too long":          {`{"type":"join","id":5,"meeting":"m","name":"` + long + `"}`, 5},
		"name turns writing":     {`{"type":"join","id":5,"meeting":"m","name":"a\u202eb"}`, 5},
		"name with escape":       {`{"type":"join","id":5,"meeting":"m","name":"a\u001b[2J"}`, 5},
		"hello with nothing":     {`{"type":"hello","protocol":1}`, 0},
		"hello with both":        {`{"type":"hello","protocol":1,"ticket":"a","session":"b"}`, 0},
		"hello long ticket":      {`{"type":"hello","protocol":1,"ticket":"` + long + `"}`, 0},
		"hello long client":      {`{"type":"hello","protocol":1,"ticket":"a","client":"` + long + `"}`, 0},
		"hello negative after":   {`{"type":"hello","protocol":1,"session":"b","after":-1}`, 0},
		"offer without sdp":      {`{"type":"offer","id":6,"leg":"a"}`, 6},
		"offer without leg":      {`{"type":"offer","id":6,"sdp":"v=0"}`, 6},
		"leg with capitals":      {`{"type":"drop-leg","id":6,"leg":"Leg"}`, 6},
		"leg with path":          {`{"type":"drop-leg","id":6,"leg":"../x"}`, 6},
		"leg too long":           {`{"type":"drop-leg","id":6,"leg":"` + long + `"}`, 6},
		"unknown action":         {`{"type":"act","id":7,"action":"promote"}`, 7},
		"remove nobody":          {`{"type":"act","id":7,"action":"remove"}`, 7},
		"unmute somebody else":   {`{"type":"act","id":7,"action":"unmute","participant":2}`, 7},
		"lock somebody":          {`{"type":"act","id":7,"action":"lock","participant":2}`, 7},
		"lock with a value":      {`{"type":"act","id":7,"action":"lock","value":true}`, 7},
		"record with a number":   {`{"type":"act","id":7,"action":"record","value":1}`, 7},
		"record with nothing":    {`{"type":"act","id":7,"action":"record"}`, 7},
		"no rooms":               {`{"type":"act","id":7,"action":"breakouts","value":0}`, 7},
		"too many rooms":         {`{"type":"act","id":7,"action":"breakouts","value":51}`, 7},
		"half a room":            {`{"type":"act","id":7,"action":"breakouts","value":1.5}`, 7},
		"heard a text":           {`{"type":"act","id":7,"action":"heard","value":"1"}`, 7},
		"undo nothing":           {`{"type":"act","id":7,"action":"undo-move","value":""}`, 7},
		"undo an object":         {`{"type":"act","id":7,"action":"undo-move","value":{"a":1}}`, 7},
		"undo a long one":        {`{"type":"act","id":7,"action":"undo-move","value":"` + long + `"}`, 7},
		"move nobody":            {`{"type":"act","id":7,"action":"move","participants":[],"to":{"main":true}}`, 7},
		"move nobody of all":     {`{"type":"act","id":7,"action":"move","participants":[1,0],"to":{"main":true}}`, 7},
		"move a crowd":           {`{"type":"act","id":7,"action":"move","participants":[` + strings.Repeat("1,", 500) + `1],"to":{"main":true}}`, 7},
		"move nowhere":           {`{"type":"act","id":7,"action":"move","participants":[1]}`, 7},
		"move to no place":       {`{"type":"act","id":7,"action":"move","participants":[1],"to":{}}`, 7},
		"move to two places":     {`{"type":"act","id":7,"action":"move","participants":[1],"to":{"main":true,"breakout":1}}`, 7},
		"move to a room below":   {`{"type":"act","id":7,"action":"move","participants":[1],"to":{"breakout":-1}}`, 7},
		"move from elsewhere":    {`{"type":"act","id":7,"action":"move","participants":[1],"from":{"meeting":"m"},"to":{"main":true}}`, 7},
		"move with a mute":       {`{"type":"act","id":7,"action":"mute","participants":[1]}`, 7},
		"move one by the other":  {`{"type":"act","id":7,"action":"move","participant":1,"participants":[1],"to":{"main":true}}`, 7},
		"hand over another":      {`{"type":"act","id":7,"action":"hand-over","participant":2}`, 7},
		"dial nobody":            {`{"type":"act","id":7,"action":"dial"}`, 7},
		"dial without a key":     {`{"type":"act","id":7,"action":"dial","dial":{"kind":"me"}}`, 7},
		"dial no way":            {`{"type":"act","id":7,"action":"dial","dial":{"key":"k","kind":"shout","to":[{"person":"p"}]}}`, 7},
		"dial an empty list":     {`{"type":"act","id":7,"action":"dial","dial":{"key":"k","kind":"into","to":[]}}`, 7},
		"dial a crowd":           {`{"type":"act","id":7,"action":"dial","dial":{"key":"k","kind":"into","to":[` + strings.Repeat(`{"person":"p"},`, 500) + `{"person":"p"}]}}`, 7},
		"dial me and others":     {`{"type":"act","id":7,"action":"dial","dial":{"key":"k","kind":"me","to":[{"person":"p"}]}}`, 7},
		"dial from another":      {`{"type":"act","id":7,"action":"dial","dial":{"key":"k","kind":"me","from":{"person":"p"}}}`, 7},
		"dial into from":         {`{"type":"act","id":7,"action":"dial","dial":{"key":"k","kind":"into","to":[{"person":"p"}],"from":{"numbers":["1"]}}}`, 7},
		"dial by two ways":       {`{"type":"act","id":7,"action":"dial","dial":{"key":"k","kind":"into","to":[{"person":"p","contact":"c"}]}}`, 7},
		"dial by no way":         {`{"type":"act","id":7,"action":"dial","dial":{"key":"k","kind":"into","to":[{"name":"Ann"}]}}`, 7},
		"dial five numbers":      {`{"type":"act","id":7,"action":"dial","dial":{"key":"k","kind":"into","to":[{"numbers":["1","2","3","4","5"]}]}}`, 7},
		"dial an escape":         {`{"type":"act","id":7,"action":"dial","dial":{"key":"k","kind":"into","to":[{"numbers":["\u001b[2J"]}]}}`, 7},
		"dial a long number":     {`{"type":"act","id":7,"action":"dial","dial":{"key":"k","kind":"into","to":[{"numbers":["` + long + `"]}]}}`, 7},
		"dial for ever":          {`{"type":"act","id":7,"action":"dial","dial":{"key":"k","kind":"me","retries":4}}`, 7},
		"dial at once again":     {`{"type":"act","id":7,"action":"dial","dial":{"key":"k","kind":"me","retries":1,"retryAfter":14}}`, 7},
		"ring below zero":        {`{"type":"act","id":7,"action":"dial","dial":{"key":"k","kind":"me","ring":-1}}`, 7},
		"talk for two days":      {`{"type":"act","id":7,"action":"dial","dial":{"key":"k","kind":"me","limit":172800}}`, 7},
		"pay below zero":         {`{"type":"act","id":7,"action":"dial","dial":{"key":"k","kind":"me","maxRate":-1}}`, 7},
		"unknown payer":          {`{"type":"act","id":7,"action":"dial","dial":{"key":"k","kind":"me","payer":{"kind":"state"}}}`, 7},
		"long key":               {`{"type":"act","id":7,"action":"dial","dial":{"key":"` + long + `","kind":"me"}}`, 7},
		"cancel nothing":         {`{"type":"act","id":7,"action":"dial-cancel"}`, 7},
		"mute with a dial":       {`{"type":"act","id":7,"action":"mute","dial":{"kind":"me"}}`, 7},
		"participant too big":    {`{"type":"act","id":7,"action":"remove","participant":4294967296}`, 7},
		"number out of float64":  {`{"type":"stats","leg":"a","rtt":1e999}`, 0},
		"NaN":                    {`{"type":"stats","leg":"a","rtt":NaN}`, 0},
		"half a packet":          {`{"type":"stats","leg":"a","heard":{"packets":0.5}}`, 0},
		"stats of no leg":        {`{"type":"stats","heard":{"packets":250}}`, 0},
		"joins by a strange leg": {`{"type":"joins","leg":"../x"}`, 0},
		"joins without end":      {`{"type":"joins","steps":[` + strings.Repeat(`{"stage":"click"},`, 16) + `{"stage":"click"}]}`, 0},
		"joins a long stage":     {`{"type":"joins","steps":[{"stage":"` + long + `"}]}`, 0},
		"joins a long cause":     {`{"type":"joins","failed":"ice","cause":"` + long + `"}`, 0},
		"no stars":               {`{"type":"rating","id":8}`, 8},
		"six stars":              {`{"type":"rating","id":8,"stars":6}`, 8},
		"a reason of one's own":  {`{"type":"rating","id":8,"stars":1,"reasons":["<script>"]}`, 8},
		"the same for ever":      {`{"type":"rating","id":8,"stars":1,"reasons":["echo","echo","echo","echo","echo","echo","echo"]}`, 8},
		"watch without an id":    {`{"type":"watch","now":true}`, 0},
	}
}

type refusedMessage struct {
	in string
	re uint32
}

func TestDecodeRefuses(t *testing.T) {
	for name, test := range refusedMessages() {
		t.Run(name, func(t *testing.T) {
			m, err := wire.Decode([]byte(test.in))
			var bad *wire.DecodeError
			if !errors.As(err, &bad) || !errors.Is(err, wire.ErrMalformed) {
				t.Fatalf("Decode = %v, %v; want a DecodeError", m, err)
			}
			if bad.Re != test.re {
				t.Errorf("Re = %d, want %d", bad.Re, test.re)
			}
			if strings.Contains(bad.Reason, "xxx") || strings.Contains(bad.Reason, "dance") {
				t.Errorf("reason repeats what came in: %q", bad.Reason)
			}
		})
	}
}

func TestDecodeAccepts(t *testing.T) {
	tests := map[string]struct {
		in   string
		want wire.Message
	}{
		"unknown field is ignored": {`{"type":"leave","id":1,"colour":"red"}`, &wire.Leave{ID: 1}},
		"name is tidied": {
			`{"type":"join","id":1,"meeting":"m","name":"  Ann   Lee\n"}`,
			&wire.Join{ID: 1, Meeting: "m", Name: "Ann Lee"},
		},
		"name in Chinese": {`{"type":"join","id":1,"meeting":"m","name":"韩梅梅"}`, &wire.Join{ID: 1, Meeting: "m", Name: "韩梅梅"}},
		"resume from the beginning": {
			`{"type":"hello","protocol":1,"client":"web/1","session":"s"}`,
			&wire.Hello{Protocol: 1, Client: "web/1", Session: "s"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got, err := wire.Decode([]byte(test.in))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func FuzzDecode(f *testing.F) {
	for _, g := range readGolden(f) {
		f.Add([]byte(g.Message))
	}
	for _, act := range []string{
		`"mute","participant":-1`, `"breakouts","value":1e0`, `"breakouts","value":50.0`, `"heard","value":4294967295`,
		`"record","value":null`, `"undo-move","value":"\u0000"`, `"move","participants":[1,1],"to":{"breakout":50}`,
		`"move","participants":[2],"from":{"main":true},"to":{"meeting":"x/1"}`, `"lock","to":null`, `"admit"`,
	} {
		f.Add([]byte(`{"type":"act","id":1,"action":` + act + `}`))
	}
	for _, dial := range []string{
		`"kind":"me"`, `"kind":"callback","to":[{"person":""}]`, `"kind":"into","to":[{"numbers":["+1\u202e"]}]`, `"kind":"ring-all","to":[{}],"retries":-1`,
		`"kind":"into","to":[{"contact":"c","name":" a  b "}],"payer":{"kind":"meeting","id":"m"}`, `"kind":"me","from":{},"maxRate":9223372036854775807`,
	} {
		f.Add([]byte(`{"type":"act","id":1,"action":"dial","dial":{"key":"k",` + dial + `}}`))
	}
	for _, stats := range []string{`"at":-1,"span":9223372036854775807`, `"said":null,"heard":{"level":1e300}`, `"rtt":-0.0,"facts":{}`} {
		f.Add([]byte(`{"type":"stats","leg":"a",` + stats + `}`))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := wire.Decode(data)
		if err != nil {
			if !errors.Is(err, wire.ErrMalformed) {
				t.Fatalf("error of another kind: %v", err)
			}
			return
		}
		// What was accepted is accepted again, and is the same.
		again, err := wire.Decode(wire.Encode(m))
		if err != nil {
			t.Fatalf("not accepted again: %v", err)
		}
		if diff := cmp.Diff(m, again); diff != "" {
			t.Fatal(diff)
		}
	})
}
