// Package metrics counts what the engines do, for Prometheus.
//
// It knows no engine: each of its gauges is told in plain values, and
// cmd/partyline joins them to the engines' observers. It starts no goroutine.
//
// Labels are words from closed lists and names that stand in the configuration
// (trunks): never a person, a number or a meeting. There are counters, gauges
// and histograms and no ratios; those are made where they are looked at, by the
// expressions of packages rules and grafana. Every metric stands in one list
// ([Metrics.Families]), by which these and the operators' guide are checked.
package metrics
