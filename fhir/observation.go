package fhir

import (
	"slices"
	"strconv"
	"strings"

	model "github.com/samply/golang-fhir-models/fhir-models/fhir"

	"rygkort/pathway"
)

// observation reads one Observation and, of a panel, each component as an
// answer of its own.
func (in *reading) observation(r *resource) {
	if !in.wanted(r) && !in.holdsOurComponents(r) {
		return
	}
	o, ok := typed[model.Observation](in, r, "")
	if !ok || in.foreign(r, o.Subject) {
		return
	}
	status := text(r.status)
	if status == "entered-in-error" || status == "cancelled" {
		return
	}
	u := in.terms.understand(&o.Code)
	if !u.coded && len(o.Component) == 0 {
		if u.display == "" {
			in.gap(r, "", ReasonNoCode)
		} else {
			in.note(r, "/code", "text without a code: not read as an answer")
		}
		return
	}
	answered := pathway.Observation{
		// A status that is missing decodes as the first of the code list, so
		// the bytes are asked, not the model.
		Firm:      slices.Contains([]string{"final", "amended", "corrected"}, status),
		Effective: in.effective(&o),
		Start:     in.start(o.EffectivePeriod),
		End:       in.end(o.EffectivePeriod),
		Encounter: target(o.Encounter, "Encounter"),
	}
	answered.Site, answered.SiteText = in.site(o.BodySite)
	for _, match := range u.matches {
		answered.Concept, answered.Evidence = match.Concept, u.evidence(r, match)
		if isPanel(match.Concept) && len(o.Component) > 0 {
			continue
		}
		in.answer(r, "", answered, answer{
			absent: o.DataAbsentReason != nil, boolean: o.ValueBoolean, integer: o.ValueInteger,
			word: o.ValueString, concept: o.ValueCodeableConcept, quantity: o.ValueQuantity,
		})
	}
	for i := range o.Component {
		in.component(r, &o.Component[i], i, answered)
	}
}

// isPanel reports whether a question may be answered by components alone.
func isPanel(c pathway.Concept) bool { return c == pathway.RedFlagCheck || c == pathway.LegStrength }

// component reads one component: an answer to the question it names, or the
// grade of the muscle group it names.
func (in *reading) component(r *resource, c *model.ObservationComponent, index int, panel pathway.Observation) {
	pointer := "/component/" + strconv.Itoa(index)
	value := answer{
		absent: c.DataAbsentReason != nil, boolean: c.ValueBoolean, integer: c.ValueInteger,
		word: c.ValueString, concept: c.ValueCodeableConcept, quantity: c.ValueQuantity,
	}
	u := in.terms.understand(&c.Code)
	for _, match := range u.matches {
		part := panel
		part.Concept, part.Evidence = match.Concept, u.evidence(r, match)
		in.answer(r, pointer, part, value)
	}
	if group, text := in.site(&c.Code); group != "" && len(u.matches) == 0 {
		part := panel
		part.Concept, part.Site, part.SiteText = pathway.LegStrength, group, text
		part.Evidence = pathway.Evidence{Reference: r.reference(), Concept: pathway.LegStrength, Display: u.display}
		in.answer(r, pointer, part, value)
	}
}

// answer is the value of an Observation or component in the forms that are
// accepted.
type answer struct {
	absent   bool
	boolean  *bool
	integer  *int
	word     *string
	concept  *model.CodeableConcept
	quantity *model.Quantity
}

// answer adds what an Observation answers. An answer that is not one of those
// defined for the question leaves it unanswered, and a gap says so.
func (in *reading) answer(r *resource, pointer string, o pathway.Observation, a answer) {
	switch {
	case a.absent:
	case Answers(o.Concept) != nil:
		word, given := in.word(a)
		switch {
		case slices.Contains(Answers(o.Concept), word):
			o.Value = word
		case given:
			in.unanswered(r, pointer, o.Concept)
		}
	case o.Concept == pathway.StartBackRisk:
		o.Value, _ = in.word(a)
	case o.Concept == pathway.RedFlagCheck:
		return // the panel itself answers nothing
	default:
		number, given, ok := number(a)
		switch {
		case ok && fits(o.Concept, number):
			o.Number, o.HasNumber = number, true
		case given:
			in.unanswered(r, pointer, o.Concept)
		}
	}
	in.Chart.Observations = append(in.Chart.Observations, o)
}

