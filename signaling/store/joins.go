package store

import (
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"partyline/metrics/quality"
	"partyline/signaling/health"
)

// joinHours is how ways in went, by the hour in which they began.
func joinHours() rollup {
	return rollup{table: "join_hour", keys: []string{"hour", "kind", "stage", "cause"}, sums: append([]string{"joins"}, timeColumns()...)}
}

// unnamed stands for the cause of a failure of which none was told: the empty
// one marks stages that were reached.
const unnamed = "unknown"

// keepJoins keeps ways in, and counts those that are new.
func keepJoins(ctx context.Context, tx bulk, batch quality.Batch) error {
	hours, setups := joinHours().adding(), setupQuarters().adding()
	for i := range batch.Joins {
		j := batch.Joins[i]
		j.Cause = shortened(printable(j.Cause), longestText)
		steps := packSteps(j.Steps)
		// A join has no id, and may come twice.
		digest := sha256.Sum256(fmt.Appendf(nil, "%q %q %d %q %q %q", j.Leg, j.Kind, ms(j.Began), j.Failed, j.Cause, steps))
		added, err := tx.ExecContext(ctx, `
			INSERT INTO join_try (id, leg_id, kind, began, failed, cause, steps) VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING`,
			hex.EncodeToString(digest[:12]), j.Leg, string(j.Kind), ms(j.Began), string(j.Failed), j.Cause, steps)
		if err != nil {
			return fmt.Errorf("keep a join: %w", err)
		}
		if n, err := added.RowsAffected(); err != nil || n == 0 {
			if err != nil {
				return fmt.Errorf("keep a join: %w", err)
			}
			continue
		}
		addJoin(hours, &j)
		if j.Kind == quality.Browser {
			addSetup(setups, j.Kind, j.Began, j.Failed != "")
		}
	}
	if err := hours.write(ctx, tx); err != nil {
		return err
	}
	return setups.write(ctx, tx)
}

// addJoin counts a way in: with the empty stage for itself, and with that and the
// cause once more where it failed.
func addJoin(hours *adding, j *quality.Join) {
	hour, kind := hourOf(j.Began), string(j.Kind)
	hours.at(hour, kind, "", "")[0]++
	for _, step := range j.Steps {
		row := hours.at(hour, kind, string(step.Stage), "")
		row[0]++
		row[1+bucket(step.After)]++
	}
	if j.Failed != "" {
		cause := cmp.Or(j.Cause, unnamed)
		hours.at(hour, kind, "", cause)[0]++
		hours.at(hour, kind, string(j.Failed), cause)[0]++
	}
}

// stages are those of a join, in their order.
var stages = []quality.Stage{
	quality.StageClick, quality.StageMicrophone, quality.StageSignalled, quality.StageICE, quality.StageDTLS,
	quality.StageSent, quality.StageReceived, quality.StageHeard,
}

// Funnel is health.Joins.
func (s *Store) Funnel(ctx context.Context, from, to time.Time, kind quality.Kind) ([]health.Funnel, []health.Failure, error) {
	sums, err := s.joinSums(ctx, from, to, kind)
	if err != nil {
		return nil, nil, s.fault(fmt.Errorf("sum up joins: %w", err))
	}
	funnels, failures := []health.Funnel{}, []health.Failure{}
	for _, row := range sums {
		kind, stage, cause := quality.Kind(row.keys[0].(string)), quality.Stage(row.keys[1].(string)), row.keys[2].(string)
		joins, took := int(row.sums[0]), times(row.sums[1:])
		if len(funnels) == 0 || funnels[len(funnels)-1].Kind != kind {
			funnels = append(funnels, health.Funnel{Kind: kind, Stages: []health.Reached{}})
		}
		f := &funnels[len(funnels)-1]
		switch {
		case stage == "" && cause == "":
			f.Total += joins
		case stage == "":
			f.Failed += joins
		case cause == "":
			f.Stages = append(f.Stages, health.Reached{Stage: stage, Joins: joins, Median: took.quantile(0.5), P95: took.quantile(0.95)})
		default:
			failures = append(failures, health.Failure{Kind: kind, Stage: stage, Cause: cause, Count: joins})
		}
	}
	for i := range funnels {
		slices.SortFunc(funnels[i].Stages, func(a, b health.Reached) int {
			return cmp.Compare(slices.Index(stages, a.Stage), slices.Index(stages, b.Stage))
		})
	}
	slices.SortFunc(failures, func(a, b health.Failure) int {
		return cmp.Or(cmp.Compare(b.Count, a.Count), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Stage, b.Stage), cmp.Compare(a.Cause, b.Cause))
	})
	return funnels, failures, nil
}

