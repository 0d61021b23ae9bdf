package cards

import (
	"fmt"
	"strconv"
	"strings"

	"rygkort/pathway"
)

// detail is the card's text: what to do and why, what was found, where in the
// course, what was missing, what the leaflet says, and by which rules.
func (a *author) detail() string {
	var d document
	if lead := a.advice.Lead(); lead.Class == pathway.Extension {
		d.paragraph(fmt.Sprintf(a.phrases.fromExtension, escape(lead.Rule.Source)))
	}
	for _, text := range a.body() {
		d.paragraph(text)
	}
	d.list(a.phrases.found, a.found())
	d.paragraph(a.contactLine())
	d.list(a.phrases.missing, a.missing())
	d.list(a.phrases.leaflet, a.quotations(a.coreSentences()))
	for _, v := range a.folded() {
		a.foldedSection(&d, v)
	}
	d.paragraph(a.footer())
	return d.String()
}

// body is what to do and why.
func (a *author) body() []string {
	if a.acute() {
		return a.acuteBody()
	}
	var texts []string
	for _, v := range a.core() {
		text := a.rules[a.words(v)].body
		if v.Rule.ID == "R-Q2" && a.saidUnchanged() {
			text = a.phrases.unchangedBody
		}
		texts = append(texts, a.orderLine(v)+text)
		texts = append(texts, a.factLines(v)...)
	}
	return texts
}

// acuteBody says once what to do, then why, reason by reason. The planned route
// is named as too slow, and imaging is not spoken against (reading A-05).
func (a *author) acuteBody() []string {
	texts := []string{a.phrases.acuteAction}
	var routes []string
	said := map[string]bool{}
	for _, v := range a.core() {
		if v.Rule.ID == "O-A" && v.Order != nil {
			routes = appendNew(routes, a.order(v.Order.Concept))
		}
	}
	for _, v := range a.core() {
		if said[v.Rule.ID] {
			continue
		}
		said[v.Rule.ID] = true
		text := a.rules[v.Rule.ID].body
		switch {
		case v.Rule.ID == "O-A" && len(routes) > 0:
			text = fmt.Sprintf(a.phrases.plannedRoute, a.list(routes)) + " " + text
		case v.Rule.ID == "O-C1":
			text = a.rules[v.Rule.ID].summary + ". " + text
		}
		texts = append(texts, text)
	}
	if a.disagreementIsALine() {
		texts = append(texts, a.phrases.disagreement)
	}
	if a.call.Dismissed {
		texts = append(texts, a.phrases.dismissed)
	}
	return texts
}

// orderLine names the order a rule is about.
func (a *author) orderLine(v *pathway.Verdict) string {
	if v.Order == nil {
		return ""
	}
	return fmt.Sprintf(a.phrases.draft, a.order(v.Order.Concept)) + " "
}

// factLines are the sentences of a rule that depend on the facts.
func (a *author) factLines(v *pathway.Verdict) []string {
	p, f := &a.phrases, a.facts
	var lines []string
	referred := f.SecondaryReferral.IsYes()
	switch v.Rule.ID {
	case "R-S1", "R-S3", "R-S4", "O-M1":
		lines = a.lineIf(referred, lines, p.referralOpenUrgent)
	case "R-P4":
		lines = a.lineIf(referred, lines, p.referralOpen)
	case "R-P6":
		lines = a.lineIf(referred, lines, p.referralOpen)
		lines = a.lineIf(f.MRIOrdered.IsYes(), lines, p.mriOrdered)
		lines = append(lines, a.boxLines()...)
	case "R-P7":
		lines = a.lineIf(f.Worse.IsYes(), lines, p.worsened)
		lines = a.lineIf(referred, lines, p.referralOpen)
		lines = a.lineIf(f.MRIOrdered.IsYes(), lines, p.mriOrdered)
	case "R-P10":
		lines = a.lineIf(referred, lines, p.referralUntouched)
	case "R-P11", "O-M2", "O-M4":
		lines = append(lines, a.boxLines()...)
	case "R-Q3":
		lines = append(lines, a.nextSteps()...)
	case "R-X1":
		lines = append(lines, a.scopeLine())
	case "O-C1":
		lines = append(lines, p.severeNotMessage)
		lines = a.lineIf(referred, lines, p.referralOpenUrgent)
	}
	return a.lineIf(v.Rule.ID != "R-O1" && a.offersMessage(v), lines, p.secondOpinionLine)
}

