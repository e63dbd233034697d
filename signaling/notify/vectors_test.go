package notify

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"log/slog"
	"math/big"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func octetsOf(t *testing.T, text string) []byte {
	t.Helper()
	b, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestEncryptRFC8291 makes the message of RFC 8291 §5 and Appendix A.
func TestEncryptRFC8291(t *testing.T) {
	ours, err := ecdh.P256().NewPrivateKey(octetsOf(t, "yfWPiYE-n46HLnH0KqZOF1fJJU3MYrct3AELtAQ-oRw"))
	if err != nil {
		t.Fatal(err)
	}
	s := Subscription{
		Endpoint: "https://push.example.net/push/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV",
		P256DH:   "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4",
		Auth:     "BTBZMqHH6r4Tts7J_aSIgg",
	}
	if err := s.Check(); err != nil {
		t.Fatal(err)
	}
	body, err := encryptWith(s, []byte("When I grow up, I want to be a watermelon"), ours, octetsOf(t, "DGv6ra1nlYgDCS1FRnbzlw"))
	if err != nil {
		t.Fatal(err)
	}
	const want = "DGv6ra1nlYgDCS1FRnbzlwAAEABBBP4z9KsN6nGRTbVYI_c7VJSPQTBtkgcy27ml" +
		"mlMoZIIgDll6e3vCYLocInmYWAmS6TlzAC8wEqKK6PBru3jl7A_yl95bQpu6cVPT" +
		"pK4Mqgkf1CXztLVBSt2Ks3oZwbuwXPXLWyouBWLVWGNWQexSgSxsj_Qulcy4a-fN"
	if got := base64.RawURLEncoding.EncodeToString(body); got != want {
		t.Errorf("body\n%s, want\n%s", got, want)
	}
	again, err := encrypt(s, nil)
	if err != nil || bytes.Equal(again[:saltSize], body[:saltSize]) || bytes.Equal(again[21:86], body[21:86]) {
		t.Errorf("salt and key have to be new for each message (%v)", err)
	}
	longest, err := encrypt(s, make([]byte, maxPush))
	if err != nil || len(longest) != recordSize {
		t.Errorf("the longest message has %d octets, want %d (%v)", len(longest), recordSize, err)
	}
}

// TestVAPIDRFC8292: the token of §2.4 has the signature of its key, and ours
// say the same of themselves.
func TestVAPIDRFC8292(t *testing.T) {
	const (
		token = "eyJ0eXAiOiJKV1QiLCJhbGciOiJFUzI1NiJ9.eyJhdWQiOiJodHRwczovL3B1c2guZXhhbXBsZS5uZXQiLCJleHAiOjE0NTM1MjM3NjgsInN1YiI6Im1haWx0bzpwdXNoQGV4YW1wbGUuY29tIn0.i3CYb7t4xfxCDquptFOepC9GAu_HLGkMlMuCGSK2rpiUfnK9ojFwDXb1JrErtmysazNjjvW2L9OkSSHzvoD1oA"
		key   = "BA1Hxzyi1RUM1b5wjxsn7nGxAszw2u61m164i3MrAIxHF6YK5h4SDYic-dRuU_RCPCfA5aq9ojSwk5Y2EmClBPs"
	)
	verify(t, token, key)

	k, err := NewVAPIDKey()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := k.Bytes()
	if err != nil {
		t.Fatal(err)
	}
	if k, err = ParseVAPIDKey(raw); err != nil {
		t.Fatal(err)
	}
	at := time.Unix(1453523768, 0).Add(-tokenFor)
	header, err := k.authorization("https://push.example.net/p/JzLQ3raZJfFBR0aqvOMsLrt54w4rJUsV", "mailto:push@example.com", at)
	if err != nil {
		t.Fatal(err)
	}
	ourToken, ourKey, ok := strings.Cut(strings.TrimPrefix(header, "vapid t="), ", k=")
	if !ok {
		t.Fatalf("header %q", header)
	}
	verify(t, ourToken, ourKey)
	theirs, ours := strings.Split(token, "."), strings.Split(ourToken, ".")
	if theirs[0] != ours[0] {
		t.Errorf("header of the token %s, want %s", ours[0], theirs[0])
	}
	var want, got map[string]any
	if err := json.Unmarshal(octetsOf(t, theirs[1]), &want); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(octetsOf(t, ours[1]), &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("claims (-RFC +ours):\n%s", diff)
	}
	var log bytes.Buffer
	slog.New(slog.NewTextHandler(&log, nil)).Info("key", "key", k)
	if out := log.String() + fmt.Sprintf("%v %+v %#v", k, k, k); strings.Contains(out, "{") {
		t.Errorf("the key shows itself: %s", out)
	}
	if _, err := ParseVAPIDKey(make([]byte, 32)); err == nil {
		t.Error("zero is a key")
	}
}

func verify(t *testing.T, token, key string) {
	t.Helper()
	public, err := ecdsa.ParseUncompressedPublicKey(elliptic.P256(), octetsOf(t, key))
	if err != nil {
		t.Fatal(err)
	}
	end := strings.LastIndexByte(token, '.')
	sum, signature := sha256.Sum256([]byte(token[:end])), octetsOf(t, token[end+1:])
	if !ecdsa.Verify(public, sum[:], new(big.Int).SetBytes(signature[:32]), new(big.Int).SetBytes(signature[32:])) {
		t.Error("the token is not signed by its key")
	}
}

// TestSignaturesOfServices compares with values computed by the services' own
// sample code (in Python), and by Slack's documented example.
func TestSignaturesOfServices(t *testing.T) {
	at := time.UnixMilli(1600000000123)
	q := signDingTalk("SECtest", at)
	stamp, sign := signFeishu("test", time.Unix(1599360473, 0))
	got := map[string]string{
		"dingtalk time": q.Get("timestamp"), "dingtalk": q.Get("sign"), "feishu time": stamp, "feishu": sign,
		"slack": SignV0("8f742231b10e8888abcd99yyyzzz85a5", "1531420618", []byte("token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c")),
	}
	want := map[string]string{
		"dingtalk time": "1600000000123", "dingtalk": "Nl3wjViXStrZip4iMEX2Wyu/lTr+xu5AE1WOCqS41KU=", "feishu time": "1599360473", "feishu": "NVcdmaRhTlOqmXksontxmKEP4AYWAMD5VOczwSqarks=",
		"slack": "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("signatures (-want +got):\n%s", diff)
	}
}
