package ledger

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// crashing is the variable that makes the test program the one to be killed.
const crashing = "RYGKORT_LEDGER_CRASHING"

// beKilled loads the ledger until killed, and prints the card of each feedback
// when it was acknowledged.
func beKilled(url string) error {
	l, err := Open(context.Background(), url, settings(newClock()))
	if err != nil {
		return err
	}
	acknowledged := make(chan string)
	for range 4 {
		go func() {
			for {
				answered, unanswered := newCard(l, "R-P6"), newCard(l, "R-N2")
				l.Sent(answered)
				l.Sent(unanswered)
				array := []Feedback{accepted(answered, time.Second, 0, 1)}
				if _, err := l.Feedback(context.Background(), emr, view, array); err != nil {
					exitWith(err)
				}
				acknowledged <- answered.ID
			}
		}()
	}
	for card := range acknowledged {
		fmt.Println(card)
	}
	return nil
}

func TestAcknowledgedFeedbackSurvivesKill(t *testing.T) {
	onEach(t, func(t *testing.T, p *place) {
		acknowledged := map[string]bool{}
		for range 20 {
			for _, card := range killed(t, p) {
				acknowledged[card] = true
			}
			if p.kind == sqlite {
				var sound string
				must(t, p.raw(t).QueryRowContext(t.Context(), "PRAGMA integrity_check").Scan(&sound))
				if sound != "ok" {
					t.Fatalf("the file is damaged: %s", sound)
				}
			}
		}
		if p.kind == postgres { // whose server ends what a client began that is gone
			eventually(t, "the server has noticed that all are gone", func() bool {
				return p.number(t, "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND application_name = 'rygkort'") == 0
			})
		}
		times := map[string]int{}
		rows, err := p.raw(t).QueryContext(t.Context(), "SELECT f.card, COUNT(t.suggestion) FROM feedback f JOIN accepted t ON t.entry = f.entry GROUP BY f.entry, f.card")
		must(t, err)
		defer rows.Close()
		for rows.Next() {
			var card string
			var suggestions int
			must(t, rows.Scan(&card, &suggestions))
			times[card]++
			if suggestions != 2 {
				t.Errorf("feedback on %s has %d suggestions, want 2", card, suggestions)
			}
		}
		must(t, rows.Err())
		for card := range acknowledged {
			if times[card] != 1 {
				t.Errorf("feedback on %s was acknowledged and is there %d times", card, times[card])
			}
		}
		// What was stored when it was killed, and not acknowledged: at most one for each
		// worker and round.
		if extra := len(times) - len(acknowledged); extra < 0 || extra > 4*20 {
			t.Errorf("%d stored, %d acknowledged", len(times), len(acknowledged))
		}
		t.Logf("%d acknowledged in 20 rounds, %d stored", len(acknowledged), len(times))

		l := p.open(t, settings(newClock()))
		if r := report(t, l); r.Total.Accepted != len(times) || r.Apart.Unknown != 0 {
			t.Errorf("total %+v, apart %+v, want %d accepted", r.Total, r.Apart, len(times))
		}
	})
}

// killed runs the helper under load, kills it, and returns what was acknowledged.
func killed(t *testing.T, p *place) (acknowledged []string) {
	t.Helper()
	program, err := os.Executable()
	must(t, err)
	helper := exec.CommandContext(t.Context(), program)
	helper.Env = append(os.Environ(), crashing+"="+p.url)
	var complaints strings.Builder
	helper.Stderr = &complaints
	output, err := helper.StdoutPipe()
	must(t, err)
	must(t, helper.Start())
	var kill *time.Timer
	lines := bufio.NewReader(output)
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			break // killed; half a line is no acknowledgement
		}
		if kill == nil {
			kill = time.AfterFunc(time.Duration(20+rand.IntN(100))*time.Millisecond, func() { _ = helper.Process.Kill() })
		}
		acknowledged = append(acknowledged, strings.TrimSpace(line))
	}
	_ = helper.Wait() // killed
	if kill == nil || complaints.Len() > 0 {
		t.Fatalf("the helper did not work: %s", complaints.String())
	}
	return acknowledged
}
