package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"partyline/signaling/api"
	"partyline/sip/dialplan"
)

func TestSetUp(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		c := w.client()
		needed := func() (out struct{ Needed bool }) {
			c.call("GET", "/setup", nil).want(200).into(&out)
			return out
		}
		if !needed().Needed {
			t.Error("set-up is not needed")
		}
		body := m{
			"token": "wrong", "company": "Acme", "name": "Ann", "email": "Ann@example.com", "password": password,
			"language": "en", "timeZone": "Europe/Berlin",
		}
		c.call("POST", "/setup", body).problem(api.WrongToken)
		body["token"] = string(w.setUp)
		body["email"], body["timeZone"] = "nonsense", "Mars"
		p := c.call("POST", "/setup", body).problem(api.Invalid)
		if len(p.Fields) != 2 || p.Fields[0].Field != "email" || p.Fields[1].Field != "timeZone" {
			t.Errorf("fields: %+v", p.Fields)
		}
		body["email"], body["timeZone"] = "Ann@example.com", "Europe/Berlin"
		body["password"] = "short"
		c.call("POST", "/setup", body).problem(api.WeakPassword)
		body["password"] = password
		var s sessionBody
		c.call("POST", "/setup", body).want(200).into(&s)
		if s.Company != "Acme" || !s.Person.Admin || s.Person.Email != "ann@example.com" || s.Version != "1.2.3" {
			t.Errorf("session: %+v", s)
		}
		if got := c.me(); got != s.Person {
			t.Errorf("signed in as %+v", got)
		}
		if needed().Needed {
			t.Error("set-up is needed again")
		}
		w.client().call("POST", "/setup", body).problem(api.SetUpDone)
	})
}

func TestLogInAndOut(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		w.ann()
		c := w.client()
		c.call("GET", "/session", nil).problem(api.SignedOut)
		c.call("POST", "/session", m{"email": "ann@example.com", "password": "wrong horse battery"}).problem(api.WrongPassword)
		c.call("POST", "/session", m{"email": "nobody@example.com", "password": password}).problem(api.WrongPassword)
		a := c.call("POST", "/session", m{"email": "ANN@example.com", "password": password}).want(200)
		if got := a.header.Get("Set-Cookie"); !strings.HasPrefix(got, "partyline=") || !strings.Contains(got, "HttpOnly") || !strings.Contains(got, "SameSite=Lax") {
			t.Errorf("cookie: %s", got)
		}
		if got := a.header.Get("Cache-Control"); got != "no-store" {
			t.Errorf("Cache-Control: %q", got)
		}
		var devices []struct {
			ID, UserAgent, Address string
			Current                bool
		}
		c.call("GET", "/session/all", nil).want(200).into(&devices)
		if len(devices) != 2 || !devices[0].Current || devices[1].Current || devices[0].UserAgent != "test browser" || devices[0].Address != "127.0.0.1" {
			t.Errorf("devices: %+v", devices)
		}
		c.call("DELETE", "/session/"+devices[1].ID, nil).want(204)
		c.call("DELETE", "/session/"+devices[1].ID, nil).problem(api.NotFound)
		c.call("DELETE", "/session", nil).want(204)
		c.call("GET", "/session", nil).problem(api.SignedOut)
		c.call("DELETE", "/session", nil).want(204) // twice does no harm
		if len(w.live.signOut) != 2 {
			t.Errorf("sockets closed for %v", w.live.signOut)
		}
	})
}

func TestPasswordChange(t *testing.T) {
	w := onSQLite(t)
	ann := w.ann()
	other := w.client()
	other.call("POST", "/session", m{"email": "ann@example.com", "password": password}).want(200)
	const next = "another horse entirely"
	ann.call("POST", "/password", m{"current": "wrong horse battery", "new": next}).problem(api.WrongPassword)
	ann.call("POST", "/password", m{"current": password, "new": "short"}).problem(api.WeakPassword)
	ann.call("POST", "/password", m{"current": password, "new": next}).want(204)
	ann.call("GET", "/session", nil).want(200)
	other.call("GET", "/session", nil).problem(api.SignedOut)
	if len(w.live.signOut) != 1 {
		t.Errorf("sockets closed for %v", w.live.signOut)
	}
}

