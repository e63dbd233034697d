package api_test

import (
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/danielgtaylor/huma/v2"

	"partyline/signaling/api"
)

// describe reads the server's own description, once.
func (w *world) describe() *huma.OpenAPI {
	w.t.Helper()
	if w.document != nil {
		return w.document
	}
	response, err := w.server.Client().Get(w.server.URL + api.Prefix + "/openapi.json")
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	w.document = readDocument(w.t, text)
	return w.document
}

// orNull is how OpenAPI 3.1 writes that a value may be null, which the framework
// writes but does not read.
var orNull = regexp.MustCompile(`"type":\[("[a-z]+"),"null"\]`)

// readDocument makes a description from its JSON. The schemas go through a
// registry, so that references between them are found.
func readDocument(t *testing.T, text []byte) *huma.OpenAPI {
	t.Helper()
	text = orNull.ReplaceAll(text, []byte(`"type":$1,"title":"nullable"`))
	var d struct {
		Paths      map[string]*huma.PathItem
		Components struct{ Schemas map[string]*huma.Schema }
	}
	if err := json.Unmarshal(text, &d); err != nil {
		t.Fatal(err)
	}
	registry := huma.NewMapRegistry("#/components/schemas/", huma.DefaultSchemaNamer)
	for name, s := range d.Components.Schemas {
		prepare(s)
		registry.Map()[name] = s
	}
	for _, p := range d.Paths {
		for _, op := range operationsOf(p) {
			for _, r := range op.Responses {
				for _, media := range r.Content {
					prepare(media.Schema)
				}
			}
			for _, p := range op.Parameters {
				prepare(p.Schema)
			}
		}
	}
	return &huma.OpenAPI{Paths: d.Paths, Components: &huma.Components{Schemas: registry}}
}

// prepare does for a schema that was read what the framework does for one
// that it made.
func prepare(s *huma.Schema) {
	if s == nil {
		return
	}
	s.Nullable = s.Title == "nullable"
	if s.AdditionalProperties != nil {
		if closed, ok := s.AdditionalProperties.(bool); ok {
			s.AdditionalProperties = closed
		}
	}
	for _, p := range s.Properties {
		prepare(p)
	}
	prepare(s.Items)
	s.PrecomputeMessages()
}

func operationsOf(p *huma.PathItem) map[string]*huma.Operation {
	all := map[string]*huma.Operation{}
	for method, op := range map[string]*huma.Operation{
		http.MethodGet: p.Get, http.MethodPost: p.Post, http.MethodPatch: p.Patch, http.MethodDelete: p.Delete,
		http.MethodPut: p.Put, http.MethodHead: p.Head, http.MethodOptions: p.Options,
	} {
		if op != nil {
			all[method] = op
		}
	}
	return all
}

// find is the described operation that a request is for, or nil.
func find(d *huma.OpenAPI, method, path string) *huma.Operation {
	parts := strings.Split(strings.TrimPrefix(path, api.Prefix), "/")
	var best *huma.Operation
	most := -1
	for template, item := range d.Paths {
		want := strings.Split(template, "/")
		fixed := 0
		matches := len(want) == len(parts) && slices.EqualFunc(want, parts, func(w, p string) bool {
			if strings.HasPrefix(w, "{") {
				return true
			}
			fixed++
			return w == p
		})
		if op := operationsOf(item)[method]; matches && op != nil && fixed > most {
			best, most = op, fixed
		}
	}
	return best
}

// hold fails the test if an answer is not as the description says: a status
// that is not there, a code that is not named, a body that does not fit.
func (c *client) hold(r *http.Request, a *answer) {
	c.t.Helper()
	d := c.describe()
	op := find(d, r.Method, r.URL.Path)
	if op == nil {
		return // the tests of what does not exist look themselves
	}
	described := op.Responses[strconv.Itoa(a.status)]
	if described == nil {
		c.t.Errorf("%s: status %d is not described: %s", a.what, a.status, a.body)
		return
	}
	if len(described.Content) == 0 {
		if len(a.body) > 0 {
			c.t.Errorf("%s: an undescribed body: %s", a.what, a.body)
		}
		return
	}
	kind, _, err := mime.ParseMediaType(a.header.Get("Content-Type"))
	media := described.Content[kind]
	if err != nil || media == nil {
		c.t.Errorf("%s: status %d has type %q", a.what, a.status, a.header.Get("Content-Type"))
		return
	}
	if media.Schema.Format == "binary" {
		return // a file
	}
	if wrong := validate(d, media.Schema, a.body); wrong != nil {
		c.t.Errorf("%s: status %d: %v in %s", a.what, a.status, wrong, a.body)
	}
	if a.status >= 400 {
		var p api.Problem
		if err := json.Unmarshal(a.body, &p); err != nil || p.Status != a.status {
			c.t.Errorf("%s: problem says status %d, HTTP %d", a.what, p.Status, a.status)
		}
		if !strings.Contains(described.Description, "`"+string(p.Code)+"`") {
			c.t.Errorf("%s: code %s is not described for status %d", a.what, p.Code, a.status)
		}
	}
}

