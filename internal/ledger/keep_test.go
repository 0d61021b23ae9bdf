package ledger

import (
	"bytes"
	"encoding/hex"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestNothingOfAPatientIsStored(t *testing.T) {
	onEach(t, func(t *testing.T, p *place) {
		secrets := []string{"0101701234", "Karen Æblegaard", "encounter-4711", "skrev jeg i journalen", "jti-5f1c"}
		use := func(s Settings) {
			l := p.open(t, s)
			card := newCard(l, "R-P6")
			card.Mark = l.Mark(emr, secrets[0]+"|"+secrets[1], secrets[2])
			sent(t, l, card)
			answer := overridden(card, time.Minute, "other")
			answer.Comment = secrets[1] + " " + secrets[3]
			give(t, l, answer)
			_, err := l.Once(t.Context(), "https://ehr.example", secrets[4], monday.Add(time.Hour))
			must(t, err)
			l.Dismissed(card.Mark)
		}
		found := func() (found []string) {
			content := p.content(t)
			for _, secret := range append(secrets, "https://ehr.example", hex.EncodeToString(testKey)) {
				if bytes.Contains(content, []byte(secret)) {
					found = append(found, secret)
				}
			}
			return found
		}
		use(settings(newClock()))
		if got := found(); got != nil {
			t.Errorf("stored: %q", got)
		}

		configured := settings(newClock())
		configured.Comments = true
		use(configured)
		if got, want := found(), []string{secrets[1], secrets[3]}; !slices.Equal(got, want) {
			t.Errorf("with comments configured: %q, want the comment %q", got, want)
		}

		c := newClock()
		c.pass(89 * 24 * time.Hour)
		l := p.open(t, settings(c))
		must(t, l.retain(t.Context(), c.Now()))
		if n := p.number(t, "SELECT COUNT(remark) FROM feedback"); n != 1 {
			t.Errorf("%d comments after 89 days, want 1", n)
		}
		c.pass(2 * 24 * time.Hour)
		eventually(t, "comments go after 90 days", func() bool { return p.number(t, "SELECT COUNT(remark) FROM feedback") == 0 })
		if n := p.number(t, "SELECT COUNT(*) FROM feedback"); n != 2 {
			t.Errorf("%d feedback, want both", n)
		}
		if p.kind == sqlite {
			_, err := p.raw(t).ExecContext(t.Context(), "PRAGMA wal_checkpoint(TRUNCATE)")
			must(t, err)
		}
		if got := found(); got != nil {
			t.Errorf("after the comments were pruned: %q", got)
		}
	})
}

func TestWhatIsOldGoesOnceADay(t *testing.T) {
	onEach(t, func(t *testing.T, p *place) {
		c := newClock()
		s := settings(c)
		s.Retention = 100 * 24 * time.Hour
		l := p.open(t, s)
		var cards []Card
		for range pruneAtOnce + 5 {
			cards = append(cards, newCard(l, "R-P6"))
		}
		sent(t, l, cards...)
		give(t, l, accepted(cards[0], time.Minute, 0))
		_, err := l.Feedback(t.Context(), emr, view, []Feedback{{Card: "unknown", Outcome: "accepted", At: monday}})
		must(t, err)

		c.pass(99 * 24 * time.Hour)
		young := newCard(l, "R-P6")
		sent(t, l, young)
		if n := p.number(t, "SELECT COUNT(*) FROM card"); n != len(cards)+1 {
			t.Fatalf("%d cards after 99 days, want all", n)
		}
		c.pass(2 * 24 * time.Hour)
		eventually(t, "old cards go", func() bool { return p.number(t, "SELECT COUNT(*) FROM card") == 1 })
		eventually(t, "old counts go", func() bool { return p.number(t, "SELECT COUNT(*) FROM apart") == 0 })
		for _, table := range []string{"feedback", "accepted"} {
			if n := p.number(t, "SELECT COUNT(*) FROM "+table); n != 0 {
				t.Errorf("%d rows are left in %s", n, table)
			}
		}
		if got, err := l.Feedback(t.Context(), emr, view, []Feedback{accepted(cards[1], time.Hour, 0)}); err != nil || got.Late != 1 {
			t.Errorf("%+v, %v, want late feedback", got, err)
		}
		c.pass(101 * 24 * time.Hour)
		eventually(t, "ids of pruned cards go too", func() bool { return p.number(t, "SELECT COUNT(*) FROM pruned WHERE id = '"+cards[1].ID+"'") == 0 })
		if n, err := l.Prune(t.Context(), c.Now().Add(time.Hour)); err != nil || n > 1 {
			t.Errorf("%d, %v", n, err)
		}
	})
}

func TestPruningWhileFeedbackComesIn(t *testing.T) {
	onEach(t, func(t *testing.T, p *place) {
		s := settings(newClock())
		s.Timeout = 10 * time.Second
		l := p.open(t, s)
		var cards []Card
		for range 300 {
			cards = append(cards, newCard(l, "R-P6"))
		}
		sent(t, l, cards...)
		var group sync.WaitGroup
		var mu sync.Mutex
		var total Receipt
		for worker := range 3 {
			group.Go(func() {
				for i := range 100 {
					got, err := l.Feedback(t.Context(), emr, view, []Feedback{accepted(cards[worker*100+i], time.Minute, 0)})
					if err != nil {
						t.Error(err)
					}
					mu.Lock()
					total.Stored += got.Stored
					total.Late += got.Late
					mu.Unlock()
				}
			})
		}
		time.Sleep(20 * time.Millisecond)
		if n, err := l.Prune(t.Context(), monday.Add(time.Hour)); err != nil || n != 300 {
			t.Errorf("%d pruned, %v, want 300", n, err)
		}
		group.Wait()
		if total.Stored+total.Late != 300 {
			t.Errorf("%+v, want each stored or late", total)
		}
		if n := p.number(t, "SELECT COUNT(*) FROM feedback"); n != 0 {
			t.Errorf("%d entries without a card", n)
		}
	})
}

func TestEveryOlderVersionIsMigratedWithItsData(t *testing.T) {
	onEach(t, func(t *testing.T, p *place) {
		where, err := parseAddress(p.url)
		must(t, err)
		d, err := openDatabase(where)
		must(t, err)
		provider, err := migrator(d)
		must(t, err)
		newest := provider.ListSources()[len(provider.ListSources())-1].Version
		must(t, d.close())

		for version := int64(1); version < newest; version++ {
			old := newPlaceLike(t, p)
			where, err := parseAddress(old.url)
			must(t, err)
			d, err := openDatabase(where)
			must(t, err)
			provider, err := migrator(d)
			must(t, err)
			_, err = provider.UpTo(t.Context(), version)
			must(t, err)
			data, err := os.ReadFile(filepath.Join("testdata", "version-1.sql"))
			must(t, err)
			_, err = d.pool.ExecContext(t.Context(), string(data))
			must(t, err)
			must(t, d.close())

			l := old.open(t, settings(newClock()))
			r := report(t, l)
			if r.Total.Shown != 2 || r.Total.Accepted != 1 || r.Total.Overridden != 1 || r.Apart.Unknown != 3 || r.Total.Suggestions["mri"] != 1 {
				t.Errorf("from version %d: %+v, apart %+v", version, r.Total, r.Apart)
			}
			later := []Feedback{{Card: "c1", Outcome: "accepted", Suggestions: []string{"s1"}, At: monday.Add(time.Hour)}}
			if got, err := l.Feedback(t.Context(), emr, view, later); err != nil || got.Stored != 1 || got.UnknownSuggestion != 0 {
				t.Errorf("from version %d: %+v, %v, want the suggestion known", version, got, err)
			}
			if got := report(t, l).Total.Suggestions; got["mri"] != 1 || got["physiotherapy"] != 1 {
				t.Errorf("from version %d: suggestions taken %v", version, got)
			}
			var export strings.Builder
			must(t, l.Export(t.Context(), &export))
			if want := `"suggestions":[{"id":"s1","kind":"physiotherapy"},{"id":"s2","kind":"mri"}]`; !strings.Contains(export.String(), want) {
				t.Errorf("from version %d: the export lacks %s:\n%s", version, want, export.String())
			}
			if got := l.Dismissed(markOf("000102030405060708090a0b0c0d0e0f")); !slices.Equal(got, []string{"R-N2"}) {
				t.Errorf("from version %d: dismissed %v", version, got)
			}
			if first, err := l.Once(t.Context(), "issuer", "jti", monday.Add(time.Hour)); err != nil || !first {
				t.Errorf("from version %d: Once %v, %v", version, first, err)
			}
		}
	})
}

func newPlaceLike(t *testing.T, p *place) *place {
	if p.kind == postgres {
		return newPostgres(t)
	}
	return newSQLite(t)
}

func TestManyProcessesMayMakeTheTablesAtOnce(t *testing.T) {
	onEach(t, func(t *testing.T, p *place) {
		s := settings(newClock())
		if p.kind == sqlite {
			s.Key = nil // and its file
		}
		var group sync.WaitGroup
		ledgers := make([]*Ledger, 8)
		for i := range ledgers {
			group.Go(func() {
				l, err := Open(t.Context(), p.url, s)
				if err != nil {
					t.Error(err)
					return
				}
				ledgers[i] = l
			})
		}
		group.Wait()
		for _, l := range ledgers {
			if l == nil {
				continue
			}
			if got, want := l.Mark("a", "b", "c"), ledgers[0].Mark("a", "b", "c"); got != want {
				t.Error("two processes have two keys")
			}
			must(t, closed(l))
		}
	})
}

func TestABackupIsAWholeLedger(t *testing.T) {
	onEach(t, func(t *testing.T, p *place) {
		s := settings(newClock())
		if p.kind == sqlite {
			s.Key = nil
		}
		l := p.open(t, s)
		card, other := newCard(l, "R-P6"), newCard(l, "R-N2")
		sent(t, l, card, other)
		give(t, l, overridden(card, time.Minute, "not-relevant"))
		want := report(t, l)
		mark := l.Mark(emr, patient, "encounter-1")

		restored := newPlaceLike(t, p)
		if p.kind == sqlite { // while the ledger is open
			_, err := p.raw(t).ExecContext(t.Context(), "VACUUM INTO '"+restored.path+"'")
			must(t, err)
			key, err := os.ReadFile(p.path + ".key")
			must(t, err)
			must(t, os.WriteFile(restored.path+".key", key, 0o600))
		} else {
			psql := exec.CommandContext(t.Context(), filepath.Join(p.server.bin, "psql"), "--quiet", "-v", "ON_ERROR_STOP=1", restored.url)
			psql.Stdin = bytes.NewReader(p.dump(t))
			if output, err := psql.CombinedOutput(); err != nil {
				t.Fatalf("psql: %v\n%s", err, output)
			}
		}
		back := restored.open(t, s)
		if difference := cmp.Diff(want, report(t, back)); difference != "" {
			t.Errorf("restored (-want +got):\n%s", difference)
		}
		if got := back.Dismissed(mark); !slices.Equal(got, []string{"R-P6"}) || back.Mark(emr, patient, "encounter-1") != mark {
			t.Errorf("dismissed %v under the restored key", got)
		}
	})
}

func TestTheFilesOfSQLiteAreTheirOwnersOnly(t *testing.T) {
	p := newSQLite(t)
	s := settings(newClock())
	s.Key = nil
	l := p.open(t, s)
	sent(t, l, newCard(l, "R-P6"))
	files, err := filepath.Glob(filepath.Dir(p.path) + "/*")
	must(t, err)
	var names []string
	for _, file := range files {
		info, err := os.Stat(file)
		must(t, err)
		names = append(names, filepath.Base(file))
		if info.Mode().Perm() != 0o600 {
			t.Errorf("%s has mode %v", file, info.Mode())
		}
	}
	if want := []string{"rygkort.db", "rygkort.db-shm", "rygkort.db-wal", "rygkort.db.key"}; !slices.Equal(names, want) {
		t.Errorf("files %v, want %v", names, want)
	}
	must(t, os.WriteFile(p.path+".key", []byte("short"), 0o600))
	if _, err := Open(t.Context(), p.url, s); err == nil || !strings.Contains(err.Error(), ".key does not hold") {
		t.Errorf("with a broken key: %v", err)
	}
}

func TestAMarkTellsClientPatientAndContactApart(t *testing.T) {
	l, other := &Ledger{key: testKey}, &Ledger{key: []byte("another key of enough length")}
	marks := map[Mark]string{}
	for _, parts := range [][3]string{
		{"emr", "12", "3"},
		{"emr", "1", "23"},
		{"emr1", "2", "3"},
		{"", "emr12", "3"},
		{"emr", "12", ""},
		{"", "", ""},
	} {
		mark := l.Mark(parts[0], parts[1], parts[2])
		if before, known := marks[mark]; known {
			t.Errorf("%q and %s have one mark", parts, before)
		}
		marks[mark] = strings.Join(parts[:], "|")
		if mark != l.Mark(parts[0], parts[1], parts[2]) {
			t.Error("a mark is not the same twice")
		}
		if mark == other.Mark(parts[0], parts[1], parts[2]) {
			t.Error("a mark does not depend on the key")
		}
	}
}
