package recording

import "partyline/signaling/seal"

const keyIDSize = 8

// keyID tells which key it is, and nothing about it.
func keyID(k seal.Key) ([]byte, error) {
	return k.Derive(nil, "partyline recording key id", keyIDSize)
}

// trackKey is the key of one file.
func trackKey(k seal.Key, salt []byte, id, track string) ([]byte, error) {
	return k.Derive(salt, "partyline recording track\x00"+id+"\x00"+track, seal.KeySize)
}
