package cards

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"rygkort/pathway"
)

// The priorities that Danish core allows on a request. "asap" is its word for
// acute; "urgent" and "stat" fail its profile.
const (
	routine = "routine"
	asap    = "asap"
)

// Code systems of others that drafts use.
const (
	snomed = "http://snomed.info/sct"
	loinc  = "http://loinc.org"
	sor    = "urn:oid:1.2.208.176.1.1" // Danish register of health-care organisations
	medcom = "http://medcomfhir.dk/ig/terminology/CodeSystem/medcom-careCommunication-categoryCodes"
)

// publicOrderCodes are the codes of others that mean the same as ours. Where
// none is known well enough, ours stands alone (decision C-04).
var publicOrderCodes = map[pathway.Concept]Coding{
	pathway.OrderAcuteAdmission: {snomed, "183452005", "Emergency hospital admission (procedure)"},
	pathway.OrderPhysiotherapy:  {snomed, "308447003", "Referral to physiotherapist (procedure)"},
	pathway.OrderChiropractic:   {snomed, "308449000", "Referral to chiropractor (procedure)"},
	pathway.OrderMRILumbar:      {loinc, "24968-0", "MR Lumbar spine"},
}

// orderCode is our code for an order (decision C-04).
func orderCode(concept pathway.Concept) string { return strings.TrimPrefix(string(concept), "order-") }

// referral is a ServiceRequest that a rule suggests.
type referral struct {
	order    pathway.Concept
	priority string
	with     pathway.Concept // who does it, where the order itself does not say: OrderPhysiotherapy or OrderChiropractic
}

// name is the referral in words.
func (a *author) name(r referral) string {
	name := a.order(r.order)
	if who := a.performer(r.with); who != "" {
		name = fmt.Sprintf(a.phrases.at, name, who)
	}
	return name
}

func (a *author) performer(with pathway.Concept) string {
	switch with {
	case pathway.OrderPhysiotherapy:
		return a.phrases.physiotherapist
	case pathway.OrderChiropractic:
		return a.phrases.chiropractor
	default:
		return ""
	}
}

// refer is the suggestion to make the referral.
func (a *author) refer(r referral, grounds []*pathway.Verdict) Suggestion {
	return Suggestion{
		Label: fmt.Sprintf(a.phrases.draftLabel, a.name(r)),
		UUID:  a.newUUID(),
		Kind:  orderCode(r.order),
		Actions: []Action{{
			Type:        create,
			Description: fmt.Sprintf(a.phrases.draftDescription, a.name(r)),
			Resource:    a.serviceRequest(r, grounds),
		}},
	}
}

func (a *author) serviceRequest(r referral, grounds []*pathway.Verdict) serviceRequest {
	reasons, others := a.references(grounds)
	draft := serviceRequest{
		ResourceType: "ServiceRequest", Status: "draft", Intent: "proposal", Priority: r.priority,
		Code: a.orderConcept(r.order), Subject: a.subject(), Encounter: a.encounter(), AuthoredOn: a.now(),
		ReasonReference: reasons, SupportingInfo: others,
		Note: []annotation{{a.phrases.noteDraft}},
	}
	receiver := r.order
	if who := a.performer(r.with); who != "" {
		receiver = r.with
		draft.PerformerType = codeableConcept{Text: sentenceCase(who)}
	}
	draft.Performer = a.receiver(receiver)
	if r.order == pathway.OrderAcuteAdmission {
		draft.Note = []annotation{{a.phrases.noteAdmission}}
	}
	if yellow := a.facts.YellowFlags; yellow.IsYes() && (r.order == pathway.OrderSecondarySector || r.order == pathway.OrderSpecialist) {
		// On the page with nerve-root involvement this is all that the leaflet
		// leaves to do with yellow flags (reading A-16).
		draft.Note = append(draft.Note, annotation{a.phrases.noteYellowFlags})
		for _, r := range a.literal(yellow.Evidence) {
			if !slices.Contains(draft.ReasonReference, r) {
				draft.SupportingInfo = appendNew(draft.SupportingInfo, r)
			}
		}
	}
	return draft
}

