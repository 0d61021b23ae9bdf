package pathway

import (
	"slices"
	"time"
)

// Facts are the answers that rules ask for. They are derived from a [Chart];
// the proof over the fact space builds them directly.
//
// A field's comment names the fact of the decision model it holds.
type Facts struct {
	AsOf       time.Time
	Hook       Hook
	Parameters Parameters
	Gaps       []Gap

	BackPain  Fact  // F-01
	Current   Fact  // the episode is recent (decision C-33)
	Onset     Onset // F-02
	Contact   Count // F-04
	AboutBack Fact  // F-05

	Page          Page // D-10
	PageEvidence  []Evidence
	PageDisagrees Fact // codes, findings and answers do not agree on the page

	Worse           Fact // F-06
	ClearlyImproved Fact // F-07
	Minor           Fact // F-08, F-62: younger than the scope age
	Pregnant        Fact // F-61

	CaudaEquina      Fact // D-1
	SphincterSettled Fact // signs stand, cauda equina refuted since (decision C-12)
	SphincterChange  Fact // an old symptom, change not stated (docs/facts.md, pre-existing symptoms)
	Paresis          Fact // D-2
	ParesisUnclear   Fact // D-3
	ParesisStable    Fact // D-4
	IntractablePain  Fact // D-5
	RedFlags         Fact // F-23: all answered at this contact
	RedFlagsMissing  []Concept
	SeriousPathology Fact // F-30

	YellowFlags   Fact  // F-43
	Treated       Weeks // D-8
	WithoutEffect Fact  // F-48

	PathologyHints Fact // F-31…F-36, an extension: they prompt the question of F-30, never answer it
	StartBackHigh  Fact // F-42, an extension
	HighPainScore  Fact // F-40, an extension
	Implant        Fact // F-60, an extension

	SecondaryReferral Fact // F-49: an open referral to the secondary sector, recorded or being drafted
	MRIOrdered        Fact // F-49: lumbar MRI ordered, or done in this episode

	Orders []Request // the selected drafts
}

// Facts derives what the rules ask for from what the record says. It is a pure
// function of its two inputs.
func (c *Chart) Facts(p Parameters) *Facts {
	c = c.datedByEncounters()
	e := c.episode(p)
	current := c.currentEncounter()
	sphincter := c.caudaEquina(e, p)
	weak := c.weakness(e, p)
	page := c.classify(e, weak)
	answered, missing := c.redFlags()
	pain := c.ask(painQuestion, e)
	pathology := c.ask(pathologyQuestion, e)

	f := &Facts{
		AsOf: c.AsOf, Hook: c.Hook, Parameters: p, Gaps: c.Gaps,
		BackPain: e.present, Current: e.current, Onset: e.onset,
		Contact: c.contactNumber(e, current), AboutBack: current,
		Page: page.page, PageEvidence: page.evidence, PageDisagrees: page.disagrees,
		Worse: c.worse(e), ClearlyImproved: c.clearlyImproved(),
		Minor: c.minor(p), Pregnant: c.has(Pregnancy),
		CaudaEquina: sphincter.suspected, SphincterSettled: sphincter.rejected, SphincterChange: sphincter.changed,
		Paresis: weak.acute, ParesisUnclear: weak.unclear, ParesisStable: weak.stable,
		IntractablePain: pain.settle(nil), RedFlags: answered, RedFlagsMissing: missing,
		SeriousPathology: pathology.settle(nil),
		YellowFlags:      c.yellowFlags(e), Treated: c.treatedWeeks(e), WithoutEffect: c.withoutEffect(e),
	}
	f.PathologyHints = c.has(Cancer, WeightLoss, Fever, NightSweats, SpinalInfection, IVDrugUse, Immunosuppression, Osteoporosis, VertebralFracture, Fracture)
	f.StartBackHigh = c.score(StartBackRisk, e, func(o Observation) bool { return o.Value == "high" })
	f.HighPainScore = c.score(PainNumericRating, e, func(o Observation) bool { return o.Number >= p.NRSPrompt })
	f.Implant = c.has(Pacemaker)
	f.SecondaryReferral = c.requested(func(r Request) bool { return r.Open && isSecondary(r.Concept) })
	for _, draft := range c.Drafts {
		if isSecondary(draft.Concept) {
			f.SecondaryReferral = anyOf(atLeastYes(f.SecondaryReferral), yes(draft.Evidence))
		}
	}
	f.MRIOrdered = c.requested(func(r Request) bool {
		return r.Concept == OrderMRILumbar && (r.Open || r.Done && e.contains(r.Authored))
	})
	for _, draft := range c.Drafts {
		if draft.Selected {
			f.Orders = append(f.Orders, draft)
		}
	}
	return f
}

// datedByEncounters is the chart in which each diagnosis without a day of
// recording was recorded on the day of its encounter.
func (c *Chart) datedByEncounters() *Chart {
	dated := *c
	dated.Conditions = slices.Clone(c.Conditions)
	for i := range dated.Conditions {
		condition := &dated.Conditions[i]
		if !condition.Recorded.Known() {
			condition.Recorded = c.encounterStart(condition.Encounter)
		}
	}
	return &dated
}

// minor is whether the patient is younger than the leaflet's adults. Of a
// partial birth date the later end counts, so that a doubt is not hidden.
func (c *Chart) minor(p Parameters) Fact {
	if !c.Birth.Known() {
		return unknown()
	}
	return given(daysBetween(c.AsOf, c.Birth.Latest.AddDate(p.ScopeAge, 0, 0)) > 0)
}