func validate(d *huma.OpenAPI, s *huma.Schema, body []byte) []error {
	var v any
	if err := json.Unmarshal(body, &v); err != nil {
		return []error{err}
	}
	var result huma.ValidateResult
	huma.Validate(d.Components.Schemas, s, huma.NewPathBuffer([]byte{}, 0), huma.ModeReadFromServer, v, &result)
	return result.Errors
}

// TestDescription walks everything that is described: it has a name, a
// summary and its errors, and it is really there.
func TestDescription(t *testing.T) {
	w := onSQLite(t)
	d := w.describe()
	ids := map[string]bool{}
	for path, item := range d.Paths {
		for method, op := range operationsOf(item) {
			what := method + " " + path
			if op.OperationID == "" || op.Summary == "" || len(op.Tags) == 0 {
				t.Errorf("%s: without id, summary or tag", what)
			}
			if ids[op.OperationID] {
				t.Errorf("%s: id %s is taken", what, op.OperationID)
			}
			ids[op.OperationID] = true
			if op.Responses["500"] == nil || op.Responses["default"] != nil {
				t.Errorf("%s: its errors are not listed one by one", what)
			}
			c := w.client() // not signed in, no body
			a := c.call(method, strings.NewReplacer("{", "", "}", "").Replace(path), nil)
			if a.status == http.StatusMethodNotAllowed {
				t.Errorf("%s: is not there", what)
			}
			secured := len(op.Security) > 0
			if (a.status == http.StatusUnauthorized) != secured && op.RequestBody == nil {
				t.Errorf("%s: answers %d to a stranger, described as secured: %v", what, a.status, secured)
			}
		}
	}
	if len(ids) != 162 {
		t.Errorf("%d operations are described, want 162: is a new one in the tests?", len(ids))
	}
}

// TestExamples puts each schema together from the examples of its fields and
// validates that.
func TestExamples(t *testing.T) {
	w := onSQLite(t)
	schemas := w.describe().Components.Schemas
	for name, s := range schemas.Map() {
		example, err := json.Marshal(exampleOf(schemas, s))
		if err != nil {
			t.Fatal(err)
		}
		if wrong := validate(w.document, s, example); wrong != nil {
			t.Errorf("%s: %v in %s", name, wrong, example)
		}
	}
}

func exampleOf(all huma.Registry, s *huma.Schema) any {
	if s.Ref != "" {
		return exampleOf(all, all.SchemaFromRef(s.Ref))
	}
	if len(s.Examples) > 0 {
		return s.Examples[0]
	}
	switch s.Type {
	case huma.TypeObject:
		o := m{}
		for name, p := range s.Properties {
			o[name] = exampleOf(all, p)
		}
		return o
	case huma.TypeArray:
		return []any{exampleOf(all, s.Items)}
	case huma.TypeBoolean:
		return true
	case huma.TypeInteger, huma.TypeNumber:
		return 1
	}
	switch {
	case len(s.Enum) > 0:
		return s.Enum[0]
	case s.Format == "date-time":
		return "2026-03-02T09:00:00Z"
	}
	return "text"
}

func TestCodesAreClosed(t *testing.T) {
	w := onSQLite(t)
	problem := w.describe().Components.Schemas.Map()["Problem"]
	if problem == nil {
		t.Fatal("no schema for problems")
	}
	described := fmt.Sprint(problem.Properties["code"].Enum)
	if want := fmt.Sprint(api.Codes()); described != want {
		t.Errorf("described codes %s, want %s", described, want)
	}
}
