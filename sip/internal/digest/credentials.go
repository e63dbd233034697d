package digest

import (
	"fmt"
	"strconv"
	"strings"
)

// credentials are the parameters of an Authorization header (RFC 7616 section
// 3.4).
type credentials struct {
	user, realm, nonce, uri, response string

	algorithm       Algorithm
	qop, cnonce, nc string
	count           uint64 // nc as a number; 0 without qop
}

// maxHeader bounds what is looked at.
const maxHeader = 2048

// parse reads the value of an Authorization header.
func parse(header string) (credentials, error) {
	if len(header) > maxHeader {
		return credentials{}, fmt.Errorf("%w: %d octets", ErrMalformed, len(header))
	}
	scheme, rest, _ := strings.Cut(strings.TrimSpace(header), " ")
	if !strings.EqualFold(scheme, "Digest") {
		return credentials{}, fmt.Errorf("%w: the scheme is not Digest", ErrMalformed)
	}
	values, err := parameters(rest)
	if err != nil {
		return credentials{}, err
	}
	c := credentials{
		user: values["username"], realm: values["realm"], nonce: values["nonce"], uri: values["uri"],
		response: strings.ToLower(values["response"]), algorithm: Algorithm(strings.ToUpper(values["algorithm"])),
		qop: strings.ToLower(values["qop"]), cnonce: values["cnonce"], nc: values["nc"],
	}
	return c, c.check()
}

// Claimed is the user that an Authorization header says it is of; empty where
// it cannot be read. Nothing of it is proven.
func Claimed(header string) string {
	c, err := parse(header)
	if err != nil {
		return ""
	}
	return c.user
}

// check tells what is missing, and reads what is a number.
func (c *credentials) check() error {
	if c.algorithm == "" { // RFC 7616 section 3.3
		c.algorithm = MD5
	}
	switch {
	case c.user == "" || c.nonce == "" || c.uri == "" || c.response == "":
		return fmt.Errorf("%w: username, nonce, uri or response is missing", ErrMalformed)
	case c.algorithm != MD5 && c.algorithm != SHA256:
		return fmt.Errorf("%w: the algorithm is none that was offered", ErrMalformed)
	case c.qop == "":
		return nil
	case c.qop != "auth" && c.qop != "auth-int":
		return fmt.Errorf("%w: the qop is none that was offered", ErrMalformed)
	case c.cnonce == "" || len(c.nc) != 8:
		return fmt.Errorf("%w: cnonce or nc is missing", ErrMalformed)
	}
	count, err := strconv.ParseUint(c.nc, 16, 32)
	if err != nil || count == 0 {
		return fmt.Errorf("%w: nc is no count", ErrMalformed)
	}
	c.count = count
	return nil
}

// parameters reads name=value and name="value" between commas. Names are in
// lower case; each may come once.
func parameters(text string) (map[string]string, error) {
	values := make(map[string]string)
	for text = strings.TrimLeft(text, " \t,"); text != ""; text = strings.TrimLeft(text, " \t,") {
		name, rest, found := strings.Cut(text, "=")
		if !found {
			return nil, fmt.Errorf("%w: a parameter has no value", ErrMalformed)
		}
		value, after, err := parameter(strings.TrimLeft(rest, " \t"))
		if err != nil {
			return nil, err
		}
		name = strings.ToLower(strings.TrimSpace(name))
		if _, twice := values[name]; twice {
			return nil, fmt.Errorf("%w: a parameter comes twice", ErrMalformed)
		}
		values[name], text = value, after
	}
	return values, nil
}

// parameter reads one value, quoted or not, and gives what follows it.
func parameter(text string) (value, rest string, err error) {
	if !strings.HasPrefix(text, `"`) {
		end := strings.IndexAny(text, ", \t")
		if end < 0 {
			end = len(text)
		}
		return text[:end], text[end:], nil
	}
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch text[i] {
		case '\\':
			if i++; i < len(text) {
				b.WriteByte(text[i])
			}
		case '"':
			return b.String(), text[i+1:], nil
		default:
			b.WriteByte(text[i])
		}
	}
	return "", "", fmt.Errorf("%w: a quoted value has no end", ErrMalformed)
}
