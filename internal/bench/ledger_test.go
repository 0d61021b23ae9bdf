package main

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestTheLedgerIsComparedForEachBodyCrowdAndWayOfCalling(t *testing.T) {
	onLinux(t)
	t.Setenv("TMPDIR", t.TempDir())
	p := plan{rounds: 2, smallCalls: 9, largeCalls: 9}
	rows, err := measureLedger(t.Context(), p, bodies())
	if err != nil {
		t.Fatal(err)
	}
	var said bytes.Buffer
	if err := writePairs(&said, p, rows, busyness(), true); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"| 6 kB | 1 | service |", "| 6 kB | 8 | service, tokens |", "| 150 kB | 1 | service, tokens |", "| 150 kB | 8 | service |",
	} {
		if strings.Count(said.String(), want) != 1 {
			t.Errorf("without %q:\n%s", want, &said)
		}
	}
	for _, row := range rows {
		if row.p50 <= 0 || row.figures[0].p50 <= 0 || row.figures[1].p50 <= 0 {
			t.Errorf("%+v", row)
		}
		if row.figures[1].allocs <= row.figures[0].allocs {
			t.Errorf("%s, %d: a ledger allocates nothing, so there is none", row.kinds[1], row.crowd)
		}
	}
}

func TestTheRatioIsThatOfRoundsSideBySide(t *testing.T) {
	ms := func(numbers ...int) (rounds []figures) {
		for _, n := range numbers {
			rounds = append(rounds, figures{p50: time.Duration(n) * time.Millisecond})
		}
		return rounds
	}
	// In the second round a neighbour was busy, in the third only with one of them.
	got := medianRatio([2][]figures{ms(10, 100, 10), ms(11, 110, 50)}, func(f figures) time.Duration { return f.p50 })
	if got != 1.1 {
		t.Errorf("ratio %v, want 1.1", got)
	}
}
