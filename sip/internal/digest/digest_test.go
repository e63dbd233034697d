package digest

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	icholy "github.com/icholy/digest"
)

// clock is a time that the test moves.
type clock struct{ now time.Time }

func (c *clock) read() time.Time { return c.now }

func guarded(t *testing.T) (*Guard, *clock, func(string) (Secret, bool)) {
	t.Helper()
	c := &clock{now: time.Date(2026, 5, 4, 3, 2, 1, 0, time.UTC)}
	g := New("partyline", c.read)
	secrets := map[string]Secret{"alice": NewSecret("alice", "partyline", "wonder land")}
	return g, c, func(user string) (Secret, bool) { s, ok := secrets[user]; return s, ok }
}

// answer is what a phone not of our making sends to a challenge.
func answer(t *testing.T, challenge, user, password string, count int) string {
	t.Helper()
	parsed, err := icholy.ParseChallenge(challenge)
	if err != nil {
		t.Fatal(err)
	}
	credentials, err := icholy.Digest(parsed, icholy.Options{
		Method: "REGISTER", URI: "sip:example.com", Username: user, Password: password, Cnonce: "0a4f113b", Count: count,
	})
	if err != nil {
		t.Fatal(err)
	}
	return credentials.String()
}

var register = Request{Method: "REGISTER", URI: "sip:example.com"}

func TestWhoKnowsThePasswordPasses(t *testing.T) {
	g, _, known := guarded(t)
	for i, challenge := range g.Challenge(false) {
		if want := []string{"SHA-256", "MD5"}[i]; !strings.Contains(challenge, "algorithm="+want) {
			t.Errorf("challenge %d is %s, want %s", i, challenge, want)
		}
		for count := i*10 + 1; count < i*10+4; count++ { // one nonce for both
			user, err := g.Check(answer(t, challenge, "alice", "wonder land", count), register, known)
			if user != "alice" || err != nil {
				t.Errorf("%s, count %d: %q, %v", challenge, count, user, err)
			}
		}
	}
}

func TestWhoDoesNotIsRefused(t *testing.T) {
	g, c, known := guarded(t)
	sha := g.Challenge(false)[0]
	right := answer(t, sha, "alice", "wonder land", 1)
	other := New("partyline", c.read)
	for _, test := range []struct {
		name   string
		header string
		want   error
	}{
		{"wrong password", answer(t, sha, "alice", "looking glass", 1), ErrWrong},
		{"unknown name", answer(t, sha, "bob", "wonder land", 1), ErrWrong},
		{"no password", answer(t, sha, "bob", "", 1), ErrWrong},
		{"another's name", strings.Replace(right, `username="alice"`, `username="bob"`, 1), ErrWrong},
		{"another realm", strings.Replace(right, `realm="partyline"`, `realm="elsewhere"`, 1), ErrWrong},
		{"another URI", strings.Replace(right, `uri="sip:example.com"`, `uri="sip:other.com"`, 1), ErrWrong},
		{"another guard's nonce", answer(t, other.Challenge(false)[0], "alice", "wonder land", 1), ErrStale},
		{"a nonce of their own", strings.Replace(right, `nonce="`, `nonce="AAAA`, 1), ErrStale},
		{"basic", "Basic YWxpY2U6d29uZGVyIGxhbmQ=", ErrMalformed},
		{"nothing", "", ErrMalformed},
		{"no response", "Digest username=\"alice\"", ErrMalformed},
		{"SHA-512", strings.Replace(right, "SHA-256", "SHA-512", 1), ErrMalformed},
		{"endless quote", `Digest username="alice`, ErrMalformed},
		{"twice", right + `, username="bob"`, ErrMalformed},
		{"too long", right + strings.Repeat(" ", 4096), ErrMalformed},
	} {
		if _, err := g.Check(test.header, register, known); !errors.Is(err, test.want) {
			t.Errorf("%s: %v, want %v", test.name, err, test.want)
		}
	}
	if _, err := g.Check(right, Request{Method: "INVITE", URI: "sip:example.com"}, known); !errors.Is(err, ErrWrong) {
		t.Errorf("credentials of another method: %v", err)
	}
	if _, err := g.Check(right, register, known); err != nil {
		t.Errorf("after all of these, the right one: %v", err)
	}
}

func TestNoCountIsTakenTwice(t *testing.T) {
	g, _, known := guarded(t)
	challenge := g.Challenge(false)[0]
	for _, step := range []struct {
		count int
		want  error
	}{
		{5, nil},
		{5, ErrReplayed},
		{4, nil},
		{4, ErrReplayed},
		{70, nil},
		{5, ErrReplayed},
		{6, ErrReplayed},
		{7, nil},
		{69, nil},
		{69, ErrReplayed},
		{1000, nil},
		{70, ErrReplayed},
		{937, nil},
		{936, ErrReplayed},
	} {
		_, err := g.Check(answer(t, challenge, "alice", "wonder land", step.count), register, known)
		if !errors.Is(err, step.want) {
			t.Errorf("count %d: %v, want %v", step.count, err, step.want)
		}
	}
}

