package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"partyline/signaling/auth"
	"partyline/signaling/company"
	"partyline/sip/billing"
)

// maxDeck is the largest file of rates: a million rows.
const maxDeck = 64 << 20

// deckBody is a version of a rate deck.
type deckBody struct {
	Version     string            `json:"version" example:"0007"`
	Name        string            `json:"name" example:"Carrier A, November"`
	Trunk       string            `json:"trunk,omitempty" doc:"whose prices these are; absent: of all trunks" example:"carrier-a"`
	State       company.DeckState `json:"state" enum:"draft,scheduled,active,retired,foreign" doc:"foreign: in another currency than the company's now, no call is priced by it"`
	Rows        int               `json:"rows" example:"100000"`
	Currency    string            `json:"currency" example:"CNY"`
	SHA256      string            `json:"sha256" doc:"of the file that was uploaded" example:"9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"`
	UploadedAt  time.Time         `json:"uploadedAt"`
	UploadedBy  string            `json:"uploadedBy" example:"Ann"`
	ActiveFrom  *time.Time        `json:"activeFrom,omitempty" nullable:"false"`
	ActivatedBy string            `json:"activatedBy,omitempty" example:"Ann"`
}

func deckOf(d company.Deck) deckBody {
	return deckBody{
		d.Version, d.Name, d.Trunk, d.State, d.Rows, d.Currency, d.SHA256, d.UploadedAt.UTC(), d.UploadedBy.Name,
		orAbsent(d.ActiveFrom), d.ActivatedBy,
	}
}

type deckOutput struct {
	Body deckBody
}

type decksOutput struct {
	Body []deckBody `nullable:"false"`
}

// previewBody is what a deck would change.
type previewBody struct {
	Deck        *deckBody   `json:"deck,omitempty" nullable:"false" doc:"absent where there are faults, and nothing was kept"`
	Rows        int         `json:"rows" example:"100000"`
	FaultCount  int         `json:"faultCount" example:"0"`
	Faults      []faultBody `json:"faults" nullable:"false" doc:"what is wrong with the file, at most 200"`
	Against     string      `json:"against,omitempty" doc:"version in force now that it is compared with; absent: none" example:"0006"`
	Added       int         `json:"added" doc:"prefixes that get a price" example:"12"`
	Removed     int         `json:"removed" doc:"prefixes that lose theirs" example:"1"`
	Raised      int         `json:"raised" example:"40"`
	Lowered     int         `json:"lowered" example:"900"`
	Changed     int         `json:"changed" doc:"the same per minute, but billed otherwise" example:"3"`
	Unchanged   int         `json:"unchanged" example:"99044"`
	Changes     []priceBody `json:"changes" nullable:"false" doc:"the most drastic ones, at most 200"`
	Hundredfold []priceBody `json:"hundredfold" nullable:"false" doc:"what has to be confirmed, at most 200"`
}

type faultBody struct {
	Line    int    `json:"line" doc:"1 is the header" example:"3"`
	Column  string `json:"column,omitempty" example:"rate_per_min"`
	Message string `json:"message" doc:"in English" example:"not an amount of money"`
}

// priceBody is a price before and after.
type priceBody struct {
	Prefix      string         `json:"prefix" example:"8613"`
	Destination string         `json:"destination" example:"China mobile"`
	Trunk       string         `json:"trunk,omitempty" example:"carrier-a"`
	Direction   string         `json:"direction" enum:"out,in" doc:"as the company sees it"`
	Kind        string         `json:"kind" enum:"added,removed,raised,lowered,changed"`
	Before      *billing.Micro `json:"before,omitempty" nullable:"false" doc:"per minute, in millionths" example:"180000"`
	After       *billing.Micro `json:"after,omitempty" nullable:"false" doc:"per minute, in millionths" example:"200000"`
	Factor      float64        `json:"factor,omitempty" doc:"by how much the price per minute rises; absent where there was none" example:"1.11"`
	BeforeRate  *rateBody      `json:"beforeRate,omitempty" nullable:"false"`
	AfterRate   *rateBody      `json:"afterRate,omitempty" nullable:"false"`
	Hundredfold bool           `json:"hundredfold"`
}

