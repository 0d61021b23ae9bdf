package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"

	"rygkort/cards"
	"rygkort/internal/ledger"
	"rygkort/internal/web"
)

// report is the command that says what GPs did with the cards, in the figures of
// the page.
type report struct {
	Since  string `default:"30d" placeholder:"DAY" help:"The first day, such as 2026-10-01, or how long ago it was, such as 30d (${default})."`
	Format string `enum:"text,csv,json" default:"text" help:"${enum}."`
	ledgerPlace
}

// Run prints it.
func (c *report) Run(a *app) error {
	return c.use(a, func(l *ledger.Ledger, now time.Time) error {
		since, err := dayOf(c.Since, now)
		if err != nil {
			return fmt.Errorf("%w: --since: %w", errMisused, err)
		}
		figures, err := l.Report(a.ctx, since)
		if err != nil {
			return err
		}
		switch c.Format {
		case "csv":
			return writeCSV(a.stdout, figures)
		case "json":
			if err := json.MarshalWrite(a.stdout, reportOf(figures), jsontext.WithIndent("  ")); err != nil {
				return err
			}
			_, err := fmt.Fprintln(a.stdout)
			return err
		default:
			return writeText(a.stdout, figures)
		}
	})
}

// reported is a report as JSON, described in docs/operation.md.
type reported struct {
	Since      time.Time         `json:"since"`
	Until      time.Time         `json:"until"`
	Total      figures           `json:"total"`
	Days       []periodFigures   `json:"days"`
	Weeks      []periodFigures   `json:"weeks"`
	Rules      []ruleFigures     `json:"rules"`
	Apart      map[string]int    `json:"apart"`
	ApartSince string            `json:"apartSince"`
	Threshold  reportedThreshold `json:"oftenOverridden"`
}

// reportedThreshold is from where on a rule is marked.
type reportedThreshold struct {
	Rate    float64 `json:"dismissalRate"`
	Answers int     `json:"answers"`
}

type periodFigures struct {
	From string `json:"from"` // a day; of a week, its Monday
	figures
}

type ruleFigures struct {
	Rule  string `json:"rule"`
	Often bool   `json:"oftenOverridden"`
	figures
	Days  []periodFigures `json:"days"`
	Weeks []periodFigures `json:"weeks"`
}

// figures as JSON. What is not known is null.
type figures struct {
	Shown         int            `json:"shown"`
	Accepted      int            `json:"accepted"`
	Overridden    int            `json:"overridden"`
	Unanswered    int            `json:"unanswered"`
	DismissalRate *float64       `json:"dismissalRate"`
	MedianSeconds *float64       `json:"medianSeconds"`
	Suggestions   map[string]int `json:"suggestions"`
	Reasons       map[string]int `json:"reasons"`
	Suppressed    map[string]int `json:"suppressed"`
}

// noReason is the reason where none was given.
const noReason = "none"

func figuresOf(f ledger.Figures) figures {
	of := figures{
		Shown: f.Shown, Accepted: f.Accepted, Overridden: f.Overridden, Unanswered: f.Unanswered,
		Suggestions: f.Suggestions, Reasons: map[string]int{}, Suppressed: f.Suppressed,
	}
	for reason, number := range f.Reasons {
		of.Reasons[first(reason, noReason)] += number
	}
	if rate, known := f.DismissalRate(); known {
		seconds := f.MedianTime.Seconds()
		of.DismissalRate, of.MedianSeconds = &rate, &seconds
	}
	return of
}

func periodsOf(periods []ledger.Period) []periodFigures {
	var of []periodFigures
	for _, p := range periods {
		of = append(of, periodFigures{p.From.Format(time.DateOnly), figuresOf(p.Figures)})
	}
	return of
}

func reportOf(r ledger.Report) reported {
	of := reported{
		Since: r.Since, Until: r.Until, Total: figuresOf(r.Total), Days: periodsOf(r.Days), Weeks: periodsOf(r.Weeks),
		Apart:      map[string]int{},
		ApartSince: r.ApartSince.Format(time.DateOnly),
		Threshold:  reportedThreshold{web.OftenRate, web.OftenAnswers},
	}
	for _, one := range apartOf(r.Apart) {
		of.Apart[one.name] = one.number
	}
	for _, rule := range r.Rules {
		of.Rules = append(of.Rules, ruleFigures{rule.Rule, web.Often(rule.Figures), figuresOf(rule.Figures), periodsOf(rule.Days), periodsOf(rule.Weeks)})
	}
	return of
}

type apartCount struct {
	name, text string
	number     int
}

func apartOf(a ledger.Apart) []apartCount {
	return []apartCount{
		{"unknown", "on a card that was not sent", a.Unknown},
		{"otherService", "on another service's card", a.OtherService},
		{"otherClient", "on another client's card", a.OtherClient},
		{"late", "on a card that is deleted", a.Late},
		{"unknownSuggestion", "with a suggestion that the card did not have", a.UnknownSuggestion},
	}
}

// writeText writes a report for people.
func writeText(w io.Writer, r ledger.Report) error {
	const layout = "2006-01-02 15:04 MST"
	fmt.Fprintf(w, "Cards sent from %s to %s\n\n", r.Since.Format(layout), r.Until.Format(layout))
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "RULE\tSHOWN\tACCEPTED\tOVERRIDDEN\tUNANSWERED\tRATE\tTIME\tNOT SHOWN\t")
	for _, rule := range r.Rules {
		mark := ""
		if web.Often(rule.Figures) {
			mark = "often overridden"
		}
		writeRow(table, first(rule.Rule, "(no rule)"), rule.Figures, mark)
	}
	writeRow(table, "all", r.Total, "")
	if err := table.Flush(); err != nil {
		return err
	}
	for _, list := range []struct {
		title  string
		counts map[string]int
		name   func(string) string
	}{
		{"Taken from accepted cards", r.Total.Suggestions, cards.English.KindName},
		{"Why cards were overridden", figuresOf(r.Total).Reasons, cards.English.ReasonName},
		{"Why cards were not shown", r.Total.Suppressed, func(string) string { return "" }},
	} {
		if len(list.counts) > 0 {
			fmt.Fprintf(w, "\n%s\n", list.title)
		}
		for _, code := range slices.Sorted(maps.Keys(list.counts)) {
			fmt.Fprintln(w, strings.TrimRight(fmt.Sprintf("%6d  %s  %s", list.counts[code], code, list.name(code)), " "))
		}
	}
	fmt.Fprintf(w, "\nFeedback that belongs to no card, since %s\n", r.ApartSince.Format(time.DateOnly))
	for _, one := range apartOf(r.Apart) {
		fmt.Fprintf(w, "%6d  %s\n", one.number, one.text)
	}
	_, err := fmt.Fprintf(w, "\nA rule is marked from %.0f%% of at least %d answers.\n", 100*web.OftenRate, web.OftenAnswers)
	return err
}

func writeRow(w io.Writer, name string, f ledger.Figures, mark string) {
	rate, median := "-", "-"
	if part, known := f.DismissalRate(); known {
		rate, median = fmt.Sprintf("%.0f%%", 100*part), f.MedianTime.Round(time.Second).String()
	}
	held := 0
	for _, number := range f.Suppressed {
		held += number
	}
	fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%s\t%s\t%d\t%s\n", name, f.Shown, f.Accepted, f.Overridden, f.Unanswered, rate, median, held, mark)
}
