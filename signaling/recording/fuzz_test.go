package recording

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

// sealed is a track as its file is.
func sealed(t testing.TB, k key, pieces ...string) []byte {
	t.Helper()
	file := &limited{left: 1 << 20}
	w, err := newSealer(file, k, "id", "mix")
	must(t, err)
	for _, p := range pieces {
		_, err := io.WriteString(w, p)
		must(t, err)
	}
	must(t, w.Close())
	return file.Bytes()
}

// FuzzOpen reads files that anybody may have made without the key: nothing is
// read from them that was not written with it.
func FuzzOpen(f *testing.F) {
	whole := sealed(f, key{1}, "one", "two")
	f.Add(whole)
	f.Add(whole[:len(whole)-5])
	f.Add(whole[:headerSize])
	f.Add([]byte(magic))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := newOpener(io.NopCloser(bytes.NewReader(b)), key{1}, "id", "mix")
		if err != nil {
			return
		}
		got, err := io.ReadAll(r)
		if !bytes.HasPrefix([]byte("onetwo"), got) {
			t.Errorf("read %q", got)
		}
		if err == nil && string(got) != "onetwo" {
			t.Errorf("ends well after %q", got)
		}
		if err != nil && !errors.Is(err, ErrTampered) && !errors.Is(err, ErrUnfinished) {
			t.Errorf("%v", err)
		}
	})
}

// FuzzKeyFile reads key files.
func FuzzKeyFile(f *testing.F) {
	f.Add([]byte("# comment\n0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\n"))
	f.Add([]byte("0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdeg"))
	f.Add([]byte("00"))
	f.Add([]byte("\n\n#"))
	f.Fuzz(func(t *testing.T, text []byte) {
		k, err := parseKey(text)
		if err != nil && k != (key{}) {
			t.Error("half a key")
		}
	})
}

// BenchmarkSeal seals what a track gets in a second.
func BenchmarkSeal(b *testing.B) {
	w, err := newSealer(nowhere{}, key{1}, "id", "mix")
	must(b, err)
	page := make([]byte, 4<<10)
	b.SetBytes(int64(len(page)))
	b.ReportAllocs()
	for b.Loop() {
		_, err := w.Write(page)
		must(b, err)
	}
}

type nowhere struct{}

func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (nowhere) Close() error                { return nil }
