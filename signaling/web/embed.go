// Package web holds the built web client and serves it.
//
// The client is TypeScript in src/, built by `npm ci && npm run build` into
// dist/, which is committed, so that the program builds without Node. The build
// is deterministic: continuous integration makes it again and compares the bytes.
package web

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"io/fs"
	"net/http"
	"path"
	"strconv"
	"strings"
)

//go:embed all:dist
var dist embed.FS

// Policy is the Content-Security-Policy of every answer: nothing but what this
// server serves, no inline script, no frame around the page.
const Policy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
	"media-src 'self' blob:; img-src 'self' data:; frame-ancestors 'none'; base-uri 'none'; form-action 'self'"

const index = "index.html"

// contentTypes names what the build produces; mime.TypeByExtension would
// depend on the machine.
var contentTypes = map[string]string{
	".html": "text/html; charset=utf-8",
	".js":   "text/javascript; charset=utf-8",
	".css":  "text/css; charset=utf-8",
	".svg":  "image/svg+xml",
	".txt":  "text/plain; charset=utf-8",
}

// asset is one file, ready to be sent: as it is and, where that is shorter,
// compressed.
type asset struct {
	contentType   string
	plain, zipped []byte
	etag          string // strong: of the plain bytes
	zippedETag    string
}

// Handler serves the client: its files by name, and index.html for the
// addresses of its pages. It is safe for concurrent use.
type Handler struct {
	assets map[string]asset
}

// New reads the embedded build and compresses it once. The error says that the
// client was not built.
func New() (*Handler, error) {
	root, err := fs.Sub(dist, "dist")
	if err != nil {
		return nil, fmt.Errorf("open the web client: %w", err)
	}
	return newHandler(root)
}

func newHandler(root fs.FS) (*Handler, error) {
	h := &Handler{assets: make(map[string]asset)}
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		contents, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		h.assets[name], err = newAsset(name, contents)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the web client: %w", err)
	}
	if _, ok := h.assets[index]; !ok {
		return nil, fmt.Errorf("the web client has no %s: it was not built", index)
	}
	return h, nil
}

func newAsset(name string, contents []byte) (asset, error) {
	contentType, ok := contentTypes[path.Ext(name)]
	if !ok {
		return asset{}, fmt.Errorf("%s: unknown kind of file", name)
	}
	sum := sha256.Sum256(contents)
	tag := base64.RawURLEncoding.EncodeToString(sum[:18])
	a := asset{contentType: contentType, plain: contents, etag: `"` + tag + `"`, zippedETag: `"` + tag + `-gzip"`}
	var zipped bytes.Buffer
	w, err := gzip.NewWriterLevel(&zipped, gzip.BestCompression)
	if err != nil {
		return asset{}, err
	}
	if _, err := w.Write(contents); err != nil {
		return asset{}, err
	}
	if err := w.Close(); err != nil {
		return asset{}, err
	}
	if zipped.Len() < len(contents) {
		a.zipped = zipped.Bytes()
	}
	return a, nil
}