type rateBody struct {
	PerMinute  billing.Micro `json:"perMinute" doc:"millionths" example:"180000"`
	ConnectFee billing.Micro `json:"connectFee" doc:"millionths, on answer" example:"0"`
	Initial    int           `json:"initial" doc:"seconds billed whole" example:"60"`
	Increment  int           `json:"increment" doc:"seconds billed at a time" example:"6"`
	Minimum    int           `json:"minimum" doc:"least seconds billed" example:"0"`
	Grace      int           `json:"grace" doc:"seconds up to which a call is free" example:"0"`
}

func rateOf(r *billing.Rate) *rateBody {
	if r == nil {
		return nil
	}
	return &rateBody{r.PerMinute, r.Connect, r.Initial, r.Increment, r.Minimum, r.Grace}
}

func pricesOf(changes []billing.Change) []priceBody {
	all := make([]priceBody, len(changes))
	for i, c := range changes {
		all[i] = priceOf(c)
	}
	return all
}

func priceOf(c billing.Change) priceBody {
	b := priceBody{
		Prefix: c.Prefix, Trunk: c.Trunk, Direction: "out", BeforeRate: rateOf(c.Old), AfterRate: rateOf(c.New), Hundredfold: c.Hundredfold,
	}
	if c.Direction == billing.Inbound {
		b.Direction = "in"
	}
	if c.Old != nil {
		b.Destination, b.Before = c.Old.Destination, &c.Old.PerMinute
	}
	if c.New != nil {
		b.Destination, b.After = c.New.Destination, &c.New.PerMinute
	}
	switch {
	case c.Old == nil:
		b.Kind = "added"
	case c.New == nil:
		b.Kind = "removed"
	case *b.After > *b.Before:
		b.Kind = "raised"
	case *b.After < *b.Before:
		b.Kind = "lowered"
	default:
		b.Kind = "changed"
	}
	if c.Old != nil && c.New != nil && *b.Before > 0 {
		b.Factor = float64(*b.After) / float64(*b.Before)
	}
	return b
}

type previewOutput struct {
	Body previewBody
}

func previewOf(p company.Preview) *previewOutput {
	b := previewBody{
		Rows: p.Rows, FaultCount: len(p.Faults), Faults: make([]faultBody, len(p.Faults)), Against: p.Against,
		Added: p.Added, Removed: p.Gone, Raised: p.Raised, Lowered: p.Lowered, Changed: p.Changed,
		Unchanged: max(0, p.Rows-p.Added-p.Raised-p.Lowered-p.Changed),
		Changes:   pricesOf(p.Changes), Hundredfold: pricesOf(p.Hundredfold),
	}
	for i, f := range p.Faults {
		b.Faults[i] = faultBody(f)
	}
	if p.Deck != nil {
		deck := deckOf(*p.Deck)
		b.Deck = &deck
	}
	return &previewOutput{b}
}

// ByVersion names a deck in the path.
type ByVersion struct {
	Version string `path:"version" maxLength:"20" example:"0007"`
}

type uploadInput struct {
	Name  string `query:"name" maxLength:"80" doc:"for people; empty: the time" example:"Carrier A, November"`
	Trunk string `query:"trunk" maxLength:"100" doc:"whose prices these are; empty: of all trunks" example:"carrier-a"`
	Kind  string `header:"Content-Type" doc:"text/csv" example:"text/csv"`
}

