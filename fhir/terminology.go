package fhir

import (
	"bytes"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"slices"
	"strings"

	"rygkort/pathway"
)

// DefaultCanonical is the base of our own code systems and value sets. Codes
// under it are understood whatever canonical the operator configured.
const DefaultCanonical = "https://rygkort.example/fhir"

// Match is one thing that a code stands for. System, Code and Display are the
// line of the value set that says so, in the system that was asked for where
// it has one; our own codes have no display, since words belong to cards.
type Match struct {
	Concept    pathway.Concept
	System     string
	Code       string
	Display    string
	Confidence Confidence
	Misplaced  bool // recorded under a system it cannot belong to: evidence for, never against
}

// Added is a code that an operator's value set brought. With Descendants all
// codes that begin with it count too.
type Added struct {
	Concept     pathway.Concept
	System      string
	Code        string
	File        string
	Descendants bool
}

// Terminology knows which codes stand for which concept. It never changes once
// made, so any number of calls may share one.
type Terminology struct {
	canonical string
	sets      []valueSet
	systems   map[string]system
	books     map[system]book
}

// book is the codes of one system.
type book struct {
	exact map[string][]Match
	under map[string][]branch // the key and every code that begins with it
}

type branch struct {
	Match
	pruned []string // keys that the same value set excludes
}

//go:embed valuesets/*.json
var valueSets embed.FS

// NewTerminology reads the value sets that ship with the service. canonical is
// the base URI of the operator's own code systems.
func NewTerminology(canonical string) (*Terminology, error) {
	canonical = strings.TrimRight(canonical, "/")
	if u, err := url.Parse(canonical); err != nil || !u.IsAbs() {
		return nil, errors.New("canonical: want an absolute URI, such as " + DefaultCanonical)
	}
	shipped, err := fs.Sub(valueSets, "valuesets")
	if err != nil {
		return nil, err
	}
	sets, err := readValueSets(shipped)
	if err != nil {
		return nil, err
	}
	t, _, err := assemble(canonical, sets, 0)
	return t, err
}

// With returns a terminology that also knows the value sets in fsys, and what
// they brought. Codes are only ever added: no local file can make the service
// overlook a code it ships with.
func (t *Terminology) With(fsys fs.FS) (*Terminology, []Added, error) {
	more, err := readValueSets(fsys)
	if err != nil {
		return nil, nil, err
	}
	return assemble(t.canonical, slices.Concat(t.sets, more), len(t.sets))
}

// Lookup returns what a code stands for, or nothing. Without a system there is
// no match: the same digits are another concept in SNOMED CT, LOINC or CPT,
// and a guess would turn up on a card as a finding.
func (t *Terminology) Lookup(systemURI, code string) []Match {
	asked, ok := t.systems[bareURI(systemURI)]
	if !ok {
		return nil
	}
	return slices.Clone(t.lookup(asked, code))
}

// lookup is Lookup in a system; what it returns is not written to.
func (t *Terminology) lookup(asked system, code string) []Match {
	where, k, misplaced, ok := locate(asked, code)
	if !ok {
		return nil
	}
	in := t.books[where]
	found := in.exact[string(k.bytes())]
	if misplaced {
		found = joined(nil, found, true)
	}
	found = found[:len(found):len(found)] // what is joined to it is not the book's
	for n := k.size; n > 0 && len(in.under) > 0; n-- {
		for _, b := range in.under[string(k.text[:n])] {
			if !slices.Contains(b.pruned, string(k.bytes())) {
				found = join(found, b.Match, misplaced)
			}
		}
	}
	return found
}

// joined joins several matches.
func joined(found, more []Match, misplaced bool) []Match {
	for _, m := range more {
		found = join(found, m, misplaced)
	}
	return found
}

// system is the code system that a URI names, where it is one that is known: a
// code of it that stands for nothing is then known to say something else.
func (t *Terminology) system(uri []byte) (s system, known bool) {
	uri, _, _ = bytes.Cut(uri, []byte{'|'})
	s, known = t.systems[string(bytes.TrimRight(bytes.TrimSpace(uri), "/"))]
	return s, known
}

// knows reports whether a code stands for anything at all, and for what first.
func (t *Terminology) knows(asked system, code []byte) (pathway.Concept, bool) {
	if matches := t.lookup(asked, string(code)); len(matches) > 0 {
		return matches[0].Concept, true
	}
	if asked == ownMuscleGroup && slices.Contains(MuscleGroups(), string(code)) {
		return pathway.LegStrength, true
	}
	return "", false
}

// join adds a match, each concept once. Where SKS and ICD-10 say the same with
// different confidence the better one holds, since it is one code: DG834 is
// as sure as G83.4.
func join(found []Match, m Match, misplaced bool) []Match {
	// That there is no radiation is too much to conclude from a code that was
	// recorded in the wrong system.
	if misplaced && m.Concept == pathway.NonspecificStated {
		return found
	}
	for i := range found {
		if found[i].Concept != m.Concept {
			continue
		}
		if found[i].Confidence < m.Confidence {
			found = slices.Clone(found) // it may be the book's
			found[i].Confidence = m.Confidence
		}
		return found
	}
	m.Misplaced = misplaced
	return append(found, m)
}

