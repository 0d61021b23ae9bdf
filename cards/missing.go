package cards

import (
	"fmt"
	"slices"
	"strings"

	"rygkort/pathway"
)

// open are the questions that have no answer: the alarm symptoms at this
// contact, and what the card's rules would have to know.
func (a *author) open() []pathway.Concept {
	questions := slices.Clone(a.facts.RedFlagsMissing)
	for _, v := range a.core() {
		questions = appendNew(questions, a.openFor(v)...)
	}
	return questions
}

// openFor are the unanswered questions of one rule.
func (a *author) openFor(v *pathway.Verdict) []pathway.Concept {
	f := a.facts
	var open []pathway.Concept
	ask := func(fact pathway.Fact, concept pathway.Concept) {
		if fact.Answer == pathway.Unknown {
			open = append(open, concept)
		}
	}
	switch v.Rule.ID {
	case "R-A4":
		open = append(open, pathway.LegStrength)
	case "R-Q2":
		if !a.saidUnchanged() {
			open = append(open, a.changed()...)
		}
	case "R-Q3", "O-M7":
		open = append(open, pathway.NerveRootInvolvement)
	case "R-Q4", "R-E2", "R-P3":
		ask(f.YellowFlags, pathway.YellowFlags)
	case "R-P8":
		ask(f.ClearlyImproved, pathway.ClearImprovement)
	case "R-E1":
		ask(f.SeriousPathology, pathway.SeriousPathology)
	case "R-E3", "O-D2":
		ask(f.IntractablePain, pathway.IntractablePain)
	case "R-P6", "O-M3":
		open = append(open, a.openInBox()...)
	}
	if !f.Contact.Known() && slices.Contains([]string{"R-P4", "R-P6", "R-P7"}, v.Rule.ID) {
		open = append(open, pathway.ContactNumber)
	}
	return open
}

// openInBox are the unanswered questions of the MRI box, which stands on the
// page for non-specific pain alone.
func (a *author) openInBox() []pathway.Concept {
	f := a.facts
	if f.Page != pathway.Nonspecific || f.MRBox() != pathway.Unassessable {
		return nil
	}
	var open []pathway.Concept
	for _, q := range a.boxQuestions() {
		if q.fact.Answer == pathway.Unknown {
			open = append(open, q.concept)
		}
	}
	if f.Treated.AtLeast(f.Parameters.MRWeeksMin).Answer == pathway.Unknown {
		open = append(open, pathway.OtherTreatment, pathway.Exercise)
	}
	return open
}

// boxQuestion is a question of the MRI box that one answer settles.
type boxQuestion struct {
	concept pathway.Concept
	fact    pathway.Fact
	answers []string // of which each settles it
}

func (a *author) boxQuestions() []boxQuestion {
	return []boxQuestion{
		{pathway.Course, a.facts.Worse, []string{"unchanged", "worse"}},
		{pathway.SeriousPathology, a.facts.SeriousPathology, []string{"no", "yes"}},
		{pathway.TreatmentEffect, a.facts.WithoutEffect, []string{"none", "some"}},
	}
}

// missing says what was not recorded and what could not be read, and that
// neither is a "no". It stands on every card there is anything to say on.
func (a *author) missing() []string {
	var lines []string
	if open := a.facts.RedFlagsMissing; len(open) > 0 {
		lines = append(lines, fmt.Sprintf(a.phrases.openRedFlags, a.names(open))+" "+a.phrases.notAbsent)
	}
	others := slices.DeleteFunc(a.open(), func(c pathway.Concept) bool { return slices.Contains(a.facts.RedFlagsMissing, c) })
	if len(others) > 0 {
		lines = append(lines, fmt.Sprintf(a.phrases.notRecorded, a.names(others)))
	}
	return append(lines, a.unread()...)
}

// names lists questions by name; where strength is asked for, what of it.
func (a *author) names(concepts []pathway.Concept) string {
	names := make([]string, len(concepts))
	for i, concept := range concepts {
		switch concept {
		case pathway.LegStrength:
			names[i] = a.phrases.weakPresence
		case pathway.NerveRootInvolvement:
			names[i] = a.phrases.nerveRootPages
		default:
			names[i] = a.finding(concept)
		}
	}
	return a.list(names)
}

// unread says what of the record could not be read. Why, and which resource,
// is for the integrator and stands in the trace.
func (a *author) unread() []string {
	var whole, single, about []string
	counts := map[pathway.Source]int{}
	required := false
	for _, gap := range a.facts.Gaps {
		required = required || gap.Source.Required()
		if gap.Whole {
			whole = appendNew(whole, a.part(gap.Source))
			continue
		}
		counts[gap.Source]++
		if name := a.concept(gap.Concept); name != "" {
			about = appendNew(about, name)
		}
	}
	for _, gap := range a.facts.Gaps {
		if n := counts[gap.Source]; n > 0 && !gap.Whole {
			single = appendNew(single, fmt.Sprintf("%s (%d)", a.part(gap.Source), n))
		}
	}
	var lines []string
	say := func(format string, names []string) {
		if len(names) > 0 {
			lines = append(lines, fmt.Sprintf(format, a.list(names)))
		}
	}
	say(a.phrases.unreadParts, whole)
	say(a.phrases.unreadEntries, single)
	say(a.phrases.unreadAbout, about)
	if required {
		lines = append(lines, a.phrases.notReadNotNo)
	}
	if len(lines) == 0 {
		return nil
	}
	return []string{strings.Join(lines, " ")}
}

func (a *author) part(source pathway.Source) string {
	if name := a.parts[source]; name != "" {
		return name
	}
	return escape(plain(string(source)))
}

// concept is the name of anything a record can speak of.
func (a *author) concept(c pathway.Concept) string {
	for _, name := range []string{a.findings[c], a.conditions[c], a.orders[c]} {
		if name != "" {
			return name
		}
	}
	return ""
}
