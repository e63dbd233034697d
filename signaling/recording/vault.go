package recording

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"partyline/signaling/seal"
)

// What a vault may answer.
var (
	// ErrNotFound means that there is no such recording or track.
	ErrNotFound = errors.New("no such recording")
	// ErrExists means that the recording or track is there already.
	ErrExists = errors.New("recording exists already")
	// ErrBusy means that the recording is still being made.
	ErrBusy = errors.New("recording is still being made")
	// ErrName is an id or a track that cannot be a file's name.
	ErrName = errors.New("not a name of a recording: letters, digits, - and _ only, at most 64")
	// ErrKeyMissing means that there are recordings, and not the key file that
	// they were made with. A new key would not open them.
	ErrKeyMissing = errors.New("there are recordings but no key file: put it back, or choose another folder")
)

const (
	ending = ".sealed"
	// young is how long Sweep leaves a recording that nobody knows: what is
	// known about it may not have been stored yet.
	young = time.Hour
)

// Vault is a folder of recordings.
type Vault struct {
	root *os.Root
	key  seal.Key

	mu   sync.Mutex     // guards open
	open map[string]int // tracks being written, by recording
}

// Open opens a vault, and makes it and its key file where there are none. It
// fails where others may read the key file, and with ErrKeyMissing.
func Open(dir, keyFile string) (*Vault, error) {
	v, err := open(dir, keyFile)
	if err != nil {
		return nil, fmt.Errorf("open recordings: %w", err)
	}
	return v, nil
}

