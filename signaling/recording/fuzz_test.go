package recording

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"partyline/signaling/seal"
)

// sealed is a track as its file is.
func sealed(t testing.TB, k seal.Key, pieces ...string) []byte {
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
	whole := sealed(f, seal.Key{1}, "one", "two")
	f.Add(whole)
	f.Add(whole[:len(whole)-5])
	f.Add(whole[:headerSize])
	f.Add([]byte(magic))
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := newOpener(io.NopCloser(bytes.NewReader(b)), seal.Key{1}, "id", "mix")
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

// BenchmarkSeal seals what a track gets in a second.
func BenchmarkSeal(b *testing.B) {
	w, err := newSealer(nowhere{}, seal.Key{1}, "id", "mix")
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
