package fhir

import (
	"bytes"
	"context"
	"hash/maphash"
	"slices"
	"strings"
	"time"

	"github.com/go-json-experiment/json"
	"github.com/go-json-experiment/json/jsontext"
	model "github.com/samply/golang-fhir-models/fhir-models/fhir"

	"rygkort/pathway"
)

// Why a part of the record, or one resource of it, could not be read. The
// words reach cards and logs, so they say nothing of the patient.
const (
	ReasonNotGiven   = "not given"
	ReasonFailed     = "the server reported an error"
	ReasonCutShort   = "cut short"
	ReasonTooMany    = "more than is read of one patient"
	ReasonNoResource = "not a FHIR resource"
	ReasonOtherType  = "another resource type"
	ReasonForeign    = "about another patient"
	ReasonUnreadable = "unreadable"
	ReasonTooDeep    = "nested too deeply"
	ReasonNoCode     = "no code that can be read"
	ReasonNoStatus   = "no status that can be read"
	ReasonNoAnswer   = "the answer is not one of those defined"
)

// Reader reads calls. It never changes once made, so any number of calls may
// share one.
type Reader struct {
	terms   *Terminology
	fetcher *Fetcher
}

// NewReader makes a reader that understands the codes of t and reads clients'
// servers by f; without one, only what came is read.
func NewReader(t *Terminology, f *Fetcher) *Reader { return &Reader{terms: t, fetcher: f} }

// reading is one call while it is read.
type reading struct {
	*Reading
	call  Call
	terms *Terminology
	zone  *time.Location
	self  string // the reference to the patient of the call
	dec   *decoder
	seen  map[uint64]int // hash of type and id → index in all
	all   []*resource
}

// Read fetches what the client did not send, turns the call into a chart and
// takes its record back. It never fails: what cannot be read, or not until ctx
// ends, becomes a gap, and what depends on it stays unknown.
func (r *Reader) Read(ctx context.Context, call Call) *Reading {
	states := call.Record.states()
	fetches := r.fetcher.fetch(ctx, call)
	dec, ok := decoders.Get().(*decoder)
	if !ok {
		dec = newDecoder()
	}
	defer dec.rest()
	defer call.Record.release()
	in := &reading{
		Reading: &Reading{
			Chart:  &pathway.Chart{AsOf: call.AsOf, Hook: call.Hook, Encounter: call.Encounter},
			States: states, Fetches: fetches,
		},
		call: call, terms: r.terms, zone: call.AsOf.Location(), self: "Patient/" + call.Patient,
		dec: dec, seen: dec.seen, all: dec.all[:0],
	}
	for _, source := range Keys() {
		in.key(source, call.Record.of(source))
	}
	for i := range fetches {
		fetches[i].Reason = in.wholeGap(fetches[i].Source) // some are found only now
	}
	dec.all = in.all
	for _, r := range in.all {
		switch {
		case r.foreign:
		case in.statements() < mostStatements:
			in.resource(r)
		case in.wholeGap(r.source) == "":
			in.Chart.Gaps = append(in.Chart.Gaps, pathway.Gap{Source: r.source, Whole: true, Reason: ReasonTooMany})
			in.note(r, "", ReasonTooMany)
		}
	}
	in.drafts(call.Record.of(pathway.FromDrafts))
	in.reasons()
	return in.Reading
}

// mostStatements bounds what a call is decided on, in all and of its drafts: the
// statements on one question are compared each with each. A long life's record has
// some hundreds. What is beyond was not read, and is said not to have been.
const mostStatements = 3_000

func (in *reading) statements() int {
	c := in.Chart
	return len(c.Conditions) + len(c.Observations) + len(c.Encounters) + len(c.Procedures) + len(c.Requests)
}

// key reads one prefetch key: its resources, how it came, and the gap that it
// leaves where it was not had.
func (in *reading) key(source pathway.Source, found *part) {
	state, reason := in.found(source, found)
	// What the client did not send or cut short stays so, whatever was fetched.
	if in.States[source] == Given {
		in.States[source] = state
	}
	if found.failure != "" {
		reason = found.failure
	}
	if reason != "" {
		in.Chart.Gaps = append(in.Chart.Gaps, pathway.Gap{Source: source, Whole: true, Reason: reason})
	}
}

// wholeGap is why a key as a whole was not had; empty where it was.
func (in *reading) wholeGap(source pathway.Source) string {
	for _, gap := range in.Chart.Gaps {
		if gap.Whole && gap.Source == source {
			return gap.Reason
		}
	}
	return ""
}

