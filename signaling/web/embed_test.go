package web

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
)

func get(t *testing.T, h http.Handler, method, target string, header map[string]string) *http.Response {
	t.Helper()
	r := httptest.NewRequest(method, target, nil)
	for k, v := range header {
		r.Header.Set(k, v)
	}
	w := httptest.NewRecorder()
	h.ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, r *http.Response) string {
	t.Helper()
	b, err := io.ReadAll(r.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAddresses(t *testing.T) {
	h, err := New()
	if err != nil {
		t.Fatal(err)
	}
	const page = "text/html; charset=utf-8"
	tests := []struct {
		path, contentType string
		status            int
	}{
		{"/", page, 200},
		{"/login", page, 200},
		{"/setup?token=abc", page, 200},
		{"/welcome/abc", page, 200},
		{"/j/abc-_", page, 200},
		{"/m/0198", page, 200},
		{"/room/0198", page, 200},
		{"/people", page, 200},
		{"/me", page, 200},
		{"/contacts", page, 200},
		{"/dial", page, 200},
		{"/dial/0198", page, 200},
		{"/calls", page, 200},
		{"/calls/0198", page, 200},
		{"/calls/0198/x", page, 404},
		{"/calendar", page, 200},
		{"/schedule", page, 200},
		{"/schedule/0198", page, 200},
		{"/reminders", page, 200},
		{"/announce", page, 200},
		{"/r/abc-_", page, 200},
		{"/r", page, 404},
		{"/company/bots", page, 200},
		{"/sw.js", "text/javascript; charset=utf-8", 200},
		{"/company/costs", page, 200},
		{"/company/trunks/carrier-a", page, 200},
		{"/company/rates/7", page, 200},
		{"/company/costs/7", page, 404},
		{"/company", page, 404},
		{"/me/looks", page, 200},
		{"/me/calls", page, 404},
		{"/quality", page, 200},
		{"/quality/health", page, 200},
		{"/quality/health/x", page, 404},
		{"/quality/meetings", page, 200},
		{"/quality/meetings/0198", page, 200},
		{"/quality/legs/0198", page, 200},
		{"/quality/legs", page, 404},
		{"/quality/now", page, 404},
		{"/index.html", "text/plain; charset=utf-8", 404},
		{"/j", page, 404},
		{"/people/x", page, 404},
		{"/nowhere", page, 404},
		{"/assets/index.js", "text/javascript; charset=utf-8", 200},
		{"/assets/index.css", "text/css; charset=utf-8", 200},
		{"/icon.svg", "image/svg+xml", 200},
		{"/assets/gone.js", "text/plain; charset=utf-8", 404},
		{"/assets", page, 404},
		{"/../embed.go", "text/plain; charset=utf-8", 404},
		{"/.env", "text/plain; charset=utf-8", 404},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			r := get(t, h, "GET", tt.path, nil)
			if r.StatusCode != tt.status || r.Header.Get("Content-Type") != tt.contentType {
				t.Errorf("%d %s, want %d %s", r.StatusCode, r.Header.Get("Content-Type"), tt.status, tt.contentType)
			}
			if r.Header.Get("Content-Security-Policy") != Policy || r.Header.Get("X-Content-Type-Options") != "nosniff" {
				t.Error("safety headers are missing")
			}
		})
	}
}

func TestRevalidation(t *testing.T) {
	h, err := newHandler(fstest.MapFS{
		"index.html":   {Data: []byte(strings.Repeat("<p>x</p>", 200))},
		"assets/a.css": {Data: []byte("a{}")},
	})
	if err != nil {
		t.Fatal(err)
	}
	plain := get(t, h, "GET", "/", nil)
	zipped := get(t, h, "GET", "/", map[string]string{"Accept-Encoding": "br;q=1, gzip;q=0.5"})
	if plain.Header.Get("Content-Encoding") != "" || zipped.Header.Get("Content-Encoding") != "gzip" {
		t.Fatalf("encodings %q and %q", plain.Header.Get("Content-Encoding"), zipped.Header.Get("Content-Encoding"))
	}
	if plain.Header.Get("ETag") == zipped.Header.Get("ETag") {
		t.Error("different bytes under one strong ETag")
	}
	if plain.Header.Get("Cache-Control") != "no-cache" {
		t.Error("html may be kept without asking")
	}
	want := body(t, plain)
	z, err := gzip.NewReader(bytes.NewReader([]byte(body(t, zipped))))
	if err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(z); err != nil || string(got) != want {
		t.Errorf("compressed page differs: %v", err)
	}
	for name, value := range map[string]string{
		"exact": zipped.Header.Get("ETag"), "weak": "W/" + zipped.Header.Get("ETag"), "list": `"x", ` + zipped.Header.Get("ETag"), "any": "*",
	} {
		r := get(t, h, "GET", "/", map[string]string{"If-None-Match": value, "Accept-Encoding": "gzip"})
		if r.StatusCode != http.StatusNotModified || body(t, r) != "" {
			t.Errorf("%s: %d", name, r.StatusCode)
		}
	}
	if r := get(t, h, "GET", "/", map[string]string{"If-None-Match": `"other"`}); r.StatusCode != 200 {
		t.Errorf("another tag: %d", r.StatusCode)
	}
	if r := get(t, h, "GET", "/", map[string]string{"Accept-Encoding": "gzip;q=0"}); r.Header.Get("Content-Encoding") != "" {
		t.Error("gzip although it was refused")
	}
	// Compressing three bytes would make them longer.
	if r := get(t, h, "GET", "/assets/a.css", map[string]string{"Accept-Encoding": "gzip"}); r.Header.Get("Content-Encoding") != "" {
		t.Error("a longer body was sent")
	}
}

