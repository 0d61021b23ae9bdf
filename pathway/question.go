package pathway

import "slices"

// question is one thing that the record can answer yes or no, by an answer in
// our finding codes or by a diagnosis.
type question struct {
	concept   Concept   // the finding code
	positive  []string  // its answers that mean yes
	negative  []string  // its answers that mean no
	codes     []Concept // diagnoses that mean yes
	needsBack bool      // the diagnoses count only beside back pain (decision C-15)
}

var (
	saddleQuestion      = question{concept: SaddleSensation, positive: []string{"reduced"}, negative: []string{"normal"}, codes: []Concept{SaddleSensoryLoss}}
	analToneQuestion    = question{concept: AnalTone, positive: []string{"reduced"}, negative: []string{"normal"}}
	bladderQuestion     = question{concept: BladderDisturbance, positive: []string{"new", "worse"}, negative: []string{"none"}, codes: []Concept{UrinaryRetention, UrinaryProblem, UrinaryIncontinence}, needsBack: true}
	bowelQuestion       = question{concept: BowelDisturbance, positive: []string{"new", "worse"}, negative: []string{"none"}, codes: []Concept{FaecalIncontinence}, needsBack: true}
	bilateralQuestion   = question{concept: BilateralSciatica, positive: []string{"yes"}, negative: []string{"no"}}
	progressiveQuestion = question{concept: ParesisProgressive, positive: []string{"yes"}, negative: []string{"no"}}
	paralysisQuestion   = question{concept: Paralysis, positive: []string{"yes"}, negative: []string{"no"}, codes: []Concept{LegParalysis}, needsBack: true}
	painQuestion        = question{concept: IntractablePain, positive: []string{"yes"}, negative: []string{"no"}}
	pathologyQuestion   = question{concept: SeriousPathology, positive: []string{"yes"}, negative: []string{"no"}}
)

// answers are the statements about one question in this episode.
type answers struct {
	standing []Observation // positives that no later negative took back
	refuting []Observation // firm negatives with a date
	here     []Observation // of those, the ones given at this contact
}

// ask gathers what the record answers to the question. A positive stands until
// a clinician's later answer takes it back, and it needs a later day: both on
// one day is a conflict. A negative counts only when it is final and dated.
func (c *Chart) ask(q question, e episode) answers {
	var a answers
	for _, o := range c.Observations {
		if o.Concept != q.concept || !slices.Contains(q.negative, o.Value) || !c.settles(o) {
			continue
		}
		if o.Effective.Known() {
			a.refuting = append(a.refuting, o)
		}
		if c.atThisContact(o) && !c.garbled(q.concept) {
			a.here = append(a.here, o)
		}
	}
	for _, o := range c.Observations {
		if o.Concept == q.concept && slices.Contains(q.positive, o.Value) && e.contains(o.Effective) && !a.takenBack(o.Effective) {
			a.standing = append(a.standing, o)
		}
	}
	return a
}

// ahead reports that something is dated after today. Nobody can know it yet,
// so it takes nothing back and settles nothing.
func (c *Chart) ahead(when When) bool {
	return daysBetween(c.AsOf, when.Earliest) > 0
}

// garbled reports that an answer which cannot be read may be one to this
// question: it could say yes, so nothing else may say no.
func (c *Chart) garbled(concept Concept) bool {
	return slices.ContainsFunc(c.Gaps, func(gap Gap) bool {
		return gap.Source == FromObservations && !gap.Whole && (gap.Concept == concept || gap.Concept == "")
	})
}

// takenBack reports whether a negative of a later day covers something dated
// so. What has no date is not known to be older.
func (a answers) takenBack(when When) bool {
	return slices.ContainsFunc(a.refuting, func(o Observation) bool { return when.onAnEarlierDay(o.Effective) })
}

