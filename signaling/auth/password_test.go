package auth

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
)

var cheap = Cost{MemoryKiB: 64, Passes: 1}

func TestHash(t *testing.T) {
	h := newHasher(cheap)
	stored, err := h.hash(t.Context(), "correct horse")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(stored, "$argon2id$v=19$m=64,t=1,p=1$") {
		t.Errorf("stored as %s", stored)
	}
	if again, _ := h.hash(t.Context(), "correct horse"); again == stored {
		t.Error("the salt is always the same")
	}
	for _, tt := range []struct {
		password Password
		stored   string
		want     bool
	}{
		{"correct horse", stored, true},
		{"correct horsf", stored, false},
		{"", stored, false},
		{"correct horse", "", false},
		{"", "", false},
		{Password(strings.Repeat("x", 1<<20)), stored, false},
	} {
		if got, err := h.matches(t.Context(), tt.password, tt.stored); got != tt.want || err != nil {
			t.Errorf("matches(%d characters, %q) = %v, %v", len(tt.password), tt.stored, got, err)
		}
	}
	dearer := newHasher(Cost{MemoryKiB: 128, Passes: 1})
	if ok, err := dearer.matches(t.Context(), "correct horse", stored); !ok || err != nil {
		t.Errorf("a hash of another cost: %v, %v", ok, err)
	}
	if !dearer.outdated(stored) || h.outdated(stored) {
		t.Error("outdated is wrong")
	}
}

// TestHashVector compares with the reference implementation:
// echo -n password | argon2 somesalt -id -t 2 -k 65536 -p 1 -l 32 -e
func TestHashVector(t *testing.T) {
	const stored = "$argon2id$v=19$m=65536,t=2,p=1$c29tZXNhbHQ$CTFhFdXPJO1aFaMaO6Mm5c8y7cJHAph8ArZWb2GRPPc"
	if ok, err := newHasher(cheap).matches(t.Context(), "password", stored); !ok || err != nil {
		t.Errorf("reference hash: %v, %v", ok, err)
	}
}

func TestParseHashRefuses(t *testing.T) {
	good := "$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	if _, _, _, err := parseHash(good); err != nil {
		t.Fatal(err)
	}
	for _, change := range [][2]string{
		{"m=64", "m=4294967295"}, // would take 4 TiB
		{"m=64", "m=1"},
		{"t=1", "t=0"},
		{"t=1", "t=4000000000"},
		{"p=1", "p=64"},
		{"v=19", "v=16"},
		{"argon2id", "argon2i"},
		{"$AAAAAAAAAAAAAAAAAAAAAA$", "$!$"},
		{"$AAAAAAAAAAAAAAAAAAAAAA$", "$"},
	} {
		bad := strings.Replace(good, change[0], change[1], 1)
		if _, _, _, err := parseHash(bad); !errors.Is(err, errBadHash) {
			t.Errorf("%s: %v", bad, err)
		}
	}
}

func FuzzParseHash(f *testing.F) {
	f.Add("$argon2id$v=19$m=64,t=1,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")
	f.Add("")
	f.Fuzz(func(t *testing.T, s string) {
		c, salt, key, err := parseHash(s)
		if err == nil && (c.MemoryKiB > 1<<20 || len(salt) < 8 || len(key) < 16) {
			t.Errorf("%q gives %+v", s, c)
		}
	})
}

// TestHashesWaitForMemory holds all slots: further log-ins wait and give up
// with their request.
func TestHashesWaitForMemory(t *testing.T) {
	h := newHasher(cheap)
	for h.slots.TryAcquire(1) {
	}
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	if _, err := h.hash(ctx, "correct horse"); !errors.Is(err, ErrBusy) {
		t.Errorf("got %v, want ErrBusy", err)
	}
	h.slots.Release(1)
	if _, err := h.hash(t.Context(), "correct horse"); err != nil {
		t.Errorf("with a slot free: %v", err)
	}
}

func TestPasswordCheck(t *testing.T) {
	for _, tt := range []struct {
		password Password
		ok       bool
	}{
		{"correct horse", true},
		{"密码要有十个汉字这么长", true},
		{"short", false},
		{"九个汉字还是不够长", false},
		{"aaaaaaaaaaaa", false},
		{"Ann@Example.com", false},
		{"ann annabel", false},
		{Password(strings.Repeat("ab", 100)), true},
		{Password(strings.Repeat("ab", 101)), false},
		{"bad \xff bytes here", false},
	} {
		err := tt.password.check("Ann Annabel", "ann@example.com")
		if (err == nil) != tt.ok || err != nil && !errors.Is(err, ErrWeakPassword) {
			t.Errorf("check(%q) = %v", string(tt.password), err)
		}
	}
}

