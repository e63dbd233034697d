package notifytest

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/hkdf"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"partyline/signaling/notify"
)

// Pushed is a message that a browser got.
type Pushed struct {
	Note    notify.Note
	TTL     time.Duration
	Urgency string
	Topic   string
	At      time.Time // when it was taken
}

// PushService is a push service (RFC 8030) and its browsers, on loopback with
// TLS. It takes what is signed by VAPID (RFC 8292) with the key that the
// browser subscribed for, and can be decrypted (RFC 8291). Its methods may be
// called from any goroutine.
type PushService struct {
	t      testing.TB
	key    string // applicationServerKey
	server *httptest.Server

	mu       sync.Mutex // guards what follows
	browsers map[string]*browser
	answer   func(http.ResponseWriter) bool
}

type browser struct {
	private *ecdh.PrivateKey
	auth    []byte
	got     []Pushed
	gone    bool
}

// NewPushService starts a push service whose browsers subscribe for a key, as
// the API gives it to pages.
func NewPushService(t testing.TB, key string) *PushService {
	t.Helper()
	s := &PushService{t: t, key: key, browsers: map[string]*browser{}}
	s.server = httptest.NewTLSServer(s)
	t.Cleanup(s.server.Close)
	return s
}

// URL is where the service is.
func (s *PushService) URL() string { return s.server.URL }

// Subscribe adds a browser.
func (s *PushService) Subscribe() notify.Subscription {
	s.t.Helper()
	private, err := ecdh.P256().GenerateKey(rand.Reader)
	if err != nil {
		s.t.Fatal(err)
	}
	b := &browser{private: private, auth: make([]byte, 16)}
	rand.Read(b.auth)
	s.mu.Lock()
	defer s.mu.Unlock()
	path := "/push/" + strconv.Itoa(len(s.browsers)+1)
	s.browsers[path] = b
	return notify.Subscription{
		Endpoint: notify.URL(s.server.URL + path),
		P256DH:   notify.Secret(base64.RawURLEncoding.EncodeToString(private.PublicKey().Bytes())),
		Auth:     notify.Secret(base64.RawURLEncoding.EncodeToString(b.auth)),
	}
}

// Unsubscribe has a browser forget its subscription; the service answers 410
// from then on.
func (s *PushService) Unsubscribe(sub notify.Subscription) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.browser(sub).gone = true
}

// Got is what a browser has got so far.
func (s *PushService) Got(sub notify.Subscription) []Pushed {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Pushed(nil), s.browser(sub).got...)
}

func (s *PushService) browser(sub notify.Subscription) *browser {
	return s.browsers[strings.TrimPrefix(string(sub.Endpoint), s.server.URL)]
}

// Answer has the service answer by a function instead, while that returns
// true; nil: as usual.
func (s *PushService) Answer(f func(http.ResponseWriter) bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.answer = f
}

// ServeHTTP takes a message.
func (s *PushService) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	b := s.browsers[r.URL.Path]
	switch {
	case s.answer != nil && s.answer(w):
		return
	case b == nil:
		http.NotFound(w, r)
		return
	case b.gone:
		w.WriteHeader(http.StatusGone)
		return
	}
	if err := checkVAPID(r.Header.Get("Authorization"), s.key, s.server.URL, time.Now()); err != nil {
		http.Error(w, err.Error(), http.StatusForbidden)
		return
	}
	p, err := b.take(r)
	if err != nil {
		s.t.Errorf("push service: %v", err)
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if p.Topic != "" { // the next replaces the one before (RFC 8030 §5.4); browsers are asleep here
		for i, old := range b.got {
			if old.Topic == p.Topic {
				b.got = append(b.got[:i], b.got[i+1:]...)
				break
			}
		}
	}
	p.At = time.Now()
	b.got = append(b.got, p)
	w.Header().Set("Location", s.server.URL+"/message/"+strconv.Itoa(len(b.got)))
	w.WriteHeader(http.StatusCreated)
}

