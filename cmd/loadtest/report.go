package main

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

// figure is one number with its unit.
type figure struct {
	Name  string  `json:"name"`
	Unit  string  `json:"unit"`
	Value float64 `json:"value"`
	Aim   float64 `json:"atMost,omitempty"` // what it should not exceed; 0: no aim
}

// aim sets what the figure should not exceed.
func (f figure) aim(most float64) figure {
	f.Aim = most
	return f
}

// missed tells whether the figure is beyond its aim. One that could not be
// measured is.
func (f figure) missed() bool { return f.Aim > 0 && !(f.Value <= f.Aim) }

// heading names the figure and its unit.
func (f figure) heading() string {
	if f.Unit == "" {
		return f.Name
	}
	return f.Name + ", " + f.Unit
}

// String is the value, with an exclamation mark when it misses its aim.
func (f figure) String() string {
	text := rounded(f.Value)
	if f.missed() {
		text += " !"
	}
	return text
}

// rounded has three digits where there is something behind the point, and all
// that stand before it.
func rounded(v float64) string {
	switch size := math.Abs(v); {
	case math.IsNaN(v):
		return "-"
	case size >= 100 || v == math.Trunc(v):
		return fmt.Sprintf("%.0f", v)
	case size >= 10:
		return fmt.Sprintf("%.1f", v)
	default:
		return fmt.Sprintf("%.2f", v)
	}
}

func milliseconds(name string, d time.Duration) figure {
	return figure{Name: name, Unit: "ms", Value: float64(d) / float64(time.Millisecond)}
}

// result is what was measured in one case of a command.
type result struct {
	Command string   `json:"command"`
	Case    string   `json:"case"`
	Figures []figure `json:"figures"`
}

// String is the result on one line.
func (r result) String() string {
	var parts []string
	for _, f := range r.Figures {
		parts = append(parts, fmt.Sprintf("%s %s %s", f.Name, f, f.Unit))
	}
	return fmt.Sprintf("  %s: %s", r.Case, strings.Join(parts, " · "))
}

// columns are the headings of the result's figures.
func (r result) columns() []string {
	var names []string
	for _, f := range r.Figures {
		names = append(names, f.heading())
	}
	return names
}

// writeTables prints results, those with the same figures in one table, and
// the aims that were missed.
func writeTables(out io.Writer, results []result) error {
	var before result
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', tabwriter.AlignRight)
	for _, r := range results {
		if r.Command != before.Command || !slices.Equal(r.columns(), before.columns()) {
			fmt.Fprintf(table, "\n%s\t%s\t\n", r.Command, strings.Join(r.columns(), "\t"))
		}
		before = r
		fmt.Fprint(table, r.Case)
		for _, f := range r.Figures {
			fmt.Fprintf(table, "\t%s", f)
		}
		fmt.Fprint(table, "\t\n")
	}
	if err := table.Flush(); err != nil {
		return err
	}
	for _, r := range results {
		for _, f := range r.Figures {
			if f.missed() {
				fmt.Fprintf(out, "! %s, %s: %s is %s %s, the aim is at most %s\n", r.Command, r.Case, f.Name, rounded(f.Value), f.Unit, rounded(f.Aim))
			}
		}
	}
	return nil
}

// writeJSON prints results for machines. What could not be measured is left
// out: JSON has no NaN.
func writeJSON(out io.Writer, results []result) error {
	kept := make([]result, len(results))
	for i, r := range results {
		kept[i] = r
		kept[i].Figures = slices.DeleteFunc(slices.Clone(r.Figures), func(f figure) bool { return math.IsNaN(f.Value) })
	}
	encoder := json.NewEncoder(out)
	encoder.SetIndent("", "  ")
	return encoder.Encode(kept)
}

// percentile is the value that a share of the samples does not exceed (nearest
// rank); NaN-like zero samples give 0.
func percentile(samples []time.Duration, share float64) time.Duration {
	if len(samples) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(samples))
	rank := int(math.Ceil(share * float64(len(sorted))))
	return sorted[min(max(rank, 1), len(sorted))-1]
}
