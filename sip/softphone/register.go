package softphone

import (
	"context"
	"errors"
	"time"

	"partyline/sip/internal/dialog"
)

// Register tells a registrar, such as "sip:bridge.example.com:5060", where this
// softphone is to be called, by the account of its Config, and how long it will
// know. Zero expires takes that back. A refusal is a *Refused.
func (a *Agent) Register(ctx context.Context, server string, expires time.Duration) (time.Duration, error) {
	lasts, err := a.endpoint.Register(ctx, dialog.Registration{
		Server: server, User: a.cfg.User, Password: a.cfg.Password, Expires: expires,
	})
	var rejected *dialog.Rejected
	if errors.As(err, &rejected) {
		return 0, &Refused{Status: rejected.Status, Reason: rejected.Reason}
	}
	return lasts, err
}
