package seal

import (
	"bufio"
	"bytes"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
)

// KeySize is a key's length in octets.
const KeySize = 32

// Key is what a key file holds. It masks itself in logs.
type Key [KeySize]byte

// LogValue implements slog.LogValuer.
func (Key) LogValue() slog.Value { return slog.StringValue("(key)") }

// String keeps the key out of formatted text.
func (Key) String() string { return "(key)" }

// GoString keeps the key out of formatted text.
func (Key) GoString() string { return "(key)" }

// Derive makes a key for one purpose by HKDF-SHA-256 (RFC 5869). It says
// nothing about the key, nor about those for other purposes.
func (k Key) Derive(salt []byte, purpose string, octets int) ([]byte, error) {
	return hkdf.Key(sha256.New, k[:], salt, purpose, octets)
}

// ReadKey reads a key file. It fails where others may read it too; the error is
// fs.ErrNotExist where there is none.
func ReadKey(path string) (Key, error) {
	stat, err := os.Stat(path)
	if err != nil {
		return Key{}, err
	}
	if mode := stat.Mode().Perm(); mode&0o077 != 0 {
		return Key{}, fmt.Errorf("others may read %s (mode %04o): change it by chmod 600", path, mode)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return Key{}, err
	}
	k, err := parseKey(text)
	if err != nil {
		return Key{}, fmt.Errorf("%s: %w", path, err)
	}
	return k, nil
}

// ErrNoKey is a key file without a key in it.
var ErrNoKey = errors.New("it should hold one line of 64 hexadecimal digits besides comments")

// parseKey finds the key among comments.
func parseKey(text []byte) (Key, error) {
	var (
		k     Key
		found bool
	)
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		if found || len(line) != hex.EncodedLen(KeySize) {
			return Key{}, ErrNoKey
		}
		if _, err := hex.Decode(k[:], line); err != nil {
			return Key{}, ErrNoKey // and not the digit that it stumbled over
		}
		found = true
	}
	if lines.Err() != nil || !found {
		return Key{}, ErrNoKey
	}
	return k, nil
}

// NewKey makes a key file that the owner alone may read, with a comment that
// says what it is for. A file that is there already is read and left as it is.
func NewKey(path, comment string) (Key, error) {
	var k Key
	rand.Read(k[:]) // never fails
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return Key{}, err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return ReadKey(path) // another process was quicker
	}
	if err != nil {
		return Key{}, err
	}
	_, err = fmt.Fprintf(file, "# %s\n%x\n", strings.ReplaceAll(comment, "\n", "\n# "), k[:])
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return Key{}, err
	}
	return k, nil
}
