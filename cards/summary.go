package cards

import (
	"fmt"

	"rygkort/pathway"
)

// summary is the card's one sentence. It is made of our own words only: nothing
// out of the record stands in it.
func (a *author) summary() string {
	lead := a.advice.Lead()
	if a.acute() {
		return a.acuteSummary()
	}
	id, p, f := a.words(lead), &a.phrases, a.facts
	text := a.rules[id].summary
	switch id {
	case "R-S2":
		if f.Page != pathway.Mismatch {
			return p.disagreeAnswer
		}
	case "R-Q1", "O-X2", "O-P2":
		if open, all := len(f.RedFlagsMissing), len(pathway.RedFlagItems()); open > 0 && open < all {
			return fmt.Sprintf(p.someRedFlags, open, all)
		}
	case "R-Q2":
		return a.changeSummary(text)
	case "R-P4":
		return a.yellowFlagSummary(text)
	case "R-P6":
		return a.notImprovedSummary(text, f.Parameters.ContactMRINonspecific)
	case "R-P7":
		return a.notImprovedSummary(text, f.Parameters.ContactMRINerveRoot)
	case "O-M2":
		if f.Treated.AtLeast(f.Parameters.MRWeeksMin).Answer == pathway.No {
			return text + fmt.Sprintf(p.weeksSummary, a.weeks())
		}
	}
	return text
}

// acuteSummary names the reasons for admission; an order rule beside them is
// said in the detail.
func (a *author) acuteSummary() string {
	var reasons []string
	var only string
	for _, v := range a.advice.Verdicts {
		if reason := a.acuteReason(v); reason != "" {
			reasons = append(reasons, reason)
			only = v.Rule.ID
		}
	}
	switch len(reasons) {
	case 0:
		return a.rules[a.advice.Lead().Rule.ID].summary
	case 1:
		return a.rules[only].summary
	default:
		return fmt.Sprintf(a.phrases.acuteSeveral, sentenceCase(a.list(reasons)))
	}
}

func (a *author) acuteReason(v *pathway.Verdict) string {
	p := &a.phrases
	switch v.Rule.ID {
	case "R-A1":
		return p.reasonCaudaEquina
	case "R-A2":
		for _, e := range v.Evidence() {
			if e.Concept != pathway.Paralysis && e.Concept != pathway.LegParalysis {
				return p.reasonParesis
			}
		}
		return p.reasonParalysis
	case "R-A3":
		return p.reasonPain
	case "R-A4":
		return p.reasonWeakness
	default:
		return ""
	}
}

// changeSummary asks about what the record really holds: an old diagnosis of
// cauda equina, an old symptom, or an "unchanged" that does not say since when.
func (a *author) changeSummary(text string) string {
	for _, e := range a.facts.SphincterChange.Evidence {
		switch {
		case e.Concept == pathway.CaudaEquina:
			return a.phrases.oldCaudaEquina
		case e.Value == "unchanged":
			text = a.phrases.unchangedSince
		}
	}
	return text
}

func (a *author) yellowFlagSummary(text string) string {
	n, from := a.facts.Contact, a.facts.Parameters.ContactYellowFlags
	switch {
	case a.facts.SecondaryReferral.IsYes():
		return a.phrases.yellowReferred + a.contactNote(from)
	case n.Known() && n.Min >= from && n.Min == n.Max:
		return fmt.Sprintf(a.phrases.yellowAt, a.ordinal(n.Min))
	case n.Known() && n.Min >= from:
		return fmt.Sprintf(a.phrases.yellowFrom, a.ordinal(from))
	default:
		return text + a.contactNote(from)
	}
}

func (a *author) notImprovedSummary(text string, step int) string {
	if a.facts.SecondaryReferral.IsYes() {
		text = a.phrases.notImprovedReferred
	}
	return text + a.contactNote(step)
}

// contactNote says how sure it is that the step has been reached (reading
// A-19, decision C-32).
func (a *author) contactNote(step int) string {
	switch n := a.facts.Contact; {
	case !n.Known():
		return a.phrases.contactNumberUnknown
	case n.Min < step && step <= n.Max:
		return fmt.Sprintf(a.phrases.possiblyContact, a.ordinal(step))
	default:
		return ""
	}
}
