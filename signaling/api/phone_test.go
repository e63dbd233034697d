package api_test

import (
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"partyline/signaling/api"
	"partyline/signaling/auth"
)

type phoneBody struct {
	User, Number, Domain, Password string
	Transports                     []string
}

func TestMyPhone(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		bob := w.bob(ann)
		bob.call("GET", "/me/phone", nil).problem(api.NotFound)
		var first, read, second phoneBody
		bob.call("POST", "/me/phone", nil).want(201).into(&first)
		if first.Number != "2000" || !strings.HasPrefix(first.User, "2000-") || len(first.Password) != 20 || first.Domain != "meet.example.com" || len(first.Transports) != 2 {
			t.Errorf("phone: %+v", first)
		}
		bob.call("GET", "/me/phone", nil).want(200).into(&read)
		if read.User != first.User || read.Password != "" {
			t.Errorf("read again: %+v", read)
		}
		// What the gateway checks by is of this password.
		e, err := w.accounts.ExtensionByUser(t.Context(), first.User)
		if err != nil {
			t.Fatal(err)
		}
		secret := []byte(first.User + ":partyline:" + first.Password)
		md, sha := md5.Sum(secret), sha256.Sum256(secret)
		if string(e.MD5) != hex.EncodeToString(md[:]) || string(e.SHA256) != hex.EncodeToString(sha[:]) || e.Name != "Bob" || e.Language != "zh-CN" {
			t.Errorf("extension: %+v", e)
		}
		bob.call("POST", "/me/phone", nil).want(201).into(&second)
		if second.Number != first.Number || second.Password == first.Password || second.User == first.User {
			t.Errorf("a new password: %+v", second)
		}
		if _, err := w.accounts.ExtensionByUser(t.Context(), first.User); err == nil {
			t.Error("the first one is still good")
		}
		var anns phoneBody
		ann.call("POST", "/me/phone", nil).want(201).into(&anns)
		if anns.Number != "2001" {
			t.Errorf("Ann has %+v", anns)
		}

		// An admin sees who has one, and no more.
		list := ann.call("GET", "/people", nil).want(200)
		var people []struct{ Name, Extension string }
		list.into(&people)
		for _, p := range people {
			if want := map[string]string{"Ann": "2001", "Bob": "2000"}[p.Name]; p.Extension != want {
				t.Errorf("%s has %q, want %q", p.Name, p.Extension, want)
			}
		}
		for _, secret := range []string{second.Password, string(e.MD5), string(e.SHA256), second.User} {
			if strings.Contains(string(list.body), secret) {
				t.Errorf("an admin sees %s", secret)
			}
			if strings.Contains(w.log.String(), secret) {
				t.Errorf("the log has %s", secret)
			}
		}
		bob.call("DELETE", "/me/phone", nil).want(204)
		bob.call("DELETE", "/me/phone", nil).problem(api.NotFound)
	})
}

func TestNoPhonesHere(t *testing.T) {
	w := onSQLite(t, func(c *api.Config) { c.Phones = api.PhoneService{} })
	w.ann().call("POST", "/me/phone", nil).problem(api.NoPhones)
}

func TestMySpokenName(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		ann.call("DELETE", "/me/spoken-name", nil).problem(api.NotFound)
		if err := w.accounts.KeepSpokenName(t.Context(), ann.me().ID, []byte{1, 2, 3, 4}); err != nil {
			t.Fatal(err)
		}
		for _, wrong := range []int{0, 3, 160_002} {
			if err := w.accounts.KeepSpokenName(t.Context(), ann.me().ID, make([]byte, wrong)); err != auth.ErrTooLong {
				t.Errorf("%d octets: %v", wrong, err)
			}
		}
		ann.call("DELETE", "/me/spoken-name", nil).want(204)
		if _, err := w.accounts.SpokenName(t.Context(), ann.me().ID); err != auth.ErrNoSpokenName {
			t.Errorf("after it was deleted: %v", err)
		}
	})
}
