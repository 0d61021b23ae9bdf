package fhir

import (
	"time"

	"rygkort/pathway"
)

// State is what a client said of one prefetch key. The five are told apart
// everywhere, since only one of them means "there is nothing".
type State int

// The states. The zero value says nothing about the patient.
const (
	NotAsked State = iota // the key is absent: not tried, refused or failed
	Given                 // the data
	None                  // null or an empty Bundle: looked, and found nothing
	Failed                // tried in vain: an OperationOutcome, or nothing that could be read
	CutShort              // a Bundle with a next page that is not here
)

// String is the state's name as logs, metrics and traces write it.
func (s State) String() string {
	switch s {
	case Given:
		return "given"
	case None:
		return "none"
	case Failed:
		return "failed"
	case CutShort:
		return "cut-short"
	case NotAsked:
	}
	return "not-asked"
}

// Call is a CDS Hooks request as far as reading the record needs it.
type Call struct {
	Hook       pathway.Hook
	Patient    string // context.patientId
	Encounter  string // context.encounterId, empty where the call has none
	AsOf       time.Time
	Record     *Record  // prefetch and context.draftOrders
	Server     *Server  // fhirServer, as far as it may be read; nil: nothing is fetched
	Selections []string // context.selections; nil where the call has none
}

// Reading is what was read: the chart, how the client sent each key, what was
// read from its server, and what was odd.
type Reading struct {
	Chart   *pathway.Chart
	States  map[pathway.Source]State
	Fetches []Fetch
	Notes   []Note
}

// Note is something odd in the data that an integrator wants to know: where it
// stands and what it is, never a value of the patient's.
type Note struct {
	Source   pathway.Source `json:"source"`
	Resource string         `json:"resource,omitempty"` // "Observation/42"
	Pointer  string         `json:"pointer,omitempty"`  // JSON pointer inside the resource
	What     string         `json:"what"`
}
