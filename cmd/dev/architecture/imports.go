package architecture

import (
	"fmt"
	"path"
	"slices"
	"strings"
)

var (
	// everybodys are the vocabularies that every plane may use. They import
	// nothing of ours.
	everybodys = []string{"sfu/audio", "metrics/quality"}

	// leaves import nothing of ours, whoever uses them.
	leaves = []string{"sfu/audio", "metrics/quality", "sip/dialplan", "signaling/notify", "signaling/seal"}

	// nouns are packages of rules that some of signaling may use across planes.
	nouns = []string{"sip/billing", "sip/dialplan", "sip/evidence"}

	// keepers are those: they set, carry and keep what the rules are about.
	keepers = []string{"signaling/api", "signaling/company", "signaling/health", "signaling/store"}
)

// imports: engines never know each other, and children never their parents.
func imports(t *Tree) (broken []string) {
	for _, f := range t.files {
		for _, imported := range f.imports {
			dir, ok := ours(imported)
			if !ok || dir == f.dir { // a test outside its package may name it
				continue
			}
			if why := forbidden(f, dir); why != "" {
				broken = append(broken, fmt.Sprintf("%s: imports %s: %s", f.name, dir, why))
			}
		}
	}
	return broken
}

// forbidden tells why a file may not import a directory of ours, or nothing.
func forbidden(f *file, dir string) string {
	switch {
	case plane(f.dir) == "cmd":
		return ""
	case plane(dir) == "cmd":
		return "nothing imports a command"
	case slices.Contains(leaves, f.dir) && !f.test:
		return f.dir + " is a leaf and imports nothing of ours"
	case within(f.dir, dir) && !f.test && parentOf(f.dir) != dir:
		return "children never import their parents"
	case plane(dir) == plane(f.dir), slices.Contains(everybodys, dir):
		return ""
	case f.test && slices.Contains(nouns, parentOf(dir)) && keeps(f.dir):
		return ""
	case slices.Contains(nouns, dir) && keeps(f.dir):
		return ""
	default:
		return "engines never import each other; they meet in cmd/partyline"
	}
}

// keeps tells whether a directory is one of the keepers, or within.
func keeps(dir string) bool {
	return slices.ContainsFunc(keepers, func(k string) bool { return within(dir, k) })
}

// parentOf is the package that a directory has tests for, which several of its
// like pass: such a child may import its parent, as net/http/httptest does. It
// is empty for other directories.
func parentOf(dir string) string {
	if !strings.HasSuffix(dir, "test") {
		return ""
	}
	return path.Dir(dir)
}

// ownership names the packages that alone may use a heavy dependency. Whoever
// else needs what it does asks the owner.
var ownership = []struct {
	module string
	owner  string
}{
	{"database/sql", "signaling/store"},
	{"github.com/jackc/pgx", "signaling/store"},
	{"github.com/pressly/goose", "signaling/store"},
	{"modernc.org/sqlite", "signaling/store"},
	{"github.com/danielgtaylor/huma", "signaling/api"},
	{"github.com/gorilla/websocket", "signaling"},
	{"golang.org/x/crypto/argon2", "signaling/auth"},
	{"github.com/pion/webrtc", "sfu"},
	{"github.com/pion/ice", "sfu"},
	{"github.com/pion/dtls", "sfu"},
	{"github.com/pion/interceptor", "sfu"},
	{"github.com/thesyncim/gopus", "sfu/opus"},
	{"github.com/hraban/opus", "sfu/opus"},
	{"github.com/emiago/sipgo", "sip"},
	{"github.com/icholy/digest", "sip"},
	{"github.com/prometheus/client_golang", "metrics"},
	{"go.opentelemetry.io/otel", "metrics/trace"},
	{"go.opentelemetry.io/proto", "metrics/trace"},
	{"github.com/alecthomas/kong", "cmd"},
	{"github.com/BurntSushi/toml", "cmd/partyline"},
	{"github.com/lmittmann/tint", "cmd/partyline"},
	{"github.com/fsnotify/fsnotify", "cmd/dev"},
}

// peers play the other side in measurements, with the libraries of the other
// side.
var peers = []string{"cmd/loadtest", "cmd/internal"}

// owners: each heavy dependency has one owner. Tests play the other side too.
func owners(t *Tree) (broken []string) {
	for _, f := range t.files {
		if f.test || slices.ContainsFunc(peers, func(p string) bool { return within(f.dir, p) }) {
			continue
		}
		for _, imported := range f.imports {
			for _, o := range ownership {
				if (imported == o.module || strings.HasPrefix(imported, o.module+"/")) && !within(f.dir, o.owner) {
					broken = append(broken, fmt.Sprintf("%s: imports %s, which belongs to %s alone", f.name, imported, o.owner))
				}
			}
		}
	}
	return broken
}
