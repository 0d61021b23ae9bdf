package cards

import (
	"fmt"
	"slices"
	"strings"

	"rygkort/pathway"
)

// foundLimit is how many findings a card lists; seriesLimit is how many grades
// of one muscle group, the newest.
const (
	foundLimit  = 12
	seriesLimit = 6
)

// found lists what the card rests on, each with its date, in the order in which
// the rules asked for it.
func (a *author) found() []string {
	var lines []string
	var shown []pathway.Evidence
	take := func(evidence []pathway.Evidence) []pathway.Evidence {
		var fresh []pathway.Evidence
		for _, e := range evidence {
			if !slices.Contains(shown, e) {
				shown = append(shown, e)
				fresh = append(fresh, e)
			}
		}
		return fresh
	}
	for _, v := range a.core() {
		for _, term := range v.Terms {
			of := a.lines(take(term.Fact.Evidence))
			if term.Fact.Answer == pathway.Conflict && len(of) > 0 {
				of = []string{fmt.Sprintf(a.phrases.conflict, strings.Join(of, "; "))}
			}
			lines = appendNew(lines, of...)
		}
		lines = appendNew(lines, a.lines(take(a.addsEvidence(v)))...)
	}
	if a.disagreementIsALine() {
		lines = appendNew(lines, a.lines(take(a.facts.PageDisagrees.Evidence))...)
	}
	if more := len(lines) - foundLimit; more > 0 {
		lines = append(lines[:foundLimit], fmt.Sprintf(a.phrases.andMore, more))
	}
	return lines
}

// lines are findings in words. The grades of one muscle group become one line;
// an undated one keeps its own, since its place among them is not known.
func (a *author) lines(evidence []pathway.Evidence) []string {
	var lines []string
	graded := map[string]bool{}
	for i, e := range evidence {
		switch {
		case e.Concept != pathway.LegStrength:
			lines = append(lines, a.line(e))
		case !e.When.Known():
			lines = append(lines, a.series([]pathway.Evidence{e}))
		case !graded[e.Site]:
			graded[e.Site] = true
			lines = append(lines, a.series(slices.DeleteFunc(slices.Clone(evidence[i:]), func(other pathway.Evidence) bool {
				return other.Concept != pathway.LegStrength || other.Site != e.Site || !other.When.Known()
			})))
		}
	}
	return lines
}

// series is the strength of one muscle group over time.
func (a *author) series(graded []pathway.Evidence) string {
	var grades, dates []string
	for _, e := range graded {
		grades = append(grades, fromRecord(e.Value))
		dates = append(dates, a.date(e.When))
	}
	if more := len(grades) - seriesLimit; more > 0 {
		grades = append([]string{"…"}, grades[more:]...)
		dates = append([]string{"…"}, dates[more:]...)
	}
	then, remark := " → ", ""
	if !inOrder(graded) {
		then, remark = " / ", "; "+a.phrases.orderUnknown
	}
	return fmt.Sprintf(a.phrases.strength, strings.Join(grades, then)) + ", " + a.muscle(graded[0].Site) + " (" + strings.Join(dates, then) + remark + ")"
}

// inOrder reports whether each was certainly measured before the next that
// differs: an arrow between two partial dates could show a fall as a rise.
func inOrder(graded []pathway.Evidence) bool {
	for i := range graded[1:] {
		if graded[i].Value != graded[i+1].Value && !graded[i].When.Latest.Before(graded[i+1].When.Earliest) {
			return false
		}
	}
	return true
}

func (a *author) muscle(site string) string {
	if name := a.muscles[site]; name != "" {
		return name
	}
	if name := fromRecord(site); name != "" {
		return name
	}
	return a.phrases.otherSite
}

// line is one finding: its name, the answer or that it is only suspected, and
// its date.
func (a *author) line(e pathway.Evidence) string {
	name := a.statement(e)
	if e.Suspected {
		name += " – " + a.phrases.suspected
	}
	date := a.date(e.When)
	if e.Recorded && e.When.Known() {
		date = fmt.Sprintf(a.phrases.recorded, date)
	}
	if a.acute() && notInLeaflet(e) {
		date += "; " + a.phrases.notInLeaflet
	}
	return sentenceCase(name) + " (" + date + ")"
}

// statement is the finding in words. What was recorded in our own codes is
// worded by us; a diagnosis or an order keeps the record's name for it.
func (a *author) statement(e pathway.Evidence) string {
	if name := a.findings[e.Concept]; name != "" {
		return a.answered(name, e)
	}
	display := fromRecord(e.Display)
	if strings.HasPrefix(e.Reference, "Encounter/") {
		if display == "" {
			return a.phrases.backContact
		}
		return fmt.Sprintf(a.phrases.contactAbout, display)
	}
	for _, name := range []string{display, a.conditions[e.Concept], a.orders[e.Concept]} {
		if name != "" {
			return name
		}
	}
	return a.phrases.unnamed
}

// answered is a question in our codes with the record's answer.
func (a *author) answered(name string, e pathway.Evidence) string {
	value, ours := a.answer(e.Value)
	if !ours {
		value = fromRecord(e.Value)
	}
	if e.Concept == pathway.PostVoidResidual && value != "" {
		value = fmt.Sprintf(a.phrases.residual, value)
	}
	if value == "" {
		return name
	}
	return name + ": " + value
}

// notInLeaflet reports whether a sign of cauda equina comes from other guidance
// (decision C-19).
func notInLeaflet(e pathway.Evidence) bool {
	return e.Concept == pathway.BilateralSciatica || e.Concept == pathway.PostVoidResidual
}
