package grafana

import (
	"encoding/json"
	"fmt"

	"partyline/metrics/rules"
)

// dashboard is one page of Grafana.
type dashboard struct {
	name  string // that it is asked for by
	title rules.Text
	rows  []row
}

// row is panels beside each other, under a heading.
type row struct {
	title  rules.Text
	panels []panel
}

// panel is one picture.
type panel struct {
	title   rules.Text
	what    rules.Text // how to read it; may be empty
	kind    kind
	unit    unit
	queries []query
	limit   float64 // what a value should stay below, in unit; 0: nothing
	above   bool    // it should stay above limit instead
	width   int     // of 24; 0: a fair share of the row
}

// query is one expression, and how its series are called.
type query struct{ expr, legend string }

// kind is the sort of picture, in Grafana's words.
type kind string

const (
	lines   kind = "timeseries"
	stacked kind = "stacked" // lines upon each other
	figure  kind = "stat"
	heat    kind = "heatmap"
)

// unit is Grafana's word for a unit.
type unit string

const (
	number    unit = "short"
	share     unit = "percentunit"
	duration  unit = "s"
	perMinute unit = "cpm"
	perSecond unit = "cps"
	octets    unit = "bytes"
	bits      unit = "bps"
)

// Names are the dashboards that there are.
func Names() []string {
	var names []string
	for _, d := range dashboards() {
		names = append(names, d.name)
	}
	return names
}

func dashboards() []dashboard { return []dashboard{callQuality(), telephony(), server()} }

// JSON is a dashboard as Grafana imports it, in a language: "en" or "zh-CN".
func JSON(name, language string) ([]byte, error) {
	for _, d := range dashboards() {
		if d.name == name {
			return json.MarshalIndent(d.page(language == "zh-CN"), "", "  ")
		}
	}
	return nil, fmt.Errorf("there is no dashboard %q, only %q", name, Names())
}

// object is one of Grafana's.
type object = map[string]any

// source is the Prometheus that whoever imports the dashboard chooses.
var source = object{"type": "prometheus", "uid": "${source}"}

// page is the whole dashboard.
func (d dashboard) page(chinese bool) object {
	say := speaker(chinese)
	var panels []object
	id, y := 1, 0
	for _, r := range d.rows {
		panels = append(panels, object{
			"id": id, "type": "row", "title": say(r.title), "collapsed": false, "panels": []object{},
			"gridPos": object{"x": 0, "y": y, "w": 24, "h": 1},
		})
		id++
		y++
		x, height := 0, 8
		if r.panels[0].kind == figure {
			height = 4
		}
		for _, p := range r.panels {
			width := p.width
			if width == 0 {
				width = 24 / len(r.panels)
			}
			panels = append(panels, p.draw(id, say, object{"x": x, "y": y, "w": width, "h": height}))
			id++
			x += width
		}
		y += height
	}
	return object{
		"title": say(d.title), "uid": "partyline-" + d.name, "tags": []string{"partyline"}, "schemaVersion": 39, "version": 1,
		"editable": true, "graphTooltip": 1, "refresh": "30s", "timezone": "", "time": object{"from": "now-6h", "to": "now"},
		"templating": object{"list": []object{
			{"name": "source", "label": "Prometheus", "type": "datasource", "query": "prometheus", "hide": 0, "refresh": 1},
			{
				"name": "job", "label": say(rules.Text{English: "Server", Chinese: "服务"}), "type": "query", "datasource": source,
				"query":      object{"query": "label_values(partyline_build_info, job)", "refId": "job"},
				"definition": "label_values(partyline_build_info, job)", "refresh": 2, "includeAll": true, "multi": true, "allValue": ".+",
				"current": object{"text": "All", "value": "$__all"},
			},
		}},
		"annotations": object{"list": []object{}}, "panels": panels,
	}
}

// speaker gives a text in one language.
func speaker(chinese bool) func(rules.Text) string {
	return func(t rules.Text) string {
		if chinese {
			return t.Chinese
		}
		return t.English
	}
}

// draw is the panel as Grafana knows it.
func (p panel) draw(id int, say func(rules.Text) string, place object) object {
	targets := make([]object, len(p.queries))
	for i, q := range p.queries {
		targets[i] = object{
			"refId": string(rune('A' + i)), "datasource": source, "editorMode": "code", "expr": q.expr, "legendFormat": q.legend,
			"range": p.kind != figure, "instant": p.kind == figure,
		}
		if p.kind == heat {
			targets[i]["format"] = "heatmap"
		}
	}
	sort, defaults := string(p.kind), object{"unit": string(p.unit), "min": 0, "thresholds": p.thresholds()}
	options := object{"legend": object{"displayMode": "list", "placement": "bottom", "showLegend": true}, "tooltip": object{"mode": "multi", "sort": "desc"}}
	switch p.kind {
	case lines, stacked:
		sort = string(lines)
		custom := object{"drawStyle": "line", "lineWidth": 1, "fillOpacity": 8, "showPoints": "auto", "spanNulls": false}
		if p.kind == stacked {
			custom["fillOpacity"], custom["stacking"] = 60, object{"mode": "normal", "group": "A"}
		}
		if p.limit != 0 {
			custom["thresholdsStyle"] = object{"mode": "dashed"}
		}
		defaults["custom"] = custom
	case figure:
		options = object{"reduceOptions": object{"calcs": []string{"lastNotNull"}, "fields": "", "values": false}, "colorMode": "value", "graphMode": "area", "textMode": "auto"}
	case heat:
		options = object{"calculate": false, "yAxis": object{"unit": string(p.unit)}, "color": object{"mode": "scheme", "scheme": "Oranges"}, "cellGap": 1, "legend": object{"show": true}, "tooltip": object{"mode": "single"}}
	}
	return object{
		"id": id, "type": sort, "title": say(p.title), "description": say(p.what), "datasource": source, "gridPos": place,
		"targets": targets, "fieldConfig": object{"defaults": defaults, "overrides": []object{}}, "options": options,
	}
}

// thresholds colour what is beyond the limit.
func (p panel) thresholds() object {
	good, bad := "green", "red"
	if p.above {
		good, bad = bad, good
	}
	steps := []object{{"color": good, "value": nil}}
	if p.limit != 0 {
		steps = append(steps, object{"color": bad, "value": p.limit})
	}
	return object{"mode": "absolute", "steps": steps}
}
