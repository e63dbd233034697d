package main

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"syscall"

	"partyline/cmd/internal/bridge"
	"partyline/signaling/wire"
)

// answerScenario is what sipp does with each call that it gets.
//
//go:embed answer.xml
var answerScenario []byte

// measureDial has the server call people by the hundred, who answer, listen for
// a moment and hang up, with everything that money asks for: price, brakes,
// hold, record, settlement.
func measureDial(ctx context.Context, b *bench) error {
	if _, err := exec.LookPath("sipp"); err != nil {
		b.progress.say("  without sipp (Debian package sip-tester) nobody can be called")
		return nil
	}
	for _, rate := range []int{20, 100} {
		name := fmt.Sprintf("%d a second", rate)
		if !b.wanted(name) {
			continue
		}
		if err := dialAt(ctx, b, name, rate); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// payroll is what the server says of its calls and its money.
type payroll struct{ calls, charged, held, spent int64 }

func dialAt(ctx context.Context, b *bench, name string, rate int) (err error) {
	s, err := b.start(ctx, manyPorts, "sip.home_country=DE", fmt.Sprintf("calls.per_second=%d", rate), "calls.ringing=2000", "calls.waiting=20000")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, s.stop()) }()
	people, hangUp, err := answering(ctx, b)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, hangUp()) }()
	if err := s.pays(ctx, people); err != nil {
		return err
	}
	m, err := s.Meeting(ctx, "Everybody")
	if err != nil {
		return err
	}
	d, err := s.Dialler(ctx, m.ID)
	if err != nil {
		return err
	}
	defer d.Close()
	calls := int(b.options.For.Seconds() * float64(rate))
	profiled := s.profile(ctx, name, b.options.For)
	var ended []wire.Call
	i, err := s.during(ctx, func() error { ended, err = callEverybody(ctx, b, name, d, calls); return err })
	if err = errors.Join(err, profiled()); err != nil {
		return err
	}
	paid, err := s.payroll(ctx)
	if err != nil {
		return err
	}
	if paid.calls != int64(calls) || paid.held != 0 || paid.spent != paid.charged {
		return fmt.Errorf("of %d calls there are %d records; they cost %d, the budget says %d and holds %d", calls, paid.calls, paid.charged, paid.spent, paid.held)
	}
	failed := 0
	for _, c := range ended {
		if c.Cause != "hung-up" {
			failed++
		}
	}
	b.add(name,
		figure{Name: "calls", Value: float64(calls)},
		figure{Name: "not answered", Value: float64(failed)},
		figure{Name: "records lost", Value: float64(int64(calls) - paid.calls)},
		figure{Name: "calls a second", Value: float64(calls) / i.length().Seconds()},
		figure{Name: "CPU per call", Unit: "ms", Value: 1000 * i.cpu().Seconds() / float64(calls)},
		figure{Name: "of one core", Unit: "%", Value: i.load()},
	)
	return nil
}

// pays gives the server a trunk to the people, a price, a budget, and brakes
// that let it call.
func (s *server) pays(ctx context.Context, people netip.AddrPort) error {
	var set struct {
		Brakes map[string]any `json:"brakes"`
	}
	err := s.Prices(ctx, "prefix,destination,rate_per_min,connect_fee,initial_s,increment_s\n49,Germany,0.6,0.05,1,1\n")
	if err == nil {
		err = s.Trunk(ctx, "sipp", people, "+4930901820")
	}
	if err == nil {
		err = s.Call(ctx, http.MethodPost, "/budgets", map[string]any{
			"payer": map[string]any{"kind": "company"}, "period": "month", "limit": int64(1_000_000_000_000), "hard": true,
		}, nil)
	}
	if err == nil {
		err = s.Call(ctx, http.MethodGet, "/brakes", nil, &set)
	}
	if err != nil {
		return err
	}
	for _, limit := range []string{"perPerson", "perPrefix", "perTrunk", "atOncePerson", "atOnce"} {
		if _, known := set.Brakes[limit]; !known {
			return fmt.Errorf("there is no brake %s: %v", limit, set.Brakes)
		}
		set.Brakes[limit] = 0
	}
	return s.Call(ctx, http.MethodPut, "/brakes", map[string]any{"password": bridge.AdminPassword, "brakes": set.Brakes}, nil)
}

// answering has sipp take calls until it is hung up.
func answering(ctx context.Context, b *bench) (netip.AddrPort, func() error, error) {
	dir, err := os.MkdirTemp(b.dir, "sipp-")
	if err != nil {
		return netip.AddrPort{}, nil, err
	}
	if err := os.WriteFile(filepath.Join(dir, "answer.xml"), answerScenario, 0o600); err != nil {
		return netip.AddrPort{}, nil, err
	}
	port, err := bridge.FreePort()
	if err != nil {
		return netip.AddrPort{}, nil, err
	}
	command := exec.CommandContext(ctx, "sipp", "-sf", "answer.xml", "-i", "127.0.0.1", "-p", strconv.Itoa(int(port)), "-nostdin", "-aa")
	command.Dir = dir
	if err := command.Start(); err != nil {
		return netip.AddrPort{}, nil, err
	}
	hangUp := func() error {
		if err := command.Process.Signal(syscall.SIGKILL); err != nil {
			return err
		}
		_ = command.Wait() // it was killed
		return nil
	}
	return netip.AddrPortFrom(netip.MustParseAddr("127.0.0.1"), port), hangUp, nil
}

// callEverybody has so many people called, in lists of 500, and waits until all
// have hung up.
func callEverybody(ctx context.Context, b *bench, name string, d *bridge.Dialler, calls int) ([]wire.Call, error) {
	defer b.progress.wipe()
	var placed []wire.Call
	for len(placed) < calls {
		wish := wire.Dial{Kind: wire.DialInto}
		for n := range min(calls-len(placed), 500) {
			number := fmt.Sprintf("+4930555%05d", len(placed)+n)
			wish.To = append(wish.To, wire.Callee{Numbers: []string{number}})
		}
		batch, err := d.CallAll(ctx, wish)
		if err != nil {
			return nil, err
		}
		placed = append(placed, batch...)
	}
	var ended []wire.Call
	for _, c := range placed {
		over, err := d.AwaitCall(ctx, c.Call, "ended", func(c wire.Call) bool { return c.State == wire.CallEnded })
		if err != nil {
			return nil, err
		}
		ended = append(ended, over)
		b.progress.bar(name, float64(len(ended)), float64(calls))
	}
	return ended, nil
}

// payroll reads calls and budget.
func (s *server) payroll(ctx context.Context) (p payroll, err error) {
	var costs struct {
		Total struct {
			Calls int64 `json:"calls"`
			Cost  int64 `json:"cost"`
		} `json:"total"`
	}
	var budgets []struct {
		Spent int64 `json:"spent"`
		Held  int64 `json:"held"`
	}
	if err := s.Call(ctx, http.MethodGet, "/costs?by=trunk&kind=pstn_out", nil, &costs); err != nil {
		return p, err
	}
	if err := s.Call(ctx, http.MethodGet, "/budgets", nil, &budgets); err != nil {
		return p, err
	}
	p.calls, p.charged = costs.Total.Calls, costs.Total.Cost
	for _, budget := range budgets {
		p.held, p.spent = p.held+budget.Held, p.spent+budget.Spent
	}
	return p, nil
}
