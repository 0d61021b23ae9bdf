package fhir

import (
	"bytes"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	model "github.com/samply/golang-fhir-models/fhir-models/fhir"

	"rygkort/pathway"
)

// observation is the model without what is not read. Whom it is about was read
// when it was walked over.
type observation struct {
	observationR4
	ID             skipped `json:"id"` // read when it was walked over
	Subject        skipped `json:"subject"`
	Category       skipped `json:"category"`
	Performer      skipped `json:"performer"`
	Interpretation skipped `json:"interpretation"`
	Modifiers      present `json:"modifierExtension"`
}

// observationR4 is the model without its methods, so that it can be embedded.
type observationR4 model.Observation

// observation reads one Observation and, of a panel, each component as an
// answer of its own.
func (in *reading) observation(r *resource) {
	if !in.wanted(r) && !in.holdsOurComponents(r) {
		return
	}
	o, ok := typed[observation](in, r)
	if !ok {
		return
	}
	status := text(r.at(r.status))
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
	start, end := in.period(r, "/effectivePeriod", o.EffectivePeriod)
	answered := pathway.Observation{
		// A status that is missing decodes as the first of the code list, so
		// the bytes are asked, not the model.
		Firm:      !in.modified(r, o.Modifiers) && slices.Contains([]string{"final", "amended", "corrected"}, status),
		Effective: in.effective(r, &o, start, end),
		Start:     start,
		End:       end,
		Encounter: target(o.Encounter, "Encounter"),
	}
	answered.Site, answered.SiteText = in.site(o.BodySite)
	given := answer{
		absent: o.DataAbsentReason != nil, boolean: o.ValueBoolean, integer: o.ValueInteger,
		word: o.ValueString, concept: o.ValueCodeableConcept, quantity: o.ValueQuantity,
		otherwise: o.ValueRange != nil || o.ValueRatio != nil || o.ValueSampledData != nil || o.ValueTime != nil ||
			o.ValueDateTime != nil || o.ValuePeriod != nil || in.dec.lost("/value"),
		highest: highest(o.ReferenceRange),
	}
	if len(o.Component) == 0 && !given.absent && !given.any() {
		given.otherwise = hasValue(r.raw)
	}
	from := len(in.Chart.Observations)
	if r.again {
		from = 0 // the other version may have said the same
	}
	for _, match := range u.matches {
		if len(o.Component) > 0 && match.Concept == pathway.LegStrength && !given.any() {
			continue // the components are the answer
		}
		answered.Concept, answered.Evidence = match.Concept, u.evidence(r, match)
		in.answer(r, "", answered, given, from)
	}
	answered.Concept = ""
	if u.has(func(c pathway.Concept) bool { return c == pathway.LegStrength }) {
		answered.Concept = pathway.LegStrength
	}
	odd := oddParts(r.at(r.component), o.Component)
	for i := range o.Component {
		in.component(r, &o.Component[i], i, i < len(odd) && odd[i], answered, from)
	}
}

// component reads one component: an answer to the question it names, or the
// grade of the muscle group it names. In a panel of leg strength whatever is
// named is taken for a group; elsewhere only our codes are, since a 3 may be
// the grade of anything.
func (in *reading) component(r *resource, c *model.ObservationComponent, index int, odd bool, panel pathway.Observation, from int) {
	pointer := "/component/" + strconv.Itoa(index)
	given := answer{
		absent: c.DataAbsentReason != nil, boolean: c.ValueBoolean, integer: c.ValueInteger,
		word: c.ValueString, concept: c.ValueCodeableConcept, quantity: c.ValueQuantity,
		otherwise: odd || c.ValueRange != nil || c.ValueRatio != nil || c.ValueSampledData != nil || c.ValueTime != nil ||
			c.ValueDateTime != nil || c.ValuePeriod != nil || in.dec.lost(pointer+"/value") || in.dec.lost("/component/value"),
		highest: highest(c.ReferenceRange),
	}
	strength := panel.Concept == pathway.LegStrength
	u := in.terms.understand(&c.Code)
	for _, match := range u.matches {
		panel.Concept, panel.Evidence = match.Concept, u.evidence(r, match)
		in.answer(r, pointer, panel, given, from)
	}
	group, words := in.site(&c.Code)
	if len(u.matches) == 0 && (slices.Contains(MuscleGroups(), group) || strength && group+words != "") {
		panel.Concept, panel.Site, panel.SiteText = pathway.LegStrength, group, words
		panel.Evidence = pathway.Evidence{Reference: r.reference(), Concept: pathway.LegStrength, Display: u.display}
		in.answer(r, pointer, panel, given, from)
	}
}

