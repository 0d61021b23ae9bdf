package fhir_test

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"rygkort/fhir"
	"rygkort/pathway"
)

// placeInKey is a place in the value of a key, and in no resource of it.
var placeInKey = regexp.MustCompile(`^$|^/entry|^/\d`)

// said is everything that a reading says, as lines by block.
func (p *sheet) said(r *fhir.Reading) map[string][]string {
	all := map[string][]string{}
	say := func(block, line string) {
		if block == "" {
			block = nameless
		}
		all[block] = append(all[block], line)
	}
	for source, state := range r.States {
		if string(p.call.Prefetch[source]) != "null" || state != fhir.None {
			say(string(source), state.String())
		}
	}
	for _, gap := range r.Chart.Gaps {
		block, line := gap.Reference, "unread"
		if block == "" {
			block = string(gap.Source)
		}
		if gap.Whole {
			line += " whole"
		}
		say(block, line+spaced(string(gap.Concept))+": "+gap.Reason)
	}
	for _, n := range r.Notes {
		block := n.Resource
		if slices.ContainsFunc(r.Chart.Gaps, func(g pathway.Gap) bool { return n.Pointer == "" && g.Reference == block && g.Reason == n.What }) {
			continue // the gap has told of it
		}
		if block == "" && placeInKey.MatchString(n.Pointer) {
			block = string(n.Source)
		}
		say(block, "note"+spaced(n.Pointer)+": "+n.What)
	}
	if r.Chart.Birth.Known() {
		say("Patient/"+p.call.Patient, "born "+span(r.Chart.Birth))
	} else if r.States[pathway.FromPatient] == fhir.Given {
		say("Patient/"+p.call.Patient, "age unknown")
	}
	for _, c := range r.Chart.Conditions {
		say(c.Evidence.Reference, diagnosisLine(c))
	}
	for _, o := range r.Chart.Observations {
		say(o.Evidence.Reference, answerLine(o))
	}
	for _, e := range r.Chart.Encounters {
		say(e.Evidence.Reference, contactLine(e))
	}
	for _, done := range r.Chart.Procedures {
		line := "done " + string(done.Concept) + codeOf(done.Evidence) + flagged("not done", done.NotDone) + at("from", done.Start) + at("to", done.End)
		if done.Evidence.When != done.Start {
			line += at("on", done.Evidence.When)
		}
		say(done.Evidence.Reference, line)
	}
	for _, q := range r.Chart.Requests {
		say(q.Reference, orderLine(q))
	}
	return all
}

func diagnosisLine(c pathway.Condition) string {
	return "diagnosis " + string(c.Concept) + codeOf(c.Evidence) +
		flagged("refuted", c.Refuted) + flagged("suspected", c.Evidence.Suspected) + flagged("misplaced", c.Misplaced) +
		flagged("active", c.Active) + flagged("ended", c.Ended) +
		at("onset", c.Onset) + at("recorded", c.Recorded) + at("abated", c.Abated) + labelled("at", c.Encounter)
}

func answerLine(o pathway.Observation) string {
	value := o.Value
	switch {
	case o.HasNumber:
		value += strconv.Itoa(o.Number)
	case value == "":
		value = "open"
	}
	line := "answer " + string(o.Concept) + " " + value + codeOf(o.Evidence) + flagged("not final", !o.Firm) +
		at("on", o.Effective) + at("from", o.Start) + at("to", o.End) + labelled("site", o.Site)
	if o.SiteText != "" {
		line += " " + strconv.Quote(o.SiteText)
	}
	return line + labelled("at", o.Encounter)
}

func contactLine(e pathway.Encounter) string {
	return "contact" + flagged("not held", !e.TookPlace) + " practice " + e.InPractice.String() + " back " + e.About.String() +
		codeOf(e.Evidence) + at("on", e.Start) +
		labelled("provider", e.Provider) + labelled("names", strings.Join(e.Diagnoses, " "))
}

func orderLine(q pathway.Request) string {
	return "order " + string(q.Concept) + codeOf(q.Evidence) + flagged("open", q.Open) + flagged("done", q.Done) +
		" back " + q.AboutBack.String() + labelled("for", strings.Join(q.Reasons, " ")) +
		at("authored", q.Authored) + at("from", q.Start) + at("to", q.End)
}

// codeOf is the code that a finding rests on, under a short name of its
// system. Our own codes say what the concept says already.
func codeOf(e pathway.Evidence) string {
	if e.Code == "" || e.Code == finding+"|"+string(e.Concept) {
		return ""
	}
	for uri, name := range map[string]string{
		icpc2: "icpc-2", sks: "sks", icd10: "icd-10", snomed: "snomed", loinc: "loinc", cpt: "cpt", finding: "finding", orderCode: "order",
	} {
		if code, ok := strings.CutPrefix(e.Code, uri+"|"); ok && !strings.Contains(code, "|") {
			return " " + name + "|" + code
		}
	}
	return " " + e.Code
}

// spaced is a word with a space before it, or nothing.
func spaced(word string) string { return flagged(word, word != "") }

func labelled(label, value string) string {
	if value == "" {
		return ""
	}
	return " " + label + " " + value
}

func flagged(word string, set bool) string {
	if !set {
		return ""
	}
	return " " + word
}

func at(label string, w pathway.When) string {
	if !w.Known() {
		return ""
	}
	return " " + label + " " + span(w)
}

// span writes an interval as short as a record would: a year, a month, a day,
// an instant, else both ends.
func span(w pathway.When) string {
	const day = "2006-01-02"
	first, next := w.Earliest, w.Latest.Add(time.Nanosecond)
	end := func(t time.Time) string {
		if t.Equal(now()) {
			return "now"
		}
		return t.Format("2006-01-02T15:04:05.999999999Z07:00")
	}
	midnight := func(t time.Time) bool { return t.Format("15:04:05.999999999") == "00:00:00" }
	if w.Earliest.Equal(w.Latest) {
		return end(first)
	}
	if midnight(first) && midnight(next) {
		switch {
		case first.Format("01-02") == "01-01" && next.Equal(first.AddDate(1, 0, 0)):
			return first.Format("2006")
		case first.Day() == 1 && next.Equal(first.AddDate(0, 1, 0)):
			return first.Format("2006-01")
		case next.Equal(first.AddDate(0, 0, 1)):
			return first.Format(day)
		}
	}
	from, to := end(first), end(w.Latest)
	if midnight(first) {
		from = first.Format(day)
	}
	if midnight(next) {
		to = w.Latest.Format(day)
	}
	return from + ".." + to
}