// found takes the resources under a key, and says what the key as a whole is
// and why it does not count as had.
func (in *reading) found(source pathway.Source, found *part) (state State, reason string) {
	switch {
	case !found.given:
		return NotAsked, ReasonNotGiven
	case found.null:
		return None, ""
	}
	in.Notes = append(in.Notes, found.odd...)
	own, foreign := 0, 0
	for i := range found.entries {
		switch entry := &found.entries[i]; {
		case entry.is("OperationOutcome"):
		case in.foreign(entry):
			foreign++
			entry.foreign = true
			in.add(entry) // it may be the newer version of one about the patient
		default:
			if entry.is(typeOf(source)) {
				own++
			}
			in.add(entry)
		}
	}
	switch read := own + foreign + found.lost; {
	case found.err != nil:
		return Failed, ReasonNoResource
	case found.failed():
		return Failed, ReasonFailed
	case found.more || found.total > float64(read):
		return CutShort, ReasonCutShort
	case read == 0 && !slices.ContainsFunc(found.entries, isData):
		return None, ""
	case read == 0:
		return Failed, ReasonOtherType
	case own == 0 && foreign > 0:
		return Failed, ReasonForeign
	case own == 0:
		return Failed, ReasonNoResource
	}
	for range min(found.lost, maxNamed) {
		in.Chart.Gaps = append(in.Chart.Gaps, pathway.Gap{Source: source, Reason: ReasonNoResource})
	}
	return Given, ""
}

// isData reports whether an entry is more than a remark of the server's.
func isData(r resource) bool { return !r.is("OperationOutcome") }

// outcomeFails reports whether an OperationOutcome tells of an error; one that
// merely informs is no gap. What cannot be read is taken for an error.
func outcomeFails(raw jsontext.Value) bool {
	type issue struct {
		Severity string `json:"severity"`
	}
	var outcome struct {
		Issue jsontext.Value `json:"issue"`
	}
	if err := json.Unmarshal(raw, &outcome, lenient()); err != nil {
		return true
	}
	issues := make([]issue, 1) // a single one may stand where the list belongs
	if json.Unmarshal(outcome.Issue, &issues[0], lenient()) != nil && json.Unmarshal(outcome.Issue, &issues, lenient()) != nil {
		return true
	}
	return len(issues) == 0 || slices.ContainsFunc(issues, func(i issue) bool {
		return !slices.Contains([]string{"warning", "information", "success"}, i.Severity)
	})
}

// add keeps one version of each resource: the newest by meta.lastUpdated.
// Where that cannot be told, both stay, and contradictions show as conflicts.
func (in *reading) add(r *resource) {
	id := plain(r.at(r.id))
	if len(id) == 0 {
		in.all = append(in.all, r)
		return
	}
	var room [96]byte
	name := maphash.Bytes(in.dec.seed, append(append(append(room[:0], r.kind...), '/'), id...))
	at, known := in.seen[name]
	if !known || in.all[at].reference() != r.reference() { // or two names share a hash
		in.seen[name] = len(in.all)
		in.all = append(in.all, r)
		return
	}
	old := in.all[at]
	switch {
	case bytes.Equal(old.raw, r.raw):
		return
	case len(old.home) > 0 && len(r.home) > 0 && !bytes.Equal(old.home, r.home):
		in.all = append(in.all, r) // of another server, so another resource
		return
	}
	if !r.foreign {
		in.note(r, "", "more than one version of the resource")
	}
	oldTime, newTime := in.updated(old), in.updated(r)
	switch {
	case !oldTime.Known() || !newTime.Known() || oldTime.Latest.Equal(newTime.Latest):
		r.again = true
		in.all = append(in.all, r)
	case newTime.Latest.After(oldTime.Latest):
		in.all[at] = r
	}
}

func (in *reading) updated(r *resource) pathway.When {
	var meta struct {
		LastUpdated *string `json:"lastUpdated"`
	}
	if r.meta == (span{}) || json.Unmarshal(r.at(r.meta), &meta, lenient()) != nil {
		return pathway.When{}
	}
	return when(meta.LastUpdated, in.zone)
}

// resource reads one resource by its own type, whichever key it came under.
func (in *reading) resource(r *resource) {
	if r.contained {
		in.note(r, "/contained", "contained resources are not read")
	}
	if r.deep {
		in.gap(r, r.seen.concept, ReasonTooDeep)
		return
	}
	switch r.kind {
	case "Patient":
		in.patient(r)
	case "Condition":
		in.condition(r)
	case "Observation":
		in.observation(r)
	case "Encounter":
		in.encounter(r)
	case "Procedure":
		in.procedure(r)
	case "ServiceRequest":
		in.request(r)
	default:
		in.note(r, "", "not a resource that the pathway reads")
	}
}

