package api

import (
	"strings"
	"testing"
	"unicode/utf8"

	"partyline/signaling/auth"
)

func TestReadSheetSeparators(t *testing.T) {
	for _, text := range []string{
		"name,email\nAnn,a@example.com\n",
		"name;email\nAnn;a@example.com\n",
		"name\temail\nAnn\ta@example.com\n",
		"\ufeffname,email\r\nAnn,a@example.com\r\n",
		"\"name\",\"email\"\n\"Ann\",\"a@example.com\"",
		"姓名,邮箱\nAnn,a@example.com\n",
		" NAME , E-Mail \n Ann , a@example.com \n",
		"email,name\na@example.com,Ann",
	} {
		s, err := readSheet(text)
		if err != nil || len(s.lines) != 1 || s.lines[0].text["name"] != "Ann" || s.lines[0].text["email"] != "a@example.com" {
			t.Errorf("%q: %+v, %v", text, s, err)
		}
	}
	if _, err := readSheet("name,email\n\xc4\xe3\xba\xc3,x@example.com\n"); err == nil || !strings.Contains(err.Error(), "UTF-8") {
		t.Errorf("GBK: %v", err)
	}
}

func TestReadSheetKeepsLineNumbers(t *testing.T) {
	s, err := readSheet("name,email\n\n\"two\nlines\",a@example.com\nb\"ad,b@example.com\n,,\nlast,c@example.com\n\"open,d@example.com\n")
	if err != nil {
		t.Fatal(err)
	}
	var numbers []int
	for _, l := range s.lines {
		numbers = append(numbers, l.number)
		if wantBroken := l.number == 5 || l.number == 8; l.broken != wantBroken {
			t.Errorf("line %d: broken %v", l.number, l.broken)
		}
	}
	if len(numbers) != 4 || numbers[0] != 3 || numbers[1] != 5 || numbers[2] != 7 || numbers[3] != 8 {
		t.Errorf("lines %v, want 3 5 7 8", numbers)
	}
}

// FuzzImport reads files of any content: it never fails otherwise than by a
// sentence or errors at lines, and what it accepts can be stored.
func FuzzImport(f *testing.F) {
	for _, s := range []string{
		"", "name,email\nAnn,a@example.com\n", "\ufeff姓名;邮箱\r\n王;w@example.com\r\n", "name,email\n\"", "name,email\na\"b,c\n",
		"name,email,phone,language,timeZone,admin\nAnn,a@example.com,+8613800138000,en,UTC,yes\n", "name,email\n\xff", ",,,\n", "name\temail\n\t\n",
	} {
		f.Add(s)
	}
	a := &API{}
	admin := auth.Person{Language: "en", TimeZone: "UTC"}
	f.Fuzz(func(t *testing.T, text string) {
		s, err := readSheet(text)
		if err != nil {
			return
		}
		rows, profiles := a.check(s, admin, map[string]bool{"taken@example.com": true})
		good, last := 0, 1
		seen := map[string]bool{}
		for _, r := range rows {
			if r.Line <= last {
				t.Fatalf("line %d comes after %d", r.Line, last)
			}
			last = r.Line
			if len(r.Errors) > 0 {
				continue
			}
			p := profiles[good]
			good++
			if again, err := p.Clean(); err != nil || again != p {
				t.Fatalf("accepted %+v: %v", p, err)
			}
			if seen[p.Email] || !utf8.ValidString(p.Name) {
				t.Fatalf("accepted %+v", p)
			}
			seen[p.Email] = true
		}
		if good != len(profiles) {
			t.Fatalf("%d rows without errors, %d profiles", good, len(profiles))
		}
	})
}
