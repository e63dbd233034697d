// Package metrics is the gauge: Prometheus collectors that implement the observers of the engines.
package metrics