func TestLogInIsSlowed(t *testing.T) {
	w := onSQLite(t)
	w.ann()
	c := w.client()
	var last *answer
	for range 10 {
		last = c.call("POST", "/session", m{"email": "ann@example.com", "password": "wrong horse battery"})
		if last.status == http.StatusTooManyRequests {
			break
		}
	}
	last.problem(api.TooManyTries)
	if got := last.header.Get("Retry-After"); got != "1" {
		t.Errorf("Retry-After: %q", got)
	}
}

func TestPeople(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		bob := w.bob(ann)
		me := bob.me()
		if me.Phone != "+8613800138000" || me.Admin || me.Invited || !me.Active {
			t.Errorf("Bob: %+v", me)
		}
		ann.call("POST", "/people", m{"name": "B", "email": "bob@example.com", "language": "en", "timeZone": "UTC"}).problem(api.EmailTaken)
		ann.call("POST", "/people", m{"name": "", "email": "x", "language": "fr", "timeZone": ""}).problem(api.Invalid)
		bob.call("POST", "/people", m{"name": "C", "email": "c@example.com", "language": "en", "timeZone": "UTC"}).problem(api.NotAllowed)
		bob.call("POST", "/people/import", m{"csv": "name,email\n", "commit": true}).problem(api.NotAllowed)

		var list []personBody
		bob.call("GET", "/people", nil).want(200).into(&list)
		if len(list) != 2 || list[0].Name != "Ann" {
			t.Errorf("people: %+v", list)
		}
		ann.call("GET", "/people?q=BOB%40", nil).want(200).into(&list)
		if len(list) != 1 || list[0].ID != me.ID {
			t.Errorf("people like bob@: %+v", list)
		}
		ann.call("GET", "/people?name=bob", nil).problem(api.Invalid)

		var p personBody
		ann.call("PATCH", "/people/"+me.ID, m{"name": "Robert", "phone": ""}).want(200).into(&p)
		want := me
		want.Name, want.Phone = "Robert", ""
		if diff := cmp.Diff(want, p); diff != "" {
			t.Errorf("changed:\n%s", diff)
		}
		bob.call("PATCH", "/people/"+me.ID, m{"admin": true}).problem(api.NotAllowed)
		ann.call("PATCH", "/people/nobody", m{"name": "X"}).problem(api.NoPerson)
		ann.call("PATCH", "/people/"+me.ID, m{"email": "ann@example.com"}).problem(api.EmailTaken)
		ann.call("PATCH", "/people/"+ann.me().ID, m{"admin": false}).problem(api.LastAdmin)
		ann.call("DELETE", "/people/"+ann.me().ID, nil).problem(api.LastAdmin)
		bob.call("PATCH", "/me", m{"language": "en", "phone": "+4930123456"}).want(200).into(&p)
		if p.Language != "en" || p.Phone != "+4930123456" {
			t.Errorf("me: %+v", p)
		}
		bob.call("PATCH", "/me", m{"phone": "12"}).problem(api.Invalid)
		bob.call("PATCH", "/me", m{"admin": true}).problem(api.Invalid) // no such field

		ann.call("DELETE", "/people/"+me.ID, nil).want(204)
		bob.call("GET", "/session", nil).problem(api.SignedOut)
		if got := fmt.Sprint(w.live.signOut); !strings.Contains(got, me.ID+"[]") {
			t.Errorf("sockets closed for %s", got)
		}
		ann.call("POST", "/people/"+me.ID+"/invitation", nil).problem(api.NoPerson)
		ann.call("PATCH", "/people/"+me.ID, m{"active": true}).want(200)
		w.client().call("POST", "/session", m{"email": "bob@example.com", "password": password}).want(200)
	})
}

