package seal

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"errors"
	"fmt"
)

// What opening a secret may end with.
var (
	// ErrWrongKey is a secret that was sealed with another key file.
	ErrWrongKey = errors.New("sealed with another key file: put back the one from when it was stored")
	// ErrTampered is a secret that was changed, or moved to another place.
	ErrTampered = errors.New("sealed secret was changed or damaged")
)

const (
	format     = 1
	idSize     = 8
	headerSize = 1 + idSize
)

// Box seals secrets for one purpose. It may be used from any goroutine.
//
// A sealed secret is an octet 1, eight that say which key file it was, twelve of
// random nonce, and AES-256-GCM (NIST SP 800-38D §8.2.2). The place where it is
// kept is authenticated with it, so that no secret can be put in place of
// another.
type Box struct {
	id   []byte
	aead cipher.AEAD
}

// NewBox makes a box of a key. Boxes for different purposes do not open each
// other's secrets.
func NewBox(k Key, purpose string) (*Box, error) {
	id, err := k.Derive(nil, "partyline secrets key id", idSize)
	if err != nil {
		return nil, err
	}
	secret, err := k.Derive(nil, "partyline secrets\x00"+purpose, KeySize)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCMWithRandomNonce(block)
	if err != nil {
		return nil, err
	}
	return &Box{id, aead}, nil
}

// Seal shuts a secret that is kept at a place, such as "trunk carrier-a".
func (b *Box) Seal(secret []byte, place string) []byte {
	header := append([]byte{format}, b.id...)
	return b.aead.Seal(header, nil, secret, b.bind(header, place))
}

// Open gives the secret kept at a place. It returns ErrWrongKey or ErrTampered.
func (b *Box) Open(sealed []byte, place string) ([]byte, error) {
	if len(sealed) < headerSize || sealed[0] != format {
		return nil, fmt.Errorf("%s: %w", place, ErrTampered)
	}
	if !bytes.Equal(sealed[1:headerSize], b.id) {
		return nil, fmt.Errorf("%s: %w", place, ErrWrongKey)
	}
	secret, err := b.aead.Open(nil, nil, sealed[headerSize:], b.bind(sealed[:headerSize], place))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", place, ErrTampered)
	}
	return secret, nil
}

// bind is what is authenticated with a secret.
func (*Box) bind(header []byte, place string) []byte {
	return append(bytes.Clone(header), place...)
}
