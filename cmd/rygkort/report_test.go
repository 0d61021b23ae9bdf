package main

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/go-json-experiment/json"

	"rygkort/internal/ledger"
)

// ledgerFile is a ledger of three cards, closed again: the commands find it as
// they find a service's. A referral of two days ago was taken after 40 seconds, one
// of yesterday set aside after 20 without a reason, and a question of two years
// ago never answered. Yesterday another question was not shown.
func ledgerFile(t *testing.T, folder string) string {
	t.Helper()
	url := "sqlite:" + filepath.Join(folder, "rygkort.db")
	l, err := ledger.Open(t.Context(), url, ledger.Settings{Clock: now, Retention: forever})
	if err != nil {
		t.Fatal(err)
	}
	const client, service = "emr", "low-back-pain-patient-view"
	send := func(id, rule string, daysAgo int, why string, kinds ...string) time.Time {
		card := ledger.Card{
			ID: id, Service: service, Client: client, Rules: []string{rule}, Urgency: "info", Language: "da",
			At: now().AddDate(0, 0, -daysAgo), Shown: why == "", Why: why,
		}
		for i, kind := range kinds {
			card.Suggestions = append(card.Suggestions, ledger.Suggestion{ID: id + strconv.Itoa(i), Kind: kind})
		}
		l.Sent(card)
		return card.At
	}
	send("old", "R-Q1", 730, "")
	taken := send("taken", "R-P6", 2, "", "secondary-sector", "mri-lumbar")
	setAside := send("set-aside", "R-P6", 1, "", "secondary-sector")
	send("silent", "R-Q3", 1, "silent")
	_, err = l.Feedback(t.Context(), client, service, []ledger.Feedback{
		{Card: "taken", Outcome: "accepted", Suggestions: []string{"taken0", "taken1"}, At: taken.Add(40 * time.Second)},
		{Card: "set-aside", Outcome: "overridden", At: setAside.Add(20 * time.Second)},
		{Card: "nobody's", Outcome: "overridden", At: setAside},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := l.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	return url
}

// well holds that a command did its work and complained about nothing.
func well(t *testing.T, got result) string {
	t.Helper()
	if got.code != exitDone || got.stderr != "" {
		t.Fatalf("exit %d: %s", got.code, got.stderr)
	}
	return got.stdout
}

func TestReportForPeople(t *testing.T) {
	got := well(t, command(t, "", "report", "--ledger", ledgerFile(t, t.TempDir())))
	const want = `Cards sent from 2026-10-24 00:00 CEST to 2026-11-23 09:30 CET

RULE  SHOWN  ACCEPTED  OVERRIDDEN  UNANSWERED  RATE  TIME  NOT SHOWN  
R-P6  2      1         1           0           50%   30s   0          
R-Q3  0      0         0           0           -     -     1          
all   2      1         1           0           50%   30s   1          

Taken from accepted cards
     1  mri-lumbar  MRI of the lumbar spine
     1  secondary-sector  referral to the secondary sector

Why cards were overridden
     1  none

Why cards were not shown
     1  silent

Feedback that belongs to no card, since 2026-10-24
     1  on a card that was not sent
     0  on another service's card
     0  on another client's card
     0  on a card that is deleted
     0  with a suggestion that the card did not have

A rule is marked from 50% of at least 10 answers.
`
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestReportForTables(t *testing.T) {
	got := well(t, command(t, "", "report", "--format", "csv", "--since", "2026-11-01", "--ledger", ledgerFile(t, t.TempDir())))
	lines, err := csv.NewReader(strings.NewReader(got)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	header := "period,from,rule,shown,accepted,overridden,unanswered,dismissal_rate,median_seconds," +
		"suppressed_restraint,suppressed_silent,suppressed_shadow,suppressed_unknown," +
		"reason_already_admitted_or_referred,reason_cauda_equina_refuted,reason_known_unchanged,reason_other,reason_patient_declines,reason_wrong_data,reason_none,reason_unknown," +
		"suggestion_acute_admission,suggestion_extended_back_workup,suggestion_follow_up,suggestion_mri_lumbar,suggestion_municipal_service,suggestion_physiotherapy," +
		"suggestion_chiropractic,suggestion_practising_specialist,suggestion_prolapse_package,suggestion_record_all_absent,suggestion_record_answer," +
		"suggestion_second_opinion,suggestion_secondary_sector,suggestion_unknown"
	columns := map[string]int{}
	for i, name := range lines[0] {
		columns[name] = i
	}
	if len(columns) != strings.Count(header, ",")+1 {
		t.Errorf("%d columns: a new one belongs into this list, and into docs/operation.md", len(columns))
	}
	for name := range strings.SplitSeq(header, ",") {
		if _, known := columns[name]; !known {
			t.Errorf("column %s is gone: who reads these tables finds columns by name", name)
		}
	}
	var rows []string
	for _, line := range lines[1:] {
		row := strings.Join(line[:9], ",")
		for i, cell := range line {
			if i >= 9 && cell != "0" {
				row += "," + lines[0][i] + "=" + cell
			}
		}
		rows = append(rows, row)
	}
	want := []string{
		"day,2026-11-21,R-P6,1,1,0,0,0.0000,40.000,suggestion_mri_lumbar=1,suggestion_secondary_sector=1",
		"day,2026-11-22,R-P6,1,0,1,0,1.0000,20.000,reason_none=1",
		"day,2026-11-22,R-Q3,0,0,0,0,,,suppressed_silent=1",
	}
	if strings.Join(rows, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(rows, "\n"), strings.Join(want, "\n"))
	}
}

func TestReportForTablesIsByWeekWhereThePageIs(t *testing.T) {
	got := well(t, command(t, "", "report", "--format", "csv", "--since", "2024-01-01", "--ledger", ledgerFile(t, t.TempDir())))
	for _, want := range []string{"\nweek,2024-11-18,R-Q1,1,0,0,1,,,", "\nweek,2026-11-16,R-P6,2,1,1,0,0.5000,30.000,"} {
		if !strings.Contains(got, want) {
			t.Errorf("%q is missing in\n%s", want, got)
		}
	}
}

func TestReportForPrograms(t *testing.T) {
	got := well(t, command(t, "", "report", "--format", "json", "--since", "2d", "--ledger", ledgerFile(t, t.TempDir())))
	var r struct {
		Since, Until time.Time
		Total        map[string]any
		Days, Weeks  []map[string]any
		Rules        []struct {
			Rule            string
			Shown, Accepted int
			OftenOverridden bool
			DismissalRate   *float64
			MedianSeconds   *float64
			Suggestions     map[string]int
			Reasons         map[string]int
			Suppressed      map[string]int
			Days            []map[string]any
		}
		Apart      map[string]int
		ApartSince string
	}
	if err := json.Unmarshal([]byte(got), &r, json.MatchCaseInsensitiveNames(true)); err != nil {
		t.Fatalf("%v\n%s", err, got)
	}
	if r.Since.Format(time.RFC3339) != "2026-11-21T00:00:00+01:00" || !r.Until.Equal(now()) || r.ApartSince != "2026-11-21" {
		t.Errorf("from %s to %s, apart since %s", r.Since, r.Until, r.ApartSince)
	}
	if len(r.Rules) != 2 || len(r.Days) != 2 || len(r.Weeks) != 1 || r.Days[0]["from"] != "2026-11-21" || r.Weeks[0]["from"] != "2026-11-16" {
		t.Fatalf("%s", got)
	}
	referral, question := r.Rules[0], r.Rules[1]
	said := fmt.Sprintln(referral.Rule, referral.Shown, referral.Accepted, *referral.DismissalRate, *referral.MedianSeconds, referral.Suggestions, referral.Reasons, referral.OftenOverridden, len(referral.Days))
	if want := "R-P6 2 1 0.5 30 map[mri-lumbar:1 secondary-sector:1] map[none:1] false 2\n"; said != want {
		t.Errorf("%s, want %s", said, want)
	}
	if question.DismissalRate != nil || question.MedianSeconds != nil || question.Suppressed["silent"] != 1 || r.Apart["unknown"] != 1 || len(r.Apart) != 5 {
		t.Errorf("%s", got)
	}
}

// TestLookingAtALedgerLeavesItAsItIs holds it against a ledger that its service
// keeps for longer than is usual.
func TestLookingAtALedgerLeavesItAsItIs(t *testing.T) {
	folder := t.TempDir()
	url := ledgerFile(t, folder)
	if err := os.Remove(filepath.Join(folder, "rygkort.db.key")); err != nil {
		t.Fatal(err)
	}
	before := well(t, command(t, "", "ledger", "export", "--ledger", url))
	if strings.Count(before, `"type":"card"`) != 4 || strings.Count(before, `"type":"feedback"`) != 2 || !strings.Contains(before, `"id":"old"`) {
		t.Errorf("%s", before)
	}
	well(t, command(t, "", "report", "--ledger", url))
	if after := well(t, command(t, "", "ledger", "export", "--ledger", url)); after != before {
		t.Errorf("before\n%s\nafter\n%s", before, after)
	}
	if _, err := os.Stat(filepath.Join(folder, "rygkort.db.key")); err == nil {
		t.Error("a key was made")
	}
}

func TestPruneRemovesWhatIsOlder(t *testing.T) {
	url := ledgerFile(t, t.TempDir())
	if got := well(t, command(t, "", "ledger", "prune", "--before", "2026-01-01", "--ledger", url)); got != "Removed of the cards sent before 2026-01-01 00:00 CET: 1\n" {
		t.Errorf("%q", got)
	}
	if left := well(t, command(t, "", "ledger", "export", "--ledger", url)); strings.Contains(left, `"id":"old"`) || strings.Count(left, `"type":"card"`) != 3 {
		t.Errorf("%s", left)
	}
	if got := well(t, command(t, "", "ledger", "prune", "--before", "1d", "--ledger", url)); got != "Removed of the cards sent before 2026-11-22 00:00 CET: 1\n" {
		t.Errorf("%q", got)
	}
}

func TestWhereTheLedgerIs(t *testing.T) {
	f := newFolder(t)
	ledgerFile(t, f.path)
	config := f.write("rygkort.yaml", "zone: America/Nuuk\nledger: sqlite:rygkort.db\n")
	got := well(t, command(t, "", "report", "--config", config))
	if !strings.Contains(got, "R-P6  2") || !strings.Contains(got, "to 2026-11-23 06:30 -02") {
		t.Errorf("from the file's folder, in its zone:\n%s", got)
	}
	t.Setenv("RYGKORT_LEDGER", "sqlite:"+filepath.Join(f.path, "another.db"))
	if got := command(t, "", "report", "--config", config); got.code != exitFailed || !strings.Contains(got.stderr, "another.db") {
		t.Errorf("RYGKORT_LEDGER wins over the file: exit %d, %s", got.code, got.stderr)
	}
	well(t, command(t, "", "report", "--config", config, "--ledger", "sqlite:"+filepath.Join(f.path, "rygkort.db")))
}

func TestALedgerThatIsNotThereIsNotMade(t *testing.T) {
	folder := t.TempDir()
	t.Chdir(folder)
	if err := os.WriteFile("empty.db", nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"report"}, {"ledger", "export"}, {"ledger", "prune", "--before", "2026-01-01"}, {"report", "--ledger", "sqlite:empty.db"}, {"report", "--ledger", "sqlite:."},
	} {
		got := command(t, "", args...)
		if got.code != exitFailed || got.stdout != "" || !strings.Contains(got.stderr, "there is no ledger at sqlite:") {
			t.Errorf("%v: exit %d, %s%s", args, got.code, got.stdout, got.stderr)
		}
	}
	entries, err := os.ReadDir(folder)
	if err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v, %v", entries, err)
	}
	if info, err := os.Stat("empty.db"); err != nil || info.Size() != 0 {
		t.Errorf("the empty file is one no longer: %v", err)
	}
}

func TestReportsThatCannotBe(t *testing.T) {
	url := ledgerFile(t, t.TempDir())
	for _, test := range []struct {
		args []string
		code int
		want string
	}{
		{[]string{"report", "--since", "yesterday", "--ledger", url}, exitMisused, "--since: want a day such as"},
		{[]string{"report", "--since=-3d", "--ledger", url}, exitMisused, "--since: want a day such as"},
		{[]string{"report", "--since", "2026-11-24", "--ledger", url}, exitMisused, "--since: that day is still to come"},
		{[]string{"report", "--since", "99999999999d", "--ledger", url}, exitMisused, "--since: want a day such as"},
		{[]string{"report", "--format", "pdf", "--ledger", url}, exitMisused, "--format"},
		{[]string{"ledger", "prune", "--ledger", url}, exitMisused, "--before"},
		{[]string{"ledger", "prune", "--before", "2027-01-01", "--ledger", url}, exitMisused, "still to come"},
		{[]string{"report", "--zone", "Mars", "--ledger", url}, exitMisused, "--zone"},
		{[]string{"report", "--ledger", "mysql://root:hunter2@db/x"}, exitFailed, "neither sqlite:path nor postgres://"},
		{[]string{"report", "--ledger", "postgres://u:hunter2@127.0.0.1:1/x"}, exitFailed, "not available"},
	} {
		got := command(t, "", test.args...)
		if got.code != test.code || !strings.Contains(got.stderr, test.want) || strings.Contains(got.stderr, "hunter2") {
			t.Errorf("%v: exit %d: %s", test.args, got.code, got.stderr)
		}
	}
}
