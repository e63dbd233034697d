package recording

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"partyline/signaling/seal"
)

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// newVault is a vault in a folder of its own, with its key file beside.
func newVault(t testing.TB) (v *Vault, dir, keyFile string) {
	t.Helper()
	dir, keyFile = filepath.Join(t.TempDir(), "recordings"), filepath.Join(t.TempDir(), "recordings.key")
	v, err := Open(dir, keyFile)
	must(t, err)
	t.Cleanup(func() { must(t, v.Close()) })
	return v, dir, keyFile
}

// write records one track in pieces, finished or not.
func write(t testing.TB, v *Vault, id, track string, finish bool, pieces ...string) {
	t.Helper()
	tape, err := v.Create(id)
	must(t, err)
	w, err := tape.Track(track)
	must(t, err)
	for _, p := range pieces {
		n, err := io.WriteString(w, p)
		must(t, err)
		if n != len(p) {
			t.Fatalf("%d of %d octets written", n, len(p))
		}
	}
	if finish {
		must(t, w.Close())
	} else {
		t.Cleanup(func() { _ = w.Close() })
	}
}

// read gives what is on a track and how it ended.
func read(t testing.TB, v *Vault, id, track string) (string, error) {
	t.Helper()
	r, err := v.Read(id, track)
	if err != nil {
		return "", err
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	return string(b), err
}

func TestWhatIsWrittenCanBeRead(t *testing.T) {
	v, _, _ := newVault(t)
	long := strings.Repeat("long ", 40000) // of several chunks
	write(t, v, "one", "mix", true, "OggS", "", long, "end")
	got, err := read(t, v, "one", "mix")
	must(t, err)
	if got != "OggS"+long+"end" {
		t.Errorf("read %d octets, %q…", len(got), got[:10])
	}
	if _, err := v.Read("one", "slot-1"); !errors.Is(err, ErrNotFound) {
		t.Errorf("another track: %v", err)
	}
	if _, err := v.Create("one"); !errors.Is(err, ErrExists) {
		t.Errorf("created again: %v", err)
	}
}

func TestAnUnfinishedTrackReadsAsFarAsItGoes(t *testing.T) {
	v, dir, keyFile := newVault(t)
	write(t, v, "one", "mix", false, "first ", "second ")
	if got, err := read(t, v, "one", "mix"); got != "first second " || !errors.Is(err, ErrUnfinished) {
		t.Errorf("while it is written: %q, %v", got, err)
	}
	// As after a kill, or a power cut in the middle of a chunk: another
	// program opens the folder.
	file := filepath.Join(dir, "one", "mix"+ending)
	whole, err := os.ReadFile(file)
	must(t, err)
	must(t, os.WriteFile(file, whole[:len(whole)-3], 0o600))
	again, err := Open(dir, keyFile)
	must(t, err)
	defer again.Close()
	if got, err := read(t, again, "one", "mix"); got != "first " || !errors.Is(err, ErrUnfinished) {
		t.Errorf("after a cut: %q, %v", got, err)
	}
	must(t, os.WriteFile(file, nil, 0o600))
	if got, err := read(t, again, "one", "mix"); got != "" || !errors.Is(err, ErrUnfinished) {
		t.Errorf("an empty file: %q, %v", got, err)
	}
}

// TestTheDiskHoldsNoPlaintext looks for what was said, and for what any file of
// its kind begins with.
func TestTheDiskHoldsNoPlaintext(t *testing.T) {
	v, dir, keyFile := newVault(t)
	write(t, v, "one", "slot-1", true, "OggS....OpusHead", "OggS....OpusTags", strings.Repeat("spoken words ", 1000))
	write(t, v, "two", "slot-1", false, "OggS....OpusHead", "spoken words")
	files := 0
	must(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		must(t, err)
		stat, err := d.Info()
		must(t, err)
		want := fs.FileMode(0o600)
		if d.IsDir() {
			want = 0o700
		}
		if got := stat.Mode().Perm(); got != want {
			t.Errorf("%s has mode %04o", path, got)
		}
		if d.IsDir() {
			return nil
		}
		files++
		b, err := os.ReadFile(path)
		must(t, err)
		for _, plain := range []string{"OggS", "OpusHead", "OpusTags", "spoken", "words"} {
			if bytes.Contains(b, []byte(plain)) {
				t.Errorf("%s holds %q", path, plain)
			}
		}
		return nil
	}))
	if files != 2 {
		t.Errorf("%d files", files)
	}
	if stat, err := os.Stat(keyFile); err != nil || stat.Mode().Perm() != 0o600 {
		t.Errorf("key file: %v, %v", stat.Mode(), err)
	}
}

