package wire

import (
	"errors"
	"slices"
	"strings"
)

// Limits of what one Dial may ask for.
const (
	MaxCallees    = 500 // people in one batch
	MaxNumbers    = 4   // of one of them
	MaxRetries    = 3
	MinRetryAfter = 15  // s
	MaxRetryAfter = 90  // s
	MaxRing       = 180 // s
	MaxLimit      = 24 * 60 * 60
	maxKey        = 64 // bytes
	maxNumber     = 64
	maxID         = 64
)

// Check refuses impossible values and tidies names. The error says what is
// wrong in words that may be sent back.
func (d *Dial) Check() error {
	switch {
	case len(d.Key) > maxKey || strings.ContainsFunc(d.Key, notPrintable):
		return errors.New("bad key")
	case !slices.Contains(DialKinds(), d.Kind):
		return errors.New("unknown kind")
	case d.Kind == DialMe && len(d.To) > 0:
		return errors.New("others to call besides oneself")
	case d.Kind != DialMe && (len(d.To) == 0 || len(d.To) > MaxCallees):
		return errors.New("nobody, or too many, to call")
	case d.From != nil && d.Kind != DialMe && d.Kind != DialCallback:
		return errors.New("a phone of one's own where none belongs")
	case d.Retries < 0 || d.Retries > MaxRetries:
		return errors.New("retries out of range")
	case d.RetryAfter != 0 && (d.RetryAfter < MinRetryAfter || d.RetryAfter > MaxRetryAfter):
		return errors.New("retryAfter out of range")
	case d.Ring < 0 || d.Ring > MaxRing || d.Limit < 0 || d.Limit > MaxLimit:
		return errors.New("ring or limit out of range")
	case d.MaxRate < 0:
		return errors.New("maxRate out of range")
	case len(d.Shown) > maxNumber || len(d.ShownToMe) > maxNumber:
		return errors.New("shown number too long")
	}
	return d.checkPeople()
}

func (d *Dial) checkPeople() error {
	if d.Payer != nil && !d.Payer.possible() {
		return errors.New("unknown payer")
	}
	for i := range d.To {
		if err := d.To[i].check(); err != nil {
			return err
		}
	}
	if d.From == nil {
		return nil
	}
	if d.From.Person != "" || d.From.Contact != "" {
		return errors.New("somebody else's phone as one's own")
	}
	return d.From.check()
}

var payers = []PayerKind{PayerCompany, PayerCostCentre, PayerDepartment, PayerPerson, PayerMeeting}

func (p *Payer) possible() bool {
	return slices.Contains(payers, p.Kind) && len(p.ID) <= maxID && len(p.Name) <= 4*MaxName
}

func (c *Callee) check() error {
	ways := 0
	for _, set := range []bool{len(c.Numbers) > 0, c.Person != "", c.Contact != ""} {
		if set {
			ways++
		}
	}
	switch {
	case ways != 1:
		return errors.New("no way, or several, to call somebody")
	case len(c.Numbers) > MaxNumbers || slices.ContainsFunc(c.Numbers, badNumber):
		return errors.New("bad numbers")
	case len(c.Person) > maxID || len(c.Contact) > maxID:
		return errors.New("bad person or contact")
	}
	name, err := CleanName(c.Name)
	c.Name = name
	return err
}

// badNumber tells of what is no number to anybody; whether it is one that can
// be called is said by the dial plan.
func badNumber(s string) bool {
	return s == "" || len(s) > maxNumber || strings.ContainsFunc(s, notPrintable)
}
