// Package api is the JSON interface over HTTP under /api/v1: one file per
// resource, with the errors in one table (errors.go). Its OpenAPI description
// comes from the handlers and is served as /api/v1/openapi.json.
//
// Handlers translate; what may be done is decided in [auth] and [meeting].
// The package starts no goroutines. What happens to calls and what concerns a
// person is streamed as server-sent events (dial_stream.go): such a request
// lasts until its reader is gone, too slow or signed out, what it is about is
// over, or the server stops.
package api
