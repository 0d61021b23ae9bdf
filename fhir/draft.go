package fhir

import (
	"slices"

	model "github.com/samply/golang-fhir-models/fhir-models/fhir"

	"rygkort/pathway"
)

// draft is what is read of an order that the GP is working on, whatever its
// resource type. Drafts are half-made and of many types and releases, so only
// the members that all of them share in some form are named.
type draft struct {
	Code             *codeableOrder          `json:"code"`
	Medication       *model.CodeableConcept  `json:"medicationCodeableConcept"`
	MedicationR5     *codeableReference      `json:"medication"`
	Topic            *model.CodeableConcept  `json:"topic"`
	Category         []model.CodeableConcept `json:"category"`
	ReasonCode       []model.CodeableConcept `json:"reasonCode"`
	ReasonDSTU2      *model.CodeableConcept  `json:"reasonCodeableConcept"`
	ReasonReference  []model.Reference       `json:"reasonReference"`
	ReasonR5         []codeableReference     `json:"reason"`
	Recipient        []model.Reference       `json:"recipient"`
	OccurrencePeriod *model.Period           `json:"occurrencePeriod"`
	AuthoredOn       *string                 `json:"authoredOn"`
}

// drafts reads context.draftOrders. They exist in the EHR's memory only, so
// they are never looked up, and their ids are taken as they come (requirement
// H-x-2). A draft that cannot be read silences order rules for itself alone.
func (in *reading) drafts(found *part) {
	if !found.given || found.null || in.call.Hook == pathway.PatientView { // whose context has none
		return
	}
	in.Notes = append(in.Notes, found.odd...)
	if found.err != nil {
		in.Notes = append(in.Notes, Note{Source: pathway.FromDrafts, What: ReasonNoResource})
		return
	}
	selected := make(map[string]bool, len(in.call.Selections))
	for _, selection := range in.call.Selections {
		selected[reference(selection)] = selection != ""
	}
	picked := map[string]bool{}
	for i := range found.entries[:min(len(found.entries), mostStatements)] {
		draft := &found.entries[i]
		picked[draft.reference()] = true
		if !in.foreign(draft) {
			in.draft(draft, selected)
		}
	}
	for _, selection := range in.call.Selections {
		if lost := selection == "" || !picked[reference(selection)]; lost && len(in.Notes) < maxNamed {
			in.Notes = append(in.Notes, Note{Source: pathway.FromDrafts, Pointer: "/selections", What: "a selection that is not among the draft orders"})
		}
	}
}

// reference is a selection as Type/id. Clients write fullUrl and versions too;
// what is neither stays as it is, since ids of drafts may be anything.
func reference(selection string) string {
	if kind, id, ok := relative(selection); ok {
		return kind + "/" + id
	}
	return selection
}

func (in *reading) draft(r *resource, selected map[string]bool) {
	if r.deep {
		in.note(r, "", ReasonTooDeep)
		return
	}
	d, err := decode[draft](in.dec, r.raw)
	for _, odd := range in.dec.notes {
		in.note(r, odd.Pointer, odd.What)
	}
	if err != nil {
		in.note(r, "", ReasonUnreadable)
		return
	}
	codes := []*model.CodeableConcept{d.Code.concept(), d.Medication, value(d.MedicationR5).Concept, d.Topic}
	for i := range d.Category {
		codes = append(codes, &d.Category[i])
	}
	for i := range d.Recipient {
		codes = append(codes, &model.CodeableConcept{Text: d.Recipient[i].Display})
	}
	ordered, evidence := in.order(r, codes...)
	evidence.When = in.date(r, "/authoredOn", d.AuthoredOn)
	reasons, conditions := reasonsOf(d.ReasonCode, d.ReasonReference, d.ReasonR5)
	if d.ReasonDSTU2 != nil {
		reasons = append(reasons, *d.ReasonDSTU2)
	}
	in.suspected(r, reasons, pathway.At(in.Chart.AsOf))
	start, end := in.period(r, "/occurrencePeriod", d.OccurrencePeriod)
	in.Chart.Drafts = append(in.Chart.Drafts, pathway.Request{
		Reference: r.reference(), Concept: ordered, Open: true,
		Selected:  in.call.Selections == nil || selected[r.reference()],
		AboutBack: in.terms.aboutBack(reasons), Reasons: conditions,
		Authored: evidence.When, Start: start, End: end, Evidence: evidence,
	})
}

// reasons settles what orders are about by the conditions they refer to.
func (in *reading) reasons() {
	for i := range in.Chart.Drafts {
		order := &in.Chart.Drafts[i]
		for _, condition := range in.Chart.Conditions {
			if isBackConcept(condition.Concept) && !condition.Refuted && slices.Contains(order.Reasons, condition.Evidence.Reference) {
				order.AboutBack = pathway.Yes
			}
		}
	}
}
