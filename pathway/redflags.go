package pathway

// RedFlagItems are the questions that have to be answered at a contact before
// the acute criteria count as looked at (decision C-18), in the order in which
// a clinician asks them.
func RedFlagItems() []Concept {
	return []Concept{
		SaddleSensation, BladderDisturbance, BowelDisturbance, BilateralSciatica,
		ParesisProgressive, Paralysis, IntractablePain,
	}
}

// answeredHere reports whether the question has an answer at this contact.
// "Not tested" is no answer, and a provisional answer settles nothing that is
// not alarming.
func (c *Chart) answeredHere(concept Concept) bool {
	for _, o := range c.Observations {
		if o.Concept != concept || !c.atThisContact(o) || c.ahead(o.Effective) {
			continue
		}
		switch o.Value {
		case "", "not-tested", "unsure", "not-assessed":
		case "yes", "new", "worse", "reduced":
			return true
		default:
			if o.Firm && !c.garbled(concept) {
				return true
			}
		}
	}
	return false
}

// redFlags is fact F-23, and the questions that are still open.
func (c *Chart) redFlags() (answered Fact, missing []Concept) {
	for _, item := range RedFlagItems() {
		if !c.answeredHere(item) {
			missing = append(missing, item)
		}
	}
	if len(missing) > 0 {
		return unknown(), missing
	}
	return yes(), nil
}
