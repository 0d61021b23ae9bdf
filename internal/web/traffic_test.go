package web

import (
	"context"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"rygkort/cards"
	"rygkort/internal/ledger"
)

const (
	viewService = "low-back-pain-patient-view"
	client      = "emr"
)

// practice is a ledger that tests fill, at a time of their own.
type practice struct {
	t      testing.TB
	ledger *ledger.Ledger
	now    time.Time
	sent   int
}

func copenhagen(t testing.TB) *time.Location {
	t.Helper()
	zone, err := time.LoadLocation("Europe/Copenhagen")
	if err != nil {
		t.Skip("no time zones on this machine")
	}
	return zone
}

func newPractice(t testing.TB, now time.Time) *practice {
	t.Helper()
	p := &practice{t: t, now: now}
	opened, err := ledger.Open(t.Context(), "sqlite:"+filepath.Join(t.TempDir(), "ledger.db"), ledger.Settings{
		Clock: func() time.Time { return now }, RefreshEvery: time.Hour, FlushEvery: time.Millisecond,
	})
	if err != nil {
		t.Fatal(err)
	}
	p.ledger = opened
	t.Cleanup(func() {
		if err := opened.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return p
}

// show sends a card of a rule, with suggestions of some kinds, and returns its id.
func (p *practice) show(at time.Time, rule string, kinds ...string) string {
	card := p.card(at, rule)
	card.Shown = true
	for i, kind := range kinds {
		card.Suggestions = append(card.Suggestions, ledger.Suggestion{ID: suggestionOf(card.ID, i), Kind: kind})
	}
	p.ledger.Sent(card)
	return card.ID
}

// hold keeps a card back.
func (p *practice) hold(at time.Time, rule, why string) {
	card := p.card(at, rule)
	card.Why = why
	p.ledger.Sent(card)
}

func (p *practice) card(at time.Time, rule string) ledger.Card {
	p.sent++
	return ledger.Card{
		ID: fmt.Sprintf("card-%d", p.sent), Service: viewService, Client: client, Rules: []string{rule},
		Urgency: "info", Language: "da", At: at,
	}
}

func suggestionOf(card string, place int) string { return fmt.Sprintf("%s-suggestion-%d", card, place) }

func accepted(card string, at time.Time, places ...int) ledger.Feedback {
	f := ledger.Feedback{Card: card, Outcome: "accepted", At: at}
	for _, place := range places {
		f.Suggestions = append(f.Suggestions, suggestionOf(card, place))
	}
	return f
}

func overridden(card string, at time.Time, reason string) ledger.Feedback {
	return ledger.Feedback{Card: card, Outcome: "overridden", At: at, Reason: reason}
}

// answer posts feedback.
func (p *practice) answer(entries ...ledger.Feedback) { p.answerAs(client, viewService, entries...) }

func (p *practice) answerAs(client, service string, entries ...ledger.Feedback) {
	p.t.Helper()
	if _, err := p.ledger.Feedback(p.t.Context(), client, service, entries); err != nil {
		p.t.Fatal(err)
	}
}

func (p *practice) report(since time.Time) ledger.Report {
	p.t.Helper()
	for p.ledger.State().Written < uint64(p.sent) {
		if p.t.Context().Err() != nil || p.ledger.State().Dropped > 0 {
			p.t.Fatalf("not all cards are written: %+v", p.ledger.State())
		}
		time.Sleep(time.Millisecond)
	}
	report, err := p.ledger.Report(p.t.Context(), since)
	if err != nil {
		p.t.Fatal(err)
	}
	return report
}

// habit is how a rule fares with the invented GPs.
type habit struct {
	rule     string
	weight   int
	accepted float64
	ignored  float64
	seconds  float64 // to an answer, about
	kinds    []string
	reasons  []string
}

var habits = []habit{
	{"R-Q1", 26, .30, .12, 9, []string{cards.KindAllAbsent, cards.KindAnswer}, []string{"", "other", "known-unchanged"}},
	{"R-P1", 18, 0, .93, 22, nil, []string{"known-unchanged", "other"}},
	{"R-P3", 13, .50, .25, 25, []string{cards.KindAnswer}, []string{"known-unchanged", "patient-declines"}},
	{"R-P2", 9, .62, .18, 30, []string{"follow-up"}, []string{"already-admitted-or-referred", "patient-declines"}},
	{"R-P6", 8, .58, .12, 48, []string{"secondary-sector", "mri-lumbar"}, []string{"patient-declines", "already-admitted-or-referred", "wrong-data"}},
	{"R-Q3", 7, .66, .16, 14, []string{cards.KindAnswer}, []string{"", "other"}},
	{"O-M2", 6, .30, .10, 35, []string{"physiotherapy", "second-opinion"}, []string{"known-unchanged", "wrong-data", "other"}},
	{"R-P5", 5, .48, .22, 40, []string{"extended-back-workup", "extended-back-workup", "municipal-service"}, []string{"patient-declines"}},
	{"O-P1", 4, .55, .30, 18, []string{"prolapse-package", "extended-back-workup"}, []string{""}},
	{"R-S2", 3, .70, .10, 33, []string{cards.KindAnswer}, []string{"wrong-data"}},
	{"R-A4", 1, .70, .10, 55, []string{"acute-admission"}, []string{"already-admitted-or-referred", "wrong-data"}},
	{"R-A1", 1, .80, 0, 70, []string{"acute-admission"}, []string{"cauda-equina-refuted", "already-admitted-or-referred"}},
}

// invent fills a ledger with the traffic of some practices over days of which
// the last is the ledger's own. It is all made up, and the same each time.
func (p *practice) invent(days int) {
	p.t.Helper()
	r := rand.New(rand.NewPCG(20261123, 7))
	all := 0
	for _, h := range habits {
		all += h.weight
	}
	for day := days - 1; day >= 0; day-- {
		opens := time.Date(p.now.Year(), p.now.Month(), p.now.Day()-day, 8, 0, 0, 0, p.now.Location())
		if opens.Weekday() == time.Saturday || opens.Weekday() == time.Sunday || opens.After(p.now) {
			continue
		}
		var answers []ledger.Feedback
		for range 22 + r.IntN(26) {
			at := opens.Add(time.Duration(r.IntN(8*3600)) * time.Second)
			if at.After(p.now) {
				continue
			}
			draw := r.IntN(all)
			h := habits[0]
			for _, h = range habits {
				if draw -= h.weight; draw < 0 {
					break
				}
			}
			if r.IntN(14) == 0 && !slices.Contains(h.kinds, "acute-admission") { // an acute card comes again
				p.hold(at, h.rule, "restraint")
				continue
			}
			if r.IntN(9) == 0 {
				p.hold(at, "R-O1", "silent")
			}
			card := p.show(at, h.rule, h.kinds...)
			answered := at.Add(time.Duration(h.seconds * (0.4 + r.ExpFloat64()) * float64(time.Second)))
			switch luck := r.Float64(); {
			case luck < h.ignored:
			case luck < h.ignored+h.accepted:
				places := []int{}
				if len(h.kinds) > 0 {
					places = append(places, r.IntN(len(h.kinds)))
				}
				answers = append(answers, accepted(card, answered, places...))
			default:
				answers = append(answers, overridden(card, answered, h.reasons[r.IntN(len(h.reasons))]))
			}
		}
		p.answer(answers...)
	}
	p.answer(accepted("card-1", p.now, 7), overridden("elsewhere", p.now, ""))
	p.answerAs(client, "low-back-pain-order-select", overridden("card-2", p.now, ""))
}
