package api

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"reflect"
	"slices"
	"strconv"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"partyline/signaling/auth"
)

// access is who may call an operation at all.
type access uint8

const (
	open       access = iota // anybody; the handler's visitor is empty
	recognised               // anybody; the visitor is there if signed in
	signedIn
	adminOnly
)

// operation describes an endpoint. Errors that any endpoint of its kind may
// answer are added by codes.
type operation struct {
	id      string
	method  string
	path    string // under /api/v1
	summary string
	access  access
	status  int // of success; 0: 200, or 204 without a body
	errors  []Code
	maxBody int64    // bytes; 0: 64 KiB
	accepts string   // type of a request that is no JSON, but a file that the handler reads as it comes
	content []string // types of an answer that is no JSON, but a file
}

const (
	maxBody = 64 << 10
	scheme  = "session" // name of the security scheme in the description
)

// register serves an operation. The handler gets the visitor as the
// operation's access promises.
func register[I, O any](a *API, op operation, handle func(context.Context, auth.Visitor, *I) (*O, error)) {
	h := huma.Operation{
		OperationID: op.id, Method: op.method, Path: op.path, Summary: op.summary,
		Tags: []string{strings.Split(op.path, "/")[1]}, DefaultStatus: op.status,
		MaxBodyBytes: max(op.maxBody, maxBody), RejectUnknownQueryParameters: true,
	}
	if op.access >= signedIn {
		h.Security = []map[string][]string{{scheme: {}}}
	}
	_, hasBody := reflect.TypeFor[I]().FieldByName("Body")
	h.Responses = a.documentErrors(op.codes(hasBody || op.accepts != ""))
	if op.accepts != "" {
		h.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{op.accepts: {Schema: fileSchema()}}}
	}
	if op.content != nil {
		file := &huma.Response{Description: "the file", Content: map[string]*huma.MediaType{}}
		for _, kind := range op.content {
			file.Content[kind] = &huma.MediaType{Schema: fileSchema()}
		}
		h.Responses[strconv.Itoa(http.StatusOK)] = file
	}
	huma.Register(a.huma, h, func(ctx context.Context, in *I) (*O, error) {
		visitor, err := a.admit(ctx, op.access)
		if err == nil {
			var out *O
			if out, err = handle(ctx, visitor, in); err == nil {
				return out, nil
			}
		}
		language := visitor.Person.Language
		if language == "" {
			language = requestOf(ctx).language()
		}
		p := explain(err, language)
		a.refused(ctx, op.id, visitor.Person.ID, p, err)
		return nil, p
	})
}

// fileSchema describes a file.
func fileSchema() *huma.Schema { return &huma.Schema{Type: huma.TypeString, Format: "binary"} }

// admit finds out who asks and whether they may.
func (a *API) admit(ctx context.Context, need access) (auth.Visitor, error) {
	if need == open {
		return auth.Visitor{}, nil
	}
	r := requestOf(ctx)
	v, err := a.accounts.Visitor(ctx, auth.CookieToken(r.Request, r.secure))
	switch {
	case errors.Is(err, auth.ErrNoSession) && need == recognised:
		return auth.Visitor{}, nil
	case err != nil:
		return auth.Visitor{}, err
	case need == adminOnly && !v.Person.Admin:
		return v, auth.ErrNotAllowed
	}
	v.Session.Client = r.client
	return v, nil
}

// refused logs, once, why a request was not served.
func (a *API) refused(ctx context.Context, operation, person string, p *Problem, err error) {
	r := requestOf(ctx)
	log := a.log.InfoContext
	switch {
	case p.Status >= http.StatusInternalServerError && r.Context().Err() == nil:
		log = a.log.ErrorContext
	case p.Code == SignedOut: // every first look at the page
		log = a.log.DebugContext
	}
	log(ctx, "request refused", "operation", operation, "code", string(p.Code), "status", p.Status,
		"person", person, "address", r.client.Address, "err", err)
}

// codes are all that the operation may answer instead of success.
func (op operation) codes(body bool) []Code {
	// Any operation refuses parameters that it does not know.
	all := append([]Code{Internal, Storage, Invalid}, op.errors...)
	if body {
		all = append(all, BadRequest, TooLarge, TooSlow, UnsupportedType)
	}
	if op.method != http.MethodGet {
		all = append(all, CrossOrigin)
	}
	if op.access >= signedIn {
		all = append(all, SignedOut)
	}
	if op.access == adminOnly {
		all = append(all, NotAllowed)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// documentErrors describes the error responses, one per status.
func (a *API) documentErrors(codes []Code) map[string]*huma.Response {
	schema := a.huma.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[Problem](), true, "Problem")
	responses := map[string]*huma.Response{}
	for _, c := range codes {
		status := strconv.Itoa(statusOf(c))
		r := responses[status]
		if r == nil {
			r = &huma.Response{
				Description: http.StatusText(statusOf(c)) + ", with code",
				Content:     map[string]*huma.MediaType{problemType: {Schema: schema}},
			}
			responses[status] = r
		} else {
			r.Description += " or"
		}
		r.Description += fmt.Sprintf(" `%s`", c)
	}
	return responses
}
