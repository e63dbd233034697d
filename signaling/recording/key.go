package recording

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
)

const (
	keySize   = 32
	keyIDSize = 8
)

// key is what all tracks of a vault are sealed with. It masks itself in logs.
type key [keySize]byte

// LogValue implements slog.LogValuer.
func (key) LogValue() slog.Value { return slog.StringValue("(key)") }

// String keeps the key out of formatted text.
func (key) String() string { return "(key)" }

// id tells which key it is, and nothing about it.
func (k key) id() ([]byte, error) {
	return hkdf.Key(sha256.New, k[:], nil, "partyline recording key id", keyIDSize)
}

// forTrack is the key of one file.
func (k key) forTrack(salt []byte, id, track string) ([]byte, error) {
	return hkdf.Key(sha256.New, k[:], salt, "partyline recording track\x00"+id+"\x00"+track, keySize)
}

// readKey reads the key file.
func readKey(path string) (key, error) {
	stat, err := os.Stat(path)
	if err != nil {
		return key{}, err
	}
	if mode := stat.Mode().Perm(); mode&0o077 != 0 {
		return key{}, fmt.Errorf("others may read %s (mode %04o): change it by chmod 600", path, mode)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		return key{}, err
	}
	k, err := parseKey(text)
	if err != nil {
		return key{}, fmt.Errorf("%s: %w", path, err)
	}
	return k, nil
}

// errNoKey is a key file without a key in it.
var errNoKey = errors.New("it should hold one line of 64 hexadecimal digits besides comments")

// parseKey finds the key among comments.
func parseKey(text []byte) (key, error) {
	var (
		k     key
		found bool
	)
	lines := bufio.NewScanner(bytes.NewReader(text))
	for lines.Scan() {
		line := bytes.TrimSpace(lines.Bytes())
		if len(line) == 0 || line[0] == '#' {
			continue
		}
		if found || len(line) != hex.EncodedLen(keySize) {
			return key{}, errNoKey
		}
		if _, err := hex.Decode(k[:], line); err != nil {
			return key{}, errNoKey // and not the digit that it stumbled over
		}
		found = true
	}
	if lines.Err() != nil || !found {
		return key{}, errNoKey
	}
	return k, nil
}

// newKey makes a key file. One that is there already is left as it is.
func newKey(path string) (key, error) {
	var k key
	rand.Read(k[:]) // never fails
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return readKey(path) // another process was quicker
	}
	if err != nil {
		return key{}, err
	}
	_, err = fmt.Fprintf(file, "# The key of Partyline's recordings. Keep a copy elsewhere:\n# without it nobody can ever hear them.\n%x\n", k[:])
	if err = errors.Join(err, file.Sync(), file.Close()); err != nil {
		return key{}, err
	}
	return k, nil
}