func TestInvitation(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		var n newcomerBody
		ann.call("POST", "/people", m{"name": "Bob", "email": "bob@example.com", "language": "en", "timeZone": "UTC"}).want(201).into(&n)
		if !strings.HasPrefix(n.Link, w.server.URL+"/welcome/") || !n.Person.Invited {
			t.Errorf("newcomer: %+v", n)
		}
		token := linkToken(n.Link)
		c := w.client()
		var who struct{ Name, Email string }
		c.call("GET", "/invitation/"+token, nil).want(200).into(&who)
		if who.Email != "bob@example.com" {
			t.Errorf("invites %+v", who)
		}
		var again newcomerBody
		ann.call("POST", "/people/"+n.Person.ID+"/invitation", nil).want(200).into(&again)
		c.call("GET", "/invitation/"+token, nil).problem(api.WrongToken)
		token = linkToken(again.Link)
		c.call("POST", "/invitation/"+token, m{"password": "short"}).problem(api.WeakPassword)
		c.call("POST", "/invitation/"+token, m{"password": password}).want(200)
		if c.me().Name != "Bob" {
			t.Error("not signed in by the invitation")
		}
		c.call("POST", "/invitation/"+token, m{"password": password}).problem(api.WrongToken)
		if log := w.log.String(); strings.Contains(log, token) || strings.Contains(log, password) {
			t.Error("a token or password is in the log")
		}
	})
}

func TestBadRequests(t *testing.T) {
	w := onSQLite(t)
	ann := w.ann()
	for _, tt := range []struct {
		name, method, path, contentType, body string
		header                                [2]string
		want                                  api.Code
	}{
		{"no JSON", "POST", "/session", "", "{", [2]string{}, api.BadRequest},
		{"no body", "POST", "/session", "", "", [2]string{}, api.BadRequest},
		{"XML", "POST", "/session", "application/xml", "<a/>", [2]string{}, api.UnsupportedType},
		{"form", "POST", "/session", "application/x-www-form-urlencoded", "email=a&password=b", [2]string{}, api.UnsupportedType},
		{"array", "POST", "/session", "", "[]", [2]string{}, api.Invalid},
		{"missing field", "POST", "/session", "", `{"email":"a"}`, [2]string{}, api.Invalid},
		{"unknown field", "POST", "/session", "", `{"email":"a","password":"b","sudo":true}`, [2]string{}, api.Invalid},
		{"wrong type", "POST", "/session", "", `{"email":1,"password":{"sesame":"sesame"}}`, [2]string{}, api.Invalid},
		{"null", "POST", "/session", "", `{"email":null,"password":null}`, [2]string{}, api.Invalid},
		{"oversize", "POST", "/session", "", `{"email":"` + strings.Repeat("x", 70<<10) + `","password":"b"}`, [2]string{}, api.TooLarge},
		{"oversize import", "POST", "/people/import", "", `{"csv":"` + strings.Repeat("x", 5<<20) + `","commit":true}`, [2]string{}, api.TooLarge},
		{"deep nesting", "POST", "/session", "", strings.Repeat("[", 20000), [2]string{}, api.BadRequest},
		{"no such path", "GET", "/nothing", "", "", [2]string{}, api.NotFound},
		{"no such method", "PUT", "/session", "", "{}", [2]string{}, api.MethodNotAllowed},
		{"from elsewhere", "POST", "/session", "", `{}`, [2]string{"Sec-Fetch-Site", "cross-site"}, api.CrossOrigin},
		{"from a subdomain", "DELETE", "/session", "", "", [2]string{"Sec-Fetch-Site", "same-site"}, api.CrossOrigin},
		{"of another origin", "POST", "/session", "", `{}`, [2]string{"Origin", "https://evil.example"}, api.CrossOrigin},
		{"unknown kind", "POST", "/meetings", "", `{"kind":"forever"}`, [2]string{}, api.Invalid},
		{"long id", "GET", "/meetings/" + strings.Repeat("x", 100), "", "", [2]string{}, api.Invalid},
		{"control characters", "POST", "/meetings", "", `{"kind":"named","name":"a\u0000b"}`, [2]string{}, api.Invalid},
		{"NUL as id", "GET", "/meetings/%00", "", "", [2]string{}, api.NotFound},
		{"NUL in search", "GET", "/people?q=%00", "", "", [2]string{}, ""},
		{"not UTF-8 in search", "GET", "/people?q=%ff", "", "", [2]string{}, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r, err := http.NewRequestWithContext(t.Context(), tt.method, w.server.URL+api.Prefix+tt.path, strings.NewReader(tt.body))
			if err != nil {
				t.Fatal(err)
			}
			if tt.contentType == "" {
				tt.contentType = "application/json"
			}
			r.Header.Set("Content-Type", tt.contentType)
			if tt.header[0] != "" {
				r.Header.Set(tt.header[0], tt.header[1])
			}
			a := ann.do(r)
			if tt.want == "" {
				a.want(200)
				return
			}
			a.problem(tt.want)
			if strings.Contains(string(a.body), "sesame") {
				t.Errorf("the answer repeats a secret: %s", a.body)
			}
			if tt.want == api.MethodNotAllowed && a.header.Get("Allow") != "GET, POST, DELETE" {
				t.Errorf("Allow: %s", a.header.Get("Allow"))
			}
		})
	}
	if strings.Contains(w.log.String(), "sesame") {
		t.Error("the log repeats a secret")
	}
	if !strings.Contains(w.log.String(), "code=cross-origin") {
		t.Error("a refused request has no line in the log")
	}
}