// coded are the standing diagnoses that mean yes to the question. An answer to
// the very question takes back an older diagnosis (decisions C-20, C-56); one
// without any date is older than what the clinician says at this contact.
func (c *Chart) coded(q question, e episode, a answers) []Condition {
	if q.needsBack && !c.nearBack(e) {
		return nil
	}
	var found []Condition
	for _, condition := range c.Conditions {
		if !slices.Contains(q.codes, condition.Concept) || !c.present(condition) {
			continue
		}
		when := condition.lastDated()
		if a.takenBack(when) || !when.Known() && len(a.here) > 0 {
			continue
		}
		if q.needsBack && c.outlived(e, when) {
			continue
		}
		found = append(found, condition)
	}
	return found
}

// lastDated is the latest day the record gives for the condition.
func (condition Condition) lastDated() When {
	if condition.Onset.Latest.After(condition.Recorded.Latest) {
		return condition.Onset
	}
	return condition.Recorded
}

// nearBack reports whether bladder, bowel and weakness diagnoses are read as
// signs of a back problem: with back pain in the record, at a contact or an
// order about the back, or when it could not be seen whether there is any
// (decision C-15).
func (c *Chart) nearBack(e episode) bool {
	return e.present.IsYes() || c.unread(FromConditions) || c.currentEncounter().IsYes()
}

// outlived reports whether a diagnosis is an old one beside a back problem
// that is itself long past: nothing in the record ties them to each other or
// to today. Without this, one back-pain code of years ago would make every
// later bladder code an alarm.
func (c *Chart) outlived(e episode, when When) bool {
	return e.present.IsYes() && !e.ongoing && when.Known() && daysBetween(when.Latest, c.AsOf) > e.gapDays
}

// settle turns what the record answers into a fact. No needs a negative at
// this very contact; a negative beside a standing positive is a conflict.
func (a answers) settle(codes []Condition) Fact {
	var fact Fact
	for _, o := range a.standing {
		fact.Evidence = append(fact.Evidence, o.evidence())
	}
	for _, condition := range codes {
		fact.Evidence = append(fact.Evidence, condition.evidence())
	}
	against := a.against()
	switch {
	case len(fact.Evidence) > 0 && len(against) > 0:
		fact.Answer = Conflict
		fact.Evidence = append(fact.Evidence, evidenceOf(against)...)
	case len(fact.Evidence) > 0:
		fact.Answer = Yes
	case len(a.here) > 0:
		fact = no()
		for _, o := range a.here {
			fact.Evidence = append(fact.Evidence, o.evidence())
		}
	}
	return fact
}

// against are the negatives that contradict what stands: those of this contact,
// and those of a day on which a positive was given too.
func (a answers) against() []Observation {
	found := slices.Clone(a.here)
	for _, o := range a.refuting {
		sameDay := slices.ContainsFunc(a.standing, func(yes Observation) bool {
			return yes.Effective.Known() && daysBetween(yes.Effective.Earliest, o.Effective.Latest) >= 0
		})
		if sameDay && !slices.ContainsFunc(found, func(other Observation) bool { return other.Evidence == o.Evidence }) {
			found = append(found, o)
		}
	}
	return found
}

// latest is the newest answer to the question in this episode. One that calms
// counts only when it is strong enough and of a later day than every one that
// does not; of two that calm at one time, the one named last. "Not assessed" is
// no answer.
func (c *Chart) latest(concept Concept, e episode, calming ...string) (Observation, bool) {
	var alarm, calm Observation
	for _, o := range c.Observations {
		if o.Concept != concept || o.Value == "" || o.Value == "not-assessed" || !e.contains(o.Effective) {
			continue
		}
		newest := &alarm
		if slices.Contains(calming, o.Value) {
			if !c.settles(o) {
				continue
			}
			newest = &calm
		}
		switch {
		case newest.Value == "" || certainlyBefore(*newest, o):
			*newest = o
		case certainlyBefore(o, *newest):
		case slices.Index(calming, o.Value) > slices.Index(calming, newest.Value):
			*newest = o
		}
	}
	switch {
	case alarm.Value == "":
		return calm, calm.Value != ""
	case alarm.Effective.onAnEarlierDay(calm.Effective):
		return calm, true
	default:
		return alarm, true
	}
}