// TestTamperingIsDetected changes every octet, leaves chunks out, repeats and
// swaps them, and appends to the file: what is read is what was written, up to
// where it was changed, and never ends well.
func TestTamperingIsDetected(t *testing.T) {
	v, dir, _ := newVault(t)
	const said = "one two three "
	write(t, v, "one", "mix", true, "one ", "two ", "three ")
	write(t, v, "other", "mix", true, "one ", "two ", "three ")
	file := filepath.Join(dir, "one", "mix"+ending)
	whole, err := os.ReadFile(file)
	must(t, err)
	at := []int{headerSize} // where the chunks begin
	for _, n := range []int{4, 4, 6, 0} {
		at = append(at, at[len(at)-1]+lengthSize+n+overhead)
	}
	if at[4] != len(whole) {
		t.Fatalf("the file has %d octets, want %d", len(whole), at[4])
	}
	other, err := os.ReadFile(filepath.Join(dir, "other", "mix"+ending))
	must(t, err)
	forged := map[string][]byte{
		"left out":       slicesOf(whole[:at[0]], whole[at[1]:]),
		"repeated":       slicesOf(whole[:at[1]], whole[at[0]:]),
		"swapped":        slicesOf(whole[:at[0]], whole[at[1]:at[2]], whole[at[0]:at[1]], whole[at[2]:]),
		"appended":       slicesOf(whole, []byte("x")),
		"last but one":   slicesOf(whole[:at[2]], whole[at[3]:]),
		"end cut":        whole[:at[3]],
		"half a header":  whole[:20],
		"another's file": other,
	}
	for i := range whole {
		b := bytes.Clone(whole)
		b[i] ^= 0x10
		forged["octet "+time.Duration(i).String()] = b
	}
	for name, b := range forged {
		must(t, os.WriteFile(file, b, 0o600))
		got, err := read(t, v, "one", "mix")
		if !errors.Is(err, ErrTampered) && !errors.Is(err, ErrUnfinished) && !errors.Is(err, ErrWrongKey) {
			t.Errorf("%s: read %q and then %v", name, got, err)
		}
		if !strings.HasPrefix(said, got) {
			t.Errorf("%s: read %q, which nobody wrote", name, got)
		}
		if name == "end cut" && (got != said || !errors.Is(err, ErrUnfinished)) {
			t.Errorf("%s: read %q and then %v", name, got, err)
		}
	}
}

func slicesOf(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func TestKeyFile(t *testing.T) {
	v, dir, keyFile := newVault(t)
	write(t, v, "one", "mix", true, "words")

	// Without it, no new one is made: it would not open what there is.
	away := keyFile + ".away"
	must(t, os.Rename(keyFile, away))
	if _, err := Open(dir, keyFile); !errors.Is(err, ErrKeyMissing) {
		t.Errorf("opened without the key file: %v", err)
	}
	if _, err := os.Stat(keyFile); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a key file was made: %v", err)
	}

	// With another one, what there is cannot be read, and says why.
	_, _, foreign := newVault(t)
	with, err := Open(dir, foreign)
	must(t, err)
	defer with.Close()
	if _, err := read(t, with, "one", "mix"); !errors.Is(err, ErrWrongKey) {
		t.Errorf("read with another key: %v", err)
	}

	must(t, os.Rename(away, keyFile))
	back, err := Open(dir, keyFile)
	must(t, err)
	defer back.Close()
	if got, err := read(t, back, "one", "mix"); got != "words" || err != nil {
		t.Errorf("with the key back: %q, %v", got, err)
	}

	must(t, os.Chmod(keyFile, 0o640))
	if _, err := Open(dir, keyFile); err == nil || !strings.Contains(err.Error(), "chmod 600") {
		t.Errorf("a key file that others may read: %v", err)
	}
	must(t, os.Chmod(keyFile, 0o600))
	must(t, os.WriteFile(keyFile, []byte("# nothing\n"), 0o600))
	if _, err := Open(dir, keyFile); !errors.Is(err, seal.ErrNoKey) {
		t.Errorf("an empty key file: %v", err)
	}
}

