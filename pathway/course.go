package pathway

import "slices"

// worse is fact F-06. "Worse" holds until a newer answer; "better" and
// "unchanged" hold for the contact at which they were said (decision C-34).
func (c *Chart) worse(e episode) Fact {
	a := c.ask(question{concept: Course, positive: []string{"worse"}, negative: []string{"better", "unchanged"}}, e)
	return a.settle(nil)
}

// clearlyImproved is fact F-07, said at this contact or not at all. Only a
// clinician's judgement sets it (reading A-10). Of two answers at this contact
// the newer holds; where that cannot be told, neither does.
func (c *Chart) clearlyImproved() Fact {
	var said []Observation
	for _, o := range c.Observations {
		if o.Concept != ClearImprovement || o.Value == "" || !c.atThisContact(o) || c.ahead(o.Effective) || o.Value == "yes" && !o.Firm {
			continue
		}
		said = append(said, o)
	}
	latest := mayBeLatest(said)
	var fact Fact
	for i, o := range latest {
		answer := No
		if o.Value == "yes" {
			answer = Yes
		}
		if i > 0 && answer != fact.Answer {
			return unknown(evidenceOf(latest)...)
		}
		fact.Answer = answer
		fact.Evidence = append(fact.Evidence, o.evidence())
	}
	return fact
}

// yellowFlags is fact F-43: the latest assessment in this episode.
func (c *Chart) yellowFlags(e episode) Fact {
	o, found := c.latest(YellowFlags, e, "none")
	switch {
	case !found:
		return unknown()
	case o.Value == "none":
		return no(o.evidence())
	default:
		return yes(o.evidence())
	}
}

// withoutEffect is fact F-48, "uden effekt": yes for no effect, no for some or
// good effect, the latest statement in this episode.
func (c *Chart) withoutEffect(e episode) Fact {
	o, found := c.latest(TreatmentEffect, e, "some", "good")
	switch {
	case !found:
		return unknown()
	case o.Value == "none":
		return yes(o.evidence())
	default:
		return no(o.evidence())
	}
}

// Page is which page of the leaflet applies (D-10).
type Page int

// The pages. Neither is a page for patients who are on none (reading A-14).
const (
	PageUnknown Page = iota
	Nonspecific
	NerveRootPage
	Mismatch // coded without nerve-root involvement, and something speaks against it
)

// String is the page's short name as traces and scenarios write it.
func (p Page) String() string {
	switch p {
	case Nonspecific:
		return "NS"
	case NerveRootPage:
		return "NR"
	case Mismatch:
		return "mismatch"
	case PageUnknown:
	}
	return "unknown"
}

// classification is the page with what it rests on, and whether the record
// disagrees with itself about it.
type classification struct {
	page      Page
	disagrees Fact
	evidence  []Evidence
}

// classify derives D-10 (decisions C-30, C-55): what the clinician answered
// wins over any code, a nerve-root code over a code that says there is none, and
// nerve-root findings speak against "none": weakness, sciatica on both sides, a
// visit for nerve-root pain.
func (c *Chart) classify(e episode, w weakness) classification {
	var nerveRoot, nonspecific, hints []Evidence
	for _, condition := range c.Conditions {
		if !c.present(condition) || !condition.Active && !e.contains(condition.lastDated()) {
			continue
		}
		switch condition.Concept {
		case NerveRoot:
			nerveRoot = append(nerveRoot, condition.evidence())
		case NonspecificStated:
			if !condition.Misplaced {
				nonspecific = append(nonspecific, condition.evidence())
			}
		case DiscProlapse:
			hints = append(hints, condition.evidence())
		default:
		}
	}
	findings := anyOf(atLeastYes(w.acute), atLeastYes(w.unclear), atLeastYes(w.stable)).Evidence
	for _, o := range c.ask(bilateralQuestion, e).standing {
		findings = append(findings, o.evidence())
	}
	for _, encounter := range c.Encounters {
		if encounter.TookPlace && encounter.Evidence.Concept == NerveRoot && e.contains(encounter.Start) && !c.ahead(encounter.Start) {
			findings = append(findings, encounter.Evidence)
		}
	}

	result := classification{disagrees: c.looked(nil)}
	disagree := func(evidence []Evidence) {
		if len(evidence) > 0 {
			result.disagrees = yes(append(slices.Clone(result.evidence), evidence...)...)
		}
	}
	stated, found := c.latest(NerveRootInvolvement, e, "no", "unsure")
	switch {
	case stated.Value == "yes":
		result.page, result.evidence = NerveRootPage, []Evidence{stated.evidence()}
		if len(nerveRoot) == 0 {
			disagree(nonspecific)
		}
	case stated.Value == "no":
		result.page, result.evidence = Nonspecific, []Evidence{stated.evidence()}
		disagree(slices.Concat(nerveRoot, findings))
	case found: // unsure
		result.evidence = []Evidence{stated.evidence()}
	case len(nerveRoot) > 0:
		result.page, result.evidence = NerveRootPage, nerveRoot
	case len(nonspecific) > 0:
		result.page, result.evidence = Nonspecific, nonspecific
		if against := slices.Concat(findings, hints); len(against) > 0 {
			result.page = Mismatch
			disagree(against)
		}
	}
	return result
}

// atLeastYes drops the evidence of everything that is not a yes.
func atLeastYes(f Fact) Fact {
	if f.IsYes() {
		return f
	}
	return no()
}