func (a *API) decks() {
	decks := a.cfg.Company.Decks
	register(a, operation{
		id: "list-decks", method: http.MethodGet, path: "/decks", access: adminOnly, summary: "Versions of rate decks, the latest first",
	}, func(ctx context.Context, v auth.Visitor, _ *empty) (*decksOutput, error) {
		all, err := decks.All(ctx, v.Person)
		out := &decksOutput{make([]deckBody, len(all))}
		for i, d := range all {
			out.Body[i] = deckOf(d)
		}
		return out, err
	})
	register(a, operation{
		id: "upload-deck", method: http.MethodPost, path: "/decks", access: adminOnly, accepts: csvType,
		summary: "Take a CSV file of rates in as a draft, and see what it changes",
	}, a.uploadDeck)
	register(a, operation{
		id: "preview-deck", method: http.MethodGet, path: "/decks/{version}/preview", access: adminOnly, errors: []Code{NotFound},
		summary: "What a deck changes beside the one in force",
	}, func(ctx context.Context, v auth.Visitor, in *ByVersion) (*previewOutput, error) {
		p, err := decks.Preview(ctx, v.Person, in.Version)
		return previewOf(p), err
	})
	register(a, operation{
		id: "download-deck", method: http.MethodGet, path: "/decks/{version}/download", access: adminOnly, errors: []Code{NotFound},
		summary: "The rates of a deck as CSV", content: []string{csvType},
	}, func(ctx context.Context, v auth.Visitor, in *ByVersion) (*huma.StreamResponse, error) {
		write, err := decks.Write(ctx, v.Person, in.Version)
		if err != nil {
			return nil, err
		}
		return a.attachment(csvType, "deck-"+in.Version+".csv", write), nil
	})
	register(a, operation{
		id: "remove-deck", method: http.MethodDelete, path: "/decks/{version}", access: adminOnly, errors: []Code{NotFound, DeckInUse},
		summary: "Forget a draft; what was in force is kept for ever",
	}, func(ctx context.Context, v auth.Visitor, in *ByVersion) (*empty, error) {
		return nil, decks.Remove(ctx, v.Person, in.Version)
	})
}

// uploadDeck reads the file as it comes in.
func (a *API) uploadDeck(ctx context.Context, v auth.Visitor, in *uploadInput) (*previewOutput, error) {
	if !isCSV(in.Kind) {
		return nil, invalid("file", "Send the file as it is, with Content-Type text/csv.")
	}
	if trunks := a.cfg.Company.Trunks; in.Trunk != "" && trunks != nil {
		if _, err := trunks.One(ctx, v.Person, in.Trunk); errors.Is(err, company.ErrNotFound) {
			return nil, invalid("trunk", "There is no such trunk: set it up first.")
		} else if err != nil {
			return nil, err
		}
	}
	file := &arriving{Reader: http.MaxBytesReader(nil, requestOf(ctx).Body, maxDeck)}
	p, err := a.cfg.Company.Decks.Import(ctx, v.Person, company.Upload{Name: in.Name, Trunk: in.Trunk}, file)
	var tooLarge *http.MaxBytesError
	if errors.As(file.err, &tooLarge) {
		return nil, errTooLarge
	}
	return previewOf(p), err
}

// arriving is a file that comes in, and what kept it from coming in whole.
type arriving struct {
	io.Reader
	err error
}

// Read implements io.Reader.
func (f *arriving) Read(p []byte) (int, error) {
	n, err := f.Reader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) {
		f.err = err
	}
	return n, err
}

type activateInput struct {
	ByVersion
	Body struct {
		At      *time.Time `json:"at,omitempty" nullable:"false" doc:"when it comes in force; absent: now"`
		Confirm bool       `json:"confirm,omitempty" doc:"also where a price rises a hundredfold"`
	}
}

func (a *API) activations() {
	decks := a.cfg.Company.Decks
	register(a, operation{
		id: "activate-deck", method: http.MethodPost, path: "/decks/{version}/activation", access: adminOnly,
		errors: []Code{NotFound, DeckInUse, Confirm}, summary: "Let a deck come in force, now or at a time",
	}, func(ctx context.Context, v auth.Visitor, in *activateInput) (*deckOutput, error) {
		activation := company.Activation{Confirm: in.Body.Confirm}
		if in.Body.At != nil {
			activation.At = *in.Body.At
		}
		d, err := decks.Activate(ctx, v.Person, in.Version, activation)
		return &deckOutput{deckOf(d)}, err
	})
	register(a, operation{
		id: "cancel-deck", method: http.MethodDelete, path: "/decks/{version}/activation", access: adminOnly,
		errors: []Code{NotFound, DeckInUse}, summary: "Take back that a deck comes in force, while it has not",
	}, func(ctx context.Context, v auth.Visitor, in *ByVersion) (*deckOutput, error) {
		d, err := decks.Cancel(ctx, v.Person, in.Version)
		return &deckOutput{deckOf(d)}, err
	})
}