func TestNamesLeadNowhere(t *testing.T) {
	v, dir, _ := newVault(t)
	must(t, os.WriteFile(filepath.Join(filepath.Dir(dir), "secret"+ending), []byte("x"), 0o600))
	for _, name := range []string{"", ".", "..", "../secret", "a/b", "a\\b", "a.b", "\x00", "ä", strings.Repeat("a", 65)} {
		if _, err := v.Create(name); !errors.Is(err, ErrName) {
			t.Errorf("create %q: %v", name, err)
		}
		if err := v.Remove(name); !errors.Is(err, ErrNotFound) {
			t.Errorf("remove %q: %v", name, err)
		}
		if _, err := v.Read(name, "mix"); !errors.Is(err, ErrNotFound) {
			t.Errorf("read %q: %v", name, err)
		}
		if _, err := v.Look(name); !errors.Is(err, ErrNotFound) {
			t.Errorf("look at %q: %v", name, err)
		}
	}
	// Not through a link either.
	must(t, os.Symlink(filepath.Dir(dir), filepath.Join(dir, "link")))
	if _, err := v.Read("link", "secret"); err == nil {
		t.Error("read through a link")
	}
}

func TestListRemoveSweep(t *testing.T) {
	v, dir, _ := newVault(t)
	write(t, v, "a", "mix", true, "words")
	write(t, v, "b", "mix", true, "words")
	write(t, v, "c", "mix", true, "words")
	write(t, v, "making", "mix", false, "words")
	must(t, os.WriteFile(filepath.Join(dir, "note"), nil, 0o600))
	list, err := v.List()
	must(t, err)
	var ids []string
	for _, r := range list {
		ids = append(ids, r.ID)
		if len(r.Tracks) != 1 || r.Tracks[0].Name != "mix" || r.Size != r.Tracks[0].Size || r.Size == 0 || r.Modified.IsZero() {
			t.Errorf("%+v", r)
		}
	}
	if d := cmp.Diff([]string{"a", "b", "c", "making"}, ids); d != "" {
		t.Error(d)
	}
	if err := v.Remove("making"); !errors.Is(err, ErrBusy) {
		t.Errorf("removed while it is made: %v", err)
	}
	must(t, v.Remove("a"))
	if err := v.Remove("a"); !errors.Is(err, ErrNotFound) {
		t.Errorf("removed again: %v", err)
	}

	keep := func(id string) bool { return id == "c" }
	removed, err := v.Sweep(time.Now(), keep)
	if err != nil || len(removed) != 0 {
		t.Errorf("swept what was written just now: %v, %v", removed, err)
	}
	removed, err = v.Sweep(time.Now().Add(2*young), keep)
	must(t, err)
	if d := cmp.Diff([]string{"b"}, removed); d != "" {
		t.Error(d)
	}
	if _, err := read(t, v, "b", "mix"); !errors.Is(err, ErrNotFound) {
		t.Errorf("read what was swept: %v", err)
	}
	if got, _ := read(t, v, "c", "mix"); got != "words" {
		t.Errorf("what was kept: %q", got)
	}
}

// TestDiskFull writes to where nothing fits.
func TestDiskFull(t *testing.T) {
	full, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Skip("no /dev/full here")
	}
	if _, err := newSealer(full, seal.Key{}, "one", "mix"); err == nil {
		t.Error("a header fits on a full disk")
	}
	some := &limited{left: 100}
	w, err := newSealer(some, seal.Key{}, "one", "mix")
	must(t, err)
	_, err = io.WriteString(w, "first")
	must(t, err)
	for range 2 { // and it stays so, even if there is room again
		if n, err := io.WriteString(w, strings.Repeat("more", 20)); n != 0 || !errors.Is(err, errFull) {
			t.Errorf("%d octets written, %v", n, err)
		}
		some.left = 1000
	}
	if err := w.Close(); !errors.Is(err, errFull) {
		t.Errorf("closed well: %v", err)
	}
	r, err := newOpener(io.NopCloser(&some.Buffer), seal.Key{}, "one", "mix")
	must(t, err)
	if got, err := io.ReadAll(r); string(got) != "first" || !errors.Is(err, ErrUnfinished) {
		t.Errorf("read %q, %v", got, err)
	}
}

var errFull = errors.New("disk is full")

// limited is a file on a disk with little room.
type limited struct {
	bytes.Buffer
	left int
}

func (l *limited) Write(p []byte) (int, error) {
	n := min(len(p), l.left)
	l.left -= n
	l.Buffer.Write(p[:n])
	if n < len(p) {
		return n, errFull
	}
	return n, nil
}

func (l *limited) Close() error { return nil }
