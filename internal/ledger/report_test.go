package ledger

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestTheReportCountsWhatBecameOfEachCard(t *testing.T) {
	onEach(t, func(t *testing.T, p *place) {
		c := newClock()
		l := p.open(t, settings(c))
		on := func(day int, rules ...string) Card {
			card := newCard(l, rules...)
			card.At = monday.AddDate(0, 0, day)
			return card
		}
		taken, changed, silence := on(0, "R-P6", "R-N2"), on(0, "R-P6"), on(1, "R-P6")
		twice, refused := on(8, "R-P6"), on(8, "RF-1")
		hidden, before := on(8, "R-P6"), on(-1, "R-P6")
		hidden.Shown, hidden.Why, hidden.ID = false, "restraint", ""
		sent(t, l, taken, changed, silence, twice, refused, hidden, before)
		give(t, l,
			accepted(taken, 10*time.Second, 0),
			// changed: the later answer counts, in whatever order they come
			accepted(changed, 40*time.Second, 1),
			overridden(changed, 20*time.Second, "not-relevant"),
			// twice: one suggestion each time
			accepted(twice, 30*time.Second, 0),
			accepted(twice, 90*time.Second, 1),
			overridden(refused, -3*time.Second, ""),
		)

		r, err := l.Report(t.Context(), monday)
		must(t, err)

		refusal := Figures{Shown: 1, Overridden: 1, Reasons: map[string]int{"": 1}, MedianTime: -3 * time.Second}
		firstDay := Figures{Shown: 2, Accepted: 2, Suggestions: map[string]int{"physiotherapy": 1, "mri": 1}, MedianTime: 25 * time.Second}
		secondDay := Figures{Shown: 1, Unanswered: 1}
		ninthDay := Figures{
			Shown: 1, Accepted: 1, Suppressed: map[string]int{"restraint": 1},
			Suggestions: map[string]int{"physiotherapy": 1, "mri": 1}, MedianTime: 90 * time.Second,
		}
		firstWeek := firstDay
		firstWeek.Shown, firstWeek.Unanswered = 3, 1
		bothOfNinth := ninthDay
		bothOfNinth.Shown, bothOfNinth.Overridden, bothOfNinth.Reasons = 2, 1, map[string]int{"": 1}
		bothOfNinth.MedianTime = 43500 * time.Millisecond
		lead := Figures{
			Shown: 4, Accepted: 3, Unanswered: 1, Suppressed: map[string]int{"restraint": 1},
			Suggestions: map[string]int{"physiotherapy": 2, "mri": 2}, MedianTime: 40 * time.Second,
		}
		total := lead
		total.Shown, total.Overridden, total.Reasons, total.MedianTime = 5, 1, map[string]int{"": 1}, 25*time.Second
		midnight := func(day int) time.Time { return time.Date(2026, 6, 1+day, 0, 0, 0, 0, copenhagen) }
		want := Report{
			Since: monday, Until: monday, ApartSince: midnight(0), Total: total,
			Days:  []Period{{midnight(0), firstDay}, {midnight(1), secondDay}, {midnight(8), bothOfNinth}},
			Weeks: []Period{{midnight(0), firstWeek}, {midnight(7), bothOfNinth}},
			Rules: []RuleReport{
				{
					Rule: "R-P6", Figures: lead,
					Days:  []Period{{midnight(0), firstDay}, {midnight(1), secondDay}, {midnight(8), ninthDay}},
					Weeks: []Period{{midnight(0), firstWeek}, {midnight(7), ninthDay}},
				},
				{Rule: "RF-1", Figures: refusal, Days: []Period{{midnight(8), refusal}}, Weeks: []Period{{midnight(7), refusal}}},
			},
		}
		if difference := cmp.Diff(want, r); difference != "" {
			t.Errorf("report (-want +got):\n%s", difference)
		}
		if rate, known := r.Total.DismissalRate(); !known || rate != 0.25 {
			t.Errorf("dismissal rate %v, %v, want 1 of 4 answered", rate, known)
		}
		if _, known := secondDay.DismissalRate(); known {
			t.Error("a dismissal rate without an answer")
		}
	})
}

