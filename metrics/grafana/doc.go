// Package grafana is dashboards of our metrics for Grafana, in English and
// Chinese. They ask for the ratios of package rules by their expressions, and so
// work without its recording rules too.
package grafana
