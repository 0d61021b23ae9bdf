package ledger

import (
	"errors"
	"net/url"
	"path/filepath"
	"strings"
	"testing"
)

func TestALedgersURL(t *testing.T) {
	for _, test := range []struct{ url, want string }{
		{"sqlite:rygkort.db", "rygkort.db"},
		{"sqlite:/var/lib/rygkort.db", "/var/lib/rygkort.db"},
		{"sqlite:///var/lib/rygkort.db", "/var/lib/rygkort.db"},
		{"sqlite:////var/lib/rygkort.db", "/var/lib/rygkort.db"},
		{"sqlite:C:/rygkort/rygkort.db", "C:/rygkort/rygkort.db"},
		{"postgres://rygkort@db/rygkort", "postgres db 5432 rygkort rygkort"},
		{"postgresql://rygkort:%40%2F@db:5433/x", "postgres db 5433 rygkort x"},
	} {
		a, err := parseAddress(test.url)
		if err != nil {
			t.Errorf("%s: %v", test.url, err)
			continue
		}
		got := a.path
		if a.kind == postgres {
			c := a.postgres
			port := map[uint16]string{5432: "5432", 5433: "5433"}[c.Port]
			got = strings.Join([]string{"postgres", c.Host, port, c.User, c.Database}, " ")
		}
		if got != test.want {
			t.Errorf("%s: %s, want %s", test.url, got, test.want)
		}
	}
	for _, test := range []struct{ url, want string }{
		{"", "neither sqlite:path nor postgres://"},
		{"rygkort.db", "neither sqlite:path nor postgres://"},
		{"mysql://hemmeligt@db/x", "neither sqlite:path nor postgres://"},
		{"sqlite:", "names no file"},
		{"sqlite::memory:", "names no file"},
		{"sqlite://rygkort.db", "names a host"},
		{"sqlite:rygkort.db?mode=ro", "takes no parameters"},
		{"postgres:rygkort", "not postgres://"},
		{"postgres://u:hemmeligt/x@db/rygkort", "%40"},
		{"postgres://u:12/hemmeligt@db/rygkort", "%40"},
		{"postgres://u:12@hemmeligt@db/rygkort", "%40"},
		{"postgres://u:12?hemmeligt@db/rygkort", "%40"},
		{"postgres://u:12#hemmeligt@db/rygkort", "%40"},
		{"postgres://u:hemm%eligt@db/rygkort", "cannot be read"},
		{"postgres://u:hemmeligt@db:port/rygkort", "cannot be read"},
		{"postgres://u:hemmeligt@db/rygkort?sslmode=hemmeligt", "sslmode"},
		{"postgres://u@db/rygkort?password=hemmeligt&sslmode=x", "sslmode"},
		{"postgres://u@db/rygkort?password=hemmeligt;x", "parameters"},
	} {
		_, err := parseAddress(test.url)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want something with %q", test.url, err, test.want)
			continue
		}
		if strings.Contains(err.Error(), "hemmeligt") {
			t.Errorf("%s: the error shows the password: %v", test.url, err)
		}
	}
}

func TestWhatAnOpenLedgerNeeds(t *testing.T) {
	good := settings(newClock())
	file := "sqlite:" + filepath.Join(t.TempDir(), "x.db")
	for _, test := range []struct {
		name, url string
		change    func(*Settings)
		want      string
	}{
		{"a clock", file, func(s *Settings) { s.Clock = nil }, "no clock"},
		{"a key of some length", file, func(s *Settings) { s.Key = []byte("short") }, "fewer than 16"},
		{"an empty key is none", file, func(s *Settings) { s.Key = []byte{} }, "fewer than 16"},
		{"times that pass", file, func(s *Settings) { s.Retention = -1 }, "Retention is negative"},
		{"a key, for PostgreSQL", "postgres://rygkort@127.0.0.1:1/x", func(s *Settings) { s.Key = nil }, "PostgreSQL needs a key"},
	} {
		s := good
		test.change(&s)
		if _, err := Open(t.Context(), test.url, s); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want something with %q", test.name, err, test.want)
		}
	}
}

func TestAFileMayHaveAnyName(t *testing.T) {
	for _, name := range []string{"års ryg.db", "50%.db", "a#b.db", "a&b;c.db", "%41.db", "it's.db"} {
		p := newSQLite(t)
		p.path = filepath.Join(filepath.Dir(p.path), name)
		p.url = "sqlite:" + p.path
		l := p.open(t, settings(newClock()))
		sent(t, l, newCard(l, "R-P6"))
		if files, err := filepath.Glob(filepath.Dir(p.path) + "/*.db"); err != nil || len(files) != 1 || files[0] != p.path {
			t.Errorf("%s became %v, %v", name, files, err)
		}
	}
}

func TestNoErrorShowsAPassword(t *testing.T) {
	a, err := parseAddress("postgres://u:hem%2Fmeligt@db/x?sslpassword=andet%20ord")
	must(t, err)
	got := a.redact("dial hem/meligt hem%2Fmeligt: andet ord, andet%20ord")
	for _, secret := range []string{"meligt", "andet"} {
		if strings.Contains(got, secret) {
			t.Errorf("%q shows %q", got, secret)
		}
	}
	d := &database{address: a}
	if got := d.say(errors.New("no hem/meligt")); got != "no …" {
		t.Errorf("%q", got)
	}
}

func FuzzURL(f *testing.F) {
	for _, seed := range []string{"", "sqlite:x", "postgres://u:p@h/d?sslmode=disable", "postgres://u:p@[::1]:5432,h2/d", "postgres:///d?host=/tmp&password=x"} {
		f.Add(seed, "hemmeligt")
	}
	f.Fuzz(func(t *testing.T, text, password string) {
		_, _ = parseAddress(text)
		password = "hemmeligt" + password
		for _, written := range []string{password, url.QueryEscape(password), url.PathEscape(password)} {
			for _, around := range []string{"postgres://u:" + written + "@h:x/d", "postgres://u:" + written + "@127.0.0.1/d?sslmode=" + url.QueryEscape(text)} {
				if _, err := parseAddress(around); err != nil && strings.Contains(err.Error(), "hemmeligt") && !strings.Contains(text, "hemmeligt") {
					t.Errorf("%s: %v", around, err)
				}
			}
		}
	})
}
