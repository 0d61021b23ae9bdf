package cards

import (
	"slices"

	"rygkort/pathway"
)

// referrals are the drafts that a rule suggests.
var referrals = map[string][]referral{
	"R-S1": {{order: pathway.OrderSecondarySector, priority: asap}},
	"R-S3": {{order: pathway.OrderSecondarySector, priority: asap}},
	"R-S4": {{order: pathway.OrderSecondarySector, priority: asap}},
	"R-P2": {{order: pathway.OrderFollowUp, priority: routine}},
	"R-P4": {{order: pathway.OrderSecondarySector, priority: routine}},
	"R-P5": {
		{order: pathway.OrderExtendedWorkup, priority: routine, with: pathway.OrderPhysiotherapy},
		{order: pathway.OrderExtendedWorkup, priority: routine, with: pathway.OrderChiropractic},
		{order: pathway.OrderMunicipal, priority: routine},
	},
	"R-P6": {
		{order: pathway.OrderSecondarySector, priority: routine},
		{order: pathway.OrderMRILumbar, priority: routine},
	},
	"R-P7": {
		{order: pathway.OrderSecondarySector, priority: routine},
		{order: pathway.OrderMRILumbar, priority: routine},
		{order: pathway.OrderSpecialist, priority: routine},
	},
	"R-P9": {
		{order: pathway.OrderPhysiotherapy, priority: routine},
		{order: pathway.OrderChiropractic, priority: routine},
		{order: pathway.OrderExtendedWorkup, priority: routine},
		{order: pathway.OrderProlapsePackage, priority: routine},
	},
	"R-P10": {
		{order: pathway.OrderPhysiotherapy, priority: routine},
		{order: pathway.OrderChiropractic, priority: routine},
	},
	"R-P11": {{order: pathway.OrderMRILumbar, priority: routine}},
	"O-M1":  {{order: pathway.OrderSecondarySector, priority: asap}},
	"O-M2":  {{order: pathway.OrderPhysiotherapy, priority: routine}},
	"O-M5":  {{order: pathway.OrderSecondarySector, priority: routine}},
	"O-P1": {
		{order: pathway.OrderProlapsePackage, priority: routine},
		{order: pathway.OrderExtendedWorkup, priority: routine},
	},
	"O-C1": {{order: pathway.OrderSecondarySector, priority: asap}},
}

// messages are the rules that suggest a second opinion.
var messages = []string{"R-O1", "O-M2", "O-M6", "O-R1", "O-X1"}

// together reports whether the suggestions of one rule may sensibly be taken
// several at once: a referral with its scan, the answers to several questions.
func (a *author) together(v *pathway.Verdict) bool {
	switch v.Rule.ID {
	case "R-P5", "R-P6", "R-P7", "R-Q1", "O-X2", "O-P2":
		return true
	case "R-Q2":
		return len(a.changed()) > 1
	case "O-M3":
		return len(a.open()) > 1
	default:
		return false
	}
}

// practisingSpecialistFrom is the contact of the leaflet's box that names one
// (NR-C4-3, reading A-21).
const practisingSpecialistFrom = 4

// suggestions are the card's drafts, and how many of them may be taken. An
// acute card has one, and no planned route beside it.
func (a *author) suggestions() ([]Suggestion, Selection) {
	if a.acute() {
		admission := a.refer(referral{order: pathway.OrderAcuteAdmission, priority: asap}, a.core())
		admission.IsRecommended = true
		return []Suggestion{admission}, AtMostOne
	}
	var list []Suggestion
	several := false
	for _, v := range a.advice.Verdicts {
		of := a.suggestionsOf(v)
		several = several || a.together(v) || len(of) > 0 && len(list) > 0
		list = append(list, of...)
	}
	switch {
	case len(list) == 0:
		return nil, ""
	case several:
		return list, Any
	default:
		return list, AtMostOne
	}
}

func (a *author) suggestionsOf(v *pathway.Verdict) []Suggestion {
	var list []Suggestion
	for _, r := range referrals[v.Rule.ID] {
		if a.fits(v, r) {
			list = append(list, a.refer(r, []*pathway.Verdict{v}))
		}
	}
	list = append(list, a.answersTo(v)...)
	if a.offersMessage(v) {
		list = append(list, a.secondOpinion([]*pathway.Verdict{v}))
	}
	return list
}

// answersTo are the answers that a rule's questions can be given.
func (a *author) answersTo(v *pathway.Verdict) []Suggestion {
	switch v.Rule.ID {
	case "R-Q1", "O-X2", "O-P2":
		return a.recordRedFlags()
	case "R-Q2":
		return a.recordChange()
	case "O-M3":
		if a.facts.Acute().Answer == pathway.Unknown {
			return a.recordRedFlags()
		}
		return a.recordBox()
	}
	q := questionAnswers[v.Rule.ID]
	return a.recordAll(q.concept, q.answers)
}

// fits reports whether a draft adds to what is under way: not what is being
// ordered right now, not a plan's referral or scan that is open already, and
// the practising specialist only from the contact that names one.
func (a *author) fits(v *pathway.Verdict, r referral) bool {
	f := a.facts
	if v.Order != nil && v.Order.Concept == r.order {
		return false
	}
	planned := v.Rule.Topic == pathway.TopicPlan
	switch r.order {
	case pathway.OrderSecondarySector:
		return !planned || !f.SecondaryReferral.IsYes()
	case pathway.OrderSpecialist:
		return !f.SecondaryReferral.IsYes() && f.Contact.Max >= practisingSpecialistFrom
	case pathway.OrderMRILumbar:
		return !f.MRIOrdered.IsYes()
	default:
		return true
	}
}

// offersMessage reports whether the rule suggests a second opinion. It is never
// the answer to a severe or an acute finding, known or suspected (reading A-13,
// decision C-52).
func (a *author) offersMessage(v *pathway.Verdict) bool {
	f := a.facts
	severe := f.Acute().IsYes() || f.ParesisStable.IsYes() || f.SphincterSettled.IsYes() || f.SeriousPathology.IsYes()
	return slices.Contains(messages, v.Rule.ID) && !severe && !a.acute() && !a.carries("R-S1", "R-S3", "R-S4")
}
