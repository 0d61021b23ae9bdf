package pathway

import (
	"math"
	"slices"
)

// weakness is what the record says of strength in the legs.
type weakness struct {
	acute   Fact // D-2: progressive, or paralysed
	unclear Fact // D-3: severe, and nobody knows where it is going
	stable  Fact // D-4: severe, measured more than once, not falling
}

// weakness derives D-2, D-3 and D-4 from measured grades, from the clinician's
// own words and from diagnoses (readings; decisions C-13, C-14).
func (c *Chart) weakness(e episode, p Parameters) weakness {
	progressive := c.ask(progressiveQuestion, e)
	paralysis := c.ask(paralysisQuestion, e)
	stated := progressive.settle(nil)
	paralysed := paralysis.settle(c.coded(paralysisQuestion, e, paralysis))

	var acute, unclear, stable []Evidence
	graded := c.grades(e)
	for _, series := range graded {
		switch judge(series, p) {
		case falling, paralysedGrade:
			acute = append(acute, evidenceOf(series)...)
		case severeOnce:
			unclear = append(unclear, evidenceOf(series)...)
		case severeStable:
			stable = append(stable, evidenceOf(series)...)
		case notSevere:
		}
	}
	unclear = append(unclear, c.ungradedWeakness(e, graded, progressive)...)

	measured := given(len(acute) > 0)
	measured.Evidence = acute
	result := weakness{acute: c.ifRead(anyOf(stated, paralysed, measured))}
	if len(unclear) > 0 {
		result.unclear = yes(unclear...)
	} else {
		result.unclear.Answer = knownSafe(result.acute)
	}
	switch {
	case result.acute.IsYes() || result.unclear.IsYes():
		result.stable = no()
	case len(stable) > 0:
		result.stable = yes(stable...)
	default:
		result.stable.Answer = knownSafe(result.acute)
	}
	return result
}

// knownSafe carries over a documented "no" and nothing else.
func knownSafe(f Fact) Answer {
	if f.Answer == No {
		return No
	}
	return Unknown
}

// grades are the measured grades of this episode by muscle group and side,
// oldest first. Of two at the same time the lower counts as the later, and an
// undated one forms a group of its own: its place in the series is unknown.
func (c *Chart) grades(e episode) [][]Observation {
	var groups [][]Observation
	for _, o := range c.Observations {
		if o.Concept != LegStrength || !o.HasNumber || !e.contains(o.Effective) {
			continue
		}
		if c.ahead(o.Effective) {
			o.Effective = When{}
		}
		at := slices.IndexFunc(groups, func(g []Observation) bool {
			return g[0].sameSite(o) && g[0].Effective.Known() && o.Effective.Known()
		})
		if at < 0 {
			groups = append(groups, nil)
			at = len(groups) - 1
		}
		groups[at] = append(groups[at], o)
	}
	for _, group := range groups {
		slices.SortStableFunc(group, func(a, b Observation) int {
			if byTime := a.Effective.Latest.Compare(b.Effective.Latest); byTime != 0 {
				return byTime
			}
			return b.Number - a.Number
		})
	}
	return groups
}

// verdict is what a series of grades says.
type verdict int

const (
	notSevere verdict = iota
	falling
	paralysedGrade
	severeOnce
	severeStable
)

// judge compares the latest grade of a group with every earlier one. Dates are
// often partial and grades provisional: every grade that may still hold is
// taken for the latest, against every grade that may be earlier, and the worst
// reading counts. Only a firm grade of certainly later time replaces another.
func judge(series []Observation, p Parameters) verdict {
	lowest := math.MaxInt
	for _, candidate := range series {
		if slices.ContainsFunc(series, func(o Observation) bool { return o.Firm && certainlyBefore(candidate, o) }) {
			continue
		}
		for _, earlier := range series {
			if !certainlyBefore(candidate, earlier) && earlier.Number-candidate.Number >= p.MRCWorsening {
				return falling
			}
		}
		lowest = min(lowest, candidate.Number)
	}
	switch {
	case lowest > p.MRCSevere:
		return notSevere
	case lowest <= p.MRCParalysis:
		return paralysedGrade
	case measuredTwice(series):
		return severeStable
	default:
		return severeOnce
	}
}

// certainlyBefore reports that a was measured before b, whatever their partial
// dates stand for. What has no date is not known to be.
func certainlyBefore(a, b Observation) bool {
	return a.Effective.Known() && a.Effective.Latest.Before(b.Effective.Earliest)
}

// measuredTwice reports that strength was firmly measured on two days that are
// certainly two: what is sent twice was measured once, and a day is no course.
func measuredTwice(series []Observation) bool {
	for _, a := range series {
		if a.Firm && slices.ContainsFunc(series, func(b Observation) bool {
			return b.Firm && a.Effective.onAnEarlierDay(b.Effective)
		}) {
			return true
		}
	}
	return false
}

// mayBeLatest are the observations that no other one is certainly later than.
func mayBeLatest(series []Observation) []Observation {
	return slices.DeleteFunc(slices.Clone(series), func(o Observation) bool {
		return slices.ContainsFunc(series, func(other Observation) bool { return certainlyBefore(o, other) })
	})
}

func evidenceOf(series []Observation) []Evidence {
	found := make([]Evidence, 0, len(series))
	for _, o := range series {
		e := o.evidence()
		found = append(found, e)
	}
	return found
}

// ungradedWeakness are the weakness diagnoses of this episode that nobody has
// graded since and of which nobody has said at this contact, on a later day,
// that they do not progress (B-09).
func (c *Chart) ungradedWeakness(e episode, graded [][]Observation, progressive answers) []Evidence {
	if !c.nearBack(e) {
		return nil
	}
	here := answers{refuting: progressive.here}
	var found []Evidence
	for _, condition := range c.Conditions {
		if condition.Concept != LegWeakness && condition.Concept != WeaknessUngraded || !c.present(condition) {
			continue
		}
		when := condition.lastDated()
		steady := here.takenBack(when) || !when.Known() && len(progressive.here) > 0
		if !e.contains(when) || steady || c.gradedSince(graded, when) {
			continue
		}
		found = append(found, condition.evidence())
	}
	return found
}

// gradedSince reports whether strength was measured on or after that day; of
// an undated diagnosis only a grade of today is known not to be older.
func (c *Chart) gradedSince(graded [][]Observation, when When) bool {
	if !when.Known() {
		when = OnDay(c.AsOf)
	}
	for _, series := range graded {
		for _, o := range series {
			if o.Firm && daysBetween(when.Latest, o.Effective.Earliest) >= 0 {
				return true
			}
		}
	}
	return false
}
