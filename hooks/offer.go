package hooks

import (
	"rygkort/fhir"
	"rygkort/pathway"
)

// specification is the version of CDS Hooks that the services implement (V3-6).
const specification = "2.0.1"

// Offer is one service as discovery lists it. Members of 3.0 that are unsettled
// are left out: sources disagree on hookVersion (V3-7).
type Offer struct {
	Hook        pathway.Hook              `json:"hook"`
	ID          string                    `json:"id"`
	Title       string                    `json:"title"`
	Description string                    `json:"description"`
	Prefetch    map[pathway.Source]string `json:"prefetch"`
	Usage       string                    `json:"usageRequirements"`
	Version     string                    `json:"version"`
}

// discovery is the answer of GET /cds-services.
type discovery struct {
	Services []Offer `json:"services"`
}

// usage is told to whoever connects a client.
const usage = "For use by clinicians in general practice. Conditions and observations are needed: " +
	"without them a call is answered 412, unless what was read already speaks of the back."

// Offers are the services. Each hook has an id of its own: an id under two
// hooks would say that the later answer replaces the earlier one (R211), and
// clients that keep services by URL would lose one of them.
func Offers() []Offer {
	offers := []Offer{
		{
			Hook: pathway.PatientView, ID: "low-back-pain-patient-view",
			Title: "Low back pain: the patient's next step",
			Description: "When a chart is opened: alarm symptoms that need acute admission, questions that are " +
				"still open, and the step of the Danish low-back-pain pathway for general practice that comes next.",
		},
		{
			Hook: pathway.OrderSelect, ID: "low-back-pain-order-select",
			Title: "Low back pain: the order being selected",
			Description: "When an order is selected: whether imaging, a referral or a correspondence message about the " +
				"back fits the Danish low-back-pain pathway, and alarm symptoms for which it is too slow.",
		},
		{
			Hook: pathway.OrderSign, ID: "low-back-pain-order-sign",
			Title: "Low back pain: the orders being signed",
			Description: "Before orders are signed: whether imaging, a referral or a correspondence message about the " +
				"back fits the Danish low-back-pain pathway, and alarm symptoms for which it is too slow.",
		},
	}
	for i := range offers {
		offers[i].Prefetch, offers[i].Usage, offers[i].Version = fhir.Templates(), usage, specification
	}
	return offers
}

// hookOf is the hook that a service answers, empty for an unknown service.
func (s *Service) hookOf(service string) pathway.Hook {
	for _, offer := range s.offers {
		if offer.ID == service {
			return offer.Hook
		}
	}
	return ""
}

// serviceFor is the id of the service that answers a hook, empty for a hook
// that none answers.
func (s *Service) serviceFor(hook pathway.Hook) string {
	for _, offer := range s.offers {
		if offer.Hook == hook {
			return offer.ID
		}
	}
	return ""
}
