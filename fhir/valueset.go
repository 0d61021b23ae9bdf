package fhir

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"github.com/go-json-experiment/json"

	"rygkort/pathway"
)

// valueSet is the part of a FHIR ValueSet that we read. The last part of its
// url names the concept that its codes stand for.
type valueSet struct {
	file         string
	ResourceType string `json:"resourceType"`
	URL          string `json:"url"`
	Compose      struct {
		Include []component `json:"include"`
		Exclude []component `json:"exclude"`
	} `json:"compose"`
}

type component struct {
	System   string       `json:"system"`
	Concept  []listedCode `json:"concept"`
	Filter   []filter     `json:"filter"`
	ValueSet []string     `json:"valueSet"`
}

// listedCode leaves the extension "descendants" unread: SNOMED CT's hierarchy
// needs a terminology server, so its codes count by themselves only.
type listedCode struct {
	Code      string `json:"code"`
	Display   string `json:"display"`
	Extension []struct {
		URL       string `json:"url"`
		ValueCode string `json:"valueCode"`
	} `json:"extension"`
}

type filter struct {
	Property string `json:"property"`
	Op       string `json:"op"`
	Value    string `json:"value"`
}

// line is one code of a value set, with the system and key it is found under.
type line struct {
	Match
	system      system
	key         string
	descendants bool
	pruned      map[system][]string
}

// Confidence is how sure we are that a code means what its display says.
type Confidence uint8

// The zero value is the weakest, so a code that nobody vouched for never
// counts as more than it is.
const (
	Unverified Confidence = iota // by analogy only: counts for acute facts and nothing else
	Likely                       // seen in one public source
	Verified                     // seen in several public sources, or vouched for by the operator
)

func (c Confidence) String() string {
	switch c {
	case Unverified:
		return "unverified"
	case Likely:
		return "likely"
	case Verified:
		return "verified"
	}
	return fmt.Sprintf("Confidence(%d)", uint8(c))
}

// readValueSets reads every *.json of a folder. All faults are told at once,
// each with its file.
func readValueSets(fsys fs.FS) ([]valueSet, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, err
	}
	var sets []valueSet
	var faults []error
	for _, entry := range entries {
		if entry.IsDir() || path.Ext(entry.Name()) != ".json" {
			continue
		}
		set, err := readValueSet(fsys, entry.Name())
		if err != nil {
			faults = append(faults, fmt.Errorf("%s: %w", entry.Name(), err))
			continue
		}
		sets = append(sets, set)
	}
	return sets, errors.Join(faults...)
}

func readValueSet(fsys fs.FS, name string) (valueSet, error) {
	set := valueSet{file: name}
	text, err := fs.ReadFile(fsys, name)
	if err != nil {
		return set, err
	}
	if err := json.Unmarshal(text, &set); err != nil {
		return set, err
	}
	if set.ResourceType != "ValueSet" {
		return set, errors.New("resourceType: want ValueSet")
	}
	return set, nil
}

// linesOf spells a value set out. Systems that nobody named before become
// known by it.
func (t *Terminology) linesOf(set valueSet) ([]line, error) {
	concept, err := set.concept()
	if err != nil {
		return nil, err
	}
	pruned, err := t.pruned(set)
	if err != nil {
		return nil, err
	}
	if len(set.Compose.Include) == 0 {
		return nil, errors.New("compose.include: empty; an expansion alone is not read")
	}
	var lines []line
	for i, part := range set.Compose.Include {
		read, err := t.linesOfPart(part)
		if err != nil {
			return nil, fmt.Errorf("compose.include[%d]%w", i, err)
		}
		for _, l := range read {
			l.Concept, l.pruned = concept, pruned
			if l.Confidence == Unverified && !acute(concept) {
				return nil, fmt.Errorf("compose.include[%d]: code %q: unverified codes count for acute facts only; "+
					"leave it out or state its confidence", i, l.Code)
			}
			if !slices.Contains(pruned[l.system], l.key) {
				lines = append(lines, l)
			}
		}
	}
	describe(lines)
	return lines, nil
}

func (set valueSet) concept() (pathway.Concept, error) {
	uri, _, _ := strings.Cut(set.URL, "|")
	name := pathway.Concept(uri[strings.LastIndex(uri, "/")+1:])
	if slices.Contains(knownConcepts(), name) {
		return name, nil
	}
	var known []string
	for _, c := range knownConcepts() {
		known = append(known, string(c))
	}
	return "", fmt.Errorf("url: ends in %q, which is no concept; it has to end in one of %s", name, strings.Join(known, ", "))
}

