package sdes

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// keyOf is key and salt for a suite: bytes that count up.
func keyOf(suite Suite) string {
	material := make([]byte, suites[suite].key+suites[suite].salt)
	for i := range material {
		material[i] = byte(i)
	}
	return base64.StdEncoding.EncodeToString(material)
}

func TestParse(t *testing.T) {
	k80 := keyOf(AES128SHA180)
	cases := []struct {
		name, value string
		suite       Suite  // 0: unusable
		mki         string // in hex, by key
	}{
		{"as most phones write it", "1 AES_CM_128_HMAC_SHA1_80 inline:" + k80, AES128SHA180, "[]"},
		{"32 bits of authentication", "2 AES_CM_128_HMAC_SHA1_32 inline:" + k80, AES128SHA132, "[]"},
		{"AES-256", "3 AES_256_CM_HMAC_SHA1_80 inline:" + keyOf(AES256SHA180), AES256SHA180, "[]"},
		{"AES-256 by its draft's name", "3 AES_CM_256_HMAC_SHA1_32 inline:" + keyOf(AES256SHA132), AES256SHA132, "[]"},
		{"without the padding", "3 AES_256_CM_HMAC_SHA1_80 inline:" + strings.TrimRight(keyOf(AES256SHA180), "="), AES256SHA180, "[]"},
		{"AEAD-128", "4 AEAD_AES_128_GCM inline:" + keyOf(AEAD128), AEAD128, "[]"},
		{"AEAD-256", "4 AEAD_AES_256_GCM inline:" + keyOf(AEAD256), AEAD256, "[]"},
		{"lifetime", "1 AES_CM_128_HMAC_SHA1_80 inline:" + k80 + "|2^31", AES128SHA180, "[]"},
		{"lifetime in full", "1 AES_CM_128_HMAC_SHA1_80 inline:" + k80 + "|1048576", AES128SHA180, "[]"},
		{"lifetime and MKI", "1 AES_CM_128_HMAC_SHA1_80 inline:" + k80 + "|2^20|1:1", AES128SHA180, "[01]"},
		{"MKI of four bytes", "1 AES_CM_128_HMAC_SHA1_80 inline:" + k80 + "|66051:4", AES128SHA180, "[00010203]"},
		{"two keys", "1 AES_CM_128_HMAC_SHA1_80 inline:" + k80 + "|2^20|1:2;inline:" + k80 + "|2^20|2:2", AES128SHA180, "[0001][0002]"},
		{"a window size", "1 AES_CM_128_HMAC_SHA1_80 inline:" + k80 + " WSH=128", AES128SHA180, "[]"},
		{"a parameter to be overlooked", "1 AES_CM_128_HMAC_SHA1_80 inline:" + k80 + " -NEW=1", AES128SHA180, "[]"},
		{"small letters", "1 aes_cm_128_hmac_sha1_80 INLINE:" + k80, AES128SHA180, "[]"},

		{"nothing", "", 0, ""},
		{"no key", "1 AES_CM_128_HMAC_SHA1_80", 0, ""},
		{"no tag", "x AES_CM_128_HMAC_SHA1_80 inline:" + k80, 0, ""},
		{"a tag of ten digits", "1000000000 AES_CM_128_HMAC_SHA1_80 inline:" + k80, 0, ""},
		{"another suite", "1 F8_128_HMAC_SHA1_80 inline:" + k80, 0, ""},
		{"no name", "1 unknown inline:" + k80, 0, ""},
		{"a key by URI", "1 AES_CM_128_HMAC_SHA1_80 uri:http://example.com", 0, ""},
		{"a key too short", "1 AES_256_CM_HMAC_SHA1_80 inline:" + k80, 0, ""},
		{"no base64", "1 AES_CM_128_HMAC_SHA1_80 inline:***" + k80[3:], 0, ""},
		{"lifetime too long", "1 AES_CM_128_HMAC_SHA1_80 inline:" + k80 + "|2^49", 0, ""},
		{"lifetime 0", "1 AES_CM_128_HMAC_SHA1_80 inline:" + k80 + "|0", 0, ""},
		{"MKI too large for its length", "1 AES_CM_128_HMAC_SHA1_80 inline:" + k80 + "|2^20|256:1", 0, ""},
		{"MKI of no length", "1 AES_CM_128_HMAC_SHA1_80 inline:" + k80 + "|2^20|1:0", 0, ""},
		{"MKI too long", "1 AES_CM_128_HMAC_SHA1_80 inline:" + k80 + "|2^20|1:129", 0, ""},
		{"more than that", "1 AES_CM_128_HMAC_SHA1_80 inline:" + k80 + "|2^20|1:1|x", 0, ""},
		{"two keys and one MKI", "1 AES_CM_128_HMAC_SHA1_80 inline:" + k80 + "|2^20|1:1;inline:" + k80, 0, ""},
		{"two keys with the same MKI", "1 AES_CM_128_HMAC_SHA1_80 inline:" + k80 + "|1:1;inline:" + k80 + "|1:1", 0, ""},
		{"no encryption", "1 AES_CM_128_HMAC_SHA1_80 inline:" + k80 + " UNENCRYPTED_SRTP", 0, ""},
		{"no authentication", "1 AES_CM_128_HMAC_SHA1_80 inline:" + k80 + " UNAUTHENTICATED_SRTP", 0, ""},
		{"derivation on the way", "1 AES_CM_128_HMAC_SHA1_80 inline:" + k80 + " KDR=1", 0, ""},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			got, err := Parse(c.value)
			if c.suite == 0 {
				if !errors.Is(err, ErrUnusable) {
					t.Errorf("taken as %v, %v", got, err)
				}
				return
			}
			if err != nil || got.Suite != c.suite {
				t.Fatalf("%v, %v; want %v", got, err, c.suite)
			}
			mkis := ""
			for _, k := range got.Keys {
				mkis += fmt.Sprintf("[%x]", k.MKI)
				all := append(append([]byte(nil), k.Key...), k.Salt...)
				if len(k.Key) != suites[c.suite].key || all[0] != 0 || int(all[len(all)-1]) != len(all)-1 {
					t.Errorf("key of %d and salt of %d bytes", len(k.Key), len(k.Salt))
				}
			}
			if mkis != c.mki {
				t.Errorf("MKIs %s, want %s", mkis, c.mki)
			}
			again, err := Parse(got.Attribute())
			if err != nil || !again.Equal(got) || again.Tag != got.Tag || again.alias != got.alias {
				t.Errorf("written as %d bytes and read as %v, %v", len(got.Attribute()), again, err)
			}
		})
	}
}

