package auth

import (
	"net/http"
	"time"
)

// Names of the session cookie. A browser takes a __Host- cookie from an
// encrypted page only, for this very host, so that no neighbour can plant one
// (RFC 6265bis section 4.1.3.2).
const (
	plainCookie  = "partyline"
	secureCookie = "__Host-partyline"
)

// Cookie carries a session's token to a browser; secure tells whether it came
// by TLS.
func Cookie(t Token, secure bool, life time.Duration) http.Cookie {
	return http.Cookie{
		Name: cookieName(secure), Value: string(t), Path: "/", MaxAge: int(life.Seconds()),
		HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
	}
}

// NoCookie takes the session's cookie away.
func NoCookie(secure bool) http.Cookie {
	c := Cookie("", secure, 0)
	c.MaxAge = -1
	return c
}

// CookieToken is the token that a request shows, or empty.
func CookieToken(r *http.Request, secure bool) Token {
	c, err := r.Cookie(cookieName(secure))
	if err != nil {
		return ""
	}
	return Token(c.Value)
}

func cookieName(secure bool) string {
	if secure {
		return secureCookie
	}
	return plainCookie
}