func open(dir, keyFile string) (*Vault, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	if err := os.Chmod(dir, 0o700); err != nil { // it may have been made otherwise
		return nil, err
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	v := &Vault{root: root, open: make(map[string]int)}
	if v.key, err = v.findKey(keyFile); err != nil {
		return nil, errors.Join(err, root.Close())
	}
	return v, nil
}

// findKey reads the key file, or makes it for a vault that is empty.
func (v *Vault) findKey(path string) (seal.Key, error) {
	k, err := seal.ReadKey(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return k, err
	}
	list, err := v.List()
	if err != nil {
		return seal.Key{}, err
	}
	if len(list) > 0 {
		return seal.Key{}, fmt.Errorf("%s: %w", path, ErrKeyMissing)
	}
	return seal.NewKey(path, "The key of Partyline's recordings. Keep a copy elsewhere:\nwithout it nobody can ever hear them.")
}

// Close lets go of the folder. Tracks that are being written go on.
func (v *Vault) Close() error { return v.root.Close() }

// Tape is a recording that is being made.
type Tape struct {
	vault *Vault
	id    string
}

// Create begins a recording. It returns ErrExists or ErrName, or what the disk
// says.
func (v *Vault) Create(id string) (*Tape, error) {
	if !named(id) {
		return nil, fmt.Errorf("create recording: %w", ErrName)
	}
	err := v.root.Mkdir(id, 0o700)
	switch {
	case errors.Is(err, fs.ErrExist):
		return nil, fmt.Errorf("create recording %s: %w", id, ErrExists)
	case err != nil:
		return nil, fmt.Errorf("create recording %s: %w", id, err)
	}
	return &Tape{v, id}, nil
}

// Track begins a track. Each Write to it is on the disk, encrypted, when it
// returns; Close brings the track to its end.
func (t *Tape) Track(name string) (io.WriteCloser, error) {
	w, err := t.track(name)
	if err != nil {
		return nil, fmt.Errorf("track %s of recording %s: %w", name, t.id, err)
	}
	return w, nil
}

func (t *Tape) track(name string) (io.WriteCloser, error) {
	if !named(name) {
		return nil, ErrName
	}
	file, err := t.vault.root.OpenFile(fileOf(t.id, name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return nil, ErrExists
	}
	if err != nil {
		return nil, err
	}
	sealed, err := newSealer(&trackFile{File: file, vault: t.vault, id: t.id}, t.vault.key, t.id, name)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	t.vault.count(t.id, 1)
	return sealed, nil
}

// trackFile is the file of a track that is being written.
type trackFile struct {
	*os.File
	vault *Vault
	id    string
}

// Close has the disk keep the file, and lets the recording go.
func (f *trackFile) Close() error {
	err := errors.Join(f.Sync(), f.File.Close())
	f.vault.count(f.id, -1)
	return err
}

// count keeps the books on the tracks being written.
func (v *Vault) count(id string, n int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.open[id] += n; v.open[id] <= 0 {
		delete(v.open, id)
	}
}

// Busy tells whether a recording is being made.
func (v *Vault) Busy(id string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.open[id] > 0
}

// Read gives what is on a track, also while it is being made: then it ends with
// ErrUnfinished in place of io.EOF. It returns ErrNotFound, ErrWrongKey or
// ErrTampered, which may also come while reading; all that was given until then
// is authentic.
func (v *Vault) Read(id, track string) (io.ReadCloser, error) {
	r, err := v.read(id, track)
	if err != nil {
		return nil, fmt.Errorf("read track %s of recording %s: %w", track, id, err)
	}
	return r, nil
}

func (v *Vault) read(id, track string) (io.ReadCloser, error) {
	if !named(id) || !named(track) {
		return nil, ErrNotFound
	}
	file, err := v.root.Open(fileOf(id, track))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, err
	}
	r, err := newOpener(file, v.key, id, track)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return r, nil
}

// Remove deletes a recording. It returns ErrNotFound, or ErrBusy while it is
// being made.
func (v *Vault) Remove(id string) error {
	if err := v.remove(id); err != nil {
		return fmt.Errorf("remove recording %s: %w", id, err)
	}
	return nil
}

func (v *Vault) remove(id string) error {
	if !named(id) {
		return ErrNotFound
	}
	if v.Busy(id) {
		return ErrBusy
	}
	if _, err := v.root.Lstat(id); errors.Is(err, fs.ErrNotExist) {
		return ErrNotFound
	}
	return v.root.RemoveAll(id)
}

// Recording is what a vault knows of a recording.
type Recording struct {
	ID       string
	Tracks   []Track   // by name
	Size     int64     // on disk, in octets
	Modified time.Time // when something was last written
}

// Track is one track of a recording.
type Track struct {
	Name string
	Size int64 // on disk, in octets
}

// List lists the recordings by id. What else lies in the folder is left out.
func (v *Vault) List() ([]Recording, error) {
	entries, err := fs.ReadDir(v.root.FS(), ".")
	if err != nil {
		return nil, fmt.Errorf("list recordings: %w", err)
	}
	var list []Recording
	for _, e := range entries {
		if !e.IsDir() || !named(e.Name()) {
			continue
		}
		r, err := v.Look(e.Name())
		if errors.Is(err, ErrNotFound) {
			continue // removed meanwhile
		}
		if err != nil {
			return nil, err
		}
		list = append(list, r)
	}
	return list, nil
}

// Look tells what there is of a recording. It returns ErrNotFound.
func (v *Vault) Look(id string) (Recording, error) {
	if !named(id) {
		return Recording{}, fmt.Errorf("recording: %w", ErrNotFound)
	}
	entries, err := fs.ReadDir(v.root.FS(), id)
	if errors.Is(err, fs.ErrNotExist) {
		err = ErrNotFound
	}
	if err != nil {
		return Recording{}, fmt.Errorf("recording %s: %w", id, err)
	}
	r := Recording{ID: id}
	if stat, err := v.root.Stat(id); err == nil {
		r.Modified = stat.ModTime()
	}
	for _, e := range entries {
		name, found := strings.CutSuffix(e.Name(), ending)
		stat, err := e.Info()
		if !found || err != nil || !stat.Mode().IsRegular() {
			continue
		}
		r.Tracks = append(r.Tracks, Track{name, stat.Size()})
		r.Size += stat.Size()
		if stat.ModTime().After(r.Modified) {
			r.Modified = stat.ModTime()
		}
	}
	slices.SortFunc(r.Tracks, func(a, b Track) int { return cmp.Compare(a.Name, b.Name) })
	return r, nil
}

// Sweep deletes the recordings that keep has no use for, and lists them. Those
// that are being made, or were written to within the last hour, are left alone:
// whoever is asked may not know them yet.
func (v *Vault) Sweep(now time.Time, keep func(id string) bool) (removed []string, err error) {
	list, err := v.List()
	if err != nil {
		return nil, err
	}
	var failed []error
	for _, r := range list {
		if now.Sub(r.Modified) < young || v.Busy(r.ID) || keep(r.ID) {
			continue
		}
		if err := v.Remove(r.ID); err != nil {
			failed = append(failed, err)
			continue
		}
		removed = append(removed, r.ID)
	}
	return removed, errors.Join(failed...)
}

// fileOf is where a track lies.
func fileOf(id, track string) string { return filepath.Join(id, track+ending) }

// named tells whether a name may be that of a recording or a track: no name
// leads out of the folder.
func named(name string) bool {
	const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"
	return len(name) > 0 && len(name) <= 64 && strings.Trim(name, letters) == ""
}
