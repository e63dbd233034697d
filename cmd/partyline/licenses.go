package main

import (
	_ "embed"
)

// thirdPartyNotices is made by `go generate`; a test holds it against go.mod
// and the web client's lock file.
//
//go:generate go run ../dev notices third_party_notices.txt
//go:embed third_party_notices.txt
var thirdPartyNotices []byte

type licensesCommand struct{}

// Run prints the notices.
func (licensesCommand) Run(t *terminal) error {
	_, err := t.out.Write(thirdPartyNotices)
	return err
}
