package recording

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"

	"partyline/signaling/seal"
)

const (
	magic      = "PLTRACK1"
	saltSize   = 32
	headerSize = len(magic) + keyIDSize + saltSize
	lengthSize = 4
	chunkMost  = 64 << 10
	overhead   = 16 // of AES-GCM
	lastChunk  = 1 << 31
	nonceSize  = 12
)

// What reading a track may end with besides io.EOF.
var (
	// ErrUnfinished comes after all there is of a track that was not brought
	// to its end: it is still being written, or the program was killed.
	ErrUnfinished = errors.New("recording goes no further: it was not finished")
	// ErrTampered is a track that somebody changed, or a disk.
	ErrTampered = errors.New("recording was changed or damaged")
	// ErrWrongKey is a track that was written with another key file.
	ErrWrongKey = errors.New("recording was encrypted with another key file: put back the one from when it was made")
)

// errTooLong means that a track has used up its nonces, after 136 years.
var errTooLong = errors.New("recording is too long")

// nonce is a chunk's: its number and whether it is the last.
func nonce(number uint32, last bool) (n [nonceSize]byte) {
	binary.BigEndian.PutUint32(n[nonceSize-5:], number)
	if last {
		n[nonceSize-1] = 1
	}
	return n
}

// trackCipher makes a file's cipher.
func trackCipher(k seal.Key, salt []byte, id, track string) (cipher.AEAD, error) {
	secret, err := trackKey(k, salt, id, track)
	if err != nil {
		return nil, err
	}
	block, err := aes.NewCipher(secret)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// sealer writes a track. Each Write is a chunk, or several.
type sealer struct {
	file   io.WriteCloser
	aead   cipher.AEAD
	number uint32
	buffer []byte
	failed error
}

// newSealer begins a track's file.
func newSealer(file io.WriteCloser, k seal.Key, id, track string) (*sealer, error) {
	which, err := keyID(k)
	if err != nil {
		return nil, err
	}
	header := append([]byte(magic), which...)
	header = append(header, make([]byte, saltSize)...)
	salt := header[len(header)-saltSize:]
	rand.Read(salt) // never fails
	aead, err := trackCipher(k, salt, id, track)
	if err != nil {
		return nil, err
	}
	if _, err := file.Write(header); err != nil {
		return nil, err
	}
	return &sealer{file: file, aead: aead}, nil
}

// Write implements io.Writer. After an error nothing more can be written.
func (s *sealer) Write(p []byte) (int, error) {
	for written := 0; written < len(p); {
		n := min(len(p)-written, chunkMost)
		if err := s.seal(p[written:written+n], 0); err != nil {
			return written, err
		}
		written += n
	}
	return len(p), nil
}

// seal writes one chunk, by one write to the file.
func (s *sealer) seal(p []byte, flag uint32) error {
	if s.failed == nil && s.number == math.MaxUint32 {
		s.failed = errTooLong
	}
	if s.failed != nil {
		return s.failed
	}
	s.buffer = binary.BigEndian.AppendUint32(s.buffer[:0], uint32(len(p))|flag)
	n := nonce(s.number, flag != 0)
	s.buffer = s.aead.Seal(s.buffer, n[:], p, s.buffer[:lengthSize])
	if _, err := s.file.Write(s.buffer); err != nil {
		s.failed = err // the file may end within a chunk
		return err
	}
	s.number++
	return nil
}

// Close brings the track to its end.
func (s *sealer) Close() error {
	err := s.seal(nil, lastChunk)
	return errors.Join(err, s.file.Close())
}

// opener reads a track.
type opener struct {
	file   io.ReadCloser
	aead   cipher.AEAD
	number uint32
	sealed []byte
	plain  []byte // not yet read
	ended  error
}

// newOpener begins to read a track's file.
func newOpener(file io.ReadCloser, k seal.Key, id, track string) (*opener, error) {
	header := make([]byte, headerSize)
	if n, err := io.ReadFull(file, header); err != nil {
		if n == 0 && errors.Is(err, io.EOF) {
			return nil, ErrUnfinished
		}
		return nil, fmt.Errorf("%w: no header", ErrTampered)
	}
	which, err := keyID(k)
	if err != nil {
		return nil, err
	}
	if string(header[:len(magic)]) != magic {
		return nil, fmt.Errorf("%w: no track", ErrTampered)
	}
	if string(header[len(magic):len(magic)+keyIDSize]) != string(which) {
		return nil, ErrWrongKey
	}
	aead, err := trackCipher(k, header[headerSize-saltSize:], id, track)
	if err != nil {
		return nil, err
	}
	return &opener{file: file, aead: aead}, nil
}

// Read implements io.Reader. Nothing is given that was not found authentic.
func (o *opener) Read(p []byte) (int, error) {
	for len(o.plain) == 0 {
		if o.ended != nil {
			return 0, o.ended
		}
		if o.plain, o.ended = o.chunk(); o.ended != nil {
			o.plain = nil
		}
	}
	n := copy(p, o.plain)
	o.plain = o.plain[n:]
	return n, nil
}

// chunk reads the next chunk, or why there is none.
func (o *opener) chunk() ([]byte, error) {
	var length [lengthSize]byte
	if err := o.fill(length[:]); err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(length[:])
	last := n&lastChunk != 0
	if n &^= lastChunk; n > chunkMost || last && n > 0 || !last && n == 0 {
		return nil, ErrTampered
	}
	if o.sealed == nil {
		o.sealed = make([]byte, chunkMost+overhead)
	}
	sealed := o.sealed[:n+overhead]
	if err := o.fill(sealed); err != nil {
		return nil, err
	}
	number := nonce(o.number, last)
	plain, err := o.aead.Open(sealed[:0], number[:], sealed, length[:])
	if err != nil {
		return nil, ErrTampered
	}
	o.number++
	if last {
		return nil, o.end()
	}
	return plain, nil
}

// fill reads all of p. A file that ends before was not finished.
func (o *opener) fill(p []byte) error {
	_, err := io.ReadFull(o.file, p)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return ErrUnfinished
	}
	return err
}

// end makes sure that nothing follows the last chunk.
func (o *opener) end() error {
	var more [1]byte
	if n, _ := o.file.Read(more[:]); n > 0 {
		return ErrTampered
	}
	return io.EOF
}

// Close implements io.Closer.
func (o *opener) Close() error { return o.file.Close() }
