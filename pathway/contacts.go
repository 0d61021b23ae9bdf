package pathway

// Count is a contact number as an interval, since contacts are rarely all
// coded. The zero value is unknown: a contact number is at least 1.
type Count struct {
	Min, Max int
	Stated   bool // the clinician recorded the number
	Evidence []Evidence
}

// Known reports whether there is any number.
func (n Count) Known() bool { return n.Max > 0 }

// Reaches answers for rules that offer escalation: it is enough that the
// contact may be the one (docs/facts.md, contacts).
func (n Count) Reaches(threshold int) Fact {
	switch {
	case !n.Known():
		return unknown()
	case n.Max >= threshold:
		return yes(n.Evidence...)
	default:
		return no(n.Evidence...)
	}
}

// Below answers for rules that hold back: the number has to be certain.
func (n Count) Below(threshold int) Fact {
	switch {
	case !n.Known(), n.Min != n.Max && n.Min < threshold:
		return unknown()
	case n.Max < threshold:
		return yes(n.Evidence...)
	default:
		return no(n.Evidence...)
	}
}

// Is answers whether this is exactly the contact with that number.
func (n Count) Is(number int) Fact {
	switch {
	case !n.Known():
		return unknown()
	case number < n.Min || number > n.Max:
		return no(n.Evidence...)
	case n.Min == n.Max:
		return yes(n.Evidence...)
	default:
		return unknown()
	}
}

// contactNumber counts the distinct days on which the practice saw the patient
// about the back in this episode, today included (docs/facts.md, contacts).
// Contacts that might belong widen the interval; a number that the clinician
// recorded at this contact wins.
func (c *Chart) contactNumber(e episode, current Fact) Count {
	if stated, found := c.statedNumber(); found {
		return stated
	}
	if e.present.Answer != Yes {
		return Count{}
	}
	uncertain := 0 // contacts of no certain day, and those that could not be read
	for _, gap := range c.Gaps {
		if gap.Source != FromEncounters {
			continue
		}
		if gap.Whole {
			return Count{}
		}
		uncertain++
	}

	today := c.contactDay()
	certain, possible := map[int]bool{}, map[int]bool{}
	provider := c.ownPractice()
	for _, encounter := range c.Encounters {
		// Out-of-hours care is at another provider by nature and may count; which
		// other provider that is, a record does not tell.
		elsewhere := provider != "" && encounter.Provider != "" && encounter.Provider != provider
		if !encounter.TookPlace || encounter.InPractice == No || e.follows(encounter.Start) {
			continue
		}
		about := c.aboutBack(encounter)
		if encounter.ID != "" && encounter.ID == c.Encounter && current.IsYes() {
			about = Yes
		}
		if about == No || encounter.Start.Earliest.After(c.AsOf) {
			continue
		}
		day := dayOf(encounter.Start.Latest)
		switch {
		case !encounter.Start.SingleDay():
			uncertain++
		case about.IsYes() && encounter.InPractice == Yes && !elsewhere:
			certain[day] = true
		default:
			possible[day] = true
		}
	}
	switch {
	case current.IsYes() && !possible[today]:
		certain[today] = true // an order's reason says so where the encounter does not
	case current.Answer != No:
		possible[today] = true // the call itself: the encounter may not be written yet
	}
	count := Count{Min: max(1, len(certain)), Max: len(certain) + uncertain}
	for day := range possible {
		if !certain[day] {
			count.Max++
		}
	}
	count.Max = max(count.Min, count.Max)
	return count
}

// contactDay is the day on which this contact began: a visit over midnight, or
// one that nobody has closed, is one contact.
func (c *Chart) contactDay() int {
	for _, encounter := range c.Encounters {
		begun := encounter.Start
		if c.Encounter != "" && encounter.ID == c.Encounter && encounter.TookPlace && begun.SingleDay() {
			return dayOf(begun.Latest)
		}
	}
	return dayOf(c.AsOf)
}

// statedNumber is the contact number that the clinician recorded at this
// contact, the latest of several; those of which none is known to be the later
// are an interval.
func (c *Chart) statedNumber() (stated Count, found bool) {
	var said []Observation
	for _, o := range c.Observations {
		if o.Concept == ContactNumber && o.Number > 0 && c.atThisContact(o) && !c.ahead(o.Effective) {
			said = append(said, o)
		}
	}
	for i, o := range mayBeLatest(said) {
		if i == 0 {
			stated = Count{Min: o.Number, Max: o.Number, Stated: true}
		}
		stated.Min, stated.Max = min(stated.Min, o.Number), max(stated.Max, o.Number)
		stated.Evidence = append(stated.Evidence, o.evidence())
	}
	return stated, stated.Stated
}

// ownPractice is the organisation behind the current encounter, if the record
// says so.
func (c *Chart) ownPractice() string {
	for _, encounter := range c.Encounters {
		if c.Encounter != "" && encounter.ID == c.Encounter {
			return encounter.Provider
		}
	}
	return ""
}
