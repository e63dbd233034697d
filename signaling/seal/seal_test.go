package seal

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func box(t testing.TB, k Key, purpose string) *Box {
	t.Helper()
	b, err := NewBox(k, purpose)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestBox(t *testing.T) {
	b := box(t, Key{1}, "trunks")
	const secret = "sesame"
	sealed := b.Seal([]byte(secret), "trunk a")
	if bytes.Contains(sealed, []byte(secret)) {
		t.Fatal("the secret can be read")
	}
	if again := b.Seal([]byte(secret), "trunk a"); bytes.Equal(again, sealed) {
		t.Error("the same secret is sealed alike twice")
	}
	if got, err := b.Open(sealed, "trunk a"); err != nil || string(got) != secret {
		t.Errorf("opened: %q, %v", got, err)
	}
	if got, err := b.Open(b.Seal(nil, ""), ""); err != nil || len(got) != 0 {
		t.Errorf("nothing sealed: %q, %v", got, err)
	}
	for _, tt := range []struct {
		name  string
		box   *Box
		place string
		want  error
	}{
		{"another place", b, "trunk b", ErrTampered},
		{"another purpose", box(t, Key{1}, "other"), "trunk a", ErrTampered},
		{"another key", box(t, Key{2}, "trunks"), "trunk a", ErrWrongKey},
	} {
		if got, err := tt.box.Open(sealed, tt.place); !errors.Is(err, tt.want) || got != nil {
			t.Errorf("%s: %q, %v, want %v", tt.name, got, err, tt.want)
		}
	}
	for i := range sealed {
		changed := bytes.Clone(sealed)
		changed[i] ^= 1
		if got, err := b.Open(changed, "trunk a"); err == nil {
			t.Errorf("opened with octet %d changed: %q", i, got)
		}
		if got, err := b.Open(sealed[:i], "trunk a"); err == nil {
			t.Errorf("opened with %d octets: %q", i, got)
		}
	}
}

func TestKeyFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new folder", "secrets.key")
	if _, err := ReadKey(path); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("before there is one: %v", err)
	}
	k, err := NewKey(path, "The key.\nKeep a copy.")
	if err != nil || k == (Key{}) {
		t.Fatal(k == Key{}, err)
	}
	stat, err := os.Stat(path)
	if err != nil || stat.Mode().Perm() != 0o600 {
		t.Errorf("key file: %v, %v", stat.Mode(), err)
	}
	text, err := os.ReadFile(path)
	if err != nil || !strings.HasPrefix(string(text), "# The key.\n# Keep a copy.\n") {
		t.Errorf("file: %v", err)
	}
	for name, read := range map[string]func() (Key, error){
		"read": func() (Key, error) { return ReadKey(path) },
		"made": func() (Key, error) { return NewKey(path, "another") }, // never overwritten
	} {
		if again, err := read(); err != nil || again != k {
			t.Errorf("%s again: the same is %v, %v", name, again == k, err)
		}
	}
	if err := os.Chmod(path, 0o640); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadKey(path); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a key file that others may read: %v", err)
	}
}

func TestKeyMasksItself(t *testing.T) {
	var log bytes.Buffer
	k := Key{0xab, 0xcd}
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "key", k)
	if out := log.String() + fmt.Sprintf("%v %s %+v %#v", k, k, k, k); strings.Contains(out, "abcd") || strings.Contains(out, "171") {
		t.Errorf("printed: %s", out)
	}
}

// FuzzKeyFile reads key files.
func FuzzKeyFile(f *testing.F) {
	f.Add([]byte("# comment\n0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n"))
	f.Add([]byte("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdeg"))
	f.Add([]byte("00"))
	f.Add([]byte("\n\n#"))
	f.Fuzz(func(t *testing.T, text []byte) {
		k, err := parseKey(text)
		if err != nil && k != (Key{}) {
			t.Error("half a key")
		}
	})
}

// FuzzBox opens what anybody may have put in the database without the key.
func FuzzBox(f *testing.F) {
	b := box(f, Key{1}, "trunks")
	f.Add([]byte{}, "")
	f.Add(b.Seal([]byte("sesame"), "trunk a"), "trunk b")
	f.Add(append([]byte{format}, b.id...), "trunk a")
	f.Fuzz(func(t *testing.T, sealed []byte, place string) {
		if _, err := box(t, Key{2}, "trunks").Open(sealed, place); err == nil {
			t.Error("opened")
		}
	})
}
