// Package metricstest runs Debian's Prometheus for tests.
package metricstest

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"testing"
	"time"
)

// Need skips the test where a program of Debian's package prometheus is not
// there, and fails it where the environment says PARTYLINE_REQUIRE_TOOLS.
func Need(t testing.TB, program string) {
	t.Helper()
	switch _, err := exec.LookPath(program); {
	case err != nil && os.Getenv("PARTYLINE_REQUIRE_TOOLS") != "":
		t.Fatal(err)
	case err != nil:
		t.Skipf("%s is not installed (Debian package prometheus)", program)
	}
}

// Prometheus is a running one.
type Prometheus struct {
	t   testing.TB
	url string
}

// listening is what it says when it is there.
var listening = regexp.MustCompile(`msg="Listening on" address=(\S+)`)

// Start runs a Prometheus that reads /metrics at an address every second, under
// the job "partyline", and evaluates a rule file as often. It ends with the test.
func Start(t testing.TB, target string, rules []byte) *Prometheus {
	t.Helper()
	Need(t, "prometheus")
	dir := t.TempDir()
	config := "global: {scrape_interval: 1s, evaluation_interval: 1s}\nrule_files: [rules.yaml]\n" +
		"scrape_configs: [{job_name: partyline, static_configs: [{targets: ['" + target + "']}]}]\n"
	for name, text := range map[string][]byte{"prometheus.yaml": []byte(config), "rules.yaml": rules} {
		if err := os.WriteFile(filepath.Join(dir, name), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.CommandContext(context.Background(), "prometheus", "--config.file=prometheus.yaml", "--storage.tsdb.path=data",
		"--web.listen-address=127.0.0.1:0", "--enable-feature=exemplar-storage")
	cmd.Dir = dir
	out, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	address, read := make(chan string, 1), make(chan struct{})
	var said string // last, until read is closed
	go func() {
		defer close(read)
		for lines := bufio.NewScanner(out); lines.Scan(); {
			said = lines.Text()
			if m := listening.FindStringSubmatch(lines.Text()); m != nil {
				address <- m[1]
			}
		}
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		<-read
		_ = cmd.Wait() // it may say that it was ended
	})
	select {
	case at := <-address:
		p := &Prometheus{t, "http://" + at}
		p.ready()
		return p
	case <-read:
		t.Fatalf("prometheus ended at once: %s", said)
	case <-time.After(30 * time.Second):
		t.Fatal("prometheus does not listen")
	}
	return nil
}

// ready waits until it has opened its own store.
func (p *Prometheus) ready() {
	p.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); time.Now().Before(deadline); time.Sleep(50 * time.Millisecond) {
		response, err := http.Get(p.url + "/-/ready")
		if err != nil {
			p.t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode == http.StatusOK {
			return
		}
	}
	p.t.Fatal("prometheus does not get ready")
}

// Series is one element of an answer.
type Series struct {
	Metric map[string]string `json:"metric"`
	Value  [2]any            `json:"value"` // time and text of a number
}

// Ask evaluates an expression now. It fails the test where Prometheus cannot.
func (p *Prometheus) Ask(expr string) []Series {
	p.t.Helper()
	var found struct{ Result []Series }
	p.get("/api/v1/query?", url.Values{"query": {expr}}, &found)
	return found.Result
}

// Examples are the traces that it has beside the series of an expression.
func (p *Prometheus) Examples(expr string) (traces []string) {
	p.t.Helper()
	var found []struct {
		Exemplars []struct {
			Labels struct {
				Trace string `json:"trace_id"`
			}
		}
	}
	now := time.Now().Unix()
	p.get("/api/v1/query_exemplars?", url.Values{
		"query": {expr}, "start": {strconv.FormatInt(now-3600, 10)}, "end": {strconv.FormatInt(now+60, 10)},
	}, &found)
	for _, series := range found {
		for _, one := range series.Exemplars {
			traces = append(traces, one.Labels.Trace)
		}
	}
	return traces
}

// get asks for what is under a path. It fails the test where there is nothing.
func (p *Prometheus) get(path string, query url.Values, found any) {
	p.t.Helper()
	answer := struct {
		Status, Error string
		Data          any
	}{Data: found}
	response, err := http.Get(p.url + path + query.Encode())
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil {
		err = json.Unmarshal(text, &answer)
	}
	if err == nil && answer.Status != "success" {
		err = fmt.Errorf("%s", answer.Error)
	}
	if err != nil {
		p.t.Errorf("%s: %v", query.Get("query"), err)
	}
}

// Await asks until an answer has at least one element, for half a minute.
func (p *Prometheus) Await(expr string) []Series {
	p.t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(200 * time.Millisecond) {
		if series := p.Ask(expr); len(series) > 0 || p.t.Failed() {
			return series
		}
		if time.Now().After(deadline) {
			p.t.Fatalf("prometheus has no answer to %s", expr)
		}
	}
}
