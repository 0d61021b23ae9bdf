package pathway

import (
	"strconv"
	"strings"
	"time"
)

// Chart is what the record says: dated statements, nothing judged yet. The
// names are FHIR's; the fields are only those that the leaflet's rules can
// tell apart.
type Chart struct {
	AsOf         time.Time // now, in the time zone in which days are counted
	Hook         Hook
	Encounter    string // id of the current encounter; empty when the call names none
	Birth        When
	Conditions   []Condition
	Observations []Observation
	Encounters   []Encounter
	Procedures   []Procedure
	Requests     []Request // orders in the record
	Drafts       []Request // orders the GP is working on
	Gaps         []Gap
}

// Hook is the moment in the GP's work at which the service was called.
type Hook string

// The hooks that are answered.
const (
	PatientView Hook = "patient-view"
	OrderSelect Hook = "order-select"
	OrderSign   Hook = "order-sign"
)

// Condition is one diagnosis or problem, understood as one concept. A resource
// whose code stands for two concepts gives two of them.
type Condition struct {
	Concept   Concept
	Refuted   bool // verificationStatus refuted: considered, and found not to be so
	Active    bool // the record says in so many words that it is active
	Ended     bool // inactive, in remission or resolved
	Misplaced bool // the code stood under another code system than its own: never a negative
	Onset     When
	Recorded  When
	Abated    When
	Encounter string // id of the encounter it was recorded at
	Evidence  Evidence
}

// Observation is one answer to one question. A panel's components arrive as
// observations of their own.
type Observation struct {
	Concept   Concept
	Value     string // the answer's word; empty when there is none
	Number    int    // for questions answered by a number; without one it is zero
	HasNumber bool
	Firm      bool // final, amended or corrected: strong enough to carry a "no"
	Effective When
	Start     When // of the period, for treatment and exercise
	End       When
	Site      string // code of the muscle group and side; empty when not coded
	SiteText  string // the same in the record's own words
	Encounter string
	Evidence  Evidence
}

// sameSite reports whether two grades speak of one muscle group: equal codes
// where both are coded, else equal text; no site at all is one unnamed group
// (decisions C-13, C-59).
func (o Observation) sameSite(other Observation) bool {
	switch {
	case o.Site != "" && other.Site != "":
		return o.Site == other.Site
	case o.SiteText == "" && other.SiteText == "":
		return o.Site == other.Site // both are the unnamed group, or one of them is named
	default:
		return strings.EqualFold(o.SiteText, other.SiteText)
	}
}

// Encounter is one contact with the health service.
type Encounter struct {
	ID         string
	TookPlace  bool   // it happened or is happening; not planned, not cancelled
	InPractice Answer // yes for visit, video and home visit; unknown for telephone, out-of-hours, unstated
	Provider   string // reference to the organisation; empty when not stated
	Start      When
	About      Answer   // about the back, by its own reason codes; unknown when uncoded
	Diagnoses  []string // references to the conditions it names
	Evidence   Evidence
}

// Procedure is something done for the patient over a time.
type Procedure struct {
	Concept  Concept
	NotDone  bool
	Start    When
	End      When // undated while it goes on
	Evidence Evidence
}

// Request is an order or a referral.
type Request struct {
	Reference string // "ServiceRequest/…"
	Concept   Concept
	Open      bool // draft, active or on hold
	Done      bool // completed
	Selected  bool // the one the GP is picking now; of all drafts where the call does not say
	AboutBack Answer
	Reasons   []string // references to the conditions it is ordered for
	Authored  When
	Start     When // of what was ordered, where the record says it
	End       When
	Evidence  Evidence
}

// Source is a part of the record that is read, and can fail, on its own. The
// values are the prefetch keys.
type Source string

// The parts of the record.
const (
	FromPatient      Source = "patient"
	FromConditions   Source = "conditions"
	FromObservations Source = "observations"
	FromEncounters   Source = "encounters"
	FromRequests     Source = "requests"
	FromProcedures   Source = "procedures"
	FromDrafts       Source = "draftOrders"
)

// Required reports whether nothing can be answered without this part: red
// flags are written there.
func (s Source) Required() bool { return s == FromConditions || s == FromObservations }

// Gap is something in the record that could not be read. What it could have
// decided stays unknown.
type Gap struct {
	Source    Source
	Whole     bool    // the part as a whole is missing or cut short, not one resource of it
	Reason    string  // why, without anything of the patient: "not given", "cut short", "unreadable: /status"
	Reference string  // the resource, where it is one
	Concept   Concept // what it would have spoken of, where its code could still be read
}

// readable reports whether the parts were read without a gap, so that what was
// not found in them is not there.
func (c *Chart) readable(sources ...Source) bool {
	for _, gap := range c.Gaps {
		for _, source := range sources {
			if gap.Source == source {
				return false
			}
		}
	}
	return true
}

// unread reports whether a part as a whole could not be had.
func (c *Chart) unread(source Source) bool {
	for _, gap := range c.Gaps {
		if gap.Source == source && gap.Whole {
			return true
		}
	}
	return false
}

// ifRead turns a no into an unknown where a diagnosis could not be read: it
// might have said yes.
func (c *Chart) ifRead(f Fact) Fact {
	if f.Answer == No && !c.readable(FromConditions) {
		return unknown()
	}
	return f
}

// settles reports that an answer is strong enough to calm: final, not ahead of
// its time, and dated or given at this contact.
func (c *Chart) settles(o Observation) bool {
	return o.Firm && !c.ahead(o.Effective) && (o.Effective.Known() || c.atThisContact(o))
}

// atThisContact reports whether an answer was given at the contact of this
// call: the same encounter or, where one of the two names none, the same day
// (fact F-23, validity "same encounter").
func (c *Chart) atThisContact(o Observation) bool {
	if c.Encounter != "" && o.Encounter != "" {
		return o.Encounter == c.Encounter
	}
	return o.Effective.On(c.AsOf)
}

// present reports whether the condition stands today. An end that lies in the
// future has not come; a resolved condition without a date has ended.
func (c *Chart) present(condition Condition) bool {
	if condition.Refuted {
		return false
	}
	return !condition.Ended || condition.Abated.Earliest.After(c.AsOf)
}

// dated is when the condition began as far as the record knows, and whether
// that is only the day it was written down.
func (condition Condition) dated() (when When, recorded bool) {
	if condition.Onset.Known() {
		return condition.Onset, false
	}
	return condition.Recorded, condition.Recorded.Known()
}

// evidence is the condition's evidence with the date that dated chose.
func (condition Condition) evidence() Evidence {
	e := condition.Evidence
	e.When, e.Recorded = condition.dated()
	return e
}

// evidence is the observation's evidence with its answer.
func (o Observation) evidence() Evidence {
	e := o.Evidence
	e.Concept, e.Value, e.When, e.Site = o.Concept, o.Value, o.Effective, o.Site
	if e.Site == "" {
		e.Site = o.SiteText
	}
	if e.Value == "" && o.HasNumber {
		e.Value = strconv.Itoa(o.Number)
	}
	return e
}
