package main

import (
	"database/sql"
	"fmt"
	"io"
	"log"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"rygkort/internal/ledger"
)

// sinceYesterday is a call about a patient whose cauda equina was recorded
// yesterday by the machine's clock, which a service that runs goes by.
func sinceYesterday() string {
	return request(strings.Replace(caudaEquina, "2026-11-22", time.Now().AddDate(0, 0, -1).Format(time.DateOnly), 1))
}

// cardOf posts a call and returns the uuid of its first card.
func cardOf(t *testing.T, url string) string {
	t.Helper()
	answer, body := postTo(t, url+"/cds-services/low-back-pain-patient-view", sinceYesterday())
	found := regexp.MustCompile(`"cards":\[\{"uuid":"([^"]+)"`).FindStringSubmatch(body)
	if answer != http.StatusOK || found == nil {
		t.Fatalf("%d %s", answer, body)
	}
	return found[1]
}

func postTo(t *testing.T, url, body string) (status int, answer string) {
	t.Helper()
	got := mustPost(t, http.DefaultClient, url, "", body)
	return got.status, got.body
}

// TestServeKeepsWhatWasSentAndWhatCameOfIt: what one process was told, the report
// of another says, and the next process still knows.
func TestServeKeepsWhatWasSentAndWhatCameOfIt(t *testing.T) {
	url := "sqlite:" + filepath.Join(t.TempDir(), "kept.db")
	address, _, stop := serving(t, "serve", "--listen", "127.0.0.1:0", "--ledger", url)
	feedback := fmt.Sprintf(`{"feedback":[{"card":%q,"outcome":"overridden","overrideReason":{"reason":{"code":"other"}},"outcomeTimestamp":"2026-11-23T09:30:00Z"}]}`, cardOf(t, address))
	if status, body := postTo(t, address+"/cds-services/low-back-pain-patient-view/feedback", feedback); status != http.StatusOK {
		t.Fatalf("%d %s", status, body)
	}
	if page, err := http.Get(address + "/report?lang=en"); err != nil || page.StatusCode != http.StatusOK {
		t.Errorf("the report: %v %v", page, err)
	}
	if code := stop(); code != exitDone {
		t.Errorf("it ended with %d", code)
	}
	got := command(t, "", "report", "--ledger", url, "--format", "csv")
	if got.code != exitDone || !strings.Contains(got.stdout, "R-A1") {
		t.Errorf("exit %d: %s%s", got.code, got.stdout, got.stderr)
	}
	again, _, _ := serving(t, "serve", "--listen", "127.0.0.1:0", "--ledger", url)
	if _, body := postTo(t, again+"/cds-services/low-back-pain-patient-view", sinceYesterday()); !strings.Contains(body, "tilsidesat") {
		t.Errorf("the dismissal is forgotten: %s", body)
	}
}

// TestTheDemoLeavesNothingBehind: it takes feedback, and its ledger goes with it.
func TestTheDemoLeavesNothingBehind(t *testing.T) {
	room := t.TempDir()
	t.Setenv("TMPDIR", room)
	address, _, stop := serving(t, "serve", "--listen", "127.0.0.1:0")
	cardOf(t, address)
	if status, body := postTo(t, address+"/cds-services/low-back-pain-patient-view/feedback", `{"feedback":[]}`); status != http.StatusOK {
		t.Errorf("%d %s", status, body)
	}
	stop()
	if left, err := os.ReadDir(room); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v %v", left, err)
	}
}

// TestAServiceWhoseLedgerCannotBeReachedAnswersCalls and says so.
func TestAServiceWhoseLedgerCannotBeReachedAnswersCalls(t *testing.T) {
	in := newFolder(t)
	in.write("ledger.key", "a key for marks, of invented patients")
	config := in.write("rygkort.yaml", "ledger: postgres://nobody@127.0.0.1:1/none?connect_timeout=1\nledger_key: ledger.key\nclients: []\n")
	address, log, _ := serving(t, "serve", "--listen", "127.0.0.1:0", "--config", config)
	cardOf(t, address)
	if status, _ := postTo(t, address+"/cds-services/low-back-pain-patient-view/feedback", `{"feedback":[]}`); status != http.StatusNotFound {
		t.Errorf("feedback: %d", status)
	}
	response, err := http.Get(address + "/readyz")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if text, _ := io.ReadAll(response.Body); !strings.Contains(string(text), "the ledger cannot be reached") {
		t.Errorf("/readyz: %s", text)
	}
	if !strings.Contains(log.String(), "the ledger cannot be reached") {
		t.Errorf("the log: %s", log)
	}
}

