package billing

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"io"
	"strings"
	"testing"
	"time"

	"partyline/sip/dialplan"
)

func record() CDR {
	setup := time.Date(2026, 11, 23, 9, 0, 0, 5e6, time.FixedZone("", 8*3600))
	return CDR{
		ID: "c1", Kind: PhoneOut, State: Closed, From: "+861065529988", To: "+8613800138000", Name: "Bob, \"B\"", Person: "p1",
		PersonName: "=HYPERLINK(\"http://x\")", Department: "销售", Payer: Payer{CostCentre, "cc 1"}, Class: dialplan.Mobile, Country: "CN",
		Trunk: "a", Setup: setup, Ring: setup.Add(1500 * time.Millisecond), Answer: setup.Add(3 * time.Second), End: setup.Add(64 * time.Second),
		Rate: Rate{Prefix: "8613", PerMinute: 180_000, Increment: 6}, Cost: 198_000, BilledSeconds: 66, Currency: Currency{"CNY", 2},
		Status: 200, Q850: 16, Cause: CauseHungUp, Attempt: 1,
		Quality: Quality{Codec: "PCMA", MOSIn: 431, LossIn: 5, JitterIn: 12_345 * time.Microsecond},
	}
}

// columns reads an export back as CSV reads it.
func exported(t *testing.T, text string) []map[string]string {
	t.Helper()
	rows, err := csv.NewReader(strings.NewReader(text)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	var out []map[string]string
	for _, row := range rows[1:] {
		m := make(map[string]string)
		for i, name := range rows[0] {
			m[name] = row[i]
		}
		out = append(out, m)
	}
	return out
}

func TestExportCSV(t *testing.T) {
	var out bytes.Buffer
	w := NewRecordWriter(&out, CSV, true)
	c := record()
	if err := w.Write(&c); err != nil {
		t.Fatal(err)
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	text, bom := strings.CutPrefix(out.String(), "\xef\xbb\xbf")
	if !bom || strings.Count(text, "\r\n") != 2 {
		t.Errorf("no byte order mark, or no CRLF: %q", text)
	}
	row := exported(t, text)[0]
	for name, want := range map[string]string{
		"cdr_id": "c1", "from": "+861065529988", "to": "+8613800138000", "display_name": `Bob, "B"`, "user_name": `'=HYPERLINK("http://x")`,
		"department": "销售", "payer": "cost_centre", "payer_id": "cc 1", "setup": "2026-11-23T01:00:00.005Z", "pdd_ms": "1500",
		"duration_ms": "61000", "billed_s": "66", "rate_micro": "180000", "cost_micro": "198000", "cost": "0.198", "mos_in": "4.31", "loss_in_percent": "0.05",
		"jitter_in_ms": "12.345", "q850_name": "normal call clearing", "recorded": "false", "notice": "", "class": "mobile",
	} {
		if row[name] != want {
			t.Errorf("%s is %q, want %q", name, row[name], want)
		}
	}
}

func TestExportJSONL(t *testing.T) {
	var out bytes.Buffer
	w := NewRecordWriter(&out, JSONL, false)
	c := record()
	c.Name = "a\n\u2028\"\xff"
	for range 2 {
		if err := w.Write(&c); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	var got map[string]any
	if err := json.Unmarshal([]byte(lines[0]), &got); len(lines) != 2 || err != nil {
		t.Fatal(err, len(lines))
	}
	if got["cost_micro"] != 198_000.0 || got["known"] != false || got["display_name"] != "a\n\u2028\"\ufffd" || got["user_name"] != `=HYPERLINK("http://x")` {
		t.Errorf("%v", got)
	}
	if _, ok := got["notice"]; ok {
		t.Error("what is not known is there")
	}
}

func TestFormulasAreNeutralised(t *testing.T) {
	for cell, formula := range map[string]bool{
		"=1+1": true, "+1+1": true, "-1": true, "@SUM(A1)": true, "\tx": true, "\rx": true, "  =1": true, "＝1": true, "+": true, "+86x": true, "|calc": true,
		"+8613800138000": false, "Bob": false, "": false, "a=b": false, "•••000": false,
	} {
		if got := isFormula(cell); got != formula {
			t.Errorf("%q: %v", cell, got)
		}
		got := string(appendCell(nil, cell))
		if formula != strings.HasPrefix(got, `"'`) {
			t.Errorf("%q is written %s", cell, got)
		}
	}
}

// TestExportKeepsNothing: a record costs no memory that stays.
func TestExportKeepsNothing(t *testing.T) {
	w := NewRecordWriter(io.Discard, CSV, false)
	c := record()
	allocs := testing.AllocsPerRun(2000, func() {
		if err := w.Write(&c); err != nil {
			t.Fatal(err)
		}
	})
	if allocs > 0 {
		t.Errorf("%v allocations a record", allocs)
	}
}

func FuzzExport(f *testing.F) {
	f.Add("=1", "a,b\r\n\"")
	f.Fuzz(func(t *testing.T, name, person string) {
		c := record()
		c.Name, c.PersonName = name, person
		var out bytes.Buffer
		w := NewRecordWriter(&out, CSV, false)
		_, _ = w.Write(&c), w.Flush()
		row := exported(t, out.String())[0]
		want := strings.ReplaceAll(name, "\r\n", "\n") // as encoding/csv reads quoted line ends
		if got := row["display_name"]; got != want && got != "'"+want {
			t.Fatalf("%q comes back as %q", name, got)
		}
		out.Reset()
		w = NewRecordWriter(&out, JSONL, false)
		_, _ = w.Write(&c), w.Flush()
		if !json.Valid(out.Bytes()) || bytes.Count(out.Bytes(), []byte("\n")) != 1 {
			t.Fatalf("not a line of JSON: %s", out.Bytes())
		}
	})
}

func BenchmarkExport(b *testing.B) {
	c := record()
	for _, format := range []Format{CSV, JSONL} {
		b.Run(string(format), func(b *testing.B) {
			w := NewRecordWriter(io.Discard, format, false)
			b.ReportAllocs()
			for b.Loop() {
				_ = w.Write(&c)
			}
		})
	}
}
