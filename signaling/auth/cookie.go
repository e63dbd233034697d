package auth

import (
	"net/http"
	"time"
)

// Names of the cookies. A browser takes a __Host- cookie from an
// encrypted page only, for this very host, so that no neighbour can plant one
// (RFC 6265bis section 4.1.3.2).
const (
	sessionCookie = "partyline"
	guestCookie   = "partyline-guest"
	hostPrefix    = "__Host-"
)

// Cookie carries a session's token to a browser; secure tells whether it came
// by TLS.
func (a *Accounts) Cookie(t Token, secure bool) http.Cookie {
	return cookie(sessionCookie, t, secure, a.cfg.SessionMax)
}

// NoCookie takes the session's cookie away.
func NoCookie(secure bool) http.Cookie {
	c := cookie(sessionCookie, "", secure, 0)
	c.MaxAge = -1
	return c
}

// CookieToken is the token that a request shows, or empty.
func CookieToken(r *http.Request, secure bool) Token {
	return readCookie(r, sessionCookie, secure)
}

// guestLife is how long a guest is known again: no longer than a long day.
const guestLife = 16 * time.Hour

// Guest knows a guest's browser again, so that somebody who was removed from
// a meeting does not come back by the same link. It gives the key of the one
// that the request shows, or a new one with the cookie that carries it.
func Guest(r *http.Request, secure bool) (key Digest, fresh *http.Cookie, err error) {
	t := readCookie(r, guestCookie, secure)
	if d := t.Digest(); d != "" {
		return d, nil, nil
	}
	if t, err = newToken(); err != nil {
		return "", nil, err
	}
	c := cookie(guestCookie, t, secure, guestLife)
	return t.Digest(), &c, nil
}

func cookie(name string, t Token, secure bool, life time.Duration) http.Cookie {
	return http.Cookie{
		Name: cookieName(name, secure), Value: string(t), Path: "/", MaxAge: int(life.Seconds()),
		HttpOnly: true, Secure: secure, SameSite: http.SameSiteLaxMode,
	}
}

func readCookie(r *http.Request, name string, secure bool) Token {
	c, err := r.Cookie(cookieName(name, secure))
	if err != nil {
		return ""
	}
	return Token(c.Value)
}

func cookieName(name string, secure bool) string {
	if secure {
		return hostPrefix + name
	}
	return name
}