type importBody struct {
	Rows []struct {
		Line                                         int
		Name, Email, Phone, Language, TimeZone, Link string
		Department, CostCentre, MayCall              string
		Errors                                       []string
		Admin                                        bool
	}
	Ignored []string
	Created int
}

func TestImport(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		send := func(csv string, commit bool) (out importBody) {
			ann.call("POST", "/people/import", m{"csv": csv, "commit": commit}).want(200).into(&out)
			return out
		}
		good := "\ufeff姓名;邮箱;手机;工号\r\n王小明;wang@example.com;+8613800138000;销售\r\n\r\n\"Li; Na\";LI@example.com;;\r\n"
		preview := send(good, false)
		if preview.Created != 0 || len(preview.Rows) != 2 || fmt.Sprint(preview.Ignored) != "[工号]" {
			t.Fatalf("preview: %+v", preview)
		}
		li := preview.Rows[1]
		if li.Line != 4 || li.Name != "Li; Na" || li.Email != "li@example.com" || li.Language != "en" || li.TimeZone != "Europe/Berlin" || len(li.Errors) != 0 || li.Link != "" {
			t.Errorf("row: %+v", li)
		}
		var list []personBody
		ann.call("GET", "/people", nil).into(&list)
		if len(list) != 1 {
			t.Errorf("a preview stored %d people", len(list)-1)
		}
		if done := send(good, true); done.Created != 2 || done.Rows[0].Link == "" {
			t.Errorf("commit: %+v", done)
		}
		// The same file again: everybody is there already.
		if again := send(good, true); again.Created != 0 || len(again.Rows[0].Errors) != 1 {
			t.Errorf("twice: %+v", again)
		}
		c := w.client()
		done := send("name,email\nDan,dan@example.com\n", true)
		c.call("POST", "/invitation/"+linkToken(done.Rows[0].Link), m{"password": password}).want(200)
		// Lines with errors are left out; the links belong to the others.
		mixed := send("name,email\nFay,nonsense\nEve,eve@example.com\n", true)
		if mixed.Created != 1 || mixed.Rows[0].Link != "" {
			t.Errorf("mixed: %+v", mixed)
		}
		var who struct{ Name string }
		c.call("GET", "/invitation/"+linkToken(mixed.Rows[1].Link), nil).want(200).into(&who)
		if who.Name != "Eve" {
			t.Errorf("Eve's link invites %s", who.Name)
		}
		if empty := send("name,email\n", true); empty.Created != 0 || len(empty.Rows) != 0 {
			t.Errorf("empty file: %+v", empty)
		}
	})
}