// assemble makes a terminology of value sets. added speaks of the sets from
// the index known onward.
func assemble(canonical string, sets []valueSet, known int) (*Terminology, []Added, error) {
	t := &Terminology{canonical: canonical, sets: sets, systems: systemsOf(canonical), books: map[system]book{}}
	var lines []line
	var added []Added
	var faults []error
	for i, set := range sets {
		read, err := t.linesOf(set)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", set.file, err))
			continue
		}
		lines = append(lines, read...)
		if i >= known {
			added = append(added, additions(set.file, read)...)
		}
	}
	if err := errors.Join(faults...); err != nil {
		return nil, nil, err
	}
	for _, l := range lines {
		t.enter(l.system, l.key, l)
	}
	// After the system's own lines, so that those give the display.
	for _, l := range lines {
		if sister, k, ok := twin(l.system, l.key); ok {
			t.enter(sister, k, l)
		}
	}
	t.enterOwn()
	return t, added, nil
}

// enter writes one line into the book of a system.
func (t *Terminology) enter(s system, k string, l line) {
	if t.books[s].exact == nil {
		t.books[s] = book{exact: map[string][]Match{}, under: map[string][]branch{}}
	}
	b := t.books[s]
	if l.descendants {
		b.under[k] = append(b.under[k], branch{Match: l.Match, pruned: l.pruned[s]})
		return
	}
	b.exact[k] = join(b.exact[k], l.Match, false)
}

// enterOwn writes the codes of our own code systems: a finding code is the
// name of its question, an order code that of its order.
func (t *Terminology) enterOwn() {
	own := func(s system, name string, c pathway.Concept, code string) {
		t.enter(s, code, line{Match: Match{
			Concept: c, System: t.canonical + "/CodeSystem/" + name, Code: code, Confidence: Verified,
		}})
	}
	for _, c := range findingConcepts() {
		own(ownFinding, "finding", c, string(c))
	}
	for _, c := range orderConcepts() {
		own(ownOrder, "order", c, strings.TrimPrefix(string(c), "order-"))
	}
}

// additions tells what a file brought, each code once.
func additions(file string, lines []line) []Added {
	var added []Added
	for _, l := range lines {
		i := slices.IndexFunc(added, func(a Added) bool { return a.System == l.System && a.Code == l.Code })
		if i < 0 {
			added, i = append(added, Added{Concept: l.Concept, System: l.System, Code: l.Code, File: file}), len(added)
		}
		added[i].Descendants = added[i].Descendants || l.descendants
	}
	return added
}

// findingConcepts lists the questions of our finding code system.
func findingConcepts() []pathway.Concept {
	return []pathway.Concept{
		pathway.NerveRootInvolvement, pathway.ContactNumber, pathway.Course, pathway.ClearImprovement,
		pathway.SaddleSensation, pathway.AnalTone, pathway.BladderDisturbance, pathway.BowelDisturbance,
		pathway.BilateralSciatica, pathway.LegStrength, pathway.ParesisProgressive, pathway.Paralysis,
		pathway.IntractablePain, pathway.SeriousPathology, pathway.RedFlagCheck, pathway.YellowFlags,
		pathway.OtherTreatment, pathway.Exercise, pathway.TreatmentEffect,
	}
}

// orderConcepts lists the orders of our order code system. It has no codes for
// what is only ever ordered by others' codes: X-ray, CT, drugs, departments.
func orderConcepts() []pathway.Concept {
	return []pathway.Concept{
		pathway.OrderAcuteAdmission, pathway.OrderSecondarySector, pathway.OrderSpecialist,
		pathway.OrderMRILumbar, pathway.OrderPhysiotherapy, pathway.OrderChiropractic,
		pathway.OrderExtendedWorkup, pathway.OrderProlapsePackage, pathway.OrderMunicipal,
		pathway.OrderSecondOpinion, pathway.OrderFollowUp,
	}
}

// knownConcepts lists everything a value set can stand for; a test holds it
// against the pathway.
func knownConcepts() []pathway.Concept {
	return slices.Concat([]pathway.Concept{
		pathway.LowBackPain, pathway.LowBackPainBroad, pathway.NonspecificStated, pathway.NerveRoot,
		pathway.DiscProlapse, pathway.CaudaEquina, pathway.SaddleSensoryLoss, pathway.UrinaryRetention,
		pathway.UrinaryProblem, pathway.UrinaryIncontinence, pathway.FaecalIncontinence,
		pathway.LegWeakness, pathway.LegParalysis, pathway.WeaknessUngraded, pathway.Cancer,
		pathway.WeightLoss, pathway.Fever, pathway.NightSweats, pathway.SpinalInfection,
		pathway.IVDrugUse, pathway.Immunosuppression, pathway.Osteoporosis, pathway.VertebralFracture,
		pathway.Fracture, pathway.Pregnancy, pathway.Pacemaker, pathway.PainNumericRating,
		pathway.PostVoidResidual, pathway.StartBackRisk, pathway.SexualDysfunctionNote,
		pathway.PhysiotherapyDone, pathway.ChiropracticDone, pathway.ExerciseDone,
		pathway.OrderCTLumbar, pathway.OrderXRayLumbar, pathway.OrderNeurosurgery,
		pathway.OrderRheumatology, pathway.OrderSpineExamination, pathway.OrderOpioid,
	}, findingConcepts(), orderConcepts())
}