func TestSecretsAreMasked(t *testing.T) {
	var log strings.Builder
	l := slog.New(slog.NewTextHandler(&log, nil))
	token, phone, password := Token("sesame-token"), Phone("+8613800138000"), Password("sesame-password")
	l.Info("x", "token", token, "phone", phone, "password", password)
	person := Person{Phone: phone}
	out := log.String() + fmt.Sprintf("%v %s %+v %#v %v %#v %#v", token, token, person, person, password, token, password)
	if strings.Contains(out, "sesame") || strings.Contains(out, "13800138") {
		t.Errorf("a secret is in clear: %s", out)
	}
	if !strings.Contains(out, "•••000") {
		t.Errorf("the end of the number, by which two are told apart, is missing: %s", out)
	}
}

func TestClean(t *testing.T) {
	good := Profile{"Ann", "ann@example.com", "+8613800138000", "zh-CN", "Asia/Shanghai", false, Standing{"销售", "4711", MayCallKnown}}
	for _, tt := range []struct {
		name   string
		change func(*Profile)
		field  string // that is wrong
		want   func(*Profile)
	}{
		{"as it is", func(*Profile) {}, "", func(*Profile) {}},
		{"no limit on calls", func(p *Profile) { p.MayCall = "" }, "", func(p *Profile) { p.MayCall = MayCallEveryone }},
		{"a limit in capitals", func(p *Profile) { p.MayCall = " Nobody" }, "", func(p *Profile) { p.MayCall = MayCallNobody }},
		{"an unknown limit", func(p *Profile) { p.MayCall = "friends" }, "mayCall", nil},
		{"long department", func(p *Profile) { p.Department = strings.Repeat("部", 61) }, "department", nil},
		{"cost centre of two lines", func(p *Profile) { p.CostCentre = "47\n11" }, "costCentre", nil},
		{"spaces", func(p *Profile) { p.Name, p.Email = " Ann ", " ann@example.com\t" }, "", func(*Profile) {}},
		{"capitals", func(p *Profile) { p.Email, p.Language = "Ann@EXAMPLE.com", "ZH-cn" }, "", func(*Profile) {}},
		{"no phone", func(p *Profile) { p.Phone = "" }, "", func(p *Profile) { p.Phone = "" }},
		{"Chinese name", func(p *Profile) { p.Name = "王小明" }, "", func(p *Profile) { p.Name = "王小明" }},
		{"no name", func(p *Profile) { p.Name = " " }, "name", nil},
		{"long name", func(p *Profile) { p.Name = strings.Repeat("x", 81) }, "name", nil},
		{"name of two lines", func(p *Profile) { p.Name = "a\nb" }, "name", nil},
		{"name turned round", func(p *Profile) { p.Name = "a\u202eb" }, "name", nil},
		{"no e-mail", func(p *Profile) { p.Email = "" }, "email", nil},
		{"e-mail without @", func(p *Profile) { p.Email = "ann" }, "email", nil},
		{"e-mail with name", func(p *Profile) { p.Email = "Ann <ann@example.com>" }, "email", nil},
		{"two e-mails", func(p *Profile) { p.Email = "a@example.com,b@example.com" }, "email", nil},
		{"header in e-mail", func(p *Profile) { p.Email = "a@example.com\r\nBcc: x@y.z" }, "email", nil},
		{"long e-mail", func(p *Profile) { p.Email = strings.Repeat("x", 250) + "@example.com" }, "email", nil},
		{"national phone", func(p *Profile) { p.Phone = "13800138000" }, "phone", nil},
		{"long phone", func(p *Profile) { p.Phone = "+1234567890123456" }, "phone", nil},
		{"phone with 0", func(p *Profile) { p.Phone = "+0123456789" }, "phone", nil},
		{"phone with letters", func(p *Profile) { p.Phone = "+86138CALLME" }, "phone", nil},
		{"other language", func(p *Profile) { p.Language = "fr" }, "language", nil},
		{"server's zone", func(p *Profile) { p.TimeZone = "Local" }, "timeZone", nil},
		{"no zone", func(p *Profile) { p.TimeZone = "" }, "timeZone", nil},
		{"path as zone", func(p *Profile) { p.TimeZone = "../../etc/passwd" }, "timeZone", nil},
		{"unknown zone", func(p *Profile) { p.TimeZone = "Mars/Olympus" }, "timeZone", nil},
	} {
		p := good
		tt.change(&p)
		got, err := p.Clean()
		var invalid *Invalid
		if tt.field != "" {
			if !errors.As(err, &invalid) || !errors.Is(err, ErrInvalid) || len(invalid.Fields) != 1 || invalid.Fields[0].Field != tt.field {
				t.Errorf("%s: %v, want one about %s", tt.name, err, tt.field)
			}
			continue
		}
		want := good
		tt.want(&want)
		if err != nil || got != want {
			t.Errorf("%s: %+v, %v", tt.name, got, err)
		}
	}
	var invalid *Invalid
	if _, err := (Profile{}).Clean(); !errors.As(err, &invalid) || len(invalid.Fields) != 4 {
		t.Errorf("an empty profile: %v, want all four at once", err)
	}
}