// TestStanding takes department, cost centre and whom somebody may call in by
// a file, changes them, and finds them in the export, which the import takes.
func TestStanding(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		var out importBody
		ann.call("POST", "/people/import", m{"commit": true, "csv": "姓名,邮箱,部门,成本中心,可拨打\n=王,wang@example.com,销售,4711,已知\nLi,li@example.com,,,\nX,x@example.com,,,friends\n"}).want(200).into(&out)
		wang := out.Rows[0]
		if out.Created != 2 || wang.Department != "销售" || wang.CostCentre != "4711" || wang.MayCall != "known" || out.Rows[1].MayCall != "everyone" || len(out.Rows[2].Errors) != 1 {
			t.Fatalf("import: %+v", out)
		}
		c := w.client()
		c.call("POST", "/invitation/"+linkToken(wang.Link), m{"password": password}).want(200)
		me := c.me()
		if me.Department != "销售" || me.CostCentre != "4711" || me.MayCall != "known" {
			t.Errorf("what one sees of oneself: %+v", me)
		}
		c.call("PATCH", "/me", m{"mayCall": "everyone"}).problem(api.Invalid) // no such field
		c.call("PATCH", "/people/"+me.ID, m{"mayCall": "everyone"}).problem(api.NotAllowed)
		ann.call("PATCH", "/people/"+me.ID, m{"mayCall": "nobody", "costCentre": "0815"}).want(200).into(&me)
		if me.MayCall != "nobody" || me.CostCentre != "0815" || me.Department != "销售" {
			t.Errorf("changed: %+v", me)
		}
		ann.call("PATCH", "/people/"+me.ID, m{"mayCall": "friends"}).problem(api.Invalid)
		c.call("GET", "/people/export", nil).problem(api.NotAllowed)
		file := ann.call("GET", "/people/export", nil).want(200)
		if !strings.Contains(string(file.body), "\n'=王,wang@example.com,,en,Europe/Berlin,no,销售,0815,nobody,yes\n") {
			t.Errorf("export: %s", file.body)
		}
		ann.call("POST", "/people/import", m{"commit": false, "csv": strings.ReplaceAll(string(file.body), "@", "@again.")}).want(200).into(&out)
		if len(out.Rows) != 3 || len(out.Rows[0].Errors)+len(out.Rows[1].Errors)+len(out.Rows[2].Errors) != 0 || fmt.Sprint(out.Ignored) != "[active]" {
			t.Errorf("taken in again: %+v", out)
		}
	})
}

func TestImportErrors(t *testing.T) {
	w := onSQLite(t)
	ann := w.ann()
	var out importBody
	ann.call("POST", "/people/import", m{"commit": false, "csv": strings.Join([]string{
		"Name,E-Mail,Phone,Language,Time Zone,Admin",
		"Ok,ok@example.com,+8613800138000,zh-cn,Asia/Shanghai,yes", // 2
		"Again,OK@example.com,,,,",                                 // 3
		",noname@example.com,,,,",                                  // 4
		"Mail,not a mail,,,,",                                      // 5
		"Phone,phone@example.com,123,,,",                           // 6
		"Lang,lang@example.com,,fr,,",                              // 7
		"Zone,zone@example.com,,,Mars/Olympus,",                    // 8
		"Admin,admin@example.com,,,,perhaps",                       // 9
		"Wide,wide@example.com,,,,,one,two",                        // 10
		"Quo\"te,quote@example.com,,,,",                            // 11
		"Taken,ann@example.com,,,,",                                // 12
		"All,bad,bad,bad,bad,bad",                                  // 13
		"Short,short@example.com",                                  // 14
	}, "\n")}).want(200).into(&out)
	got := map[int]string{}
	for _, r := range out.Rows {
		got[r.Line] = strings.Join(r.Errors, " ")
	}
	const (
		mail  = "This is not an e-mail address."
		phone = "Write the phone number with its country code, such as +8613800138000."
		lang  = "The language is one of en, zh-CN."
		zone  = "The time zone is an IANA name, such as Asia/Shanghai."
		admin = "Write yes or no in the column admin."
	)
	want := map[int]string{
		2: "", 3: "The same e-mail address stands in line 2.", 4: "A name has 1 to 80 characters.", 5: mail, 6: phone, 7: lang,
		8: zone, 9: admin, 10: "This line has more columns than the header.", 11: "The quotes in this line do not match.",
		12: "This e-mail address belongs to another account.", 14: "",
		13: strings.Join([]string{admin, mail, phone, lang, zone}, " "),
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("errors:\n%s", diff)
	}
	if r := out.Rows[0]; !r.Admin || r.Language != "zh-CN" {
		t.Errorf("line 2: %+v", r)
	}
	for _, csv := range []string{
		"", "\n\n", "name\nx\n", "name,e-mail,mail\n", "name,email\n" + strings.Repeat("x,y\n", 5001),
	} {
		p := ann.call("POST", "/people/import", m{"csv": csv, "commit": false}).problem(api.Invalid)
		if len(p.Fields) != 1 || p.Fields[0].Field != "csv" {
			t.Errorf("%.20q: %+v", csv, p)
		}
	}
}

