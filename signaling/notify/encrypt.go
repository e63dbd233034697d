package notify

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"
)

const (
	recordSize = 4096 // of the one record that push services have to take (RFC 8291 §4)
	saltSize   = 16
	pointSize  = 65
	authSize   = 16
	// maxPush is how many bytes of plaintext fit: the header, the padding's
	// delimiter and the tag of the cipher take the rest.
	maxPush = recordSize - (saltSize + 4 + 1 + pointSize) - 1 - 16
)

// encrypt makes the body of a push message that the browser alone can read:
// aes128gcm (RFC 8188) in one record, with keys by RFC 8291 §3.
func encrypt(s Subscription, plaintext []byte) ([]byte, error) {
	ours, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		return nil, fmt.Errorf("make a key for a push message: %w", err)
	}
	salt := make([]byte, saltSize)
	rand.Read(salt) // never fails
	return encryptWith(s, plaintext, ours, salt)
}

func encryptWith(s Subscription, plaintext []byte, ours *ecdh.PrivateKey, salt []byte) ([]byte, error) {
	theirs, auth, err := s.keys()
	if err != nil {
		return nil, err
	}
	shared, err := ours.ECDH(theirs)
	if err != nil {
		return nil, fmt.Errorf("agree on a key with a browser: %w", err)
	}
	point := ours.PublicKey().Bytes()
	key, nonce, err := pushKeys(shared, auth, salt, theirs.Bytes(), point)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	aead, err := cipher.NewGCM(block)
	if err != nil {
		return nil, err
	}
	body := binary.BigEndian.AppendUint32(append([]byte{}, salt...), recordSize)
	body = append(append(body, byte(len(point))), point...)
	const lastRecord = 2 // the delimiter before padding, of which there is none
	return aead.Seal(body, nonce, append(append([]byte{}, plaintext...), lastRecord), nil), nil
}

// pushKeys derives key and nonce (RFC 8291 §3.4).
func pushKeys(shared, auth, salt, browser, server []byte) (key, nonce []byte, err error) {
	info := "WebPush: info\x00" + string(browser) + string(server)
	input, err := hkdf.Key(sha256.New, shared, auth, info, 32)
	if err != nil {
		return nil, nil, err
	}
	if key, err = hkdf.Key(sha256.New, input, salt, "Content-Encoding: aes128gcm\x00", 16); err != nil {
		return nil, nil, err
	}
	nonce, err = hkdf.Key(sha256.New, input, salt, "Content-Encoding: nonce\x00", 12)
	return key, nonce, err
}

// unbase64 reads base64url, which some browsers pad and some libraries write
// in the other alphabet.
func unbase64(text string) ([]byte, error) {
	text = strings.NewReplacer("+", "-", "/", "_").Replace(strings.TrimRight(text, "="))
	return base64.RawURLEncoding.DecodeString(text)
}
