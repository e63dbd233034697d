package dtmf

import (
	"errors"
	"fmt"
	"mime"
	"strconv"
	"strings"
)

// ErrNotDTMF is returned for an INFO that carries no key.
var ErrNotDTMF = errors.New("INFO carries no DTMF")

// ParseINFO reads the key from the body of a SIP INFO. Two bodies are in use:
// application/dtmf-relay ("Signal=5\r\nDuration=160") and application/dtmf
// (the bare key).
func ParseINFO(contentType string, body []byte) (Digit, error) {
	media, _, err := mime.ParseMediaType(contentType)
	if err != nil {
		return Digit{}, fmt.Errorf("%w: content type: %w", ErrNotDTMF, err)
	}
	var signal string
	switch media {
	case "application/dtmf-relay":
		signal = relaySignal(string(body))
	case "application/dtmf":
		signal = strings.TrimSpace(string(body))
		if strings.Contains(signal, "=") { // some phones mix the two up
			signal = relaySignal(signal)
		}
	default:
		return Digit{}, fmt.Errorf("%w: content type %q", ErrNotDTMF, media)
	}
	key, ok := keyOf(signal)
	if !ok {
		return Digit{}, fmt.Errorf("%w: no key in the body", ErrNotDTMF)
	}
	return Digit{Key: key, Method: INFO}, nil
}

// relaySignal finds the value of the Signal line.
func relaySignal(body string) string {
	for line := range strings.Lines(body) {
		name, value, found := strings.Cut(line, "=")
		if found && strings.EqualFold(strings.TrimSpace(name), "signal") {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// keyOf accepts the key itself or its event number ("10" for the star), as
// Cisco gateways write it.
func keyOf(signal string) (byte, bool) {
	if len(signal) == 1 {
		if i := indexOf(signal[0]); i >= 0 {
			return keys[i], true
		}
		return 0, false
	}
	n, err := strconv.ParseUint(signal, 10, 8)
	if err != nil || n >= uint64(len(keys)) {
		return 0, false
	}
	return keys[n], true
}
