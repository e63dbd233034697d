package main

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"time"

	"partyline/sfu/audio"
	"partyline/signaling"
	"partyline/signaling/auth"
	"partyline/signaling/meeting"
	"partyline/signaling/recording"
	"partyline/sip"
)

// This file is where meetings meet what is kept of them.

var (
	_ signaling.Records = (*records)(nil)
	_ meeting.Tapes     = tapes{}
	_ sip.Accounts      = extensions{}
)

// records keeps what outlives a meeting. Without a vault nothing is recorded.
type records struct {
	archive  *meeting.Archive
	accounts *auth.Accounts
	vault    *recording.Vault
}

// Begin notes that a recording begins, before there is anything of it.
func (r *records) Begin(ctx context.Context, what signaling.Recording) (signaling.Tape, error) {
	if r.vault == nil {
		return nil, signaling.ErrUnavailable
	}
	err := r.archive.Begin(ctx, meeting.Recording{
		ID: what.ID, Meeting: what.Meeting, Room: what.Room, Person: what.Person, Name: what.Name, StartedAt: what.At,
	})
	if err != nil {
		return nil, err
	}
	tape, err := r.vault.Create(what.ID)
	if err != nil {
		return nil, errors.Join(err, r.archive.End(ctx, what.ID, what.At))
	}
	return tape, nil
}

// End notes that a recording is over.
func (r *records) End(ctx context.Context, id string, at time.Time) error {
	return r.archive.End(ctx, id, at)
}

// SpokenName is a colleague's name in their own voice.
func (r *records) SpokenName(ctx context.Context, person string) ([]audio.Frame, error) {
	pcm, err := r.accounts.SpokenName(ctx, person)
	if errors.Is(err, auth.ErrNoSpokenName) {
		return nil, nil
	}
	return framesOf(pcm), err
}

// KeepSpokenName stores it.
func (r *records) KeepSpokenName(ctx context.Context, person string, spoken []audio.Frame) error {
	return r.accounts.KeepSpokenName(ctx, person, samplesOf(spoken))
}

const frameOctets = 2 * audio.FrameSamples

// samplesOf is sound as it is stored: 16 bit little-endian samples at 16 kHz.
func samplesOf(sound []audio.Frame) []byte {
	pcm := make([]byte, 0, len(sound)*frameOctets)
	for _, frame := range sound {
		for _, sample := range frame {
			pcm = binary.LittleEndian.AppendUint16(pcm, uint16(sample))
		}
	}
	return pcm
}

// framesOf is the way back.
func framesOf(pcm []byte) []audio.Frame {
	sound := make([]audio.Frame, len(pcm)/frameOctets)
	for i := range sound {
		for j := range sound[i] {
			sound[i][j] = int16(binary.LittleEndian.Uint16(pcm[i*frameOctets+2*j:]))
		}
	}
	return sound
}

// shelf is the vault in the words of the archive, or nothing without one.
func shelf(v *recording.Vault) meeting.Tapes {
	if v == nil {
		return nil
	}
	return tapes{v}
}

type tapes struct{ vault *recording.Vault }

// Tracks lists what there is of a recording.
func (t tapes) Tracks(id string) ([]meeting.Track, error) {
	r, err := t.vault.Look(id)
	if err != nil {
		return nil, tapeError(err)
	}
	tracks := make([]meeting.Track, len(r.Tracks))
	for i, track := range r.Tracks {
		tracks[i] = meeting.Track(track)
	}
	return tracks, nil
}

// Read gives a track in clear. Of one that is being made, or was when the
// program was killed, it gives what there is.
func (t tapes) Read(id, track string) (io.ReadCloser, error) {
	sound, err := t.vault.Read(id, track)
	if err != nil {
		return nil, tapeError(err)
	}
	return unfinished{sound}, nil
}

// unfinished ends where a track does that has no end yet.
type unfinished struct{ io.ReadCloser }

func (u unfinished) Read(p []byte) (int, error) {
	n, err := u.ReadCloser.Read(p)
	if errors.Is(err, recording.ErrUnfinished) {
		err = io.EOF
	}
	return n, err
}

// Remove deletes a recording.
func (t tapes) Remove(id string) error { return tapeError(t.vault.Remove(id)) }

func tapeError(err error) error {
	switch {
	case errors.Is(err, recording.ErrNotFound):
		return fmt.Errorf("%w: %w", meeting.ErrNoRecording, err)
	case errors.Is(err, recording.ErrBusy):
		return fmt.Errorf("%w: %w", meeting.ErrRecordingBusy, err)
	}
	return err
}

// extensions are the company's own phones in the gateway's words.
type extensions struct{ accounts *auth.Accounts }

// Account finds an extension by the name that it registers with.
func (e extensions) Account(ctx context.Context, user string) (sip.Account, error) {
	return accountOf(e.accounts.ExtensionByUser(ctx, user))
}

// Extension finds one by its short number.
func (e extensions) Extension(ctx context.Context, number string) (sip.Account, error) {
	return accountOf(e.accounts.ExtensionByNumber(ctx, number))
}

func accountOf(e auth.Extension, err error) (sip.Account, error) {
	if errors.Is(err, auth.ErrNoExtension) {
		return sip.Account{}, fmt.Errorf("%w: %w", sip.ErrNoAccount, err)
	}
	return sip.Account{
		User: e.User, Extension: e.Number, Person: e.Person, Name: e.Name, Language: e.Language,
		SHA256: sip.HA1(e.SHA256), MD5: sip.HA1(e.MD5),
	}, err
}
