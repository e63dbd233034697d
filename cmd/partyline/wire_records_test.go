package main

import (
	"errors"
	"io"
	"log/slog"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"partyline/sfu/audio"
	"partyline/signaling"
	"partyline/signaling/auth"
	"partyline/signaling/meeting"
	"partyline/signaling/recording"
	"partyline/signaling/store/storetest"
	"partyline/sip"
)

// TestSpokenNamesAreStoredAsTheySound puts each sample on its way and back.
func TestSpokenNamesAreStoredAsTheySound(t *testing.T) {
	sound := make([]audio.Frame, 3)
	for i := range sound {
		for j := range sound[i] {
			sound[i][j] = int16(i*20_000 - j*40)
		}
	}
	if diff := cmp.Diff(sound, framesOf(samplesOf(sound))); diff != "" {
		t.Error(diff)
	}
}

// TestRecordsReachTheVault begins a recording, writes, and hears it again as
// the organiser does.
func TestRecordsReachTheVault(t *testing.T) {
	ctx := t.Context()
	s := storetest.SQLite(t)
	dir := t.TempDir()
	vault, err := recording.Open(filepath.Join(dir, "recordings"), filepath.Join(dir, "key"))
	if err != nil {
		t.Fatal(err)
	}
	defer vault.Close()
	admin := auth.Account{Person: auth.Person{ID: "ann", Name: "Ann", Email: "ann@example.com", Active: true}}
	if err := s.AddPeople(ctx, []auth.Account{admin}, nil); err != nil {
		t.Fatal(err)
	}
	m := meeting.Meeting{ID: "m1", Name: "Weekly", Occasion: meeting.Named, Organiser: "ann", Link: "l", Number: "n", HostCode: "h"}
	if err := s.AddMeeting(ctx, m); err != nil {
		t.Fatal(err)
	}
	archive := meeting.NewArchive(s, s, shelf(vault), nil)
	r := &records{archive, nil, vault}
	tape, err := r.Begin(ctx, signaling.Recording{ID: "r1", Meeting: "m1", Room: "m1", Name: "Ann"})
	if err != nil {
		t.Fatal(err)
	}
	track, err := tape.Track("mix")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := track.Write([]byte("OggS")); err != nil {
		t.Fatal(err)
	}
	hear := func() string {
		t.Helper()
		_, sound, err := archive.Hear(ctx, "ann", "r1", "mix")
		if err != nil {
			t.Fatal(err)
		}
		defer sound.Close()
		text, err := io.ReadAll(sound)
		if err != nil {
			t.Error(err)
		}
		return string(text)
	}
	if got := hear(); got != "OggS" {
		t.Errorf("while it is made: %q", got)
	}
	if err := archive.Remove(ctx, "ann", "r1"); !errors.Is(err, meeting.ErrRecordingBusy) {
		t.Errorf("removed while it is made: %v", err)
	}
	if err := track.Close(); err != nil {
		t.Fatal(err)
	}
	if got := hear(); got != "OggS" {
		t.Errorf("afterwards: %q", got)
	}
	if tracks, err := archive.Tracks(ctx, "ann", "r1"); err != nil || len(tracks) != 1 || tracks[0].Name != "mix" {
		t.Errorf("tracks %v, %v", tracks, err)
	}
	if err := archive.Remove(ctx, "ann", "r1"); err != nil {
		t.Error(err)
	}
	if _, _, err := archive.Hear(ctx, "ann", "r1", "mix"); !errors.Is(err, meeting.ErrNoRecording) {
		t.Errorf("after it was removed: %v", err)
	}
	none := &records{archive, nil, nil}
	if _, err := none.Begin(ctx, signaling.Recording{ID: "r2"}); !errors.Is(err, signaling.ErrUnavailable) {
		t.Errorf("without a vault: %v", err)
	}
}

// TestExtensionsAreAccounts: what the API gives out, the gateway lets in.
func TestExtensionsAreAccounts(t *testing.T) {
	ctx := t.Context()
	s := storetest.SQLite(t)
	ann := auth.Person{ID: "ann", Name: "Ann", Email: "ann@example.com", Language: "en", Active: true}
	if err := s.AddPeople(ctx, []auth.Account{{Person: ann}}, nil); err != nil {
		t.Fatal(err)
	}
	accounts := auth.New(auth.DefaultConfig(), s, nil, slog.New(slog.DiscardHandler))
	e, password, err := accounts.NewExtension(ctx, ann)
	if err != nil {
		t.Fatal(err)
	}
	sha, md := sip.NewHA1(e.User, string(password))
	want := sip.Account{User: e.User, Extension: e.Number, Person: "ann", Name: "Ann", Language: "en", SHA256: sha, MD5: md}
	phones := extensions{accounts}
	byUser, err := phones.Account(ctx, e.User)
	if diff := cmp.Diff(want, byUser); err != nil || diff != "" {
		t.Errorf("by name: %v\n%s", err, diff)
	}
	byNumber, err := phones.Extension(ctx, e.Number)
	if err != nil || byNumber != want {
		t.Errorf("by number: %+v, %v", byNumber, err)
	}
	if _, err := phones.Account(ctx, "nobody"); !errors.Is(err, sip.ErrNoAccount) {
		t.Errorf("of nobody: %v", err)
	}
}