func TestANonceGrowsOld(t *testing.T) {
	g, c, known := guarded(t)
	challenge := g.Challenge(false)[0]
	c.now = c.now.Add(lifetime)
	if _, err := g.Check(answer(t, challenge, "alice", "wonder land", 1), register, known); err != nil {
		t.Errorf("at the end of its life: %v", err)
	}
	c.now = c.now.Add(time.Second)
	if _, err := g.Check(answer(t, challenge, "alice", "wonder land", 2), register, known); !errors.Is(err, ErrStale) {
		t.Errorf("after it: %v", err)
	}
	if _, err := g.Check(answer(t, challenge, "alice", "wrong", 3), register, known); !errors.Is(err, ErrWrong) {
		t.Errorf("a wrong password with an old nonce: %v", err)
	}
	if again := g.Challenge(true)[0]; !strings.Contains(again, "stale=true") {
		t.Errorf("the challenge does not say so: %s", again)
	}
}

// TestOldPhones answers as RFC 2069 had it, without qop: once for each nonce.
func TestOldPhones(t *testing.T) {
	g, _, known := guarded(t)
	challenge := strings.Replace(g.Challenge(false)[1], ` qop="auth",`, "", 1)
	header := answer(t, challenge, "alice", "wonder land", 1)
	if strings.Contains(header, "qop") {
		t.Fatalf("not what this test needs: %s", header)
	}
	if _, err := g.Check(header, register, known); err != nil {
		t.Error(err)
	}
	if _, err := g.Check(header, register, known); !errors.Is(err, ErrReplayed) {
		t.Errorf("the second time: %v", err)
	}
}

func TestMemoryIsBounded(t *testing.T) {
	c := newCounts()
	now := time.Unix(0, 0)
	for i := range 3 * maxNonces {
		if err := c.take(fmt.Sprint(i), 1, now); err != nil {
			t.Fatal(err)
		}
	}
	if len(c.recent)+len(c.before) > 2*maxNonces {
		t.Errorf("%d nonces are remembered", len(c.recent)+len(c.before))
	}
}

func TestSecretsDoNotPrint(t *testing.T) {
	secret := NewSecret("alice", "partyline", "wonder land")
	for _, verb := range []string{"%v", "%+v", "%#v", "%s"} {
		if text := fmt.Sprintf(verb, secret); strings.Contains(text, secret.sha256[:8]) || strings.Contains(text, secret.md5[:8]) {
			t.Errorf("%s prints %s", verb, text)
		}
	}
	sha, md := secret.Hashes()
	if Stored(sha, md) != secret {
		t.Error("a stored secret is another")
	}
}

func FuzzCheck(f *testing.F) {
	g := New("partyline", time.Now)
	challenge, err := icholy.ParseChallenge(g.Challenge(false)[0])
	if err != nil {
		f.Fatal(err)
	}
	right, err := icholy.Digest(challenge, icholy.Options{Method: "REGISTER", URI: "sip:example.com", Username: "alice", Password: "x", Count: 1})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(right.String())
	f.Add(`Digest username="a\"b", realm=x ,nonce = "n",uri=u,response=r,qop=auth,nc=00000001,cnonce=c`)
	f.Add(`Digest ,,,a=`)
	f.Fuzz(func(t *testing.T, header string) {
		_, err := g.Check(header, register, func(string) (Secret, bool) { return Secret{}, false })
		if err == nil {
			t.Errorf("nobody is known, and %q passed", header)
		}
	})
}

func BenchmarkCheck(b *testing.B) {
	g := New("partyline", time.Now)
	secret := NewSecret("alice", "partyline", "x")
	challenge, err := icholy.ParseChallenge(g.Challenge(false)[0])
	if err != nil {
		b.Fatal(err)
	}
	var headers []string
	for i := range 1 << 16 {
		c, err := icholy.Digest(challenge, icholy.Options{Method: "REGISTER", URI: "sip:example.com", Username: "alice", Password: "x", Count: i + 1})
		if err != nil {
			b.Fatal(err)
		}
		headers = append(headers, c.String())
	}
	for i := 0; b.Loop(); i++ {
		_, _ = g.Check(headers[i%len(headers)], register, func(string) (Secret, bool) { return secret, true })
	}
}

// TestOneAlgorithm offers MD5 alone, for phones that stumble over another, and
// takes nothing else.
func TestOneAlgorithm(t *testing.T) {
	t.Parallel()
	g := New("partyline", time.Now, MD5)
	offer := g.Challenge(false)
	if len(offer) != 1 || !strings.Contains(offer[0], "algorithm=MD5") {
		t.Errorf("challenge %q", offer)
	}
	c := credentials{user: "alice", realm: "partyline", uri: "sip:a", nonce: g.nonce(time.Now()), algorithm: SHA256}
	header := fmt.Sprintf(`Digest username="alice", realm="partyline", nonce=%q, uri="sip:a", algorithm=SHA-256, response=%q`,
		c.nonce, c.expected(NewSecret("alice", "partyline", "secret"), Request{Method: "REGISTER", URI: "sip:a"}))
	_, err := g.Check(header, Request{Method: "REGISTER", URI: "sip:a"}, func(string) (Secret, bool) {
		return NewSecret("alice", "partyline", "secret"), true
	})
	if !errors.Is(err, ErrMalformed) {
		t.Errorf("the right password by a hash that was not offered: %v", err)
	}
}