func (in *reading) unanswered(r *resource, pointer string, about pathway.Concept) {
	in.Chart.Gaps = append(in.Chart.Gaps, pathway.Gap{
		Source: r.source, Reason: ReasonNoAnswer, Reference: r.reference(), Concept: about,
	})
	in.note(r, pointer+"/value[x]", ReasonNoAnswer)
}

// word is the answer as one of our words, and whether there was a value.
func (in *reading) word(a answer) (word string, given bool) {
	switch {
	case a.boolean != nil:
		if *a.boolean {
			return "yes", true
		}
		return "no", true
	case a.word != nil:
		return strings.ToLower(strings.TrimSpace(*a.word)), true
	case a.concept != nil:
		for i := range a.concept.Coding {
			coding := &a.concept.Coding[i]
			if word, ok := in.terms.Answer(value(coding.System), value(coding.Code)); ok {
				return word, true
			}
		}
		return "", true
	default:
		return "", a.integer != nil || a.quantity != nil
	}
}

// number is the answer as a whole number, and whether there was a value. A
// quantity counts in its own unit; a part of a whole is rounded down, so that
// a strength of 3+ never passes for 4.
func number(a answer) (n int, given, ok bool) {
	switch {
	case a.integer != nil:
		return *a.integer, true, true
	case a.quantity != nil && a.quantity.Value != nil:
		f, err := strconv.ParseFloat(a.quantity.Value.String(), 64)
		inRange := err == nil && f >= 0 && f <= 1e6
		if !inRange || a.quantity.Comparator != nil {
			return 0, true, false
		}
		return int(f), true, true
	case a.word != nil:
		n, err := strconv.Atoi(strings.TrimSpace(*a.word))
		return n, true, err == nil
	default:
		return 0, a.boolean != nil || a.concept != nil || a.quantity != nil, false
	}
}

// fits reports whether a number can be an answer to the question.
func fits(c pathway.Concept, n int) bool {
	switch c {
	case pathway.LegStrength:
		return n >= 0 && n <= 5
	case pathway.PainNumericRating:
		return n >= 0 && n <= 10 // a 0–100 scale is never rescaled by guess
	default:
		return n >= 0
	}
}

// effective is when an Observation holds. A period without an end goes on
// until now; without any time, the time of publishing stands in.
func (in *reading) effective(o *model.Observation) pathway.When {
	if o.EffectivePeriod != nil {
		start, end := in.start(o.EffectivePeriod), in.end(o.EffectivePeriod)
		switch {
		case start.Known() && end.Known():
			return pathway.When{Earliest: start.Earliest, Latest: end.Latest}
		case start.Known():
			return pathway.When{Earliest: start.Earliest, Latest: in.call.AsOf}
		case end.Known():
			return end
		}
	}
	return firstKnown(when(o.EffectiveDateTime, in.zone), when(o.EffectiveInstant, in.zone), when(o.Issued, in.zone))
}

// site is a body site as the code of a muscle group and, in any case, as text.
func (in *reading) site(concept *model.CodeableConcept) (group, text string) {
	if concept == nil {
		return "", ""
	}
	text = strings.TrimSpace(value(concept.Text))
	for i := range concept.Coding {
		coding := &concept.Coding[i]
		if found, ok := in.terms.MuscleGroup(value(coding.System), value(coding.Code)); ok {
			group = found
		} else if group == "" && value(coding.Code) != "" && value(coding.System) != "" {
			group = value(coding.System) + "|" + value(coding.Code)
		}
		if text == "" {
			text = value(coding.Display)
		}
	}
	return group, text
}
