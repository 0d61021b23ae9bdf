package ledger

import (
	"strconv"
	"testing"
	"time"
)

func onEachBench(b *testing.B, run func(*testing.B, *Ledger)) {
	b.Helper()
	for _, one := range []struct {
		name string
		make func(testing.TB) *place
	}{{"sqlite", newSQLite}, {"postgres", newPostgres}} {
		b.Run(one.name, func(b *testing.B) {
			s := settings(newClock())
			s.FlushEvery = 100 * time.Millisecond
			run(b, one.make(b).open(b, s))
		})
	}
}

// BenchmarkSent is what the caller waits, also when the queue is full.
func BenchmarkSent(b *testing.B) {
	onEachBench(b, func(b *testing.B, l *Ledger) {
		card := newCard(l, "R-P6")
		n := 0
		for b.Loop() {
			n++
			card.ID = strconv.Itoa(n)
			l.Sent(card)
		}
	})
}

// BenchmarkWritten is what 500 cards cost until they are in the table.
func BenchmarkWritten(b *testing.B) {
	onEachBench(b, func(b *testing.B, l *Ledger) {
		for b.Loop() {
			for range 500 {
				l.Sent(newCard(l, "R-P6"))
			}
			must(b, l.flush(b.Context()))
		}
	})
}

func BenchmarkFeedback(b *testing.B) {
	onEachBench(b, func(b *testing.B, l *Ledger) {
		card := newCard(l, "R-P6")
		sent(b, l, card)
		n := 0
		for b.Loop() {
			n++
			give(b, l, accepted(card, time.Duration(n)*time.Second, 0))
		}
	})
}

func BenchmarkOnce(b *testing.B) {
	onEachBench(b, func(b *testing.B, l *Ledger) {
		n := 0
		for b.Loop() {
			n++
			if first, err := l.Once(b.Context(), "issuer", strconv.Itoa(n), monday.Add(time.Hour)); err != nil || !first {
				b.Fatal(first, err)
			}
		}
	})
}

func BenchmarkDismissed(b *testing.B) {
	onEachBench(b, func(b *testing.B, l *Ledger) {
		card := newCard(l, "R-P6")
		sent(b, l, card)
		give(b, l, overridden(card, time.Minute, ""))
		for b.Loop() {
			l.Dismissed(card.Mark)
		}
	})
}

// BenchmarkReport is what an operator waits for the report on a year: 100,000
// cards, half of them answered.
func BenchmarkReport(b *testing.B) {
	onEachBench(b, func(b *testing.B, l *Ledger) {
		rules := []string{"R-P6", "R-N2", "R-Q1", "R-O1", "R-I1"}
		for i := range 200 {
			cards, answers := make([]Card, 500), make([]Feedback, 0, 250)
			for j := range cards {
				cards[j] = newCard(l, rules[j%len(rules)])
				cards[j].At = monday.Add(-time.Duration(i*42+j%24) * time.Hour)
				switch j % 4 {
				case 0:
					answers = append(answers, accepted(cards[j], time.Minute, 0))
				case 1:
					answers = append(answers, overridden(cards[j], time.Minute, "other"))
				}
			}
			sent(b, l, cards...)
			give(b, l, answers...)
		}
		for b.Loop() {
			if _, err := l.Report(b.Context(), monday.AddDate(-1, 0, 0)); err != nil {
				b.Fatal(err)
			}
		}
	})
}