// answer is the value of an Observation or component in the forms that are
// accepted.
type answer struct {
	absent    bool
	boolean   *bool
	integer   *int
	word      *string
	concept   *model.CodeableConcept
	quantity  *model.Quantity
	otherwise bool    // there is a value in a form that answers no question, or that could not be read
	highest   float64 // of the reference range
}

// any reports whether there is a value, readable or not.
func (a answer) any() bool {
	return a.boolean != nil || a.integer != nil || a.word != nil || a.concept != nil || a.quantity != nil || a.otherwise
}

// answer adds what an Observation answers. An answer that is not one of those
// defined for the question leaves it unanswered, and a gap says so.
//
// One resource says a thing once, however often it comes: the same grade twice
// would pass for two measurements. What it said so far begins at from.
func (in *reading) answer(r *resource, pointer string, o pathway.Observation, a answer, from int) {
	var understood bool
	switch {
	case o.Concept == pathway.RedFlagCheck:
		return // the panel itself answers nothing
	case a.absent:
		understood = true
	case Answers(o.Concept) != nil:
		o.Value, understood = in.word(a, Answers(o.Concept))
	case o.Concept == pathway.StartBackRisk:
		o.Value, understood = strings.ToLower(strings.TrimSpace(value(a.word))), true
	default:
		o.Number, o.HasNumber = number(a)
		if o.HasNumber = o.HasNumber && fits(o.Concept, o.Number, a.highest); !o.HasNumber {
			o.Number = 0
		}
		understood = o.HasNumber
	}
	if a.any() && !understood {
		in.Chart.Gaps = append(in.Chart.Gaps, pathway.Gap{
			Source: r.source, Reason: ReasonNoAnswer, Reference: r.reference(), Concept: o.Concept,
		})
		in.note(r, pointer+"/value[x]", ReasonNoAnswer)
	}
	if !slices.Contains(in.Chart.Observations[from:], o) {
		in.Chart.Observations = append(in.Chart.Observations, o)
	}
}

// word is the answer as one of the words that are defined for the question.
// Two values that say different things are no answer.
func (in *reading) word(a answer, defined []string) (word string, ok bool) {
	ok = a.integer == nil && a.quantity == nil
	say := func(said string) {
		ok = ok && slices.Contains(defined, said) && (word == "" || word == said)
		word = said
	}
	if a.boolean != nil {
		say(map[bool]string{true: "yes", false: "no"}[*a.boolean])
	}
	if a.word != nil {
		say(strings.ToLower(strings.TrimSpace(*a.word)))
	}
	if a.concept != nil {
		for i := range a.concept.Coding {
			coding := &a.concept.Coding[i]
			if said, known := in.terms.Answer(value(coding.System), value(coding.Code)); known && slices.Contains(defined, said) {
				say(said)
			}
		}
		ok = ok && word != ""
	}
	if !ok {
		return "", false
	}
	return word, word != ""
}

// number is the answer as a whole number. A quantity counts in its own unit; a
// part of a whole is rounded down, so that a strength of 3+ never passes for 4.
// Of two numbers nobody knows which is meant.
func number(a answer) (n int, ok bool) {
	switch {
	case a.integer != nil && a.quantity != nil, a.integer != nil && a.word != nil, a.quantity != nil && a.word != nil:
		return 0, false
	case a.integer != nil:
		return *a.integer, true
	case a.quantity != nil && a.quantity.Value != nil:
		f, err := strconv.ParseFloat(a.quantity.Value.String(), 64)
		inRange := err == nil && f >= 0 && f <= 1e6
		if !inRange || a.quantity.Comparator != nil {
			return 0, false
		}
		if whole := int(f); float64(whole) != f {
			return whole, true
		}
		// Nines enough are a whole number to a float.
		exact, _, err := big.ParseFloat(a.quantity.Value.String(), 10, 256, big.ToZero)
		if err != nil {
			return 0, false
		}
		whole, _ := exact.Int64()
		return int(whole), true
	case a.word != nil:
		n, err := strconv.Atoi(strings.TrimSpace(*a.word))
		return n, err == nil
	default:
		return 0, false
	}
}