func (a *author) lineIf(holds bool, lines []string, line string) []string {
	if holds {
		return append(lines, line)
	}
	return lines
}

// scopeLine says why the leaflet does not describe the patient.
func (a *author) scopeLine() string {
	p, f := &a.phrases, a.facts
	var reasons []string
	if f.Minor.IsYes() {
		reasons = append(reasons, fmt.Sprintf(p.scopeAge, f.Parameters.ScopeAge))
	}
	if f.Pregnant.IsYes() {
		reasons = append(reasons, p.scopePregnant)
	}
	if _, longest, known := f.DaysSinceOnset(); known && longest > f.Parameters.ScopeWeeks*7 {
		reasons = append(reasons, fmt.Sprintf(p.scopeWeeks, f.Parameters.ScopeWeeks))
	}
	if len(reasons) == 0 {
		return ""
	}
	return fmt.Sprintf(p.scopeBecause, a.list(reasons))
}

// boxLines say how the leaflet's MRI box reads (D-9). None of them is a reason
// to withhold imaging (reading A-05).
func (a *author) boxLines() []string {
	p, f := &a.phrases, a.facts
	low, full := f.Parameters.MRWeeksMin, f.Parameters.MRWeeksFull
	var line string
	switch f.MRBox() {
	case pathway.Met:
		line = fmt.Sprintf(p.boxMet, low, full)
		if f.Treated.Min < full {
			line += " " + fmt.Sprintf(p.boxBetween, low, full)
		}
	case pathway.NotMet:
		line = fmt.Sprintf(p.boxNotMet, low, full)
		if f.WithoutEffect.Answer == pathway.No {
			line += " " + p.boxEffect
		}
	case pathway.WrongRoute:
		line = p.boxWrongRoute
	case pathway.Unassessable:
		line = p.boxUnassessable
	case pathway.NotOnPage:
		return nil
	}
	return []string{line + " " + fmt.Sprintf(p.weeks, a.weeks())}
}

// weeks is for how long treatment and exercise have run side by side.
func (a *author) weeks() string {
	w := a.facts.Treated
	if !w.Known {
		return a.phrases.weeksUnknown
	}
	return interval(w.Min, w.Max)
}

// interval is a number that may not be known exactly.
func interval(low, high int) string {
	if low == high {
		return strconv.Itoa(low)
	}
	return fmt.Sprintf("%d–%d", low, high)
}

// foldedSection is the short section of a rule that joined this card.
func (a *author) foldedSection(d *document, v *pathway.Verdict) {
	quotations := a.quotations(a.onPage(v.Rule.Sentences))
	switch v.Rule.ID {
	case "R-I1":
		d.list(a.phrases.information, quotations)
	case "R-O1":
		line := "**" + a.phrases.secondOpinion + "** – " + a.phrases.secondOpinionLine
		d.paragraph(strings.TrimSpace(line + " " + strings.Join(quotations, " ")))
	default:
		d.list(a.rules[v.Rule.ID].summary, quotations)
	}
}

// footer names the rules, how far they are the leaflet's own, and the rule set.
func (a *author) footer() string {
	g := a.grounds()
	rules := strings.Join(g.Rules, ", ")
	if g.Class == pathway.SeedOp {
		rules += " · " + a.phrases.operationalise
	}
	return fmt.Sprintf(a.phrases.footer, rules, g.Version)
}
