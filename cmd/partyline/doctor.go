package main

import (
	"context"
	"fmt"
	"io"
	"time"
)

type doctorCommand struct{}

// grade is how a finding turned out.
type grade int

const (
	fine grade = iota
	doubtful
	bad
)

// finding is one line of the doctor's report.
type finding struct {
	grade  grade
	what   string // what was looked at
	found  string
	advice string // what to do; empty when fine
}

// examination is one thing the doctor looks at. It may yield several findings.
type examination func(ctx context.Context, cfg Config) []finding

func examinations() []examination {
	return []examination{
		examineDataDir, examineDisk, examineDatabase, examineClock, examinePorts,
		examineCandidates, examinePublicName, examineCertificate, examineMicrophone, examineAlerts,
	}
}

// Run looks at everything and fails when something is bad.
func (doctorCommand) Run(t *terminal) error {
	cfg, err := t.config()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(t.ctx, 30*time.Second)
	defer cancel()
	var findings []finding
	for _, examine := range examinations() {
		for _, f := range examine(ctx, cfg) {
			findings = append(findings, f)
			printFinding(t.out, f)
		}
	}
	return conclude(t.out, findings)
}

// examineAlerts looks whether admins hear of trouble.
func examineAlerts(_ context.Context, cfg Config) []finding {
	f := finding{what: "alerts", found: "admins are told of trouble by mail, and by the channels that each has chosen"}
	if cfg.Mail.Host == "" {
		f.grade, f.found = doubtful, "admins are told of trouble only in browsers and chats that each has chosen"
		f.advice = "set [mail], so that every admin is told when a trunk is down or the disk fills"
	}
	return []finding{f}
}

func printFinding(out io.Writer, f finding) {
	mark := [...]string{fine: "ok  ", doubtful: "warn", bad: "FAIL"}[f.grade]
	fmt.Fprintf(out, "%s  %-16s %s\n", mark, f.what, f.found)
	if f.advice != "" {
		fmt.Fprintf(out, "      %-16s → %s\n", "", f.advice)
	}
}

// conclude counts, and fails when something is bad.
func conclude(out io.Writer, findings []finding) error {
	var count [bad + 1]int
	for _, f := range findings {
		count[f.grade]++
	}
	fmt.Fprintf(out, "\n%d ok, %d to consider, %d to mend\n", count[fine], count[doubtful], count[bad])
	if count[bad] > 0 {
		return failure{1}
	}
	return nil
}
