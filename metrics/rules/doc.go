// Package rules is what Prometheus makes of our metrics: the ratios that
// people go by, the rules that record them, and the alerts.
//
// Expressions are text that a test parses, looks up in the registry, and has a
// real Prometheus answer: none can be about a metric or a label that is not there.
// Texts are in English and Chinese.
package rules