// take reads the headers (RFC 8030 §5) and what is in the message.
func (b *browser) take(r *http.Request) (Pushed, error) {
	p := Pushed{Urgency: r.Header.Get("Urgency"), Topic: r.Header.Get("Topic")}
	seconds, err := strconv.ParseUint(r.Header.Get("TTL"), 10, 31)
	switch {
	case r.Method != http.MethodPost:
		return p, errors.New("messages are posted")
	case err != nil:
		return p, fmt.Errorf("TTL: %w", err)
	case r.Header.Get("Content-Encoding") != "aes128gcm":
		return p, errors.New("the body is not encrypted by aes128gcm")
	case len(p.Topic) > 32 || strings.Trim(p.Topic, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_") != "":
		return p, errors.New("the topic is not 32 letters of base64url")
	}
	p.TTL = time.Duration(seconds) * time.Second
	body, err := io.ReadAll(io.LimitReader(r.Body, 8192))
	if err != nil {
		return p, err
	}
	if len(body) > 4096 {
		return p, errors.New("the body has more than 4096 octets")
	}
	text, err := b.decrypt(body)
	if err != nil {
		return p, err
	}
	return p, json.Unmarshal(text, &p.Note)
}

// decrypt opens a body of one record as a browser does (RFC 8188 §2, RFC 8291
// §3.4).
func (b *browser) decrypt(body []byte) ([]byte, error) {
	const head = 16 + 4 + 1
	if len(body) < head || len(body) < head+int(body[20]) {
		return nil, errors.New("the body is shorter than its header")
	}
	salt, size, point := body[:16], binary.BigEndian.Uint32(body[16:20]), body[head:head+int(body[20])]
	sealed := body[head+len(point):]
	if uint32(len(sealed)) > size {
		return nil, errors.New("the body has more than one record")
	}
	server, err := ecdh.P256().NewPublicKey(point)
	if err != nil {
		return nil, err
	}
	shared, err := b.private.ECDH(server)
	if err != nil {
		return nil, err
	}
	prk, err := hkdf.Extract(sha256.New, shared, b.auth)
	if err != nil {
		return nil, err
	}
	ikm, err := hkdf.Expand(sha256.New, prk, "WebPush: info\x00"+string(b.private.PublicKey().Bytes())+string(point), 32)
	if err != nil {
		return nil, err
	}
	if prk, err = hkdf.Extract(sha256.New, ikm, salt); err != nil {
		return nil, err
	}
	key, err := hkdf.Expand(sha256.New, prk, "Content-Encoding: aes128gcm\x00", 16)
	if err != nil {
		return nil, err
	}
	nonce, err := hkdf.Expand(sha256.New, prk, "Content-Encoding: nonce\x00", 12)
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
	text, err := aead.Open(nil, nonce, sealed, nil)
	if err != nil {
		return nil, err
	}
	text = []byte(strings.TrimRight(string(text), "\x00"))
	if len(text) == 0 || text[len(text)-1] != 2 {
		return nil, errors.New("the record is not marked as the last")
	}
	return text[:len(text)-1], nil
}

// checkVAPID checks who sent a message (RFC 8292).
func checkVAPID(header, key, origin string, now time.Time) error {
	t, k, ok := strings.Cut(strings.TrimPrefix(header, "vapid t="), ", k=")
	if !ok || k != key {
		return errors.New("this browser subscribed for another key")
	}
	parts := strings.Split(t, ".")
	if len(parts) != 3 {
		return errors.New("the token has not three parts")
	}
	point, err := base64.RawURLEncoding.DecodeString(k)
	if err != nil {
		return err
	}
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), point)
	if err != nil {
		return err
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || len(signature) != 64 {
		return errors.New("the signature has not 64 octets")
	}
	sum := sha256.Sum256([]byte(parts[0] + "." + parts[1]))
	if !ecdsa.Verify(public, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		return errors.New("the signature is wrong")
	}
	text, err := base64.RawURLEncoding.DecodeString(parts[1])
	if err != nil {
		return err
	}
	var claims struct {
		Aud, Sub string
		Exp      int64
	}
	if err := json.Unmarshal(text, &claims); err != nil {
		return err
	}
	expires := time.Unix(claims.Exp, 0)
	if claims.Aud != origin || claims.Sub == "" || expires.Before(now) || expires.After(now.Add(24*time.Hour)) {
		return fmt.Errorf("the token is not for us, or not for now: %+v", claims)
	}
	return nil
}
