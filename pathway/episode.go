package pathway

import (
	"slices"
	"time"
)

// Onset is when the back pain began, as far as the record knows (F-02).
type Onset struct {
	When     When
	Recorded bool // the day it was written down, not the day it began
}

// episode is the stretch of back pain that a call is about (F-01, F-02).
type episode struct {
	present Fact // F-01
	current Fact // begun, recorded or seen within the gap (decision C-33)
	ongoing bool // current, or not known not to be, or said to be active
	onset   Onset
	asOf    time.Time
	gapDays int
}

// backConcepts are the diagnoses that say "the back". A lumbar disc prolapse
// says so too; what it does not say is which page of the leaflet applies.
func isBack(concept Concept) bool {
	switch concept {
	case LowBackPain, LowBackPainBroad, NonspecificStated, NerveRoot, DiscProlapse:
		return true
	default:
		return false
	}
}

// sign is one dated trace of back pain: a diagnosis, or a contact about it.
type sign struct {
	when     When
	latest   time.Time // the last day the record gives for a diagnosis
	recorded bool
	ended    bool
	contact  bool
}

// weight orders the signs of one day: a stated onset before a recording, and a
// diagnosis before the contact it was made at, which began earlier.
func (s sign) weight() int {
	switch {
	case s.contact:
		return 2
	case s.recorded:
		return 1
	default:
		return 0
	}
}

// episode finds the latest episode among the signs of back pain.
func (c *Chart) episode(p Parameters) episode {
	result := episode{asOf: c.AsOf, gapDays: p.EpisodeGapDays}
	var signs []sign
	var undated bool
	for _, condition := range c.Conditions {
		if !isBack(condition.Concept) || condition.Refuted {
			continue
		}
		stands := c.present(condition)
		if stands {
			result.present.Evidence = append(result.present.Evidence, condition.evidence())
			result.ongoing = result.ongoing || condition.Active
		}
		when, recorded := condition.dated()
		if !when.Known() || c.ahead(when) {
			undated = undated || stands
			continue
		}
		signs = append(signs, sign{when: when, recorded: recorded, ended: !stands, latest: condition.lastDated().Latest})
	}
	for _, encounter := range c.Encounters {
		if !encounter.TookPlace || !encounter.Start.Known() || c.ahead(encounter.Start) || !c.aboutBack(encounter).IsYes() {
			continue
		}
		signs = append(signs, sign{when: encounter.Start, contact: true})
		if daysBetween(encounter.Start.Latest, c.AsOf) <= p.EpisodeGapDays {
			result.present.Evidence = append(result.present.Evidence, encounter.Evidence)
		}
	}

	switch {
	case len(result.present.Evidence) > 0:
		result.present.Answer = Yes
	case c.readable(FromConditions, FromEncounters):
		result.present.Answer = No
	default:
		result.present.Answer = Unknown
	}

	signs = lastEpisode(signs, p.EpisodeGapDays)
	result.current = given(false)
	if undated || result.present.Answer == Unknown {
		result.current = unknown()
	}
	for i, s := range signs {
		if i == 0 {
			result.onset = Onset{When: s.when, Recorded: s.recorded || s.contact}
		}
		latest := s.when.Latest
		if s.latest.After(latest) {
			latest = s.latest
		}
		if !s.ended && daysBetween(latest, c.AsOf) <= p.EpisodeGapDays {
			result.current = given(true)
		}
	}
	result.ongoing = result.ongoing || result.current.Answer != No
	return result
}

// lastEpisode keeps the signs of the latest episode, oldest first. A new one
// begins after a gap without any sign and then a new diagnosis, or an end of
// all that was there before; a contact alone continues the old one, since when
// in doubt it is the same episode (docs/facts.md, contacts).
func lastEpisode(signs []sign, gapDays int) []sign {
	slices.SortStableFunc(signs, func(a, b sign) int {
		if byDay := dayOf(a.when.Earliest) - dayOf(b.when.Earliest); byDay != 0 {
			return byDay
		}
		return a.weight() - b.weight()
	})
	start := 0
	var last time.Time
	for i, s := range signs {
		if daysBetween(last, s.when.Earliest) > gapDays && (!s.contact || over(signs[start:i])) {
			start = i
		}
		if s.when.Latest.After(last) {
			last = s.when.Latest
		}
	}
	return signs[start:]
}

// over reports that there is a diagnosis among the signs, and that each has ended.
func over(signs []sign) bool {
	diagnosed := false
	for _, s := range signs {
		if s.contact {
			continue
		}
		if !s.ended {
			return false
		}
		diagnosed = true
	}
	return diagnosed
}

// encounterStart is when the encounter with this id began.
func (c *Chart) encounterStart(id string) When {
	if id != "" {
		for _, encounter := range c.Encounters {
			if encounter.ID == id {
				return encounter.Start
			}
		}
	}
	return When{}
}

// contains reports whether something dated so belongs to the episode. What
// lies within the gap before its first sign does, and so does the undated: the
// day a diagnosis is written down is rarely the day the trouble began. Without
// an episode, or when it is long past, what lies within the gap before today
// does; where it could not be seen whether there is one, everything does.
func (e episode) contains(when When) bool {
	recent := !when.Known() || daysBetween(when.Latest, e.asOf) <= e.gapDays
	switch {
	case recent || e.present.Answer == Unknown:
		return true
	case !e.ongoing:
		return false
	default:
		return !e.onset.When.Known() || daysBetween(when.Latest, e.onset.When.Earliest) <= e.gapDays
	}
}

// follows reports whether the episode began only after that time.
func (e episode) follows(when When) bool {
	return when.onAnEarlierDay(e.onset.When)
}

// aboutBack says whether an encounter is about the back: by its own reason
// codes, by the conditions it names, or by a condition recorded at it.
func (c *Chart) aboutBack(encounter Encounter) Answer {
	if encounter.About.IsYes() {
		return Yes
	}
	named := encounter.About
	for _, condition := range c.Conditions {
		recordedHere := encounter.ID != "" && condition.Encounter == encounter.ID
		if !recordedHere && !slices.Contains(encounter.Diagnoses, condition.Evidence.Reference) {
			continue
		}
		if isBack(condition.Concept) && !condition.Refuted {
			return Yes
		}
	}
	return named
}

// currentEncounter is fact F-05, whether this contact is about the back
// (decisions C-31, C-59). On an order hook the selected order's reason says so
// too.
func (c *Chart) currentEncounter() Fact {
	if c.Hook != PatientView {
		for _, draft := range c.Drafts {
			if draft.Selected && draft.AboutBack.IsYes() {
				return yes(draft.Evidence)
			}
		}
	}
	for _, encounter := range c.Encounters {
		if c.Encounter == "" {
			if encounter.TookPlace && encounter.Start.On(c.AsOf) && c.aboutBack(encounter).IsYes() {
				return yes(encounter.Evidence)
			}
			continue
		}
		if encounter.ID == c.Encounter {
			return Fact{Answer: c.aboutBack(encounter), Evidence: []Evidence{encounter.Evidence}}
		}
	}
	for _, condition := range c.Conditions {
		if c.Encounter != "" && condition.Encounter == c.Encounter && isBack(condition.Concept) && !condition.Refuted {
			return yes(condition.evidence())
		}
	}
	return unknown()
}