// TestTheLogTellsOfTheLedger: once when it goes away and once when it is back, and
// how much was lost.
func TestTheLogTellsOfTheLedger(t *testing.T) {
	path := filepath.Join(t.TempDir(), "kept.db")
	kept, err := ledger.Open(t.Context(), "sqlite:"+path, ledger.Settings{Clock: time.Now, Queue: 1, FlushEvery: time.Millisecond, RefreshEvery: time.Millisecond, Timeout: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	said := &stream{}
	r := newRunning(time.Now)
	r.logger = logger("text", slog.LevelInfo, said)
	r.keep(kept)
	defer r.closeLedger(t.Context())
	tells := func(want ...string) {
		t.Helper()
		before := len(said.String())
		r.tellOfLedger()
		r.tellOfLedger() // nothing new
		lines := strings.Split(strings.TrimSuffix(said.String()[before:], "\n"), "\n")
		if want == nil {
			want = []string{""}
		}
		if len(lines) != len(want) {
			t.Fatalf("it said %q, want %q", lines, want)
		}
		for i := range want {
			if !strings.Contains(lines[i], want[i]) {
				t.Errorf("it said %q, want %q", lines[i], want[i])
			}
		}
	}
	reachable := func(want bool) {
		t.Helper()
		for deadline := time.Now().Add(20 * time.Second); kept.State().Reachable != want; time.Sleep(time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatalf("the ledger is not reachable: %v", want)
			}
		}
	}
	tells()

	other, err := sql.Open("sqlite", path)
	if err != nil {
		t.Fatal(err)
	}
	other.SetMaxOpenConns(1)
	defer func() { _ = other.Close() }()
	if _, err := other.ExecContext(t.Context(), "BEGIN IMMEDIATE"); err != nil {
		t.Fatal(err)
	}
	reachable(false)
	for range 3 {
		kept.Sent(ledger.Card{Service: "low-back-pain-patient-view", At: time.Now()})
	}
	tells("level=ERROR msg=\"the ledger's database does not answer: calls are answered without it\" why=", "level=ERROR msg=\"cards were not written into the ledger\" lost=2 why=")
	if _, err := other.ExecContext(t.Context(), "ROLLBACK"); err != nil {
		t.Fatal(err)
	}
	reachable(true)
	tells("level=INFO msg=\"the ledger's database answers again\"")
	r.told.LastErrorAt = time.Time{} // as if all of it had been between two looks
	tells("level=WARN msg=\"the ledger's database did not answer for a moment\"")
}

// TestAWrongLedgerIsRefusedAtTheStart.
func TestAWrongLedgerIsRefusedAtTheStart(t *testing.T) {
	for ledger, want := range map[string]string{
		"mysql://db":              "want sqlite:path",
		"postgres://rygkort@db/r": "ledger_key is missing",
	} {
		if got := command(t, "", "serve", "--check", "--ledger", ledger); got.code != exitMisused || !strings.Contains(got.stderr, want) {
			t.Errorf("%s: exit %d: %s", ledger, got.code, got.stderr)
		}
	}
	config := newFolder(t).write("rygkort.yaml", "pathway: {silent: [R-A1]}\n")
	if got := command(t, "", "serve", "--check", "--config", config); got.code != exitMisused || !strings.Contains(got.stderr, "rygkort.yaml:1: pathway.silent[0]") {
		t.Errorf("exit %d: %s", got.code, got.stderr)
	}
}

// TestNothingIsWrittenToTheStandardLogger: net/http puts there what a server sends
// unasked, and that may be a record.
func TestNothingIsWrittenToTheStandardLogger(t *testing.T) {
	serving(t, "serve", "--listen", "127.0.0.1:0")
	if log.Writer() != io.Discard {
		t.Error("what others log is written somewhere")
	}
}