func TestImportOfManyLines(t *testing.T) {
	each(t, func(t *testing.T, w *world) {
		ann := w.ann()
		var b strings.Builder
		b.WriteString("name,email\n")
		for i := range 5000 {
			fmt.Fprintf(&b, "员工 %d,p%d@example.com\n", i, i)
		}
		var out importBody
		ann.call("POST", "/people/import", m{"csv": b.String(), "commit": true}).want(200).into(&out)
		if out.Created != 5000 {
			t.Errorf("created %d", out.Created)
		}
		var list []json.RawMessage
		ann.call("GET", "/people", nil).want(200).into(&list)
		if len(list) != 1000 {
			t.Errorf("%d people in one answer", len(list))
		}
	})
}

func TestPhoneNumbers(t *testing.T) {
	china, err := dialplan.Home("CN")
	if err != nil {
		t.Fatal(err)
	}
	w := onSQLite(t, func(c *api.Config) { c.Home = china })
	ann := w.ann()
	for text, want := range map[string]string{
		" 138 1234 5678 ":   "+8613812345678",
		"＋86 138 1234 5678": "+8613812345678",
		"0049 30 123456":    "+4930123456",
		"(010) 6552-9988":   "+861065529988",
		"":                  "",
	} {
		var p personBody
		ann.call("PATCH", "/me", m{"phone": text}).want(200).into(&p)
		if p.Phone != want {
			t.Errorf("%q stored as %s, want %s", text, p.Phone, want)
		}
	}
	for _, text := range []string{"call me", "110", "+0123456789", "+12345678901234567", "138\n0013"} {
		p := ann.call("PATCH", "/me", m{"phone": text}).problem(api.Invalid)
		if len(p.Fields) != 1 || p.Fields[0].Field != "phone" {
			t.Errorf("%q: %+v", text, p.Fields)
		}
	}
	if log := w.log.String(); strings.Contains(log, "13812345678") {
		t.Error("a telephone number is in the log")
	}
}

// TestLanguage shows that people are told in their language what went wrong.
func TestLanguage(t *testing.T) {
	w := onSQLite(t)
	ann := w.ann()
	stranger := w.client()
	stranger.header.Set("Accept-Language", "zh-CN,zh;q=0.9,en;q=0.8")
	for path, want := range map[string]string{"/session": "请先登录。", "/nothing": "找不到内容，请检查链接或号码。"} {
		var p api.Problem
		stranger.call("GET", path, nil).into(&p)
		if p.Detail != want {
			t.Errorf("%s: %s, want %s", path, p.Detail, want)
		}
	}
	p := stranger.call("POST", "/session", m{}).problem(api.Invalid)
	if p.Detail != "请求中有无效内容，请查看各字段。" {
		t.Errorf("not valid: %s", p.Detail)
	}
	ann.call("PATCH", "/me", m{"language": "zh-CN"}).want(200)
	p = ann.call("PATCH", "/me", m{"phone": "12", "timeZone": "Mars"}).problem(api.Invalid)
	if want := "请填写带国家代码的电话号码，例如 +8613800138000。 时区须为 IANA 名称，例如 Asia/Shanghai。"; p.Detail != want {
		t.Errorf("detail: %s", p.Detail)
	}
	var out importBody
	ann.call("POST", "/people/import", m{"commit": false, "csv": "姓名,邮箱\n王,ann@example.com\n李,ANN@example.com\n"}).into(&out)
	if got := fmt.Sprint(out.Rows[0].Errors, out.Rows[1].Errors); got != "[该邮箱已属于另一个账号。] [第 2 行有相同的邮箱。 该邮箱已属于另一个账号。]" {
		t.Errorf("import: %s", got)
	}
}
