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
// contact may be the one (rules.md section 5, number 4).
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
// about the back in this episode, today included (rules.md section 5).
// Contacts that might belong widen the interval; a number that the clinician
// recorded at this contact wins.
func (c *Chart) contactNumber(e episode, current Fact) Count {
	for _, o := range c.Observations {
		if o.Concept == ContactNumber && o.HasNumber && o.Number >= 1 && c.atThisContact(o) {
			return Count{Min: o.Number, Max: o.Number, Stated: true, Evidence: []Evidence{o.evidence()}}
		}
	}
	if e.present.Answer != Yes {
		return Count{}
	}
	unreadable := 0
	for _, gap := range c.Gaps {
		if gap.Source != FromEncounters {
			continue
		}
		if gap.Whole {
			return Count{}
		}
		unreadable++
	}

	today := dayOf(c.AsOf)
	certain, possible := map[int]bool{}, map[int]bool{}
	provider := c.ownPractice()
	for _, encounter := range c.Encounters {
		if !encounter.TookPlace || !encounter.Start.Known() || e.follows(encounter.Start) {
			continue
		}
		about := c.aboutBack(encounter)
		if about == No || encounter.Start.Earliest.After(c.AsOf) {
			continue
		}
		day := dayOf(encounter.Start.Latest)
		elsewhere := provider != "" && encounter.Provider != "" && encounter.Provider != provider
		if about.IsYes() && encounter.InPractice == Yes && !elsewhere && encounter.Start.SingleDay() {
			certain[day] = true
		} else {
			possible[day] = true
		}
	}
	if current.Answer != No {
		possible[today] = true // the call itself: the encounter may not be written yet
	}
	count := Count{Min: max(1, len(certain)), Max: len(certain) + unreadable}
	for day := range possible {
		if !certain[day] {
			count.Max++
		}
	}
	count.Max = max(count.Min, count.Max)
	return count
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