// has is whether a condition of that concept stands; "no" is never concluded
// from its absence.
func (c *Chart) has(concepts ...Concept) Fact {
	var fact Fact
	for _, condition := range c.Conditions {
		for _, concept := range concepts {
			if condition.Concept == concept && c.present(condition) {
				fact.Answer = Yes
				fact.Evidence = append(fact.Evidence, condition.evidence())
			}
		}
	}
	return fact
}

// score is whether the latest value of a score in this episode is high, or one
// of those that may be the latest; "no" is never concluded from a score.
func (c *Chart) score(concept Concept, e episode, high func(Observation) bool) Fact {
	var scores []Observation
	for _, o := range c.Observations {
		if o.Concept == concept && e.contains(o.Effective) {
			scores = append(scores, o)
		}
	}
	for _, o := range mayBeLatest(scores) {
		if high(o) {
			return yes(o.evidence())
		}
	}
	return unknown()
}

// requested is whether the record holds such an order. What the GP is drafting
// right now is the same order, not an earlier one (decision C-05).
func (c *Chart) requested(matches func(Request) bool) Fact {
	var fact Fact
	for _, request := range c.Requests {
		if matches(request) && !c.drafted(request.Reference) {
			fact.Answer = Yes
			fact.Evidence = append(fact.Evidence, request.Evidence)
		}
	}
	if fact.Answer == Unknown && c.readable(FromRequests) {
		return no()
	}
	return fact
}

func (c *Chart) drafted(reference string) bool {
	for _, draft := range c.Drafts {
		if reference != "" && draft.Reference == reference {
			return true
		}
	}
	return false
}

// isSecondary reports whether an order sends the patient to the secondary
// sector or a specialist.
func isSecondary(concept Concept) bool {
	switch concept {
	case OrderSecondarySector, OrderSpecialist, OrderNeurosurgery, OrderRheumatology, OrderSpineExamination:
		return true
	default:
		return false
	}
}

// Acute is D-6, and where it is Unknown, D-7: no acute fact is known, and the
// questions have not all been answered at this contact or the record could not
// be read.
func (f *Facts) Acute() Fact {
	if acute := anyOf(atLeastYes(f.CaudaEquina), atLeastYes(f.Paresis), atLeastYes(f.ParesisUnclear), atLeastYes(f.IntractablePain)); acute.IsYes() {
		return acute
	}
	for _, gap := range f.Gaps {
		answer := gap.Source == FromObservations && (gap.Whole || gap.Concept == LegStrength || gap.Concept == AnalTone)
		if gap.Source == FromConditions || answer {
			return unknown() // it might have held an acute fact
		}
	}
	if f.RedFlags.IsYes() {
		return no(f.RedFlags.Evidence...)
	}
	return unknown()
}

// UnreadRequired are the parts without which nothing can be answered and which
// could not be had.
func (f *Facts) UnreadRequired() []Gap {
	var missing []Gap
	for _, gap := range f.Gaps {
		if gap.Whole && gap.Source.Required() {
			missing = append(missing, gap)
		}
	}
	return missing
}

// SpeaksOfBack reports whether anything that was read is about the back: the
// patient's record, this contact, the selected order, or an acute fact
// (decision C-50).
func (f *Facts) SpeaksOfBack() Fact {
	ordered := no()
	for _, order := range f.Orders {
		if order.AboutBack.IsYes() || isBackOrder(order.Concept) {
			ordered = yes(order.Evidence)
		}
	}
	return anyOf(f.BackPain, f.AboutBack, f.Acute(), ordered)
}

// isBackOrder reports whether an order is about the back by what it orders.
func isBackOrder(concept Concept) bool {
	switch concept {
	case OrderMRILumbar, OrderCTLumbar, OrderXRayLumbar, OrderSpineExamination,
		OrderExtendedWorkup, OrderProlapsePackage, OrderSecondOpinion:
		return true
	default:
		return false
	}
}

// MRBox is how the leaflet's box on MRI reads for this patient (D-9).
type MRBox int

// The readings of the box. Only Met and NotMet speak of the criteria; neither
// can come out of anything unknown.
const (
	Unassessable MRBox = iota
	WrongRoute         // worsening, suspicion or acute: the planned route is too slow (reading A-05)
	NotOnPage          // the page that applies has no such box (reading A-08)
	NotMet
	Met
)

// String is the box's name as traces and scenarios write it.
func (b MRBox) String() string {
	switch b {
	case WrongRoute:
		return "wrong-route"
	case NotOnPage:
		return "not-on-page"
	case NotMet:
		return "not-met"
	case Met:
		return "met"
	case Unassessable:
	}
	return "unassessable"
}

// MRBox derives D-9; the first that applies holds. Treatment time and effect
// are asked for on the page for non-specific pain alone (reading A-08,
// decisions C-08, C-57).
func (f *Facts) MRBox() MRBox {
	acute := f.Acute()
	weeks := f.Treated.AtLeast(f.Parameters.MRWeeksMin)
	switch {
	case f.Worse.IsYes() || f.SeriousPathology.IsYes() || acute.IsYes():
		return WrongRoute
	case acute.Answer == Unknown:
		return Unassessable
	case f.Page != Nonspecific:
		return NotOnPage
	case f.Worse.Answer == Unknown, f.SeriousPathology.Answer == Unknown,
		f.WithoutEffect.Answer == Unknown, weeks.Answer == Unknown:
		return Unassessable
	case weeks.Answer == No || f.WithoutEffect.Answer == No:
		return NotMet
	default:
		return Met
	}
}
