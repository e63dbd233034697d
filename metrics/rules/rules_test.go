package rules_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"partyline/metrics/metricstest"
	"partyline/metrics/rules"
)

// promtool runs Debian's on what we print.
func promtool(t *testing.T, args ...string) {
	t.Helper()
	metricstest.Need(t, "promtool")
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, "rules.yaml"), rules.YAML(rules.Groups()), 0o600); err != nil {
		t.Fatal(err)
	}
	tests, err := os.ReadFile("testdata/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "alerts.yaml"), tests, 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), "promtool", args...)
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

func TestPromtoolTakesTheRules(t *testing.T) { promtool(t, "check", "rules", "rules.yaml") }

func TestAlertsHearWhatTheyShould(t *testing.T) { promtool(t, "test", "rules", "alerts.yaml") }

// TestEveryAlertIsTested looks for each alert in promtool's tests, and for
// whatever it has to tell people.
func TestEveryAlertIsTested(t *testing.T) {
	tests, err := os.ReadFile("testdata/alerts.yaml")
	if err != nil {
		t.Fatal(err)
	}
	names := make(map[string]bool)
	for _, g := range rules.Groups() {
		for _, r := range g.Rules {
			name := r.Record + r.Alert
			if names[name] {
				t.Errorf("%s stands twice", name)
			}
			names[name] = true
			if r.Alert == "" {
				continue
			}
			if !strings.Contains(string(tests), `{alertname="`+r.Alert+`",alertstate="firing",`) {
				t.Errorf("nothing shows that %s fires", r.Alert)
			}
			for _, text := range []string{r.Summary.English, r.Summary.Chinese, r.Advice.English, r.Advice.Chinese, string(r.Severity)} {
				if text == "" {
					t.Errorf("%s has no text in one language, or no severity", r.Alert)
				}
			}
		}
	}
}
