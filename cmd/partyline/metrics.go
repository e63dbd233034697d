package main

import (
	"fmt"

	"partyline/metrics"
	"partyline/metrics/grafana"
	"partyline/metrics/rules"
)

type metricsCommand struct {
	List    metricsList    `cmd:"" default:"withargs" help:"List every metric as a table."`
	Rules   metricsRules   `cmd:"" help:"Print recording rules and alerts for Prometheus."`
	Grafana metricsGrafana `cmd:"" help:"Print a dashboard for Grafana."`
}

type metricsList struct{}

// Run prints the reference, which stands in the operators' guide as well.
func (metricsList) Run(t *terminal) error {
	_, err := fmt.Fprint(t.out, metrics.New(version()).Reference())
	return err
}

type metricsRules struct{}

// Run prints a rule file.
func (metricsRules) Run(t *terminal) error {
	_, err := t.out.Write(rules.YAML(rules.Groups()))
	return err
}

type metricsGrafana struct {
	Name     string `arg:"" enum:"quality,telephony,server" default:"quality" help:"Which one: quality, telephony or server."`
	Language string `enum:"en,zh-CN" default:"en" help:"Of its texts: en or zh-CN."`
}

// Run prints a dashboard as Grafana imports it.
func (c metricsGrafana) Run(t *terminal) error {
	page, err := grafana.JSON(c.Name, c.Language)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(t.out, string(page))
	return err
}