func (a *author) orderConcept(order pathway.Concept) codeableConcept {
	name := sentenceCase(a.order(order))
	concept := codeableConcept{Coding: []Coding{{a.codeSystem("order"), orderCode(order), name}}, Text: name}
	if public, known := publicOrderCodes[order]; known {
		concept.Coding = append(concept.Coding, public)
	}
	return concept
}

// secondOpinion is the suggestion to draft a correspondence message. Its
// transport is the GP system's own.
func (a *author) secondOpinion(grounds []*pathway.Verdict) Suggestion {
	reasons, _ := a.references(grounds)
	return Suggestion{
		Label: fmt.Sprintf(a.phrases.draftLabel, a.order(pathway.OrderSecondOpinion)),
		UUID:  a.newUUID(),
		Kind:  orderCode(pathway.OrderSecondOpinion),
		Actions: []Action{{
			Type:        create,
			Description: a.phrases.messageDescription,
			Resource: communication{
				ResourceType: "Communication", Status: "preparation",
				Category: []codeableConcept{{Coding: []Coding{{System: medcom, Code: "regarding-referral"}}}},
				Topic:    a.orderConcept(pathway.OrderSecondOpinion),
				Subject:  a.subject(), Encounter: a.encounter(),
				Recipient: a.receiver(pathway.OrderSecondOpinion), ReasonReference: reasons,
				Payload: []payload{{a.phrases.messageText}},
			},
		}},
	}
}

func (a *author) receiver(order pathway.Concept) []reference {
	if id := a.receivers[orderCode(order)]; id != "" {
		return []reference{{Identifier: identifier{sor, id}}}
	}
	return nil
}

// occasion is what all drafts of a call say of it.
type occasion struct {
	patient  reference
	contact  reference
	happened string // the time of the call as FHIR writes it
}

func occasionOf(call Call, asOf time.Time) occasion {
	o := occasion{patient: reference{Reference: "Patient/" + call.Patient}}
	if call.Encounter != "" {
		o.contact = reference{Reference: "Encounter/" + call.Encounter}
	}
	if !asOf.IsZero() {
		o.happened = asOf.Format(time.RFC3339)
	}
	return o
}

func (o *occasion) subject() reference   { return o.patient }
func (o *occasion) encounter() reference { return o.contact }
func (o *occasion) now() string          { return o.happened }

// literalReference is what a server can resolve on its own base.
var literalReference = regexp.MustCompile(`^[A-Z][A-Za-z]{2,63}/[A-Za-z0-9\-.]{1,64}$`)

// referenceLimit bounds how many references a draft carries of each kind.
const referenceLimit = 20

// references point at what the verdicts rest on: diagnoses and observations are
// reasons, the rest supports.
func (a *author) references(grounds []*pathway.Verdict) (reasons, others []reference) {
	for _, v := range grounds {
		for _, r := range a.literal(append(v.Evidence(), a.addsEvidence(v)...)) {
			kind, _, _ := strings.Cut(r.Reference, "/")
			switch {
			case kind == "Condition" || kind == "Observation":
				reasons = appendNew(reasons, r)
			case r != a.encounter():
				others = appendNew(others, r)
			}
		}
	}
	return reasons[:min(len(reasons), referenceLimit)], others[:min(len(others), referenceLimit)]
}

// literal are the evidence's references that can be resolved. Drafts cannot:
// they live in the client's memory only.
func (a *author) literal(evidence []pathway.Evidence) []reference {
	var found []reference
	for _, e := range evidence {
		if literalReference.MatchString(e.Reference) && !a.selected(e.Reference) {
			found = append(found, reference{Reference: e.Reference})
		}
	}
	return found
}

func (a *author) selected(ref string) bool {
	for _, order := range a.facts.Orders {
		if order.Reference == ref {
			return true
		}
	}
	return false
}
