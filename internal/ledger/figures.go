package ledger

import (
	"cmp"
	"maps"
	"slices"
	"time"
)

// Report is what GPs did with the cards that were sent since a time.
type Report struct {
	Since, Until time.Time

	Total Figures
	Days  []Period // those on which a card was decided, the first first
	Weeks []Period // likewise; a week begins on Monday
	Rules []RuleReport

	Apart      Apart
	ApartSince time.Time // the counts apart are kept by day: that of Since, from its start
}

// RuleReport is about the cards led by one rule.
type RuleReport struct {
	Rule string
	Figures
	Days  []Period
	Weeks []Period
}

// Period is a day or a week, from its first midnight.
type Period struct {
	From time.Time
	Figures
}

// Figures count cards. Of several answers to one card the one with the latest
// outcomeTimestamp counts. Shown is Accepted, Overridden and Unanswered together.
type Figures struct {
	Shown      int
	Suppressed map[string]int // decided and not shown, by why

	Accepted    int
	Suggestions map[string]int // those taken from accepted cards, by kind
	Overridden  int
	Reasons     map[string]int // by reason; "" where none was given
	Unanswered  int            // says neither accepted nor refused

	// MedianTime is from the card to its answer, by the clients' clocks, so it can be
	// negative. It is exact; without an answer it is zero.
	MedianTime time.Duration
}

// DismissalRate is the part of the answered cards that was overridden. It is not
// known when none was answered.
func (f Figures) DismissalRate() (rate float64, known bool) {
	answered := f.Accepted + f.Overridden
	if answered == 0 {
		return 0, false
	}
	return float64(f.Overridden) / float64(answered), true
}

// Apart counts feedback that belongs to no card. A repeated entry counts again.
type Apart struct {
	Unknown           int // no such card was sent
	OtherService      int
	OtherClient       int
	Late              int // the card is pruned
	UnknownSuggestion int // its card is known, the suggestion is not
}

// tally makes one Figures.
type tally struct {
	figures Figures
	times   []int64
}

// tallies make a Report.
type tallies struct {
	zone  *time.Location
	total tally
	days  map[string]*tally
	weeks map[string]*tally
	rules map[string]*ruleTally
}

type ruleTally struct {
	tally
	days  map[string]*tally
	weeks map[string]*tally
}

func newTallies(zone *time.Location) *tallies {
	return &tallies{
		zone: zone,
		days: map[string]*tally{}, weeks: map[string]*tally{}, rules: map[string]*ruleTally{},
	}
}

// each calls add for all the tallies to which a card of this rule and day belongs.
func (t *tallies) each(rule, day string, add func(*tally)) {
	of := t.rules[rule]
	if of == nil {
		of = &ruleTally{days: map[string]*tally{}, weeks: map[string]*tally{}}
		t.rules[rule] = of
	}
	week := weekOf(day)
	for _, one := range []*tally{
		&t.total, &of.tally,
		entryOf(t.days, day), entryOf(t.weeks, week), entryOf(of.days, day), entryOf(of.weeks, week),
	} {
		add(one)
	}
}

func entryOf(tallies map[string]*tally, name string) *tally {
	if tallies[name] == nil {
		tallies[name] = &tally{}
	}
	return tallies[name]
}

// weekOf is the Monday of a day.
func weekOf(day string) string {
	date, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	sinceMonday := (int(date.Weekday()) + 6) % 7
	return date.AddDate(0, 0, -sinceMonday).Format(time.DateOnly)
}

func (t *tally) countCards(shown bool, why, outcome, reason string, number int) {
	f := &t.figures
	if !shown {
		count(&f.Suppressed, why, number)
		return
	}
	f.Shown += number
	switch outcome {
	case "accepted":
		f.Accepted += number
	case "overridden":
		f.Overridden += number
		count(&f.Reasons, reason, number)
	default:
		f.Unanswered += number
	}
}

func count(into *map[string]int, name string, number int) {
	if *into == nil {
		*into = map[string]int{}
	}
	(*into)[name] += number
}

func (t *tally) done() Figures {
	t.figures.MedianTime = median(t.times)
	return t.figures
}

// median of microseconds; of an even number of them, the middle of the two.
func median(micros []int64) time.Duration {
	if len(micros) == 0 {
		return 0
	}
	slices.Sort(micros)
	high := time.Duration(micros[len(micros)/2]) * time.Microsecond
	low := time.Duration(micros[(len(micros)-1)/2]) * time.Microsecond
	return low + (high-low)/2
}

func (t *tallies) periods(of map[string]*tally) []Period {
	var periods []Period
	for _, name := range slices.Sorted(maps.Keys(of)) {
		from, err := time.ParseInLocation(time.DateOnly, name, t.zone)
		if err != nil {
			continue
		}
		periods = append(periods, Period{From: from, Figures: of[name].done()})
	}
	return periods
}

func (t *tallies) fill(r *Report) {
	r.Total = t.total.done()
	r.Days, r.Weeks = t.periods(t.days), t.periods(t.weeks)
	for rule, of := range t.rules {
		r.Rules = append(r.Rules, RuleReport{
			Rule: rule, Figures: of.done(), Days: t.periods(of.days), Weeks: t.periods(of.weeks),
		})
	}
	slices.SortFunc(r.Rules, func(a, b RuleReport) int { return cmp.Compare(a.Rule, b.Rule) })
}