// gap notes that one resource could not be read, and what it would have spoken
// of as far as that is known.
func (in *reading) gap(r *resource, about pathway.Concept, reason string) {
	in.Chart.Gaps = append(in.Chart.Gaps, pathway.Gap{
		Source: r.source, Reason: reason, Reference: r.reference(), Concept: about,
	})
	if r.source == pathway.FromConditions && isAlarming(about) {
		// Its code is all that is known of it, and that is alarming (B-18).
		in.Chart.Conditions = append(in.Chart.Conditions, pathway.Condition{
			Concept: about, Evidence: pathway.Evidence{Reference: r.reference(), Concept: about, Suspected: true},
		})
	}
	in.note(r, "", reason)
}

func (in *reading) note(r *resource, pointer, what string) {
	in.Notes = append(in.Notes, Note{Source: r.source, Resource: r.reference(), Pointer: pointer, What: what})
}

// typed decodes a resource into its model; what was odd is noted, and what is
// beyond reading becomes a gap in what its code speaks of.
func typed[T any](in *reading, r *resource) (T, bool) {
	value, err := decode[T](in.dec, r.raw)
	for _, odd := range in.dec.notes {
		in.note(r, odd.Pointer, odd.What)
	}
	if err != nil {
		in.gap(r, r.seen.concept, ReasonUnreadable)
		return value, false
	}
	return value, true
}

// foreign reports whether a resource is about somebody else, and notes it.
// A subject that names nobody by reference is taken for this patient: a red
// flag is not dropped for want of a link.
func (in *reading) foreign(r *resource) bool {
	if r.is("Patient") {
		if id := plain(r.at(r.id)); len(id) == 0 || string(id) == in.call.Patient {
			return false
		}
		in.note(r, "/id", "another patient: decides nothing")
		return true
	}
	subject := plain(r.at(r.subject))
	if len(subject) == 0 || string(subject) == in.self {
		return false
	}
	kind, id, ok := relative(string(subject))
	if !ok || kind == "Patient" && id == in.call.Patient {
		return false
	}
	in.note(r, "/subject", "about another patient: decides nothing")
	return true
}

// relative takes the type and id from a literal reference, absolute or not. A
// fragment, a URN or a search names no id.
func relative(reference string) (kind, id string, ok bool) {
	reference, _, _ = strings.Cut(reference, "?")
	if strings.HasPrefix(reference, "#") || strings.HasPrefix(reference, "urn:") {
		return "", "", false
	}
	reference, _, _ = strings.Cut(reference, "/_history/")
	path, id, ok := cutLast(strings.TrimRight(reference, "/"))
	if !ok {
		return "", "", false
	}
	if _, last, ok := cutLast(path); ok {
		path = last
	}
	// Types begin with a capital; what does not is a part of the server's address.
	return path, id, path != "" && 'A' <= path[0] && path[0] <= 'Z'
}

// cutLast cuts around the last slash.
func cutLast(path string) (before, after string, ok bool) {
	i := strings.LastIndexByte(path, '/')
	if i < 0 {
		return path, "", false
	}
	return path[:i], path[i+1:], true
}

// target is the id that a reference to that type names, or nothing.
func target(reference *model.Reference, kind string) string {
	if reference == nil || reference.Reference == nil {
		return ""
	}
	if found, id, ok := relative(*reference.Reference); ok && found == kind {
		return id
	}
	return ""
}

// relativeReference is a reference without the server it was written for, so
// that two to one thing look the same.
func relativeReference(reference *model.Reference) string {
	literal := value(value(reference).Reference)
	if kind, id, ok := relative(literal); ok {
		return kind + "/" + id
	}
	return literal
}

// patient reads the birth date; a masked one stays unknown.
func (in *reading) patient(r *resource) {
	patient, ok := typed[struct {
		BirthDate *string `json:"birthDate"`
	}](in, r)
	if !ok {
		return
	}
	in.Chart.Birth = when(patient.BirthDate, in.zone)
	if !in.Chart.Birth.Known() && (patient.BirthDate != nil || slices.Contains(r.masked, "_birthDate")) {
		in.note(r, "/birthDate", "masked or not a date: the age stays unknown")
	}
}