// linesOfPart reads one compose.include. Its errors begin with the rest of the
// place, or with a colon.
func (t *Terminology) linesOfPart(part component) ([]line, error) {
	switch {
	case part.System == "":
		return nil, errors.New(".system: missing")
	case len(part.ValueSet) > 0:
		return nil, errors.New(".valueSet: other value sets are not followed; list the codes")
	case len(part.Concept) > 0 && len(part.Filter) > 0:
		return nil, errors.New(": FHIR allows concept or filter, not both")
	case len(part.Concept) == 0 && len(part.Filter) == 0:
		return nil, errors.New(": neither concept nor filter; a whole code system stands for no concept")
	}
	s := t.systemOf(part.System)
	var lines []line
	for i, listed := range part.Concept {
		l, err := newLine(s, part.System, listed.Code)
		if err != nil {
			return nil, fmt.Errorf(".concept[%d].code: %w", i, err)
		}
		if l.Confidence, err = listed.confidence(); err != nil {
			return nil, fmt.Errorf(".concept[%d].extension: %w", i, err)
		}
		l.Display = listed.Display
		lines = append(lines, l)
	}
	if len(part.Filter) == 0 {
		return lines, nil
	}
	// FHIR joins several filters by "and": nothing we can need.
	f := part.Filter[0]
	switch {
	case len(part.Filter) > 1 || f.Property != "concept" || f.Op != "is-a":
		return nil, errors.New(`.filter: only one filter, property "concept" and op "is-a", is read`)
	case !s.branches():
		return nil, errors.New(".filter: is-a is read for ICD-10, SKS and ATC; other systems need a terminology server, so list the codes")
	}
	l, err := newLine(s, part.System, f.Value)
	if err != nil {
		return nil, fmt.Errorf(".filter[0].value: %w", err)
	}
	l.descendants, l.Confidence = true, Verified
	return append(lines, l), nil
}

func newLine(s system, uri, code string) (line, error) {
	_, k, misplaced, ok := locate(s, code)
	switch {
	case !ok:
		return line{}, fmt.Errorf("missing, or longer than %d characters", maxCode)
	case misplaced:
		return line{}, fmt.Errorf("%q has the shape of another system's codes", code)
	}
	return line{Match: Match{System: uri, Code: code}, system: s, key: string(k.bytes())}, nil
}

// confidence is Verified where the file does not say: who adds a code locally
// vouches for it.
func (listed listedCode) confidence() (Confidence, error) {
	for _, extension := range listed.Extension {
		if extension.URL != DefaultCanonical+"/StructureDefinition/confidence" {
			continue
		}
		for _, c := range []Confidence{Unverified, Likely, Verified} {
			if extension.ValueCode == c.String() {
				return c, nil
			}
		}
		return Unverified, errors.New("confidence: want verified, likely or unverified")
	}
	return Verified, nil
}

// describe gives a branch the display and the confidence of its root where the
// same value set lists the root, because a filter can carry neither.
func describe(lines []line) {
	for i, branch := range lines {
		for _, root := range lines {
			if branch.descendants && !root.descendants && root.system == branch.system && root.key == branch.key {
				lines[i].Display, lines[i].Confidence = root.Display, root.Confidence
			}
		}
	}
}

// pruned is what a value set excludes, under the keys of SKS and ICD-10 alike.
func (t *Terminology) pruned(set valueSet) (map[system][]string, error) {
	keys := map[system][]string{}
	for i, part := range set.Compose.Exclude {
		if part.System == "" || len(part.Concept) == 0 || len(part.Filter) > 0 || len(part.ValueSet) > 0 {
			return nil, fmt.Errorf("compose.exclude[%d]: only listed codes of one system can be excluded", i)
		}
		for j, listed := range part.Concept {
			l, err := newLine(t.systemOf(part.System), part.System, listed.Code)
			if err != nil {
				return nil, fmt.Errorf("compose.exclude[%d].concept[%d].code: %w", i, j, err)
			}
			keys[l.system] = append(keys[l.system], l.key)
			if sister, k, ok := twin(l.system, l.key); ok {
				keys[sister] = append(keys[sister], k)
			}
		}
	}
	return keys, nil
}

// systemOf finds a system by its URI, or gives a new one a place.
func (t *Terminology) systemOf(uri string) system {
	uri = bareURI(uri)
	s, known := t.systems[uri]
	if !known {
		s = localSystem + system(len(t.systems)) // the map only grows, so no number comes twice
		t.systems[uri] = s
	}
	return s
}

// acute says whether a concept feeds the facts F-10…F-14. For those even an
// unverified code counts: a false alarm is asked about, a missed one is not.
func acute(c pathway.Concept) bool {
	switch c {
	case pathway.CaudaEquina, pathway.SaddleSensoryLoss, pathway.UrinaryRetention,
		pathway.UrinaryProblem, pathway.UrinaryIncontinence, pathway.FaecalIncontinence:
		return true
	default:
		return false
	}
}
