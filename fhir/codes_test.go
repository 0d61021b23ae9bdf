package fhir_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rygkort/fhir"
	"rygkort/pathway"
)

// shippedSet is a value set as its file has it, read without the code under
// test.
type shippedSet struct {
	ResourceType, ID, URL, Version, Name, Title, Status, Date, Description string
	Experimental                                                           *bool
	Compose                                                                struct {
		Include []struct {
			System  string
			Concept []struct {
				Code, Display string
				Designation   []struct{ Language, Value string }
				Extension     []struct {
					URL, ValueCode string
					ValueBoolean   bool
				}
			}
			Filter []struct{ Property, Op, Value string }
		}
		Exclude []struct {
			System  string
			Concept []struct{ Code string }
		}
	}
}

// row is one code, as docs/codes.md prints it.
type row struct{ concept, system, code, display, confidence, descendants string }

// systemNames are the systems as docs/codes.md calls them.
func systemNames() map[string]string {
	return map[string]string{
		snomedURI: "SNOMED CT", loincURI: "LOINC", icpcURI: "ICPC-2", icdURI: "ICD-10", sksURI: "SKS", atcURI: "ATC",
		"http://www.nlm.nih.gov/research/umls/rxnorm": "RxNorm", "http://www.ama-assn.org/go/cpt": "CPT",
	}
}

func shippedSets(t *testing.T) map[string]shippedSet {
	t.Helper()
	files, err := filepath.Glob("valuesets/*.json")
	if err != nil || len(files) < 30 {
		t.Fatalf("%d value sets, error %v", len(files), err)
	}
	sets := map[string]shippedSet{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var set shippedSet
		if err := json.Unmarshal(text, &set); err != nil {
			t.Fatalf("%s: %v", file, err)
		}
		sets[strings.TrimSuffix(filepath.Base(file), ".json")] = set
	}
	return sets
}

func shippedRows(t *testing.T) []row {
	t.Helper()
	var rows []row
	for concept, set := range shippedSets(t) {
		branches := map[string]bool{}
		for _, include := range set.Compose.Include {
			for _, f := range include.Filter {
				branches[include.System+f.Value] = true
			}
		}
		for _, include := range set.Compose.Include {
			for _, c := range include.Concept {
				r := row{
					concept: concept, system: systemNames()[include.System],
					code: c.Code, display: c.Display, descendants: "–",
				}
				if r.system == "" {
					t.Errorf("%s: %s has no name on the page", concept, include.System)
				}
				for _, d := range c.Designation {
					r.display += " / " + d.Value
				}
				for _, e := range c.Extension {
					if strings.HasSuffix(e.URL, "/confidence") {
						r.confidence = e.ValueCode
					}
					if e.ValueBoolean {
						r.descendants = "hint"
					}
				}
				if branches[include.System+c.Code] {
					r.descendants = "counted"
					delete(branches, include.System+c.Code)
				}
				rows = append(rows, r)
			}
		}
		for branch := range branches {
			t.Errorf("%s: the filter %s has no concept that shows and rates it", concept, branch)
		}
	}
	return rows
}

func TestEachShippedValueSetIsWellFormed(t *testing.T) {
	concepts := pathwayConcepts(t)
	pascal := regexp.MustCompile(`^[A-Z][A-Za-z]+$`)
	for file, set := range shippedSets(t) {
		if !slices.Contains(concepts, pathway.Concept(file)) {
			t.Errorf("%s is no concept of the pathway", file)
		}
		if set.ResourceType != "ValueSet" || set.ID != file || set.URL != fhir.DefaultCanonical+"/ValueSet/"+file {
			t.Errorf("%s: id %q, url %q", file, set.ID, set.URL)
		}
		if strings.ToLower(set.Name) != strings.ReplaceAll(file, "-", "") || !pascal.MatchString(set.Name) {
			t.Errorf("%s: name %q", file, set.Name)
		}
		if set.Title == "" || set.Status != "active" || set.Experimental == nil || *set.Experimental || set.Version == "" || set.Date == "" {
			t.Errorf("%s: title, status, experimental, version or date: %+v", file, set)
		}
		if !regexp.MustCompile(`F-\d\d|O-[A-Z]`).MatchString(set.Description) {
			t.Errorf("%s: the description names no fact and no rule: %q", file, set.Description)
		}
		for i, include := range set.Compose.Include {
			if (len(include.Concept) > 0) == (len(include.Filter) > 0) || len(include.Filter) > 1 {
				t.Errorf("%s: compose.include[%d] needs concepts or one filter", file, i)
			}
			for _, c := range include.Concept {
				if c.Display == "" {
					t.Errorf("%s: %s has no display", file, c.Code)
				}
			}
		}
	}
}