// ServeHTTP answers GET and HEAD.
func (h *Handler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	setSafety(header)
	if r.Method != http.MethodGet && r.Method != http.MethodHead {
		header.Set("Allow", "GET, HEAD")
		http.Error(w, "method not allowed", http.StatusMethodNotAllowed)
		return
	}
	a, status := h.find(r.URL.Path)
	if status == http.StatusNotFound && a.plain == nil {
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	a.send(w, r, status)
}

// find chooses the file for an address. Addresses that are no page get the
// client too, which says so in the person's language, but as 404.
func (h *Handler) find(address string) (asset, int) {
	name := strings.TrimPrefix(path.Clean("/"+address), "/")
	if a, ok := h.assets[name]; ok && name != index {
		return a, http.StatusOK
	}
	if isPage(name) {
		return h.assets[index], http.StatusOK
	}
	if path.Ext(name) != "" || strings.HasPrefix(name, "assets/") {
		return asset{}, http.StatusNotFound
	}
	return h.assets[index], http.StatusNotFound
}

// isPage reports whether the client has a page at this address; src/store/router.ts
// has the same list.
func isPage(name string) bool {
	switch first, rest, _ := strings.Cut(name, "/"); first {
	case "me":
		return rest == "" || rest == "looks"
	case "", "login", "setup", "people", "contacts", "calendar", "reminders", "announce":
		return rest == ""
	case "dial", "calls", "schedule":
		return !strings.Contains(rest, "/")
	case "company":
		section, id, _ := strings.Cut(rest, "/")
		return isSection(section) && (id == "" || section == "trunks" || section == "rates") && !strings.Contains(id, "/")
	case "quality":
		section, id, _ := strings.Cut(rest, "/")
		deep := section == "meetings" || section == "legs"
		return isQualitySection(section) && (id == "" || deep) && (id != "" || section != "legs") && !strings.Contains(id, "/")
	case "welcome", "j", "m", "room", "r":
		return rest != "" && !strings.Contains(rest, "/")
	default:
		return false
	}
}

func isSection(name string) bool {
	switch name {
	case "calls", "costs", "budgets", "trunks", "rates", "brakes", "approvals", "audit", "bots":
		return true
	default:
		return false
	}
}

func isQualitySection(name string) bool {
	switch name {
	case "", "health", "breakdowns", "meetings", "trunks", "joins", "sites", "search", "legs":
		return true
	default:
		return false
	}
}

func (a asset) send(w http.ResponseWriter, r *http.Request, status int) {
	header := w.Header()
	header.Set("Content-Type", a.contentType)
	// Names carry no hash, so that everything is asked for again, and mostly
	// answered by 304.
	header.Set("Cache-Control", "no-cache")
	header.Add("Vary", "Accept-Encoding")
	body, etag := a.plain, a.etag
	if a.zipped != nil && acceptsGzip(r.Header.Get("Accept-Encoding")) {
		body, etag = a.zipped, a.zippedETag
		header.Set("Content-Encoding", "gzip")
	}
	header.Set("ETag", etag)
	if status == http.StatusOK && matches(r.Header.Get("If-None-Match"), etag) {
		header.Del("Content-Encoding")
		w.WriteHeader(http.StatusNotModified)
		return
	}
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	if r.Method == http.MethodGet {
		_, _ = w.Write(body) // an error means that nobody listens any more
	}
}

func setSafety(header http.Header) {
	header.Set("Content-Security-Policy", Policy)
	header.Set("X-Content-Type-Options", "nosniff")
	// Links to meetings are secrets: no other site learns them.
	header.Set("Referrer-Policy", "no-referrer")
	header.Set("Permissions-Policy", "microphone=(self), camera=(), geolocation=(), display-capture=()")
	header.Set("Cross-Origin-Opener-Policy", "same-origin")
}

// acceptsGzip reads Accept-Encoding (RFC 9110 section 12.5.3) as far as it
// concerns gzip.
func acceptsGzip(accept string) bool {
	for part := range strings.SplitSeq(accept, ",") {
		coding, params, _ := strings.Cut(part, ";")
		coding = strings.TrimSpace(coding)
		if coding != "gzip" && coding != "*" {
			continue
		}
		q := strings.TrimPrefix(strings.ReplaceAll(params, " ", ""), "q=")
		weight, err := strconv.ParseFloat(q, 64)
		return params == "" || err != nil || weight > 0
	}
	return false
}

// matches compares If-None-Match (RFC 9110 section 13.1.2) weakly, as it must be.
func matches(header, etag string) bool {
	for part := range strings.SplitSeq(header, ",") {
		part = strings.TrimSpace(part)
		if part == "*" || strings.TrimPrefix(part, "W/") == etag {
			return true
		}
	}
	return false
}
