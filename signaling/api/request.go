package api

import (
	"context"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"partyline/signaling/auth"
)

// request is what handlers need to know of the HTTP request.
type request struct {
	*http.Request
	client auth.Client
	secure bool   // the browser came by TLS
	base   string // of links to ourselves, such as https://meet.example.com
}

type requestKey struct{}

// requestOf is the request that a handler serves.
func requestOf(ctx context.Context) request {
	r, ok := ctx.Value(requestKey{}).(request)
	if !ok {
		panic("api: a handler runs outside of ServeHTTP")
	}
	return r
}

// withRequest puts the request where handlers find it.
func (a *API) withRequest(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		// Answers hold codes and names: no cache may keep them.
		w.Header().Set("Cache-Control", "no-store")
		w.Header().Set("X-Content-Type-Options", "nosniff")
		q := a.read(r)
		next.ServeHTTP(w, r.WithContext(context.WithValue(r.Context(), requestKey{}, q)))
	})
}

// read finds out who asks, and how they see us. What proxies say of it counts
// only if they are configured (OWASP ASVS 5, 4.1.3).
func (a *API) read(r *http.Request) request {
	q := request{Request: r, secure: r.TLS != nil}
	host := r.Host
	peer, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		peer = r.RemoteAddr
	}
	q.client = auth.Client{Address: peer, UserAgent: r.UserAgent()}
	if a.trusted(peer) {
		q.client.Address = a.forwarded(r, peer)
		q.secure = q.secure || strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "https")
		if h := r.Header.Get("X-Forwarded-Host"); h != "" {
			host = h
		}
	}
	q.base = strings.TrimSuffix(a.cfg.PublicURL, "/")
	if strings.HasPrefix(q.base, "https:") {
		q.secure = true
	}
	if q.base == "" {
		scheme := "http://"
		if q.secure {
			scheme = "https://"
		}
		q.base = scheme + host
	}
	return q
}

func (a *API) trusted(address string) bool {
	ip, err := netip.ParseAddr(address)
	if err != nil {
		return false
	}
	for _, p := range a.cfg.TrustedProxies {
		if p.Contains(ip.Unmap()) {
			return true
		}
	}
	return false
}

// forwarded is the last address in X-Forwarded-For that no proxy of ours
// added: those before it could have been written by anybody.
func (a *API) forwarded(r *http.Request, peer string) string {
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop := strings.TrimSpace(hops[i])
		if _, err := netip.ParseAddr(hop); err != nil {
			return peer
		}
		if !a.trusted(hop) {
			return hop
		}
		peer = hop
	}
	return peer
}

// language is the first of ours that a browser asks for. Weights are rare and
// lists are sorted, so that the order is enough.
func (r request) language() string {
	for part := range strings.SplitSeq(r.Header.Get("Accept-Language"), ",") {
		tag, _, _ := strings.Cut(strings.TrimSpace(part), ";")
		switch base, _, _ := strings.Cut(strings.ToLower(tag), "-"); base {
		case "zh":
			return "zh-CN"
		case "en":
			return "en"
		}
	}
	return "en"
}
