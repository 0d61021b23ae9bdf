package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"rygkort/hooks"
	"rygkort/pathway"
)

// writeTrace prints how an answer came about, for people: what was read, what
// it was understood to say, what each rule made of it, and what was chosen.
func writeTrace(w io.Writer, trace hooks.Trace) error {
	var page bytes.Buffer
	writeReading(&page, trace)
	writeFacts(&page, trace.Decision.Facts)
	writeRules(&page, trace.Decision)
	writeChoice(&page, trace.Decision)
	_, err := page.WriteTo(w)
	return err
}

func writeReading(w io.Writer, trace hooks.Trace) {
	fmt.Fprintf(w, "\nREAD  %s, %s\n", trace.Request.Hook, trace.Reading.Chart.AsOf.Format("2006-01-02 15:04 MST"))
	for _, key := range slices.Sorted(maps.Keys(trace.Reading.States)) {
		fmt.Fprintf(w, "  %-14s %s\n", key, trace.Reading.States[key])
	}
	for _, one := range trace.Reading.Fetches {
		fmt.Fprintf(w, "  %-14s fetched: %s\n", one.Source, words(fmt.Sprintf("%d pages, %d bytes", one.Pages, one.Bytes), one.Reason))
	}
	for _, gap := range trace.Reading.Chart.Gaps {
		fmt.Fprintf(w, "  gap: %s\n", words(string(gap.Source), gap.Reference, string(gap.Concept), gap.Reason))
	}
	for _, note := range trace.Reading.Notes {
		fmt.Fprintf(w, "  note: %s\n", words(string(note.Source), note.Resource, note.Pointer, note.What))
	}
}

func writeFacts(w io.Writer, facts *pathway.Facts) {
	fmt.Fprintf(w, "\nFACTS\n")
	for _, line := range facts.Lines() {
		fmt.Fprintf(w, "  %-5s %-46s %s\n", line.ID, line.Name, line.Says)
		for _, evidence := range line.Evidence {
			fmt.Fprintf(w, "          %s\n", evidenceText(evidence))
		}
	}
}

func writeRules(w io.Writer, decision *pathway.Decision) {
	fmt.Fprintf(w, "\nRULES\n")
	for i := range decision.Verdicts {
		verdict := &decision.Verdicts[i]
		about := ""
		if verdict.Order != nil {
			about = " [" + verdict.Order.Reference + "]"
		}
		fmt.Fprintf(w, "  %-5s %-8s %s%s\n", verdict.Rule.ID, verdict.Answer, verdict.Rule.Then, about)
		for _, term := range verdict.Terms {
			asks := term.Asks
			if term.Negated {
				asks = "not: " + asks
			}
			fmt.Fprintf(w, "          %-8s %s\n", term.Fact.Answer, asks)
		}
	}
}

func writeChoice(w io.Writer, decision *pathway.Decision) {
	fmt.Fprintf(w, "\nCARDS\n")
	for _, advice := range decision.Advice {
		ids := make([]string, len(advice.Verdicts))
		for i, verdict := range advice.Verdicts {
			ids[i] = verdict.Rule.ID
		}
		fmt.Fprintf(w, "  %-8s %s\n", advice.Urgency, strings.Join(ids, ", "))
	}
	if len(decision.Advice) == 0 {
		fmt.Fprintln(w, "  none")
	}
	for _, out := range decision.LeftOut {
		fmt.Fprintf(w, "  left out: %s, since %s\n", out.Verdict.Rule.ID, out.Because)
	}
}

// evidenceText is one piece of evidence on a line.
func evidenceText(e pathway.Evidence) string {
	value := e.Value
	if value != "" {
		value = "= " + value
	}
	suspected := ""
	if e.Suspected {
		suspected = "(suspected)"
	}
	return words(e.Reference, string(e.Concept), value, e.Site, e.Code, quote(e.Display), whenText(e), suspected)
}

func quote(text string) string {
	if text == "" {
		return ""
	}
	return fmt.Sprintf("%q", text)
}

// whenText is a date as exactly as the record knows it.
func whenText(e pathway.Evidence) string {
	const day = "2006-01-02"
	text := "undated"
	switch when := e.When; {
	case when.SingleDay():
		text = when.Latest.Format(day)
	case when.Known():
		text = when.Earliest.Format(day) + "…" + when.Latest.Format(day)
	}
	if e.Recorded {
		return "recorded " + text
	}
	return text
}

// words joins what there is.
func words(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(part string) bool { return part == "" }), "  ")
}
