package main

import (
	"encoding/csv"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"rygkort/cards"
	"rygkort/internal/ledger"
	"rygkort/internal/web"
)

// suppressions are why a card was not shown.
var suppressions = []string{"restraint", "silent", "shadow"}

// writeCSV writes a row for each rule and period: days, or weeks where the page
// has weeks. Columns are found by name; each list ends with one for what this
// release does not know, so that numbers add up.
func writeCSV(w io.Writer, r ledger.Report) error {
	reasons := append(cards.Reasons(), noReason)
	lists := []struct {
		before string
		codes  []string
		counts func(figures) map[string]int
	}{
		{"suppressed_", suppressions, func(f figures) map[string]int { return f.Suppressed }},
		{"reason_", reasons, func(f figures) map[string]int { return f.Reasons }},
		{"suggestion_", cards.Kinds(), func(f figures) map[string]int { return f.Suggestions }},
	}
	header := []string{"period", "from", "rule", "shown", "accepted", "overridden", "unanswered", "dismissal_rate", "median_seconds"}
	for _, list := range lists {
		for _, code := range list.codes {
			header = append(header, list.before+strings.ReplaceAll(code, "-", "_"))
		}
		header = append(header, list.before+"unknown")
	}
	out := csv.NewWriter(w)
	_ = out.Write(header) // its errors come with the last
	period := "week"
	if web.ByDay(r) {
		period = "day"
	}
	for _, rule := range r.Rules {
		periods := rule.Weeks
		if period == "day" {
			periods = rule.Days
		}
		for _, p := range periods {
			f := figuresOf(p.Figures)
			row := []string{
				period, p.From.Format(time.DateOnly), rule.Rule, strconv.Itoa(f.Shown), strconv.Itoa(f.Accepted),
				strconv.Itoa(f.Overridden), strconv.Itoa(f.Unanswered), decimal(f.DismissalRate, 4), decimal(f.MedianSeconds, 3),
			}
			for _, list := range lists {
				row = append(row, spread(list.counts(f), list.codes)...)
			}
			_ = out.Write(row)
		}
	}
	out.Flush()
	return out.Error()
}

// decimal is a number, or nothing where it is not known.
func decimal(number *float64, decimals int) string {
	if number == nil {
		return ""
	}
	return strconv.FormatFloat(*number, 'f', decimals, 64)
}

// spread are the counts of codes in their order, and that of all others.
func spread(counts map[string]int, codes []string) []string {
	var cells []string
	for _, code := range codes {
		cells = append(cells, strconv.Itoa(counts[code]))
	}
	others := 0
	for code, number := range counts {
		if !slices.Contains(codes, code) {
			others += number
		}
	}
	return append(cells, strconv.Itoa(others))
}
