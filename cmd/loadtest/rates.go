package main

import (
	"context"
	_ "embed"
	"encoding/csv"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// callsScenario is what sipp does in each call: our softphones hear every
// packet and cost more than the server does.
//
//go:embed calls.xml
var callsScenario []byte

// manyPorts are RTP ports for calls that come and go by the hundred, as freed
// ones rest before they are used again.
const manyPorts = "sip.rtp_ports=16384-39999"

// measureRates has sipp call at rates that are beyond our softphones.
func measureRates(ctx context.Context, b *bench) error {
	if _, err := exec.LookPath("sipp"); err != nil {
		b.progress.say("  without sipp (Debian package sip-tester) there are no rates beyond 100 a second")
		return nil
	}
	for _, rate := range []int{100, 300, 500} {
		name := fmt.Sprintf("%d a second by sipp", rate)
		if !b.wanted(name) {
			continue
		}
		if err := rateOf(ctx, b, name, rate); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

func rateOf(ctx context.Context, b *bench, name string, rate int) (err error) {
	s, err := b.start(ctx, manyPorts)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	dir, err := os.MkdirTemp(b.dir, "sipp-")
	if err != nil {
		return err
	}
	if err := os.WriteFile(filepath.Join(dir, "calls.xml"), callsScenario, 0o600); err != nil {
		return err
	}
	calls := int(b.options.For.Seconds() * float64(rate))
	var row map[string]float64
	profiled := s.profile(ctx, name, b.options.For)
	i, err := s.during(ctx, func() error { row, err = sipp(ctx, dir, s.SIP.String(), rate, calls); return err })
	if err = errors.Join(err, profiled()); err != nil {
		return err
	}
	b.add(name,
		figure{Name: "calls", Value: row["TotalCallCreated"]},
		figure{Name: "failed", Value: row["FailedCall(C)"]},
		figure{Name: "greeted", Value: i.count("partyline_calls_prompt_seconds_count")},
		figure{Name: "repeated messages", Value: row["Retransmissions(C)"]},
		figure{Name: "CPU per call", Unit: "ms", Value: 1000 * i.cpu().Seconds() / float64(calls)},
		figure{Name: "of one core", Unit: "%", Value: i.load()},
		figure{Name: "answered p50 below", Unit: "ms", Value: belowWhich(row, 0.5)},
		figure{Name: "answered p99 below", Unit: "ms", Value: belowWhich(row, 0.99)}.aim(50),
	)
	return nil
}

// sipp places calls at a rate and gives the last row of its statistics. It
// returns 1 when calls failed, which the row tells, too.
func sipp(ctx context.Context, dir, peer string, rate, calls int) (map[string]float64, error) {
	statistics := filepath.Join(dir, "calls.csv")
	command := exec.CommandContext(ctx, "sipp", peer, "-sf", "calls.xml", "-i", "127.0.0.1", "-mi", "127.0.0.1",
		"-r", strconv.Itoa(rate), "-m", strconv.Itoa(calls), "-l", "20000", "-nostdin",
		"-trace_stat", "-stf", statistics, "-fd", "1", "-timeout", "120s")
	command.Dir = dir
	out, failed := command.CombinedOutput()
	text, err := os.ReadFile(statistics)
	if err != nil {
		return nil, errors.Join(failed, err, errors.New(string(out)))
	}
	return lastRow(string(text))
}

// lastRow reads the numbers in the last row of a table whose fields are ended
// by semicolons.
func lastRow(text string) (map[string]float64, error) {
	reader := csv.NewReader(strings.NewReader(text))
	reader.Comma = ';'
	reader.FieldsPerRecord = -1
	reader.LazyQuotes = true
	rows, err := reader.ReadAll()
	if err != nil || len(rows) < 2 {
		return nil, fmt.Errorf("sipp's statistics: %d rows: %w", len(rows), err)
	}
	numbers := make(map[string]float64)
	for i, name := range rows[0] {
		if last := rows[len(rows)-1]; i < len(last) {
			if n, err := strconv.ParseFloat(last[i], 64); err == nil {
				numbers[name] = n
			}
		}
	}
	return numbers, nil
}

// belowWhich finds the bound of sipp's repartition that a share of the
// responses stayed below.
func belowWhich(row map[string]float64, share float64) float64 {
	bounds := []float64{1, 2, 5, 10, 20, 50, 100, 200, 500, 1000}
	column := func(sign string, bound float64) float64 {
		return row[fmt.Sprintf("ResponseTimeRepartition1_%s%.0f", sign, bound)]
	}
	all := column(">=", bounds[len(bounds)-1])
	for _, bound := range bounds {
		all += column("<", bound)
	}
	var so float64
	for _, bound := range bounds {
		if so += column("<", bound); all > 0 && so >= share*all {
			return bound
		}
	}
	return math.Inf(1)
}
