package notify

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"math/big"
	"net/url"
	"time"
)

// VAPIDKey is how push services know us (RFC 8292): subscriptions are good for
// this key only. It does not show itself.
type VAPIDKey struct{ private *ecdsa.PrivateKey }

// NewVAPIDKey makes a key.
func NewVAPIDKey() (VAPIDKey, error) {
	k, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return VAPIDKey{}, fmt.Errorf("make a key for Web Push: %w", err)
	}
	return VAPIDKey{k}, nil
}

// ParseVAPIDKey reads what Bytes wrote.
func ParseVAPIDKey(raw []byte) (VAPIDKey, error) {
	k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), raw)
	if err != nil {
		return VAPIDKey{}, errors.New("this is not a key for Web Push")
	}
	return VAPIDKey{k}, nil
}

// Bytes is the private key, to be kept sealed.
func (k VAPIDKey) Bytes() ([]byte, error) { return k.private.Bytes() }

// Public is what a browser needs to subscribe: applicationServerKey in
// base64url.
func (k VAPIDKey) Public() (string, error) {
	point, err := k.private.PublicKey.Bytes()
	if err != nil {
		return "", fmt.Errorf("public key for Web Push: %w", err)
	}
	return base64.RawURLEncoding.EncodeToString(point), nil
}

// String masks the key.
func (VAPIDKey) String() string { return "(key)" }

// GoString masks the key.
func (VAPIDKey) GoString() string { return "(key)" }

// LogValue masks the key.
func (VAPIDKey) LogValue() slog.Value { return slog.StringValue("(key)") }

// tokenFor is how long a token is good; push services take up to a day.
const tokenFor = 12 * time.Hour

// authorization is the header that signs a request to a push service (RFC 8292
// §3): a token for the origin of the endpoint, and the public key.
func (k VAPIDKey) authorization(endpoint URL, contact string, now time.Time) (string, error) {
	to, err := url.Parse(string(endpoint))
	if err != nil {
		return "", errors.New("this is not an endpoint")
	}
	type claims struct {
		Audience string `json:"aud"`
		Expires  int64  `json:"exp"`
		Subject  string `json:"sub,omitempty"`
	}
	signed := part([]byte(`{"typ":"JWT","alg":"ES256"}`)) + "." +
		part(encode(claims{to.Scheme + "://" + to.Host, now.Add(tokenFor).Unix(), contact}))
	sum := sha256.Sum256([]byte(signed))
	r, s, err := ecdsa.Sign(rand.Reader, k.private, sum[:])
	if err != nil {
		return "", fmt.Errorf("sign for a push service: %w", err)
	}
	public, err := k.Public()
	if err != nil {
		return "", err
	}
	return "vapid t=" + signed + "." + part(fixed(r), fixed(s)) + ", k=" + public, nil
}

// part is a part of a token (RFC 7515 §2).
func part(octets ...[]byte) string {
	var all []byte
	for _, o := range octets {
		all = append(all, o...)
	}
	return base64.RawURLEncoding.EncodeToString(all)
}

// fixed is a number of P-256 in 32 octets (RFC 7518 §3.4).
func fixed(n *big.Int) []byte { return n.FillBytes(make([]byte, 32)) }
