package pathway

import "time"

// sphincter is what the record says of bladder, bowel and saddle, and of cauda
// equina syndrome itself.
type sphincter struct {
	suspected Fact // D-1
	rejected  Fact // signs that stand, with cauda equina considered and refuted since (decision C-12)
	changed   Fact // an old symptom of which nobody has said whether it changed (R-Q2)
}

// caudaEquina derives D-1 and its two siblings.
//
// It errs towards suspicion: a symptom of unknown age feeds D-1, a refutation
// covers only what is older than itself, and what it covers still is a reason
// for the secondary sector (NR-RF-2a).
func (c *Chart) caudaEquina(e episode, p Parameters) sphincter {
	refutation := c.refutation()
	old := e.preexisting(c.AsOf, p)

	var suspected, rejected, changed, against []Evidence
	weigh := func(when When, evidence Evidence) {
		if when.onAnEarlierDay(refutation) {
			rejected = append(rejected, evidence)
			return
		}
		suspected = append(suspected, evidence)
	}

	longKnown := false // an old cauda equina diagnosis explains what is "unchanged"

	// F-10: recorded or suspected. Refuted later on another day, it is answered.
	for _, condition := range c.Conditions {
		if condition.Concept != CaudaEquina || !c.present(condition) {
			continue
		}
		when := condition.lastDated()
		switch {
		case when.onAnEarlierDay(refutation):
		case old(when):
			longKnown = true
			if c.nearBack(e) && !c.sphincterAnswered() {
				changed = append(changed, condition.evidence()) // decisions C-16, C-56
			}
		default:
			suspected = append(suspected, condition.evidence())
		}
	}

	// F-11 and F-14: saddle sensation and anal tone, by answer or by code.
	// F-12, F-13 and D17: bladder and bowel.
	negative := Fact{Answer: No}
	for _, q := range []question{saddleQuestion, analToneQuestion, bladderQuestion, bowelQuestion} {
		a := c.ask(q, e)
		codes := c.coded(q, e, a)
		fact := a.settle(codes)
		if fact.Answer == Conflict {
			against = append(against, evidenceOf(a.against())...)
		}
		if fact.Answer != No && q.concept != AnalTone {
			negative.Answer = Unknown
		}
		if fact.Answer == No {
			negative.Evidence = append(negative.Evidence, fact.Evidence...)
		}
		for _, o := range a.standing {
			weigh(o.Effective, o.evidence())
		}
		if !q.needsBack {
			for _, condition := range codes {
				weigh(condition.lastDated(), condition.evidence())
			}
			continue
		}
		unchanged, said, firm := c.unchanged(q)
		known := false
		for _, condition := range codes {
			began, _ := condition.dated()
			if !old(began) {
				weigh(condition.lastDated(), condition.evidence())
				known = true
				continue
			}
			switch {
			case firm:
				known = true
			case len(a.standing) == 0:
				changed = append(changed, condition.evidence())
			}
		}
		if said && !known && !longKnown && len(a.standing) == 0 {
			changed = append(changed, unchanged) // decision C-20: unchanged since when?
		}
	}
	suspected = append(suspected, c.caudaEquinaExtensions(e, p)...)

	result := sphincter{suspected: c.ifRead(negative)}
	if len(suspected) > 0 {
		result.suspected = yes(suspected...)
		if len(against) > 0 {
			result.suspected.Answer = Conflict
			result.suspected.Evidence = append(result.suspected.Evidence, against...)
		}
	}
	result.rejected = c.looked(rejected)
	result.changed = c.looked(changed)
	return result
}

// looked is yes where something was found in conditions and observations, no
// where both were read and nothing was, else unknown.
func (c *Chart) looked(found []Evidence) Fact {
	switch {
	case len(found) > 0:
		return yes(found...)
	case c.readable(FromConditions, FromObservations):
		return no()
	default:
		return unknown()
	}
}

// refutation is the latest day on which cauda equina was considered and found
// not to be there (decision C-52). Without a date it covers nothing.
func (c *Chart) refutation() When {
	var latest When
	for _, condition := range c.Conditions {
		if condition.Concept != CaudaEquina || !condition.Refuted || condition.Misplaced {
			continue
		}
		when := condition.Recorded
		if !when.Known() {
			when = condition.Onset
		}
		if !c.ahead(when) && when.Earliest.After(latest.Earliest) {
			latest = when
		}
	}
	return latest
}

// preexisting tells whether something began so long before the back problem
// that it need not belong to it (docs/facts.md, pre-existing symptoms). Where the back problem
// is long past or there is none, today takes its place.
func (e episode) preexisting(asOf time.Time, p Parameters) func(When) bool {
	reference := asOf
	if e.present.IsYes() && e.ongoing {
		reference = e.onset.When.Earliest
	}
	return func(when When) bool {
		return when.Known() && daysBetween(when.Latest, reference) > p.PreexistingSphincterDay
	}
}

// unchanged is the answer "unchanged" to the question at this contact, and
// whether it is firm enough to calm.
func (c *Chart) unchanged(q question) (evidence Evidence, said, firm bool) {
	for _, o := range c.Observations {
		if o.Concept == q.concept && o.Value == "unchanged" && c.atThisContact(o) {
			evidence, said, firm = o.evidence(), true, firm || c.settles(o)
		}
	}
	return evidence, said, firm
}

// sphincterAnswered reports whether saddle, bladder and bowel have been
// answered at this contact.
func (c *Chart) sphincterAnswered() bool {
	for _, concept := range []Concept{SaddleSensation, BladderDisturbance, BowelDisturbance} {
		if !c.answeredHere(concept) {
			return false
		}
	}
	return true
}

// caudaEquinaExtensions are the signs that other guidance names and the
// leaflet does not; each is off until its switch is on (decision C-19).
func (c *Chart) caudaEquinaExtensions(e episode, p Parameters) []Evidence {
	var found []Evidence
	if p.extension("F-15") {
		for _, o := range c.ask(bilateralQuestion, e).standing {
			found = append(found, o.evidence())
		}
	}
	if p.extension("F-16") {
		found = append(found, c.has(SexualDysfunctionNote).Evidence...)
	}
	for _, o := range c.Observations {
		residual := o.Concept == PostVoidResidual && p.extension("F-17") && o.Number >= p.PostVoidResidual
		if residual && e.contains(o.Effective) {
			found = append(found, o.evidence())
		}
	}
	return found
}
