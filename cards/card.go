package cards

import "rygkort/pathway"

// Card is one card of CDS Hooks 2.0.1. No member is ever sent empty.
type Card struct {
	UUID              string          `json:"uuid,omitempty"`
	Summary           string          `json:"summary"`
	Detail            string          `json:"detail,omitempty"`
	Indicator         pathway.Urgency `json:"indicator"`
	Source            Source          `json:"source"`
	Suggestions       []Suggestion    `json:"suggestions,omitempty"`
	SelectionBehavior Selection       `json:"selectionBehavior,omitempty"`
	OverrideReasons   []Coding        `json:"overrideReasons,omitempty"`
	Links             []Link          `json:"links,omitempty"`
	Extension         Extension       `json:"extension,omitzero"`
}

// Source names where the guidance comes from.
type Source struct {
	Label string `json:"label"`
	URL   string `json:"url,omitempty"`
	Icon  string `json:"icon,omitempty"`
	Topic Coding `json:"topic,omitzero"`
}

// Coding is a code of a system, on cards and in draft resources alike.
type Coding struct {
	System  string `json:"system,omitempty"`
	Code    string `json:"code,omitempty"`
	Display string `json:"display,omitempty"`
}

// Selection says how many suggestions of a card may be taken.
type Selection string

// The selections. A client rejects the card at any other word.
const (
	AtMostOne Selection = "at-most-one"
	Any       Selection = "any"
)

// Suggestion is something the clinician can take with one click. It only ever
// creates drafts.
type Suggestion struct {
	Label         string   `json:"label"`
	UUID          string   `json:"uuid,omitempty"`
	IsRecommended bool     `json:"isRecommended,omitzero"`
	Actions       []Action `json:"actions,omitempty"`

	// ActionSelectionBehavior is for clients that understand it alone: one that
	// does not would take every action whatever it said (V3-4).
	ActionSelectionBehavior ActionSelection `json:"actionSelectionBehavior,omitempty"`

	// Kind is what it does, in a fixed word that says nothing of the patient: an
	// order's code, or one of the kinds below. Clients do not get it.
	Kind string `json:"-"`
}

// ActionSelection says how many actions of a suggestion may be taken.
type ActionSelection string

// AllActions is all or none: a draft is one whole.
const AllActions ActionSelection = "all"

// The kinds of suggestion that are no order.
const (
	KindAllAbsent = "record-all-absent" // all open alarm symptoms were asked about and are absent
	KindAnswer    = "record-answer"     // one answer
)

// Action is one step of a suggestion. Resource is a FHIR R4 resource.
type Action struct {
	Type        string `json:"type"`
	Description string `json:"description"`
	Resource    any    `json:"resource,omitempty"`
}

// create is the one type of action: nothing of the clinician's is ever changed
// or deleted.
const create = "create"

// Link leads out of the card.
type Link struct {
	Label string `json:"label"`
	URL   string `json:"url"`
	Type  string `json:"type"`
}

// Extension is what a card says to machines.
type Extension struct {
	Decision Grounds `json:"example.rygkort.decision"`
}

// Grounds are what a card rests on, by their ids.
type Grounds struct {
	Rules     []string      `json:"rules,omitempty"`
	Sentences []string      `json:"sentences,omitempty"` // of the leaflet, as shown on the card
	Readings  []string      `json:"readings,omitempty"`
	Class     pathway.Class `json:"class,omitempty"` // the least authoritative of the rules
	Version   string        `json:"version,omitempty"`
	Order     string        `json:"order,omitempty"`   // reference of the order it is about
	Missing   []string      `json:"missing,omitempty"` // codes of the open questions
}