func TestEachShippedCodeIsFoundUnderItsConcept(t *testing.T) {
	terms := newTerminology(t)
	for file, set := range shippedSets(t) {
		for _, include := range set.Compose.Include {
			codes := make([]string, 0, 8)
			for _, c := range include.Concept {
				codes = append(codes, c.Code)
			}
			for _, f := range include.Filter {
				codes = append(codes, f.Value, f.Value+"9")
			}
			for _, code := range codes {
				if !slices.ContainsFunc(terms.Lookup(include.System, code), func(m fhir.Match) bool {
					return string(m.Concept) == file && !m.Misplaced
				}) {
					t.Errorf("%s|%s is not %s", include.System, code, file)
				}
			}
		}
		for _, exclude := range set.Compose.Exclude {
			for _, c := range exclude.Concept {
				if found := terms.Lookup(exclude.System, c.Code); found != nil {
					t.Errorf("%s|%s is excluded and found: %+v", exclude.System, c.Code, found)
				}
			}
		}
	}
}

func TestNoCodeStandsForTwoThings(t *testing.T) {
	terms := newTerminology(t)
	uris := map[string]string{}
	for uri, name := range systemNames() {
		uris[name] = uri
	}
	for _, r := range shippedRows(t) {
		found := terms.Lookup(uris[r.system], r.code)
		if len(found) == 1 {
			continue
		}
		if got := inWords(found); got != "lbp verified; lbp-nonspecific verified" {
			t.Errorf("%s %s is %q", r.system, r.code, got)
		}
	}
}

func TestUnverifiedCodesFeedAcuteFactsOnly(t *testing.T) {
	acute := regexp.MustCompile(`F-1[0-4] \(acute`)
	sets := shippedSets(t)
	for _, r := range shippedRows(t) {
		switch r.confidence {
		case "verified", "likely":
		case "unverified":
			if !acute.MatchString(sets[r.concept].Description) {
				t.Errorf("%s %s is unverified and feeds %s", r.system, r.code, r.concept)
			}
		default:
			t.Errorf("%s %s: confidence %q", r.system, r.code, r.confidence)
		}
	}
}

func TestOnlyTheseConceptsHaveNoCode(t *testing.T) {
	terms := newTerminology(t)
	sets := shippedSets(t)
	page := codesPage(t)
	var without []pathway.Concept
	for _, c := range pathwayConcepts(t) {
		_, shipped := sets[string(c)]
		own := terms.Lookup(fhir.DefaultCanonical+"/CodeSystem/finding", string(c))
		own = append(own, terms.Lookup(fhir.DefaultCanonical+"/CodeSystem/order", string(c))...)
		if shipped || len(own) > 0 {
			continue
		}
		without = append(without, c)
		if !strings.Contains(page, "concept `"+string(c)+"` has no code yet") {
			t.Errorf("docs/codes.md does not say that %s has no code", c)
		}
	}
	want := []pathway.Concept{
		pathway.PostVoidResidual, pathway.StartBackRisk, pathway.SexualDysfunctionNote, pathway.ChiropracticDone,
	}
	if !slices.Equal(without, want) {
		t.Errorf("without a code: %v, want %v", without, want)
	}
}