func TestChoose(t *testing.T) {
	var offered []Crypto
	for _, suite := range []Suite{AES128SHA132, AES128SHA180, AEAD256, AES256SHA180} {
		offered = append(offered, New(len(offered)+7, suite))
	}
	best, ok := Choose(offered)
	if !ok || best.Suite != AEAD256 || best.Tag != 9 {
		t.Errorf("chosen %v", best)
	}
	answer := Answer(best)
	if answer.Tag != best.Tag || answer.Suite != best.Suite || answer.Equal(best) {
		t.Errorf("%v answers %v", answer, best)
	}
	if _, ok := Choose(nil); ok {
		t.Error("something was chosen of nothing")
	}
}

func TestOffersHaveKeysOfTheirOwn(t *testing.T) {
	var names []string
	seen := map[string]bool{}
	for i, c := range append(Offer(), Offer()...) {
		key := string(c.Keys[0].Key)
		if seen[key] || c.Tag != i%5+1 {
			t.Errorf("attribute %d has a key that another has, or a wrong tag", i)
		}
		seen[key] = true
		names = append(names, c.Suite.String())
	}
	want := []string{"AES_CM_128_HMAC_SHA1_80", "AEAD_AES_128_GCM", "AEAD_AES_256_GCM", "AES_256_CM_HMAC_SHA1_80", "AES_CM_128_HMAC_SHA1_32"}
	if diff := cmp.Diff(want, names[:5]); diff != "" {
		t.Error(diff)
	}
}

// TestNothingPrintsAKey prints keys by all that the program prints with.
func TestNothingPrintsAKey(t *testing.T) {
	c, err := Parse("1 AES_CM_128_HMAC_SHA1_80 inline:" + strings.Repeat("QUFB", 10))
	if err != nil {
		t.Fatal(err)
	}
	type holder struct {
		C *Crypto
		K Key
	}
	var out bytes.Buffer
	for _, log := range []*slog.Logger{slog.New(slog.NewTextHandler(&out, nil)), slog.New(slog.NewJSONHandler(&out, nil))} {
		log.Info("x", "crypto", c, "key", c.Keys[0])
	}
	for _, v := range []any{c, &c, c.Keys, c.Keys[0], holder{&c, c.Keys[0]}, []Crypto{c}} {
		fmt.Fprintf(&out, "%v %+v %#v %s %d %x %q\n", v, v, v, v, v, v, v)
	}
	for _, secret := range []string{"QUFB", "AAAA", "65 65", "4141"} {
		if strings.Contains(out.String(), secret) {
			t.Errorf("%q is in\n%s", secret, out.String())
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add("1 AES_CM_128_HMAC_SHA1_80 inline:" + keyOf(AES128SHA180) + "|2^20|1:4")
	f.Add("1 AEAD_AES_256_GCM inline:" + keyOf(AEAD256) + "|1:1;inline:" + keyOf(AEAD256) + "|2:1 WSH=64")
	f.Add("1 AES_256_CM_HMAC_SHA1_32 inline:|:;inline:")
	f.Fuzz(func(t *testing.T, value string) {
		c, err := Parse(value)
		if err != nil {
			if !errors.Is(err, ErrUnusable) {
				t.Fatalf("error %v", err)
			}
			return
		}
		again, err := Parse(c.Attribute())
		if err != nil || !again.Equal(c) {
			t.Fatalf("read %v, written and read again %v: %v", c, again, err)
		}
	})
}