// highest is the upper end of a scale, as far as a reference range tells it.
func highest(ranges []model.ObservationReferenceRange) float64 {
	top := 0.0
	for i := range ranges {
		if high := ranges[i].High; high != nil && high.Value != nil {
			if f, err := strconv.ParseFloat(high.Value.String(), 64); err == nil {
				top = max(top, f)
			}
		}
	}
	return top
}

// fits reports whether a number can be an answer to the question.
func fits(c pathway.Concept, n int, highest float64) bool {
	switch c {
	case pathway.LegStrength:
		return n >= 0 && n <= 5
	case pathway.ContactNumber:
		return n >= 1
	case pathway.PainNumericRating:
		return n >= 0 && n <= 10 && highest <= 10 // a 0–100 scale is never rescaled by guess
	default:
		return n >= 0
	}
}

// effective is when an Observation holds. A period without an end goes on
// until now. Without any time, the time of publishing stands in, but not for a
// time that is there and cannot be read: that may be any time before.
func (in *reading) effective(r *resource, o *observation, start, end pathway.When) pathway.When {
	switch {
	case start.Known() && end.Known():
		return pathway.When{Earliest: start.Earliest, Latest: end.Latest}
	case start.Known() && start.Latest.Before(in.call.AsOf):
		return pathway.When{Earliest: start.Earliest, Latest: in.call.AsOf}
	case start.Known():
		return start
	case end.Known():
		return end
	}
	stated := firstKnown(in.date(r, "/effectiveDateTime", o.EffectiveDateTime), in.date(r, "/effectiveInstant", o.EffectiveInstant))
	period := value(o.EffectivePeriod)
	unreadable := o.EffectiveDateTime != nil || o.EffectiveInstant != nil || period.Start != nil || period.End != nil ||
		slices.Contains(r.masked, "_effectiveDateTime") || in.dec.lost("/effective")
	if stated.Known() || unreadable || hasTime(r.raw) {
		return stated
	}
	return in.date(r, "/issued", o.Issued)
}

// site is a body site as the code of a muscle group and, in any case, as text.
func (in *reading) site(concept *model.CodeableConcept) (group, text string) {
	if concept == nil {
		return "", ""
	}
	text = strings.Join(strings.Fields(value(concept.Text)), " ")
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

// hasValue reports whether an Observation or a component has a value, also in
// a form of another release: valueAttachment, valueCode.
func hasValue(raw jsontext.Value) bool {
	return hasMember(raw, func(name string) bool { return strings.HasPrefix(name, "value") })
}

// hasTime reports whether an Observation says when it holds, if only by a
// timing or by an extension in the place of a date.
func hasTime(raw jsontext.Value) bool {
	return hasMember(raw, func(name string) bool { return strings.HasPrefix(strings.TrimPrefix(name, "_"), "effective") })
}

// hasMember reports whether an object has a member of such a name that is
// neither null nor empty. It is asked only where the model holds none.
func hasMember(raw jsontext.Value, such func(name string) bool) bool {
	var members map[string]jsontext.Value
	if json.Unmarshal(raw, &members, lenient()) != nil {
		return false
	}
	for name, value := range members {
		if such(name) && value.Kind() != 'n' && len(bytes.Trim(value, "{}[] \t\r\n")) > 0 {
			return true
		}
	}
	return false
}

// oddParts says of each component whether it has a value in a form of another
// release. It looks only where some component seems to have none.
func oddParts(list jsontext.Value, components []model.ObservationComponent) []bool {
	if !slices.ContainsFunc(components, bare) {
		return nil
	}
	parts := []jsontext.Value{list}
	if list.Kind() == '[' && json.Unmarshal(list, &parts, lenient()) != nil {
		return nil
	}
	odd := make([]bool, len(components))
	for i := range min(len(parts), len(components)) {
		odd[i] = bare(components[i]) && hasValue(parts[i])
	}
	return odd
}

// bare reports whether a component has no value that R4 knows, nor a reason why.
func bare(c model.ObservationComponent) bool {
	return c.DataAbsentReason == nil && c.ValueBoolean == nil && c.ValueInteger == nil && c.ValueString == nil &&
		c.ValueCodeableConcept == nil && c.ValueQuantity == nil
}