func TestADayIsThatOfTheService(t *testing.T) {
	onEach(t, func(t *testing.T, p *place) {
		l := p.open(t, settings(newClock()))
		card := newCard(l, "R-P6")
		card.At = time.Date(2026, 6, 1, 22, 30, 0, 0, time.UTC) // half past midnight in Copenhagen
		sent(t, l, card)
		r := report(t, l)
		if want := time.Date(2026, 6, 2, 0, 0, 0, 0, copenhagen); len(r.Days) != 1 || !r.Days[0].From.Equal(want) {
			t.Errorf("days %v, want %v", r.Days, want)
		}
	})
}

func TestTheMedianIsExact(t *testing.T) {
	for length := range 60 {
		times := make([]int64, length)
		for i := range times {
			times[i] = rand.Int64N(1000) - 100
		}
		sorted := slices.Sorted(slices.Values(times))
		var want time.Duration
		if length > 0 {
			want = time.Duration(sorted[length/2]+sorted[(length-1)/2]) * time.Microsecond / 2
		}
		if got := median(times); got != want {
			t.Fatalf("median of %v: %v, want %v", sorted, got, want)
		}
	}
}

func TestTheExportHoldsAllInAStableOrder(t *testing.T) {
	onEach(t, func(t *testing.T, p *place) {
		s := settings(newClock())
		s.Comments = true
		l := p.open(t, s)
		first, second, hidden := newCard(l, "R-P6", "R-N2"), newCard(l, "RF-1"), newCard(l, "R-P1")
		second.At = monday.Add(time.Minute)
		second.Suggestions = nil
		hidden.At, hidden.Shown, hidden.Why, hidden.Suggestions = monday.Add(time.Hour), false, "silent", nil
		sent(t, l, hidden, second, first)
		commented := overridden(second, time.Minute, "other")
		commented.Comment = "allerede <henvist> & set\x00"
		give(t, l, commented, accepted(first, 2*time.Second, 1, 0))

		export := func() string {
			var lines bytes.Buffer
			must(t, l.Export(t.Context(), &lines))
			return lines.String()
		}
		got := export()
		want := fmt.Sprintf(`{"type":"card","id":"%[1]s","sentAt":"2026-06-01T07:00:00Z","service":"low-back-pain-patient-view","client":"emr","rules":["R-P6","R-N2"],"urgency":"warning","language":"da","shown":true,"suggestions":[{"id":"%[1]s/1","kind":"physiotherapy"},{"id":"%[1]s/2","kind":"mri"}]}
{"type":"card","id":"%[2]s","sentAt":"2026-06-01T07:01:00Z","service":"low-back-pain-patient-view","client":"emr","rules":["RF-1"],"urgency":"warning","language":"da","shown":true}
{"type":"card","id":"%[3]s","sentAt":"2026-06-01T08:00:00Z","service":"low-back-pain-patient-view","client":"emr","rules":["R-P1"],"urgency":"warning","language":"da","shown":false,"why":"silent"}
{"type":"feedback","card":"%[1]s","outcome":"accepted","suggestions":["%[1]s/1","%[1]s/2"],"answeredAt":"2026-06-01T07:00:02Z","receivedAt":"2026-06-01T07:00:00Z"}
{"type":"feedback","card":"%[2]s","outcome":"overridden","reason":"other","reasonSystem":"urn:reasons","answeredAt":"2026-06-01T07:02:00Z","receivedAt":"2026-06-01T07:00:00Z","comment":"allerede <henvist> & set`+"\uFFFD"+`"}
`, first.ID, second.ID, hidden.ID)
		if difference := cmp.Diff(strings.Split(want, "\n"), strings.Split(got, "\n")); difference != "" {
			t.Errorf("export (-want +got):\n%s", difference)
		}
		if again := export(); again != got {
			t.Error("a second export differs")
		}
		for line := range strings.Lines(got) {
			if !json.Valid([]byte(line)) {
				t.Errorf("no JSON: %s", line)
			}
		}
		if err := l.Export(t.Context(), brokenPipe{}); err == nil || !l.State().Reachable {
			t.Errorf("to a broken pipe: %v; reachable %v, want an error that is not the database's", err, l.State().Reachable)
		}
	})
}

type brokenPipe struct{}

func (brokenPipe) Write([]byte) (int, error) { return 0, fmt.Errorf("broken pipe") }