func TestMethods(t *testing.T) {
	h, err := New()
	if err != nil {
		t.Fatal(err)
	}
	head := get(t, h, "HEAD", "/", nil)
	if head.StatusCode != 200 || head.Header.Get("Content-Length") == "0" || body(t, head) != "" {
		t.Errorf("HEAD: %d, %s bytes announced", head.StatusCode, head.Header.Get("Content-Length"))
	}
	if r := get(t, h, "POST", "/", nil); r.StatusCode != http.StatusMethodNotAllowed || r.Header.Get("Allow") == "" {
		t.Errorf("POST: %d", r.StatusCode)
	}
}

func TestNotBuilt(t *testing.T) {
	if _, err := newHandler(fstest.MapFS{"x.js": {}}); err == nil {
		t.Error("a client without a page was taken")
	}
}

// The policy forbids inline code, so the page must not have any; and whoever
// develops against the mock server must meet the same policy.
func TestPolicyFits(t *testing.T) {
	page, err := dist.ReadFile("dist/index.html")
	if err != nil {
		t.Fatal(err)
	}
	if regexp.MustCompile(`<script(?:\s[^>]*)?>[^<]`).Match(page) || bytes.Contains(page, []byte("<style")) || bytes.Contains(page, []byte(" style=")) {
		t.Error("inline code in index.html")
	}
	mock, err := os.ReadFile("test/csp.mjs")
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(mock, []byte(Policy)) {
		t.Error("test/csp.mjs has another policy")
	}
}

// An employee's first visit loads the start page in one language.
func TestFirstLoad(t *testing.T) {
	h, err := New()
	if err != nil {
		t.Fatal(err)
	}
	const limit = 45_000
	names := []string{"index.html", "first.js", "assets/index.css", "assets/zh.js"} // the longer catalogue
	for name := range linked(t, h, "index.js") {
		names = append(names, "assets/"+name)
	}
	total := 0
	for _, name := range names {
		total += len(h.assets[name].zipped)
	}
	t.Logf("%d bytes compressed: %v", total, names)
	if total == 0 || total > limit {
		t.Errorf("first load of %d bytes, limit %d", total, limit)
	}
}

// An administrator who opens the quality pages, each of them and with their
// charts, loads so much beyond what the other pages load.
func TestQualityLoad(t *testing.T) {
	h, err := New()
	if err != nil {
		t.Fatal(err)
	}
	const limit = 60_000
	parts := regexp.MustCompile(`^(quality|looks|own|quality-\w+)\.js$`)
	others := reached(t, h, "index.js", func(name string) bool { return !parts.MatchString(name) })
	total, names := 0, []string(nil)
	for name := range reached(t, h, "index.js", func(name string) bool {
		return name != "looks.js" && name != "quality-en.js" // the longer catalogue
	}) {
		if !others[name] {
			total += len(h.assets["assets/"+name].zipped)
			names = append(names, name)
		}
	}
	slices.Sort(names)
	t.Logf("%d bytes compressed: %v", total, names)
	for _, name := range []string{"quality.js", "quality-zh.js", "plot.css", "uplot.js"} {
		if !slices.Contains(names, name) {
			t.Errorf("%s is not among what only the quality pages load", name)
		}
	}
	if total >= limit {
		t.Errorf("quality pages of %d bytes, limit %d", total, limit)
	}
}

// reached are a script and everything that it loads sooner or later, styles
// included, as far as the scripts that are imported only later are taken.
func reached(t *testing.T, h *Handler, script string, taken func(name string) bool) map[string]bool {
	t.Helper()
	// An import() is followed by what the builder has loaded along with it, as numbers in a list.
	later := regexp.MustCompile("^([\\w.-]+\\.js)`(?:[^`]*?__vite__mapDeps\\(\\[([\\d,]*)\\])?")
	list := regexp.MustCompile(`m\.f=\[([^\]]*)\]`)
	found := map[string]bool{}
	for next := []string{script}; len(next) > 0; next = next[1:] {
		if found[next[0]] {
			continue
		}
		for name := range linked(t, h, next[0]) {
			found[name] = true
			code := string(h.assets["assets/"+name].plain)
			var along []string
			if m := list.FindStringSubmatch(code); m != nil {
				along = strings.Split(m[1], ",")
			}
			for _, call := range strings.Split(code, "import(`./")[1:] {
				m := later.FindStringSubmatch(call)
				if m == nil || !taken(m[1]) {
					continue
				}
				next = append(next, m[1])
				for number := range strings.SplitSeq(m[2], ",") {
					if n, err := strconv.Atoi(number); err == nil && strings.Contains(along[n], ".css") {
						found[strings.TrimPrefix(strings.Trim(along[n], `"`), "assets/")] = true
					}
				}
			}
		}
	}
	return found
}

// linked are a script and those that are loaded with it, not later by import().
func linked(t *testing.T, h *Handler, script string) map[string]bool {
	t.Helper()
	static := regexp.MustCompile(`(?:\bfrom|\bimport)\s*"\./([\w.-]+\.js)"`)
	found := map[string]bool{}
	for next := []string{script}; len(next) > 0; next = next[1:] {
		if found[next[0]] {
			continue
		}
		a, ok := h.assets["assets/"+next[0]]
		if !ok {
			t.Fatalf("no %s among the assets", next[0])
		}
		found[next[0]] = true
		for _, m := range static.FindAllSubmatch(a.plain, -1) {
			next = append(next, string(m[1]))
		}
	}
	return found
}