func codesPage(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../docs/codes.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// section is the part of the page below a heading of the second level.
func section(t *testing.T, page, heading string) string {
	t.Helper()
	_, rest, ok := strings.Cut(page, "\n## "+heading+"\n")
	if !ok {
		t.Fatalf("docs/codes.md has no section %q", heading)
	}
	body, _, _ := strings.Cut(rest, "\n## ")
	return body
}

// cells are the table rows of a text, without their head.
func cells(text string) [][]string {
	var rows [][]string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if !strings.HasPrefix(line, "| ") {
			continue
		}
		var row []string
		for cell := range strings.SplitSeq(strings.Trim(line, "|"), "|") {
			row = append(row, strings.Trim(strings.TrimSpace(cell), "`"))
		}
		rows = append(rows, row)
	}
	if len(rows) == 0 {
		return nil
	}
	return rows[1:]
}

func TestThePageOfCodesAndTheValueSetsAgree(t *testing.T) {
	page := section(t, codesPage(t), "Codes by concept")
	printed := map[row]bool{}
	sets := shippedSets(t)
	for part := range strings.SplitSeq(page, "\n### ") {
		heading, body, _ := strings.Cut(part, "\n")
		concept := strings.Trim(heading, "`")
		if concept == "" {
			continue
		}
		if _, ok := sets[concept]; !ok {
			t.Errorf("the page has %s, the value sets have not", concept)
		} else if !strings.Contains(body, sets[concept].Description) {
			t.Errorf("%s: the page describes it otherwise than the value set: %q", concept, sets[concept].Description)
		}
		for _, c := range cells(body) {
			if len(c) != 5 {
				t.Fatalf("%s: %d columns: %v", concept, len(c), c)
			}
			printed[row{concept, c[0], c[1], c[2], c[3], c[4]}] = true
		}
	}
	for _, r := range shippedRows(t) {
		if !printed[r] {
			t.Errorf("the page lacks %+v", r)
		}
		delete(printed, r)
	}
	for r := range printed {
		t.Errorf("the page has what no value set has: %+v", r)
	}
}

func TestThePageNamesOurOwnCodes(t *testing.T) {
	page := section(t, codesPage(t), "Our own codes")
	terms := newTerminology(t)
	answers := map[string]string{}
	for _, c := range cells(page) {
		answers[c[0]] = c[1]
	}
	for _, c := range pathwayConcepts(t) {
		if terms.Lookup(fhir.DefaultCanonical+"/CodeSystem/finding", string(c)) != nil {
			printed, ok := answers[string(c)]
			if want := strings.Join(fhir.Answers(c), "` `"); !ok || want != "" && printed != want {
				t.Errorf("%s: the page has %q, the code %q", c, printed, want)
			}
			delete(answers, string(c))
		}
		order := strings.TrimPrefix(string(c), "order-")
		if terms.Lookup(fhir.DefaultCanonical+"/CodeSystem/order", order) != nil && !strings.Contains(page, "`"+order+"`") {
			t.Errorf("the page lacks the order %s", order)
		}
	}
	for finding := range answers {
		t.Errorf("the page has the finding %s, the code has not", finding)
	}
	for _, group := range fhir.MuscleGroups() {
		group = strings.TrimSuffix(strings.TrimSuffix(group, "-left"), "-right")
		if !strings.Contains(page, "`"+group+"`") {
			t.Errorf("the page lacks the muscle group %s", group)
		}
	}
}

func TestWhatIsKeptForReferenceGivesNoFact(t *testing.T) {
	page := codesPage(t)
	terms := newTerminology(t)
	uris := map[string]string{}
	for uri, name := range systemNames() {
		uris[name] = uri
	}
	kept := cells(section(t, page, "Kept for reference"))
	if len(kept) < 30 {
		t.Fatalf("%d rows", len(kept))
	}
	for _, c := range kept {
		uri := c[1]
		if named, ok := uris[uri]; ok {
			uri = named
		}
		found := terms.Lookup(uri, c[2])
		if found != nil {
			t.Errorf("%s %s is kept for reference and read as %q", c[1], c[2], inWords(found))
		}
	}
	for _, wrong := range []string{"271594007", "241648005", "182548004"} {
		if !strings.Contains(section(t, page, "What is not known"), wrong) {
			t.Errorf("the page does not warn of %s", wrong)
		}
		if found := terms.Lookup(snomedURI, wrong); found != nil {
			t.Errorf("%s is read as %q", wrong, inWords(found))
		}
	}
}
