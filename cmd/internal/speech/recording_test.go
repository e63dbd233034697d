package speech

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"partyline/sfu"
	"partyline/sfu/audio"
	"partyline/sfu/ogg"
	"partyline/sfu/opus"
	"partyline/signaling/recording"
)

var _ sfu.Tape = (*recording.Tape)(nil)

// recorderDir has this test program record a room until it is killed.
const recorderDir = "SPEECH_RECORD_INTO"

// TestKilledWhileRecording records a phone into a vault, in a process of its
// own, kills that without a warning, and hears what it had recorded: all that
// could be read before, with the tone that the phone said.
func TestKilledWhileRecording(t *testing.T) {
	if dir := os.Getenv(recorderDir); dir != "" {
		recordUntilKilled(t, dir)
		return
	}
	dir := t.TempDir()
	child := exec.Command(os.Args[0], "-test.run", "^TestKilledWhileRecording$")
	child.Env = append(os.Environ(), recorderDir+"="+dir)
	child.Stdout, child.Stderr = os.Stderr, os.Stderr
	if err := child.Start(); err != nil {
		t.Fatal(err)
	}
	killed := false
	defer func() {
		if !killed {
			_ = child.Process.Kill()
			_ = child.Wait()
		}
	}()
	const enough = 3 * time.Second
	tracks := []string{"mix", "slot-1", "slot-3"}
	before := map[string]time.Duration{}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		whole := true
		for _, track := range tracks {
			if sound, err := playBack(dir, track); err == nil || errors.Is(err, recording.ErrUnfinished) {
				before[track] = soundLength(sound)
			}
			whole = whole && before[track] >= enough
		}
		if whole {
			break
		}
		if time.Now().After(deadline) {
			t.Fatalf("recorded in a minute: %v", before)
		}
	}
	if err := child.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = child.Wait()
	killed = true
	for _, track := range tracks {
		sound, err := playBack(dir, track)
		if !errors.Is(err, recording.ErrUnfinished) || soundLength(sound) < before[track] {
			t.Errorf("%s: %v after the kill, %v before, %v", track, soundLength(sound), before[track], err)
		}
		heard := ToneSNR(sound[len(sound)/2:], audio.Rate, 500) > 3 // it swells
		if heard != (track != "slot-3") {
			t.Errorf("%s: the phone is heard: %v (%.1f dB)", track, heard, ToneSNR(sound[len(sound)/2:], audio.Rate, 500))
		}
	}
	noPlaintext(t, dir)
}

func soundLength(samples []int16) time.Duration {
	return time.Duration(len(samples)) * time.Second / audio.Rate
}

// recordUntilKilled has a phone hum into a recorded room.
func recordUntilKilled(t *testing.T, dir string) {
	vault, err := recording.Open(filepath.Join(dir, "recordings"), filepath.Join(dir, "key"))
	if err != nil {
		t.Fatal(err)
	}
	cfg := sfu.DefaultConfig()
	cfg.UDP, cfg.TCP, cfg.Loopback = "127.0.0.1:0", "", true
	hub, err := sfu.New(cfg, nil, noMusic{t: t}, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	ctx := context.Background()
	says := make([]int16, 120*audio.Rate)
	for i := range says {
		at := float64(i) / audio.Rate
		swell := 0.6 + 0.4*math.Sin(2*math.Pi*4*at)
		says[i] = int16(9000 * swell * math.Sin(2*math.Pi*500*at))
	}
	encoder, err := opus.NewEncoder()
	if err != nil {
		t.Fatal(err)
	}
	phone := &caller{codec: audio.Opus, says: says}
	if phone.decoder, err = opus.NewDecoder(); err != nil {
		t.Fatal(err)
	}
	if phone.line, err = hub.Answer(ctx, phone); err != nil {
		t.Fatal(err)
	}
	if err := hub.Join(ctx, "room", 1, phone.line); err != nil {
		t.Fatal(err)
	}
	tape, err := vault.Create("one")
	if err != nil {
		t.Fatal(err)
	}
	if err := hub.Record("room", tape); err != nil {
		t.Fatal(err)
	}
	hub.SetRecorded("room", 1, true)
	phone.speak(encoder)
}

// playBack gives the sound of a track, and how its file ends.
func playBack(dir, track string) ([]int16, error) {
	vault, err := recording.Open(filepath.Join(dir, "recordings"), filepath.Join(dir, "key"))
	if err != nil {
		return nil, err
	}
	defer vault.Close()
	file, err := vault.Read("one", track)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	sealed, ends := io.ReadAll(file)
	r, err := ogg.NewReader(bytes.NewReader(sealed))
	if err != nil {
		return nil, err
	}
	decoder, err := opus.NewDecoder()
	if err != nil {
		return nil, err
	}
	var sound []int16
	for {
		packet, err := r.Next()
		if err != nil {
			return sound, ends
		}
		samples, err := decoder.Decode(make([]int16, opus.MaxSamples), packet)
		if err != nil {
			return sound, err
		}
		sound = append(sound, samples...)
	}
}

// noPlaintext looks for Ogg and Opus in every file there is.
func noPlaintext(t *testing.T, dir string) {
	t.Helper()
	files := 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		files++
		content, err := os.ReadFile(path)
		for _, plain := range []string{"OggS", "OpusHead", "OpusTags", "participant"} {
			if bytes.Contains(content, []byte(plain)) {
				t.Errorf("%s holds %s", path, plain)
			}
		}
		return err
	})
	if err != nil || files != 6 { // a key, three slots, their mix, who talked
		t.Errorf("%d files, %v", files, err)
	}
}
