package sdes

import (
	"encoding/base64"
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// Limits of what is read.
const (
	maxKeys = 8
	// maxMKI is the longest MKI in bytes, by the grammar of RFC 4568 section 9.2.
	maxMKI = 128
	// maxLifetime is how many packets a key may protect, as a power of two
	// (RFC 3711 section 9.2).
	maxLifetime = 48
)

// Parse reads the value of a crypto attribute: "1 AES_CM_128_HMAC_SHA1_80
// inline:…|2^31|1:1". It returns ErrUnusable.
func Parse(value string) (Crypto, error) {
	fields := strings.Fields(value)
	if len(fields) < 3 {
		return Crypto{}, fmt.Errorf("%w: it has %d fields of 3", ErrUnusable, len(fields))
	}
	tag, err := strconv.ParseUint(fields[0], 10, 30)
	if err != nil || len(fields[0]) > 9 {
		return Crypto{}, fmt.Errorf("%w: tag", ErrUnusable)
	}
	c := Crypto{Tag: int(tag)}
	if c.Suite, c.alias = suiteOf(fields[1]); c.Suite == 0 {
		return Crypto{}, fmt.Errorf("%w: suite %.40q", ErrUnusable, fields[1])
	}
	for _, parameter := range fields[3:] {
		if !harmless(parameter) {
			name, _, _ := strings.Cut(parameter, "=")
			return Crypto{}, fmt.Errorf("%w: session parameter %.40q", ErrUnusable, name)
		}
	}
	for part := range strings.SplitSeq(fields[2], ";") {
		key, err := parseKey(c.Suite, part)
		if err != nil {
			return Crypto{}, err
		}
		c.Keys = append(c.Keys, key)
	}
	return c, c.checkKeys()
}

// suiteOf finds a suite by its name, in any case.
func suiteOf(name string) (suite Suite, alias bool) {
	for i, s := range suites {
		switch {
		case s.name == "":
		case strings.EqualFold(name, s.name):
			return Suite(i), false
		case s.alias != "" && strings.EqualFold(name, s.alias):
			return Suite(i), true
		}
	}
	return 0, false
}

// harmless tells whether a session parameter (RFC 4568 section 6.3) leaves the
// attribute usable: WSH is but a hint, and what begins with a hyphen may be
// overlooked. To leave encryption or authentication out is not done here, nor
// are new keys derived on the way (KDR), nor is there FEC.
func harmless(parameter string) bool {
	name, _, _ := strings.Cut(parameter, "=")
	return strings.EqualFold(name, "WSH") || strings.HasPrefix(name, "-")
}

// parseKey reads "inline:<key||salt>[|lifetime][|MKI:length]".
func parseKey(suite Suite, text string) (Key, error) {
	method, value, _ := strings.Cut(text, ":")
	if !strings.EqualFold(method, "inline") {
		return Key{}, fmt.Errorf("%w: key method %.20q", ErrUnusable, method)
	}
	parts := strings.Split(value, "|")
	material, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(parts[0], "="))
	if err != nil || len(material) != suites[suite].key+suites[suite].salt {
		return Key{}, fmt.Errorf("%w: a key of %d bytes for %v", ErrUnusable, len(material), suite)
	}
	key := split(suite, material)
	rest := parts[1:]
	if len(rest) > 0 && !strings.Contains(rest[0], ":") {
		if !lifetime(rest[0]) {
			return Key{}, fmt.Errorf("%w: lifetime %.20q", ErrUnusable, rest[0])
		}
		rest = rest[1:]
	}
	if len(rest) > 0 {
		if key.MKI = mki(rest[0]); key.MKI == nil {
			return Key{}, fmt.Errorf("%w: MKI %.20q", ErrUnusable, rest[0])
		}
		rest = rest[1:]
	}
	if len(rest) > 0 {
		return Key{}, fmt.Errorf("%w: more than a lifetime and an MKI", ErrUnusable)
	}
	return key, nil
}

// lifetime checks a number of packets, "2^31" or "1048576". It binds the peer,
// who has to send another key in time.
func lifetime(text string) bool {
	if exponent, ok := strings.CutPrefix(text, "2^"); ok {
		n, err := strconv.ParseUint(exponent, 10, 8)
		return err == nil && n <= maxLifetime
	}
	n, err := strconv.ParseUint(text, 10, 64)
	return err == nil && n > 0 && n <= 1<<maxLifetime
}

// mki reads "value:length" into the bytes that packets carry; nil if it is none.
func mki(text string) []byte {
	value, length, _ := strings.Cut(text, ":")
	size, err := strconv.ParseUint(length, 10, 8)
	if err != nil || size == 0 || size > maxMKI || strings.Trim(value, "0123456789") != "" || len(value) > 3*maxMKI {
		return nil
	}
	n, ok := new(big.Int).SetString(value, 10)
	if !ok || n.BitLen() > int(size)*8 {
		return nil
	}
	return n.FillBytes(make([]byte, size))
}

// checkKeys sees to it that several keys can be told apart.
func (c Crypto) checkKeys() error {
	if len(c.Keys) > maxKeys {
		return fmt.Errorf("%w: %d keys", ErrUnusable, len(c.Keys))
	}
	seen := make(map[string]bool)
	for _, k := range c.Keys {
		if seen[string(k.MKI)] || len(k.MKI) != len(c.Keys[0].MKI) {
			return fmt.Errorf("%w: keys that no MKI tells apart", ErrUnusable)
		}
		seen[string(k.MKI)] = true
	}
	return nil
}

// Attribute writes the value of the crypto attribute, keys and all.
func (c Crypto) Attribute() string {
	var b strings.Builder
	name := c.Suite.String()
	if c.alias {
		name = suites[c.Suite].alias
	}
	fmt.Fprintf(&b, "%d %s ", c.Tag, name)
	for i, k := range c.Keys {
		if i > 0 {
			b.WriteString(";")
		}
		b.WriteString("inline:" + base64.StdEncoding.EncodeToString(append(append([]byte(nil), k.Key...), k.Salt...)))
		if len(k.MKI) > 0 {
			fmt.Fprintf(&b, "|%v:%d", new(big.Int).SetBytes(k.MKI), len(k.MKI))
		}
	}
	return b.String()
}
