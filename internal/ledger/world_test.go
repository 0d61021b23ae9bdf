package ledger

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"
	"go.uber.org/goleak"
)

// TestMain lets the test program also be the one that is killed, stops the
// PostgreSQL that tests started, and finds what they left running.
func TestMain(m *testing.M) {
	if where := os.Getenv(crashing); where != "" {
		exitWith(beKilled(where))
	}
	code := m.Run()
	if err := stopServer(); err != nil {
		fmt.Fprintln(os.Stderr, "PostgreSQL:", err)
		code = 1
	}
	if code == 0 {
		if err := goleak.Find(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}

func exitWith(err error) {
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// place is an empty database, and what a test does to it behind the ledger's back.
type place struct {
	kind   kind
	url    string
	path   string // of SQLite
	server *server
	name   string // of the PostgreSQL database
	locker *sql.Conn
}

// onEach runs a story on both databases.
func onEach(t *testing.T, story func(*testing.T, *place)) {
	t.Helper()
	t.Run("sqlite", func(t *testing.T) { story(t, newSQLite(t)) })
	t.Run("postgres", func(t *testing.T) { story(t, newPostgres(t)) })
}

func newSQLite(t testing.TB) *place {
	path := filepath.Join(t.TempDir(), "rygkort.db")
	return &place{kind: sqlite, url: "sqlite:" + path, path: path}
}

func newPostgres(t testing.TB) *place {
	t.Helper()
	s := startServer(t)
	name := s.newDatabase(t)
	return &place{kind: postgres, url: s.url(name), server: s, name: name}
}

// raw opens the database without the ledger.
func (p *place) raw(t testing.TB) *sql.DB {
	t.Helper()
	driver, name := "pgx", p.url
	if p.kind == sqlite {
		driver, name = "sqlite", p.path+"?_pragma=busy_timeout(5000)"
	}
	db, err := sql.Open(driver, name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

// number is the answer to a query that gives one number.
func (p *place) number(t testing.TB, query string) (n int) {
	t.Helper()
	if err := p.raw(t).QueryRowContext(t.Context(), query).Scan(&n); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return n
}

// goDead makes that nothing can be written: PostgreSQL is stopped, and SQLite is
// locked by another program.
func (p *place) goDead(t testing.TB) {
	t.Helper()
	if p.kind == postgres {
		must(t, p.server.stop())
		return
	}
	var err error
	p.locker, err = p.raw(t).Conn(t.Context())
	must(t, err)
	_, err = p.locker.ExecContext(t.Context(), "PRAGMA busy_timeout = 5000")
	must(t, err)
	_, err = p.locker.ExecContext(t.Context(), "BEGIN IMMEDIATE")
	must(t, err)
}

func (p *place) comeBack(t testing.TB) {
	t.Helper()
	if p.kind == postgres {
		must(t, p.server.start())
		return
	}
	_, err := p.locker.ExecContext(t.Context(), "ROLLBACK")
	must(t, err)
	must(t, p.locker.Close())
}

// content is all that the database holds, as bytes: SQLite's files, PostgreSQL's
// dump.
func (p *place) content(t testing.TB) []byte {
	t.Helper()
	if p.kind == postgres {
		return p.dump(t)
	}
	files, err := filepath.Glob(p.path + "*")
	must(t, err)
	var all bytes.Buffer
	for _, file := range files {
		if strings.HasSuffix(file, ".key") {
			continue
		}
		content, err := os.ReadFile(file)
		must(t, err)
		all.Write(content)
	}
	return all.Bytes()
}

func (p *place) dump(t testing.TB) []byte {
	t.Helper()
	command := exec.CommandContext(t.Context(), filepath.Join(p.server.bin, "pg_dump"), "--no-owner", p.url)
	var errors bytes.Buffer
	command.Stderr = &errors
	text, err := command.Output()
	if err != nil {
		t.Fatalf("pg_dump: %v\n%s", err, &errors)
	}
	return text
}

// clock is set by hand.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

var copenhagen = time.FixedZone("CEST", 2*60*60)

// monday is when all stories begin.
var monday = time.Date(2026, 6, 1, 9, 0, 0, 0, copenhagen)

func newClock() *clock { return &clock{now: monday} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

var testKey = []byte("0123456789abcdef0123456789abcdef")

// settings are quick ones.
func settings(c *clock) Settings {
	return Settings{Clock: c.Now, Key: testKey, FlushEvery: 5 * time.Millisecond, RefreshEvery: 20 * time.Millisecond}
}

// open opens a ledger for the length of a test.
func (p *place) open(t testing.TB, s Settings) *Ledger {
	t.Helper()
	l, err := Open(t.Context(), p.url, s)
	must(t, err)
	t.Cleanup(func() {
		if err := closed(l); err != nil {
			t.Errorf("Close: %v", err)
		}
	})
	return l
}

func closed(l *Ledger) error {
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	return l.Close(ctx)
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// eventually waits for what happens in the background.
func eventually(t testing.TB, what string, happened func() bool) {
	t.Helper()
	for range 1500 {
		if happened() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("did not happen: %s", what)
}

// The client, service and patient of most stories.
const (
	emr     = "emr"
	view    = "low-back-pain-patient-view"
	sign    = "low-back-pain-order-sign"
	patient = "0101701234"
)

// newCard is one that was shown on Monday, with two suggestions.
func newCard(l *Ledger, rules ...string) Card {
	id := uuid.NewString()
	return Card{
		ID: id, Service: view, Rules: rules, Urgency: "warning", Language: "da", Client: emr,
		Mark: l.Mark(emr, patient, "encounter-1"), At: l.settings.Clock(), Shown: true,
		Suggestions: []Suggestion{{ID: id + "/1", Kind: "physiotherapy"}, {ID: id + "/2", Kind: "mri"}},
	}
}

// sent sends cards and waits until they are written.
func sent(t testing.TB, l *Ledger, cards ...Card) {
	t.Helper()
	for _, card := range cards {
		l.Sent(card)
	}
	must(t, l.flush(t.Context()))
}

func accepted(card Card, after time.Duration, suggestions ...int) Feedback {
	f := Feedback{Card: card.ID, Outcome: "accepted", At: card.At.Add(after)}
	for _, i := range suggestions {
		f.Suggestions = append(f.Suggestions, card.Suggestions[i].ID)
	}
	return f
}

func overridden(card Card, after time.Duration, reason string) Feedback {
	return Feedback{Card: card.ID, Outcome: "overridden", At: card.At.Add(after), Reason: reason, ReasonSystem: "urn:reasons"}
}

func report(t testing.TB, l *Ledger) Report {
	t.Helper()
	r, err := l.Report(t.Context(), monday.AddDate(-1, 0, 0))
	must(t, err)
	return r
}