// joinSums are of the sums by the hour and, at both ends of the range, of the
// joins themselves. Where those are no longer kept, their hours count as a whole.
func (s *Store) joinSums(ctx context.Context, from, to time.Time, kind quality.Kind) ([]*sumRow, error) {
	first, last, rest := wholeHours(from, to)
	joins := joinHours().adding()
	for _, at := range rest {
		hour := at.from / hourLength
		tries, all, err := s.joinsOf(ctx, hour, kind)
		if err != nil {
			return nil, err
		}
		if !all {
			first, last = min(first, hour), max(last, hour+1)
			continue
		}
		for i := range tries {
			if began := ms(tries[i].Began); began >= at.from && began < at.to {
				addJoin(joins, &tries[i])
			}
		}
	}
	w := &conditions{}
	w.add(`hour >= ? AND hour < ?`, first, last)
	w.is(`kind`, string(kind))
	return joins.overall(ctx, s.read, w)
}

// joinsOf are the joins that were begun in an hour, and whether all are kept that
// were counted.
func (s *Store) joinsOf(ctx context.Context, hour int64, kind quality.Kind) (joins []quality.Join, all bool, err error) {
	w := &conditions{}
	w.add(`began >= ? AND began < ?`, hour*hourLength, (hour+1)*hourLength)
	w.is(`kind`, string(kind))
	if joins, err = list(ctx, s.read, scanJoin, joinQuery+strings.TrimPrefix(w.sql(), ` WHERE `), w.args...); err != nil {
		return nil, false, err
	}
	w = &conditions{}
	w.add(`hour = ? AND stage = '' AND cause = ''`, hour)
	w.is(`kind`, string(kind))
	counted, err := scanNumber(s.read.QueryRowContext(ctx, `SELECT coalesce(sum(joins), 0) FROM join_hour`+w.sql(), w.args...))
	return joins, int64(len(joins)) >= counted, err
}

const joinQuery = `SELECT leg_id, kind, began, failed, cause, steps FROM join_try WHERE `

func scanJoin(row scanner) (quality.Join, error) {
	var j quality.Join
	var began int64
	var steps string
	if err := row.Scan(&j.Leg, (*string)(&j.Kind), &began, (*string)(&j.Failed), &j.Cause, &steps); err != nil {
		return j, err
	}
	j.Began = fromMS(began)
	var err error
	j.Steps, err = unpackSteps(steps)
	return j, err
}

// packSteps writes steps as "click:0 microphone:310", in milliseconds.
func packSteps(steps []quality.Step) string {
	parts := make([]string, len(steps))
	for i, step := range steps {
		stage := strings.ReplaceAll(printable(string(step.Stage)), " ", "-")
		parts[i] = stage + ":" + strconv.FormatInt(step.After.Milliseconds(), 10)
	}
	return strings.Join(parts, " ")
}

func unpackSteps(packed string) ([]quality.Step, error) {
	var steps []quality.Step
	for _, part := range strings.Fields(packed) {
		colon := strings.LastIndexByte(part, ':')
		after, err := strconv.ParseInt(part[colon+1:], 10, 64)
		if err != nil || colon < 0 {
			return nil, fmt.Errorf("%q is no step of a join", part)
		}
		steps = append(steps, quality.Step{Stage: quality.Stage(part[:colon]), After: time.Duration(after) * time.Millisecond})
	}
	return steps, nil
}

// FailedJoins is health.Joins.
func (s *Store) FailedJoins(ctx context.Context, from, to time.Time, kind quality.Kind, limit int) ([]quality.Join, error) {
	w := &conditions{}
	w.add(`failed <> ''`)
	w.add(`began >= ? AND began < ?`, ms(from), ms(to))
	w.is(`kind`, string(kind))
	all, err := list(ctx, s.read, scanJoin, joinQuery+strings.TrimPrefix(w.sql(), ` WHERE `)+` ORDER BY began DESC, id LIMIT `+w.place(limit), w.args...)
	if err != nil {
		return nil, s.fault(fmt.Errorf("list joins: %w", err))
	}
	return all, nil
}

// JoinOf is health.Joins.
func (s *Store) JoinOf(ctx context.Context, leg string) (quality.Join, bool, error) {
	all, err := list(ctx, s.read, scanJoin, joinQuery+`leg_id = $1 AND leg_id <> '' ORDER BY began LIMIT 1`, leg)
	if err != nil || len(all) == 0 {
		return quality.Join{}, false, s.fault(err)
	}
	return all[0], true, nil
}
